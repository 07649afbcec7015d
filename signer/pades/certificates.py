"""Certificates carried in a signature: each is whole, and signed by its issuer.

A container is not signed itself. Only what is bound to something signed may be in it: the signer's
certificate through the signing-certificate attribute, every other one through its issuer's signature.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from pki.certificate import read
from pki.unreadable import UNREADABLE
from signer.pades.door import Malformed, encoded, hostile

_FEW = 4  # certificates that may be tried in every order

_NOT_SIGNED: tuple[type[Exception], ...] = (*UNREADABLE, InvalidSignature)


def leading(
    certificates: Sequence[x509.Certificate],
    roots: Iterable[x509.Certificate],
    between: Iterable[x509.Certificate] = (),
) -> tuple[x509.Certificate, ...]:
    """Return those certificates that lead to a root, signature by signature, be it by some `between`.

    No others can lie on a path, and pyHanko tries each one that has the right name, in every order: anybody
    may store hundreds of one name. Here each is tried once with every issuer that leads to a root itself.
    A few others stay: by them it is told why a path is not good.
    """
    found = led((*certificates, *between), roots)
    leading = tuple(each for each in certificates if encoded(each) in found)
    astray = tuple(each for each in certificates if encoded(each) not in found)
    # Of two with one issuer and number pyHanko knows the first alone.
    return (*leading, *astray) if len(frozenset(map(encoded, astray))) <= _FEW else leading


def is_usable(certificate: x509.Certificate) -> bool:
    """Tell whether all that paths are built by can be read; whoever stores certificates stores what he likes.

    Names have letters that can be compared (RFC 4518 §2.4: none that Unicode 3.2 does not know).
    """
    with suppress(Malformed), hostile():
        _ = certificate.subject.hashable, certificate.issuer.hashable, certificate.critical_extensions
        return True
    return False


def led(
    certificates: Iterable[x509.Certificate], roots: Iterable[x509.Certificate]
) -> dict[bytes, x509.Certificate]:
    """Return those certificates, by their DER, that lead to a root by signatures alone, each tried once."""
    waiting: dict[bytes, dict[bytes, x509.Certificate]] = {}
    for each in filter(is_usable, certificates):
        waiting.setdefault(each.issuer.hashable, {})[encoded(each)] = each
    found: dict[bytes, x509.Certificate] = {}
    above = list(roots)
    while above:
        issuer = above.pop()
        held = waiting.get(issuer.subject.hashable, {})
        below = {der: each for der, each in held.items() if is_signed_by(each, issuer)}
        waiting[issuer.subject.hashable] = {der: each for der, each in held.items() if der not in below}
        above += below.values()
        found.update(below)
    return found


def is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether an issuer's key signed a certificate; names may be written in several ways."""
    try:
        signed, key = read(encoded(certificate)), read(encoded(issuer)).public_key()
        signature, data = signed.signature, signed.tbs_certificate_bytes
        how, digest = signed.signature_algorithm_parameters, signed.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and isinstance(how, padding.PKCS1v15 | padding.PSS) and digest:
            key.verify(signature, data, how, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(how, ec.ECDSA):
            key.verify(signature, data, how)
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, data)
        else:
            return False
    except _NOT_SIGNED:
        return False
    return True
