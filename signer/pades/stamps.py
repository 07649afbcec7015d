"""Time-stamp tokens already in hand: what they say, and whether they say it of these bytes."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import core, tsp

from signer.pades import cms
from signer.pades.door import Malformed

Imprint = Callable[[str], bytes]
"""Digest what a token should stamp, with the algorithm of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A time-stamp token (RFC 3161 §2.4.2): its container and the time it gives.

    `policy` is the dotted OID it was made under; `encoded` is the whole token, DER.
    """

    container: cms.Container
    time: datetime
    policy: str
    nonce: int | None
    imprint: bytes = field(repr=False)
    digest: str
    content: bytes = field(repr=False)
    encoded: bytes = field(repr=False)

    def authentic_over(self, imprint_of: Imprint) -> bool:
        """Tell whether the token is whole and stamps what `imprint_of` digests."""
        if self.digest not in cms.DIGESTS or self.container.weakness is not None:
            return False
        own = hashlib.new(self.container.digest, self.content).digest()
        return self.container.authentic(own, "tst_info") == (True, True) and self.imprint == imprint_of(
            self.digest
        )


def read(encoded: bytes) -> Stamp:
    """Read a token whose bytes are known to be DER; raise `Malformed` if it is none."""
    container = cms.read(encoded, content_type="tst_info")
    if not container.names_signer:  # RFC 3161 §2.4.2
        raise Malformed("The time-stamp does not say which certificate it was made with.")
    content = container.signed_data["encap_content_info"]["content"]
    info = content.parsed
    if not isinstance(info, tsp.TSTInfo):
        raise Malformed("The time-stamp holds no time.")
    if any(each["critical"].native for each in _extensions(info)):
        raise Malformed("The time-stamp says something that must not be passed over, and is not known here.")
    if info["version"].native != "v1":
        raise Malformed("The time-stamp is of a version that is not known.")
    imprint, time = info["message_imprint"], info["gen_time"].native
    if not isinstance(time, datetime) or time.tzinfo is None:  # asn1crypto reads a year 0, too
        raise Malformed("The time-stamp holds no time.")
    return Stamp(
        container=container,
        time=time,
        policy=info["policy"].dotted,
        nonce=info["nonce"].native,
        imprint=imprint["hashed_message"].native,
        digest=imprint["hash_algorithm"]["algorithm"].native,
        content=bytes(content),
        encoded=encoded,
    )


def _extensions(info: tsp.TSTInfo) -> Iterator[core.Sequence]:
    # RFC 3161 §2.4.2: as those of certificates; qualified authorities say here that they are (EN 319 422).
    if not isinstance(info["extensions"], core.Void):
        yield from info["extensions"]
