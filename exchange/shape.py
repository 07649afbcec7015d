"""Reading JSON from outside: each field is asked for by name, kind and size; nothing else may be there."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

import rfc8785

from exchange.errors import MessageRefused
from exchange.moment import moment
from pki.digest import Digest
from pki.words import MOVING, N_, Sentence

T = TypeVar("T")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_HIDDEN = re.compile(rf"[{MOVING}\ud800-\udfff]")


_THINGS = {
    "congvan-envelope": N_("envelope"), "envelope": N_("envelope"), "congvan-receipt": N_("receipt"),
    "receipt": N_("receipt"), "card": N_("card"), "answer": N_("answer"), "problem": N_("problem document"),
}  # fmt: skip


def thing(what: str) -> Sentence:
    """Return what is being read as a word that can be said: of a kind of JWS, or of JSON."""
    return Sentence(_THINGS.get(what, what))


def printable(text: str) -> str:
    """Return a text with a mark in place of every character that `Shape.text` would refuse."""
    return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def canonical(value: Mapping[str, object]) -> bytes:
    """Return the canonical JSON of `value` (RFC 8785)."""
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # its own type of JSON is private


def parse_object(data: bytes, what: str) -> "Shape":
    """Read one JSON object; `MessageRefused` for anything else, however deep or odd."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MessageRefused("The {what} is not JSON.", what=thing(what)) from error
    return Shape(value, what)


def parse_canonical(data: bytes, what: str) -> "Shape":
    """Read one JSON object in canonical form (RFC 8785): no name stands twice, a digest is its identity."""
    shape = parse_object(data, what)
    try:
        exact = canonical(shape.fields) == data
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError) as error:
        raise MessageRefused("The {what} is not canonical JSON (RFC 8785).", what=thing(what)) from error
    if not exact:
        raise MessageRefused("The {what} is not canonical JSON (RFC 8785).", what=thing(what))
    return shape


class Shape:
    """A JSON object being read. Every method raises `MessageRefused` when the field is not as asked."""

    def __init__(self, value: object, what: str, path: str = "") -> None:
        if not isinstance(value, dict):
            raise MessageRefused(
                "In the {what}, {field} is not a JSON object.",
                what=thing(what),
                field=path.rstrip(".") or "{}",
            )
        self.fields: dict[str, object] = value
        self.what = what
        self._path = path
        self._unread = set(value)

    def text(self, name: str, most: int, *, least: int = 1) -> str:
        """Return one line of text, of `least` to `most` characters."""
        value = self.lines(name, most, least=least)
        if _HIDDEN.search(value):
            raise self.wrong(name)
        return value

    def lines(self, name: str, most: int, *, least: int = 1) -> str:
        """Return a text as `text` does, which nobody is shown: of several lines, or whatever it holds."""
        value = self._take(name)
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise self.wrong(name)
        return value

    def optional(self, name: str, most: int) -> str:
        """Return a text of at most `most` characters, or "" when it is not there."""
        return self.text(name, most) if name in self.fields else ""

    def whole(self, name: str, most: int, *, least: int = 0) -> int:
        """Return a whole number within `least` and `most`."""
        value = self._take(name)
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(name)
        return value

    def moment(self, name: str) -> datetime:
        """Return a moment in the one text form of `exchange.moment`."""
        return self.convert(name, 40, moment)

    def digest(self, name: str) -> Digest:
        """Return a SHA-256 digest in its text form."""
        digest = self.convert(name, 80, Digest.parse)
        if digest.algorithm != "sha256":
            raise self.wrong(name)
        return digest

    def base64url(self, name: str, most: int) -> str:
        """Return a base64url text without padding (RFC 7515 §2)."""
        value = self.lines(name, most)
        if not _BASE64URL.fullmatch(value):
            raise self.wrong(name)
        return value

    def convert(self, name: str, most: int, read: Callable[[str], T]) -> T:
        """Return a text as `read` understands it; its `ValueError` means the field is wrong."""
        try:
            return read(self.lines(name, most))
        except ValueError as error:
            raise self.wrong(name) from error

    def nested(self, name: str) -> "Shape":
        """Return a nested object."""
        return Shape(self._take(name), self.what, f"{self._path}{name}.")

    def each(self, name: str, most: int, *, least: int = 0) -> list["Shape"]:
        """Return a list of nested objects."""
        path = f"{self._path}{name}."
        return [Shape(value, self.what, path) for value in self._list(name, most, least)]

    def texts(self, name: str, most: int, each: int, *, least: int = 0) -> list[str]:
        """Return a list of texts of at most `each` characters."""
        values = [value for value in self._list(name, most, least) if isinstance(value, str)]
        if len(values) != len(self._list(name, most, least)) or not all(
            0 < len(v) <= each and not _HIDDEN.search(v) for v in values
        ):
            raise self.wrong(name)
        return values

    def done(self) -> None:
        """Refuse the object if it holds a field that nobody asked for."""
        if self._unread:
            raise self.wrong(min(self._unread))

    def wrong(self, name: str) -> MessageRefused:
        """Return the error that says which field is not as the format wants it."""
        return MessageRefused(
            "In the {what}, “{field}” is not as the format wants it.",
            what=thing(self.what),
            field=f"{self._path}{name}",
        )

    def _take(self, name: str) -> object:
        self._unread.discard(name)
        return self.fields.get(name)

    def _list(self, name: str, most: int, least: int) -> list[object]:
        value = self._take(name)
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self.wrong(name)
        return value
