"""Updates spelled so that one reader reads an object in them and another does not."""

import zlib
from collections.abc import Callable

import pytest
from pypdfium2 import PdfDocument

from signer.verifying import examine
from tests.signer.by_letter import PLAIN, Signing, appended, stream, written

FLATE = b"/Filter /FlateDecode"
ROWS = 7  # bytes of a row


@pytest.fixture(scope="module")
def signed(signing: Signing) -> bytes:
    return signing.sign(written(PLAIN))


def row(kind: int, place: int) -> bytes:
    return bytes([kind]) + place.to_bytes(4, "big") + b"\0\0"


def upwards(data: bytes, columns: int) -> bytes:
    """The data as rows of this length, each of them what it has more than the row above (PNG's "up")."""
    above, rows = bytes(columns), b""
    for at in range(0, len(data), columns):
        line = data[at : at + columns]
        rows += b"\2" + bytes((new - old) & 255 for new, old in zip(line, above, strict=True))
        above = line
    return rows


def unpredicted(data: bytes, columns: int) -> bytes:
    """The data as rows of this length, each after a tag that says that nothing was predicted."""
    return b"".join(b"\0" + data[at : at + columns] for at in range(0, len(data), columns))


def ended(pdf: bytes, number: int, rows: bytes, index: bytes, entries: bytes) -> bytes:
    """The file with this cross-reference stream, which has no row of its own yet."""
    previous, at = int(pdf[pdf.rfind(b"startxref") :].split()[1]), len(pdf)
    said = b"/Type /XRef /Size %d /Root 1 0 R /Info 12 0 R /Prev %d" % (number + 1, previous)
    said += b" /W [1 4 2] /Index [%s %d 1] %s" % (index, number, entries)
    held = coded(rows + row(1, at), entries)
    return pdf + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, stream(held, said), at)


def coded(data: bytes, entries: bytes) -> bytes:
    """The data as these entries say that it is written."""
    if b"/Predictor 12" in entries and b"/DP" not in entries:
        data = upwards(data, ROWS)
    if b"/Predictor 10" in entries:
        data = unpredicted(data, ROWS)
    return zlib.compress(data) if b"/Filter" in entries and b"Flate" in entries else data


def packed(entries: bytes) -> Callable[[bytes], bytes]:
    """The font written anew, in an object stream with these entries."""

    def update(pdf: bytes) -> bytes:
        head = b"10 0 "
        data = head + PLAIN[10]
        data += b" " * (-len(data) % ROWS)
        said = b"/Type /ObjStm /N 1 /First %d %s" % (len(head), entries)
        at = len(pdf)
        pdf += b"13 0 obj\n%s\nendobj\n" % stream(coded(data, entries), said)
        return ended(pdf, 14, row(2, 13) + row(1, at), b"10 1 13 1", b"")

    return update


def listed(entries: bytes) -> Callable[[bytes], bytes]:
    """The font written anew, named by a cross-reference stream with these entries."""

    def update(pdf: bytes) -> bytes:
        at = len(pdf)
        return ended(pdf + b"10 0 obj\n%s\nendobj\n" % PLAIN[10], 13, row(1, at), b"10 1", entries)

    return update


