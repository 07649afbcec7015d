"""Documents prepared before layer 1 so that an update that looks innocent changes what the page shows.

Each was once believed after its update, by one way or the other, and drawn otherwise by Poppler, MuPDF or
pdfium. The document without the update is believed; with it nobody may be.
"""

import re
from collections.abc import Callable

import pytest

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, appended, stream, written
from tests.signer.prepared_samples import (
    BASE,
    COVER,
    NINE,
    Objects,
    Signers,
    form,
    with_,
)

BY_G = stream(b"BT /G 20 Tf 100 600 Td (5.000.000) Tj ET")
DORMANT = COVER[: COVER.index(b"stream\n")].rstrip()
"""The dictionary of a stream without its data: it draws nothing."""
STAMP = b"<< /Type /Annot /Subtype /Stamp /F %s /Rect [90 590 400 630] /AP << /N 14 0 R >> >>"
LISTED = b"[5 0 R 6 0 R 7 0 R %s]"
ON_PAGE = with_(3, b"7 0 R]", b"7 0 R 13 0 R]")
HASH = b"A" * 40
OF_ONE = with_(1, b"/Perms", b"/DSS << /VRI << /%s << /TU 13 0 R >> >> >> /Perms" % HASH)
INDEXED = b"<< /CS [/Indexed /DeviceGray 2 %s] >>"


def drawing(name: bytes, number: int) -> Objects:
    """A page that draws an XObject of this name and number."""
    body = b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET /%s Do" % name
    resources = b"10 0 R >> /XObject << /%s %d 0 R >> >> >>" % (name, number)
    return {3: with_(3, b"10 0 R >> >> >>", resources), 9: stream(body)}


def catalogue_as(category: bytes, body: bytes) -> Objects:
    """A page that takes resources of a category from the catalogue."""
    return {3: with_(3, b"/Font <<", b"/%s 1 0 R /Font <<" % category), 9: stream(body)}


HIDDEN = (
    b"BT /F 20 Tf 100 600 Td (9.000.000) Tj ET q /%s gs 1 1 1 rg 90 590 300 40 re f 0 g"
    b" BT /F 20 Tf 100 600 Td (5.000.000) Tj ET Q"
)
XML = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\nq 1 1 1 rg 90 590 300 40 re f 0 g'
    b" BT /F 20 Tf 100 600 Td (9.000.000) Tj ET Q\n</x:xmpmeta>"
)


def below(key: bytes) -> Objects:
    """A page that names what the catalogue holds under this key as the node above it."""
    return {
        1: with_(1, b"/Perms", b"/%s 14 0 R /Perms" % key),
        3: with_(3, b"/Parent 2 0 R", b"/Parent 14 0 R"),
        14: b"<< /Parent 2 0 R >>",
    }


