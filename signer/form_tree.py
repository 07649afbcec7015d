"""The form fields that a PDF has already, walked without trusting the tree."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pikepdf

from signer.errors import NotSignable

MAX_FIELDS = 100_000
"""Fields and groups of fields in one form; real forms have some hundred."""


class Field(NamedTuple):
    """A field by its full name, with what it has from the groups above it (ISO 32000-2 §12.7.4)."""

    name: str
    kind: str | None
    value: Any
    entries: pikepdf.Object


def fields_of(pdf: pikepdf.Pdf) -> Iterator[Field]:
    """Yield every field of the form. Raises `NotSignable` for a form without end."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    waiting = [(entries, Field("", None, None, form)) for entries in _dictionaries(form.get("/Fields"))]
    for _ in range(MAX_FIELDS):
        if not waiting:
            return
        entries, above = waiting.pop()
        field = _field(entries, above)
        yield field
        waiting += ((kid, field) for kid in _dictionaries(entries.get("/Kids")))
    raise NotSignable(
        "The form has more than {limit} fields, or its tree runs in circles.",
        limit=MAX_FIELDS,
        hint="Print the document to a new PDF, and draft that.",
    )


def _field(entries: pikepdf.Object, above: Field) -> Field:
    own = entries.get("/T")
    name = f"{above.name}.{own}" if above.name and own is not None else above.name or str(own or "")
    kind = entries.get("/FT")
    return Field(name, str(kind) if kind is not None else above.kind, entries.get("/V", above.value), entries)


def _dictionaries(array: object) -> list[pikepdf.Object]:
    kids = list(array) if isinstance(array, pikepdf.Array) else []
    return [kid for kid in kids if isinstance(kid, pikepdf.Dictionary)]
