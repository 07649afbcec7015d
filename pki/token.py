"""Port: a key that can sign and a certificate that says whose it is."""

from typing import Protocol


class Token(Protocol):
    """A key that can sign, and the certificate that says whose it is.

    Whatever stands behind it (a USB token, an HSM, a PKCS#12 file) is the adapter's business; callers never
    learn what PKCS#11 is.
    """

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        ...

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Certificates that lead towards a root, DER, nearest issuer first; may be empty."""
        ...

    @property
    def signature_size(self) -> int:
        """The longest signature value `sign` can return, in bytes."""
        ...

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        """Return the signature value over `data`, hashed with `digest_algorithm` ("sha256", …).

        RSA keys: PKCS#1 v1.5 (RFC 8017 §8.2). EC keys: DER ECDSA-Sig-Value (RFC 3279 §2.2.3).
        Raises `TokenError`, and nothing else. Never blocks the event loop.
        """
        ...
