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
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import pem

from pki.chain import Found, certificate_of, chain_of
from pki.digest import Digest
from pki.errors import PinRefused, TokenError, TokenLost, TokenNotFound, UsageError
from pki.files import read_whole
from pki.pin import AskPin, Secret, ask_for_pin, read_pin
from pki.pkcs11.checking import Checker
from pki.pkcs11.manner import Manner
from pki.pkcs11.process import Interrupted, Restarted, Worker, shared_worker
from pki.pkcs11.refusal import refusal_error
from pki.pkcs11.wire import Message
from pki.public_key import HASHES
from pki.token import Scheme
from pki.uri import KeyUri

_LARGE_BYTES = 1 << 20
"""From here on hashing is work for a thread."""

_ATTEMPTS = 6
"""Steps that one signature may take, of asking and of opening its key again: the worker may die under it
three times, as others may be the cause."""

_MAX_CERTIFICATES_BYTES = 1 << 20

_process_key = secrets.token_bytes(32)
_refused_pins: set[bytes] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """A token that is present.

    `tries` left for its PIN: "many", "few", "last" or "none"; PKCS#11 gives no number. `sessions` is how many
    it takes at once, `None` if it sets no bound. `schemes` are the ways it signs, `certificates` (DER) what
    it shows without a PIN; both are empty where they were not asked for.
    """

    label: str
    serial: str
    manufacturer: str
    model: str
    slot_id: int
    asks_pin: bool
    tries: str
    sessions: int | None = None
    schemes: tuple[Scheme, ...] = ()
    certificates: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleInfo:
    """A module, as it describes itself; `parallel` operations at once, 1 if it cannot lock."""

    name: str
    locking: bool
    parallel: int
    tokens: tuple[TokenInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A key as one worker knows it."""

    handle: int
    generation: int
    scheme: Scheme
    offered: tuple[Scheme, ...]
    mechanism: str
    takes_message: bool
    always_authenticate: bool
    label: str
    identifier: bytes
    public: bytes
    kind: str
    certificates: tuple[Found, ...]

    @classmethod
    def of(cls, answer: Message) -> "_Opened":
        return cls(
            handle=answer["handle"],
            generation=answer["generation"],
            scheme=answer["scheme"],
            offered=tuple(answer["offered"]),
            mechanism=answer["mechanism"],
            takes_message=answer["takes"] == "message",
            always_authenticate=answer["always-authenticate"],
            label=answer["label"],
            identifier=answer["id"],
            public=answer["public"],
            kind=answer["kind"],
            certificates=tuple(Found(**item) for item in answer["certificates"]),
        )


async def look_into(module_path: Path, environment: Mapping[str, str], manner: Manner) -> ModuleInfo:
    """Return what a module is and the tokens that it sees now. Raises `TokenError`."""
    async with shared_worker(_located(module_path), environment, manner) as worker:
        module = await worker.call("hello")
        answer = await worker.call("tokens")
    return ModuleInfo(
        name=module["module"],
        locking=module["locking"],
        parallel=module["parallel"],
        tokens=tuple(_token_info(item) for item in answer["tokens"]),
    )


@asynccontextmanager
async def open_pkcs11(
    uri: KeyUri,
    *,
    environment: Mapping[str, str],
    ask_pin: AskPin | None,
    manner: Manner | None = None,
) -> AsyncIterator["Pkcs11Token"]:
    """Open the key that `uri` names, for as long as the context lasts.

    Raises `TokenNotFound`, `PinRefused`, `TokenLost` or another `TokenError`; `UsageError` if no PIN is to be
    had.
    """
    assert uri.module_path is not None
    manner = manner or Manner()
    beside = await asyncio.to_thread(_beside, manner.certificate)
    async with shared_worker(_located(uri.module_path), environment, manner) as worker:
        info = _token_info(await worker.call("describe", deadline=manner.deadline, wanted=_wanted(uri)))
        pin = await _pin(uri, info, ask_pin, last_try=manner.last_try) if info.asks_pin else None
        public = Checker(beside[0]).public if beside else None
        key = _Key(worker, uri, pin, manner=manner, info=info, public=public)
        opened = await key.open()
        yield Pkcs11Token(key, *_certificates(opened, uri, beside))


class Pkcs11Token:
    """A key on a PKCS#11 token."""

    def __init__(self, key: "_Key", certificate: bytes, chain: tuple[bytes, ...]) -> None:
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


class _Key:
    """A key behind a worker: opened again by itself when the worker was lost."""

    def __init__(
        self,
        worker: Worker,
        uri: KeyUri,
        pin: Secret | None,
        *,
        manner: Manner,
        info: TokenInfo,
        public: bytes | None,
    ) -> None:
        self.info = info
        self._worker = worker
        self._uri = uri
        self._pin = pin
        self._manner = manner
        self._public = public
        self._fingerprint = _fingerprint(worker, info, pin)
        self._opened: _Opened | None = None
        self._opening = asyncio.Lock()

    @property
    def opened(self) -> _Opened:
        """What the worker said of the key when it was last opened."""
        assert self._opened is not None
        return self._opened

    async def open(self) -> _Opened:
        """Log in and find the key; a PIN once refused is not tried again."""
        if self._fingerprint in _refused_pins:
            raise PinRefused(
                "The token refused this PIN before; it is not tried again.",
                hint="Give the right PIN, or restart after it was changed.",
            )
        try:
            answer = await self._worker.call(
                "open",
                deadline=self._manner.deadline,
                **{"last-try": self._manner.last_try},
                wanted=_wanted(self._uri),
                label=self._uri.object,
                id=self._uri.id,
                public=self._public,
                scheme=self._manner.scheme,
                pin=None if self._pin is None else self._pin.reveal(),
            )
        except PinRefused as error:
            if self._fingerprint is not None and "tries" in error.facts:  # the token itself said no
                _refused_pins.add(self._fingerprint)
            raise
        self._opened = _Opened.of(answer)
        return self._opened

    async def sign(self, data: bytes, digest_algorithm: str, digest: bytes) -> bytes:
        """Have the digest signed, or `data` where the token hashes itself."""
        why: TokenError = TokenLost("The token's driver keeps stopping.")
        for _ in range(_ATTEMPTS):
            opened = self.opened
            try:
                answer = await self._worker.call(
                    "sign",
                    generation=opened.generation,
                    deadline=self._manner.deadline,
                    handle=opened.handle,
                    digest_algorithm=digest_algorithm,
                    digest=digest,
                    message=data if opened.takes_message else None,
                )
                signature: bytes = answer["signature"]
            except Restarted:
                await self._open_again(opened)
            except Interrupted as error:
                why = error  # it may have been another's fault: the next worker is asked
            else:
                return signature
        raise why

    async def _open_again(self, stale: _Opened) -> None:
        """Open the key in the new worker, once for all who wait for it."""
        async with self._opening:
            if self._opened is not stale:
                return
            try:
                await self.open()
            except Interrupted:
                return  # this worker died too: whoever has attempts left comes again
            except TokenNotFound as error:
                await self._worker.retire_idle()
                raise TokenLost(
                    "The token {token} is not there any more.",
                    hint="Plug the token in again and repeat.",
                    token=self.info.label,
                ) from error


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
    opened: _Opened, uri: KeyUri, beside: tuple[bytes, ...] | None
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


def _token_info(item: Message) -> TokenInfo:
    return TokenInfo(
        label=item["token"],
        serial=item["serial"],
        manufacturer=item["manufacturer"],
        model=item["model"],
        slot_id=item["slot-id"],
        asks_pin=item["asks-pin"],
        tries=item["tries"],
        sessions=item["sessions"],
        schemes=tuple(item.get("schemes", ())),
        certificates=tuple(each["der"] for each in item.get("certificates", ())),
    )
