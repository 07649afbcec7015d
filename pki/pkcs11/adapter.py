"""Adapter: `Token` on a PKCS#11 module (USB token, smart card, HSM), through a worker process.

The PIN is kept for as long as the key is open, to log in again after the token or its driver went away. A PIN
that a token refused is remembered (as a keyed hash) for the life of this process and never sent again: three
refusals lock a real token.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pki.chain import Found, certificate_of, chain_of
from pki.digest import Digest
from pki.errors import PinRefused, TokenError, TokenLost, TokenNotFound, TrustError
from pki.pin import AskPin, Secret, ask_for_pin, read_pin
from pki.pkcs11.process import Restarted, Worker, shared_worker
from pki.pkcs11.wire import Message
from pki.public_key import HASHES, PublicKey
from pki.uri import KeyUri

_LARGE_BYTES = 1 << 20
"""From here on hashing is work for a thread."""

_ATTEMPTS = 3
"""How often a key is opened again for one signature, when others keep losing the worker."""

_process_key = secrets.token_bytes(32)
_refused_pins: set[bytes] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """A token that is present.

    `tries` left for its PIN: "many", "few", "last" or "none"; PKCS#11 gives no number.
    """

    label: str
    serial: str
    manufacturer: str
    model: str
    slot_id: int
    asks_pin: bool
    tries: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handle:
    number: int
    generation: int
    takes_message: bool
    mechanism: str


async def present_tokens(module_path: Path, environment: Mapping[str, str]) -> list[TokenInfo]:
    """Return the tokens that a module sees now. Raises `TokenError`."""
    async with shared_worker(_located(module_path), environment) as worker:
        answer = await worker.call("tokens")
    return [_token_info(item) for item in answer["tokens"]]


@asynccontextmanager
async def open_pkcs11(
    uri: KeyUri, *, environment: Mapping[str, str], ask_pin: AskPin | None
) -> AsyncIterator["Pkcs11Token"]:
    """Open the key that `uri` names, for as long as the context lasts.

    Raises `TokenNotFound`, `PinRefused`, `TokenLost` or another `TokenError`; `UsageError` if no PIN is to be
    had.
    """
    assert uri.module_path is not None
    async with shared_worker(_located(uri.module_path), environment) as worker:
        info = _token_info(await worker.call("describe", wanted=_wanted(uri)))
        pin = await _pin(uri, info, ask_pin) if info.asks_pin else None
        key = _Key(worker, uri, pin, fingerprint=_fingerprint(worker, info, pin))
        opened = await key.open()
        yield Pkcs11Token(key, *_certificates(opened, uri))


class Pkcs11Token:
    """A key on a PKCS#11 token."""

    def __init__(self, key: "_Key", certificate: bytes, chain: tuple[bytes, ...]) -> None:
        self._key = key
        self._certificate = certificate
        self._chain = chain
        self._public_key = _public_key(certificate)

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return self._certificate

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The issuers' certificates found on the token, DER, nearest first, without a root."""
        return self._chain

    @property
    def signature_size(self) -> int:
        """The longest signature value, in bytes."""
        return self._public_key.signature_size

    @property
    def mechanism(self) -> str:
        """The way it signs, by PKCS#11's name."""
        return self._key.mechanism

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        """Return the signature value over `data`; see `pki.token.Token.sign`."""
        digest = await _digest(data, digest_algorithm)
        part = self._public_key.signed_part(digest.value)
        signature = await self._key.sign(data, digest_algorithm, part)
        if not self._public_key.verifies(signature, digest):
            raise TokenError(
                "The token's signature does not fit its certificate.",
                hint="The certificate beside the key belongs to another key, or the driver is at fault.",
            )
        return signature


