"""Our plain values (`signer.form.objects`) turned into pyHanko's, each labelled one into one new object."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Callable, Mapping
from decimal import Decimal

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from signer.form.objects import Name, Object, PageRef, Ref, Stream
from signer.pades.entries import unpacked


def _no_page(page: int) -> generic.IndirectObject:
    raise KeyError(page)


class Made:
    """Labelled values on their way into a document: each is written when it is first asked for, and once.

    `page_of` finds a page, counted from 1; whoever refers to no page needs none.
    """

    def __init__(
        self,
        writer: BasePdfFileWriter,
        values: Mapping[str, Object],
        page_of: Callable[[int], generic.IndirectObject] = _no_page,
    ) -> None:
        self._writer = writer
        self._values = values
        self._page_of = page_of
        self._made: dict[str, generic.IndirectObject] = {}

    def of(self, label: str) -> generic.IndirectObject:
        """Return a reference to the object of this label. Raises `KeyError` for a label that there is not."""
        if label not in self._made:
            self._made[label] = self._writer.add_object(self._turned(self._values[label]))
        return self._made[label]

    def _turned(self, value: Object) -> generic.PdfObject:
        match value:
            case Ref():
                return self.of(value.label)
            case PageRef():
                return self._page_of(value.page)
            case Stream():
                return self._stream(value)
            case Mapping():
                return generic.DictionaryObject(self._entries(value))
            case list() | tuple():
                return generic.ArrayObject(self._turned(each) for each in value)
        return _simple(value)

    def _entries(self, values: Mapping[str, Object]) -> dict[generic.NameObject, generic.PdfObject]:
        return {pdf_name(key): self._turned(value) for key, value in values.items()}

    def _stream(self, value: Stream) -> generic.StreamObject:
        stream = generic.StreamObject(self._entries(value.entries), stream_data=value.data)
        if value.data:
            stream.compress()
        return stream


def same(found: generic.PdfObject, value: Object, values: Mapping[str, Object]) -> bool:
    """Tell whether an object of a document is this plain value, with everything that it refers to.

    A stream is compared by what it holds, however it is packed.
    """
    found = found.get_object()
    match value:
        case Ref():
            return same(found, values[value.label], values)
        case Stream():
            return (
                isinstance(found, generic.StreamObject)
                and unpacked(found) == value.data
                and _same_entries(found, value.entries, values, beside=_PACKING)
            )
        case Mapping():
            return isinstance(found, generic.DictionaryObject) and _same_entries(found, value, values)
        case list() | tuple():
            return (
                isinstance(found, generic.ArrayObject)
                and len(found) == len(value)
                and all(same(one, other, values) for one, other in zip(found, value, strict=True))
            )
        case float() | int():
            return isinstance(found, int | float | Decimal) and abs(float(found) - value) < _ROUNDED
    return bool(found == _simple(value))


_PACKING = frozenset({"/Length", "/Filter", "/DecodeParms"})
_ROUNDED = 1e-3  # how far a number may move when it is written


def _same_entries(
    found: generic.DictionaryObject,
    entries: Mapping[str, Object],
    values: Mapping[str, Object],
    *,
    beside: frozenset[str] = frozenset(),
) -> bool:
    return found.keys() - beside == entries.keys() and all(
        same(found.raw_get(key), value, values) for key, value in entries.items()
    )


def _simple(value: Object) -> generic.PdfObject:
    match value:
        case Name():
            return pdf_name(str(value))
        case str():
            return generic.pdf_string(value)
        case bytes():
            return generic.ByteStringObject(value)
        case bool():  # before the numbers, which truth values are too
            return generic.BooleanObject(value)
        case int():
            return generic.NumberObject(value)
        case float():
            return generic.FloatObject(f"{value:.4f}")
    raise TypeError(type(value).__name__)
