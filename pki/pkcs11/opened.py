"""A key behind a worker, opened again by itself when the worker was lost.

A PIN that a token refused is remembered (as a keyed hash) for the life of this process and never sent again:
three refusals lock a real token.
"""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from pki.chain import Found
from pki.errors import PinRefused, TokenError, TokenLost, TokenNotFound
from pki.pin import Secret
from pki.pkcs11.described import TokenInfo
from pki.pkcs11.manner import Manner
from pki.pkcs11.process import Interrupted, Restarted, Worker
from pki.pkcs11.wire import Message
from pki.token import Scheme
from pki.uri import KeyUri

_ATTEMPTS = 6
"""Steps that one signature may take, of asking and of opening its key again: the worker may die under it
three times, as others may be the cause."""

_process_key = secrets.token_bytes(32)
_refused_pins: set[bytes] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
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
    def of(cls, answer: Message) -> "Opened":
        """Read a worker's answer."""
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


class OpenKey:
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
        self._opened: Opened | None = None
        self._opening = asyncio.Lock()

    @property
    def opened(self) -> Opened:
        """What the worker said of the key when it was last opened."""
        assert self._opened is not None
        return self._opened

    async def open(self) -> Opened:
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
                wanted=wanted(self._uri),
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
        self._opened = Opened.of(answer)
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

    async def _open_again(self, stale: Opened) -> None:
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


def _fingerprint(worker: Worker, info: TokenInfo, pin: Secret | None) -> bytes | None:
    if pin is None:
        return None
    about = "\0".join((str(worker.module_path), info.serial, info.label, pin.reveal()))
    return hmac.new(_process_key, about.encode(), hashlib.sha256).digest()


def wanted(uri: KeyUri) -> Message:
    """Return what a worker finds the token by."""
    return {
        "token": uri.token,
        "serial": uri.serial,
        "manufacturer": uri.manufacturer,
        "model": uri.model,
        "slot-id": uri.slot_id,
    }
