"""Which of the certificates lying about belongs to a key, and which lead from it towards a root."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from pki.errors import TrustError
from pki.public_key import PublicKey
from pki.remembering import remembered_of
from pki.unreadable import UNREADABLE

_NOT_ISSUED: tuple[type[Exception], ...] = (*UNREADABLE, InvalidSignature)

MAX_CHAIN_LENGTH = 10
"""Certificates from the signer's issuer towards the root; longer chains are mistakes or attacks."""
_REMEMBERED = 1024  # pairs of certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A certificate object on a token: CKA_ID, CKA_LABEL and CKA_VALUE."""

    id: bytes
    label: str
    der: bytes


def certificate_of(key: Found, modulus: int | None, found: Iterable[Found]) -> bytes | None:
    """Return the certificate (DER) that belongs to a key of this id, label and (RSA only) modulus.

    PKCS#11 v2.40 §4.6 joins them by CKA_ID; drivers that leave it empty join them by label. Where the modulus
    is known it decides alone. Of a key's several certificates (a renewed one) the one that lasts longest is
    meant.
    """
    candidates = [item for item in found if _readable(item.der)]
    if modulus is not None:
        candidates = [item for item in candidates if _modulus(item.der) == modulus]
    else:
        same = [item for item in candidates if item.id and item.id == key.id]
        candidates = same or [item for item in candidates if item.label and item.label == key.label]
    if not candidates:
        return None
    return max((item.der for item in candidates), key=lambda der: _read(der).not_valid_after_utc)


def chain_of(certificate: bytes, pool: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the issuers of `certificate` found in `pool`, nearest first, without a root.

    Each is checked to have signed the one before it.
    """
    others = [_read(der) for der in pool if _readable(der)]
    chain: list[x509.Certificate] = []
    issuer = _issuer(_read(certificate), others)
    while issuer is not None and issuer not in chain and len(chain) < MAX_CHAIN_LENGTH:
        if issuer.subject == issuer.issuer:
            break
        chain.append(issuer)
        issuer = _issuer(issuer, others)
    return tuple(item.public_bytes(Encoding.DER) for item in chain)


@remembered_of(_REMEMBERED)
def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether the issuer's name and key fit the certificate's issuer name and signature; remembered."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except _NOT_ISSUED:
        return False
    return True


def _issuer(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> x509.Certificate | None:
    fitting = [other for other in others if other != certificate and is_issued_by(certificate, other)]
    return max(fitting, key=lambda other: other.not_valid_after_utc, default=None)


def _read(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def _readable(der: bytes) -> bool:
    try:
        _read(der)
    except UNREADABLE:
        return False
    return True


def _modulus(der: bytes) -> int | None:
    try:
        return PublicKey.of(der).modulus
    except TrustError:
        return None
