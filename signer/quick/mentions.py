"""Who names an object: found without reading the document object by object.

A later revision may write an object anew only if nothing of the signed document uses it as something else
(shadow attacks plant such objects). So the dictionaries of all signed objects are searched for the few
numbers in question; only what seems to hold one is read. The data of streams cannot refer to objects.
"""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from operator import itemgetter
from typing import TypeAlias

from signer.pades import lexing, objects
from signer.pades.lexing import Ref, Value
from signer.pades.objects import Packed, Plain
from signer.quick.file import File, Pack
from signer.quick.mapped import let_go
from signer.quick.unusual import unusual

_STRING = re.compile(rb"\((?:[^()\\]|\\[\s\S])*\)")
_STREAM = re.compile(rb"\d+ \d+ obj[\0\t\n\f\r ]*<<[^<>(%]*>>[\0\t\n\f\r ]*stream")
"""A stream whose dictionary holds neither strings nor dictionaries, up to its data: as most are."""
_SPACES = bytes.maketrans(b"\0\t\n\f\r", b"     ")
_END = itemgetter(slice(-8, None))
"""What a number of seven digits, the longest that is read, lies in; zeros may stand before it."""
_LAST_NUMBER = re.compile(rb"([-+.0-9]+)\n")
_LONG = 8  # digits
_ODD = -1
"""Stands for all numbers that are not spelled as an object's: with more digits (of those, readers take the
rest of a division for what it names), with a sign, with a point."""
_WITHIN = rb"[^()\\]*(?:\\[\s\S][^()\\]*)*"
_APART = re.compile(rb"\([^()\\]*(?:(?:\\[\s\S]|\(%s\))[^()\\]*)*\)|%%[^\r\n]*" % _WITHIN)
"""A string, with brackets one deep, or a comment."""
_BLANKS = lexing.BLANKS
_AFTER_HEAD = frozenset(_BLANKS + b"<%[(/")
_BEFORE, _BEHIND = len(b"endobj\r\n"), len(b"9999999 0 obj ")
_ENDED = re.compile(rb"(?s:.)endobj[\t\n\r ]|endobj[\t\n\r ]{2}")
"""What stands before nearly all objects, `_BEFORE` bytes."""
_LARGE, _AROUND = 16 << 20, 2 << 20  # bytes: of a large file a touch maps what lies around, too
_NEAR = 64  # bytes before an object in which the one before it ends
_TOGETHER = 64  # objects
_SMALL = 1 << 16  # bytes that are copied before they are looked at

TRAILER = -1
"""The holder of what a trailer names, which is no object: no number is this one."""

Way: TypeAlias = tuple[str | int, ...]
"""Keys and indices from an object to a reference in it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference: in which object of which view it stands, what that is, and on which way from there."""

    holder: int
    value: Value
    way: Way
    view: int

    @property
    def keys(self) -> tuple[str, ...]:
        """The way without places in lists."""
        return tuple(part for part in self.way if isinstance(part, str))


def references(value: Value, among: Container[int] | None = None) -> Iterator[tuple[Way, int]]:
    """Yield every reference in a value (to one of these numbers), with the way to it."""
    waiting: list[tuple[Way, Value]] = [((), value)]
    if isinstance(value, Ref) and (among is None or value.number in among):
        yield (), value.number
    while waiting:
        way, each = waiting.pop()
        parts: Iterable[tuple[str | int, Value]] = ()
        if isinstance(each, dict):
            parts = each.items()
        elif isinstance(each, list):
            parts = enumerate(each)
        for part, inner in parts:
            if isinstance(inner, Ref):
                if among is None or inner.number in among:
                    yield (*way, part), inner.number
            elif isinstance(inner, dict | list):
                waiting.append(((*way, part), inner))


def note(found: Mapping[int, list[Mention]], holder: int, value: Value, view: int) -> None:
    """Add the references in a value to those that were found of the same numbers."""
    for way, number in references(value, found):
        found[number].append(Mention(holder, value, way, view))


