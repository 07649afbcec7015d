"""Fields that are filled in so that the page shows less than it did, or less than is read there."""

import asyncio
import dataclasses

import pytest

from signer import printed
from signer.agency import Heading
from signer.report import Indication, Report
from signer.shown import MAX_OVER, FirstPage, told_of_filled
from signer.verifying import examine
from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, appended, stream, written
from tests.signer.prepared_samples import BASE, COVER, SEALING, Objects, Signers, form

WRITTEN = b"BT 0 g /F 12 Tf 2 2 Td (05) Tj ET"
OVER_TEXT = b"[90 590 400 720]"
"""A place of the number that the sum lies in, too."""


def sealed(
    signers: Signers,
    look: bytes,
    place: bytes = b"[100 700 200 720]",
    box: bytes = b"0 0 100 20",
    *,
    page: bytes = BASE[9],
    flags: bytes = b"/F 4",
) -> Report:
    """The report on a document whose number was filled in with this look."""
    objects: Objects = {**BASE, 9: page, 5: BASE[5].replace(b"[100 700 200 720]", place)}
    sealing = {
        **SEALING,
        5: SEALING[5].replace(b"[100 700 200 720]", place).replace(b"/F 4", flags),
        40: form(look, box),
    }
    pdf = signers.over(signers.person.sign(written(objects)), sealing)
    policy = dataclasses.replace(signers.person.policy, require="two-layer", same_agency=False)
    return asyncio.run(examine(pdf, policy))


def judged(signers: Signers, pdf: bytes) -> Report:
    policy = dataclasses.replace(signers.person.policy, require="two-layer", same_agency=False)
    report = asyncio.run(examine(pdf, policy))
    assert report.passed
    return report


CLIPPED = {
    "a letter clipped away": (b"q 0 0 9 20 re W n " + WRITTEN + b" Q", b"0 0 100 20"),
    "a letter outside of what is drawn": (WRITTEN, b"0 0 9 20"),
}


@pytest.mark.parametrize("case", CLIPPED)
def test_letters_that_are_clipped_away_are_not_read(signers: Signers, case: str) -> None:
    look, box = CLIPPED[case]
    report = sealed(signers, look, box=box)
    assert report.indication is Indication.INDETERMINATE
    assert "The field number holds “05”, but the page shows “0” there." in map(str, report.verdict.reasons)


def test_letters_over_each_other_are_told(signers: Signers) -> None:
    clipped = b"q 50 0 9 20 re W n BT /F 12 Tf 4 2 Td (5) Tj ET Q"
    report = sealed(signers, b"BT 0 g /F 12 Tf 2 2 Td (0) Tj ET " + clipped)
    assert report.passed
    assert "The field number holds “05”; what the page shows there could not be read as text." in map(
        str, report.notes
    )


LOOKS = {
    "a number": (WRITTEN, "The field number holds nothing, but the page shows “05” there."),
    "strokes": (
        b"2 2 m 50 10 l S",
        "The field number holds “”; what the page shows there could not be read as text.",
    ),
    "a row of dots": (WRITTEN.replace(b"05", b"....."), None),
    "nothing": (b"/Tx BMC EMC", None),
}


@pytest.mark.parametrize("case", LOOKS)
def test_what_is_drawn_for_an_empty_number_is_told(signers: Signers, case: str) -> None:
    look, words = LOOKS[case]
    drawn = {5: BASE[5].replace(b"11 0 R", b"80 0 R"), 80: form(look, b"0 0 100 20")}
    between = appended(signers.person.sign(written(BASE)), drawn)
    sealing = {number: text for number, text in SEALING.items() if number not in (5, 40)}
    report = judged(signers, signers.over(between, sealing))
    assert [str(each) for each in report.notes if "field" in str(each)] == ([words] if words else [])


@pytest.mark.parametrize("over", [b"q 1 g 0 0 310 60 re f Q ", b"q 1 g 0 g 5 5 300 50 re f Q "])
def test_a_number_that_hides_the_page_is_not_believed(signers: Signers, over: bytes) -> None:
    look = over + WRITTEN.replace(b"2 2 Td", b"12 112 Td")
    report = sealed(signers, look, OVER_TEXT, b"0 0 310 130")
    assert report.indication is Indication.INDETERMINATE
    assert not report.two_layer
    hidden = "The field number was filled in so that it hides what the page says there: “5 000 000”."
    assert hidden in map(str, report.verdict.reasons)


