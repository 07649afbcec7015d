"""Small files that keep their reader busy for ever, or fill its memory."""

import zlib


def simple(objects: dict[int, bytes]) -> bytes:
    """A file of these objects with a plain cross-reference table; object 1 is the catalogue."""
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    count = max(objects) + 1
    lines = [b"0000000000 65535 f \n", *(b"%010d 00000 n \n" % places[each] for each in range(1, count))]
    table = b"xref\n0 %d\n" % count + b"".join(lines)
    return out + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(out))


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [3 0 R] >> >>"
PAGES = b"<< /Type /Pages /Kids [] /Count 0 >>"


def forking_fields(deep: int = 60) -> bytes:
    """Form fields that each name the next one twice: 2^60 ways to the last."""
    fields = {
        3 + each: b"<< /T (a%d) /Kids [%d 0 R %d 0 R] >>" % (each, 4 + each, 4 + each) for each in range(deep)
    }
    return simple({1: CATALOGUE, 2: PAGES, **fields, 3 + deep: b"<< /T (z) /FT /Sig >>"})


def looping_fields() -> bytes:
    """A form field that is its own child."""
    return simple({1: CATALOGUE, 2: PAGES, 3: b"<< /T (a) /Kids [3 0 R 3 0 R] >>"})


def deep_fields(deep: int = 20_000) -> bytes:
    """Form fields nested deep."""
    fields = {3 + each: b"<< /T (a) /Kids [%d 0 R] >>" % (4 + each) for each in range(deep)}
    return simple({1: CATALOGUE, 2: PAGES, **fields, 3 + deep: b"<< /T (z) /FT /Sig >>"})


def references(entries: bytes, data: bytes = b"") -> bytes:
    """A file that is one cross-reference stream."""
    head = b"5 0 obj\n<< /Type /XRef /Root 1 0 R %b /Length %d >>" % (entries, len(data))
    return b"%%PDF-1.7\n%b\nstream\n%b\nendstream\nendobj\nstartxref\n9\n%%%%EOF\n" % (head, data)


def columns_of_nothing() -> bytes:
    """900 million objects, each described by no byte."""
    return references(b"/Size 2 /W [0 0 0] /Index [0 900000000]")


def unpacking(size: int = 600_000_000) -> bytes:
    """A cross-reference stream that unpacks to `size` bytes."""
    pressed = zlib.compressobj(9)
    piece = bytes(10_000_000)
    data = b"".join(pressed.compress(piece) for _ in range(size // len(piece))) + pressed.flush()
    return references(b"/Size 100000000 /W [1 4 1] /Filter /FlateDecode", data)


def long_number(digits: int = 8_000_000) -> bytes:
    """A number of so many digits: nothing looks for it, and turning it into one takes minutes."""
    catalogue = CATALOGUE.replace(b"/Fields [3 0 R]", b"/Fields [] /SigFlags " + b"9" * digits)
    return simple({1: catalogue, 2: PAGES})
