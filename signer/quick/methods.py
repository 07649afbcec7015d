"""The algorithms of a container: digests, and signatures by RSA and on curves (RFC 5754, 4055, 5753)."""

import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from pki import certificate
from signer.quick.asn1 import INTEGER, OID, SEQUENCE, Element, oid
from signer.quick.unusual import Unusual, unusual

DIGESTS: Mapping[bytes, str] = {
    oid("2.16.840.1.101.3.4.2.1"): "sha256",
    oid("2.16.840.1.101.3.4.2.2"): "sha384",
    oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
}  # fmt: skip
_PKCS1 = {
    oid("1.2.840.113549.1.1.1"): None,
    oid("1.2.840.113549.1.1.11"): "sha256",
    oid("1.2.840.113549.1.1.12"): "sha384",
    oid("1.2.840.113549.1.1.13"): "sha512",
}
_ECDSA = {
    oid("1.2.840.10045.4.3.2"): "sha256",
    oid("1.2.840.10045.4.3.3"): "sha384",
    oid("1.2.840.10045.4.3.4"): "sha512",
}
_PSS, _MGF1 = oid("1.2.840.113549.1.1.10"), oid("1.2.840.113549.1.1.8")
_LONGEST_SALT = 512  # bytes
_LEAST_BITS = 2048  # of an RSA key, ETSI TS 119 312 §8.3


def verify(signer: bytes, method: Element, named: str, value: bytes, message: bytes) -> str:
    """Check a signature value over signed attributes (RFC 5652 §5.4) by a certificate; return the scheme.

    `named` is the digest that the signer names; `Unusual` where the method is by another one.
    """
    key = certificate.read(signer).public_key()
    name, parameters = algorithm(method)
    hashed_by = _HASHES[named]
    try:
        if name in _PKCS1 and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_BITS:
            _check_method(_PKCS1[name], named, parameters)
            key.verify(value, message, padding.PKCS1v15(), hashed_by)
            return "rsassa_pkcs1v15"
        if name == _PSS and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_BITS:
            key.verify(value, message, _pss(parameters, named), hashed_by)
            return "rsassa_pss"
        if name in _ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
            _check_method(_ECDSA[name], named, parameters)
            key.verify(value, message, ec.ECDSA(hashed_by))
            return "ecdsa"
    except InvalidSignature:
        unusual("the signature is wrong")
    raise Unusual("another kind of key")


def _check_method(named: str | None, expected: str, parameters: bytes) -> None:
    if named not in (None, expected) or parameters:
        unusual("another digest in the signature's algorithm")


def _pss(parameters: bytes, expected: str) -> padding.PSS:
    """Return the padding that parameters name, all of them, by one digest (RFC 4055 §3.1)."""
    outer, mask, salt = (list(each) for each in Element.of(parameters).sequence.parts(0xA0, 0xA1, 0xA2))
    (hashed,), (masked,), (length,) = outer, mask, salt
    function, inner = masked.sequence.parts(OID, SEQUENCE)
    if (digest(hashed.sequence), function.content, digest(inner)) != (expected, _MGF1, expected):
        unusual("another digest in the signature's algorithm")
    if length.tag != INTEGER or not 0 <= length.whole <= _LONGEST_SALT:
        unusual("an odd salt")
    return padding.PSS(padding.MGF1(_HASHES[expected]), length.whole)


def algorithm(element: Element) -> tuple[bytes, bytes]:
    """Return an algorithm's name and parameters; that there are none may be written as NULL (RFC 5754 §2)."""
    first, *rest = element
    if first.tag != OID or len(rest) > 1:
        unusual("an odd algorithm")
    return first.content, b"" if not rest or rest[0].encoded == b"\x05\x00" else rest[0].encoded


def digest(element: Element) -> str:
    """Return the name of a digest; `Unusual` where it is none of these."""
    name, parameters = algorithm(element)
    if name not in DIGESTS or parameters:
        unusual("an unusual digest")
    return DIGESTS[name]


def hashed(algorithm: str, data: bytes) -> bytes:
    """Return the digest of data by the algorithm of that name."""
    return hashlib.new(algorithm, data).digest()
