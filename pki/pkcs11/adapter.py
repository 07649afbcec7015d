"""Adapter: `Token` on a PKCS#11 module (USB token, smart card, HSM), through a worker process.

The PIN is kept for as long as the key is open, to log in again after the token or its driver went away.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from asn1crypto import pem

from pki.chain import Found, certificate_of, chain_of
from pki.digest import Digest
from pki.errors import TokenError, TokenNotFound, UsageError
from pki.files import read_whole
from pki.pin import AskPin, Secret, ask_for_pin, read_pin
from pki.pkcs11.checking import Checker
from pki.pkcs11.described import ModuleInfo, TokenInfo, token_info
from pki.pkcs11.manner import Manner
from pki.pkcs11.opened import Opened, OpenKey, wanted
from pki.pkcs11.process import Worker, shared_worker
from pki.pkcs11.refusal import refusal_error
from pki.public_key import HASHES
from pki.token import Fit, Scheme
from pki.uri import KeyUri

T = TypeVar("T")

_LARGE_BYTES = 1 << 20
"""From here on hashing is work for a thread."""

_MAX_CERTIFICATES_BYTES = 1 << 20

_LOOKS = (0.05, 0.2, 0.5)
"""Seconds to wait before a token that was not seen is looked for again."""


async def look_into(module_path: Path, environment: Mapping[str, str], manner: Manner) -> ModuleInfo:
    """Return what a module is and the tokens that it sees now. Raises `TokenError`."""
    async with shared_worker(_located(module_path), environment, manner) as worker:
        module = await worker.call("hello")
        answer = await worker.call("tokens")
    return ModuleInfo(
        name=module["module"],
        locking=module["locking"],
        parallel=module["parallel"],
        tokens=tuple(token_info(item) for item in answer["tokens"]),
    )


@asynccontextmanager
async def open_pkcs11(
    uri: KeyUri,
    *,
    environment: Mapping[str, str],
    ask_pin: AskPin | None,
    manner: Manner | None = None,
    before_pin: Fit | None = None,
) -> AsyncIterator["Pkcs11Token"]:
    """Open the key that `uri` names, for as long as the context lasts.

    `before_pin` judges the certificate where the token or a file shows it without a PIN; what it raises is
    raised here, and no PIN was asked for or sent.

    Raises `TokenNotFound`, `PinRefused`, `TokenLost` or another `TokenError`; `UsageError` if no PIN is to be
    had.
    """
    assert uri.module_path is not None
    manner = manner or Manner()
    beside = await asyncio.to_thread(_beside, manner.certificate)
    async with shared_worker(_located(uri.module_path), environment, manner) as worker:
        info = await _described(worker, uri, manner)
        if before_pin is not None and info.asks_pin:
            shown = await _shown(worker, info, manner.deadline)
            await _judged(before_pin, uri, beside, shown)
        pin = await _pin(uri, info, ask_pin, last_try=manner.last_try) if info.asks_pin else None
        public = Checker(beside[0]).public if beside else None
        key = OpenKey(worker, uri, pin, manner=manner, info=info, public=public)
        opened = await _looked_again(worker, key.open, _counted_nothing)
        yield Pkcs11Token(key, *_certificates(opened, uri, beside))


async def _described(worker: Worker, uri: KeyUri, manner: Manner) -> TokenInfo:
    """Return what the token says of itself."""

    async def ask() -> TokenInfo:
        return token_info(await worker.call("describe", deadline=manner.deadline, wanted=wanted(uri)))

    # None is there; not several, and not for want of the module.
    return await _looked_again(worker, ask, lambda error: error.facts.get("count") == 0)


async def _looked_again(
    worker: Worker, ask: Callable[[], Awaitable[T]], may_pass: Callable[[TokenError], bool]
) -> T:
    """Ask, and ask fresh workers too where what is refused may pass.

    SoftHSM writes a token's file anew at each login: a module that starts while another process logs in may
    see no token, or one without a PIN, for as long as it runs.
    """
    for pause in _LOOKS:
        try:
            return await ask()
        except TokenError as error:
            if not may_pass(error):
                raise
        await worker.retire_idle()
        await asyncio.sleep(pause)
    return await ask()


def _counted_nothing(error: TokenError) -> bool:
    """Tell whether no PIN was counted as wrong: where that is not sure, none is sent a second time.

    No try is counted where no token is there to be asked, against a PIN that a token does not have, and by a
    function that takes no PIN.
    """
    return (
        error.facts.get("tokens") == 0
        or "unset" in error.facts
        or error.facts.get("function") not in (None, "C_Login")
    )


class Pkcs11Token:
    """A key on a PKCS#11 token."""

    def __init__(self, key: OpenKey, certificate: bytes, chain: tuple[bytes, ...]) -> None:
        self._key = key
        self._certificate = certificate
        self._chain = chain
        self._checker = Checker(certificate)

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return self._certificate

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The issuers' certificates found on the token or beside it, DER, nearest first, without a root."""
        return self._chain

    @property
    def signature_size(self) -> int:
        """The longest signature value, in bytes."""
        return self._checker.signature_size

    @property
    def scheme(self) -> Scheme:
        """The scheme it signs by; see `pki.token.scheme_of`."""
        return self._key.opened.scheme

    @property
    def offered(self) -> tuple[Scheme, ...]:
        """The schemes that the token offers for this key, the usual one first."""
        return self._key.opened.offered

    @property
    def mechanism(self) -> str:
        """The way it signs, by PKCS#11's name."""
        return self._key.opened.mechanism

    @property
    def info(self) -> TokenInfo:
        """The token, as it was when the key was opened."""
        return self._key.info

    @property
    def asks_each_time(self) -> bool:
        """Whether the key wants the PIN at every signature (CKA_ALWAYS_AUTHENTICATE)."""
        return self._key.opened.always_authenticate

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        """Return the signature value over `data`; see `pki.token.Token.sign`."""
        digest = await _digest(data, digest_algorithm)
        part = self._checker.signed_part(digest.value)
        signature = await self._key.sign(data, digest_algorithm, part)
        if not self._checker.verifies(signature, data, digest, self.scheme):
            raise TokenError(
                "The token's signature does not fit its certificate.",
                hint="The certificate beside the key belongs to another key, or the driver is at fault.",
            )
        return signature


