"""Text fields filled so that every viewer shows them: value and our own appearance stream, in one revision."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import get_single_field_annot
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from signer.errors import DocumentError
from signer.pades import drawing
from signer.pades.entries import entry

_READ_ONLY = 1  # /Ff bit 1, ISO 32000-2 table 227
_BFCHAR = re.compile(rb"^<([0-9A-Fa-f]{2})> <([0-9A-Fa-f]{4,8})>\s*$", re.MULTILINE)
_DA = re.compile(r"/(?P<font>\S+)\s+(?P<size>[\d.]+)\s+Tf")


def text_fields(pdf: PdfHandler) -> dict[str, generic.DictionaryObject]:
    """Return the text fields at the root of the form, by name. Fields without a name are passed over."""
    try:
        fields = pdf.root["/AcroForm"]["/Fields"]
    except KeyError:
        return {}
    found = {}
    for reference in fields:
        field = reference.get_object()
        if entry(field, "/FT") == "/Tx" and "/T" in field:
            found[str(field["/T"])] = field
    return found


def fill(writer: BasePdfFileWriter, values: Mapping[str, str]) -> None:
    """Put each value into the text field of that name and make the field read-only.

    Raises `DocumentError` when a field is missing, or its font has no glyph for a letter.
    """
    fields = text_fields(writer)
    for name, text in values.items():
        if name not in fields:
            raise DocumentError("The document has no field {name}.", name=name)
        _fill_one(writer, name, fields[name], text)


def _fill_one(writer: BasePdfFileWriter, name: str, field: generic.DictionaryObject, text: str) -> None:
    annotation = get_single_field_annot(field)
    frame = drawing.frame_of(annotation)
    font = _font_of(writer, name, field)
    shown = drawing.form(
        font.line(name, text, frame.width, frame.height, int(entry(field, "/Q", 0))),
        frame,
        {"/Font": generic.DictionaryObject({pdf_name(f"/{font.name}"): font.resource})},
    )
    field[pdf_name("/V")] = generic.pdf_string(text)
    field[pdf_name("/Ff")] = generic.NumberObject(int(entry(field, "/Ff", 0)) | _READ_ONLY)
    annotation[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(shown)})
    writer.update_container(field)
    writer.update_container(annotation)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SimpleFont:
    """A simple font of the form's /DR: a code and a width for each letter it has."""

    name: str
    size: float
    resource: generic.PdfObject
    codes: Mapping[str, int]
    widths: Mapping[int, float]
    ascent: float
    descent: float

    def line(self, field: str, text: str, width: float, height: float, quadding: int) -> bytes:
        """Return the content that draws one line, in the middle between top and bottom."""
        missing = sorted({letter for letter in text if letter not in self.codes})
        if missing:
            raise DocumentError(
                "The font of the field {field} has no {letters}.", field=field, letters=" ".join(missing)
            )
        codes = bytes(self.codes[letter] for letter in text)
        long = sum(self.widths.get(code, 500.0) for code in codes) * self.size / 1000
        size = self.size if long <= width else self.size * width / long
        spare = max(0.0, width - long * size / self.size)
        x = {0: 0.0, 1: spare / 2, 2: spare}.get(quadding, 0.0)
        y = (height - (self.ascent - self.descent) * size / 1000) / 2 - self.descent * size / 1000
        return (
            f"/Tx BMC q BT 0 g /{self.name} {size:.4f} Tf {x:.4f} {y:.4f} Td <{codes.hex()}> Tj ET Q EMC"
        ).encode()


def _font_of(writer: BasePdfFileWriter, name: str, field: generic.DictionaryObject) -> _SimpleFont:
    form = writer.root["/AcroForm"]
    match = _DA.search(str(entry(field, "/DA", entry(form, "/DA", ""))))
    try:
        if match is None:
            raise KeyError(name)  # noqa: TRY301 - one refusal for every way a font can be missing
        font_name = match["font"]
        resource = form["/DR"]["/Font"].raw_get(f"/{font_name}")
        font = resource.get_object()
        first = int(font["/FirstChar"])
        widths = {first + index: float(width) for index, width in enumerate(font["/Widths"])}
        descriptor = font["/FontDescriptor"]
        return _SimpleFont(
            name=font_name,
            size=float(match["size"]) or 13.0,
            resource=resource,
            codes=_codes(font),
            widths=widths,
            ascent=float(descriptor["/Ascent"]),
            descent=float(descriptor["/Descent"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError(
            "The field {name} names no font that can be used.",
            name=name,
            hint="Draft the document again: its fields carry their font with them.",
        ) from error


def _codes(font: generic.DictionaryObject) -> dict[str, int]:
    """Read the font's own /ToUnicode backwards, so that a file drafted by another release is filled right."""
    pairs = _BFCHAR.findall(font["/ToUnicode"].data)
    return {bytes.fromhex(letter.decode()).decode("utf-16-be"): int(code, 16) for code, letter in pairs}
