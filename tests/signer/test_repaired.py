"""Updates after which other readers repair the file, so that an object wakes which no section names."""

from collections.abc import Callable

import pytest

from tests.signer.by_letter import PLAIN, Signing, appended, stream, written

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
