"""Port: a key that can sign and a certificate that says whose it is."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

Scheme = Literal["rsassa_pkcs1v15", "rsassa_pss", "ecdsa", "ed25519"]
"""A way of signing that verifiers must be told of.

`rsassa_pss` is with MGF1 over the same hash and a salt as long as the hash (RFC 4055 §3.1); `ed25519` signs
the data itself, and asks for SHA-512 wherever a digest is named beside it (RFC 8419 §3.1).
"""

Fit = Callable[[bytes, tuple[bytes, ...]], Awaitable[object]]
"""Judge a certificate and its issuers' (DER) before the key is used; raise if it may not sign."""


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

        RSA keys: PKCS#1 v1.5 (RFC 8017 §8.2), unless `scheme_of` says otherwise. EC keys: DER
        ECDSA-Sig-Value (RFC 3279 §2.2.3). Raises `TokenError`, and nothing else. Never blocks the event loop.
        """
        ...


def scheme_of(token: Token) -> Scheme | None:
    """Return the scheme that a token signs by, from its attribute `scheme`.

    `None` where its adapter has no such attribute: then it is PKCS#1 v1.5 for RSA keys, ECDSA for EC keys.
    """
    scheme: Scheme | None = getattr(token, "scheme", None)
    return scheme
