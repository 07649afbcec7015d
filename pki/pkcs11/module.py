"""A PKCS#11 module as the worker sees it: tokens, logins, keys, signatures.

Labels are compared here, after listing, because some drivers do not match CKA_LABEL in a search. Several
threads may come in at once: signing takes a session each, and what changes our knowledge takes turns.
"""

import hmac
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pki.pkcs11 import faults
from pki.pkcs11.cryptoki import USER, Flag
from pki.pkcs11.faults import Fault
from pki.pkcs11.library import Library
from pki.pkcs11.objects import (
    Key,
    certificates_on,
    describe_token,
    keys_on,
    read_key,
    sessions_allowed,
    tries_left,
)
from pki.pkcs11.schemes import Way, encoded, ways
from pki.pkcs11.sessions import Sessions
from pki.pkcs11.wire import Message, Refusal
from pki.token import Scheme

MOST_SESSIONS = 8
"""Operations at once where neither the token nor its user sets a bound: enough to keep a network HSM busy."""


@dataclass(frozen=True, slots=True)
class Login:
    """A token that we are logged in to."""

    slot: int
    sessions: Sessions
    pin: str | None


@dataclass(frozen=True, slots=True)
class _Held:
    key: Key
    way: Way
    login: Login


class Module:
    """One loaded module, and what was opened through it."""

    def __init__(self, path: str, *, parameters: str | None = None, most: int | None = None) -> None:
        if not Path(path).is_file():
            raise Refusal("module-missing", path=path)
        try:
            self.library = Library(path, parameters)
        except (OSError, AttributeError) as error:
            raise Refusal("module-broken", path=path, fault=type(error).__name__) from error
        except Fault as fault:
            raise Refusal("module-broken", path=path, fault=f"{fault.function}: {fault.name}") from fault
        self.parallel = (most or MOST_SESSIONS) if self.library.locking else 1
        self._turn = threading.Lock()
        self._logins: dict[int, Login] = {}
        self._keys: list[_Held] = []

    def describe_module(self) -> Message:
        """Say what the module is, how many operations it takes at once, and how many sessions are open."""
        try:
            name = self.library.description()
        except Fault:
            name = ""
        with self._turn:
            sessions = sum(login.sessions.count for login in self._logins.values())
        return {
            "module": name,
            "locking": self.library.locking,
            "parallel": self.parallel,
            "sessions": sessions,
        }

    def tokens(self) -> list[Message]:
        """Describe every initialised token that is present, with what anybody may read on it."""
        return [{**said, **self.public(said["slot-id"])} for said in self._present()]

    def public(self, slot: int) -> Message:
        """Return what a token shows without a PIN: certificates and ways of signing; nothing if it fails."""
        try:
            schemes: list[Scheme] = [
                scheme for kind in ("rsa", "ec", "ed25519") for scheme in ways(self.library, slot, kind)
            ]
            session = self.library.open_session(slot)
            try:
                return {"schemes": schemes, "certificates": list(certificates_on(self.library, session))}
            finally:
                # Closing a token's last session logs out: nobody may be logged in beside it now.
                self.library.close_session(session)
        except Fault:
            return {"schemes": [], "certificates": []}

    def find_token(self, wanted: Message) -> Message:
        """Return the one token whose attributes are all as wanted (label, serial, slot-id, …)."""
        asked = {name: value for name, value in wanted.items() if value is not None}
        found = [said for said in self._present() if all(said[name] == asked[name] for name in asked)]
        if len(found) != 1:
            raise Refusal(
                "token-ambiguous" if found else "token-missing", count=len(found), tokens=len(found)
            )
        return found[0]

    def open_key(self, asked: Message) -> Message:
        """Log in, find the one signing key, and return what is known of it, with the token's certificates."""
        login = self.login(asked["wanted"], asked["pin"], last_try=asked["last-try"])
        session = login.sessions.login
        with self._turn:
            certificates = list(certificates_on(self.library, session))
            key = _the_one(list(keys_on(self.library, session)), certificates, asked)
            offered = ways(self.library, login.slot, key.kind)
        if not offered:
            raise Refusal("key-unsupported", kind=key.kind or "?")
        way = offered.get(asked["scheme"] or next(iter(offered)))
        if way is None:
            raise Refusal("scheme-unsupported", scheme=asked["scheme"], offered=", ".join(offered))
        return {
            "handle": self._keep(_Held(key, way, login)),
            "kind": key.kind,
            "public": key.public,
            "scheme": way.scheme,
            "offered": list(offered),
            "mechanism": way.name,
            "takes": "message" if way.mechanism is None else "digest",
            "always-authenticate": key.always_authenticate,
            "label": key.label,
            "id": key.identifier,
            "certificates": certificates,
        }

    def sign(self, handle: int, digest_algorithm: str, digest: bytes, message: bytes | None) -> bytes:
        """Return the signature value over a digest, or over `message` where the token hashes itself."""
        held = self._keys[handle]
        mechanism, data, pss = held.way.call(digest_algorithm, digest, message)
        pin = held.login.pin if held.key.always_authenticate else None

        def signed() -> bytes:
            with held.login.sessions.lend() as session:
                return self.library.sign(session, held.key.handle, mechanism, data, pss=pss, pin=pin)

        try:
            try:
                signature = signed()
            except Fault as fault:
                if fault.code not in faults.SESSION_GONE:
                    raise
                signature = signed()  # one session was closed behind our back; another may do
        except Fault as fault:
            raise self._sign_refused(fault, held) from fault
        return encoded(held.way.scheme, held.key.size, signature)

    def login(
        self, wanted: Message, pin: str | None, *, last_try: bool = False, write: bool = False
    ) -> Login:
        """Log in once for each token and keep the session: another login would end the first one's keys."""
        slot: int = self.find_token(wanted)["slot-id"]
        with self._turn:
            login = self._logins.get(slot)
            if login is None:
                session = self._logged_in(slot, pin, last_try=last_try, write=write)
                allowed = sessions_allowed(self.library.token_info(slot))
                most = self.parallel if allowed is None else min(self.parallel, allowed - 1)
                sessions = Sessions(self.library, slot, session, most)
                self._logins[slot] = login = Login(slot, sessions, pin)
            elif None not in (pin, login.pin) and not hmac.compare_digest(
                str(pin).encode(), str(login.pin).encode()
            ):
                # The right PIN is known, so this one is wrong: the token need not count it.
                raise Refusal("pin-refused", tries=self._tries(slot))
        return login

    def free_slot(self) -> int:
        """Return a slot whose token is not initialised yet."""
        for slot in self.library.slots():
            if not self.library.token_info(slot).flags & Flag.TOKEN_INITIALIZED:
                return slot
        raise Refusal("token-missing", count=0)

    def hold(self, login: Login, handle: int) -> int:
        """Keep a private key for signing in the usual way; return its handle."""
        key = read_key(self.library, login.sessions.login, handle)
        offered = ways(self.library, login.slot, key.kind)
        if not offered:
            raise Refusal("key-unsupported", kind=key.kind or "?")
        return self._keep(_Held(key, next(iter(offered.values())), login))

    def _present(self) -> Iterator[Message]:
        for slot in self.library.slots():
            try:
                info = self.library.token_info(slot)
            except Fault:
                continue  # pulled out since the list was made, or not a card of this driver
            if info.flags & Flag.TOKEN_INITIALIZED:
                yield describe_token(slot, info)

    def _keep(self, held: _Held) -> int:
        with self._turn:
            self._keys.append(held)
            return len(self._keys) - 1

    def _tries(self, slot: int) -> str:
        return tries_left(self.library.token_info(slot).flags)

    def _logged_in(self, slot: int, pin: str | None, *, last_try: bool, write: bool) -> int:
        """Open the session that stays, and log in on it where the token wants that."""
        info = self.library.token_info(slot)
        flags = info.flags
        if flags & Flag.USER_PIN_LOCKED:
            raise Refusal("pin-locked")
        asks = bool(flags & Flag.LOGIN_REQUIRED)
        if asks and pin is None and not flags & Flag.PROTECTED_AUTHENTICATION_PATH:
            raise Refusal("pin-needed")
        if asks and flags & Flag.USER_PIN_FINAL_TRY and not last_try:
            raise Refusal("pin-last-try", token=describe_token(slot, info)["token"])
        session = self.library.open_session(slot, write=write)
        try:
            if asks:
                self.library.login(session, USER, pin)
        except Fault as fault:
            if fault.code == faults.USER_ALREADY_LOGGED_IN:
                return session  # login belongs to the application; the token remembers ours
            self.library.close_session(session)
            raise self._pin_refused(fault, slot) or fault from fault
        return session

    def _pin_refused(self, fault: Fault, slot: int) -> Refusal | None:
        if fault.code in faults.PIN_WRONG:
            return Refusal("pin-refused", tries=self._tries(slot))
        if fault.code == faults.PIN_LOCKED:
            return Refusal("pin-locked")
        if fault.code == faults.PIN_EXPIRED:
            return Refusal("pin-expired")
        return Refusal("pin-not-set", unset=True) if fault.code == faults.PIN_NOT_SET else None

    def _sign_refused(self, fault: Fault, held: _Held) -> Exception:
        if fault.code in faults.KEY_SPENT:
            return Refusal("key-spent", fault=fault.name)
        return self._pin_refused(fault, held.login.slot) or fault


def refusal_of(fault: Fault) -> Refusal:
    """Return how the parent is told of a fault that nothing more is known of."""
    return Refusal(
        "lost" if fault.code in faults.GONE else "failed", fault=fault.name, function=fault.function
    )


def _the_one(keys: list[Key], certificates: list[Message], asked: Message) -> Key:
    """Return the one key of the wanted id, label and public half; `None` of them means any."""
    label, identifier, public = asked["label"], asked["id"], asked["public"]
    if identifier is not None:
        keys = [key for key in keys if key.identifier == identifier]
    found = [key for key in keys if label in (None, key.label)]
    if not found:
        # Some drivers label only the certificate; its CKA_ID leads to the key.
        named = {item["id"] for item in certificates if item["label"] == label and item["id"]}
        found = [key for key in keys if key.identifier in named]
    if public is not None:
        # A key that does not tell its public half stays possible only where no other is the one.
        found = [key for key in found if key.public == public] or [key for key in found if not key.public]
    if len(found) != 1:
        raise Refusal("key-ambiguous" if found else "key-missing", count=len(found))
    return found[0]
