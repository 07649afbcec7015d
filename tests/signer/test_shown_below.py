"""What fields and seals hide of a page is found whichever way it is written, drawn, turned or cut."""

import asyncio
import dataclasses

import pytest

from signer import printed
from signer.agency import Heading
from signer.layout.letters import MAX_GLYPHS
from signer.report import Report
from signer.shown import MAX_OVER, FirstPage, made_over, spots_of, told_of_hidden
from signer.verifying import examine
from tests.signer.by_letter import stream, written
from tests.signer.prepared_samples import BASE, COVER, SEALING, Objects, Signers, form

OVER = b"[90 590 400 630]"
UNDER = "The signature in layer2 lies over text of the page, which is not seen there any more: “{}”."
MORE = "What is in {} lies over something that is drawn on the page, and is not seen there any more."
UNKNOWN = "What the field {} hides of its page could not be found out."
UNREAD = "The field number holds “05”; what the page shows there could not be read as text."
NOWHERE = "On which page this signature is seen was not found; what it hides there was not looked at."
OFF = b"<< /Type /OCG /Name (a) /Usage << /View << /ViewState /OFF >> /Print << /PrintState /OFF >> >> >>"


def sealed(
    signers: Signers, objects: Objects, look: bytes, place: bytes = OVER, flags: bytes = b"/F 4"
) -> Report:
    """The report on a document whose seal has this look in this place."""
    waiting = BASE[7].replace(b"[100 100 200 150]", place)
    seal = SEALING[7].replace(b"[100 100 200 150]", place).replace(b"/F 4", flags)
    signed = signers.person.sign(written({**BASE, 7: waiting, **objects}))
    return judged(signers, signers.over(signed, {**SEALING, 7: seal, 42: look}))


def judged(signers: Signers, pdf: bytes) -> Report:
    policy = dataclasses.replace(signers.person.policy, require="two-layer", same_agency=False)
    report = asyncio.run(examine(pdf, policy))
    assert report.passed
    return report


def page(entries: bytes, **others: bytes) -> Objects:
    return {
        3: BASE[3].replace(b"/Parent", entries + b" /Parent"),
        **{int(k[1:]): v for k, v in others.items()},
    }


def look(body: bytes, entries: bytes = b"", box: bytes = b"90 590 400 630") -> bytes:
    resources = (
        b"/Resources << /Font << /F 10 0 R >> /Properties << /A %s >> /ExtGState << /G << /ca .99 >> >> >>"
    )
    return stream(body, b"/Type /XObject /Subtype /Form /BBox [%s] %s %s" % (box, resources % OFF, entries))


