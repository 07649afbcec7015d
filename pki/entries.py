"""What the extensions of a list, of its entries, and of OCSP answers say of a status (RFC 5280 §5.3)."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

_COMPROMISED = {
    None, x509.ReasonFlags.unspecified, x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise,
    x509.ReasonFlags.aa_compromise,
}  # fmt: skip
_REACHING = frozenset(map(x509.ObjectIdentifier, ("2.5.29.60", "1.3.6.1.5.5.7.48.1.6")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Why a certificate was revoked (§5.3.1), and since when its issuer thinks it invalid (§5.3.2).

    `reaches` is as in `reaching`.
    """

    reason: x509.ReasonFlags | None = None
    invalid: datetime | None = None
    reaches: datetime | None = None

    @property
    def on_hold(self) -> bool:
        """Whether the revocation may yet be taken back."""
        return self.reason is x509.ReasonFlags.certificate_hold

    @property
    def compromised(self) -> bool:
        """Whether somebody else may have had the key."""
        return self.reason in _COMPROMISED


def told(extensions: Iterable[x509.Extension[x509.ExtensionType]]) -> Told:
    """Return what an entry says; `ValueError` for a critical extension that is not known here (§5.3)."""
    extensions, reason, invalid = tuple(extensions), None, None
    for each in extensions:
        match each.value:
            case x509.CRLReason():
                reason = each.value.reason
            case x509.InvalidityDate():
                invalid = each.value.invalidity_date.replace(tzinfo=UTC)
            case _ if each.critical and each.oid not in _REACHING:
                raise ValueError("the entry says something that is not known here")
    return Told(reason=reason, invalid=invalid, reaches=reaching(extensions))


def reaching(extensions: Iterable[x509.Extension[x509.ExtensionType]]) -> datetime | None:
    """Return since when who has expired is not forgotten; None where nothing says so.

    Of lists ExpiredCertsOnCRL (X.509 §9.5.2.8), of answers the archive cutoff (RFC 6960 §4.4.4).
    """
    for each in extensions:
        if each.oid in _REACHING:
            return _time(each.value.public_bytes())
    return None


def _time(encoded: bytes) -> datetime | None:
    """Return a GeneralizedTime (DER, RFC 5280 §4.1.2.5.2); None for anything else: nothing hangs on it."""
    with suppress(ValueError):
        written = encoded.removeprefix(b"\x18\x0f").decode("ascii")
        return datetime.strptime(written, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    return None
