"""A PKCS#11 module as the worker sees it: tokens, logins, keys, signatures. A door to python-pkcs11.

Only a worker process imports this: the library crashes when two threads enter it, and a driver may hang.
Labels are compared here, after listing, because some drivers do not match CKA_LABEL in a search.
"""

import ctypes
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pkcs11
from asn1crypto.algos import DigestAlgorithm, DigestInfo
from pkcs11 import Attribute, Mechanism, ObjectClass, TokenFlag
from pkcs11.exceptions import PKCS11Error
from pkcs11.util.ec import encode_ecdsa_signature

from pki.pkcs11.objects import Key, attribute, certificates_on, describe_token, read_key, tries_left
from pki.pkcs11.wire import Message, Refusal

_HASHING = {
    "sha256": Mechanism.SHA256_RSA_PKCS,
    "sha384": Mechanism.SHA384_RSA_PKCS,
    "sha512": Mechanism.SHA512_RSA_PKCS,
}
"""Mechanisms of tokens that insist on hashing themselves."""

_GONE = (
    pkcs11.exceptions.DeviceError,
    pkcs11.exceptions.DeviceRemoved,
    pkcs11.exceptions.GeneralError,
    pkcs11.exceptions.KeyHandleInvalid,
    pkcs11.exceptions.ObjectHandleInvalid,
    pkcs11.exceptions.SessionClosed,
    pkcs11.exceptions.SessionHandleInvalid,
    pkcs11.exceptions.SlotIDInvalid,
    pkcs11.exceptions.TokenNotPresent,
    pkcs11.exceptions.TokenNotRecognised,
    pkcs11.exceptions.UserNotLoggedIn,
)
"""What a driver says after its token was pulled out or its HSM restarted: only a new start helps."""

_REFUSED_PINS = (
    pkcs11.exceptions.PinIncorrect,
    pkcs11.exceptions.PinInvalid,
    pkcs11.exceptions.PinLenRange,
)


@dataclass(frozen=True, slots=True)
class _Login:
    session: pkcs11.Session
    pin: str | None


