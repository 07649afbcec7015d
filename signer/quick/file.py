"""A PDF file as a chain of cross-reference sections, read only where somebody looks (ISO 32000-2 §7.5).

Nothing here depends on how many objects a file has: a row of a table is read when its object is asked for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, pairwise
from typing import Any, TypeAlias

from signer.pades import at_once, lexing, linearized, objects, sections
from signer.pades.lexing import Bytes, Ref, Value
from signer.pades.objects import Found, Packed, Plain
from signer.quick.unusual import Unusual, unusual

_MOST = 1000  # sections of one file
_FEW = 64  # rows of a table
_EOL = rb"(?:\r\n|\r|\n)"
_TABLE = re.compile(rb"[\t\n\f\r ]{0,8}xref {0,4}" + _EOL)
_SUBSECTION = re.compile(rb"(\d{1,7}) (\d{1,7}) ?" + _EOL)
_LAST = re.compile(rb"[\r\n]startxref {0,2}" + _EOL + rb"\d{1,10} {0,2}" + _EOL + rb"%%EOF")
_TRAILER = re.compile(rb"[\0\t\n\f\r ]{0,8}trailer(?=[\0\t\n\f\r <%])")
_HEAD = re.compile(rb"%PDF-[12]\.\d[\t\n\r ]")
_NUMBERS = re.compile(rb"[\0\t\n\f\r 0-9]*")
_AFTER = re.compile(rb"endobj(?![^\0\t\n\f\r %])|stream\r?\n")
_FREE = Plain(-1, 0)
_HEAD_OF_FREE, _USED = b"0000000000 65535 f", b" 00000 n"


@dataclass(slots=True)
class Table:
    """A cross-reference table: runs of (first number, count, offset of the first row). All rows are even."""

    pdf: Bytes
    start: int
    runs: tuple[tuple[int, int, int], ...]
    trailer: Mapping[str, Value]
    few: Mapping[int, Plain] | None
    """All its rows, of a short table; of a long one each is read when it is asked for."""
    offsets: Mapping[int, int] | None = None
    """Where the objects of a long table begin, once all of its rows were read."""

    def entry(self, number: int) -> Plain | Packed | None:
        """Return where the table says that an object is; None if it does not speak of it."""
        if self.few is not None:
            return self.few.get(number)
        if self.offsets is not None and number in self.offsets:
            return Plain(self.offsets[number], 0)
        for first, count, rows in self.runs:
            if first <= number < first + count:
                at = rows + 20 * (number - first)
                return _row(self.pdf[at : at + 18])
        return None

    def rows(self) -> Mapping[int, int]:
        """Return where each of its objects begins; their generation is 0."""
        offsets: list[int] = []
        numbers: list[int] = []
        for first, count, rows in self.runs:
            free = self.pdf[rows : rows + 18] == _HEAD_OF_FREE  # the first row of nearly all files
            text = self.pdf[rows + 20 * free : rows + 20 * count]
            written = text.split(_USED)  # the offset of each row, with the line end of the row before it
            if len(written) == count - free + 1:
                offsets += map(int, written[:-1])
                numbers += range(first + free, first + count)
                continue
            words = text.split()  # §7.5.4: offset, generation, use
            used = list(map(b"n".__eq__, words[2::3]))
            if not set(compress(words[1::3], used)) <= {b"00000"}:
                unusual("an object of another generation")
            offsets += map(int, compress(words[::3], used))
            numbers += compress(range(first + free, first + count), used)
        self.offsets = dict(zip(numbers, offsets, strict=True))
        return self.offsets

    def frees(self) -> bool:
        """Tell whether it takes numbers besides 0, which always is free, out of use."""
        free = sum(self.pdf[rows : rows + 20 * count].count(b" f") for _, count, rows in self.runs)
        return free > (self.entry(0) is _FREE)

    def packs(self) -> frozenset[int]:
        """Return the numbers of the object streams it names: a table has none."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Stream:
    """A cross-reference stream, its rows read."""

    start: int
    entries: Mapping[int, Plain | Packed]
    freed: frozenset[int]
    trailer: Mapping[str, Value]

    def entry(self, number: int) -> Plain | Packed | None:
        """Return where the stream says that an object is; None if it does not speak of it."""
        return _FREE if number in self.freed else self.entries.get(number)

    def rows(self) -> Mapping[int, int]:
        """Return where each of its objects begins that lies in the file; their generation is 0."""
        plain = {number: each for number, each in self.entries.items() if isinstance(each, Plain)}
        if any(each.generation for each in plain.values()):
            unusual("an object of another generation")
        return {number: each.offset for number, each in plain.items()}

    def frees(self) -> bool:
        """Tell whether it takes numbers besides 0, which always is free, out of use."""
        return bool(self.freed - {0})

    def packs(self) -> frozenset[int]:
        """Return the numbers of the object streams it names."""
        return frozenset(each.stream for each in self.entries.values() if isinstance(each, Packed))


