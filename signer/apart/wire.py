"""Messages between us and the process that reads a stranger's file: two lengths, JSON, bytes. Never pickle.

Bytes stand behind the JSON, in one area, and are named in it by offset and length: a document of some
hundred megabytes is neither spelled in base64 nor held twice.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

GREETING = b"+"
"""What a child says before it is given a document: until then nothing has been tried."""

HANDED = b"f"
"""What a child is sent first; a file may come with it."""

HEADER = struct.Struct(">IQ")

MAX_JSON_BYTES = 8 << 20
"""A report of 64 signatures takes some hundred kilobytes."""

_TOGETHER = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the two parts of a message are."""

    json: int
    area: int

    @classmethod
    def read(cls, header: bytes | bytearray, *, most: int) -> "Lengths":
        """Read the first bytes of a message; `ValueError` if it is longer than `most` bytes of area."""
        lengths = cls(*HEADER.unpack(header))
        if lengths.json > MAX_JSON_BYTES or lengths.area > most:
            raise ValueError("a message is too long")
        return lengths


def written(message: object, area: Sequence[bytes]) -> list[bytes]:
    """Return the parts of a message in order. Raises `ValueError` if it is too long."""
    body = json.dumps(message, separators=(",", ":")).encode()
    if len(body) > MAX_JSON_BYTES:
        raise ValueError("a message is too long")
    length = sum(map(len, area))
    head = HEADER.pack(len(body), length) + body
    # Each part is a call of the kernel, and wakes the other end: small ones go together.
    return [b"".join((head, *area))] if length <= _TOGETHER else [head, *area]


def parsed(body: bytes | bytearray) -> Any:
    """Read the JSON of a message. Raises `ValueError` for whatever is not plain JSON."""
    try:
        return json.loads(body, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("a message is nested too deep") from error


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")
