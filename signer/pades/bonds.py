"""Whether the bytes of carried certificates are vouched for: nothing signs a container, only what is in it.

Anybody may store certificates beside, of any name: what they say of a carried one is only that they did, or
did not, sign it. That bytes were changed is told by issuers who are known for sure.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto

from asn1crypto import x509
from cryptography.x509 import Certificate, load_der_x509_certificate

from pki.chain import is_issued_by
from pki.unreadable import UNREADABLE
from signer.pades.certificates import is_usable, led
from signer.pades.door import encoded


class Bond(Enum):
    """How a certificate hangs together with the others."""

    SIGNED = auto()
    """It is trusted itself, or its issuer is here and signed it."""
    LOOSE = auto()
    """Its issuer is not known: its bytes prove nothing."""
    BROKEN = auto()
    """Its issuer is here, known by an anchor, and did not sign these bytes."""


def bonds(
    carried: Sequence[x509.Certificate],
    others: Iterable[x509.Certificate],
    anchors: Iterable[x509.Certificate],
) -> set[Bond]:
    """Return how carried certificates hang together with anchors and with others, the carried among them.

    Of these those that lead to a root come first: an honest certificate's issuer is found at once.
    """
    anchors, others = tuple(anchors), tuple(filter(is_usable, others))
    trusted = frozenset(map(encoded, anchors))
    named = _by_subject((*anchors, *others))
    unsigned = [
        each
        for each in carried
        if encoded(each) not in trusted
        and not (is_usable(each) and _is_signed(each, named.get(each.issuer.hashable, ())))
    ]
    found = {Bond.SIGNED} if len(unsigned) < len(carried) else set()
    if unsigned:
        sure = _by_subject((*anchors, *led(others, anchors).values()))
        found |= {Bond.BROKEN if _is_broken(each, sure) else Bond.LOOSE for each in unsigned}
    return found


def _by_subject(certificates: Iterable[x509.Certificate]) -> dict[bytes, list[x509.Certificate]]:
    """Return certificates by the name of their subject (RFC 5280 §7.1, in asn1crypto's prepared form)."""
    found: dict[bytes, list[x509.Certificate]] = {}
    for certificate in certificates:
        found.setdefault(certificate.subject.hashable, []).append(certificate)
    return found


def _is_signed(certificate: x509.Certificate, issuers: Sequence[x509.Certificate]) -> bool:
    child = _read(certificate)
    return child is not None and any(_has_issued(each, child) for each in issuers)


def _has_issued(issuer: x509.Certificate, child: Certificate) -> bool:
    read = _read(issuer)
    return read is not None and is_issued_by(child, read)


def _read(certificate: x509.Certificate) -> Certificate | None:
    try:
        return load_der_x509_certificate(encoded(certificate))
    except UNREADABLE:
        return None


def _is_broken(certificate: x509.Certificate, sure: Mapping[bytes, Sequence[x509.Certificate]]) -> bool:
    """Tell whether one whose issuer is known is not signed by it, unless it names another key of that issuer.

    Authorities take new keys under their old names (RFC 5280 §4.2.1.1).
    """
    if not is_usable(certificate):
        return False
    named = certificate.authority_key_identifier
    return any(
        named is None or each.key_identifier is None or each.key_identifier == named
        for each in sure.get(certificate.issuer.hashable, ())
    )
