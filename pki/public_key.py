"""The public key of a certificate: how long its signatures are, and whether a signature value is one of them.

RSA with PKCS#1 v1.5, and ECDSA on the NIST curves: what tokens for official use hold.
"""

from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from pki.digest import Digest
from pki.errors import TrustError
from pki.unreadable import UNREADABLE

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
"""The digest algorithms that anything is signed with here."""


_LEAST_BITS, _LEAST_BITS_OF_CURVES = 2048, 256
_P = 2**255 - 19
_Y = 2**255 - 1  # what an encoded point has besides a sign
_OF_SMALL_ORDER = frozenset({
    0, 1, _P - 1, _P, _P + 1,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
})  # fmt: skip
"""The points of Ed25519 whose order divides 8 (RFC 8032 §5.1.3): by such a key one value signs everything."""


def is_long_enough(key: object) -> bool:
    """Tell whether a public key is of a kind and length that counts (ETSI TS 119 312 §8.3, §8.4)."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= _LEAST_BITS
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.key_size >= _LEAST_BITS_OF_CURVES
    if isinstance(key, ed25519.Ed25519PublicKey):
        return int.from_bytes(key.public_bytes_raw(), "little") & _Y not in _OF_SMALL_ORDER
    return isinstance(key, ed448.Ed448PublicKey)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A certificate's public key, ready for use."""

    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey

    @classmethod
    def of(cls, certificate: bytes) -> "PublicKey":
        """Take the key out of a certificate (DER); `TrustError` if it is no key we sign with."""
        try:
            key = x509.load_der_x509_certificate(certificate).public_key()
        except UNREADABLE as error:
            raise TrustError("The certificate cannot be read.") from error
        if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise TrustError(
                "The certificate's key is of a kind that does not sign here: {kind}.", kind=type(key).__name__
            )
        return cls(key)

    @property
    def kind(self) -> Literal["rsa", "ec"]:
        """Return the family of the key."""
        return "rsa" if isinstance(self.key, rsa.RSAPublicKey) else "ec"

    @property
    def signature_size(self) -> int:
        """Return the longest signature value, in bytes."""
        if isinstance(self.key, rsa.RSAPublicKey):
            return (self.key.key_size + 7) // 8
        # ECDSA-Sig-Value (RFC 3279 §2.2.3): a SEQUENCE of two INTEGERs, each with room for a sign bit.
        integers = 2 * (2 + self.key.key_size // 8 + 1)
        return integers + (2 if integers < 128 else 3)

    @property
    def modulus(self) -> int | None:
        """Return the RSA modulus; `None` for another kind of key."""
        return self.key.public_numbers().n if isinstance(self.key, rsa.RSAPublicKey) else None

    def signed_part(self, digest: bytes) -> bytes:
        """Return what a raw signature is made over: the digest, or for ECDSA its first bytes.

        FIPS 186-5 §6.4.1 takes no more bits than the curve's order has; not every driver does so itself.
        """
        return digest if self.kind == "rsa" else digest[: (self.key.key_size + 7) // 8]

    def algorithm(self, digest_algorithm: str) -> str:
        """Return the name of the signature algorithm with this digest, as asn1crypto writes it."""
        return f"{digest_algorithm}_{'rsa' if self.kind == 'rsa' else 'ecdsa'}"

    def as_der(self, signature: bytes) -> bytes:
        """Return an ECDSA signature given as r and s side by side (PKCS#11, IEEE P1363) as ECDSA-Sig-Value.

        Anything that cannot be such a pair is returned as it is.
        """
        half = (self.key.key_size + 7) // 8
        if self.kind == "rsa" or len(signature) != 2 * half:
            return signature
        return encode_dss_signature(
            int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        )

    def verifies(self, signature: bytes, digest: Digest) -> bool:
        """Tell whether `signature` was made over `digest` with the private key that belongs to this one."""
        prehashed = Prehashed(HASHES[digest.algorithm])
        try:
            if isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(signature, digest.value, padding.PKCS1v15(), prehashed)
            else:
                self.key.verify(signature, digest.value, ec.ECDSA(prehashed))
        except InvalidSignature:
            return False
        return True
