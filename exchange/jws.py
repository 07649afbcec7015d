"""Flattened JSON Web Signatures (RFC 7515 §7.2.2), ES256 over canonical JSON: one algorithm, no options.

The key is never taken from the message: the verifier brings the certificate it has pinned, and the header
only has to name the same one (`x5t#S256`, RFC 7515 §4.1.8).
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from exchange.errors import MessageRefused
from exchange.shape import canonical, parse_canonical, thing
from pki.digest import Digest
from pki.unreadable import UNREADABLE

MAX_BYTES = 1_048_576
_P256_BYTES = 32

RawSign = Callable[[bytes], bytes]
"""Signs bytes with ECDSA on P-256 and SHA-256; returns a DER ECDSA-Sig-Value."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signed JSON object: its canonical bytes, and the flattened JWS that carries them."""

    payload: bytes
    text: bytes

    @property
    def digest(self) -> Digest:
        """The SHA-256 of the payload: the identity of what is said, whoever signs it how often."""
        return Digest.of(self.payload)


def thumbprint(certificate: bytes) -> str:
    """Return `x5t#S256` of a DER certificate."""
    return encode(hashlib.sha256(certificate).digest())


def sign(kind: str, value: Mapping[str, object], certificate: bytes, raw_sign: RawSign) -> Signature:
    """Sign `value` as a JWS of type `kind`, by the key of `certificate` (DER)."""
    header = {"alg": "ES256", "typ": kind, "x5t#S256": thumbprint(certificate)}
    payload = canonical(value)
    protected, body = encode(canonical(header)), encode(payload)
    r, s = decode_dss_signature(raw_sign(f"{protected}.{body}".encode()))
    signature = encode(r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big"))
    text = canonical({"payload": body, "protected": protected, "signature": signature})
    return Signature(payload, text)


def unverified(text: bytes, kind: str, limit: int = MAX_BYTES) -> bytes:
    """Return the payload of a JWS without believing it: our own, or to learn whose certificate to ask for."""
    return decode(_outer(text, limit, kind)[1], kind)


def verify(text: bytes, kind: str, certificate: bytes, limit: int = MAX_BYTES) -> Signature:
    """Return what was signed; `MessageRefused` unless the key of `certificate` (DER) signed exactly this.

    1. The JWS is canonical JSON with the three members of the flattened form, no longer than `limit` bytes.
    2. Its header is exactly alg ES256, typ `kind`, x5t#S256 of `certificate`.
    3. The ECDSA signature over `protected.payload` verifies (RFC 7518 §3.4).
    4. The payload is canonical JSON.
    """
    protected, body, signature = _outer(text, limit, kind)
    wanted = {"alg": "ES256", "typ": kind, "x5t#S256": thumbprint(certificate)}
    if protected != encode(canonical(wanted)):
        raise MessageRefused(
            "The {what} is not signed by the key we know for whoever issues it.", what=thing(kind)
        )
    if not _holds(f"{protected}.{body}".encode(), decode(signature, kind), certificate):
        raise MessageRefused("The signature of the {what} is wrong.", what=thing(kind))
    payload = decode(body, kind)
    parse_canonical(payload, kind)
    return Signature(payload, text)


def encode(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str, what: str) -> bytes:
    """Read base64url without padding, in its one canonical spelling."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise MessageRefused("The {what} is not base64url.", what=thing(what)) from error
    if encode(data) != text:
        raise MessageRefused("The {what} is not base64url.", what=thing(what))
    return data


def _outer(text: bytes, limit: int, kind: str) -> tuple[str, str, str]:
    if len(text) > limit:
        raise MessageRefused("The {what} is larger than {limit} bytes.", what=thing(kind), limit=limit)
    outer = parse_canonical(text, kind)
    protected = outer.base64url("protected", 1024)
    body = outer.base64url("payload", limit)
    signature = outer.base64url("signature", 128)
    outer.done()
    return protected, body, signature


def _holds(data: bytes, signature: bytes, certificate: bytes) -> bool:
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except UNREADABLE:
        return False  # without a card the certificate is the message's own, and may be anything
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return False
    if len(signature) != 2 * _P256_BYTES:
        return False
    r = int.from_bytes(signature[:_P256_BYTES], "big")
    s = int.from_bytes(signature[_P256_BYTES:], "big")
    try:
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
