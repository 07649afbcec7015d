"""Certificates carried in a signature: each is whole, and signed by its issuer.

A container is not signed itself. Only what is bound to something signed may be in it: the signer's
certificate through the signing-certificate attribute, every other one through its issuer's signature.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto

from asn1crypto import x509
from cryptography.x509 import load_der_x509_certificate

from pki.chain import is_issued_by
from pki.unreadable import UNREADABLE
from signer.pades.door import encoded


class Bond(Enum):
    """How a certificate hangs together with the others."""

    SIGNED = auto()
    """Its issuer is here and signed it."""
    LOOSE = auto()
    """Its issuer is not known: its bytes prove nothing."""
    BROKEN = auto()
    """Its issuer is here and did not sign these bytes."""


def by_subject(certificates: Iterable[x509.Certificate]) -> dict[bytes, list[x509.Certificate]]:
    """Return certificates by the name of their subject (RFC 5280 §7.1, in asn1crypto's prepared form)."""
    found: dict[bytes, list[x509.Certificate]] = {}
    for certificate in certificates:
        found.setdefault(certificate.subject.hashable, []).append(certificate)
    return found


def bond(
    certificate: x509.Certificate,
    issuers: Mapping[bytes, Sequence[x509.Certificate]],
    trusted: frozenset[bytes],
) -> Bond:
    """Tell whether a certificate's bytes are vouched for: it is trusted itself, or its issuer signed it."""
    der = encoded(certificate)
    if der in trusted:
        return Bond.SIGNED
    candidates = issuers.get(certificate.issuer.hashable, ())
    if not candidates:
        return Bond.LOOSE
    try:
        child = load_der_x509_certificate(der)
        issued = any(is_issued_by(child, load_der_x509_certificate(encoded(each))) for each in candidates)
    except UNREADABLE:
        return Bond.BROKEN
    return Bond.SIGNED if issued else Bond.BROKEN
