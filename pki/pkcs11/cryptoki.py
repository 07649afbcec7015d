"""Cryptoki's C types and numbers, as far as they are used here (PKCS#11 v2.40 and v3.0, `pkcs11t.h`).

Names are the standard's without their prefix: `CKF_TOKEN_INITIALIZED` is `Flag.TOKEN_INITIALIZED`.
"""

from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_ubyte, c_ulong, c_void_p
from enum import IntEnum, IntFlag
from typing import Any, ClassVar

UNAVAILABLE = c_ulong(-1).value
"""CK_UNAVAILABLE_INFORMATION: a length or a count that the token does not tell."""

USER, SO, CONTEXT_SPECIFIC = 1, 0, 2
"""CKU_: who logs in."""

SERIAL_SESSION, RW_SESSION = 4, 2
"""CKF_ of C_OpenSession."""

OS_LOCKING_OK = 2
"""CKF_ of C_Initialize: threads may enter, and the module locks with the system's own primitives."""

SIGN = 0x800
"""CKF_ of C_GetMechanismInfo: the mechanism signs."""


class Flag(IntFlag):
    """CKF_ of CK_TOKEN_INFO."""

    LOGIN_REQUIRED = 0x4
    PROTECTED_AUTHENTICATION_PATH = 0x100
    TOKEN_INITIALIZED = 0x400
    USER_PIN_COUNT_LOW = 0x10000
    USER_PIN_FINAL_TRY = 0x20000
    USER_PIN_LOCKED = 0x40000


class Attribute(IntEnum):
    """CKA_."""

    CLASS = 0x0
    TOKEN = 0x1
    PRIVATE = 0x2
    LABEL = 0x3
    VALUE = 0x11
    CERTIFICATE_TYPE = 0x80
    ISSUER = 0x81
    SERIAL_NUMBER = 0x82
    KEY_TYPE = 0x100
    SUBJECT = 0x101
    ID = 0x102
    SENSITIVE = 0x103
    SIGN = 0x108
    VERIFY = 0x10A
    MODULUS = 0x120
    MODULUS_BITS = 0x121
    PUBLIC_EXPONENT = 0x122
    EXTRACTABLE = 0x162
    EC_PARAMS = 0x180
    EC_POINT = 0x181
    ALWAYS_AUTHENTICATE = 0x202


class Kind(IntEnum):
    """CKO_."""

    CERTIFICATE = 1
    PUBLIC_KEY = 2
    PRIVATE_KEY = 3


class KeyType(IntEnum):
    """CKK_."""

    RSA = 0x0
    EC = 0x3
    EC_EDWARDS = 0x40


class Mechanism(IntEnum):
    """CKM_."""

    RSA_PKCS_KEY_PAIR_GEN = 0x0
    RSA_PKCS = 0x1
    RSA_PKCS_PSS = 0xD
    SHA256_RSA_PKCS = 0x40
    SHA384_RSA_PKCS = 0x41
    SHA512_RSA_PKCS = 0x42
    SHA256_RSA_PKCS_PSS = 0x43
    SHA384_RSA_PKCS_PSS = 0x44
    SHA512_RSA_PKCS_PSS = 0x45
    SHA256 = 0x250
    SHA384 = 0x260
    SHA512 = 0x270
    EC_KEY_PAIR_GEN = 0x1040
    ECDSA = 0x1041
    ECDSA_SHA256 = 0x1044
    ECDSA_SHA384 = 0x1045
    ECDSA_SHA512 = 0x1046
    EC_EDWARDS_KEY_PAIR_GEN = 0x1055
    EDDSA = 0x1057


class Version(Structure):
    """CK_VERSION."""

    _fields_: ClassVar = [("major", c_ubyte), ("minor", c_ubyte)]


class InitializeArguments(Structure):
    """CK_C_INITIALIZE_ARGS.

    `parameters` stands where the standard has pReserved: NSS takes its settings there, and then wants one
    more pointer behind it, null.
    """

    _fields_: ClassVar = [
        ("create", c_void_p), ("destroy", c_void_p), ("lock", c_void_p), ("unlock", c_void_p),
        ("flags", c_ulong), ("parameters", c_char_p), ("nothing", c_void_p),
    ]  # fmt: skip


class Info(Structure):
    """CK_INFO."""

    _fields_: ClassVar = [
        ("cryptoki", Version), ("manufacturer", c_ubyte * 32), ("flags", c_ulong),
        ("description", c_ubyte * 32), ("version", Version),
    ]  # fmt: skip


