"""PDF's syntax, read so strictly that no other reader can read it otherwise (ISO 32000-2 §7.2, §7.3).

Readers forgive in different ways: one takes `9_8765` for a number, another for nothing, and of a key given
twice one believes the first and another the last. Whoever appends to a signed file may use that to show one
page to the verifier and another one to people; so what is appended is read here, where nothing is forgiven.
"""

import mmap
import re
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from signer.errors import Malformed

_DEPTH = 64
"""Arrays and dictionaries inside each other; honest files need about six."""

_BLANK = rb"[\0\t\n\f\r ]"
_END = rb"(?![^\0\t\n\f\r ()<>\[\]{}/%])"  # the next byte is no regular character (§7.2.3)
_TOKEN = re.compile(
    _BLANK + rb"*(?:(?P<remark>%[^\r\n]*)"
    rb"|(?P<reference>(\d{1,7})" + _BLANK + rb"+(\d{1,5})" + _BLANK + rb"+R" + _END + rb")"
    rb"|(?P<number>[+-]?\d{1,20}" + _END + rb")"
    rb"|(?P<real>[+-]?(?:\d{1,20}\.\d{0,40}|\.\d{1,40})" + _END + rb")"
    rb"|(?P<word>(?:true|false|null)" + _END + rb")"
    rb"|(?P<name>/[^\0\t\n\f\r ()<>\[\]{}/%]*)"
    rb"|(?P<open><<|\[)"
    rb"|(?P<close>>>|\])"
    rb"|(?P<hex><[0-9A-Fa-f\0\t\n\f\r ]*>)"
    rb"|(?P<text>\())"
)
_GAP = re.compile(_BLANK + rb"+|%[^\r\n]*")
_PAREN = re.compile(rb"\\[\s\S]|[()]")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})?")
_STRUCTURE = re.compile(rb"obj|xref|trailer|stream|%%EOF")
_WORDS = {b"true": True, b"false": False, b"null": None}


Bytes: TypeAlias = bytes | mmap.mmap
"""A file, in memory or mapped into it."""


class Name(str):
    """A name without its slash."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an indirect object."""

    number: int
    generation: int


Value = bool | int | float | str | bytes | Name | Ref | list["Value"] | dict[str, "Value"] | None
"""What can be read. Strings are left as they are written, delimiters included: nobody asks what they say."""


def gap(data: Bytes, at: int) -> int:
    """Return where the white space and the comments that begin at `at` end.

    Raises `Malformed` for a comment with words of the file's structure: a reader that repairs files may
    believe those.
    """
    while match := _GAP.match(data, at):
        found = match[0]
        if found[:1] == b"%" and (_STRUCTURE.search(found, 1) or found.startswith(b"%%EOF")):
            _refuse(at)
        at = match.end()
    return at


def value(data: Bytes, at: int) -> tuple[Value, int]:
    """Read one direct object that begins at `at`, after a gap; return it and where it ends.

    Raises `Malformed` for everything that some reader could take for something else.
    """
    reading = _Reading(data)
    while True:
        at = reading.token(at)
        if reading.done:
            return reading.done[0], at


class _Reading:
    """One object being read; what is open is kept in a list, for a stranger decides how deep it goes."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._open: list[list[Value]] = []
        self._closers: list[bytes] = []
        self.done: list[Value] = []

    def token(self, at: int) -> int:
        """Take what stands at `at`; return where it ends."""
        match = _TOKEN.match(self._data, at)
        if match is None:
            _refuse(at)
        kind = match.lastgroup
        if kind == "reference":
            self._add(Ref(int(match[3]), int(match[4])))
        elif kind == "name":
            written = match["name"]
            # Mostly a name that hides nothing: # stands for a byte, and decides what is asked of it.
            self._add(_name(written, at) if b"#" in written else Name(str(written[1:], "latin-1")))
        elif kind == "number":
            self._add(int(match["number"]))
        elif kind == "open":
            self._opened(match["open"], at)
        elif kind == "close":
            self._add(self._closed(match["close"], at))
        elif kind == "text":
            end = _text_end(self._data, match.end() - 1)
            self._add(self._data[match.end() - 1 : end])
            return end
        elif kind == "remark":
            return gap(self._data, match.start("remark"))
        else:
            self._add(_simple(kind, match))
        return match.end()

    def _add(self, each: Value) -> None:
        (self._open[-1] if self._open else self.done).append(each)

    def _opened(self, bracket: bytes, at: int) -> None:
        if len(self._open) >= _DEPTH:
            _refuse(at)
        self._open.append([])
        self._closers.append(b">>" if bracket == b"<<" else b"]")

    def _closed(self, bracket: bytes, at: int) -> Value:
        if not self._closers or self._closers.pop() != bracket:
            _refuse(at)
        values = self._open.pop()
        if bracket == b"]":
            return values
        keys = values[::2]
        names = {str(each) for each in keys if isinstance(each, Name)}
        if len(values) % 2 or len(names) != len(keys):  # a key twice, or something that is no key
            _refuse(at)
        return {str(key): each for key, each in zip(keys, values[1::2], strict=True)}


def _simple(kind: str | None, match: re.Match[bytes]) -> Value:
    written = match[kind or 0]
    match kind:
        case "real":
            return float(written)
        case "word":
            return _WORDS[written]
        case _:
            return written  # a string in hexadecimal


def _name(written: bytes, at: int) -> Name:
    """Return a name; refused when it hides a letter or a digit behind #, which not every reader undoes."""

    def plain(match: re.Match[bytes]) -> bytes:
        byte = bytes.fromhex((match[1] or b"").decode("ascii"))
        if not byte or byte == b"\0" or byte.isalnum():
            _refuse(at)
        return byte

    return Name(_ESCAPE.sub(plain, written[1:]).decode("latin-1"))


def _text_end(data: Bytes, at: int) -> int:
    depth = 0
    for match in _PAREN.finditer(data, at):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return _refuse(at)


def _refuse(at: int) -> NoReturn:
    raise Malformed("At byte {at} stands something that readers may read differently.", at=at)
