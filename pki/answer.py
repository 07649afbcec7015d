"""What an issuer says of one certificate, once it is verified: good or revoked, since when, until when."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives import hashes

_DIGESTS = ("sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512")
"""Digests that an answer may be signed with (ETSI TS 119 312 §7.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One verified answer about one certificate.

    `this_update` is when it was known to be true, `next_update` when a newer answer is promised for.
    `on_hold` says that the revocation may yet be taken back (RFC 5280 §5.3.1), `compromised` that somebody
    else may have had the key, for who knows how long. `invalid` is since when a revoked
    certificate was no good by its issuer's word, if that was before (RFC 5280 §5.3.2). Who expired at
    `reaches` or later is not forgotten here.
    """

    source: Literal["OCSP", "CRL"]
    this_update: datetime
    next_update: datetime | None
    revoked: datetime | None = None
    on_hold: bool = False
    compromised: bool = False
    invalid: datetime | None = None
    reaches: datetime | None = None
    encoded: bytes = field(repr=False)

    @property
    def doubted(self) -> datetime | None:
        """Since when the certificate was no good by the issuer's word: its revocation, or a time before."""
        return min(filter(None, (self.revoked, self.invalid)), default=None)


def newest(answers: Iterable[Answer]) -> Answer | None:
    """Return the answer that holds: a revocation for good, else the newest.

    A revocation can be taken back only from a certificate on hold (RFC 5280 §5.3.1); of several the earliest
    counts.
    """
    answers = list(answers)
    final = [each for each in answers if each.revoked is not None and not each.on_hold]
    if final:
        return min(final, key=lambda each: each.revoked or each.this_update)
    return max(answers, key=lambda each: each.this_update, default=None)


def before(invalid: datetime | None, revoked: datetime) -> datetime | None:
    """Return the date of invalidity where it is before the revocation: else it says nothing more."""
    return invalid if invalid is not None and invalid < revoked else None


def is_by_digest(digest: hashes.HashAlgorithm | None) -> bool:
    """Tell whether an answer that is signed by this digest counts."""
    return isinstance(digest, hashes.HashAlgorithm) and digest.name in _DIGESTS
