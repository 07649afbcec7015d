"""Updates after which other readers repair the file, so that an object wakes which no section names."""

import struct
from collections.abc import Callable, Mapping

import pytest

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Signing, appended, stream, written

FONT = {10: PLAIN[10]}  # written anew as it was
SLEEPER = b"9 0 obj\n%s\nendobj\n" % stream(b"BT /F 20 Tf 100 600 Td (Cong van khac) Tj ET")


@pytest.fixture(scope="module")
def signed(signing: Signing) -> bytes:
    """A signed page with another content behind all objects, which the table does not name."""
    plain = written(PLAIN)
    at = plain.rindex(b"xref\n", 0, plain.rindex(b"startxref"))
    moved = plain[at:].replace(b"startxref\n%d" % at, b"startxref\n%d" % (at + len(SLEEPER)))
    return signing.sign(plain[:at] + SLEEPER + moved)


def by_stream(pdf: bytes, widths: tuple[int, int, int]) -> bytes:
    """The font written anew, with a cross-reference stream whose columns have these widths."""
    previous, at = int(pdf[pdf.rfind(b"startxref") :].split()[1]), len(pdf)
    pdf += b"10 0 obj\n%s\nendobj\n" % PLAIN[10]
    rows = b"".join(
        b"".join(
            value.to_bytes(width, "big") for value, width in zip((1, place, 0), widths, strict=True) if width
        )
        for place in (at, len(pdf))
    )
    entries = b"/Type /XRef /Size 14 /Root 1 0 R /Info 12 0 R /Prev %d /Index [10 1 13 1]" % previous
    section = stream(rows, entries + b" /W [%d %d %d]" % widths)
    return pdf + b"13 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (section, len(pdf))


