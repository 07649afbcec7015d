"""PDF's syntax, read so strictly that no other reader can read it otherwise (ISO 32000-2 §7.2, §7.3).

Readers forgive in different ways: one takes `9_8765` for a number, another for nothing, and of a key given
twice one believes the first and another the last. Whoever appends to a signed file may use that to show one
page to the verifier and another one to people; so what is appended is read here, where nothing is forgiven.
"""

import mmap
import re
from functools import lru_cache, partial
from itertools import repeat
from typing import NamedTuple, NoReturn, TypeAlias, cast

from signer.errors import Malformed

DEEPEST = 64
"""Arrays and dictionaries inside each other; honest files need about six."""

BLANKS = b"\0\t\n\f\r "
_BLANK = rb"[\0\t\n\f\r ]"
_END = rb"(?![^\0\t\n\f\r ()<>\[\]{}/%])"  # the next byte is no regular character (§7.2.3)
# NUL is white space, too (§7.2.3), but neither `bytes.split` nor pyHanko takes it so between two numbers.
_APART = rb"[\t\n\f\r ]"
# pdfium takes the bytes 80 and FF for white space, so no name has them.
_NAME = rb"/[^\0\t\n\f\r ()<>\[\]{}/%\x80\xff]*"
_REFERENCE = rb"(\d{1,7})S+(\d{1,5})S+R".replace(b"S", _APART) + _END
_NUMBER = rb"[+-]?\d{1,20}" + _END
_REAL = rb"[+-]?(?:\d{1,20}\.\d{0,40}|\.\d{1,40})" + _END
_WORD = rb"(?:true|false|null)" + _END
_LISTED = rb"\[(?:S*\d{1,7}S+\d{1,5}S+R(?=S|\])){8,}S*\]".replace(b"S", _APART)  # nothing but references
_HEX = rb"<[0-9A-Fa-f\0\t\n\f\r ]*>"
_DIGITS = b"0123456789ABCDEFabcdef" + BLANKS
_SIMPLE = rb"\([^()\\]*\)"
_TOKEN = re.compile(
    _BLANK + rb"*(?:(?P<remark>%[^\r\n]*)"
    rb"|(?P<reference>" + _REFERENCE + rb")|(?P<number>" + _NUMBER + rb")|(?P<real>" + _REAL + rb")"
    rb"|(?P<word>" + _WORD + rb")|(?P<name>" + _NAME + rb")|(?P<listed>" + _LISTED + rb")"
    rb"|(?P<open><<|\[)|(?P<close>>>|\])"
    rb"|(?P<hex>" + _HEX + rb")|(?P<simple>" + _SIMPLE + rb")|(?P<text>\())"
)
COMMON = b"|".join((
    _NAME, _REFERENCE.replace(rb"(\d", rb"(?:\d"), _NUMBER, _REAL, rb"<<|>>", _LISTED, rb"\[|\]", _WORD,
    rb"\([^()\\]*(?:\\[\s\S][^()\\]*)*\)", rb"<[^>]*>",
))  # fmt: skip
"""A pattern of the same tokens, but for remarks and for texts with brackets in them, and without groups.

What stands between < and > is looked at by `token`: a set of letters is slow over the digits of a container.
"""
_GAP = re.compile(_BLANK + rb"*(%[^\r\n]*)?")
_PAREN = re.compile(rb"\\[\s\S]|[()]")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})?")
_STRUCTURE = re.compile(rb"obj|xref|trailer|stream|%%EOF")
_WORDS = {b"true": True, b"false": False, b"null": None}
_CLOSED_BY = {b"<<": b">>", b"[": b"]"}
_SHORT = 64  # bytes of a name that is remembered
_MOST_SPELT = 4096  # names
_SPACE_TO_SOME = (b"\x80", b"\xff")  # to pdfium, as NUL is to all, where it is written as it is
_LONGEST = 128  # bytes of a name as it is written, with its slash (ISO 32000-1 annex C); pdfium cuts at 255


Bytes: TypeAlias = bytes | mmap.mmap
"""A file, in memory or mapped into it."""


class Name(str):
    """A name without its slash."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an indirect object; a document has thousands, and a tuple is made quickest."""

    number: int
    generation: int


Value = bool | int | float | str | bytes | Name | Ref | list["Value"] | dict[str, "Value"] | None
"""What can be read. Strings are left as they are written, delimiters included: nobody asks what they say."""


class _Spelt(dict[Name, str]):
    """The letters of names as plain strings, the same ones each time: so a key is hashed once."""

    def __missing__(self, name: Name) -> str:
        if len(self) >= _MOST_SPELT:
            self.clear()
        found = self[name] = str(name)
        return found


_SPELT = _Spelt()


def gap(data: Bytes, at: int) -> int:
    """Return where the white space and the comments that begin at `at` end.

    Raises `Malformed` for a comment with words of the file's structure: a reader that repairs files may
    believe those.
    """
    while match := _GAP.match(data, at):
        at, comment = match.end(), match[1]
        if comment is None:
            break
        if _STRUCTURE.search(comment, 1) or comment.startswith(b"%%EOF"):
            _refuse(match.start(1))
    return at


