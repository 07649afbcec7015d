"""What the form of a drafted file holds: which text fields, which signatures, which symbol is printed."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Mapping
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import enumerate_sig_fields

from signer.form.names import DATE_PARTS, LAYER_2
from signer.pades import reading
from signer.pades.door import hostile
from signer.pades.entries import entry, locks_all
from signer.pades.filling import text_fields

_MOST = 64  # fields of one kind a drafted file may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Names of text fields, of signature fields still empty, of those signed; which empty ones lock all.

    What the page prints beside the fields: the `symbol`, a `number` that is printed whole, and those parts of
    the `date` (day, month, year) that are printed.
    """

    texts: frozenset[str]
    empty: frozenset[str]
    signed: tuple[str, ...]
    locked: frozenset[str]
    symbol: str | None
    number: str | None
    date: Mapping[str, str]


def form_of(pdf: bytes) -> Form:
    """Return what the form of a PDF holds. Raises `Malformed`."""
    reader = reading.open_pdf(pdf)
    with hostile():
        texts = text_fields(reader)
        empty = {str(name): field for name, _, field in enumerate_sig_fields(reader, filled_status=False)}
        number = texts.get("number", generic.DictionaryObject())
        seal = empty.get(LAYER_2, generic.DictionaryObject()).get_object()
        whole, _, date = str(entry(seal, "/TM", "")).partition(";")
        return Form(
            texts=frozenset(texts),
            empty=frozenset(empty),
            signed=tuple(name for name, _, _ in reading.signature_fields(reader, _MOST)),
            locked=frozenset(name for name, field in empty.items() if locks_all(field.get_object())),
            symbol=str(number["/TM"]) if "/TM" in number else None,
            number=whole or None,
            date=_printed_beside(texts) or _printed_whole(date),
        )


def _printed_beside(texts: dict[str, generic.DictionaryObject]) -> dict[str, str]:
    """Return the printed parts: those without a field, which any field of the date keeps in its /TM."""
    printed = [part for part in DATE_PARTS if part not in texts]
    kept = [str(texts[part]["/TM"]) for part in DATE_PARTS if part in texts and "/TM" in texts[part]]
    values = kept[0].split("/") if kept else []
    return dict(zip(printed, values, strict=True)) if len(values) == len(printed) else {}


def _printed_whole(date: str) -> dict[str, str]:
    """Return the printed parts that the seal's field keeps: "05/3/2026"; "//2026" on a page signed before."""
    values = date.split("/")
    return {part: value for part, value in zip(DATE_PARTS, values, strict=False) if value}
