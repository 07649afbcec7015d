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
from signer.form.font import font
from signer.pades import drawing, fonts, new_fields, undrawn
from signer.pades.entries import entry

_READ_ONLY = 1  # /Ff bit 1, ISO 32000-2 table 227
_DA = re.compile(r"/(?P<font>\S+)\s+(?P<size>\d+\.?\d*|\.\d+)\s+Tf")
_PRINT = 4  # /F bit 3, ISO 32000-2 table 167: shown, printed, and nothing else
_WHITES = ([1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0])  # as gray, as RGB, as CMYK
_SMALLEST_PART = 0.2  # of a field's height: letters smaller than that are hidden, not written
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


def texts_below(pdf: PdfHandler) -> dict[str, generic.DictionaryObject]:
    """Return all text fields by their whole names, also those below other fields (ISO 32000-2 §12.7.4.2)."""
    named = new_fields.below_root(pdf)
    return {name: field for name, field in named if undrawn.inherited(field, "/FT") == "/Tx"}


def fill(writer: BasePdfFileWriter, values: Mapping[str, str]) -> None:
    """Put each value into the text field of that name and make the field read-only.

    Raises `DocumentError` when a field is missing, or its font has no glyph for a letter.
    """
    fields = text_fields(writer)
    for name, text in values.items():
        if name not in fields:
            raise DocumentError("The document has no field {name}.", name=name)
        _fill_one(writer, fields[name], text)
    form = entry(writer.root, "/AcroForm", generic.DictionaryObject())
    if values and "/NeedAppearances" in form:
        # It would have readers draw the values anew, each in its own way, over what is sealed here.
        del form["/NeedAppearances"]
        writer.update_container(form)


def _fill_one(writer: BasePdfFileWriter, field: generic.DictionaryObject, text: str) -> None:
    """Write value and appearance, and set anew whatever says how the value looks: the seal stands for both.

    What the document says is taken only where it cannot change what a reader sees: upright or italic, a size
    that can be read, a white ground.
    """
    annotation = get_single_field_annot(field)
    frame = drawing.frame_of(annotation)
    italic, size = _style(writer, field, frame)
    ours = fonts.own(writer, italic=italic)
    content = _ground(annotation, frame) + _line(ours, size, text, frame, int(entry(field, "/Q", 0)))
    shown = drawing.form(content, frame, ours.resources())
    field[pdf_name("/V")] = generic.pdf_string(text)
    field[pdf_name("/Ff")] = generic.NumberObject(int(entry(field, "/Ff", 0)) | _READ_ONLY)
    field[pdf_name("/DA")] = generic.pdf_string(f"/{ours.name} {size:g} Tf 0 g")
    annotation[pdf_name("/F")] = generic.NumberObject(_PRINT)
    annotation[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(shown)})
    writer.update_container(field)
    writer.update_container(annotation)


def _ground(annotation: generic.DictionaryObject, frame: drawing.Frame) -> bytes:
    """Return the content that paints a white ground, where the field's /MK names one (ISO 32000-2 table 192).

    A field over a printed row of dots has it: number and dots over each other cannot be read. Any other
    ground is taken away, since black letters could not be read on it.
    """
    look = entry(annotation, "/MK", generic.DictionaryObject())
    colour = [float(each) for each in entry(look, "/BG", ())]
    if colour in _WHITES:
        return f"q 1 g 0 0 {frame.width:.4f} {frame.height:.4f} re f Q ".encode()
    if colour:
        del look["/BG"]
    return b""


def _line(chosen: fonts.SetFont, size: float, text: str, frame: drawing.Frame, quadding: int) -> bytes:
    """Return the content of one line, in the middle of its box; smaller only if it is too long."""
    codes, long = chosen.encode(text), chosen.width(text)
    size = min(size, frame.width / long) if long else size
    spare = max(0.0, frame.width - long * size)
    x = {0: 0.0, 1: spare / 2, 2: spare}.get(quadding, 0.0)
    y = (frame.height - (chosen.ascent + chosen.descent) * size / 1000) / 2
    shown = f"/{chosen.name} {size:.4f} Tf {x:.4f} {y:.4f} Td <{codes.hex()}> Tj"
    return f"/Tx BMC q BT 0 g {shown} ET Q EMC".encode()


def _style(
    writer: BasePdfFileWriter, field: generic.DictionaryObject, frame: drawing.Frame
) -> tuple[bool, float]:
    """Return whether the field is set in italics, and its size, from its /DA (ISO 32000-2 §12.7.4.3)."""
    match = _DA.search(str(entry(field, "/DA", entry(writer.root["/AcroForm"], "/DA", ""))))
    if match is None:
        return False, min(_DEFAULT_SIZE, frame.height)
    size = float(match["size"])
    readable = _SMALLEST_PART * frame.height <= size <= frame.height
    return match["font"] == font(italic=True).name, size if readable else min(_DEFAULT_SIZE, frame.height)
