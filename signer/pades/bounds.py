"""Bounds that a file must keep before pyHanko walks it: what it announces must fit into its own bytes.

pyHanko believes a cross-reference stream that announces a milliard objects, and goes through a tree of form
fields once for each way that leads to a field: 140 bytes, or 60 fields that each name the next one twice,
keep it busy for ever. How much a stream may unpack to is pyHanko's own limit (`DecodeLimits`); the process
that reads a stranger's file (`signer.apart`) bounds what nobody thought of.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its accessors have none.

import re
from typing import Any

from pyhanko.pdf_utils import generic

from signer.pades.door import Malformed
from signer.pades.entries import entry

MAX_OBJECTS = 8_388_607
"""The most indirect objects of a file (ISO 32000-1 Annex C)."""

_WIDEST = 8  # bytes of one column: an offset into a file needs no more

MAX_FIELDS = 20_000
"""The most form fields passed on all ways through their tree; large forms have some thousand."""

MAX_DEPTH = 64
"""The most levels of form fields; the parts of a field's name, joined by points, are as many."""

_SPACE = rb"(?:[\0\t\n\f\r ]|%[^\r\n]*[\r\n])*"
_ENDS = rb"(?=[\0\t\n\f\r /<>\[\](){}%])"
_STREAM = re.compile(
    rb"/(?:T|#54)(?:y|#79)(?:p|#70)(?:e|#65)" + _SPACE + rb"/(?:X|#58)(?:R|#52)(?:e|#65)(?:f|#66)" + _ENDS
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_KEY = re.compile(rb"/(Index|Size|W)" + _ENDS + _SPACE)
# A lone number ends where the next key or the dictionary does: "7 0 R" is a reference.
_NUMBERS = re.compile(rb"\[([\0\t\n\f\r 0-9]{0,100000})\]|(\d{1,12})" + _SPACE + rb"(?=/|>>)")


def check_bytes(pdf: bytes) -> None:
    """Raise `Malformed` if a cross-reference stream lists more objects than its file has bytes.

    Whatever names itself one is looked at, wherever it stands. Its keys must be written directly (ISO 32000-2
    §7.5.8.2), so that no parser is needed to read them.
    """
    most, end = min(MAX_OBJECTS, len(pdf)), 0
    for match in _STREAM.finditer(pdf):
        if match.start() < end:
            continue  # named twice in one dictionary
        begin = max(pdf.rfind(b"obj", end, match.start()), end)
        stop = pdf.find(b"stream", match.end())
        end = len(pdf) if stop < 0 else stop
        announced = _announced(pdf[begin:end])
        listed = [sum(numbers[1::2]) for numbers in announced["Index"]] or [
            sum(numbers) for numbers in announced["Size"]
        ]
        if any(count > most for count in listed):
            raise Malformed("A cross-reference stream lists more objects than the file can hold.")
        if any(not any(widths) or max(widths) > _WIDEST for widths in announced["W"]):
            raise Malformed("A cross-reference stream has columns that hold nothing, or too much.")


def _announced(entries: bytes) -> dict[str, list[list[int]]]:
    """Return the numbers under the keys that say how much a cross-reference stream holds."""
    entries = _ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 16)]), entries)
    announced: dict[str, list[list[int]]] = {"Index": [], "Size": [], "W": []}
    for key in _KEY.finditer(entries):
        numbers = _NUMBERS.match(entries, key.end())
        if numbers is None:
            raise Malformed("A cross-reference stream is not written plainly.")
        announced[key[1].decode()].append([int(each[:12]) for each in (numbers[1] or numbers[2]).split()])
    return announced


def check_form(root: generic.DictionaryObject) -> None:
    """Raise `Malformed` if the form has too many fields, counted on every way to them, or too deep ones.

    A loop is a way without end. The pages are not counted: loading every one takes longer than judging the
    signatures, and nothing here passes through them on every way.
    """
    passed, level = 0, [entry(_dictionary(entry(root, "/AcroForm")), "/Fields")]
    for _depth in range(MAX_DEPTH):
        below: list[Any] = []
        for kids in level:
            if not isinstance(kids, generic.ArrayObject):
                continue
            passed += len(kids)
            if passed > MAX_FIELDS:
                raise Malformed("The document has more than {limit} form fields.", limit=MAX_FIELDS)
            below += [entry(_dictionary(kid.get_object()), "/Kids") for kid in kids]
        level = [each for each in below if each is not None]
        if not level:
            return
    raise Malformed("The form fields of the document are more than {limit} levels deep.", limit=MAX_DEPTH)


def _dictionary(value: Any) -> generic.DictionaryObject:
    return value if isinstance(value, generic.DictionaryObject) else generic.DictionaryObject()
