"""Text fields filled so that every viewer shows them: value and our own appearance, in one revision."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import re
from collections.abc import Mapping

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import get_single_field_annot
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.pdf_utils.writer import BasePdfFileWriter

from signer.errors import DocumentError
from signer.pades import drawing, fonts
from signer.pades.entries import entry

_READ_ONLY = 1  # /Ff bit 1, ISO 32000-2 table 227
_DA = re.compile(r"/(?P<font>\S+)\s+(?P<size>[\d.]+)\s+Tf")
_COLOURS = {1: "g", 3: "rg", 4: "k"}  # operators that set a colour of so many parts
_DEFAULT_SIZE = 13.0  # points, when a field leaves the size to the viewer (NĐ 30/2020, Phụ lục I, II.3)


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
    font, size = _font_of(writer, name, field)
    content = _ground(annotation, frame) + _line(font, size, text, frame, int(entry(field, "/Q", 0)))
    shown = drawing.form(content, frame, font.resources())
    field[pdf_name("/V")] = generic.pdf_string(text)
    field[pdf_name("/Ff")] = generic.NumberObject(int(entry(field, "/Ff", 0)) | _READ_ONLY)
    annotation[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(shown)})
    writer.update_container(field)
    writer.update_container(annotation)


def _ground(annotation: generic.DictionaryObject, frame: drawing.Frame) -> bytes:
    """Return the content that paints the field's ground, where its /MK names one (ISO 32000-2 table 192).

    A field over a printed row of dots has a white one: number and dots over each other cannot be read.
    """
    colour = entry(entry(annotation, "/MK", generic.DictionaryObject()), "/BG", ())
    if len(colour) not in _COLOURS:
        return b""
    values = " ".join(f"{float(each):.4f}" for each in colour)
    return f"q {values} {_COLOURS[len(colour)]} 0 0 {frame.width:.4f} {frame.height:.4f} re f Q ".encode()


def _line(font: fonts.SetFont, size: float, text: str, frame: drawing.Frame, quadding: int) -> bytes:
    """Return the content of one line, in the middle of its box; smaller only if it is too long."""
    codes, long = font.encode(text), font.width(text)
    size = min(size, frame.width / long) if long else size
    spare = max(0.0, frame.width - long * size)
    x = {0: 0.0, 1: spare / 2, 2: spare}.get(quadding, 0.0)
    y = (frame.height - (font.ascent + font.descent) * size / 1000) / 2
    return (
        f"/Tx BMC q BT 0 g /{font.name} {size:.4f} Tf {x:.4f} {y:.4f} Td <{codes.hex()}> Tj ET Q EMC".encode()
    )


def _font_of(
    writer: BasePdfFileWriter, name: str, field: generic.DictionaryObject
) -> tuple[fonts.SetFont, float]:
    match = _DA.search(str(entry(field, "/DA", entry(writer.root["/AcroForm"], "/DA", ""))))
    try:
        if match is None:
            raise KeyError(name)  # noqa: TRY301 - one refusal for every way a font can be missing
        return fonts.named(writer, match["font"]), float(match["size"]) or _DEFAULT_SIZE
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError(
            "The field {name} names no font that can be used.",
            name=name,
            hint="Draft the document again: its fields carry their font with them.",
        ) from error
