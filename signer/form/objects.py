"""PDF objects as plain values, so that what a field looks like is said once.

A clean file gets its fields through qpdf, a signed one through an incremental update; both writers turn
these values into their own (ISO 32000-2 §7.3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias


class Name(str):
    """A PDF name with its slash: `Name("/Widget")`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to the object that has this label in the same plan."""

    label: str


@dataclass(frozen=True, slots=True)
class PageRef:
    """A reference to a page of the document, counted from 1."""

    page: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: its dictionary without /Length, and its data, not compressed."""

    entries: "Mapping[str, Object]"
    data: bytes


Simple: TypeAlias = bool | int | float | Name | str | bytes | Ref | PageRef | Stream
"""What holds no other values (a stream is always referred to)."""

Object: TypeAlias = "Simple | Sequence[Object] | Mapping[str, Object]"
"""Any value. A `str` is a text string, `bytes` a byte string."""