def test_what_was_hidden_before_is_not_hidden_by_the_number(signers: Signers) -> None:
    hidden = stream(b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET 1 g 90 590 300 40 re f")
    look = b"q 1 g 0 0 310 60 re f Q " + WRITTEN.replace(b"2 2 Td", b"12 112 Td")
    assert sealed(signers, look, OVER_TEXT, b"0 0 310 130", page=hidden).passed


@pytest.mark.parametrize("flags", [b"/F 4", b"/F 2"])
def test_a_number_at_the_head_of_a_page_that_has_its_size_from_above_is_read(
    signers: Signers, flags: bytes
) -> None:
    """pdfium forgets that size once it draws fields: above 792 points nothing would be seen."""
    report = sealed(signers, WRITTEN, b"[100 800 200 820]", flags=flags)
    assert report.passed
    assert any("could not be read" in str(each) for each in report.notes) is (flags == b"/F 2")


def test_a_number_over_text_that_stays_to_be_read_is_believed(signers: Signers) -> None:
    look = WRITTEN.replace(b"2 2 Td", b"12 112 Td")
    report = sealed(signers, look, OVER_TEXT, b"0 0 310 130")
    assert report.passed
    assert not any("field" in str(each) for each in report.notes)


# ------------------------------------------------------------------------------- signatures over the page

UNDER = "The signature in {} lies over text of the page, which is not seen there any more: “5 000 000”."
OVER = b"[90 590 400 630]"
THROUGH = form(b"1 0 0 RG 4 w 100 592 300 36 re S 95 610 m 395 612 l S", b"90 590 400 630")


def third(signers: Signers, look: bytes) -> bytes:
    """A document that somebody else signs between the layers, over the sum."""
    objects: Objects = {**BASE, 1: PLAIN[1], 7: PLAIN[7], 8: SIGNATURE}
    listed = b"7 0 R 60 0 R]"
    added: Objects = {
        3: BASE[3].replace(b"7 0 R]", listed),
        4: BASE[4].replace(b"7 0 R]", listed),
        60: FIELD + b"/Sig /T (other) /V 61 0 R /AP << /N 62 0 R >> /Rect " + OVER + b" >>",
        61: SIGNATURE,
        62: look,
    }
    signed = signers.person.sign(written(objects))
    both = signers.person.sign(appended(signed, added))
    seal = PLAIN[7].replace(b"/Rect", b"/V 41 0 R /AP << /N 42 0 R >> /Rect")
    return signers.over(both, {**SEALING, 41: SIGNATURE, 7: seal})


def sealed_over(signers: Signers, look: bytes, page: bytes = b"", pages: bytes = BASE[2]) -> bytes:
    """A document whose seal stands over the sum."""
    objects = {**BASE, 2: pages, 7: BASE[7].replace(b"[100 100 200 150]", OVER)}
    objects[3] = objects[3].replace(b"/Parent", page + b" /Parent")
    seal = SEALING[7].replace(b"[100 100 200 150]", OVER)
    return signers.over(signers.person.sign(written(objects)), {**SEALING, 7: seal, 42: look})


def test_a_further_signature_that_hides_the_page_is_told(signers: Signers) -> None:
    assert UNDER.format("other") in map(str, judged(signers, third(signers, COVER)).notes)
    assert UNDER.format("other") not in map(str, judged(signers, third(signers, THROUGH)).notes)


@pytest.mark.parametrize(
    "page", [b"", b"/UserUnit 2", b"/CropBox [50 50 500 800]", b"/MediaBox [-20 0 500 900]"]
)
def test_a_seal_that_hides_the_page_is_told(signers: Signers, page: bytes) -> None:
    assert UNDER.format("layer2") in map(str, judged(signers, sealed_over(signers, COVER, page)).notes)
    assert not any(
        "layer2" in str(each) for each in judged(signers, sealed_over(signers, THROUGH, page)).notes
    )


def test_a_seal_on_another_page_is_looked_under(signers: Signers) -> None:
    pages = BASE[2].replace(b"/Count 1 /Kids [", b"/Count 2 /Kids [50 0 R ")
    blank = {50: b"<< /Type /Page /Parent 2 0 R >>"}
    objects = {**BASE, **blank, 2: pages, 7: BASE[7].replace(b"[100 100 200 150]", OVER)}
    seal = SEALING[7].replace(b"[100 100 200 150]", OVER)
    pdf = signers.over(signers.person.sign(written(objects)), {**SEALING, 7: seal, 42: COVER})
    assert UNDER.format("layer2") in map(str, judged(signers, pdf).notes)


def test_what_layer_1_hides_itself_is_not_told(signers: Signers) -> None:
    field = BASE[6].replace(b"[300 100 400 150]", OVER).replace(b"11 0 R", b"14 0 R")
    pdf = signers.sealed({6: field, 14: COVER})
    assert not any("layer1" in str(each) for each in judged(signers, pdf).notes)


def test_no_reader_of_pages_returns_more_than_is_hidden() -> None:
    for hidden in (("x",) * (MAX_OVER + 1), ("x" * 201,)):
        with pytest.raises(ValueError, match="signatures"):
            FirstPage(heading=Heading(lines=()), hidden=hidden)


@pytest.mark.parametrize(("left", "told"), [(150, True), (201, False)])
def test_a_seal_over_the_number_is_told(signers: Signers, left: int, told: bool) -> None:
    """Whoever seals can draw another number over the one that was filled in."""
    place = b"[%d 690 %d 730]" % (left, left + 100)
    field = BASE[7].replace(b"[100 100 200 150]", place)
    seal = SEALING[7].replace(b"[100 100 200 150]", place)
    pdf = signers.over(signers.person.sign(written({**BASE, 7: field})), {**SEALING, 7: seal, 42: COVER})
    unread = "The field number holds “05”; what the page shows there could not be read as text."
    assert (unread in map(str, judged(signers, pdf).notes)) is told


def test_a_number_that_the_first_page_does_not_show_is_told(signers: Signers) -> None:
    two = {
        2: b"<< /Type /Pages /Count 2 /Kids [3 0 R 13 0 R] /MediaBox [0 0 595 842] >>",
        3: BASE[3].replace(b"5 0 R 6 0 R", b"6 0 R"),
        13: b"<< /Type /Page /Parent 2 0 R /Annots [5 0 R] /Resources << >> >>",
    }
    told = "The field number is not seen on the first page: what it holds was held to nothing that is shown."
    assert told in map(str, judged(signers, signers.sealed(two)).notes)
    assert told not in map(str, judged(signers, signers.sealed({})).notes)


DOTS = form(b"BT /F 12 Tf 2 2 Td (.....) Tj ET", b"0 0 100 20")


def decoyed(signers: Signers, decoy: bytes, first: bytes, second: bytes) -> bytes:
    """A document of two pages with another field of the number's name, which is in no form."""
    return signers.sealed({
        2: b"<< /Type /Pages /Count 2 /Kids [3 0 R 13 0 R] /MediaBox [0 0 595 842] >>",
        3: BASE[3].replace(b"5 0 R 6 0 R", first + b" 6 0 R"),
        13: b"<< /Type /Page /Parent 2 0 R /Annots [%s] /Resources << >> >>" % second,
        51: FIELD + b"/Tx /T (number) /Rect [300 700 400 720] /AP << /N %s >> >>" % decoy,
        52: DOTS,
        53: form(WRITTEN, b"0 0 100 20"),
    })  # fmt: skip


@pytest.mark.parametrize("decoy", [b"52 0 R", b"53 0 R >> /V (05) /MK <<"])
def test_another_field_of_its_name_does_not_stand_for_the_number(signers: Signers, decoy: bytes) -> None:
    told = "The field number is not seen on the first page: what it holds was held to nothing that is shown."
    pdf = decoyed(signers, decoy, b"51 0 R", b"5 0 R")
    assert told in map(str, judged(signers, pdf).notes)
    quick, slow = signers.person.quick(pdf), signers.person.slow(pdf)
    assert quick is not None
    assert slow is not None
    assert quick.first_page == slow.first_page == frozenset()
    quick = signers.person.quick(signers.sealed({}))
    assert quick is not None
    assert quick.first_page == {"number"}


def test_two_fields_of_one_name_are_told(signers: Signers) -> None:
    told = "The first page shows several fields that are called number: which one counts is not seen there."
    pdf = decoyed(signers, b"52 0 R", b"5 0 R 51 0 R", b"")
    assert told in map(str, judged(signers, pdf).notes)


# ------------------------------------------------------------------------------- documents of one layer

HIDES = "The field {} was filled in so that it hides what the page says there: “5 000 000”."
ALL = [f"field{number:02}" for number in range(MAX_OVER + 1)]


def filled_after(signers: Signers, look: bytes, name: bytes = b"other", page: bytes = b"3") -> Report:
    """The report on a document of which a field over the sum was filled in after its one signature."""
    field = FIELD + b"/Tx /T (%s) /Rect [90 590 400 630] /AP << /N 11 0 R >> >>" % name
    objects = {
        **PLAIN,
        4: PLAIN[4].replace(b"7 0 R]", b"7 0 R 20 0 R]"),
        int(page): PLAIN[3].replace(b"7 0 R]", b"7 0 R 20 0 R]"),
        9: BASE[9],
        20: field,
    }
    if page != b"3":
        objects[2] = PLAIN[2].replace(b"/Count 1 /Kids [3 0 R]", b"/Count 2 /Kids [3 0 R %s 0 R]" % page)
        second = b"<< /Type /Page /Parent 2 0 R /Annots [20 0 R] /Contents 9 0 R"
        objects[int(page)] = second + b" /Resources << /Font << /F 10 0 R >> >> >>"
    update = {20: field.replace(b"/AP << /N 11 0 R >>", b"/V (1) /AP << /N 40 0 R >>"), 40: look}
    policy = dataclasses.replace(signers.person.policy, require="any")
    return asyncio.run(examine(appended(signers.person.sign(written(objects)), update), policy))


@pytest.mark.parametrize("page", [b"3", b"21"])
@pytest.mark.parametrize("name", [b"other", b"number1"])
def test_what_a_filled_field_hides_in_a_document_of_one_layer_is_told(
    signers: Signers, name: bytes, page: bytes
) -> None:
    report = filled_after(signers, COVER, name, page)
    assert report.passed
    assert HIDES.format(name.decode()) in map(str, report.notes)
    assert not any("hides" in str(each) for each in filled_after(signers, THROUGH, name, page).notes)


def test_of_more_filled_fields_than_are_looked_under_it_is_told(signers: Signers) -> None:
    report = dataclasses.replace(filled_after(signers, COVER), notes=())
    looked = FirstPage(heading=Heading(lines=()), hidden=("",) * MAX_OVER, more=(False,) * MAX_OVER)
    notes = told_of_filled(report, ALL, looked).notes
    assert list(map(str, notes)) == ["What the field field16 hides of its page could not be found out."]


def test_of_two_layers_that_are_not_asked_for_no_page_is_read(
    signers: Signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(printed, "first_page_apart", read)
    policy = dataclasses.replace(signers.person.policy, require="any", same_agency=False)
    assert asyncio.run(examine(signers.sealed({}), policy)).two_layer


VALUES = {
    "the name of a language": (b"<FEFF001B00760069001B00300035>", False),
    "digits for the name of a language": (b"<FEFF001B00390039001B00300035>", False),
    "a zero-width space": (b"<FEFF0030200B0035>", False),
    "another direction": (b"<FEFF202E00350030>", False),
    "a blank": (b"<FEFF003000A00035>", True),
    "UTF-8": (b"<EFBBBF3035>", True),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_number_holds_nothing_that_is_not_seen(signers: Signers, case: str) -> None:
    """What stands between two escapes is a language to pdfium: the page shows 05, and 9905 was kept."""
    value, believed = VALUES[case]
    signed = signers.person.sign(written(BASE))
    pdf = signers.over(signed, {**SEALING, 5: SEALING[5].replace(b"(05)", value)})
    report = signers.judged(pdf)
    assert report.passed is believed
    told = "The field number holds characters that nobody sees: each reader may take it for something else."
    assert (told in map(str, report.verdict.reasons)) is not believed
