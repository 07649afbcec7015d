"""Appearances: a picture, or a few words, as the form XObject of a signature's widget."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import annot_width_height
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp.base import BaseStampStyle

from signer.appearance import Picture, Spot
from signer.pades import fonts
from signer.pades.entries import entry

_FONT_SIZE = 10.0
_SMALLEST_FONT = 5.0
_LEADING = 1.2
_MARGIN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The upright box of a widget's appearance, in points, and the matrix that turns it with the page."""

    width: float
    height: float
    matrix: tuple[float, ...] | None = None


def frame_of(annotation: generic.DictionaryObject) -> Frame:
    """Return the frame of a widget: that of its empty appearance where it has one, else its rectangle."""
    form = entry(entry(annotation, "/AP", generic.DictionaryObject()), "/N")
    if isinstance(form, generic.StreamObject) and "/BBox" in form:
        left, bottom, right, top = (float(edge) for edge in form["/BBox"])
        matrix = tuple(float(each) for each in form["/Matrix"]) if "/Matrix" in form else None
        if right > left and top > bottom:
            return Frame(width=right - left, height=top - bottom, matrix=matrix)
    width, height = annot_width_height(annotation)
    return Frame(width=float(width), height=float(height))


Draw = Callable[[BasePdfFileWriter, Frame], generic.StreamObject]
"""Make the form XObject for a frame."""


@dataclass(frozen=True)
class Drawn(BaseStampStyle):
    """A pyHanko stamp style that is nothing but our own drawing."""

    draw: Draw | None = None

    def create_stamp(  # type: ignore[override]
        self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, Any]
    ) -> "_Stamp":
        """Return what pyHanko asks to put itself on the widget."""
        del box, text_params
        assert self.draw is not None
        return _Stamp(writer, self.draw)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """All that pyHanko asks of a stamp; a `BaseStamp` would draw boxes and backgrounds of its own."""

    writer: BasePdfFileWriter
    draw: Draw

    def apply_appearance(self, annotation: generic.DictionaryObject) -> None:
        normal = self.writer.add_object(self.draw(self.writer, frame_of(annotation)))
        annotation[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): normal})


def form(content: bytes, frame: Frame, resources: dict[str, generic.PdfObject]) -> generic.StreamObject:
    """Return a form XObject for the frame (ISO 32000-2 §8.10)."""
    made = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): numbers(0, 0, frame.width, frame.height),
            pdf_name("/Resources"): generic.DictionaryObject(
                {pdf_name(name): value for name, value in resources.items()}
            ),
        },
        stream_data=content,
    )
    if frame.matrix is not None:
        made[pdf_name("/Matrix")] = numbers(*frame.matrix)
    made.compress()
    return made


def numbers(*values: float) -> generic.ArrayObject:
    """Return a PDF array of numbers with at most four decimals."""
    return generic.ArrayObject(generic.FloatObject(f"{value:.4f}") for value in values)


def picture(image: Picture, place: Callable[[Picture, float, float], Spot]) -> Draw:
    """Return a drawing of the picture, placed in its box by `place`."""

    def draw(writer: BasePdfFileWriter, frame: Frame) -> generic.StreamObject:
        spot = place(image, frame.width, frame.height)
        shown = writer.add_object(_image(writer, image))
        content = f"q {spot.width:.4f} 0 0 {spot.height:.4f} {spot.x:.4f} {spot.y:.4f} cm /Im Do Q".encode()
        images = generic.DictionaryObject({pdf_name("/Im"): shown})
        return form(content, frame, {"/XObject": images})

    return draw


def _image(writer: BasePdfFileWriter, image: Picture) -> generic.StreamObject:
    made = _samples(image, "/DeviceRGB", image.rgb)
    if image.alpha is not None:
        made[pdf_name("/SMask")] = writer.add_object(_samples(image, "/DeviceGray", image.alpha))
    return made


def _samples(image: Picture, space: str, data: bytes) -> generic.StreamObject:
    made = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Image"),
            pdf_name("/Width"): generic.NumberObject(image.width),
            pdf_name("/Height"): generic.NumberObject(image.height),
            pdf_name("/ColorSpace"): pdf_name(space),
            pdf_name("/BitsPerComponent"): generic.NumberObject(8),
        },
        stream_data=data,
    )
    made.compress()
    return made


def words(text: str, *, share: float = 1.0) -> Draw:
    """Return a drawing of the text, broken into lines and made smaller until it fits its box.

    It keeps to the left `share` of the box.

    The font is embedded (PDF/A wants it so): a PDF's standard fonts have no Vietnamese letters. Raises
    `DocumentError`, when drawn, for letters the font does not have either.
    """
    composed = unicodedata.normalize("NFC", text)

    def draw(writer: BasePdfFileWriter, frame: Frame) -> generic.StreamObject:
        font = fonts.own(writer)
        size, lines = _set(font, composed, frame.width * share - 2 * _MARGIN, frame.height - 2 * _MARGIN)
        leading = size * _LEADING
        top = (frame.height + leading * len(lines)) / 2 - size
        content = [f"q BT 0 g /{font.name} {size:.2f} Tf {leading:.2f} TL {_MARGIN} {top:.2f} Td"]
        content += [f"<{font.encode(line).hex()}> Tj T*" for line in lines]
        content.append("ET Q")
        return form("\n".join(content).encode(), frame, font.resources())

    return draw


def _set(font: fonts.SetFont, text: str, width: float, height: float) -> tuple[float, list[str]]:
    size = _FONT_SIZE
    while True:
        lines = _broken(font, text, width / size)
        if len(lines) * size * _LEADING <= height or size <= _SMALLEST_FONT:
            return size, lines
        size -= 0.5


def _broken(font: fonts.SetFont, text: str, ems: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.width(longer) > ems:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]
