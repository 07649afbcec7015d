"""Entries of a PDF dictionary, followed through references (pyHanko's own `get` hands out the reference)."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from typing import Any

from pyhanko.pdf_utils import generic


def entry(dictionary: generic.DictionaryObject, key: str, default: Any = None) -> Any:
    """Return the value under `key`, or `default`; an indirect value is followed (ISO 32000-2 §7.3.10)."""
    return dictionary[key] if key in dictionary else default  # noqa: SIM401 - see above


def locks_all(field: generic.DictionaryObject) -> bool:
    """Tell whether a signature field locks the whole document when it is signed (ISO 32000-2 table 236)."""
    lock = entry(field, "/Lock", generic.DictionaryObject())
    return bool(entry(lock, "/Action") == "/All" and entry(lock, "/P") == 1)
