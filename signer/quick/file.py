"""A PDF file as a chain of cross-reference sections, read only where somebody looks (ISO 32000-2 §7.5).

Nothing here depends on how many objects a file has: a row of a table is read when its object is asked for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import lt
from typing import Any

from signer.pades import at_once, lexing, linearized, objects, sections
from signer.pades.lexing import Bytes, Ref, Value
from signer.pades.objects import Found, Packed, Plain
from signer.quick import tables
from signer.quick.tables import FREE, Part, Stream, Table
from signer.quick.unusual import Unusual, unusual

_MOST = 1000  # sections of one file
_EOL = rb"(?:\r\n|\r|\n)"
_LAST = re.compile(rb"[\r\n]startxref {0,2}" + _EOL + rb"\d{1,10} {0,2}" + _EOL + rb"%%EOF")
_HEAD = re.compile(rb"%PDF-[12]\.\d[\t\n\r ]")
_NUMBERS = re.compile(rb"[\0\t\n\f\r 0-9]*")
_AFTER = re.compile(rb"endobj(?![^\0\t\n\f\r %])|stream\r?\n")


@dataclass
class File:
    """A file's sections, the newest first, and what was read of its objects. A view is an index into them."""

    pdf: Bytes
    chain: list[Part] = field(default_factory=list)
    forms: dict[int, Any] = field(default_factory=dict)
    """What `signer.quick.form` found in each view: read once, for each signature asks."""
    _values: dict[tuple[int, Plain], Value] = field(default_factory=dict)
    _read: dict[int, tuple[Value, int]] = field(default_factory=dict)
    _found: dict[int, Found] = field(default_factory=dict)
    _packs: dict[tuple[int, Plain], "Pack"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if _HEAD.match(self.pdf) is None:
            unusual("no file that begins with its header")  # some readers count from there
        start, _ = sections.last(self.pdf, len(self.pdf))
        linearized.check(self.pdf, len(self.pdf))
        if _LAST.match(self.pdf, self.pdf.rfind(b"startxref") - 1) is None:
            unusual("an end that does not stand in lines of its own")  # §7.5.5; pyHanko reads lines
        seen: set[int] = set()
        while True:
            if start in seen or len(seen) > _MOST:
                unusual("the sections run in a circle")
            seen.add(start)
            part = tables.part(self.pdf, start)
            if {"XRefStm", "Encrypt"} & part.trailer.keys():
                unusual("hybrid or encrypted")
            self.chain.append(part)
            if isinstance(part, Stream) and part.number is not None and self._is_written_again(part.number):
                unusual("a section that another object takes the place of")  # pyHanko asks
            size, later = part.trailer.get("Size"), self.chain[-2:][0].trailer.get("Size")
            if not isinstance(size, int) or not isinstance(later, int) or size > later:
                unusual("a file that became smaller")  # pyHanko asks
            if "Prev" not in part.trailer:
                return
            previous = part.trailer["Prev"]
            if type(previous) is not int or previous < 0:
                unusual("an odd /Prev")
            start = previous

    def _is_written_again(self, number: int) -> bool:
        return any(part.entry(number) is not None for part in self.chain[:-1])

    def read(self, pdf: Bytes, at: int) -> tuple[Value, int]:
        """Read a direct object of this file and return it with its end, once."""
        if at not in self._read:
            self._read[at] = at_once.value(pdf, at)
        return self._read[at]

    def place(self, number: int, view: int = 0) -> Plain | Packed | None:
        """Return where an object is in a view; None if there is none."""
        if view == 0:
            view, spoken_of = self._updates
            view = 0 if number in spoken_of else view
        for part in self.chain[view:]:
            found = part.entry(number)
            if found is not None:
                return None if found is FREE else found
        return None

    @cached_property
    def _updates(self) -> tuple[int, frozenset[int]]:
        """How many sections are newer than the first long table, and the numbers that they speak of."""
        numbers: set[int] = set()
        for view, part in enumerate(self.chain):
            if isinstance(part, Stream):
                numbers.update(part.entries, part.freed)
            elif part.few is None:
                return view, frozenset(numbers)
            else:
                numbers.update(part.few)
        return len(self.chain), frozenset(numbers)

    @property
    def long_table(self) -> tuple[Mapping[int, int], frozenset[int]]:
        """Where the objects of the newest long table begin, and the numbers that newer sections speak of.

        Nothing unless all of its rows were read.
        """
        view, spoken_of = self._updates
        part = self.chain[view] if view < len(self.chain) else None
        return (part.offsets or {} if isinstance(part, Table) else {}), spoken_of

    def spoken_of(self, number: int, view: int) -> bool:
        """Tell whether a view says anything of a number, be it that it is free."""
        return any(part.entry(number) is not None for part in self.chain[view:])

    def value(self, number: int, view: int = 0) -> Value:
        """Return an object in a view, of a stream its dictionary; None if there is none (§7.3.10)."""
        return self.at(number, self.place(number, view), view)

    def at(self, number: int, place: Plain | Packed | None, view: int) -> Value:
        """Return the object of this number at its place."""
        if place is None:
            return None
        if isinstance(place, Packed):
            return self.pack(place.stream, view).value(place.index, number)
        if (number, place) not in self._values:
            header = objects.HEADER.match(self.pdf, place.offset)
            if header is None or (int(header[1]), int(header[2])) != (number, place.generation):
                unusual("an object is not where it should be")
            self._values[number, place], end = self.read(self.pdf, header.end())
            if _AFTER.match(self.pdf, lexing.gap(self.pdf, end)) is None:
                unusual("an object that goes on")
        return self._values[number, place]

    def named(self, reference: Ref, view: int = 0) -> Plain | Packed | None:
        """Return where the object is that a reference names; readers differ where its generation is odd."""
        place = self.place(reference.number, view)
        if reference.generation != (place.generation if isinstance(place, Plain) else 0):
            unusual("a reference of another generation")
        return place

    def followed(self, value: Value, view: int = 0) -> Value:
        """Return what a value is, through references."""
        for _ in range(8):
            if not isinstance(value, Ref):
                return value
            value = self.at(value.number, self.named(value, view), view)
        raise Unusual("references that lead on and on")

    def dictionary(self, value: Value, view: int = 0) -> Mapping[str, Value]:
        """Return a value that must be a dictionary, through references."""
        found = self.followed(value, view)
        if not isinstance(found, dict):
            unusual("something is no dictionary")
        return found

    def found(self, number: int, view: int = 0) -> Found | None:
        """Return an object as it lies in the file, up to its end; None where it lies in an object stream."""
        place = self.place(number, view)
        if not isinstance(place, Plain):
            return None
        return self._whole(place.offset, view)

    def ended(self, start: int, view: int) -> int:
        """Return where the object ends that begins at this byte; raises `Malformed` if it is not plain."""
        return self._whole(start, view).end

    def _whole(self, at: int, view: int) -> Found:
        """Read the object at this byte, once: where a stream's length lies elsewhere, in each view."""
        held = self._found.get(at)
        if held is None:
            held = objects.whole_object(self.pdf, at, _Lengths(self, view), self.read)
            if not isinstance(held.value, dict) or not isinstance(held.value.get("Length"), Ref):
                self._found[at] = held
        return held

    def data(self, number: int, view: int = 0) -> bytes:
        """Return what a stream holds, unpacked."""
        found = self.found(number, view)
        if found is None or found.number != number or found.data is None:
            unusual("something is no stream")
        length = objects.length_of(self.pdf, found, _Lengths(self, view))
        return objects.unpacked(self.pdf, found, length)

    def is_stream(self, reference: Ref, view: int) -> bool:
        """Tell whether a reference names a stream."""
        self.named(reference, view)
        found = self.found(reference.number, view)
        return found is not None and found.number == reference.number and found.data is not None

    def pack(self, number: int, view: int) -> "Pack":
        """Return an object stream."""
        place = self.place(number, view)
        if not isinstance(place, Plain):
            unusual("an object stream is missing")
        if (number, place) not in self._packs:
            entries = self.dictionary(Ref(number, 0), view)
            first, count = entries.get("First"), entries.get("N")
            if type(first) is not int or type(count) is not int or entries.get("Type") != "ObjStm":
                unusual("an odd object stream")
            self._packs[number, place] = Pack(self.data(number, view), first, count)
        return self._packs[number, place]

    @cached_property
    def root(self) -> Ref:
        """The reference to the catalogue, which is one and the same in all sections that name it."""
        named = [part.trailer["Root"] for part in self.chain if "Root" in part.trailer]
        if not named or not isinstance(named[0], Ref) or any(each != named[0] for each in named):
            unusual("the catalogue moved")
        return named[0]


@dataclass
class Pack:
    """An object stream (§7.5.7), unpacked."""

    data: bytes
    first: int
    count: int

    @cached_property
    def index(self) -> list[tuple[int, int]]:
        """The numbers and the places of its objects."""
        head = self.data[: self.first]
        numbers = [int(each) for each in head.split()]
        once = len(set(numbers[::2])) == self.count
        if len(numbers) != 2 * self.count or not once or _NUMBERS.fullmatch(head) is None:
            unusual("an odd object stream")
        places = [0, *numbers[1::2], len(self.data) - self.first]
        if places[1:2] != [0] or not all(map(lt, places[1:], places[2:])):
            unusual("objects that do not lie in an object stream one behind the other")
        return [(one, self.first + at) for one, at in zip(numbers[::2], numbers[1::2], strict=True)]

    def value(self, index: int, number: int) -> Value:
        """Return the object of this number, which must be the one of this index."""
        if index >= self.count or self.index[index][0] != number:
            unusual("an object is not where it should be")
        found, end = lexing.value(self.data, self.index[index][1])
        if index + 1 < self.count and end > self.index[index + 1][1]:
            unusual("an object inside another one")
        return found


class _Lengths(Mapping[int, Plain | Packed]):
    """Where the lengths of streams are, asked for one by one."""

    def __init__(self, file: File, view: int) -> None:
        self._file = file
        self._view = view

    def __getitem__(self, number: int) -> Plain | Packed:
        place = self._file.place(number, self._view)
        if place is None:
            raise KeyError(number)
        return place

    def __iter__(self) -> Iterator[int]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError
