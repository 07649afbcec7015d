"""Who names an object: found without reading the document object by object.

A later revision may write an object anew only if nothing of the signed document uses it as something else
(shadow attacks plant such objects). So the dictionaries of all signed objects are searched for the few
numbers in question; only what seems to hold one is read. The data of streams cannot refer to objects.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeAlias

from signer.pades import lexing, objects
from signer.pades.lexing import Ref, Value
from signer.pades.objects import Packed, Plain
from signer.quick.file import File, Pack
from signer.quick.unusual import unusual

_STRING = re.compile(rb"\((?:[^()\\]|\\[\s\S])*\)")

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


def references(value: Value) -> Iterator[tuple[Way, int]]:
    """Yield every reference in a value, with the way to it."""
    waiting: list[tuple[Way, Value]] = [((), value)]
    while waiting:
        way, each = waiting.pop()
        if isinstance(each, Ref):
            yield way, each.number
        elif isinstance(each, dict):
            waiting += [((*way, key), inner) for key, inner in each.items()]
        elif isinstance(each, list):
            waiting += [((*way, place), inner) for place, inner in enumerate(each)]


class Searched:
    """The dictionaries of all objects of a view, whose bytes end at `end`, as text that can be searched."""

    def __init__(self, file: File, view: int, end: int) -> None:
        self._file = file
        self._view = view
        self._texts: list[bytes] = []
        self._places: list[int | Pack] = []
        parts = file.chain[view:]
        packs = {number for part in parts for number in part.packs()}
        if any(part.frees() for part in parts[:-1]):
            unusual("objects were freed before the signature")
        ends = {part.start for part in parts}
        offsets = sorted({offset for part in parts for offset in part.offsets()} | ends)
        if not offsets or offsets[-1] >= end:
            unusual("objects outside of what is signed")
        for start, stop in pairwise([*offsets, end]):
            self._texts.append(_dictionary(file, start, stop))
            self._places.append(start)
        for number in packs:
            if isinstance(file.place(number, view), Plain):
                pack = file.pack(number, view)
                self._texts.append(pack.data)
                self._places.append(pack)
        self._ends = list(accumulate(len(each) + 1 for each in self._texts))
        self._all = b"\n".join(self._texts)

    def of(self, numbers: Collection[int]) -> dict[int, list[Mention]]:
        """Return the references of the view to these numbers; from objects that were replaced, none."""
        found: dict[int, list[Mention]] = {number: [] for number in numbers}
        if not numbers:
            return found
        # Whatever digits stand before (007 is 7), and signs. Where a comment may stand between, all is read.
        pattern = re.compile(
            rb"(?:%s)(?=[\0\t\n\f\r ]+[0-9+-]+[\0\t\n\f\r ]+R)"
            % b"|".join(b"%d" % each for each in sorted(numbers, reverse=True))
        )
        starts = (match.start() for match in pattern.finditer(self._all))
        held = {bisect_right(self._ends, start) for start in starts if self._begins(start)}
        held |= {place for place, text in enumerate(self._texts) if b"%" in text}
        for place in held:
            for holder, value in self._read(self._places[place]):
                for way, number in references(value):
                    if number in found:
                        found[number].append(Mention(holder, value, way, self._view))
        return found

    def _begins(self, start: int) -> bool:
        """Tell whether a number may begin here: before it is no digit, or nothing but zeros."""
        return not self._all[max(0, start - 8) : start].rstrip(b"0")[-1:].isdigit()

    def _read(self, place: int | Pack) -> Iterator[tuple[int, Value]]:
        if isinstance(place, Pack):
            for index, (number, _) in enumerate(place.index):
                now = self._file.place(number, self._view)
                if isinstance(now, Packed) and self._file.pack(now.stream, self._view) is place:
                    yield number, place.value(index, number)
            return
        header = objects.HEADER.match(self._file.pdf, place)
        if header is None:
            return  # a cross-reference table: whom its trailer names is known
        number = int(header[1])
        if self._file.place(number, self._view) == Plain(place, int(header[2])):
            yield number, self._file.at(number, Plain(place, int(header[2])), self._view)


def _dictionary(file: File, start: int, stop: int) -> bytes:
    """Return the bytes between two objects' beginnings, without the data of a stream."""
    at = file.pdf.find(b"stream", start, stop)
    if at < 0:
        return _whole(file, start, stop)
    text = file.pdf[start:at]
    # The word may stand in a string or a comment: then the object is read by the letter.
    opened, closed = text.count(b"<<"), text.count(b">>")
    single = text.count(b"<") != 2 * opened or text.count(b">") != 2 * closed
    plain = opened == closed and not single and b"(" not in text and b"%" not in text
    if plain and text.rstrip(b"\0\t\n\f\r ").endswith(b">>"):
        return text
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
    return not re.search(rb"[()\\%]", _STRING.sub(b"", text))
