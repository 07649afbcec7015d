"""What a driver answers when it does not do a thing (CKR_, PKCS#11 v2.40 and v3.0), sorted by what helps."""

OK = 0x0
GENERAL_ERROR = 0x5

CANT_LOCK = 0xA
ARGUMENTS_BAD = 0x7
NEED_TO_CREATE_THREADS = 0x9
SESSION_COUNT = 0xB1
USER_ALREADY_LOGGED_IN = 0x100
PIN_EXPIRED, PIN_LOCKED, PIN_NOT_SET = 0xA3, 0xA4, 0x102

NAMES = {
    0x1: "CANCEL", 0x2: "HOST_MEMORY", 0x3: "SLOT_ID_INVALID", 0x5: "GENERAL_ERROR", 0x6: "FUNCTION_FAILED",
    0x7: "ARGUMENTS_BAD", 0x8: "NO_EVENT", 0x9: "NEED_TO_CREATE_THREADS", 0xA: "CANT_LOCK",
    0x10: "ATTRIBUTE_READ_ONLY", 0x11: "ATTRIBUTE_SENSITIVE", 0x12: "ATTRIBUTE_TYPE_INVALID",
    0x13: "ATTRIBUTE_VALUE_INVALID", 0x1B: "ACTION_PROHIBITED", 0x20: "DATA_INVALID", 0x21: "DATA_LEN_RANGE",
    0x30: "DEVICE_ERROR", 0x31: "DEVICE_MEMORY", 0x32: "DEVICE_REMOVED", 0x50: "FUNCTION_CANCELED",
    0x51: "FUNCTION_NOT_PARALLEL", 0x54: "FUNCTION_NOT_SUPPORTED", 0x60: "KEY_HANDLE_INVALID",
    0x62: "KEY_SIZE_RANGE", 0x63: "KEY_TYPE_INCONSISTENT", 0x68: "KEY_FUNCTION_NOT_PERMITTED",
    0x70: "MECHANISM_INVALID", 0x71: "MECHANISM_PARAM_INVALID", 0x82: "OBJECT_HANDLE_INVALID",
    0x90: "OPERATION_ACTIVE", 0x91: "OPERATION_NOT_INITIALIZED", 0xA0: "PIN_INCORRECT", 0xA1: "PIN_INVALID",
    0xA2: "PIN_LEN_RANGE", 0xA3: "PIN_EXPIRED", 0xA4: "PIN_LOCKED", 0xB0: "SESSION_CLOSED",
    0xB1: "SESSION_COUNT", 0xB3: "SESSION_HANDLE_INVALID", 0xB4: "SESSION_PARALLEL_NOT_SUPPORTED",
    0xB5: "SESSION_READ_ONLY", 0xB6: "SESSION_EXISTS", 0xB8: "SESSION_READ_WRITE_SO_EXISTS",
    0xD0: "TEMPLATE_INCOMPLETE", 0xD1: "TEMPLATE_INCONSISTENT", 0xE0: "TOKEN_NOT_PRESENT",
    0xE1: "TOKEN_NOT_RECOGNIZED", 0xE2: "TOKEN_WRITE_PROTECTED", 0x100: "USER_ALREADY_LOGGED_IN",
    0x101: "USER_NOT_LOGGED_IN", 0x102: "USER_PIN_NOT_INITIALIZED", 0x103: "USER_TYPE_INVALID",
    0x104: "USER_ANOTHER_ALREADY_LOGGED_IN", 0x105: "USER_TOO_MANY_TYPES", 0x130: "DOMAIN_PARAMS_INVALID",
    0x140: "CURVE_NOT_SUPPORTED", 0x150: "BUFFER_TOO_SMALL", 0x190: "CRYPTOKI_NOT_INITIALIZED",
    0x191: "CRYPTOKI_ALREADY_INITIALIZED", 0x1B5: "EXCEEDED_MAX_ITERATIONS", 0x200: "FUNCTION_REJECTED",
    0x201: "TOKEN_RESOURCE_EXCEEDED", 0x202: "OPERATION_CANCEL_FAILED", 0x203: "KEY_EXHAUSTED",
}  # fmt: skip

NO_LOCKING = frozenset({CANT_LOCK, ARGUMENTS_BAD, NEED_TO_CREATE_THREADS})
"""A module's answer to CKF_OS_LOCKING_OK when only one thread may enter it."""

SESSION_GONE = frozenset({0x90, 0x91, 0xB0, 0xB3})
"""One session is closed or stuck in an operation: another session may do."""

GONE = SESSION_GONE | {0x3, 0x5, 0x30, 0x32, 0x60, 0x82, 0xE0, 0xE1, 0x101, 0x190}
"""The token, or everything we had on it, is no more: only a new start helps."""

KEY_SPENT = frozenset({0x1B, 0x68, 0x1B5, 0x203})
"""The token forbids this key to sign (any more): a use counter that is full, or the key's own settings."""

PIN_WRONG = frozenset({0xA0, 0xA1, 0xA2})


class Fault(Exception):
    """A Cryptoki function did not return CKR_OK."""

    def __init__(self, function: str, code: int) -> None:
        super().__init__(function, code)
        self.function = function
        self.code = code

    @property
    def name(self) -> str:
        """The standard's name of the answer, for people: `CKR_DEVICE_REMOVED`."""
        return f"CKR_{NAMES[self.code]}" if self.code in NAMES else f"CKR {self.code:#x}"
