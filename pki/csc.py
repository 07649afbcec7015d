"""Adapter: `Token` at a remote signing service, by the Cloud Signature Consortium's API, version 2.0.0.2.

    info, credentials/list, credentials/info  once, when the key is opened
    credentials/authorize, authorizeCheck     PIN and OTP against an authorisation (SAD) for certain digests
    signatures/signHash                       digests against signature values, each checked before it is used

The service is told digests, never documents. The PIN and the access token are kept for as long as the key is
open; an authorisation is used at once and never kept. Authentication data that was refused is not sent again:
a few refusals lock the key.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pki.csc_answers import (
    HASHES,
    AuthObject,
    Credential,
    check_version,
    only_credential,
    read_authorisation,
    read_credential,
    read_signatures,
)
from pki.csc_http import Limits, Refused, Service, open_service
from pki.digest import Digest
from pki.errors import PinRefused, TokenError, TokenLost, UsageError
from pki.pin import AskPin, Secret, ask_for_pin, read_pin
from pki.uri import KeyUri

_MAX_BEARER_BYTES = 16 << 10
"""Access tokens are often signed statements (RFC 9068) of some kilobytes."""

_LARGE_BYTES = 1 << 20
"""From here on hashing is work for a thread."""

_process_key = secrets.token_bytes(32)
_refused_pins: set[bytes] = set()


@asynccontextmanager
async def open_csc(
    uri: KeyUri, *, ask_pin: AskPin | None, limits: Limits | None = None
) -> AsyncIterator["CscToken"]:
    """Open a key at a signing service, for as long as the context lasts.

    Raises `TokenNotFound`, `TokenLost` (the service does not answer) or another `TokenError`; `UsageError` if
    there is no access token to be had.
    """
    assert uri.service is not None
    bearer = await _bearer(uri, ask_pin)
    async with open_service(uri.service, bearer, limits or Limits()) as service:
        check_version(await service.call("info", {}))
        name = uri.credential or only_credential(await service.call("credentials/list", {"onlyValid": True}))
        about = {"credentialID": name, "certificates": "chain", "certInfo": True, "authInfo": True}
        credential = read_credential(await service.call("credentials/info", about))
        yield CscToken(_Key(service, name, credential, uri, ask_pin))


class CscToken:
    """A key at a signing service."""

    def __init__(self, key: "_Key") -> None:
        self._key = key
        self._credential = key.credential

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return self._credential.certificate

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The issuers' certificates that the service gave, DER, nearest first, without a root."""
        return self._credential.chain

    @property
    def signature_size(self) -> int:
        """The longest signature value, in bytes."""
        return self._credential.public_key.signature_size

    @property
    def mechanism(self) -> str:
        """The way it signs."""
        return "CSC signHash"

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        """Return the signature value over `data`; see `pki.token.Token.sign`."""
        if digest_algorithm not in HASHES:
            raise TokenError("Nothing is signed with the digest algorithm {name}.", name=digest_algorithm)
        if len(data) < _LARGE_BYTES:
            digest = Digest.of(data, digest_algorithm)
        else:
            digest = await asyncio.to_thread(Digest.of, data, digest_algorithm)
        (signature,) = await self.sign_digests([digest])
        return signature

    async def sign_digests(self, digests: Sequence[Digest]) -> list[bytes]:
        """Return a signature value for each digest, with as few authorisations as the service allows.

        All digests are of one algorithm. Raises `TokenError`, and `UsageError` if nobody can be asked.
        """
        step = self._credential.at_once
        parts = [digests[start : start + step] for start in range(0, len(digests), step)]
        return [value for part in parts for value in await self._key.sign(part)]