async def _shown(worker: Worker, info: TokenInfo, deadline: float) -> list[Found]:
    """Return the certificates that the token shows without a PIN."""
    answer = await worker.call("public", deadline=deadline, slot=info.slot_id)
    return [Found(**item) for item in answer["certificates"]]


async def _judged(judge: Fit, uri: KeyUri, beside: tuple[bytes, ...] | None, shown: list[Found]) -> None:
    """Let the certificate be judged that is most likely the key's; without one there is nothing to judge."""
    named = Found(id=uri.id or b"", label=uri.object or "", der=b"")
    certificate = beside[0] if beside else certificate_of(named, None, shown)
    if certificate is not None:
        await judge(certificate, chain_of(certificate, [*(beside or ()), *(each.der for each in shown)]))


def _located(module_path: Path) -> Path:
    """Make the path absolute, or the loader would look for a bare name along the library path."""
    return module_path.absolute()


async def _digest(data: bytes, algorithm: str) -> Digest:
    if algorithm not in HASHES:
        raise TokenError("Nothing is signed with the digest algorithm {name}.", name=algorithm)
    if len(data) < _LARGE_BYTES:
        return Digest.of(data, algorithm)
    return await asyncio.to_thread(Digest.of, data, algorithm)


async def _pin(uri: KeyUri, info: TokenInfo, ask_pin: AskPin | None, *, last_try: bool) -> Secret:
    if info.tries == "none":
        raise refusal_error("pin-locked", {})
    if info.tries == "last" and not last_try:
        raise refusal_error("pin-last-try", {"token": info.label})  # before anybody types it for nothing
    if uri.pin_source is None:
        return await ask_for_pin(ask_pin, info.label)
    return await read_pin(uri.pin_source)


def _beside(path: Path | None) -> tuple[bytes, ...] | None:
    """Read the certificates (DER) in the file that stands in for the token's own; the signer's is first."""
    if path is None:
        return None
    try:
        content = read_whole(path, _MAX_CERTIFICATES_BYTES)
        if not pem.detect(content):
            return (content,)
        return tuple(der for name, _, der in pem.unarmor(content, multiple=True) if name == "CERTIFICATE")
    except (UsageError, ValueError) as error:
        raise TokenNotFound("The certificate file {path} cannot be read.", path=str(path)) from error


def _certificates(
    opened: Opened, uri: KeyUri, beside: tuple[bytes, ...] | None
) -> tuple[bytes, tuple[bytes, ...]]:
    issuers = [item.der for item in opened.certificates]
    if beside:
        if opened.public and opened.public != Checker(beside[0]).public:
            raise TokenNotFound("The certificate file does not belong to the key {key}.", key=uri.shown)
        return beside[0], chain_of(beside[0], (*beside[1:], *issuers))
    key = Found(id=opened.identifier, label=opened.label, der=b"")
    modulus = int.from_bytes(opened.public, "big") if opened.kind == "rsa" and opened.public else None
    certificate = certificate_of(key, modulus, opened.certificates)
    if certificate is None:
        raise TokenNotFound(
            "There is no certificate that can be read for the key {key} on its token.",
            hint="Name a file with it: add congvan-certificate=/path to the key URI.",
            key=uri.shown,
        )
    return certificate, chain_of(certificate, issuers)
