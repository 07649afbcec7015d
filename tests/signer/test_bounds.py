"""What a file announces must fit into its own bytes; honest files keep the bounds."""

from pathlib import Path

import pytest

from signer.pades import bounds
from signer.pades.door import Malformed
from tests.signer.bombs import references

PAGES = sorted((Path(__file__).parents[1] / "vectors" / "pdf").glob("*.pdf"))


@pytest.mark.parametrize(
    "entries",
    [
        b"/Size 2 /W [0 0 0] /Index [0 1]",
        b"/Size 2 /W [1 9 1] /Index [0 1]",
        b"/Size 2 /W [1 2 1] /Index [0 900000000]",
        b"/Size 2 /W [1 2 1] /#49nde#78 [0 900000000]",
        b"/Size 2 /W [1 2 1] /Index % a comment\n [0 1 5 900000000]",
        b"/Size 2 /W [1 2 1] /Index 7 0 R",
        b"/Size 2 /W [1 2 1] /Index [0 7 0 R]",
        b"/Size 900000000 /W [1 2 1]",
        b"/Size 9 0 R /W [1 2 1]",
    ],
)
def test_a_cross_reference_stream_that_announces_too_much_is_refused(entries: bytes) -> None:
    with pytest.raises(Malformed):
        bounds.check_bytes(references(entries))


@pytest.mark.parametrize("kind", [b"/Type/XRef", b"/Type % comment\r\n /XRef", b"/T#79pe /#58Ref"])
def test_it_is_found_however_it_is_spelled(kind: bytes) -> None:
    pdf = references(b"/Size 2 /W [0 0 0]").replace(b"/Type /XRef", kind)
    with pytest.raises(Malformed):
        bounds.check_bytes(pdf)


def test_one_that_fits_is_let_through() -> None:
    bounds.check_bytes(references(b"/Size 20 /W [1 2 1] /Index [0 3 8 2]", bytes(20)))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_honest_files_keep_the_bounds(path: Path) -> None:
    bounds.check_bytes(path.read_bytes())
