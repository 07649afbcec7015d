"""The simple fonts our text is set in: the one a form names, or our own embedded where there is none."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from signer.errors import DocumentError
from signer.form.font import font
from signer.pades import plain

_BFCHAR = re.compile(rb"^<([0-9A-Fa-f]{2})> <([0-9A-Fa-f]{4,8})>\s*$", re.MULTILINE)


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


def named(writer: BasePdfFileWriter, name: str) -> SetFont:
    """Return the font of the form's /DR under that name.

    Its codes are read from its own /ToUnicode, so that a file drafted by another release is filled right.
    Raises `KeyError`, `TypeError` or `ValueError` when there is no such font, or it is not simple.
    """
    resource = writer.root["/AcroForm"]["/DR"]["/Font"].raw_get(f"/{name}")
    found = resource.get_object()
    first = int(found["/FirstChar"])
    descriptor = found["/FontDescriptor"]
    pairs = _BFCHAR.findall(found["/ToUnicode"].data)
    return SetFont(
        name=name,
        resource=resource,
        codes={bytes.fromhex(letter.decode()).decode("utf-16-be"): int(code, 16) for code, letter in pairs},
        widths={first + index: float(width) for index, width in enumerate(found["/Widths"])},
        ascent=float(descriptor["/Ascent"]),
        descent=float(descriptor["/Descent"]),
    )


def own(writer: BasePdfFileWriter) -> SetFont:
    """Return our own upright font: the form's, where it was drafted with it, else embedded now."""
    ours = font()
    try:
        return named(writer, ours.name)
    except (KeyError, TypeError, ValueError, AttributeError):
        resource = plain.Made(writer, ours.objects()).of(ours.name)
    return SetFont(
        name=ours.name,
        resource=resource,
        codes=ours.codes,
        widths={code: float(width) for code, width in ours.widths.items()},
        ascent=891.0,
        descent=-216.0,
    )