PAINT = b"1 1 1 rg 90 590 310 40 re f BT 0 g /F 20 Tf 100 600 Td (9.000.000) Tj ET"
NARROW, SUM = b"[100.3 595 111 620]", stream(b"BT /F 20 Tf 100 600 Td (15.000.000) Tj ET")
SIDEWAYS = stream(b"BT /F 20 Tf 0 1 -1 0 120 595 Tm (5.000) Tj ET")
ASLANT = stream(b"BT /F 20 Tf .7 .7 -.7 .7 120 595 Tm (50) Tj ET")
WITHIN = b"/Subtype /Form /BBox [0 0 595 842]"
NESTED: Objects = {
    3: BASE[3].replace(b"/Font <<", b"/XObject << /X 70 0 R >> /Font <<"),
    9: stream(b"/X Do"),
    **{
        each: stream(b"/X Do", WITHIN + b" /Resources << /XObject << /X %d 0 R >> >>" % (each + 1))
        for each in range(70, 80)
    },
    80: form(b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET", b"0 0 595 842"),
}  # fmt: skip
HIDDEN: dict[str, tuple[Objects, bytes, bytes, str]] = {
    "one digit, by a narrow one": ({9: SUM}, look(b"1 g 90 590 310 40 re f"), NARROW, "1"),
    "by paint that is nearly opaque": ({}, look(b"/G gs " + PAINT), OVER, "5 000 000"),
    "by a layer": ({}, look(b"/OC /A BDC %s EMC" % PAINT), OVER, "5 000 000"),
    "by a form of a layer": ({}, look(PAINT, b"/OC " + OFF), OVER, "5 000 000"),
    "on a page that is turned": (page(b"/Rotate 90"), COVER, OVER, "5000000"),
    "on a page on its head": (page(b"/Rotate 180"), COVER, OVER, "5000000"),
    "text on its side": ({9: SIDEWAYS}, COVER, OVER, "500"),
    "text aslant": ({9: ASLANT}, COVER, OVER, "50"),
    "on a page cut wider than it is": (page(b"/CropBox [-100 -100 700 950]"), COVER, OVER, "5 000 000"),
    "corners in another order": ({}, COVER, b"[400 630 90 590]", "5 000 000"),
    "text in forms within each other": (NESTED, COVER, OVER, "5 000 000"),
}  # fmt: skip


@pytest.mark.parametrize("case", HIDDEN)
def test_letters_that_a_seal_hides_are_told(signers: Signers, case: str) -> None:
    objects, seal, place, text = HIDDEN[case]
    assert UNDER.format(text) in map(str, sealed(signers, objects, seal, place).notes)


DRAWN = {
    "outlines": (b"0 g 100 600 4 14 re f 110 600 4 14 re f", True),
    "a picture": (b"q 60 0 0 14 100 600 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \0 EI Q", True),
    "a rule": (b"0 g 100 600 200 1 re f", False),
    "a row of dots": (b"BT /F 13 Tf 100 600 Td (..........) Tj ET", False),
    "nothing": (b"", False),
}


@pytest.mark.parametrize("case", DRAWN)
def test_what_is_drawn_without_letters_and_hidden_is_told(signers: Signers, case: str) -> None:
    body, told = DRAWN[case]
    report = sealed(signers, {9: stream(body)}, COVER)
    assert (MORE.format("layer2") in map(str, report.notes)) is told
    objects = {**BASE, 5: BASE[5].replace(b"[100 700 200 720]", OVER), 9: stream(body)}
    white = form(b"q 1 g 0 0 310 40 re f Q BT 0 g /F 12 Tf 200 22 Td (05) Tj ET", b"0 0 310 40")
    filled = {**SEALING, 5: SEALING[5].replace(b"[100 700 200 720]", OVER), 40: white}
    report = judged(signers, signers.over(signers.person.sign(written(objects)), filled))
    assert (MORE.format("number") in map(str, report.notes)) is told


NOBODY: dict[str, tuple[Objects, bytes]] = {
    "on paper alone": ({}, b"/F 36"),
    "upright on a turned page": (page(b"/Rotate 180"), b"/F 20"),
    "a page with too many letters": (
        {9: stream(b"BT /F 1 Tf 1 0 0 1 0 0 Tm (%s) Tj ET " % (b"x" * MAX_GLYPHS) + BASE[9])}, b"/F 4",
    ),
    "a page larger than is drawn": (
        {2: BASE[2].replace(b"595 842", b"9000 9000")}, b"/F 4",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOBODY)
def test_where_nobody_can_tell_what_is_hidden_it_is_told(signers: Signers, case: str) -> None:
    objects, flags = NOBODY[case]
    place = b"[90 590 8000 8000]" if b"9000" in objects.get(2, b"") else OVER
    assert UNKNOWN.format("layer2") in map(str, sealed(signers, objects, COVER, place, flags).notes)


@pytest.mark.parametrize("flags", [b"/F 0", b"/F 4", b"/F 5", b"/F 20", b"/F 132"])
def test_other_flags_hide_no_seal(signers: Signers, flags: bytes) -> None:
    assert UNDER.format("5 000 000") in map(str, sealed(signers, {}, COVER, flags=flags).notes)


WRITTEN = b"BT 0 g /F 12 Tf 2 2 Td (05) Tj ET"
NUMBERS = {
    "a digit of a layer": look(b"BT 0 g /F 12 Tf 2 2 Td /OC /A BDC (1) Tj EMC (05) Tj ET", box=b"0 0 100 20"),
    "a ground of a layer": look(b"/OC /A BDC 1 g 0 0 9 9 re f EMC " + WRITTEN, box=b"0 0 100 20"),
    "a form within": look(WRITTEN + b" /X Do", box=b"0 0 100 20").replace(
        b"/Font", b"/XObject << /X 11 0 R >> /Font"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NUMBERS)
def test_a_number_with_layers_or_forms_in_it_is_read_by_nobody(signers: Signers, case: str) -> None:
    """Readers draw fields with all their layers: Poppler, MuPDF and Chrome show 105."""
    signed = signers.person.sign(written(BASE))
    assert UNREAD in map(str, judged(signers, signers.over(signed, {**SEALING, 40: NUMBERS[case]})).notes)


def test_a_number_that_is_seen_on_paper_alone_is_told(signers: Signers) -> None:
    signed = signers.person.sign(written(BASE))
    seal = {**SEALING, 5: SEALING[5].replace(b"/F 4", b"/F 36")}
    assert UNREAD in map(str, judged(signers, signers.over(signed, seal)).notes)


def test_a_letter_too_pale_to_be_seen_is_not_read(signers: Signers) -> None:
    """Neither its colour nor what it lets through is as pale as paper alone."""
    pale = look(
        b"BT 0 g /F 12 Tf 2 2 Td (0) Tj ET /G gs BT 0.5 g /F 12 Tf 9 2 Td (5) Tj ET", box=b"0 0 100 20"
    )
    signed = signers.person.sign(written(BASE))
    pdf = signers.over(signed, {**SEALING, 40: pale.replace(b"/ca .99", b"/ca .27")})
    policy = dataclasses.replace(signers.person.policy, require="two-layer", same_agency=False)
    report = asyncio.run(examine(pdf, policy))
    assert "The field number holds “05”, but the page shows “0” there." in map(str, report.verdict.reasons)


def test_a_seal_beyond_the_pages_that_are_searched_is_told(signers: Signers) -> None:
    kids = range(200, 1203)
    pages = b"<< /Type /Pages /Count 1004 /Kids [%s 3 0 R] /MediaBox [0 0 595 842] >>"
    listed = b" ".join(b"%d 0 R" % each for each in kids)
    objects = {2: pages % listed, **dict.fromkeys(kids, b"<< /Type /Page /Parent 2 0 R >>")}
    pdf = signers.sealed(objects)
    quick, slow = signers.person.quick(pdf), signers.person.slow(pdf)
    assert quick is not None
    assert slow is not None
    assert quick.unplaced == slow.unplaced == {"layer1", "layer2"}
    seal = signers.judged(pdf).layer(2)
    assert seal is not None
    assert NOWHERE in map(str, seal.notes)


@pytest.mark.parametrize("place", [b"[0 0 0 0]", b"[5 5 5 9]"])
def test_of_a_signature_that_is_not_seen_no_page_is_looked_for(signers: Signers, place: bytes) -> None:
    report = sealed(
        signers, {3: BASE[3].replace(b" 7 0 R]", b"]")}, stream(b"", b"/Subtype /Form /BBox [0 0 0 0]"), place
    )
    assert not any(NOWHERE in map(str, each.notes) for each in report.signatures)


def test_of_more_signatures_than_are_looked_under_it_is_told(signers: Signers) -> None:
    report = sealed(signers, {}, COVER)
    seal = report.layer(2)
    assert seal is not None
    report = dataclasses.replace(report, signatures=report.signatures + (seal,) * (MAX_OVER + 1))
    over = made_over(report)
    assert len(over) == MAX_OVER + 2
    assert len(spots_of(over)) == MAX_OVER
    looked = FirstPage(heading=Heading(lines=()), hidden=("",) * MAX_OVER, more=(False,) * MAX_OVER)
    notes = told_of_hidden(dataclasses.replace(report, notes=()), over, looked).notes
    assert list(map(str, notes)) == [UNKNOWN.format("layer2")] * 2


@pytest.mark.parametrize("short", [{}, {"hidden": ("",)}, {"hidden": ("", ""), "more": (True, True)}])
def test_a_reader_of_pages_that_answers_otherwise_than_asked_tells_nothing(
    signers: Signers, short: dict[str, tuple[object, ...]]
) -> None:
    """It reads a stranger's file, which may have taken it over."""
    report = sealed(signers, {}, COVER)
    answer = FirstPage(heading=Heading(lines=()), **short)  # type: ignore[arg-type]
    notes = told_of_hidden(dataclasses.replace(report, notes=()), made_over(report), answer).notes
    assert list(map(str, notes)) == [UNKNOWN.format("layer2")]


def test_pages_that_cannot_be_read_are_told(signers: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unread(*_: object) -> None:
        return None

    monkeypatch.setattr(printed, "first_page_apart", unread)
    told = "The pages could not be read: whether they show what fields hold"
    assert any(str(each).startswith(told) for each in sealed(signers, {}, COVER).notes)
