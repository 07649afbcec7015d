"""The form fields that a PDF has already, walked without trusting the tree."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf

from signer.errors import NotSignable

MAX_FIELDS = 100_000
"""Fields and groups of fields in one form; real forms have some hundred."""

MAX_DEPTH = 64
"""Groups of fields within groups."""


class Field(NamedTuple):
    """A field by its full name, with what it has from the groups above it (ISO 32000-2 §12.7.4)."""

    name: str
    kind: str | None
    value: Any
    entries: pikepdf.Object


def fields_of(pdf: pikepdf.Pdf) -> Iterator[Field]:
    """Yield every field of the form. Raises `NotSignable` for a form larger or deeper than any real one."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    seen: set[tuple[int, int]] = set()
    waiting = [(entries, Field("", None, None, form), 1) for entries in _dictionaries(form.get("/Fields"))]
    while waiting:
        entries, above, depth = waiting.pop()
        if entries.is_indirect:
            if entries.objgen in seen:
                continue  # a tree that runs in circles ends here
            seen.add(entries.objgen)
        if depth > MAX_DEPTH or len(seen) > MAX_FIELDS:
            raise NotSignable(
                "The form has more than {limit} fields, or more than {depth} groups within each other.",
                limit=MAX_FIELDS,
                depth=MAX_DEPTH,
                hint="Print the document to a new PDF, and draft that.",
            )
        field = _field(entries, above)
        yield field
        waiting += ((kid, field, depth + 1) for kid in _dictionaries(entries.get("/Kids")))


def _field(entries: pikepdf.Object, above: Field) -> Field:
    own = entries.get("/T")
    name = f"{above.name}.{own}" if above.name and own is not None else above.name or str(own or "")
    kind = entries.get("/FT")
    return Field(name, str(kind) if kind is not None else above.kind, entries.get("/V", above.value), entries)


def _dictionaries(array: object) -> list[pikepdf.Object]:
    kids = list(array) if isinstance(array, pikepdf.Array) else []
    return [kid for kid in kids if isinstance(kid, pikepdf.Dictionary)]
