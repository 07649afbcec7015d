"""Indirect objects as they lie in a file, read by the letter (ISO 32000-2 §7.3.8 streams, §7.3.10)."""

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn, TypeAlias

from signer.errors import Malformed
from signer.pades import at_once, lexing
from signer.pades.lexing import Bytes, Ref, Value

_DECODED = 1 << 24  # bytes that a stream of the file's structure may have when it is unpacked

Read: TypeAlias = Callable[[Bytes, int], tuple[Value, int]]
"""Read one direct object, as `lexing.value` does."""

HEADER = re.compile(rb"(0|[1-9]\d{0,6}) (0|[1-9]\d{0,4}) obj(?=[\0\t\n\f\r <%\[(/])")
"""The head of an indirect object."""

_TRAILER = {"Size", "Prev", "Root", "Info", "ID", "Encrypt", "DocChecksum", "AdditionalStreams"}
_CODED = {"Type", "Length", "Filter", "DecodeParms"}
_ENTRIES = {"ObjStm": _CODED | {"N", "First", "Extends"}, "XRef": _CODED | _TRAILER | {"W", "Index"}}
"""What streams of the file's structure may say: all readers heed these, and only some heed `/DP` or `/F`."""

_ELSEWHERE = {"F", "FFilter", "FDecodeParms", "DP", "DL"}
"""What lays the data of a stream elsewhere, or abbreviates how it is unpacked (ISO 32000-2 §7.3.8.2)."""

