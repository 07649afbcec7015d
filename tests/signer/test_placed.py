"""What is filled in or signed has a place: where it has none, readers draw it where nobody looks for it."""

import pytest

from tests.signer.by_letter import SIGNATURE, Signing, appended, stream, written
from tests.signer.prepared_samples import BASE, Objects, form

LOOK = form(b"BT /F 12 Tf 2 2 Td (05) Tj ET", b"0 0 100 20")
EMPTY = stream(b"", b"/Subtype /Form /BBox [0 0 0 0]")
PLACE = {5: b"/Rect [100 700 200 720]", 7: b"/Rect [100 100 200 150]"}
NOWHERE = (
    b"",
    b"/Rect null",
    b"/Rect [90 590 300]",
    b"/Rect [90 590 90 590]",
    b"/Rect [90 590 300 590]",
    b"/Rect [90 590 90.01 590.002]",
)


def waiting(number: int, place: bytes) -> Objects:
    """A document in which the number, or the second signature, is to stand there."""
    return {**BASE, number: BASE[number].replace(PLACE[number], place)}


def followed(signing: Signing, number: int, place: bytes, look: bytes, shown: bytes) -> bytes:
    """The document with the number filled in, or with the second signature, that has this look."""
    objects = waiting(number, place)
    said = b"/V (05)" if number == 5 else b"/V 41 0 R"
    field = objects[number].replace(b"/AP << /N 11 0 R >>", b"").replace(b"/FT", said + shown + b" /FT")
    more = {40: look} | ({} if number == 5 else {41: SIGNATURE})
    return signing.sign(appended(signing.sign(written(objects)), {number: field, **more}))


@pytest.mark.parametrize("number", [5, 7])
@pytest.mark.parametrize("place", NOWHERE)
def test_what_is_seen_anew_has_a_place(signing: Signing, number: int, place: bytes) -> None:
    """pdfium draws the letters of such a look far too large: over the sum, if they are put there."""
    shown = b" /AP << /N 40 0 R >>"
    assert signing.believes(followed(signing, number, PLACE[number], LOOK, shown))
    pdf = followed(signing, number, place, LOOK, shown)
    assert not signing.believes(pdf)
    assert signing.quick(pdf) is None


def test_a_signature_that_is_not_seen_may_have_a_look_that_is_empty(signing: Signing) -> None:
    assert signing.believes(followed(signing, 7, b"/Rect [0 0 0 0]", EMPTY, b" /AP << /N 40 0 R >>"))
    assert signing.believes(followed(signing, 7, b"/Rect [0 0 0 0]", EMPTY, b""))


@pytest.mark.parametrize("place", NOWHERE[:3])
def test_a_field_without_a_place_is_not_signed(signing: Signing, place: bytes) -> None:
    """As long as it waits, MuPDF paints its mark over the whole page, and hides what is to be signed."""
    pdf = followed(signing, 7, place, EMPTY, b"")
    assert not signing.believes(pdf)
    assert signing.quick(pdf) is None


@pytest.mark.parametrize("number", [5, 7])
@pytest.mark.parametrize("box", [b"", b"/BBox null", b"/BBox [0 0 100]"])
def test_a_look_that_covers_the_page_is_not_taken_away(signing: Signing, number: int, box: bytes) -> None:
    """Without a box pdfium does not clip it: it hides a sum, until somebody fills in the field."""
    field = BASE[number].replace(b"/AP << /N 11 0 R >>", b"").replace(b"/FT", b"/AP << /N 13 0 R >> /FT")
    value = b"/V (05) /FT" if number == 5 else b"/V 41 0 R /FT"
    more = {40: LOOK} | ({} if number == 5 else {41: SIGNATURE})
    after = {number: field.replace(b"13 0 R", b"40 0 R").replace(b"/FT", value), **more}
    for said, believed in ((b"/BBox [0 0 100 20]", True), (box, False)):
        cover = stream(b"1 g 90 590 310 40 re f", b"/Subtype /Form " + said)
        pdf = signing.sign(appended(signing.sign(written({**BASE, number: field, 13: cover})), after))
        assert signing.believes(pdf) is believed
        assert believed or signing.quick(pdf) is None