Part: TypeAlias = Table | Stream


@dataclass
class File:
    """A file's sections, the newest first, and what was read of its objects. A view is an index into them."""

    pdf: Bytes
    chain: list[Part] = field(default_factory=list)
    forms: dict[int, Any] = field(default_factory=dict)
    """What `signer.quick.form` found in each view: read once, for each signature asks."""
    _values: dict[tuple[int, Plain], Value] = field(default_factory=dict)
    _read: dict[int, tuple[Value, int]] = field(default_factory=dict)
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
            part = _part(self.pdf, start)
            if {"XRefStm", "Encrypt"} & part.trailer.keys():
                unusual("hybrid or encrypted")
            self.chain.append(part)
            if "Prev" not in part.trailer:
                return
            previous = part.trailer["Prev"]
            if type(previous) is not int or previous < 0:
                unusual("an odd /Prev")
            start = previous

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
                return None if found is _FREE else found
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
        return objects.whole_object(self.pdf, place.offset, _Lengths(self, view), self.read)

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
        return [(one, self.first + at) for one, at in zip(numbers[::2], numbers[1::2], strict=True)]

    def value(self, index: int, number: int) -> Value:
        """Return the object of this number, which must be the one of this index."""
        if index >= self.count or self.index[index][0] != number:
            unusual("an object is not where it should be")
        return lexing.value(self.data, self.index[index][1])[0]


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


def _part(pdf: Bytes, start: int) -> Part:
    table = _TABLE.match(pdf, start)
    if table is None:
        section = sections.read(pdf, start)
        return Stream(start, section.entries, section.freed, section.trailer)
    at, runs = table.end(), []
    while run := _SUBSECTION.match(pdf, at):
        first, count = int(run[1]), int(run[2])
        runs.append((first, count, run.end()))
        at = run.end() + 20 * count
        _check_rows(pdf[run.end() : at], count)
        if first and pdf[run.end() + 11 : run.end() + 16] == b"65535":
            unusual("a table that some readers begin with number 0")
    keyword = _TRAILER.match(pdf, at)
    if keyword is None:
        unusual("an odd cross-reference table")
    trailer, _ = at_once.value(pdf, keyword.end())
    entries = objects.as_dictionary(trailer, at)
    _check_runs(runs, entries.get("Size"))
    few = dict(_rows(pdf, runs)) if sum(count for _, count, _ in runs) <= _FEW else None
    return Table(pdf, start, tuple(runs), entries, few)


def _rows(pdf: Bytes, runs: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, Plain]]:
    for first, count, rows in runs:
        for place in range(count):
            yield first + place, _row(pdf[rows + 20 * place : rows + 20 * place + 18])


def _row(row: bytes) -> Plain:
    return Plain(int(row[:10]), int(row[11:16])) if row.endswith(b"n") else _FREE


def _check_rows(rows: bytes, count: int) -> None:
    """Check that every row is one of §7.5.4, of 20 bytes; by columns: a regular expression is slow."""
    columns = rows[10::20], rows[16::20], rows[17::20], rows[18::20], rows[19::20]
    allowed = b" ", b" ", b"nf", b" \r", b"\r\n"
    fits = all(not column.translate(None, kept) for column, kept in zip(columns, allowed, strict=True))
    digits = len(rows) - len(rows.translate(None, b"0123456789"))
    if not fits or (len(rows), digits) != (20 * count, 15 * count) or b"\r\r" in rows:
        unusual("a row of a cross-reference table is odd")


def _check_runs(runs: Sequence[tuple[int, int, int]], size: Value) -> None:
    """Check that the runs of a table speak of each number once, and of none that the file does not have."""
    spans = sorted((first, first + count) for first, count, _ in runs)
    if not runs or any(above > first for (_, above), (first, _) in pairwise(spans)):
        unusual("a table that speaks of nothing, or of an object twice")
    if type(size) is not int or (spans and spans[-1][1] > size):
        unusual("a table with more objects than it says")
