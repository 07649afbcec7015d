"""Fields and forms written again after both layers, equal to one library and something else to readers."""

from collections.abc import Mapping

import pytest

from tests.signer.by_letter import FIELD, appended
from tests.signer.prepared_samples import COVER, Signers, form, with_

Objects = Mapping[int, bytes]

OVER = b"/Rect [90 590 400 630] /AP << /N 14 0 R >> >>"
HIDDEN = FIELD.replace(b"/F 4", b"/F 2")
LISTED: Objects = {
    3: with_(3, b"7 0 R]", b"7 0 R 13 0 R]"),
    4: with_(4, b"7 0 R]", b"7 0 R 13 0 R]"),
    14: COVER,
}
"""A page, and a form, with a field that hides what the page says where it is seen."""
SIGNED = with_(6, b"/F 4", b"/F 2").replace(b"[300 100 400 150]", b"[90 590 400 630]")
WAITING = HIDDEN + b"/Sig /T (spare) " + OVER
VALUE = FIELD + b"/Tx /T (other) /V (9.000.000) /DA (/F 20 Tf 0 g) " + OVER
EMPTY: Objects = {**LISTED, 13: VALUE, 14: form(b"")}


def saying(entry: bytes) -> bytes:
    """The form, with an entry."""
    return LISTED[4].replace(b"/SigFlags", entry + b" /SigFlags")


FIELDS: dict[str, tuple[Objects, Objects]] = {
    "a hidden field that is signed": (
        {6: SIGNED.replace(b"11 0 R", b"14 0 R"), 14: COVER},
        {6: SIGNED.replace(b"11 0 R", b"14 0 R").replace(b"/F 2", b"/F 2.0")},
    ),
    "a hidden field that waits": (
        {**LISTED, 13: WAITING}, {13: WAITING.replace(b"/F 2", b"/F 2.0")},
    ),
    "the form's quadding": ({**EMPTY, 4: saying(b"/Q 1")}, {4: saying(b"/Q 1.0")}),
}  # fmt: skip
NEEDED = {
    "a number for yes": (b"1", b"true"),
    "yes for a number": (b"true", b"1"),
    "a name for yes": (b"/true", b"true"),
    "a text for yes": (b"(x)", b"true"),
    "a list for yes": (b"[0]", b"true"),
}
FORMS = {
    name: ({**EMPTY, 4: saying(b"/NeedAppearances " + was)}, {4: saying(b"/NeedAppearances " + now)})
    for name, (was, now) in NEEDED.items()
}
ALIKE: dict[str, tuple[Objects, Objects]] = {
    "a rectangle in reals": (
        {**LISTED, 13: WAITING}, {13: WAITING.replace(b"[90 590 400 630]", b"[90.0 590.0 400.0 630.0]")},
    ),
    "no need of appearances": (EMPTY, {4: saying(b"/NeedAppearances false")}),
    "a need of appearances": (
        {**EMPTY, 4: saying(b"/NeedAppearances true")}, {4: saying(b"/NeedAppearances true")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FIELDS | FORMS)
def test_what_is_written_again_is_the_same_to_every_reader(signers: Signers, case: str) -> None:
    objects, update = (FIELDS | FORMS)[case]
    sealed = signers.sealed(objects)
    assert signers.judged(sealed).passed
    assert not signers.judged(appended(sealed, update)).passed


def test_a_form_that_moves_says_the_same(signers: Signers) -> None:
    sealed = signers.sealed({**EMPTY, 4: saying(b"/Q 1")})
    moved = with_(1, b"4 0 R", b"90 0 R")
    assert signers.judged(appended(sealed, {1: moved, 90: saying(b"/Q 1")})).passed
    assert not signers.judged(appended(sealed, {1: moved, 90: saying(b"/Q 1.0")})).passed


@pytest.mark.parametrize("case", ALIKE)
def test_what_every_reader_takes_alike_is_believed(signers: Signers, case: str) -> None:
    objects, update = ALIKE[case]
    assert signers.judged(appended(signers.sealed(objects), update)).passed
