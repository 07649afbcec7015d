"""The door to a PKCS#11 module: its C functions through ctypes, and nothing else. See docs/adr/0004.

Only a worker process imports this: a driver may hang, crash, or write where it should not. Calls let other
threads run; whether threads may enter the module together is in `locking`.
"""

import ctypes
import time
from collections.abc import Mapping
from ctypes import byref, c_ulong
from typing import Any

from pki.pkcs11.cryptoki import (
    CONTEXT_SPECIFIC,
    FUNCTIONS,
    OS_LOCKING_OK,
    RW_SESSION,
    SERIAL_SESSION,
    UNAVAILABLE,
    AttributeValue,
    FunctionList,
    Info,
    InitializeArguments,
    MechanismCall,
    MechanismInfo,
    PssParameters,
    TokenInfo,
)
from pki.pkcs11.faults import GENERAL_ERROR, GONE, NO_LOCKING, OK, Fault

_MAX_VALUE_BYTES = 1 << 20
_MAX_LISTED = 4096
_SIGNATURE_ROOM = 2048
"""Bytes lent to C_Sign, twice what RSA-8192 needs: no driver is asked for a length, some answer nonsense."""
_PAUSES = (0.01, 0.03, 0.1, 0.3)
"""Seconds to wait before a token that failed to describe itself is asked again."""

Template = Mapping[int, bytes | bool | int | str]
"""Attributes by their numbers."""