def value(data: Bytes, at: int) -> tuple[Value, int]:
    """Read one direct object that begins at `at`, after a gap; return it and where it ends.

    Raises `Malformed` for everything that some reader could take for something else.
    """
    match = _TOKEN.match
    held: list[Value] = []  # of the innermost bracket that is open
    outside: list[tuple[bytes, list[Value]]] = []  # the brackets around it; a stranger decides how many
    while True:
        found = match(data, at)
        if found is None:
            _refuse_next(data, at)
        kind, begin, at = found.lastgroup, at, found.end()
        if kind == "open":
            if len(outside) >= DEEPEST:
                _refuse(begin)
            outside.append((_CLOSED_BY[found["open"]], held))
            held = []
            continue
        if kind == "close":
            if not outside or outside[-1][0] != found["close"]:
                _refuse(begin)
            closed = dictionary(held, begin) if found["close"] == b">>" else held
            _, held = outside.pop()
            held.append(closed)
        elif kind == "text":
            at = _text_end(data, at - 1)
            held.append(data[found.start("text") : at])
        elif kind == "remark":
            at = gap(data, found.start("remark"))
            continue
        else:
            held.append(_atom(kind, found, begin))
        if not outside:
            return held[0], at


class Bracket(NamedTuple):
    """A token that opens, or that closes, what begins with these letters."""

    begun_with: bytes
    closes: bool


_BRACKETS = {
    b"<<": Bracket(b"<<", closes=False), b">>": Bracket(b"<<", closes=True),
    b"[": Bracket(b"[", closes=False), b"]": Bracket(b"[", closes=True),
}  # fmt: skip


def token(written: bytes) -> Value | Bracket:
    """Return what one of the `COMMON` tokens is, which may have white space before it. Raises `Malformed`."""
    bare = written.lstrip(BLANKS)
    if bare[:1] == b"[" != bare:
        return _references(bare)
    if bare[:1] == b"<" and bare not in _BRACKETS:
        return bare if not bare[1:-1].translate(None, _DIGITS) else _refuse(0)
    found = _TOKEN.match(bare)
    assert found is not None
    match found.lastgroup:
        case "open" | "close":
            return _BRACKETS[bare]
        case "text":
            return bare
        case kind:
            return _atom(kind, found, 0)


def _references(written: bytes) -> list[Value]:
    """Return an array of nothing but references: pages are listed so, by the thousand."""
    refer = partial(tuple.__new__, Ref)  # as `Ref._make` does it, without a call in Python
    numbers = written[1:-1].replace(b" 0 R", b" ")
    if b"R" not in numbers:
        return list(map(refer, zip(map(int, numbers.split()), repeat(0))))
    words = written[1:-1].split()
    return list(map(refer, zip(map(int, words[::3]), map(int, words[1::3]), strict=True)))


def dictionary(held: list[Value], at: int) -> Value:
    """Return the dictionary of these keys and values. Raises `Malformed`, for this place, if it is none."""
    keys = held[::2]
    if len(held) % 2 or not set(map(type, keys)) <= {Name}:  # something is no key, or has no value
        _refuse(at)
    found = dict(zip(map(_SPELT.__getitem__, cast(list[Name], keys)), held[1::2], strict=True))
    if len(found) != len(keys):  # a key twice
        _refuse(at)
    return found


def _atom(kind: str | None, found: re.Match[bytes], at: int) -> Value:
    written = found[kind or 0]
    match kind:
        case "name":
            return _name(written, at)
        case "number":
            return int(written)
        case "reference":
            return Ref(int(found[3]), int(found[4]))
        case "listed":
            return _references(written)
        case "real":
            return float(written)
        case _:  # a word, or a string, in hexadecimal or without anything that is undone
            return _WORDS.get(written, written)


def _name(written: bytes, at: int) -> Name:
    """Return a name; refused when it hides a letter or a digit behind #, which not every reader undoes.

    Refused as well are a name too long for some, and one with a byte that is white space to some.
    """
    if len(written) > _LONGEST:
        _refuse(at)
    if b"#" not in written:
        return _plain(written) if len(written) <= _SHORT else _plain.__wrapped__(written)

    def plain(match: re.Match[bytes]) -> bytes:
        byte = bytes.fromhex((match[1] or b"").decode("ascii"))
        if byte in _SPACE_TO_SOME:
            _refuse_byte(byte, at)
        if not byte or byte == b"\0" or byte.isalnum():
            _refuse(at)
        return byte

    return Name(_ESCAPE.sub(plain, written[1:]).decode("latin-1"))


@lru_cache(4096)
def _plain(written: bytes) -> Name:
    """Return a name that hides nothing; remembered, for all documents have the same ones."""
    return Name(str(written[1:], "latin-1"))


def _text_end(data: Bytes, at: int) -> int:
    depth = 0
    for match in _PAREN.finditer(data, at):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return _refuse(at)


def _refuse_next(data: Bytes, at: int) -> NoReturn:
    """Refuse what no token begins with; a byte that ends a name for some is told."""
    if (byte := data[at : at + 1]) in _SPACE_TO_SOME:
        _refuse_byte(byte, at)
    _refuse(at)


def _refuse_byte(byte: bytes, at: int) -> NoReturn:
    raise Malformed(
        "At byte {at} stands {byte}, which is white space to some readers and a part of a name to others.",
        at=at, byte=byte.hex().upper(),
    )  # fmt: skip


def _refuse(at: int) -> NoReturn:
    raise Malformed("At byte {at} stands something that readers may read differently.", at=at)
