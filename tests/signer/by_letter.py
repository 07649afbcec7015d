"""Signed files written by the letter, so that any byte of them can be odd before it is signed, or after."""

import asyncio
import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping

from asn1crypto import cms
from pyhanko.sign import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.clock import SystemClock
from pki.our_desk import at_the_desk
from pki.trust import Anchors
from signer.errors import Malformed
from signer.pades import judging as long
from signer.pades.judged import File
from signer.policy import Policy
from signer.quick import judging as short
from tests.signer.certificates import Keyed

Made = Callable[[cms.ContentInfo], bytes]
_HELD = 6000  # bytes of a container
SIGNATURE = (
    b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <%s>"
    b" /ByteRange [0 AAAAAAAAAA BBBBBBBBBB CCCCCCCCCC] /M (D:20260101000000Z) >>" % (b"0" * 2 * _HELD)
)
"""A signature dictionary that `Signing.sign` fills in."""


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


def filled(pdf: bytes, made: Callable[[bytes], bytes]) -> bytes:
    """The file with what is made of the digest in its one open signature; as it is without one."""
    opened = b"<" + b"0" * 2 * _HELD + b">"
    if pdf.count(opened) != 1:
        return pdf
    start = pdf.index(opened)
    stop = start + len(opened)
    for name, value in ((b"A", start), (b"B", stop), (b"C", len(pdf) - stop)):
        pdf = pdf.replace(name * 10, b"%010d" % value)
    held = made(hashlib.sha256(pdf[:start] + pdf[stop:]).digest())
    return pdf[: start + 1] + held.hex().encode().ljust(2 * _HELD, b"0") + pdf[stop - 1 :]


@dataclasses.dataclass(frozen=True)
class Signing:
    """Who signs these files."""

    root: Keyed
    who: Keyed

    def sign(self, pdf: bytes, made: Made = lambda content: bytes(content.dump())) -> bytes:
        """The file with the container of its one open signature, which covers all of it; as it is without.

        `made` is what becomes of the container.
        """
        return filled(
            pdf, lambda digest: made(asyncio.run(self._signer.async_sign(digest, "sha256", use_pades=True)))
        )

    @property
    def _signer(self) -> SimpleSigner:
        store = SimpleCertificateStore()
        store.register(self.root.certificate)
        return SimpleSigner(self.who.certificate, self.who.info, cert_registry=store)

    def refuses(self, pdf: bytes) -> bool:
        """Whether the long way says that it is no good, and the short one says nothing."""
        slow = self.slow(pdf)
        refused = slow is None or [each.verdict.sub_indication for each in slow.judged] == ["FORMAT_FAILURE"]
        return refused and self.quick(pdf) is None

    def believes(self, pdf: bytes) -> bool:
        """Whether the long way believes it, and the short one says the same or nothing."""
        slow = self.slow(pdf)
        believed = slow is not None and all(each.verdict.passed for each in slow.judged)
        return believed and self.quick(pdf) in (None, slow)

    @property
    def policy(self) -> Policy:
        """Believes them, and asks nobody for a status."""
        anchors = Anchors((self.root.certificate.dump(),))
        return Policy(anchors=anchors, revocation="ignore", offline=True)

    def quick(self, pdf: bytes) -> File | None:
        """What the short way says; whether a digest was made on the way is left out."""
        found = asyncio.run(short.judge(pdf, self.policy, SystemClock().now(), at_the_desk))
        return None if found is None else dataclasses.replace(found, sha256=None)

    def slow(self, pdf: bytes) -> File | None:
        """What the long way says; None for a file that it cannot read at all."""
        try:
            return asyncio.run(long.judge(pdf, self.policy, SystemClock().now(), at_the_desk))
        except Malformed:
            return None