def tabled(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """The font written anew, and its table spelled otherwise."""

    def update(pdf: bytes) -> bytes:
        whole = appended(pdf, {10: PLAIN[10]})
        at = whole.rindex(b"xref\n", 0, whole.rindex(b"startxref"))
        return whole[:at] + whole[at:].replace(old, new)

    return update


def named(name: bytes) -> Callable[[bytes], bytes]:
    """The font written anew, with an entry that nobody asks for in a new object beside it."""
    return lambda pdf: appended(pdf, {10: PLAIN[10], 13: b"<< /%s /%s >>" % (name, name)})


PREDICTED = b"/DecodeParms << /Predictor 12 /Columns 7 >>"
DIFFERENT = {
    "parameters abbreviated": FLATE + b" /DP << /Predictor 12 /Columns 6 >>",
    "a filter abbreviated": b"/F /FlateDecode",
    "another filter abbreviated": b"/F /ASCIIHexDecode",
    "data in a file": FLATE + b" /F (x.bin)",
    "a filter of a file": FLATE + b" /FFilter /ASCIIHexDecode",
    "parameters of a file": FLATE + b" /FDecodeParms << >>",
    "another length": FLATE + b" /DL 3",
    "an entry that nobody knows": FLATE + b" /Odd 1",
    "parameters alone and filters listed": b"/Filter [/FlateDecode] " + PREDICTED,
    "parameters listed and a filter alone": FLATE + b" " + PREDICTED.replace(b"<<", b"[<<") + b"]",
    "fewer parameters than filters": b"/Filter [/FlateDecode] /DecodeParms []",
    "parameters without a filter": b"/DecodeParms << >>",
    "a predictor with a point": FLATE + b" " + PREDICTED.replace(b"12", b"12.0"),
    "rows that predict nothing": FLATE + b" " + PREDICTED.replace(b"12", b"10"),
    "colors that are no number": FLATE + b" " + PREDICTED.replace(b">>", b"/Colors true >>"),
    "columns with a point": FLATE + b" " + PREDICTED.replace(b"7", b"7.0"),
}
ALIKE = {
    "nothing": b"",
    "no filter": b"/Filter null",
    "a filter": FLATE,
    "a filter listed": b"/Filter [/FlateDecode]",
    "no parameters": FLATE + b" /DecodeParms null",
    "no parameters, listed": b"/Filter [/FlateDecode] /DecodeParms [null]",
    "a predictor": FLATE + b" " + PREDICTED,
    "a predictor, listed": b"/Filter [/FlateDecode] " + PREDICTED.replace(b"<<", b"[<<") + b"]",
}
REFUSED: dict[str, Callable[[bytes], bytes]] = {
    **{f"object stream: {name}": packed(entries) for name, entries in DIFFERENT.items()},
    **{f"cross-reference stream: {name}": listed(entries) for name, entries in DIFFERENT.items()},
    "two blanks behind the head of a subsection": tabled(b"10 1\n", b"10 1  \n"),
    "a name longer than some read": named(b"#2d" * 100),
    "a name of 128 bytes": named(b"n" * 128),
    "a name with a byte that is white space to some": named(b"A\xff"),
    "a name with another such byte": named(b"A\x80B"),
    "a name with such a byte undone": named(b"A#ff"),
    "a name with another such byte undone": named(b"A#80B"),
    "a row of number 0 for another": tabled(b"10 1\n", b"13 1\n0000000000 65535 f \n10 1\n"),
}
BELIEVED: dict[str, Callable[[bytes], bytes]] = {
    **{f"object stream: {name}": packed(entries) for name, entries in ALIKE.items()},
    **{f"cross-reference stream: {name}": listed(entries) for name, entries in ALIKE.items()},
    "a blank behind the head of a subsection": tabled(b"10 1\n", b"10 1 \n"),
    "a name of 127 bytes": named(b"n" * 127),
    "a name with an accent": named(b"A\xe9#e9"),
    "a row of number 0": tabled(b"10 1\n", b"0 1\n0000000000 65535 f \n10 1\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_readers_read_differently_is_refused(signing: Signing, signed: bytes, name: str) -> None:
    assert signing.refuses(REFUSED[name](signed))


@pytest.mark.parametrize("name", BELIEVED)
def test_what_all_read_alike_is_believed(signing: Signing, signed: bytes, name: str) -> None:
    assert signing.believes(BELIEVED[name](signed))


@pytest.mark.parametrize("name", [b"A\xff", b"A\x80B", b"A#ff", b"A#80B"])
async def test_whoever_is_refused_for_such_a_byte_is_told_which_it_is(
    signing: Signing, signed: bytes, name: bytes
) -> None:
    report = await examine(named(name)(signed), signing.policy)
    byte = "80" if b"80" in name or b"\x80" in name else "FF"
    assert f"stands {byte}, which is white space to some readers" in str(report.verdict.reasons[0])


@pytest.mark.parametrize(
    ("name", "asked_for", "found"),
    [
        ("FÁ".encode(), "FÁ".encode(), True),
        ("FÁ".encode(), b"F\xc3", False),
        ("FÀ".encode(), b"F\xc3", True),  # À is C3 80
        ("FÀ".encode(), b"F#C3#80", False),
        (b"F\xc3\xff", b"F\xc3", True),
    ],
)
def test_one_reader_ends_a_name_at_such_a_byte(name: bytes, asked_for: bytes, *, found: bool) -> None:
    content = b"BT /%s 20 Tf 20 100 Td (A) Tj ET" % asked_for
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /%s 5 0 R >> >> >>"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 200 200] >>",
        3: page % name,
        4: stream(content),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    }
    with PdfDocument(written(objects)) as document:
        (text,) = document[0].get_objects()
        assert (text.get_font().get_base_name() == "Courier") is found


HEX = b"BT /F 9 Tf (9) Tj ET".hex().encode() + b">"
CODED = {
    "plainly": (stream(HEX, b"/Filter /ASCIIHexDecode"), True),
    "twice": (stream(zlib.compress(HEX), b"/Filter [/FlateDecode /ASCIIHexDecode]"), True),
    "as a picture": (stream(b"x", b"/Filter [/ASCIIHexDecode /DCTDecode]"), True),
    "by a filter that pdfium does not undo": (stream(HEX, b"/Filter [/Crypt /ASCIIHexDecode]"), False),
    "by that filter alone": (stream(HEX, b"/Filter /Crypt"), False),
    "as a picture first": (stream(b"x", b"/Filter [/DCTDecode /ASCIIHexDecode]"), False),
    "by a filter abbreviated": (stream(HEX, b"/Filter /AHx"), False),
    "by one that is elsewhere": (stream(HEX, b"/Filter 10 0 R"), False),
    "in another file": (stream(HEX, b"/F (x.bin) /FFilter /ASCIIHexDecode"), False),
    "with parameters of another shape": (
        stream(HEX, b"/Filter /ASCIIHexDecode /DecodeParms [null]"), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CODED)
def test_what_a_field_looks_like_is_unpacked_by_all(signing: Signing, signed: bytes, case: str) -> None:
    """Poppler and MuPDF drew a seal that pdfium could not, so that nobody saw what it hid."""
    look, believed = CODED[case]
    field = PLAIN[5].replace(b"(5)", b"(9)").replace(b"11 0 R", b"13 0 R")
    look = look.replace(b"<< ", b"<< /Type /XObject /Subtype /Form /BBox [0 0 100 20] ", 1)
    pdf = appended(signed, {5: field, 13: look})
    assert signing.believes(pdf) if believed else signing.refuses(pdf)
