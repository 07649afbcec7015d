"""What is filled in or signed after layer 1 is shown in one place: readers draw it wherever it is listed."""

from collections.abc import Mapping

import pytest

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Signing, appended, stream, written
from tests.signer.prepared_samples import BASE, COVER, SEALING, Objects, Signers, form, with_

PAGES = with_(2, b"/Count 1 /Kids [3 0 R]", b"/Count 2 /Kids [3 0 R 13 0 R]")
OVER = b"[90 590 400 630]"
GROUND = form(b"q 1 g 0 0 310 40 re f Q BT /F 12 Tf 2 2 Td (05) Tj ET", b"0 0 310 40")


def second(listed: bytes) -> Mapping[int, bytes]:
    """A second page with the sum, which lists these annotations; the first one says nothing."""
    page = b"<< /Type /Page /Parent 2 0 R /Annots %s /Contents 15 0 R" % listed
    return {
        2: PAGES,
        9: stream(b""),
        13: page + b" /Resources << /Font << /F 10 0 R >> >> >>",
        15: BASE[9],
    }


def over(number: int, objects: Objects) -> bytes:
    return objects[number].replace(b"[100 700 200 720]", OVER).replace(b"[100 100 200 150]", OVER)


@pytest.mark.parametrize("listed", [b"[%d 0 R]", b"16 0 R"])
@pytest.mark.parametrize(("number", "look"), [(5, GROUND), (7, COVER)])
def test_a_field_that_two_pages_list_is_neither_filled_in_nor_signed(
    signers: Signers, number: int, look: bytes, listed: bytes
) -> None:
    """Who looks at the page on which it belongs does not see what it hides on the other one."""
    passed = []
    for shown in (b"[50 0 R]", listed.replace(b"%d", b"%d" % number)):
        objects = {**BASE, **second(shown), number: over(number, BASE), 16: b"[%d 0 R]" % number}
        objects[50] = FIELD + b"/Tx /T (other) /Rect [0 0 9 9] /AP << /N 11 0 R >> >>"
        signed = signers.person.sign(written(objects))
        assert signers.judged(signed, "any").passed
        seal = {**SEALING, number: over(number, SEALING), {5: 40, 7: 42}[number]: look}
        passed.append(signers.judged(signers.over(signed, seal)).passed)
    assert passed == [True, False]


NEW = FIELD + b"/Sig /T (other) /V 61 0 R /AP << /N 62 0 R >> /Rect " + OVER + b" >>"
LISTED = {
    "each by its own list": ({3: PLAIN[3], 13: b"[]"}, {3: b"7 0 R]", 13: b"[]"}),
    "both by one list": (
        {3: PLAIN[3].replace(b"[5 0 R 6 0 R 7 0 R]", b"16 0 R"), 13: b"16 0 R", 16: b"[5 0 R 6 0 R 7 0 R]"},
        {16: b"7 0 R]"},
    ),
}


@pytest.mark.parametrize("case", LISTED)
def test_a_new_signature_is_put_on_one_page(signing: Signing, case: str) -> None:
    """Written again, one page or list after the other, until both show it."""
    there, growing = LISTED[case]
    objects = {**PLAIN, **second(there[13]), **{number: there[number] for number in there if number != 13}}
    signed = signing.sign(written(objects))
    both = {4: PLAIN[4].replace(b"7 0 R]", b"7 0 R 60 0 R]"), 60: NEW, 61: SIGNATURE, 62: COVER}
    for number, end in growing.items():
        both[number] = objects[number].replace(end, end.replace(b"]", b" 60 0 R]"))
    slow = signing.slow(signing.sign(appended(signed, both)))
    assert slow is not None
    assert [str(each) for each in slow.judged[0].change.words] == [
        "Object 60, which was filled in or signed, is shown by several pages."
    ]
    assert signing.quick(signing.sign(appended(signed, both))) is None
    if 13 in both:
        del both[13]
        assert signing.believes(signing.sign(appended(signed, both)))
        assert signing.quick(signing.sign(appended(signed, both))) is not None