class Searched:
    """The dictionaries of all objects of a view, whose bytes end at `end`, as text that can be searched."""

    def __init__(self, file: File, view: int, end: int) -> None:
        self._file = file
        self._view = view
        parts = file.chain[view:]
        packs = {number for part in parts for number in part.packs()}
        if any(part.frees() for part in parts[:-1]):
            unusual("objects were freed before the signature")
        sections = frozenset(part.start for part in parts)
        tables = [part.rows() for part in parts]
        at = {offset: number for table in tables for number, offset in table.items()}
        if len(at) != sum(map(len, tables)) and any(
            at[offset] != number for table in tables for number, offset in table.items()
        ):
            unusual("an object is not where it should be")
        offsets = sorted(at.keys() | sections)
        if not offsets or offsets[-1] >= end:
            unusual("objects outside of what is signed")
        self._bounds = [*offsets, end]
        _check_edges(file, self._bounds, at, sections)
        self._packs = [
            file.pack(number, view) for number in packs if isinstance(file.place(number, view), Plain)
        ]

    def of(self, numbers: Collection[int]) -> dict[int, list[Mention]]:
        """Return the references of the view to these numbers; from objects that were replaced, none."""
        found: dict[int, list[Mention]] = {number: [] for number in numbers}
        for place in self._holding(frozenset(numbers)) if numbers else ():
            for holder, value in self._read(place):
                note(found, holder, value, self._view)
        return found

    def _holding(self, numbers: frozenset[int]) -> Iterator[int | Pack]:
        """Yield where an object is that may name one of the numbers, and perhaps some that do not.

        Many are searched together, and each alone only where something was found: most name none.
        """
        for first in range(0, len(self._bounds) - 1, _TOGETHER):
            bounds = self._bounds[first : first + _TOGETHER + 1]
            text, each_one = _dictionaries(self._file, bounds)
            if _names(text, numbers):
                yield from (
                    start for start, each in zip(bounds, each_one, strict=False) if _names(each, numbers)
                )
        for pack in self._packs:
            _check_pack(pack)
            if _names(pack.data, numbers):
                yield pack

    def _read(self, place: int | Pack) -> Iterator[tuple[int, Value]]:
        if isinstance(place, Pack):
            for index, (number, _) in enumerate(place.index):
                now = self._file.place(number, self._view)
                if isinstance(now, Packed) and self._file.pack(now.stream, self._view) is place:
                    yield number, place.value(index, number)
            return
        header = objects.HEADER.match(self._file.pdf, place)
        if header is None:
            return  # a cross-reference table, for all others have heads: its trailer is read without a search
        number = int(header[1])
        if self._file.place(number, self._view) == Plain(place, int(header[2])):
            yield number, self._file.at(number, Plain(place, int(header[2])), self._view)


def _check_edges(
    file: File, bounds: Sequence[int], numbers: Mapping[int, int], sections: frozenset[int]
) -> None:
    """Check that each object is at the very byte that its row names, and ends before the next one begins.

    So no reference is cut in two. Most edges are looked at together, by few calls; where one is not as most
    are, each of those around it is.
    """
    _check_edge(file, None, bounds[0], numbers.get(bounds[0]), sections)
    for first in range(0, len(bounds) - 1, _TOGETHER):
        some = bounds[first : first + _TOGETHER + 1]
        if some[-1] in numbers and sections.isdisjoint(some) and _are_plain(file, some[1:], numbers):
            continue
        edges = list(pairwise(some))
        most = [start for before, start in edges if start in numbers and before not in sections]
        plain = frozenset(most if _are_plain(file, most, numbers) else ())
        for before, start in edges:
            if start not in plain:
                _check_edge(file, before, start, numbers.get(start), sections)


def _are_plain(file: File, starts: Sequence[int], numbers: Mapping[int, int]) -> bool:
    """Tell whether an object ends right before each of these, and each has its head, all written alike."""
    if not starts or starts[0] < _BEFORE or len(file.pdf) > _LARGE:
        return False  # of large files what is mapped because of each is given back
    first = starts[0] - _BEFORE
    text = file.pdf[first : starts[-1] + _BEHIND]
    places = [start - first for start in starts]
    if not all(map(_ENDED.fullmatch, {text[at - _BEFORE : at] for at in places})):
        return False
    head = b"%d 0 obj" % numbers[starts[0]]
    after = text[_BEFORE + len(head) :][:1]
    if not after or after[0] not in _AFTER_HEAD:
        return False
    heads = [b"%d 0 obj%b" % (number, after) for number in map(numbers.__getitem__, starts)]
    return all(map(text.startswith, heads, places))


def _check_edge(
    file: File, before: int | None, start: int, number: int | None, sections: frozenset[int]
) -> None:
    if before is not None and before not in sections and not _is_ended(file, before, start):
        unusual("an object that does not end before the next one")
    if number is not None:  # else it is a cross-reference table
        head = b"%d 0 obj" % number
        if file.pdf[start : start + len(head)] != head or file.pdf[start + len(head)] not in _AFTER_HEAD:
            unusual("an object is not where it should be")
    if len(file.pdf) > _LARGE:
        let_go(file.pdf, max(0, start - _AROUND), min(start + _AROUND, len(file.pdf)))


def _is_ended(file: File, start: int, stop: int) -> bool:
    near = file.pdf[max(start, stop - _NEAR) : stop].rstrip(_BLANKS)
    if near:
        return near.endswith(b"endobj")
    ending = file.pdf.rfind(b"endobj", start, stop)  # room was left, as in linearized files
    return ending >= 0 and not file.pdf[ending + len(b"endobj") : stop].strip(_BLANKS)


def _names(text: bytes, numbers: frozenset[int]) -> bool:
    """Tell whether a text may name one of these numbers. A comment may stand inside of a reference."""
    if b"%" in text:
        return True
    named = _named(text)
    return not numbers.isdisjoint(named) if _ODD not in named else unusual("an odd number of an object")


def _check_bytes(text: bytes) -> None:
    """Check that outside of strings no byte stands that some readers take for white space (pdfium)."""
    if _is_doubtful(text):
        bare = _APART.sub(b" ", text)
        if _is_doubtful(bare) or not _is_plain(bare):
            unusual("a byte that readers take for white space")


