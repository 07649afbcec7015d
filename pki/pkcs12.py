"""Adapter: `Token` on a PKCS#12 file, for trying out. The key lies in memory; a real agency's never may."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates, load_pkcs12

from pki.chain import chain_of
from pki.errors import PinRefused, TokenError, TokenNotFound, UsageError
from pki.files import read_whole
from pki.pin import AskPin, Secret, ask_for_pin, read_pin
from pki.public_key import HASHES, PublicKey

MAX_FILE_BYTES = 1 << 20
"""A key, its certificate and a chain are a few kilobytes."""

logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_pkcs12(
    path: Path, *, pin_source: str | None, ask_pin: AskPin | None
) -> AsyncIterator["Pkcs12Token"]:
    """Open a PKCS#12 file with its password, which comes from where a PIN would.

    Raises `TokenNotFound`, `PinRefused` or another `TokenError`; `UsageError` if no password is to be had.
    """
    try:
        content = await asyncio.to_thread(read_whole, path, MAX_FILE_BYTES)
    except UsageError as error:
        raise TokenNotFound("The key cannot be opened: {why}", why=error) from error
    pin = await read_pin(pin_source) if pin_source is not None else await ask_for_pin(ask_pin, path.name)
    opened = await asyncio.to_thread(_unlocked, content, pin, path)
    logger.warning("key_is_a_file", extra={"path": str(path)})
    yield _token(opened, path)


class Pkcs12Token:
    """A key in memory."""

    def __init__(
        self,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
        certificate: bytes,
        chain: tuple[bytes, ...],
    ) -> None:
        self._key = key
        self._certificate = certificate
        self._chain = chain
        self._signature_size = PublicKey.of(certificate).signature_size

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return self._certificate

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The issuers' certificates in the file, DER, nearest first, without a root."""
        return self._chain

    @property
    def signature_size(self) -> int:
        """The longest signature value, in bytes."""
        return self._signature_size

    @property
    def mechanism(self) -> str:
        """The way it signs."""
        return "PKCS#1 v1.5" if isinstance(self._key, rsa.RSAPrivateKey) else "ECDSA"

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        """Return the signature value over `data`; see `pki.token.Token.sign`."""
        if digest_algorithm not in HASHES:
            raise TokenError("Nothing is signed with the digest algorithm {name}.", name=digest_algorithm)
        return await asyncio.to_thread(self._signed, data, HASHES[digest_algorithm])

    def _signed(self, data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), algorithm)
        return self._key.sign(data, ec.ECDSA(algorithm))


def _unlocked(content: bytes, pin: Secret, path: Path) -> PKCS12KeyAndCertificates:
    try:
        return load_pkcs12(content, pin.reveal().encode())
    except ValueError as error:
        if "password" in str(error).lower():
            raise PinRefused("The password of {path} is wrong.", path=str(path)) from None
        raise TokenError("{path} is not a PKCS#12 file.", path=str(path)) from error


def _token(opened: PKCS12KeyAndCertificates, path: Path) -> Pkcs12Token:
    if opened.key is None or opened.cert is None:
        raise TokenNotFound("{path} does not hold both a key and its certificate.", path=str(path))
    if not isinstance(opened.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TokenError("The key in {path} is of a kind that does not sign here.", path=str(path))
    certificate = opened.cert.certificate.public_bytes(Encoding.DER)
    others = [item.certificate.public_bytes(Encoding.DER) for item in opened.additional_certs]
    return Pkcs12Token(opened.key, certificate, chain_of(certificate, others))
