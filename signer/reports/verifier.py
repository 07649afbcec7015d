"""Who made a report and seals it: said in the report itself, so that no other can put his seal in its place.

Each form has its place for it: a name with the SHA-256 of the certificate, or the certificate.
"""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass, field

from pki.identity import identify

_META = "congvan-verifier"
_LONGEST_HEAD = 4096  # bytes, in which a page of ours has said it
_LONGEST_JSON = 16 << 20

_FORMATS = (b'"congvan-report/1"', b'"congvan-evidence-1"')
_IN_PAGE = re.compile(rb'<meta name="congvan-verifier" content="sha256:([0-9a-f]{64})">')
_IN_XML = re.compile(
    rb"<vr:SignatureValidator>\s*<vr:DigitalId>\s*<tsl:X509Certificate>([A-Za-z0-9+/=]{1,65536})<"
)


@dataclass(frozen=True, slots=True)
class Verifier:
    """Whoever makes a report, by the certificate (DER) of the key that seals it."""

    certificate: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """The name in the certificate."""
        return identify(self.certificate).name

    @property
    def sha256(self) -> str:
        """The certificate's fingerprint, hexadecimal."""
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def meta(self) -> dict[str, str]:
        """The attributes of the page's element that names the verifier."""
        return {"name": _META, "content": f"sha256:{self.sha256}"}

    def as_json(self) -> dict[str, str]:
        """Return the verifier as plain values."""
        return {"name": self.name, "sha256": self.sha256}


def is_report(data: bytes) -> bool:
    """Tell whether a file is, by its first or outstanding words, one of those that `verify` writes."""
    if data.startswith(b"{"):
        return any(each in data for each in _FORMATS)
    return data.startswith(b"<!DOCTYPE html>") or (
        data.startswith(b"<?xml") and b"http://uri.etsi.org/19102/" in data[:_LONGEST_HEAD]
    )


def named_in(report: bytes) -> str | None:
    """Return the fingerprint (SHA-256, hexadecimal) of the certificate that a report names; None without one.

    Reads what this program writes; never raises. What is named is only claimed.
    """
    if report.startswith(b"{"):
        return _in_json(report)
    if (found := _IN_PAGE.search(report, 0, _LONGEST_HEAD)) is not None:
        return found[1].decode()
    if report.startswith(b"<?xml") and (found := _IN_XML.search(report)) is not None:
        try:
            return hashlib.sha256(base64.b64decode(found[1], validate=True)).hexdigest()
        except binascii.Error:
            return None
    return None


def _in_json(report: bytes) -> str | None:
    if len(report) > _LONGEST_JSON:
        return None
    try:
        named = json.loads(report)["verifier"]["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return named[:64] if isinstance(named, str) else None
