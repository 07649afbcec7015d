"""Opening a key by its name: the one place where the adapter is chosen."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from pki.errors import TrustError, UsageError
from pki.identity import Identity, identify
from pki.pin import AskPin
from pki.pkcs11.adapter import Pkcs11Token, look_into, open_pkcs11
from pki.pkcs11.checking import Checker
from pki.pkcs11.described import ModuleInfo, TokenInfo
from pki.pkcs11.manner import Manner
from pki.pkcs12 import Pkcs12Token, open_pkcs12
from pki.token import Fit, Scheme, Token, scheme_of
from pki.uri import KeyUri

if TYPE_CHECKING:
    from pki.csc import CscToken

__all__ = [
    "KeyCheck",
    "ModuleInfo",
    "TokenInfo",
    "Validity",
    "check_key",
    "environment_beside",
    "list_tokens",
    "open_key",
    "validity_of",
]

_SANDBOX_FILE = "sandbox.json"
_MAX_SANDBOX_BYTES = 64 << 10
_USUAL: dict[str, Scheme] = {"rsa": "rsassa_pkcs1v15", "ec": "ecdsa", "ed25519": "ed25519"}
_TRIAL = b"Congvan tries this key; this text is no document."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """What a key is and can do, tried out.

    `bits` is the length of its modulus or of its curve's order; `mechanism` the way it signs, by PKCS#11's
    name; `scheme` what verifiers see of it, of those `offered`. `asks_each_time` is a key that wants the PIN
    at every signature; `token` is `None` for a key in a file.
    """

    name: str
    kind: str
    bits: int
    mechanism: str
    scheme: Scheme
    offered: tuple[Scheme, ...]
    asks_each_time: bool
    token: TokenInfo | None
    identity: Identity
    not_before: datetime
    not_after: datetime
    issuers_on_token: int

    def days_left(self, now: datetime) -> int:
        """Return for how many whole days the certificate is still valid; negative once it has expired."""
        return (self.not_after - now).days


@dataclass(frozen=True, slots=True)
class Validity:
    """Whose a certificate is, and until when."""

    subject: str
    not_after: datetime

    def days_left(self, now: datetime) -> int:
        """Return for how many whole days the certificate is still valid; negative once it has expired."""
        return (self.not_after - now).days


def validity_of(certificate: bytes) -> Validity | None:
    """Return what a certificate (DER) says of its validity; `None` if it cannot be read."""
    try:
        not_after = x509.load_der_x509_certificate(certificate).not_valid_after_utc
        return Validity(identify(certificate).name, not_after)
    except (TrustError, ValueError):
        return None


@asynccontextmanager
async def open_key(
    uri: str,
    *,
    environment: Mapping[str, str] | None = None,
    ask_pin: AskPin | None = None,
    before_pin: Fit | None = None,
) -> AsyncIterator[Token]:
    """Open the key that `uri` names (see `pki.uri`) and lend it as a `Token`.

    `environment` holds variables the module needs; `None` takes them from the practice hierarchy in whose
    folder the module-path lies, if it does. `ask_pin` asks a person, if the URI has no pin-source and the
    token wants a PIN. `before_pin` may refuse the certificate that a token shows without a PIN: then none is
    asked for or sent; keys elsewhere are not shown to it. Raises `UsageError` for a bad URI or a missing PIN,
    `TokenError`, and what `before_pin` raises.
    """
    rest, manner = Manner.parted(uri)
    async with _opened(KeyUri.parse(rest), manner, environment, ask_pin, before_pin) as token:
        yield token


async def check_key(
    uri: str,
    *,
    environment: Mapping[str, str] | None = None,
    ask_pin: AskPin | None = None,
) -> KeyCheck:
    """Open a key, sign a trial text with it, and tell what it is. Raises like `open_key`."""
    rest, manner = Manner.parted(uri)
    name = KeyUri.parse(rest)
    async with _opened(name, manner, environment, ask_pin) as token:
        await token.sign(_TRIAL, "sha256")
        certificate = x509.load_der_x509_certificate(token.certificate)
        key = Checker(token.certificate)
        usual = _USUAL[key.kind]
        on_token = token if isinstance(token, Pkcs11Token) else None
        return KeyCheck(
            name=name.shown,
            kind=key.kind,
            bits=key.bits,
            mechanism=token.mechanism,
            scheme=scheme_of(token) or usual,
            offered=(usual,) if on_token is None else on_token.offered,
            asks_each_time=on_token is not None and on_token.asks_each_time,
            token=None if on_token is None else on_token.info,
            identity=identify(token.certificate),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            issuers_on_token=len(token.chain),
        )


async def list_tokens(
    module_path: Path, environment: Mapping[str, str] | None = None, manner: Manner | None = None
) -> ModuleInfo:
    """Return what a PKCS#11 module is and the tokens that it sees now; raises `TokenError`.

    `environment` is what it is for `open_key`.
    """
    if environment is None:
        environment = await asyncio.to_thread(environment_beside, module_path)
    return await look_into(module_path, environment, manner or Manner())


@asynccontextmanager
async def _opened(
    name: KeyUri,
    manner: Manner,
    environment: Mapping[str, str] | None,
    ask_pin: AskPin | None,
    before_pin: Fit | None = None,
) -> "AsyncIterator[Pkcs11Token | Pkcs12Token | CscToken]":
    if name.module_path is None and manner != Manner():
        raise UsageError("What begins with congvan- in a key URI is for keys on PKCS#11 tokens alone.")
    if name.service is not None:
        from pki.csc import open_csc  # loads the HTTP library

        async with open_csc(name, ask_pin=ask_pin) as remote:
            yield remote
        return
    if name.path is not None:
        async with open_pkcs12(name.path, pin_source=name.pin_source, ask_pin=ask_pin) as file:
            yield file
        return
    assert name.module_path is not None
    if environment is None:
        environment = await asyncio.to_thread(environment_beside, name.module_path)
    async with open_pkcs11(
        name, environment=environment, ask_pin=ask_pin, manner=manner, before_pin=before_pin
    ) as token:
        yield token


def environment_beside(module_path: Path) -> dict[str, str]:
    """Return the `environment` of the practice hierarchy in whose folder a module lies; empty if in none.

    The module itself is code that its user chose to run, so its neighbour may say what variables it needs.
    """
    for folder in list(module_path.absolute().parents)[:2]:
        file = folder / _SANDBOX_FILE
        if file.is_file():
            return _environment_in(file)
    return {}


def _environment_in(file: Path) -> dict[str, str]:
    try:
        with file.open("rb") as stream:
            said = json.loads(stream.read(_MAX_SANDBOX_BYTES))["environment"]
        return {str(name): str(value) for name, value in said.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("{path} is not the description of a practice hierarchy.", path=str(file)) from error
