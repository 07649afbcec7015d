"""Signature containers and time-stamps: two readers, which must agree on what they believe."""

import contextlib
import hashlib
import re
from collections.abc import Iterator

from pki.errors import CongvanError
from signer.pades import cms, detached, stamps
from signer.pades.door import hostile
from signer.quick import container
from signer.quick.judging import _ODD as ODD
from tests.fuzz.judging import vector

NAMES = ("pyhanko-b-b", "pyhanko-b-t", "pyhanko-pkcs7", "pyhanko-ecdsa", "openssl-cades", "endesive-plain")
_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


def _covered(pdf: bytes) -> tuple[bytes, bytes]:
    """The container and the covered bytes of the first signature."""
    found = _RANGE.search(pdf)
    assert found is not None
    start, stop, length = map(int, found.groups())
    held = bytes.fromhex(pdf[start + 1 : stop - 1].decode("ascii"))
    return held[: 4 + int.from_bytes(held[2:4], "big")], pdf[:start] + pdf[stop : stop + length]


HELD = tuple(_covered(vector(name)) for name in NAMES)


def seeds() -> Iterator[bytes]:
    """Yield a container after the number of its document."""
    for place, (held, _) in enumerate(HELD):
        yield bytes([place]) + held


def one(data: bytes) -> None:
    """Read these bytes as a container and as a time-stamp."""
    if not data:
        return
    covered, encoded = HELD[data[0] % len(HELD)][1], data[1:]

    def digest_of(algorithm: str) -> bytes:
        return hashlib.new(algorithm, covered).digest()

    try:
        short = container.read(encoded, container.DATA, digest_of)
    except ODD:
        short = None
    long = _believed(encoded, covered)
    assert short is None or long, "the short way believes what the long way does not"
    apart = detached.read(covered, encoded).verdict.passed
    assert long or not apart, "a seal is believed that is no signature over the bytes"
    with contextlib.suppress(CongvanError), hostile():
        stamps.read(encoded)


def _believed(encoded: bytes, covered: bytes) -> bool:
    try:
        with hostile():
            read = cms.read(encoded, content_type="data")
            if read.digest not in cms.DIGESTS:
                return False
            return (
                all(read.authentic(hashlib.new(read.digest, covered).digest(), "data")) and not read.strange
            )
    except CongvanError:
        return False