class TokenInfo(Structure):
    """CK_TOKEN_INFO."""

    _fields_: ClassVar = [
        ("label", c_ubyte * 32), ("manufacturer", c_ubyte * 32), ("model", c_ubyte * 16),
        ("serial", c_ubyte * 16), ("flags", c_ulong),
        ("most_sessions", c_ulong), ("sessions", c_ulong),
        ("most_rw_sessions", c_ulong), ("rw_sessions", c_ulong),
        ("longest_pin", c_ulong), ("shortest_pin", c_ulong),
        ("public_memory", c_ulong), ("free_public_memory", c_ulong),
        ("private_memory", c_ulong), ("free_private_memory", c_ulong),
        ("hardware", Version), ("firmware", Version), ("time", c_ubyte * 16),
    ]  # fmt: skip


class MechanismInfo(Structure):
    """CK_MECHANISM_INFO."""

    _fields_: ClassVar = [("shortest_key", c_ulong), ("longest_key", c_ulong), ("flags", c_ulong)]


class MechanismCall(Structure):
    """CK_MECHANISM."""

    _fields_: ClassVar = [("mechanism", c_ulong), ("parameter", c_void_p), ("length", c_ulong)]


class PssParameters(Structure):
    """CK_RSA_PKCS_PSS_PARAMS."""

    _fields_: ClassVar = [("digest", c_ulong), ("mask", c_ulong), ("salt_length", c_ulong)]


class AttributeValue(Structure):
    """CK_ATTRIBUTE."""

    _fields_: ClassVar = [("type", c_ulong), ("value", c_void_p), ("length", c_ulong)]


class FunctionList(Structure):
    """CK_FUNCTION_LIST: a version and 68 functions."""

    _fields_: ClassVar = [("version", Version), ("functions", c_void_p * 68)]


_ULONG_OUT = POINTER(c_ulong)
_TEMPLATE = (POINTER(AttributeValue), c_ulong)
_PAIR = (c_ulong, POINTER(MechanismCall), *_TEMPLATE, *_TEMPLATE, _ULONG_OUT, _ULONG_OUT)

FUNCTIONS: dict[str, tuple[int, Any]] = {
    name: (place, CFUNCTYPE(c_ulong, *arguments))
    for name, place, arguments in (
        ("C_Initialize", 0, (POINTER(InitializeArguments),)),
        ("C_Finalize", 1, (c_void_p,)),
        ("C_GetInfo", 2, (POINTER(Info),)),
        ("C_GetSlotList", 4, (c_ubyte, _ULONG_OUT, _ULONG_OUT)),
        ("C_GetTokenInfo", 6, (c_ulong, POINTER(TokenInfo))),
        ("C_GetMechanismList", 7, (c_ulong, _ULONG_OUT, _ULONG_OUT)),
        ("C_GetMechanismInfo", 8, (c_ulong, c_ulong, POINTER(MechanismInfo))),
        ("C_InitToken", 9, (c_ulong, c_char_p, c_ulong, c_char_p)),
        ("C_InitPIN", 10, (c_ulong, c_char_p, c_ulong)),
        ("C_OpenSession", 12, (c_ulong, c_ulong, c_void_p, c_void_p, _ULONG_OUT)),
        ("C_CloseSession", 13, (c_ulong,)),
        ("C_Login", 18, (c_ulong, c_ulong, c_char_p, c_ulong)),
        ("C_Logout", 19, (c_ulong,)),
        ("C_CreateObject", 20, (c_ulong, *_TEMPLATE, _ULONG_OUT)),
        ("C_GetAttributeValue", 24, (c_ulong, c_ulong, *_TEMPLATE)),
        ("C_FindObjectsInit", 26, (c_ulong, *_TEMPLATE)),
        ("C_FindObjects", 27, (c_ulong, _ULONG_OUT, c_ulong, _ULONG_OUT)),
        ("C_FindObjectsFinal", 28, (c_ulong,)),
        ("C_SignInit", 42, (c_ulong, POINTER(MechanismCall), c_ulong)),
        ("C_Sign", 43, (c_ulong, c_char_p, c_ulong, c_char_p, _ULONG_OUT)),
        ("C_GenerateKeyPair", 59, _PAIR),
    )
}  # fmt: skip
"""Each function's place in CK_FUNCTION_LIST and its C type; a call through it lets other threads run."""
