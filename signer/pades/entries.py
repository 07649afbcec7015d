"""Entries of a PDF dictionary, followed through references (pyHanko's own `get` hands out the reference)."""

from typing import Any

from pyhanko.pdf_utils import generic


def entry(dictionary: generic.DictionaryObject, key: str, default: Any = None) -> Any:
    """Return the value under `key`, or `default`; an indirect value is followed (ISO 32000-2 §7.3.10)."""
    return dictionary[key] if key in dictionary else default  # noqa: SIM401 - see above
