"""Two annotations over each other, of which the upper one is seen: which one that is, a page's list says."""

import pytest

from tests.signer.by_letter import FIELD, SIGNATURE, Signing, appended, written
from tests.signer.prepared_samples import BASE, COVER, with_

STAMPED = b"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [90 590 400 630] /AP << /N %d 0 R >> >>"
OBJECTS = {
    **BASE,
    3: with_(3, b"7 0 R]", b"7 0 R 13 0 R 15 0 R]"),
    7: FIELD + b"/Sig /T (layer2) /Rect [100 100 200 150] >>",
    8: SIGNATURE,
    13: STAMPED % 14,
    14: COVER,
    15: STAMPED % 16,
    16: COVER.replace(b"9.000.000", b"5.000.000"),
}


def with_field(signing: Signing, listed: bytes) -> bytes:
    """The document with one more signature, and this list of the page's annotations."""
    update = {
        3: OBJECTS[3].replace(b"[5 0 R 6 0 R 7 0 R 13 0 R 15 0 R]", listed),
        4: OBJECTS[4].replace(b"7 0 R]", b"7 0 R 60 0 R]"),
        60: FIELD + b"/Sig /T (more) /V 61 0 R /Rect [0 0 0 0] >>",
        61: SIGNATURE,
    }
    return signing.sign(appended(signing.sign(written(OBJECTS)), update))


@pytest.mark.parametrize(
    "listed",
    [
        b"[5 0 R 6 0 R 7 0 R 15 0 R 13 0 R 60 0 R]",
        b"[5 0 R 6 0 R 7 0 R 13 0 R 15 0 R 13 0 R 60 0 R]",
        b"[5 0 R 6 0 R 7 0 R 13 0 R 15 0 R 60 0 R 13 0 R]",
        b"[5 0 R 6 0 R 7 0 R 13 0 R 15 0 R 60 0 R 60 0 R]",
    ],
)
def test_annotations_that_were_signed_stay_in_their_order(signing: Signing, listed: bytes) -> None:
    pdf = with_field(signing, listed)
    slow = signing.slow(pdf)
    assert slow is not None
    assert signing.quick(pdf) is None
    assert not slow.judged[0].verdict.passed


@pytest.mark.parametrize(
    "listed", [b"[5 0 R 6 0 R 7 0 R 13 0 R 15 0 R 60 0 R]", b"[60 0 R 5 0 R 6 0 R 7 0 R 13 0 R 15 0 R]"]
)
def test_new_fields_may_stand_before_or_behind_them(signing: Signing, listed: bytes) -> None:
    slow = signing.slow(with_field(signing, listed))
    assert slow is not None
    assert slow.judged[0].verdict.passed