class Module:
    """One loaded module, and what was opened through it. Belongs to one thread of one process."""

    def __init__(self, path: str) -> None:
        if not Path(path).is_file():
            raise Refusal("module-missing", path=path)
        self.path = path
        try:
            self._library: Any = pkcs11.lib(path)
        except (PKCS11Error, OSError) as error:
            raise Refusal("module-broken", path=path, fault=type(error).__name__) from error
        self._logins: dict[int, _Login] = {}
        self._keys: list[Key] = []

    def tokens(self) -> list[Message]:
        """Describe every initialised token that is present."""
        return [describe_token(token) for token in self._present()]

    def find_token(self, wanted: Message) -> pkcs11.Token:
        """Return the one token whose attributes are all as wanted (label, serial, slot-id, …)."""
        asked = {name: value for name, value in wanted.items() if value is not None}
        found = [
            token
            for token in self._present()
            if all(describe_token(token)[name] == asked[name] for name in asked)
        ]
        if len(found) != 1:
            raise Refusal("token-ambiguous" if found else "token-missing", count=len(found))
        return found[0]

    def describe(self, wanted: Message) -> Message:
        """Describe the wanted token, before anybody is asked for its PIN."""
        return describe_token(self.find_token(wanted))

    def open_key(
        self, wanted: Message, label: str | None, identifier: bytes | None, pin: str | None
    ) -> Message:
        """Log in, find the one signing key, and return its handle, its kind and the token's certificates."""
        token = self.find_token(wanted)
        session = self.login(token, pin).session
        certificates = list(certificates_on(session))
        key = self._find_key(token, session, certificates, label, identifier)
        return {
            "handle": self._keep(key),
            "kind": key.kind,
            "modulus": key.modulus,
            "mechanism": f"CKM_{(key.mechanism or Mechanism.SHA256_RSA_PKCS).name}",
            "takes": "message" if key.mechanism is None else "digest",
            "label": key.label,
            "id": key.identifier,
            "certificates": certificates,
        }

    def sign(self, handle: int, digest_algorithm: str, digest: bytes, message: bytes | None) -> bytes:
        """Return the signature value over a digest, or over `message` where the token hashes itself."""
        held = self._keys[handle]
        if held.kind == "ec":
            raw = held.key.sign(digest, mechanism=held.mechanism, pin=held.pin)
            return bytes(encode_ecdsa_signature(raw))  # RFC 3279 §2.2.3; the token gives r and s side by side
        if held.mechanism is None:
            if message is None:
                raise Refusal("failed", fault="no message to hash")
            return held.key.sign(message, mechanism=_HASHING[digest_algorithm], pin=held.pin)
        # RFC 8017 §9.2: the token pads what we wrap.
        wrapped = DigestInfo(
            {"digest_algorithm": DigestAlgorithm({"algorithm": digest_algorithm}), "digest": digest}
        )
        return held.key.sign(wrapped.dump(), mechanism=held.mechanism, pin=held.pin)

    def login(self, token: pkcs11.Token, pin: str | None, *, write: bool = False) -> _Login:
        """Log in once for each token and keep the session: another login would end the first one's keys."""
        login = self._logins.get(token.slot.slot_id)
        if login is not None:
            if (
                pin is not None
                and login.pin is not None
                and not hmac.compare_digest(pin.encode(), login.pin.encode())
            ):
                # The right PIN is known, so this one is wrong: the token need not count it.
                raise Refusal("pin-refused", **tries_left(token))
            return login
        session = _opened(token, pin, write=write)
        self._logins[token.slot.slot_id] = login = _Login(session, pin)
        return login

    def function(self, name: str) -> Any:
        """Return a Cryptoki function that python-pkcs11 does not offer, by its C name."""
        return getattr(ctypes.CDLL(self.path), name)

    def free_slot(self) -> pkcs11.Slot:
        """Return a slot whose token is not initialised yet."""
        for slot in self._library.get_slots(token_present=True):
            if not slot.get_token().flags & TokenFlag.TOKEN_INITIALIZED:
                return cast("pkcs11.Slot", slot)
        raise Refusal("token-missing", count=0)

    def hold(self, token: pkcs11.Token, key: object, pin: str | None) -> int:
        """Keep a key for signing; return its handle."""
        return self._keep(read_key(token, key, pin))

    def _present(self) -> Iterator[pkcs11.Token]:
        for slot in self._library.get_slots(token_present=True):
            try:
                token = slot.get_token()
            except (pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised):
                continue  # pulled out since the list was made, or not a card of this driver
            if token.flags & TokenFlag.TOKEN_INITIALIZED:
                yield token

    def _keep(self, key: Key) -> int:
        self._keys.append(key)
        return len(self._keys) - 1

    def _find_key(
        self,
        token: pkcs11.Token,
        session: pkcs11.Session,
        certificates: list[Message],
        label: str | None,
        identifier: bytes | None,
    ) -> Key:
        keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        if identifier is not None:
            keys = [key for key in keys if attribute(key, Attribute.ID, b"") == identifier]
        found = [key for key in keys if label in (None, attribute(key, Attribute.LABEL, ""))]
        if not found:
            # Some drivers label only the certificate; its CKA_ID leads to the key.
            named = {item["id"] for item in certificates if item["label"] == label and item["id"]}
            found = [key for key in keys if attribute(key, Attribute.ID, b"") in named]
        if len(found) != 1:
            raise Refusal("key-ambiguous" if found else "key-missing", count=len(found))
        return read_key(token, found[0], self._logins[token.slot.slot_id].pin)


def is_gone(error: PKCS11Error) -> bool:
    """Tell whether a driver's error means that the token, or our session with it, is no more."""
    return isinstance(error, _GONE)


def _opened(token: pkcs11.Token, pin: str | None, *, write: bool) -> pkcs11.Session:
    flags = token.flags
    if flags & TokenFlag.USER_PIN_LOCKED:
        raise Refusal("pin-locked")
    if not flags & TokenFlag.LOGIN_REQUIRED:
        return token.open(rw=write)
    secret: Any = pin
    if pin is None:
        if not flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH:
            raise Refusal("pin-needed")
        secret = pkcs11.PROTECTED_AUTH  # a keypad on the reader asks
    try:
        return token.open(rw=write, user_pin=secret)
    except _REFUSED_PINS as error:
        raise Refusal("pin-refused", **tries_left(token)) from error
    except pkcs11.PinLocked as error:
        raise Refusal("pin-locked") from error
    except pkcs11.PinExpired as error:
        raise Refusal("pin-expired") from error
    except pkcs11.UserPinNotInitialized as error:
        raise Refusal("pin-not-set") from error
