"""Whether a signature value is what its scheme says: the last look before it leaves the door."""

from collections.abc import Callable

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki.digest import Digest
from pki.errors import TokenError, TrustError
from pki.public_key import HASHES, PublicKey
from pki.token import Scheme

_ED25519_BYTES = 64


class Checker:
    """A certificate's key, ready to check what a token signs with its other half."""

    def __init__(self, certificate: bytes) -> None:
        """Take the key out of a certificate (DER); `TokenError` if it is no key that signs here."""
        try:
            key = x509.load_der_x509_certificate(certificate).public_key()
            self._edwards = key if isinstance(key, ed25519.Ed25519PublicKey) else None
            self._key = None if self._edwards else PublicKey.of(certificate)
        except (TrustError, ValueError, TypeError) as error:
            raise TokenError("The certificate on the token cannot be used.") from error

    @property
    def signature_size(self) -> int:
        """The longest signature value, in bytes."""
        return _ED25519_BYTES if self._key is None else self._key.signature_size

    @property
    def kind(self) -> str:
        """The family of the key: "rsa", "ec" or "ed25519"."""
        return "ed25519" if self._key is None else self._key.kind

    @property
    def bits(self) -> int:
        """The length of the modulus or of the curve's order."""
        return 256 if self._key is None else self._key.key.key_size

    @property
    def public(self) -> bytes:
        """The public half as a token keeps it: the modulus, or the point."""
        if self._edwards is not None:
            return self._edwards.public_bytes_raw()
        assert self._key is not None
        if isinstance(self._key.key, rsa.RSAPublicKey):
            return self._key.key.public_numbers().n.to_bytes((self.bits + 7) // 8, "big")
        return self._key.key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def signed_part(self, digest: bytes) -> bytes:
        """Return what a raw signature is made over: see `PublicKey.signed_part`."""
        return digest if self._key is None else self._key.signed_part(digest)

    def verifies(self, signature: bytes, data: bytes, digest: Digest, scheme: Scheme) -> bool:
        """Tell whether `signature` is over `data`, whose digest is `digest`, in this very scheme."""
        if scheme == "rsassa_pss" and self._key is not None and isinstance(self._key.key, rsa.RSAPublicKey):
            algorithm = HASHES[digest.algorithm]
            pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
            key, prehashed = self._key.key, Prehashed(algorithm)
            return _holds(lambda: key.verify(signature, digest.value, pss, prehashed))
        if self._edwards is not None:
            edwards = self._edwards
            return _holds(lambda: edwards.verify(signature, data))
        return self._key is not None and self._key.verifies(signature, digest)


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except InvalidSignature:
        return False
    return True
