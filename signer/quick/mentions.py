"""Who names an object: found without reading the document object by object.

A later revision may write an object anew only if nothing of the signed document uses it as something else
(shadow attacks plant such objects). So the dictionaries of all signed objects are searched for the few
numbers in question; only what seems to hold one is read. The data of streams cannot refer to objects.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from typing import TypeAlias

from signer.pades import objects
from signer.pades.lexing import Ref, Value
from signer.pades.objects import Packed, Plain
from signer.quick import edges, texts
from signer.quick.file import File, Pack
from signer.quick.numbers import may_name
from signer.quick.pages import are_plain, check_parents, parents
from signer.quick.unusual import unusual

_TOGETHER = 64  # objects

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


def check_there(file: File, value: Value, view: int) -> None:
    """Check that all that is named is there; `Unusual` where it is not: some readers repair the file then."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Ref):
            if file.named(each, view) is None:
                unusual("a reference to nothing")
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


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
        at: dict[int, int] = {}
        for table in tables:
            at.update(zip(table.values(), table, strict=True))
        if len(at) != sum(map(len, tables)) and any(
            at[offset] != number for table in tables for number, offset in table.items()
        ):
            unusual("an object is not where it should be")
        offsets = sorted([*at, *(sections - at.keys())])
        if not offsets or offsets[-1] >= end:
            unusual("objects outside of what is signed")
        self._bounds = [*offsets, end]
        self._numbers = at
        self.above = parents(file)
        """Which node lists each page."""
        self._above = self.above
        edges.check(file.pdf, self._bounds, at, sections)
        self._known = frozenset(at.values()).union(*(part.packed() for part in parts))
        self._packs = [
            file.pack(number, view) for number in packs if isinstance(file.place(number, view), Plain)
        ]

    def of(self, numbers: Collection[int]) -> dict[int, list[Mention]]:
        """Return the references of the view to these numbers; from objects that were replaced, none."""
        found: dict[int, list[Mention]] = {number: [] for number in numbers}
        for place in self._holding(frozenset(numbers)) if numbers else ():
            for holder, value in self._read(place):
                check_there(self._file, value, self._view)
                note(found, holder, value, self._view)
        return found

    def _holding(self, numbers: frozenset[int]) -> Iterator[int | Pack]:
        """Yield where an object is that may name one of the numbers, and perhaps some that do not.

        Many are searched together, and each alone only where something was found: most name none.
        """
        for first in range(0, len(self._bounds) - 1, _TOGETHER):
            bounds = self._bounds[first : first + _TOGETHER + 1]
            text, each_one = texts.between(self._file.pdf, bounds, self._ended)
            if self._above:
                each_one = self._check_parents(list(map(self._numbers.get, bounds[:-1])), text, each_one)
            if may_name(text, numbers, self._known):
                yield from (
                    start
                    for start, each in zip(bounds, each_one, strict=False)
                    if may_name(each, numbers, self._known)
                )
        for pack in self._packs:
            texts.check_packed(pack.data, (at for _, at in pack.index))
            if self._above:
                stops = [*(at for _, at in pack.index), len(pack.data)]
                packed = [pack.data[start:stop] for start, stop in pairwise(stops)]
                self._check_parents([number for number, _ in pack.index], b"", packed)
            if may_name(pack.data, numbers, self._known):
                yield pack
        self._above = {}

    def _check_parents(
        self, numbers: Sequence[int | None], text: bytes, each_one: Iterable[bytes]
    ) -> Iterable[bytes]:
        """Check which nodes the pages among some objects name; in full where it is not plain.

        Most objects that stand together are all pages, or none is one: then their text is looked at as a
        whole, and not one by one. Returns the text of each.
        """
        above = list(map(self._above.get, numbers))
        named = list(filter(None, above))
        if not named or (len(named) == len(above) and are_plain(text, text.split(b"endobj")[:-1], named)):
            return each_one
        each_one = list(each_one)
        some = list(compress(each_one, above))
        if not are_plain(b" ".join(some), some, named):
            pages = (number for number in compress(numbers, above) if number is not None)
            check_parents(self._file, pages, self._above)
        return each_one

    def _ended(self, start: int) -> int:
        return self._file.ended(start, self._view)

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
