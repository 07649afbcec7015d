"""What the extensions of one entry of a list, or of one OCSP answer, say of a revocation (RFC 5280 §5.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

_COMPROMISED = {
    None, x509.ReasonFlags.unspecified, x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise,
    x509.ReasonFlags.aa_compromise,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Why a certificate was revoked (§5.3.1), and since when its issuer thinks it invalid (§5.3.2)."""

    reason: x509.ReasonFlags | None = None
    invalid: datetime | None = None

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
    reason, invalid = None, None
    for each in extensions:
        match each.value:
            case x509.CRLReason():
                reason = each.value.reason
            case x509.InvalidityDate():
                invalid = each.value.invalidity_date.replace(tzinfo=UTC)
            case _ if each.critical:
                raise ValueError("the entry says something that is not known here")
    return Told(reason=reason, invalid=invalid)
