"""Proof replaced as iText does: new objects, and those that they replace are listed as free."""

import io
import re

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader


def proof_replaced(pdf: bytes) -> bytes:
    """The file with its stored lists written as new objects, and the old ones taken out of use."""
    reader = PdfFileReader(io.BytesIO(pdf))
    store = reader.root["/DSS"]
    place = reader.root.raw_get("/DSS")
    assert isinstance(place, generic.IndirectObject)
    size = int(reader.trailer["/Size"])
    old = [each.reference.idnum for each in store["/CRLs"]]
    body, lines = b"\n", {}
    for number, each in enumerate(store["/CRLs"], start=size):
        data = each.get_object().data
        lines[number] = len(pdf) + len(body)
        body += b"%d 0 obj\n<< /Length %d >>\nstream\n%b\nendstream\nendobj\n" % (number, len(data), data)
    certificates = b" ".join(b"%d 0 R" % each.reference.idnum for each in store["/Certs"])
    lists = b" ".join(b"%d 0 R" % each for each in sorted(lines))
    lines[place.idnum] = len(pdf) + len(body)
    body += b"%d 0 obj\n<< /Type /DSS /Certs [%b] /CRLs [%b] >>\nendobj\n" % (
        place.idnum, certificates, lists,
    )  # fmt: skip
    return pdf + body + _section(pdf, len(pdf) + len(body), lines, old, size + len(old))


def freed(pdf: bytes, number: int) -> bytes:
    """The file with one object taken out of use."""
    size = int(PdfFileReader(io.BytesIO(pdf)).trailer["/Size"])
    return pdf + b"\n" + _section(pdf, len(pdf) + 1, {}, [number], size)


def _section(pdf: bytes, at: int, lines: dict[int, int], freed: list[int], size: int) -> bytes:
    chained = [0, *sorted(freed)]
    entries = {
        number: b"%010d %05d f \n" % (after, 65535 if number == 0 else 1)
        for number, after in zip(chained, [*chained[1:], 0], strict=True)
    }
    entries |= {number: b"%010d 00000 n \n" % offset for number, offset in lines.items()}
    table = b"".join(b"%d 1\n%b" % (number, entries[number]) for number in sorted(entries))
    before = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    root = re.findall(rb"/Root (\d+ \d+ R)", pdf)[-1]
    trailer = b"trailer\n<< /Size %d /Root %b /Prev %d >>\n" % (size, root, before)
    return b"xref\n" + table + trailer + b"startxref\n%d\n%%%%EOF\n" % at
