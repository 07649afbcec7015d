"""Messages between us and a PKCS#11 worker: a length, then JSON; bytes as base64. Never pickle.

A request is `{"number": …, "do": …, …}`; its answer carries the same number and `{"ok": {…}}` or `{"refused":
reason, "facts": {…}}`. Answers come in the order in which they are ready. The reasons are words, not texts:
what a driver writes into a text is its own business, and may be a PIN.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

MAX_MESSAGE_BYTES = 64 << 20
LENGTH_BYTES = 4

Message = dict[str, Any]
"""What JSON can say, and `bytes`."""

Reason = Literal[
    "module-missing",
    "module-broken",
    "token-missing",
    "token-ambiguous",
    "key-missing",
    "key-ambiguous",
    "key-unsupported",
    "key-spent",
    "scheme-unsupported",
    "digest-unsupported",
    "length-wrong",
    "pin-needed",
    "pin-refused",
    "pin-locked",
    "pin-expired",
    "pin-not-set",
    "pin-last-try",
    "lost",
    "failed",
]
"""Why a worker did not do what it was asked."""

REASONS: frozenset[str] = frozenset(get_args(Reason))

_BYTES = "base64"


class Refusal(Exception):
    """The worker's no: a reason, and facts that are safe to show."""

    def __init__(self, reason: Reason, **facts: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


def pack(message: Mapping[str, Any]) -> bytes:
    """Write a message with its length before it; `ValueError` if it is too long."""
    body = json.dumps(message, default=_base64, separators=(",", ":")).encode()
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is too long")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def unpack_length(header: bytes) -> int:
    """Read the length that comes before a message; `ValueError` if no message is that long."""
    length = int.from_bytes(header, "big")
    if length > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {length} bytes is too long")
    return length


def unpack(body: bytes) -> Message:
    """Read a message without its length; `ValueError` if it is none."""
    message = json.loads(body, object_hook=_bytes)
    if not isinstance(message, dict):
        raise ValueError("a message is an object")  # noqa: TRY004 - one error for every bad message
    return message


def _base64(value: object) -> Message:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} does not go over the wire")
    return {_BYTES: base64.b64encode(value).decode()}


def _bytes(value: Message) -> Message | bytes:
    return base64.b64decode(value[_BYTES], validate=True) if value.keys() == {_BYTES} else value
