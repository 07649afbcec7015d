"""What the form of a drafted file holds: which text fields, which signatures, which symbol is printed."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import enumerate_sig_fields

from signer.pades import reading
from signer.pades.door import hostile
from signer.pades.entries import entry
from signer.pades.filling import text_fields

_MOST = 64  # fields of one kind a drafted file may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Names of text fields, of signature fields still empty, of those signed; which empty ones lock all.

    `symbol` and `year` are what the page prints around the fields.
    """

    texts: frozenset[str]
    empty: frozenset[str]
    signed: tuple[str, ...]
    locked: frozenset[str]
    symbol: str | None
    year: str | None


def form_of(pdf: bytes) -> Form:
    """Return what the form of a PDF holds. Raises `Malformed`."""
    reader = reading.open_pdf(pdf)
    with hostile():
        texts = text_fields(reader)
        empty = {str(name): field for name, _, field in enumerate_sig_fields(reader, filled_status=False)}
        number = texts.get("number", generic.DictionaryObject())
        return Form(
            texts=frozenset(texts),
            empty=frozenset(empty),
            signed=tuple(name for name, _, _ in reading.signature_fields(reader, _MOST)),
            locked=frozenset(name for name, field in empty.items() if _locks_all(field.get_object())),
            symbol=str(number["/TM"]) if "/TM" in number else None,
            year=_printed_year(texts),
        )


def _locks_all(field: generic.DictionaryObject) -> bool:
    lock = entry(field, "/Lock", generic.DictionaryObject())
    return bool(entry(lock, "/Action") == "/All" and entry(lock, "/P") == 1)


def _printed_year(texts: dict[str, generic.DictionaryObject]) -> str | None:
    # A page that prints "năm 2026" has no year field; the month then carries it as its mapping name.
    month = texts.get("month", generic.DictionaryObject())
    return str(month["/TM"]) if "/TM" in month else None