INHERITING = (
    b"<< /Type /Annot /Subtype /Widget /F 4 /Parent %s /Rect [60 595 100 625] /DA (/F 20 Tf 0 g) %s >>"
)
ELSEWHERE: dict[str, Objects] = {
    "a widget below the number": {50: INHERITING % (b"5 0 R", b"")},
    "a text field below it": {50: INHERITING % (b"5 0 R", b"/FT /Tx /T (more)")},
    "a widget two below it": {50: INHERITING % (b"51 0 R", b""), 51: b"<< /Parent 5 0 R /T (more) >>"},
    "a widget within its page": {13: second(b"[%s]" % (INHERITING % (b"5 0 R", b"")))[13]},
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_number_is_not_seen_in_another_place_by_inheritance(signers: Signers, case: str) -> None:
    """All three readers set the number before the sum of the second page: 05 makes 055.000.000 of it."""
    sealed = signers.sealed({**second(b"[50 0 R]"), **ELSEWHERE[case]})
    report = signers.judged(sealed)
    assert not report.passed
    assert "Object 5 was filled in, and readers show its value in other places, too." in map(
        str, report.signatures[0].change_list
    )


@pytest.mark.parametrize(
    "widget", [INHERITING % (b"5 0 R", b"/AP << /N 11 0 R >>"), INHERITING % (b"52 0 R", b"")]
)
def test_a_widget_that_is_drawn_or_inherits_from_elsewhere_hinders_no_number(
    signers: Signers, widget: bytes
) -> None:
    other = FIELD + b"/Tx /T (other) /V (1) /Rect [0 0 9 9] /AP << /N 11 0 R >> >>"
    assert signers.judged(signers.sealed({**second(b"[50 0 R]"), 50: widget, 52: other})).passed


MARKED: dict[str, bytes] = {
    "drawn by nothing": INHERITING % (b"7 0 R", b""),
    "drawn by its look": INHERITING % (b"7 0 R", b"/AP << /N 14 0 R >>"),
    "of its own": INHERITING % (b"7 0 R", b"/FT /Sig /T (more)"),
}


@pytest.mark.parametrize("listed", [b"", b"/Kids [50 0 R] "])
@pytest.mark.parametrize("case", MARKED)
def test_a_seal_uncovers_nothing_in_another_place(signers: Signers, case: str, listed: bytes) -> None:
    """MuPDF paints its mark over such a widget as long as the field waits, and what it draws after that."""
    waiting = BASE[7].replace(b"<<", b"<< " + listed, 1)
    objects = {**second(b"[50 0 R]"), 7: waiting, 14: COVER, 50: MARKED[case]}
    signed = signers.person.sign(written({**BASE, **objects}))
    assert signers.judged(signed, "any").passed
    sealing = {**SEALING, 7: SEALING[7].replace(b"<<", b"<< " + listed, 1)}
    report = signers.judged(signers.over(signed, sealing))
    assert not report.passed
    assert "Object 7 was signed, and readers show it in several places." in map(
        str, report.signatures[0].change_list
    )


def test_a_seal_whose_field_is_no_widget_has_one_below_it(signing: Signing) -> None:
    field = b"<< /FT /Sig /T (layer2) /Kids [13 0 R] %s>>"
    widget = INHERITING % (b"7 0 R", b"")
    listed = {3: PLAIN[3].replace(b"7 0 R]", b"13 0 R]"), 7: field % b"", 13: widget}
    signed = signing.sign(written({**PLAIN, **listed}))
    seal = {7: field % b"/V 61 0 R ", 61: SIGNATURE}
    assert signing.believes(signing.sign(appended(signed, seal)))


@pytest.mark.parametrize(
    "kids",
    [
        b"/Count 2 /Kids [3 0 R 3 0 R]",
        b"/Count 2 /Kids [3 0 R 13 0 R]",
        b"/Count 2 /Kids [3 0 R]",
        b"/Count 2 /Kids [3 0 R 14 0 R]",
    ],
)
def test_a_page_that_is_there_twice_is_not_filled_in(signers: Signers, kids: bytes) -> None:
    """Readers show it twice, some of them where it is only counted, and with it what is told of one page."""
    branch = b"<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [3 0 R] >>"
    empty = b"<< /Type /Pages /Parent 2 0 R /Count 0 /Kids [] >>"
    sealed = signers.sealed({2: BASE[2].replace(b"/Count 1 /Kids [3 0 R]", kids), 13: branch, 14: empty})
    assert not signers.judged(sealed).passed
    assert signers.organisation.quick(sealed) is None


def test_a_number_below_another_field_is_told_as_such(signing: Signing) -> None:
    """Else it is told as a signature, and without the place where it is seen."""
    above = {13: b"<< /T (above) /FT /Tx /Kids [5 0 R] >>", 4: BASE[4].replace(b"[5 0 R", b"[13 0 R")}
    number = BASE[5].replace(b"<<", b"<< /Parent 13 0 R", 1).replace(b"/FT /Tx", b"")
    signed = signing.sign(written({**BASE, **above, 5: number}))
    filled = number.replace(b"/DA", b"/V (05) /DA").replace(b"11 0 R", b"40 0 R")
    slow = signing.slow(appended(signed, {5: filled, 40: SEALING[40]}))
    assert slow is not None
    assert [str(each) for each in slow.judged[0].change.words] == [
        "The field above.number was filled with “05”."
    ]
    assert slow.filled.keys() == {"above.number"}
