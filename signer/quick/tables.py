"""The cross-reference sections of a file (ISO 32000-2 §7.5.4, §7.5.8).

Nothing here depends on how many objects a file has: a row of a table is read when its object is asked for, or
all are, by few calls.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from typing import TypeAlias

from signer.pades import at_once, objects, sections
from signer.pades.lexing import Bytes, Value
from signer.pades.objects import Packed, Plain
from signer.quick.unusual import unusual

_FEW = 64  # rows of a table
_EOL = rb"(?:\r\n|\r|\n)"
_TABLE = re.compile(rb"[\t\n\f\r ]{0,8}xref {0,4}" + _EOL)
_SUBSECTION = re.compile(rb"(\d{1,7}) (\d{1,7}) ?" + _EOL)
_TRAILER = re.compile(rb"[\0\t\n\f\r ]{0,8}trailer(?=[\0\t\n\f\r <%])")
_HEAD_OF_FREE, _USED = b"0000000000 65535 f", b" 00000 n"

FREE = Plain(-1, 0)
"""Where an object is that a section takes out of use."""


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
        return free > (self.entry(0) is FREE)

    def packs(self) -> frozenset[int]:
        """Return the numbers of the object streams it names: a table has none."""
        return frozenset()

    def packed(self) -> frozenset[int]:
        """Return the numbers of the objects in them."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Stream:
    """A cross-reference stream, its rows read."""

    start: int
    entries: Mapping[int, Plain | Packed]
    freed: frozenset[int]
    trailer: Mapping[str, Value]
    number: int | None

    def entry(self, number: int) -> Plain | Packed | None:
        """Return where the stream says that an object is; None if it does not speak of it."""
        return FREE if number in self.freed else self.entries.get(number)

    def rows(self) -> Mapping[int, int]:
        """Return where each of its objects begins that lies in the file; their generation is 0."""
        plain = {number: each for number, each in self.entries.items() if isinstance(each, Plain)}
        if any(each.generation for each in plain.values()):
            unusual("an object of another generation")
        return {number: each.offset for number, each in plain.items()}

    def frees(self) -> bool:
        """Tell whether it takes numbers besides 0, which always is free, and its own out of use.

        iText lists the number of the stream itself as free: it is found by its place, and nobody names it.
        """
        return bool(self.freed - {0, self.number})

    def packs(self) -> frozenset[int]:
        """Return the numbers of the object streams it names."""
        return frozenset(each.stream for each in self.entries.values() if isinstance(each, Packed))

    def packed(self) -> frozenset[int]:
        """Return the numbers of the objects in them."""
        return frozenset(number for number, each in self.entries.items() if isinstance(each, Packed))


Part: TypeAlias = Table | Stream


def part(pdf: Bytes, start: int) -> Part:
    """Read the section at `start`; `Unusual` where it is not plainly one."""
    table = _TABLE.match(pdf, start)
    if table is None:
        section = sections.read(pdf, start)
        return Stream(start, section.entries, section.freed, section.trailer, section.number)
    at, runs = table.end(), []
    while run := _SUBSECTION.match(pdf, at):
        first, count = int(run[1]), int(run[2])
        runs.append((first, count, run.end()))
        at = run.end() + 20 * count
        check_rows(pdf[run.end() : at], count)
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
        words = pdf[rows : rows + 20 * count].split()  # §7.5.4: offset, generation, use
        for number, offset, generation, use in zip(
            range(first, first + count), words[::3], words[1::3], words[2::3], strict=True
        ):
            yield number, Plain(int(offset), int(generation)) if use == b"n" else FREE


def _row(row: bytes) -> Plain:
    return Plain(int(row[:10]), int(row[11:16])) if row.endswith(b"n") else FREE


def check_rows(rows: bytes, count: int) -> None:
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