class Library:
    """A loaded and initialised module."""

    def __init__(self, path: str, parameters: str | None = None) -> None:
        """Load the module; `OSError` if it is no library, `AttributeError` if no module, `Fault` if it fails.

        `parameters` is what NSS and its like want in C_Initialize's reserved argument.
        """
        get = ctypes.CDLL(path).C_GetFunctionList
        get.restype, get.argtypes = c_ulong, [ctypes.POINTER(ctypes.POINTER(FunctionList))]
        table = ctypes.POINTER(FunctionList)()
        code = get(byref(table))
        if code != OK:
            raise Fault("C_GetFunctionList", code)
        self._functions = {
            name: kind(table.contents.functions[place])
            for name, (place, kind) in FUNCTIONS.items()
            if table.contents.functions[place]
        }
        self.locking = self._initialised(None if parameters is None else parameters.encode())

    def _initialised(self, parameters: bytes | None) -> bool:
        """Initialise with locking by the system where the module takes it, else as the one thread it gets."""
        try:
            self._call("C_Initialize", byref(InitializeArguments(flags=OS_LOCKING_OK, parameters=parameters)))
        except Fault as fault:
            if fault.code not in NO_LOCKING:
                raise
        else:
            return True
        alone = None if parameters is None else byref(InitializeArguments(parameters=parameters))
        self._call("C_Initialize", alone)
        return False

    def finalise(self) -> None:
        """Take leave of the module; whatever is still open closes."""
        self._call("C_Finalize", None)

    def description(self) -> str:
        """Return the module's own name and version."""
        info = Info()
        self._call("C_GetInfo", byref(info))
        return f"{text_of(info.description)} {info.version.major}.{info.version.minor}".strip()

    def slots(self) -> list[int]:
        """Return the slots that have a token in them now."""
        return self._listed("C_GetSlotList", 1)

    def token_info(self, slot: int) -> TokenInfo:
        """Return what the token in a slot says of itself.

        A token that cannot say so at this moment is asked again: SoftHSM writes a token's file anew at each
        login, and whoever reads it meanwhile, in another process, hears of a general error.
        """
        info = TokenInfo()
        for pause in _PAUSES:
            try:
                self._call("C_GetTokenInfo", slot, byref(info))
            except Fault as fault:
                if fault.code != GENERAL_ERROR:
                    raise
                time.sleep(pause)
            else:
                return info
        self._call("C_GetTokenInfo", slot, byref(info))
        return info

    def mechanisms(self, slot: int) -> list[int]:
        """Return the mechanisms that the token in a slot lists."""
        return self._listed("C_GetMechanismList", slot)

    def mechanism_flags(self, slot: int, mechanism: int) -> int:
        """Return what a mechanism is good for."""
        info = MechanismInfo()
        self._call("C_GetMechanismInfo", slot, mechanism, byref(info))
        return int(info.flags)

    def open_session(self, slot: int, *, write: bool = False) -> int:
        """Open a session; it sees what the application is logged in to."""
        session = c_ulong()
        flags = SERIAL_SESSION | (RW_SESSION if write else 0)
        self._call("C_OpenSession", slot, flags, None, None, byref(session))
        return session.value

    def close_session(self, session: int) -> None:
        """Close a session. The last one of a token that closes logs out."""
        self._call("C_CloseSession", session)

    def login(self, session: int, user: int, pin: str | None) -> None:
        """Log in; `None` lets the reader's own keypad ask."""
        if pin is None:
            self._call("C_Login", session, user, None, 0)
            return
        secret = pin.encode()
        self._call("C_Login", session, user, secret, len(secret))

    def find(self, session: int, template: Template) -> list[int]:
        """Return the objects that have these attributes."""
        self._call("C_FindObjectsInit", session, *_template(template))
        found: list[int] = []
        try:
            room, count = (c_ulong * 64)(), c_ulong(1)
            while count.value and len(found) < _MAX_LISTED:
                self._call("C_FindObjects", session, room, len(room), byref(count))
                found += room[: min(count.value, len(room))]
        finally:
            self._call("C_FindObjectsFinal", session)
        return found

    def attribute(self, session: int, handle: int, name: int) -> bytes | None:
        """Return an attribute's bytes; `None` where the token has none, hides it, or fails at it."""
        asked = AttributeValue(type=name)
        try:
            self._call("C_GetAttributeValue", session, handle, byref(asked), 1)
            if asked.length == UNAVAILABLE or asked.length > _MAX_VALUE_BYTES:
                return None
            room = ctypes.create_string_buffer(asked.length or 1)
            asked.value = ctypes.addressof(room)
            self._call("C_GetAttributeValue", session, handle, byref(asked), 1)
        except Fault as fault:
            if fault.code in GONE:
                raise
            return None
        return None if asked.length > len(room) else room.raw[: asked.length]

    def sign(
        self,
        session: int,
        handle: int,
        mechanism: int,
        data: bytes,
        *,
        pss: tuple[int, int, int] | None = None,
        pin: str | None = None,
    ) -> bytes:
        """Return what the token says is a signature over `data`.

        `pss` is digest, mask and salt length (CK_RSA_PKCS_PSS_PARAMS); `pin` is for a key that wants it each
        time, between the two halves of the operation (PKCS#11 v2.40 §5.6, CKU_CONTEXT_SPECIFIC).
        """
        self._call("C_SignInit", session, byref(_mechanism(mechanism, pss)), handle)
        if pin is not None:
            self.login(session, CONTEXT_SPECIFIC, pin)
        room, length = ctypes.create_string_buffer(_SIGNATURE_ROOM), c_ulong(_SIGNATURE_ROOM)
        self._call("C_Sign", session, data, len(data), room, byref(length))
        return room.raw[: min(length.value, _SIGNATURE_ROOM)]

    def init_token(self, slot: int, so_pin: str, label: str) -> None:
        """Make the token in a slot new."""
        secret = so_pin.encode()
        self._call("C_InitToken", slot, secret, len(secret), label.encode().ljust(32))

    def init_pin(self, session: int, pin: str) -> None:
        """Give a new token's user his PIN; the session is the security officer's."""
        secret = pin.encode()
        self._call("C_InitPIN", session, secret, len(secret))

    def create(self, session: int, template: Template) -> int:
        """Put an object on the token."""
        handle = c_ulong()
        self._call("C_CreateObject", session, *_template(template), byref(handle))
        return handle.value

    def generate(self, session: int, mechanism: int, public: Template, private: Template) -> tuple[int, int]:
        """Make a key pair inside the token; return the handles of the public and the private key."""
        handles = c_ulong(), c_ulong()
        self._call(
            "C_GenerateKeyPair",
            session,
            byref(_mechanism(mechanism, None)),
            *_template(public),
            *_template(private),
            *map(byref, handles),
        )
        return handles[0].value, handles[1].value

    def _listed(self, function: str, argument: int) -> list[int]:
        count = c_ulong()
        self._call(function, argument, None, byref(count))
        # A token may arrive between the two calls: ask for a few more than were counted.
        count = c_ulong(min(count.value, _MAX_LISTED) + 8)
        room = (c_ulong * count.value)()
        self._call(function, argument, room, byref(count))
        return list(room[: min(count.value, len(room))])

    def _call(self, name: str, *arguments: Any) -> None:
        function = self._functions.get(name)
        code = 0x54 if function is None else function(*arguments)  # CKR_FUNCTION_NOT_SUPPORTED
        if code != OK:
            raise Fault(name, code)


def text_of(field: ctypes.Array[ctypes.c_ubyte]) -> str:
    """Read a text of fixed width, padded with blanks (by some with zeros)."""
    return bytes(field).split(b"\0")[0].decode("utf-8", "replace").strip()


def _template(attributes: Template) -> tuple[Any, int]:
    array = (AttributeValue * len(attributes))()
    for item, (name, value) in zip(array, attributes.items(), strict=True):
        encoded = _encoded(value)
        # `cast`, unlike `addressof`, keeps the buffer alive for as long as the array lives.
        room = ctypes.cast(ctypes.create_string_buffer(encoded, len(encoded)), ctypes.c_void_p)
        item.type, item.value, item.length = name, room, len(encoded)
    return array, len(array)


def _encoded(value: bytes | bool | int | str) -> bytes:
    match value:
        case bool():
            return bytes([value])
        case int():
            return bytes(c_ulong(value))
        case str():
            return value.encode()
        case _:
            return value


def _mechanism(number: int, pss: tuple[int, int, int] | None) -> MechanismCall:
    if pss is None:
        return MechanismCall(mechanism=number)
    parameters = PssParameters(*pss)
    place = ctypes.cast(ctypes.pointer(parameters), ctypes.c_void_p)
    return MechanismCall(mechanism=number, parameter=place, length=ctypes.sizeof(parameters))