def end(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """The font written anew, and the end of the file from `startxref` on spelled otherwise."""

    def update(pdf: bytes) -> bytes:
        pdf = appended(pdf, FONT)
        at = pdf.rindex(b"startxref")
        return pdf[:at] + pdf[at:].replace(old, new)

    return update


def head(blanks: int) -> Callable[[bytes], bytes]:
    """The font written anew, and blanks behind the head of its subsection."""

    def update(pdf: bytes) -> bytes:
        pdf = appended(pdf, FONT)
        at = pdf.rindex(b"\n10 1\n") + len(b"\n10 1")
        return pdf[:at] + b" " * blanks + pdf[at:]

    return update


REPAIRED: dict[str, Callable[[bytes], bytes]] = {
    "a kind of five bytes": lambda pdf: by_stream(pdf, (5, 4, 2)),
    "a kind of eight bytes": lambda pdf: by_stream(pdf, (8, 4, 2)),
    "a number far behind its word": end(b"startxref\n", b"startxref" + b"\n" * 1500),
    "an end far behind the number": end(b"%%EOF", b"\n" * 500 + b"%%EOF"),
    "an end far before the end": end(b"%%EOF", b"%%EOF" + b"\n" * 1500),
    "a long head of a subsection": head(200),
    "a byte that is no white space to some behind its word": end(b"startxref\n", b"startxref\0\n"),
}
PLAINLY: dict[str, Callable[[bytes], bytes]] = {
    "a plain table": lambda pdf: appended(pdf, FONT),
    "a plain stream": lambda pdf: by_stream(pdf, (1, 4, 2)),
    "a stream without kinds": lambda pdf: by_stream(pdf, (0, 4, 2)),
    "a wide offset": lambda pdf: by_stream(pdf, (1, 8, 2)),
    "no line behind the end": end(b"%%EOF\n", b"%%EOF"),
    "a few lines behind the end": end(b"%%EOF\n", b"%%EOF\r\n\r\n\r\n"),
    "a blank behind the head of a subsection": head(1),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_an_update_that_other_readers_repair_is_refused(signing: Signing, signed: bytes, name: str) -> None:
    assert signing.refuses(REPAIRED[name](signed))


@pytest.mark.parametrize("name", PLAINLY)
def test_an_update_that_all_read_alike_is_believed(signing: Signing, signed: bytes, name: str) -> None:
    assert signing.believes(PLAINLY[name](signed))


HIDING = {**PLAIN, 13: stream(b"q\n" + SLEEPER + b"Q")}
"""A signed page, with another content in the data of a stream: nothing but repairing finds that."""


def naming(entries: bytes, look: bytes = b"") -> dict[int, bytes]:
    """A new signature field with these entries, and with these in its look."""
    listed = b"7 0 R 60 0 R]"
    return {
        3: PLAIN[3].replace(b"7 0 R]", listed),
        4: PLAIN[4].replace(b"7 0 R]", listed),
        60: FIELD
        + b"/Sig /T (second) /V 61 0 R /Rect [300 200 400 250] /AP << /N 62 0 R >> "
        + entries
        + b">>",
        61: SIGNATURE,
        62: stream(b"0 0 100 50 re S", b"/Subtype /Form /BBox [0 0 100 50] " + look),
    }


NAMED: dict[str, tuple[bytes, bytes]] = {
    "a number that no object has": (b"/TU 90 0 R ", b""),
    "another generation": (b"/BS 12 5 R ", b""),
    "number 0": (b"/TU 0 0 R ", b""),
    "a font of its look": (b"", b"/Resources << /Font << /F 90 0 R >> >>"),
}


@pytest.mark.parametrize("case", NAMED)
def test_an_update_names_what_is_there(signing: Signing, case: str) -> None:
    """Poppler repairs a file in which it looks for an object in vain."""
    once = signing.sign(written(HIDING))
    assert signing.believes(signing.sign(appended(once, naming(b""))))
    twice = signing.sign(appended(once, naming(*NAMED[case])))
    assert not signing.believes(twice)
    assert signing.quick(twice) is None


def freeing(row: bytes, more: Mapping[int, bytes] = PLAIN) -> bytes:
    """A page whose second section, which will be signed, takes object 13 out of use."""
    unsigned = {**more, 6: PLAIN[6].replace(b" /V 8 0 R", b""), 13: b"<< >>"}
    del unsigned[8]
    pdf = appended(written(unsigned), {6: PLAIN[6], 8: SIGNATURE})
    at = pdf.rindex(b"trailer")
    return pdf[:at] + b"13 1\n0000000000 %s f \n" % row + pdf[at:]


@pytest.mark.parametrize("row", [b"00001", b"00007"])
def test_an_update_names_nothing_that_was_taken_out_of_use(signing: Signing, row: bytes) -> None:
    once = signing.sign(freeing(row))
    assert signing.believes(signing.sign(appended(once, naming(b""))))
    assert not signing.believes(signing.sign(appended(once, naming(b"/TU 13 0 R "))))


@pytest.mark.parametrize("row", [b"00001", b"00007"])
def test_nothing_follows_what_names_an_object_out_of_use(signing: Signing, row: bytes) -> None:
    naming_it = {**PLAIN, 10: PLAIN[10].replace(b" >>", b" /FontDescriptor 13 0 R >>")}
    assert signing.refuses(appended(signing.sign(freeing(row, naming_it)), {12: PLAIN[12]}))


@pytest.mark.parametrize("named", [b"90 0 R", b"12 5 R", b"12 00007 R", b"12\n5\tR"])
def test_no_table_follows_streams_with_a_reference_to_nothing(signing: Signing, named: bytes) -> None:
    """Poppler repairs only where the newest section is a table."""
    drawing = PLAIN[3].replace(b"/Resources <<", b"/Resources << /XObject << /Z " + named + b" >>")
    head, _, _ = written({**HIDING, 3: drawing}).rpartition(b"xref\n0 1")
    places = {number: head.index(b"\n%d 0 obj" % number) + 1 for number in HIDING} | {14: len(head)}
    rows = b"".join(struct.pack(">BIB", 1, places[number], 0) for number in range(1, 15))
    entries = b"/Type /XRef /Size 15 /W [1 4 1] /Index [1 14] /Root 1 0 R /Info 12 0 R"
    end = b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(head)
    signed = signing.sign(head + b"14 0 obj\n" + stream(rows, entries) + end)
    assert signing.believes(signed)
    assert signing.refuses(appended(signed, FONT))
