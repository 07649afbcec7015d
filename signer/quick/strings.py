"""Text strings of a PDF (ISO 32000-2 §7.3.4, §7.9.2) and the dates in them (§7.9.4)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from signer.pades.lexing import Name, Value
from signer.quick.unusual import unusual

_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|\r|\n)|([\s\S]))|(\r\n?)")
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_PLAIN = re.compile(rb"[\x20-\x7e\xa1-\xac\xae-\xff]*")
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:Z|([+-])(\d{2})'(\d{2})'?)")


_BOXES = frozenset({"MediaBox", "CropBox"})
_WIDEST = 15_000  # units: ISO 32000-2 annex C, more than any reader shows; beyond 2**31 they differ


def raw(value: Value) -> bytes:
    """Return the bytes that a string stands for."""
    if not isinstance(value, bytes):
        unusual("something is no string")
    if value[:1] == b"<":
        digits = bytes(value[1:-1].translate(None, b"\0\t\n\f\r "))
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    if b"\\" not in value and b"\r" not in value:
        return bytes(value[1:-1])
    return _ESCAPE.sub(_escaped, value[1:-1])


def _escaped(match: re.Match[bytes]) -> bytes:
    octal, line, letter, bare = match.groups()
    if bare is not None:
        unusual("a string with a line end that readers take for one or for two")
    if octal is not None:
        return bytes([int(octal, 8) & 255])
    if line is not None:
        return b""
    if letter is not None and letter.isalnum() and letter not in _LETTERS:
        unusual("a string with an odd escape")
    return _LETTERS.get(letter, letter)


def text(value: Value) -> str:
    """Return what a text string says; where encodings differ in what they make of it, it is unusual."""
    found = raw(value)
    if found.startswith(b"\xfe\xff"):
        return found[2:].decode("utf-16-be")
    if found.startswith((b"\xff\xfe", b"\xef\xbb\xbf")) or _PLAIN.fullmatch(found) is None:
        unusual("a string in an odd encoding")
    return found.decode("latin-1")


def date(value: Value) -> datetime:
    """Return a date that names its time zone."""
    match = _DATE.fullmatch(text(value))
    if match is None:
        unusual("an odd date")
    year, month, day, hour, minute, second = (int(each) for each in match.groups()[:6])
    zone: timezone = UTC
    if match[7] is not None:
        away = timedelta(hours=int(match[8]), minutes=int(match[9]))
        zone = timezone(away if match[7] == "+" else -away)
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


def name(value: Value) -> str | None:
    """Return a name, or None for anything else."""
    return str(value) if isinstance(value, Name) else None


def same(one: Value, other: Value) -> bool:
    """Tell whether two values say the same to every reader, however their strings are spelled.

    53 and 53.0 do not: a place in an encoding, a flag or an index is a whole number, or none.
    """
    if isinstance(one, bytes) and isinstance(other, bytes):
        return raw(one) == raw(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def differing(was: Mapping[str, Value], now: Mapping[str, Value]) -> set[str]:
    """Return the keys under which two dictionaries say different things."""
    return (was.keys() ^ now.keys()) | {
        key
        for key in was.keys() & now.keys()
        if not same(was[key], now[key]) and not (key in _BOXES and _is_box_again(was[key], now[key]))
    }


def _is_box_again(one: Value, other: Value) -> bool:
    """Tell whether two boxes of a page have the same sides: some programs write them as reals."""
    sides = (one, other) if isinstance(one, list) and isinstance(other, list) and one == other else ()
    return bool(sides) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and abs(each) < _WIDEST
        for box in sides
        for each in box
    )