CASES: dict[str, tuple[Objects, Objects]] = {
    "a place in an encoding as a real": (
        {3: with_(3, b"/F 10 0 R", b"/F 10 0 R /G 13 0 R"), 9: BY_G, 13: NINE},
        {13: NINE.replace(b"[53 ", b"[53.0 ")},
    ),
    "a flag as a real": ({3: ON_PAGE, 13: STAMP % b"2", 14: COVER}, {13: STAMP % b"2.0"}),
    "a flag as a real, in a list of annotations": (
        {3: with_(3, b"[5 0 R 6 0 R 7 0 R]", b"13 0 R"), 13: LISTED % (STAMP % b"2"), 14: COVER},
        {13: LISTED % (STAMP % b"2.0")},
    ),
    "a turn of the page as a real": (
        {3: with_(3, b"/Parent", b"/Rotate 90 /Parent")}, {3: with_(3, b"/Parent", b"/Rotate 90.0 /Parent")},
    ),
    "a side of the page beyond what readers count": (
        {3: with_(3, b"/Parent", b"/MediaBox [0 0 595 4294967596] /Parent")},
        {3: with_(3, b"/Parent", b"/MediaBox [0 0 595 4294967596.0] /Parent")},
    ),
    "a table with a line end that readers take for one": (
        {
            3: with_(3, b"/Font <<", b"/ColorSpace 13 0 R /Font <<"),
            9: stream(b"/CS cs 2 sc BT /F 20 Tf 100 600 Td (5.000.000) Tj ET"),
            13: INDEXED % b"(\r\n\xff\x00\x00)",
        },
        {13: INDEXED % b"<0AFF0000>"},
    ),
    "an appearance that was a dictionary": ({3: ON_PAGE, 13: STAMP % b"4", 14: DORMANT}, {14: COVER}),
    "an appearance of a field that was a dictionary": (
        {5: with_(5, b"<< /N 11 0 R >>", b"<< /N 11 0 R /D 14 0 R >>"), 14: DORMANT}, {14: COVER},
    ),
    "a drawing named /Parent that was a dictionary": ({**drawing(b"Parent", 14), 14: DORMANT}, {14: COVER}),
    "a drawing named /AP that was a dictionary": ({**drawing(b"AP", 14), 14: DORMANT}, {14: COVER}),
    "a drawing named /AP": ({**drawing(b"AP", 14), 14: form(b"")}, {14: COVER}),
    "a drawing named /Metadata": ({**drawing(b"Metadata", 14), 14: form(b"")}, {14: COVER}),
    "a drawing named /Parent that was not there": (drawing(b"Parent", 60), {60: COVER}),
    "a structure element as resources, with one that was not there": (
        {
            1: with_(1, b"/Perms", b"/StructTreeRoot 50 0 R /Perms"),
            3: with_(3, b"10 0 R >> >> >>", b"10 0 R >> /XObject 51 0 R >> >>"),
            9: stream(b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET /P Do"),
            50: b"<< /Type /StructTreeRoot /K [51 0 R] >>",
            51: b"<< /S /P /F 10 0 R /P 70 0 R >>",
        },
        {70: COVER},
    ),
    "a font named /Parent, taken for proof": (
        {
            1: OF_ONE, 3: with_(3, b"/F 10 0 R", b"/F 10 0 R /Parent 13 0 R"), 13: NINE,
            9: stream(b"BT /Parent 20 Tf 100 600 Td (5.000.000) Tj ET"),
        },
        {13: NINE.replace(b"/nine", b"/one")},
    ),
    "the catalogue as a state of drawing": (
        catalogue_as(b"ExtGState", HIDDEN % b"Extensions"),
        {1: with_(1, b"/Perms", b"/Extensions << /ca 0 /ADBE << /ExtensionLevel 8 >> >> /Perms")},
    ),
    "the catalogue as a state of drawing, by what is tagged": (
        catalogue_as(b"ExtGState", HIDDEN % b"MarkInfo"),
        {1: with_(1, b"/Perms", b"/MarkInfo << /ca 0 >> /Perms")},
    ),
    "the catalogue as drawings": (
        catalogue_as(b"XObject", b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET /Metadata Do"),
        {
            1: with_(1, b"/Perms", b"/Metadata 60 0 R /Perms"),
            60: form(XML).replace(b"/Type /XObject", b"/Type /Metadata"),
        },
    ),
    "the properties as a state of drawing": (
        {
            3: with_(3, b"/Font <<", b"/ExtGState << /Parent 12 0 R >> /Font <<"),
            9: stream(HIDDEN % b"Parent"),
        },
        {12: b"<< /Producer (by hand) /ca 0 >>"},
    ),
    "the extensions as the node above a page": (
        below(b"Extensions"), {14: b"<< /Rotate 180 /Parent 2 0 R >>"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_was_prepared_is_believed_as_it_is_and_not_after_its_update(signers: Signers, case: str) -> None:
    objects, update = CASES[case]
    sealed = signers.sealed(objects)
    # Who uses the catalogue as something else, or names what is not there, is refused from the first update
    # on, which is the seal's.
    at_once = case.startswith("the catalogue") or case.endswith("not there")
    assert signers.judged(sealed).passed is not at_once
    report = signers.judged(appended(sealed, update))
    assert [each.verdict.passed for each in report.signatures] == [False, False]


def freed(pdf: bytes, number: int) -> bytes:
    """The file with an object taken out of use."""
    at, previous = len(pdf), pdf[pdf.rfind(b"startxref") :].split()[1]
    size = max(map(int, re.findall(rb"/Size (\d+)", pdf)))
    rows = b"0 1\n%010d 65535 f \n%d 1\n0000000000 00001 f \n" % (number, number)
    trailer = b"<< /Size %d /Root 1 0 R /Info 12 0 R /Prev %s >>" % (size, previous)
    return pdf + b"xref\n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (rows, trailer, at)


def test_a_font_that_is_also_taken_for_proof_is_not_freed(signers: Signers) -> None:
    objects, _ = CASES["a font named /Parent, taken for proof"]
    sealed = signers.sealed(objects)
    assert signers.judged(sealed).passed
    assert not signers.judged(freed(sealed, 13)).passed


INLINE = b"/F 10 0 R /G " + NINE
STAMPED: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "a font within the page": (
        with_(3, b"/F 10 0 R", INLINE), lambda page: page.replace(b"[53 ", b"[53.0 "),
    ),
    "a table of colours in another encoding": (
        with_(3, b"/Font <<", b"/ColorSpace << /CS [/Indexed /DeviceRGB 0 <FEFF002000200020>] >> /Font <<"),
        lambda page: page.replace(b"<FEFF002000200020>", b"<202020>"),
    ),
    "a turn of the page": (
        with_(3, b"/Parent", b"/Rotate 90 /Parent"),
        lambda page: page.replace(b"/Rotate 90", b"/Rotate 90.0"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STAMPED)
def test_a_page_that_gets_a_field_says_all_else_as_before(signers: Signers, case: str) -> None:
    """Before the seal further signatures may be added: their page is written again."""
    page, bend = STAMPED[case]
    signed = signers.person.sign(written({**BASE, 3: page, 7: PLAIN[7], 8: SIGNATURE}))
    free = max(map(int, re.findall(rb"/Size (\d+)", signed)))
    added = FIELD + b"/Sig /T (layer3) /V %d 0 R /Rect [300 200 400 250] >>" % (free + 1)
    listed = b"7 0 R %d 0 R]" % free
    rest = {free: added, free + 1: SIGNATURE, 4: BASE[4].replace(b"7 0 R]", listed)}
    passed = []
    for written_again in (page, bend(page)):
        update = {**rest, 3: written_again.replace(b"7 0 R]", listed)}
        both = signers.organisation.sign(appended(signed, update))
        passed.append(signers.judged(both, "any").passed)
    assert passed == [True, False]


# pyHanko does not follow the /P of a structure element: by it a form has resources that it does not see.
IN_STRUCTURE: Objects = {
    1: with_(1, b"/Perms", b"/StructTreeRoot 50 0 R /Perms"),
    3: with_(3, b"10 0 R >> >> >>", b"10 0 R >> /XObject 51 0 R >> >>"),
    9: stream(b"/P Do"),
    50: b"<< /Type /StructTreeRoot /K [51 0 R] >>",
    51: b"<< /S /P /P 19 0 R >>",
}


def drawn_by(body: bytes, resources: bytes) -> bytes:
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources " + resources
    return stream(b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET " + body, entries)


FONTS = b"<< /Font << /F 10 0 R >> /%s %d 0 R >>"
BETWEEN: dict[str, tuple[Objects, Objects]] = {
    "the form's resources draw a page": (
        {
            **IN_STRUCTURE, 19: drawn_by(b"/X Do", b"20 0 R"), 20: b"<< /Font << /F 10 0 R >> >>",
            4: with_(4, b"<< /Font << /F 10 0 R >> >>", b"20 0 R"),
        },
        {20: b"<< /Font << /F 10 0 R >> /XObject << /X 60 0 R >> >>", 60: COVER},
    ),
    "a field is a dictionary of drawings": (
        {**IN_STRUCTURE, 19: drawn_by(b"/V Do", FONTS % (b"XObject", 5))},
        {5: with_(5, b"/DA", b"/V 60 0 R /Ff 1 /DA"), 60: COVER},
    ),
    "the look of a field is a dictionary of drawings": (
        {
            **IN_STRUCTURE, 19: drawn_by(b"/N Do", FONTS % (b"XObject", 20)), 20: b"<< /N 11 0 R >>",
            5: with_(5, b"<< /N 11 0 R >>", b"20 0 R"),
        },
        {5: with_(5, b"/AP << /N 11 0 R >>", b"/V (05) /Ff 1 /AP 20 0 R"), 20: b"<< /N 60 0 R >>", 60: COVER},
    ),
    "the properties are states of drawing": (
        {
            **IN_STRUCTURE, 19: drawn_by(HIDDEN % b"Info", FONTS % (b"ExtGState", 21)),
            21: b"<< /Info 12 0 R >>",
        },
        {12: b"<< /Producer (by hand) /ca 0 >>"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BETWEEN)
def test_between_the_layers_nothing_is_changed_that_is_drawn(signers: Signers, case: str) -> None:
    objects, update = BETWEEN[case]
    signed = signers.person.sign(written({**BASE, **objects}))

    def passes(pdf: bytes) -> bool:
        return signers.judged(pdf, "any").passed

    assert passes(signed)
    assert not passes(appended(signed, update))
