"""What a report shows beside its verdict: where a signature stands, its certificates, what happened when.

All of it is from a stranger's file: names are cut to a length, and whoever shows them escapes them.
"""

import base64
import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pki.words import N_

LONGEST_NAME = 200
"""Characters of a name that a report repeats."""

MOST_ENCODED = 32 * 1024
"""Bytes of one piece of evidence that a report repeats; of a larger one (a long list) it keeps the digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a reader sees a signature: points from the lower-left corner of the page as it is seen.

    `page` counts from 1; `page_width` and `page_height` are those of the page as it is seen.
    """

    page: int
    x: float
    y: float
    width: float
    height: float
    page_width: float
    page_height: float

    def as_json(self) -> dict[str, object]:
        """Return the spot as plain values."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One certificate of a path. `serial` is hexadecimal; `encoded` is DER."""

    name: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    encoded: bytes = dataclasses.field(repr=False)

    @property
    def sha256(self) -> str:
        """The certificate's fingerprint, hexadecimal."""
        return hashlib.sha256(self.encoded).hexdigest()

    def as_json(self) -> dict[str, object]:
        """Return the certificate as plain values, without its bytes."""
        return {
            "name": self.name,
            "issuer": self.issuer,
            "serial": self.serial,
            "not_before": iso(self.not_before),
            "not_after": iso(self.not_after),
            "sha256": self.sha256,
        }


class EventKind(StrEnum):
    """What happened; each but the first is somebody else's word than the signer's."""

    CLAIMED = "claimed"
    SIGNATURE_STAMP = "signature-time-stamp"
    DOCUMENT_STAMP = "document-time-stamp"
    OCSP = "ocsp"
    CRL = "crl"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at a moment, as `by` says (a name), about the certificate `about` (a name).

    `trusted` is whether what says so was found good. `until`: when a newer status is promised for. What says
    so (time-stamp token, OCSP response, list) has the SHA-256 `sha256`; `encoded` is itself, DER, unless it
    is larger than `MOST_ENCODED`. Of what the signer alone says there is neither.
    """

    kind: EventKind
    moment: datetime
    trusted: bool
    by: str | None = None
    about: str | None = None
    until: datetime | None = None
    sha256: str | None = None
    encoded: bytes = dataclasses.field(default=b"", repr=False)

    def as_json(self) -> dict[str, object]:
        """Return the event as plain values, without its bytes."""
        return {
            "kind": self.kind.value,
            "time": iso(self.moment),
            "trusted": self.trusted,
            "by": self.by,
            "about": self.about,
            "until": iso(self.until),
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a signature is over. `digest` names the digest; `message` is the digest of the covered bytes.

    `signed` is the SHA-256 of what the key signed (the DER of the signed attributes, RFC 5652 §5.4), `value`
    the signature value, `byte_range` the covered bytes (ISO 32000-2 §12.8.1), `revision` counts from 1.
    """

    digest: str
    message: bytes
    signed: bytes
    value: bytes = dataclasses.field(repr=False)
    byte_range: tuple[int, ...]
    sub_filter: str
    revision: int

    def as_json(self) -> dict[str, object]:
        """Return the binding as plain values, digests in base64."""
        return {
            "digest": self.digest,
            "message_digest": base64.b64encode(self.message).decode(),
            "signed_attributes_sha256": base64.b64encode(self.signed).decode(),
            "byte_range": list(self.byte_range),
            "sub_filter": self.sub_filter,
            "revision": self.revision,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PageImage:
    """A picture of a page, counted from 1; `width` and `height` in pixels."""

    page: int
    width: int
    height: int
    png: bytes = dataclasses.field(repr=False)


OLD_STATUS = N_("the stored status is of {date}, and a newer one is needed.")
"""Why nothing is known of a certificate whose status a document stores, of before the time that counts."""

NO_NEWER_STATUS = N_("the stored status is of {date}, and a newer one is needed; {failure}")
"""The same, where somebody was asked for a newer one, in vain."""


def iso(moment: datetime | None) -> str | None:
    """Return a moment as JSON has it, to the second."""
    return None if moment is None else moment.isoformat(timespec="seconds")
