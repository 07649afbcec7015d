"""Signed files written by the letter, so that any byte of them can be odd before it is signed, or after."""

import asyncio
import hashlib
import re
from collections.abc import Mapping

from pyhanko.sign import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.signer.certificates import Keyed

_HELD = 6000  # bytes of a container
SIGNATURE = (
    b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <%s>"
    b" /ByteRange [0 AAAAAAAAAA BBBBBBBBBB CCCCCCCCCC] /M (D:20260101000000Z) >>" % (b"0" * 2 * _HELD)
)
"""A signature dictionary that `signed` fills in."""


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream that holds this."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


FIELD = b"<< /Type /Annot /Subtype /Widget /F 4 /P 3 0 R /FT "
PLAIN: Mapping[int, bytes] = {
    1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm 4 0 R >>",
    2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 595 842] >>",
    3: b"<< /Type /Page /Parent 2 0 R /Annots [5 0 R 6 0 R 7 0 R] /Contents 9 0 R"
    b" /Resources << /Font << /F 10 0 R >> >> >>",
    4: b"<< /Fields [5 0 R 6 0 R 7 0 R] /SigFlags 3 /DA (/F 12 Tf 0 g) /DR << /Font << /F 10 0 R >> >> >>",
    5: FIELD + b"/Tx /T (number) /V (5) /DA (/F 12 Tf 0 g) /Rect [100 700 200 720] /AP << /N 11 0 R >> >>",
    6: FIELD + b"/Sig /T (layer1) /Rect [300 100 400 150] /AP << /N 11 0 R >> /V 8 0 R >>",
    7: FIELD + b"/Sig /T (layer2) /Rect [100 100 200 150] >>",
    8: SIGNATURE,
    9: stream(b"BT /F 20 Tf 100 600 Td (Cong van) Tj ET"),
    10: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    11: stream(b"BT /F 12 Tf 2 2 Td (5) Tj ET", b"/Type /XObject /Subtype /Form /BBox [0 0 100 20]"),
    12: b"<< /Producer (by hand) >>",
}
"""A page with a number, a signature and a place for the next, object by object."""


def written(objects: Mapping[int, bytes], *, head: bytes = b"%PDF-1.7\n") -> bytes:
    """A file of these objects with one plain table."""
    return appended(head, objects)


def appended(pdf: bytes, objects: Mapping[int, bytes], *, entries: bytes = b"", free: bool = False) -> bytes:
    """The file with these objects in one more revision."""
    previous = pdf.rfind(b"startxref")
    old = b"" if previous < 0 else b"/Prev %s " % pdf[previous:].split()[1]
    places = {}
    for number, text in objects.items():
        places[number] = len(pdf)
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    rows = b"0 1\n0000000000 65535 f \n" if previous < 0 or free else b""
    for number, place in sorted(places.items()):
        rows += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max([*objects, *map(int, re.findall(rb"/Size (\d+)", pdf))]) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 12 0 R %s%s>>" % (size, old, entries)
    return pdf + b"xref\n%s%s\nstartxref\n%d\n%%%%EOF\n" % (rows, trailer, len(pdf))


def signed(pdf: bytes, who: Keyed, root: Keyed) -> bytes:
    """The file with the container in its one open signature filled in, which covers all of it."""
    start = pdf.index(b"<" + b"0" * 2 * _HELD)
    stop = start + 2 * _HELD + 2
    for name, value in ((b"A", start), (b"B", stop), (b"C", len(pdf) - stop)):
        pdf = pdf.replace(name * 10, b"%010d" % value)
    store = SimpleCertificateStore()
    store.register(root.certificate)
    signer = SimpleSigner(who.certificate, who.info, cert_registry=store)
    digest = hashlib.sha256(pdf[:start] + pdf[stop:]).digest()
    made = asyncio.run(signer.async_sign(digest, "sha256", use_pades=True)).dump()
    return pdf[: start + 1] + made.hex().encode().ljust(2 * _HELD, b"0") + pdf[stop - 1 :]