@dataclass(slots=True)
class _Key:
    """One credential: what it asks for, and what was answered."""

    service: Service
    name: str
    credential: Credential
    uri: KeyUri
    ask_pin: AskPin | None
    pin: Secret | None = None
    refused: bool = False
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def sign(self, digests: Sequence[Digest]) -> list[bytes]:
        """Have one authorisation's worth of digests signed."""
        credential, algorithm = self.credential, digests[0].algorithm
        asked: dict[str, Any] = {
            "credentialID": self.name,
            "hashes": [base64.b64encode(each.value).decode() for each in digests],
            "hashAlgorithmOID": HASHES[algorithm],
        }
        signing = {**asked, "signAlgo": credential.algorithm(algorithm)}
        if credential.mode == "oauth2code":
            if credential.bound:
                raise TokenError("The signing service wants each signature authorised in a browser.")
            answer = await self.service.call("signatures/signHash", signing)
        else:
            answer = await self._authorised(asked, signing)
        # A signature is an RSA or ECDSA check of some 50 microseconds: not worth a thread.
        return read_signatures(answer, digests, credential.public_key)

    async def _authorised(self, asked: dict[str, Any], signing: dict[str, Any]) -> dict[str, Any]:
        """Sign with an authorisation, and with a fresh one where the first expired on the way."""
        sad = await self._authorise(asked)
        try:
            return await self.service.call("signatures/signHash", {**signing, "SAD": sad.reveal()}, sad)
        except Refused as refusal:
            if not refusal.expired:
                raise
        sad = await self._authorise(asked)
        return await self.service.call("signatures/signHash", {**signing, "SAD": sad.reveal()}, sad)

    async def _authorise(self, asked: dict[str, Any]) -> Secret:
        """Get an authorisation for these digests (CSC API §11.6); a person may have to agree elsewhere."""
        # One at a time: a second try while a first is being refused could be the one that locks the key.
        async with self.asking:
            self._check_refused()
            answers = [(each, await self._answer(each)) for each in self.credential.asks]
            self._check_refused()  # again: now the PIN is known
            body = {
                **asked,
                "numSignatures": len(asked["hashes"]),
                "authData": [{"id": each.id, "value": secret.reveal()} for each, secret in answers],
            }
            try:
                answer = await self.service.call(
                    "credentials/authorize", body, *(secret for _, secret in answers)
                )
                sad, handle = read_authorisation(answer)
                return sad if sad is not None else await self._agreed(handle)
            except PinRefused:
                self._remember_refusal()
                raise

    async def _agreed(self, handle: str | None) -> Secret:
        """Ask until the person has agreed (CSC API §11.7)."""
        limits = self.service.limits
        try:
            async with asyncio.timeout(limits.agreement_seconds):
                while True:
                    await asyncio.sleep(limits.ask_again_seconds)
                    answer = await self.service.call("credentials/authorizeCheck", {"handle": handle})
                    sad, handle = read_authorisation(answer)
                    if sad is not None:
                        return sad
        except TimeoutError as error:
            raise TokenLost(
                "Nobody agreed to the signature within {seconds:g} seconds.", seconds=limits.agreement_seconds
            ) from error

    async def _answer(self, asks: AuthObject) -> Secret:
        """Return the PIN (asked for once) or a one-time password (each time)."""
        if asks.once:
            source, name = self.uri.otp_source, f"{self.uri.shown} OTP"
            return await (read_pin(source) if source is not None else ask_for_pin(self.ask_pin, name))
        if self.pin is None:
            source, name = self.uri.pin_source, self.uri.shown
            self.pin = await (read_pin(source) if source is not None else ask_for_pin(self.ask_pin, name))
        return self.pin

    def _check_refused(self) -> None:
        if self.refused or self._fingerprint() in _refused_pins:
            raise PinRefused(
                "The signing service refused this PIN or OTP before; it is not tried again.",
                hint="Give the right one, or restart after it was changed.",
            )

    def _remember_refusal(self) -> None:
        self.refused = True
        # With an OTP beside it nobody says which of the two was wrong.
        if self.pin is not None and not any(each.once for each in self.credential.asks):
            _refused_pins.add(self._fingerprint())

    def _fingerprint(self) -> bytes:
        pin = "" if self.pin is None else self.pin.reveal()
        about = "\0".join((str(self.uri.service), self.name, pin))
        return hmac.new(_process_key, about.encode(), hashlib.sha256).digest()


async def _bearer(uri: KeyUri, ask_pin: AskPin | None) -> Secret:
    if uri.token_source is None:
        return await ask_for_pin(ask_pin, f"{uri.shown} access token")
    try:
        return await read_pin(uri.token_source, _MAX_BEARER_BYTES)
    except UsageError as error:
        raise UsageError("There is no access token for {key}: {why}", key=uri.shown, why=error) from error
