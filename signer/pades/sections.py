"""Cross-reference sections, read by the letter (ISO 32000-2 §7.5.4 tables, §7.5.8 streams)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from signer.pades import at_once, lexing
from signer.pades.lexing import Bytes, Value
from signer.pades.objects import (
    HEADER,
    Found,
    Packed,
    Plain,
    as_dictionary,
    length_of,
    refuse,
    unpacked,
    whole_object,
)

_LARGEST = 8_388_607
"""The most objects a file may have (ISO 32000-1 table C.1); beyond, some readers give up and repair."""

_BEHIND = 16
"""The most white space behind the last mark of the end of file.

Readers look for `startxref` in the last kilobyte of a file, and read the lines of a table into short buffers:
where white space goes on and on they find nothing and repair the file, and then objects wake that no section
names. So all of it is bounded here.
"""

_WIDTHS = (1, 8, 8)
"""The most bytes of each column of a cross-reference stream: of a wider kind some readers repair the file."""

_EOL = rb"(?:\r\n|\r|\n)"
_BLANK = re.compile(rb"[\t\n\f\r ]{0,8}")
_TABLE = re.compile(rb"xref {0,4}" + _EOL)
_SUBSECTION = re.compile(rb"(\d{1,7}) (\d{1,7}) ?" + _EOL)
_ZERO = b"65535"
"""The generation of number 0 (§7.5.4): where another row has it, Poppler takes that one for the row of 0."""
_ROW = re.compile(rb"(\d{10}) (\d{5}) ([nf])(?: \r| \n|\r\n)")
_TRAILER = re.compile(rb"[\0\t\n\f\r ]{0,8}trailer(?=[\0\t\n\f\r <%])")
_TAIL = re.compile(rb"startxref[\t\n\r ]{1,4}(\d{1,10})[\t\n\r ]{1,4}%%EOF(?:\r\n|\r|\n)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one revision says of its objects. `stop` is where its mark of the end of file ends.

    `start` is where it is said to begin, `begin` where it does, after white space that all readers pass over
    (@signpdf/signpdf names the line end before it). `number` is its own object number, where it is a stream.
    """

    start: int
    begin: int
    stop: int
    entries: Mapping[int, Plain | Packed]
    freed: frozenset[int]
    trailer: Mapping[str, Value]
    number: int | None = None

    def whole(self, key: str) -> int:
        """Return a number of the trailer; raise `Malformed` when there is no whole, positive one."""
        found = self.trailer.get(key)
        if type(found) is not int or found < 0:
            refuse(self.start)
        return found


def last(pdf: Bytes, end: int) -> tuple[int, int]:
    """Return where the last section of `pdf[:end]` begins and where its mark of the end of file ends.

    Raises `Malformed` when something else than a few line ends stands behind that mark.
    """
    at = pdf.rfind(b"startxref", max(0, end - 2048), end)
    match = _TAIL.match(pdf, at) if at >= 0 else None
    if match is None or end - match.end() > _BEHIND or pdf[match.end() : end].strip(b"\r\n\t "):
        refuse(end)
    return int(match[1]), match.end()


def read(pdf: Bytes, start: int) -> Section:
    """Read the section that begins at this offset. Raises `Malformed`."""
    begin = _begin(pdf, start)
    if match := _TABLE.match(pdf, begin):
        entries, freed, at = _table(pdf, match.end())
        trailer, at = _dictionary(pdf, at)
        number = None
    else:
        stream = whole_object(pdf, begin, {})
        entries, freed = _stream_rows(pdf, stream)
        trailer, at, number = as_dictionary(stream.value, start), stream.end, stream.number
    tail = _TAIL.match(pdf, lexing.gap(pdf, at))
    if tail is None or int(tail[1]) != start:
        refuse(at)
    section = Section(
        start=start,
        begin=begin,
        stop=tail.end(),
        entries=entries,
        freed=freed,
        trailer=trailer,
        number=number,
    )
    if not max((*entries, *freed), default=0) < section.whole("Size") <= _LARGEST:
        refuse(start)
    return section