_CODINGS = {"FlateDecode", "LZWDecode", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode"}
_PICTURES = {"DCTDecode", "JPXDecode", "CCITTFaxDecode", "JBIG2Decode"}
"""What data of any kind, and what pictures are coded by (ISO 32000-2 table 6): the latter comes last."""

_PARAMETERS = {"Columns", "Predictor", "Colors", "BitsPerComponent"}

_STREAM = re.compile(rb"stream(?:\r\n|\n)")
_AFTER = re.compile(rb"(?:\r\n|\r|\n)?endstream(?=[\0\t\n\f\r %e])")
_ENDOBJ = re.compile(rb"endobj(?![^\0\t\n\f\r %])")


class Plain(NamedTuple):
    """An object that lies in the file, at this offset."""

    offset: int
    generation: int


@dataclass(frozen=True, slots=True)
class Packed:
    """An object that lies in an object stream, as the one of this index."""

    stream: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An indirect object as it lies in the file, with the offset of its stream's data if it has one."""

    number: int
    generation: int
    value: Value
    data: int | None
    end: int


def refuse(at: int) -> NoReturn:
    """Raise `Malformed`: the revision is not plain at this byte."""
    raise Malformed("The revision appended after a signature is not well-formed at byte {at}.", at=at)


def whole_object(
    pdf: Bytes, at: int, lengths: Mapping[int, Plain | Packed], read: Read = at_once.value
) -> Found:
    """Read the indirect object that begins at this offset, up to its `endobj`.

    `lengths` says where objects lie that may hold the length of a stream; `read` reads what stands in the
    object, and may remember it. Raises `Malformed`.
    """
    header = HEADER.match(pdf, at)
    if header is None:
        refuse(at)
    value, end = read(pdf, header.end())
    end = lexing.gap(pdf, end)
    data = None
    if stream := _STREAM.match(pdf, end):
        data = stream.end()
        after = _AFTER.match(pdf, data + _length(pdf, as_dictionary(value, at), at, lengths))
        if after is None:
            refuse(data)
        end = lexing.gap(pdf, after.end())
    final = _ENDOBJ.match(pdf, end)
    if final is None:
        refuse(end)
    return Found(number=int(header[1]), generation=int(header[2]), value=value, data=data, end=final.end())


def unpacked(pdf: Bytes, found: Found, length: int) -> bytes:
    """Return the data of a stream of the file's structure. Raises `Malformed` for any odd filter."""
    assert found.data is not None
    entries = as_dictionary(found.value, found.data)
    _check_entries(entries, found.data)
    data = pdf[found.data : found.data + length]
    filters = _listed(entries.get("Filter"))
    parameters = _listed(entries.get("DecodeParms"))
    if not filters:
        return data
    if filters != ["FlateDecode"]:
        refuse(found.data)
    return _predicted(_inflated(data, found.data), parameters[0] if parameters else None, found.data)


def check_coding(found: Found) -> None:
    """Check that all readers undo the filters of a stream, whatever it holds. Raises `Malformed`.

    `/Crypt` is one that pdfium does not know; abbreviations are for pictures within content (§8.9.7).
    """
    if found.data is None:
        return
    entries = as_dictionary(found.value, found.data)
    _check_entries(entries, found.data)
    *first, last = _listed(entries.get("Filter")) or ["FlateDecode"]
    if not _CODINGS.issuperset(map(str, first)) or str(last) not in _CODINGS | _PICTURES:
        refuse(found.data)


def _check_entries(entries: Mapping[str, Value], at: int) -> None:
    """Check that all readers agree how a stream is unpacked. Raises `Malformed`."""
    kind = entries.get("Type")
    known = _ENTRIES.get(kind) if isinstance(kind, str) else None
    if _ELSEWHERE & entries.keys() or (known is not None and not entries.keys() <= known):
        refuse(at)
    filters, parameters = entries.get("Filter"), entries.get("DecodeParms")
    if parameters is not None and _shape(filters) != _shape(parameters):
        refuse(at)  # some take parameters of the other shape for none


def _shape(value: Value) -> int | None:
    """Return how many a list holds, -1 for what is given alone, and None for nothing."""
    return len(value) if isinstance(value, list) else None if value is None else -1


def length_of(pdf: Bytes, found: Found, lengths: Mapping[int, Plain | Packed]) -> int:
    """Return how many bytes the data of a stream has. Raises `Malformed`."""
    return _length(pdf, as_dictionary(found.value, found.end), found.end, lengths)


def _length(pdf: Bytes, entries: Mapping[str, Value], at: int, lengths: Mapping[int, Plain | Packed]) -> int:
    found = entries.get("Length")
    if isinstance(found, Ref):
        place = lengths.get(found.number)
        if not isinstance(place, Plain) or place.generation != found.generation:
            refuse(at)
        found = whole_object(pdf, place.offset, {}).value
    if type(found) is not int or found < 0:
        refuse(at)
    return found


def as_dictionary(value: Value, at: int) -> Mapping[str, Value]:
    """Return the value as a dictionary. Raises `Malformed` when it is something else."""
    if not isinstance(value, dict):
        refuse(at)
    return value


def _inflated(data: bytes, at: int) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(data, _DECODED)
    except zlib.error:
        refuse(at)
    if not unpacking.eof or unpacking.unused_data.strip(b"\r\n"):
        refuse(at)
    return plain


def _predicted(data: bytes, parameters: Value, at: int) -> bytes:
    """Undo the PNG predictor (§7.4.4.4) that rows of cross-reference streams are written with."""
    if parameters is None:
        return data
    chosen = as_dictionary(parameters, at)
    if not chosen.keys() <= _PARAMETERS or any(type(each) is not int for each in chosen.values()):
        refuse(at)  # of a number with a point some readers make none
    columns, predictor = chosen.get("Columns", 1), chosen.get("Predictor", 1)
    if predictor == 1:
        return data
    if (
        type(columns) is not int
        or predictor not in range(10, 16)
        or (chosen.get("Colors", 1), chosen.get("BitsPerComponent", 8)) != (1, 8)
        or not 0 < columns < 64
        or len(data) % (columns + 1)
    ):
        refuse(at)
    lines, above = [], bytes(columns)
    for place in range(0, len(data), columns + 1):
        if data[place] != 2:  # up: no other is of use for rows of numbers, and of none pyHanko makes zeros
            refuse(at)
        line = data[place + 1 : place + 1 + columns]
        above = bytes((a + b) & 255 for a, b in zip(line, above, strict=True))
        lines.append(above)
    return b"".join(lines)


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]
