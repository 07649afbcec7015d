"""Objects that nobody used when the document was signed, and that an update takes for fields of its form."""

import pytest

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, appended, written
from tests.signer.prepared_samples import BASE, COVER, SEALING, Signers, form, with_

PLACE = b" /Rect [90 590 400 630] /AP << /N 14 0 R >> >>"
STAMPED = b"<< /Type /Annot /Subtype /Stamp /F 4" + PLACE
UNUSED = {
    "a stamp": STAMPED,
    "a widget": FIELD + b"/Sig" + PLACE,
    "a field of an empty name": FIELD + b"/Sig /T ()" + PLACE,
}
ON_PAGE = with_(3, b"7 0 R]", b"7 0 R 13 0 R]")


@pytest.mark.parametrize("case", UNUSED)
def test_what_was_signed_as_unused_becomes_no_field(signers: Signers, case: str) -> None:
    sealed = signers.sealed({13: UNUSED[case], 14: COVER})
    assert signers.judged(sealed).passed
    listed = with_(4, b"7 0 R]", b"7 0 R 13 0 R]")
    assert not signers.judged(appended(sealed, {3: ON_PAGE, 4: listed})).passed
    assert not signers.judged(appended(sealed, {4: listed})).passed


def test_a_field_without_a_name_that_was_not_on_its_page_is_not_put_there(signers: Signers) -> None:
    sealed = signers.sealed({4: with_(4, b"7 0 R]", b"7 0 R 13 0 R]"), 13: STAMPED, 14: COVER})
    assert signers.judged(sealed).signatures[0].verdict.passed
    assert not signers.judged(appended(sealed, {3: ON_PAGE})).passed


def test_a_field_that_is_filled_in_is_the_one_on_its_page(signers: Signers) -> None:
    signed = signers.person.sign(written({**BASE, 7: PLAIN[7], 8: SIGNATURE}))
    value = BASE[5].replace(b"/DA", b"/V (99) /DA")
    assert signers.person.believes(appended(signed, {5: value.replace(b"11 0 R", b"80 0 R"), 80: PLAIN[11]}))
    moved = {80: value, 4: with_(4, b"[5 0 R", b"[80 0 R")}
    assert signers.person.refuses(appended(signed, moved))


def test_a_place_for_a_signature_is_told_as_one(signers: Signers) -> None:
    """MuPDF marks it on the page, where it hides some points of what is there."""
    signed = signers.person.sign(written({**BASE, 1: PLAIN[1], 7: PLAIN[7], 8: SIGNATURE}))
    listed = b"7 0 R 60 0 R]"
    added = {
        3: BASE[3].replace(b"7 0 R]", listed),
        4: BASE[4].replace(b"7 0 R]", listed),
        60: FIELD + b"/Sig /T (other) /Rect [90 590 400 630] >>",
    }
    report = signers.judged(appended(signed, added), "any")
    assert report.passed
    assert [str(each) for each in report.signatures[0].change_list] == [
        "The field other was added for a signature, and is not signed yet."
    ]


OTHER = form(b"BT /F 12 Tf 2 2 Td (99) Tj ET", b"0 0 100 20")
SEVERAL = {
    "under the mouse": b"<< /N %d 0 R /R 90 0 R >>",
    "while it is pressed": b"<< /N %d 0 R /D 90 0 R >>",
    "by states": b"<< /N << /05 %d 0 R /Off 90 0 R >> >>",
    "by a state that is named": b"<< /N << /05 %d 0 R /Off 90 0 R >> >> /AS /05",
}


@pytest.mark.parametrize("looks", SEVERAL.values(), ids=SEVERAL)
@pytest.mark.parametrize(("field", "look"), [(5, 40), (7, 42)], ids=["number", "seal"])
def test_what_is_filled_in_or_signed_has_one_look(
    signers: Signers, looks: bytes, field: int, look: int
) -> None:
    signed = signers.person.sign(written(BASE))
    several = SEALING[field].replace(b"<< /N %d 0 R >>" % look, looks % look)
    assert several != SEALING[field]
    assert signers.judged(signers.over(signed, SEALING)).passed
    assert not signers.judged(signers.over(signed, {**SEALING, field: several, 90: OTHER})).passed


def test_looks_that_were_signed_may_stay(signers: Signers) -> None:
    hover = BASE[6].replace(b"/AP << /N 11 0 R >>", b"/AP << /N 11 0 R /R 13 0 R >>")
    assert signers.judged(signers.sealed({6: hover, 13: OTHER})).passed