def signed_rows(pdf: Bytes, start: int, end: int) -> Mapping[int, Plain | Packed]:
    """Return where a section that is signed, as all up to `end`, says that objects are. Raises `Malformed`.

    All of its rows are read by the letter; but many honest tables give each free number the generation of 0.
    """
    begin = _begin(pdf, start)
    if match := _TABLE.match(pdf, begin):
        entries, freed, at = _table(pdf, match.end(), appended=False)
        trailer, stop = _dictionary(pdf, at)
    else:
        stream = whole_object(pdf, begin, {})
        entries, freed = _stream_rows(pdf, stream)
        trailer, stop = as_dictionary(stream.value, start), stream.end
    size = trailer.get("Size")
    if stop > end or type(size) is not int or not max((*entries, *freed), default=0) < size <= _LARGEST:
        refuse(start)
    return {number: each for number, each in entries.items() if number}


def base_trailer(pdf: Bytes, start: int) -> Mapping[str, Value]:
    """Return the trailer of a section that is signed: of that nothing else is asked. Raises `Malformed`."""
    begin = _begin(pdf, start)
    if HEADER.match(pdf, begin):
        return as_dictionary(whole_object(pdf, begin, {}).value, begin)
    at = pdf.find(b"trailer", begin)
    if pdf[begin : begin + 4] != b"xref" or at < 0:
        refuse(start)
    return _dictionary(pdf, at + len(b"trailer"))[0]


def _begin(pdf: Bytes, start: int) -> int:
    blank = _BLANK.match(pdf, start)
    assert blank is not None  # it matches nothing, too
    return blank.end()


def _table(
    pdf: Bytes, at: int, *, appended: bool = True
) -> tuple[dict[int, Plain | Packed], frozenset[int], int]:
    entries: dict[int, Plain | Packed] = {}
    freed: set[int] = set()
    while match := _SUBSECTION.match(pdf, at):
        at = match.end()
        first, count = int(match[1]), int(match[2])
        for number in range(first, first + count):
            row = _ROW.match(pdf, at)
            if row is None or number in entries or number in freed:
                refuse(at)
            if number and row[2] == _ZERO and (appended or number == first):
                refuse(at)
            if row[3] == b"n":
                entries[number] = Plain(int(row[1]), int(row[2]))
            else:
                freed.add(number)
            at = row.end()
    keyword = _TRAILER.match(pdf, at)
    if keyword is None:
        refuse(at)
    return entries, frozenset(freed), keyword.end()


def _stream_rows(pdf: Bytes, stream: Found) -> tuple[dict[int, Plain | Packed], frozenset[int]]:
    at = stream.end
    trailer = as_dictionary(stream.value, at)
    if stream.data is None or trailer.get("Type") != "XRef":
        refuse(at)
    widths, size = _numbers(trailer.get("W"), at), trailer.get("Size")
    pairs = _numbers(trailer.get("Index", [0, size]), at)
    data = unpacked(pdf, stream, length_of(pdf, stream, {}))
    rows = sum(pairs[1::2])
    if len(widths) != 3 or any(each > most for each, most in zip(widths, _WIDTHS, strict=True)):
        refuse(at)
    if sum(widths) * rows != len(data) or not sum(widths):
        refuse(at)
    numbers = list(_indexed(pairs, at))
    entries: dict[int, Plain | Packed] = {}
    freed: set[int] = set()
    for number, row in zip(numbers, _rows(data, widths), strict=True):
        if number in entries or number in freed or row[0] not in (0, 1, 2):
            refuse(at)
        if row[0] == 0:
            freed.add(number)
        else:
            entries[number] = (Plain if row[0] == 1 else Packed)(row[1], row[2])
    return entries, frozenset(freed)


def _indexed(pairs: list[int], at: int) -> Iterator[int]:
    if len(pairs) % 2 or sum(pairs[1::2]) > _LARGEST:
        refuse(at)
    for first, count in zip(pairs[::2], pairs[1::2], strict=True):
        yield from range(first, first + count)


def _rows(data: bytes, widths: list[int]) -> Iterator[tuple[int, int, int]]:
    kind, second, third = widths
    for at in range(0, len(data), sum(widths)):
        middle, stop = at + kind, at + kind + second
        yield (
            int.from_bytes(data[at:middle], "big") if kind else 1,  # §7.5.8.3: type 1 where none is written
            int.from_bytes(data[middle:stop], "big"),
            int.from_bytes(data[stop : stop + third], "big"),
        )


def _dictionary(pdf: Bytes, at: int) -> tuple[Mapping[str, Value], int]:
    value, end = at_once.value(pdf, at)
    return as_dictionary(value, at), end


def _numbers(value: Value, at: int) -> list[int]:
    numbers = [each for each in value if type(each) is int and each >= 0] if isinstance(value, list) else []
    if not isinstance(value, list) or len(numbers) != len(value):
        refuse(at)
    return numbers