class _Key:
    """A key behind a worker: opened again by itself when the worker was lost."""

    def __init__(self, worker: Worker, uri: KeyUri, pin: Secret | None, *, fingerprint: bytes | None) -> None:
        self._worker = worker
        self._uri = uri
        self._pin = pin
        self._fingerprint = fingerprint
        self._handle: _Handle | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> Message:
        """Log in and find the key; a PIN once refused is not tried again."""
        if self._fingerprint in _refused_pins:
            raise PinRefused(
                "The token refused this PIN before; it is not tried again.",
                hint="Give the right PIN, or restart after it was changed.",
            )
        try:
            opened = await self._worker.call(
                "open",
                wanted=_wanted(self._uri),
                label=self._uri.object,
                id=self._uri.id,
                pin=None if self._pin is None else self._pin.reveal(),
            )
        except PinRefused:
            if self._fingerprint is not None:
                _refused_pins.add(self._fingerprint)
            raise
        self._handle = _Handle(
            number=opened["handle"],
            generation=self._worker.generation,
            takes_message=opened["takes"] == "message",
            mechanism=opened["mechanism"],
        )
        return opened

    @property
    def mechanism(self) -> str:
        """The mechanism that the token was found to sign with."""
        return "" if self._handle is None else self._handle.mechanism

    async def sign(self, data: bytes, digest_algorithm: str, digest: bytes) -> bytes:
        """Have the digest signed, or `data` where the token hashes itself."""
        handle = self._handle
        for _ in range(_ATTEMPTS):
            if handle is None:
                break
            try:
                answer = await self._worker.call(
                    "sign",
                    generation=handle.generation,
                    handle=handle.number,
                    digest_algorithm=digest_algorithm,
                    digest=digest,
                    message=data if handle.takes_message else None,
                )
            except Restarted:
                handle = await self._opened_again(handle)
            else:
                signature: bytes = answer["signature"]
                return signature
        raise TokenLost("The token's driver keeps stopping.")

    async def _opened_again(self, stale: _Handle) -> _Handle | None:
        """Open the key in the new worker, once for all who wait for it."""
        async with self._opening:
            if self._handle is stale:
                await self.open()
            return self._handle


def _located(module_path: Path) -> Path:
    """Make the path absolute, or the loader would look for a bare name along the library path."""
    return module_path.absolute()


async def _digest(data: bytes, algorithm: str) -> Digest:
    if algorithm not in HASHES:
        raise TokenError("Nothing is signed with the digest algorithm {name}.", name=algorithm)
    if len(data) < _LARGE_BYTES:
        return Digest.of(data, algorithm)
    return await asyncio.to_thread(Digest.of, data, algorithm)


async def _pin(uri: KeyUri, info: TokenInfo, ask_pin: AskPin | None) -> Secret:
    if info.tries == "none":
        raise PinRefused("The PIN of the token {token} is locked.", token=info.label)
    if uri.pin_source is None:
        return await ask_for_pin(ask_pin, info.label)
    if info.tries == "last":
        raise PinRefused(
            "One try is left before the token {token} locks; it is not spent on a stored PIN.",
            hint="Leave pin-source away and type the PIN.",
            token=info.label,
        )
    return await read_pin(uri.pin_source)


def _fingerprint(worker: Worker, info: TokenInfo, pin: Secret | None) -> bytes | None:
    if pin is None:
        return None
    about = "\0".join((str(worker.module_path), info.serial, info.label, pin.reveal()))
    return hmac.new(_process_key, about.encode(), hashlib.sha256).digest()


def _wanted(uri: KeyUri) -> Message:
    return {
        "token": uri.token,
        "serial": uri.serial,
        "manufacturer": uri.manufacturer,
        "model": uri.model,
        "slot-id": uri.slot_id,
    }


def _certificates(opened: Mapping[str, Any], uri: KeyUri) -> tuple[bytes, tuple[bytes, ...]]:
    found = [Found(**item) for item in opened["certificates"]]
    key = Found(id=opened["id"], label=opened["label"], der=b"")
    modulus = int.from_bytes(opened["modulus"], "big") or None
    certificate = certificate_of(key, modulus, found)
    if certificate is None:
        raise TokenNotFound("There is no certificate for the key {key} on its token.", key=uri.shown)
    return certificate, chain_of(certificate, (item.der for item in found))


def _public_key(certificate: bytes) -> PublicKey:
    try:
        return PublicKey.of(certificate)
    except TrustError as error:
        raise TokenError("The certificate on the token cannot be used.") from error


def _token_info(item: Message) -> TokenInfo:
    return TokenInfo(
        label=item["token"],
        serial=item["serial"],
        manufacturer=item["manufacturer"],
        model=item["model"],
        slot_id=item["slot-id"],
        asks_pin=item["asks-pin"],
        tries=item["tries"],
    )
