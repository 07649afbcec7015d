"""Entries of a PDF dictionary, followed through references (pyHanko's own `get` hands out the reference)."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import codecs
from typing import Any

from pyhanko.pdf_utils import generic

_MARKED = {codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF8: "utf-8"}


def entry(dictionary: generic.DictionaryObject, key: str, default: Any = None) -> Any:
    """Return the value under `key`, or `default`; an indirect value is followed (ISO 32000-2 §7.3.10)."""
    return dictionary[key] if key in dictionary else default  # noqa: SIM401 - see above


def unpacked(stream: generic.StreamObject) -> bytes | None:
    """Return what a stream holds; None where it has parameters for its filters (ISO 32000-2 table 5).

    Of rows that are predicted (§7.4.4.4) pyHanko makes others than readers do: of those that say they are
    not, nothing but zeros.
    """
    return stream.data if isinstance(entry(stream, "/DecodeParms"), generic.NullObject | None) else None


def words(string: Any) -> str:
    """Return what a text string says (ISO 32000-2 §7.9.2.2).

    pyHanko gives the bytes of one that breaks a rule of its encoding, as every string of several lines in
    PDFDocEncoding does: of those, whatever is no letter stands for the character of that number.
    """
    if not isinstance(string, bytes):
        return str(string)
    for mark, encoding in _MARKED.items():
        if string.startswith(mark):
            return string[len(mark) :].decode(encoding, "replace")
    return "".join(map(_letter, string))


def _letter(code: int) -> str:
    try:
        return str(generic.decode_pdfdocencoding(bytes([code])))
    except UnicodeDecodeError:
        return chr(code)


def locks_all(field: generic.DictionaryObject) -> bool:
    """Tell whether a signature field locks the whole document when it is signed (ISO 32000-2 table 236)."""
    lock = entry(field, "/Lock", generic.DictionaryObject())
    return bool(entry(lock, "/Action") == "/All" and entry(lock, "/P") == 1)
