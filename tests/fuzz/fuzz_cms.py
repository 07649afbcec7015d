"""Signature containers and time-stamps, in the gap of the file that they sign: two readers, which must agree.

Each is read alone first, by both readers; what one of them believes is put into its file, and then both ways
must say the same of the file, and may believe it only if what is signed is what was signed. Containers of the
hierarchy whose keys are kept are signed anew first (`tests.fuzz.anew`): they may be believed, and both ways
must agree on what no stranger could sign.
"""

import contextlib
import dataclasses
import hashlib
import random
import re
from collections.abc import Iterator
from functools import cached_property

from pki.errors import CongvanError
from signer.facts import Binding
from signer.pades import cms, der, detached, stamps
from signer.pades.door import Malformed, hostile
from signer.quick import container
from signer.quick.judging import _ODD as ODD
from tests.fuzz import anew, held
from tests.fuzz.bending import Garble, bend_der
from tests.fuzz.judging import HONESTLY, Measure, vector

STRANGERS = (
    "pyhanko-b-b",
    "pyhanko-b-t",
    "pyhanko-pkcs7",
    "pyhanko-ecdsa",
    "openssl-cades",
    "endesive-plain",
    "pyhanko-b-lta",
    "libpdf-b-t",
    "openssl-pkcs7",
    "openssl-key-identifier",
    "pyhanko-pss",
    "pyhanko-pkcs7-stamped",
)
OURS = {"good-listed": "good", "good-stamped": "good", "classic-stamped": "classic"}
"""Files whose keys are kept, with the name of the signer's."""
_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


@dataclasses.dataclass(frozen=True)
class Gap:
    """The gap of the last signature of a file; `measure` is what the file is judged by."""

    pdf: bytes
    measure: Measure
    start: int
    stop: int
    end: int

    @classmethod
    def of(cls, pdf: bytes, measure: Measure) -> "Gap":
        found = max(_RANGE.finditer(pdf), key=lambda each: int(each[1]))
        start, stop, length = map(int, found.groups())
        return cls(pdf, measure, start, stop, stop + length)

    @cached_property
    def held(self) -> bytes:
        """The container in it."""
        held = bytes.fromhex(self.pdf[self.start + 1 : self.stop - 1].decode("ascii"))
        return held[: der.check(held)]

    @cached_property
    def is_stamp(self) -> bool:
        """Whether it is a document time-stamp."""
        return container.STAMP in self.held[:80]

    @cached_property
    def bindings(self) -> frozenset[Binding | None]:
        """What the file's signatures sign."""
        report = self.measure.report(self.pdf)
        assert report is not None
        return frozenset(each.binding for each in report.signatures)

    @property
    def covered(self) -> bytes:
        """What the container signs."""
        return self.pdf[: self.start] + self.pdf[self.stop : self.end]

    def digest(self, algorithm: str) -> bytes:
        """Digest what the container signs."""
        return hashlib.new(algorithm, self.covered).digest()

    def holding(self, encoded: bytes) -> bytes | None:
        """Return the file with another container; None where it does not fit."""
        room = self.stop - self.start - 2
        digits = encoded.hex().encode()
        if len(digits) > room:
            return None
        return self.pdf[: self.start + 1] + digits.ljust(room, b"0") + self.pdf[self.stop - 1 :]


GAPS = (
    *(Gap.of(vector(name), HONESTLY) for name in STRANGERS),
    *(Gap.of((held.HELD / f"{name}.pdf").read_bytes(), Measure(held.POLICY, held.source)) for name in OURS),
)
KEYS = tuple(map(anew.key, OURS.values()))
VALUES = {each.value for gap in GAPS for each in gap.bindings if each is not None}
"""The values of all signatures here: some files are over the same bytes."""
STAMPER = anew.key("stamper")
HELD = tuple(each.held for each in GAPS)


def seeds() -> Iterator[bytes]:
    """Yield a container after the number of its document."""
    for place, each in enumerate(HELD):
        yield bytes([place]) + each


def bend(data: bytes, chance: random.Random, garble: Garble) -> bytes:
    """Bend the container, seldom the number."""
    head = data[:1] if chance.randrange(20) else bytes([chance.randrange(len(GAPS))])
    return head + bend_der(data[1:], HELD, chance, garble)


def one(data: bytes) -> None:
    """Read these bytes as a container or as a time-stamp, and in their file."""
    if not data:
        return
    place, encoded = data[0] % len(GAPS), data[1:]
    gap, own = GAPS[place], place - len(STRANGERS)
    if own >= 0:
        encoded = anew.container(encoded, KEYS[own], STAMPER)
    apart = detached.read(gap.covered, encoded).verdict.passed
    try:
        if der.check(encoded) != len(encoded):
            return
    except Malformed:
        assert not apart, "a seal is believed that is no DER"
        _check_streamed(encoded)
        return
    long = _believed(gap, encoded)
    assert long or not apart, "a seal is believed that is no signature over the bytes"
    believed = long or _short(gap, encoded)
    whole = gap.holding(encoded) if believed or data[-1] % 4 == 0 else None
    if whole is not None:
        report = gap.measure.report(whole, tolerating=frozenset())
        if report is not None and report.passed and own < 0:
            signed = {each.binding and each.binding.value for each in report.signatures}
            assert signed <= VALUES, "something else is believed than was signed"
    with contextlib.suppress(CongvanError), hostile():
        stamps.read(encoded)


def _check_streamed(encoded: bytes) -> None:
    with contextlib.suppress(Malformed):
        meant, length = der.streamed(encoded)
        assert der.check(meant) == len(meant)
        assert length <= len(encoded)


def _short(gap: Gap, encoded: bytes) -> bool:
    try:
        if gap.is_stamp:
            container.stamped(encoded, gap.digest)
        else:
            container.read(encoded, container.DATA, gap.digest)
    except ODD:
        return False
    return True


def _believed(gap: Gap, encoded: bytes) -> bool:
    try:
        with hostile():
            if gap.is_stamp:
                stamp = stamps.read(encoded)
                return stamp.authentic_over(gap.digest) and not stamp.container.strange
            read = cms.read(encoded, content_type="data")
            if read.digest not in cms.DIGESTS:
                return False
            return all(read.authentic(gap.digest(read.digest), "data")) and not read.strange
    except CongvanError:
        return False
