"""Documents of two layers by the letter, which tests prepare for an update that shows something else."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pki.clock import SystemClock
from pki.our_desk import at_the_desk
from signer.deciding import decide
from signer.policy import Require
from signer.report import Report
from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Signing, appended, stream, written

Objects = Mapping[int, bytes]

_MADE = b"/Reference [<< /Type /SigRef /TransformMethod /%s /TransformParams << %s >> >>] /M "
CERTIFIED = SIGNATURE.replace(b"/M ", _MADE % (b"DocMDP", b"/Type /TransformParams /P 2 /V /1.2"))
LOCKING = SIGNATURE.replace(b"/M ", _MADE % (b"FieldMDP", b"/Type /TransformParams /Action /All /V /1.2"))


def form(data: bytes, box: bytes = b"90 590 400 630") -> bytes:
    entries = b"/Type /XObject /Subtype /Form /BBox [%s] /Resources << /Font << /F 10 0 R >> >>" % box
    return stream(data, entries)


BASE: Objects = {
    **PLAIN,
    1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm 4 0 R /Perms << /DocMDP 8 0 R >> >>",
    5: FIELD + b"/Tx /T (number) /DA (/F 12 Tf 0 g) /Rect [100 700 200 720] /AP << /N 11 0 R >> >>",
    7: FIELD
    + b"/Sig /T (layer2) /Rect [100 100 200 150] /Lock << /Type /SigFieldLock /Action /All /P 1 >> >>",
    8: CERTIFIED,
    9: stream(b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET"),
}
SEALING: Objects = {
    5: BASE[5].replace(b"/DA", b"/V (05) /Ff 1 /DA").replace(b"11 0 R", b"40 0 R"),
    7: BASE[7].replace(b"/Lock", b"/V 41 0 R /AP << /N 42 0 R >> /Lock"),
    40: form(b"BT /F 12 Tf 2 2 Td (05) Tj ET", b"0 0 100 20"),
    41: LOCKING,
    42: form(b"1 0 0 RG 2 2 96 46 re S", b"0 0 100 50"),
}
PLACES = (40, 41, 42)


@dataclass(frozen=True)
class Signers:
    person: Signing
    organisation: Signing

    def sealed(self, objects: Objects, bent: Callable[[bytes], bytes] = bytes) -> bytes:
        """A document of two layers, with these objects instead of the plain ones, bent before signing."""
        return self.over(self.person.sign(bent(written({**BASE, **objects}))), SEALING)

    def over(self, signed: bytes, sealing: Objects) -> bytes:
        """The document sealed by these objects, of which those of `PLACES` get numbers that are free."""
        free = max(map(int, re.findall(rb"/Size (\d+)", signed)))
        moved = {}
        for number, text in sealing.items():
            for place in PLACES:
                text = text.replace(b"%d 0 R" % place, b"%d 0 R" % (free + place))  # noqa: PLW2901
            moved[number + (free if number in PLACES else 0)] = text
        return self.organisation.sign(appended(signed, moved))

    def judged(self, pdf: bytes, require: Require = "two-layer") -> Report:
        policy = replace(self.person.policy, require=require, same_agency=False)
        return asyncio.run(decide(pdf, policy, SystemClock().now(), at_the_desk))


def with_(number: int, old: bytes, new: bytes) -> bytes:
    assert BASE[number].count(old) == 1
    return BASE[number].replace(old, new)


NINE = (
    b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica"
    b" /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [53 /nine] >> >>"
)
COVER = form(b"1 1 1 rg 90 590 310 40 re f BT 0 g /F 20 Tf 100 600 Td (9.000.000) Tj ET")
