"""The simple fonts our text is set in: our own, whatever a document calls by their names."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Mapping
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from signer.errors import DocumentError
from signer.form.font import ASCENT, DESCENT, font
from signer.pades import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFont:
    """A simple font in a document: a code and a width (in 1/1000) for each letter it has."""

    name: str
    resource: generic.PdfObject
    codes: Mapping[str, int]
    widths: Mapping[int, float]
    ascent: float
    descent: float

    def encode(self, text: str) -> bytes:
        """Return the text in the font's codes; raise `DocumentError` naming the letters it does not have."""
        missing = sorted({letter for letter in text if letter not in self.codes})
        if missing:
            raise DocumentError(
                "The font of the document has no {letters}.",
                hint="Sign with a picture (--image), or write the name with Vietnamese letters.",
                letters=" ".join(missing),
            )
        return bytes(self.codes[letter] for letter in text)

    def width(self, text: str) -> float:
        """Return how wide the text is at size 1. Raises as `encode`."""
        return sum(self.widths.get(code, 500.0) for code in self.encode(text)) / 1000

    def resources(self) -> dict[str, generic.PdfObject]:
        """Return the resource dictionary's entry for content set in this font."""
        return {"/Font": generic.DictionaryObject({pdf_name(f"/{self.name}"): self.resource})}


def own(writer: BasePdfFileWriter, *, italic: bool = False) -> SetFont:
    """Return our own font: the form's where it is ours to the last byte, else embedded now.

    A document comes from strangers' hands: a font that only bears our font's name may show other figures
    than those it is given, and the seal would stand under what a reader sees (ISO 32000-2 §9.10.3).
    """
    ours = font(italic=italic)
    objects = ours.objects()
    resource = _in_form(writer, ours.name)
    if resource is None:
        resource = plain.Made(writer, objects).of(ours.name)
    elif not plain.same(resource, objects[ours.name], objects):
        resource = plain.Made(writer, objects).of(ours.name)
        fonts = writer.root["/AcroForm"]["/DR"]["/Font"]
        fonts[pdf_name(f"/{ours.name}")] = resource  # for readers that draw a field's value anew
        writer.update_container(fonts)
    return SetFont(
        name=ours.name,
        resource=resource,
        codes=ours.codes,
        widths={code: float(width) for code, width in ours.widths.items()},
        ascent=round(ASCENT * 1000),
        descent=round(DESCENT * 1000),
    )


def _in_form(writer: BasePdfFileWriter, name: str) -> generic.PdfObject | None:
    try:
        found: generic.PdfObject = writer.root["/AcroForm"]["/DR"]["/Font"].raw_get(f"/{name}")
    except (KeyError, TypeError, AttributeError):
        return None
    return found