def _is_doubtful(text: bytes) -> bool:
    return b"\xff" in text or b"\x80" in text


def _check_pack(pack: Pack) -> None:
    """Check the same of an object stream, object by object: what stands between two may open a string."""
    if _is_doubtful(pack.data):
        for start, stop in pairwise([0, *sorted(at for _, at in pack.index), len(pack.data)]):
            _check_bytes(pack.data[start:stop])


def _named(text: bytes) -> set[int]:
    """Return all numbers that a reference in a text may name, and perhaps more.

    A number, a generation and R with white space between (§7.3.10), whatever stands before: 007 is 7.
    """
    spaced = text.translate(_SPACES)
    count = spaced.count(b" R")
    if not count:
        return set()
    parts = spaced.split(b" 0 R")
    if len(parts) - 1 == count and b"  0 R" not in spaced:
        return _numbers(parts[:-1])
    return _numbers(_named_closely(spaced))  # not spelled as nearly all are


def _named_closely(spaced: bytes) -> Iterator[bytes]:
    for part in spaced.split(b" R")[:-1]:
        yield from part.rsplit(None, 2)[-2:-1]


def _numbers(texts: Iterable[bytes]) -> set[int]:
    """Return the numbers that these texts end with: by few calls for all of them."""
    written = _LAST_NUMBER.findall(b"\n".join({*map(_END, texts), b""}) + b"\n")
    try:
        named = set(map(int, written))
    except ValueError:  # signs and points: a sentence may end with one
        named = {int(each) if each.isdigit() else _ODD for each in written if each.strip(b"-+.")}
    return named if _LONG not in map(len, written) and min(named, default=0) >= 0 else named | {_ODD}


def _dictionaries(file: File, bounds: Sequence[int]) -> tuple[bytes, Iterable[bytes]]:
    """Return what stands between the bounds without the data of streams: together, and between each two."""
    first = bounds[0]
    if bounds[-1] - first <= _SMALL:
        text = file.pdf[first : bounds[-1]]
        if b"stream" not in text and _is_plain(text):
            _check_bytes(text)
            return text, (text[start - first : stop - first] for start, stop in pairwise(bounds))
        found = list(map(_STREAM.match, repeat(file.pdf), bounds, bounds[1:]))
    else:
        found = [
            _STREAM.match(file.pdf, start, stop) if stop - start <= _SMALL else None
            for start, stop in pairwise(bounds)
        ]
    texts = [each[0] if each else b"" for each in found]
    _check_bytes(b" ".join(texts))  # of many at once: they hold neither strings nor comments
    for place in [place for place, text in enumerate(texts) if not text]:
        texts[place] = _dictionary(file, bounds[place], bounds[place + 1])
    return b" ".join(texts), texts


def _is_plain(text: bytes) -> bool:
    return not (b"(" in text or b"%" in text or b")" in text or b"\\" in text)


def _dictionary(file: File, start: int, stop: int) -> bytes:
    """Return the bytes between two objects' beginnings, without the data of a stream."""
    text = _at_length(file, start, stop)
    if stop - start > _SMALL:
        let_go(file.pdf, start, stop)
    _check_bytes(text)
    return text


def _at_length(file: File, start: int, stop: int) -> bytes:
    if stop - start <= _SMALL:
        text = file.pdf[start:stop]
        head, word, _ = text.partition(b"stream")
        if not word and _is_plain(text):
            return text  # nothing is open at its end
    else:
        at = file.pdf.find(b"stream", start, stop)
        head, word = file.pdf[start : at if at >= 0 else stop], b"stream" if at >= 0 else b""
    if not word:
        return _whole(file, start, stop)
    # The word may stand in a string or a comment: then the object is read by the letter.
    if b"(" not in head and b"%" not in head and head.rstrip(_BLANKS).endswith(b">>"):
        opened, closed = head.count(b"<<"), head.count(b">>")
        if opened == closed and head.count(b"<") == 2 * opened and head.count(b">") == 2 * closed:
            return head
    header = objects.HEADER.match(file.pdf, start)
    if header is None:
        unusual("an object is not where it should be")
    _, end = lexing.value(file.pdf, header.end())
    if end > stop:
        unusual("an object inside another one")
    if file.pdf.find(b"stream", end, stop) < 0:
        return file.pdf[start:stop]
    return file.pdf[start:end]


def _whole(file: File, start: int, stop: int) -> bytes:
    """Return the bytes of an object without a stream; `Unusual` where another one begins inside it."""
    text = file.pdf[start:stop]
    if not _is_closed(text):
        header = objects.HEADER.match(file.pdf, start)
        if header is not None and lexing.value(file.pdf, header.end())[1] > stop:
            unusual("an object inside another one")
    return text


def _is_closed(text: bytes) -> bool:
    """Tell whether no string, and no comment, is open at the end of a text.

    One possessive group would say it, too, if Python before 3.11.5 matched those rightly (gh-106052).
    """
    return _is_plain(_STRING.sub(b"", text))
