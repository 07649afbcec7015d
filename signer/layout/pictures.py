"""Pictures of pages, drawn by pdfium as long as the time lasts, and what is seen in them.

Part of the door to pdfium (`signer.layout.page_text`): called only by whoever holds its lock.
"""

import math
import time
from collections.abc import Iterable, Sequence

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops

from signer.layout.lines import Glyph
from signer.page import Box, Frame

FINE = 2.0
"""Pixels a point, where single letters are looked for."""

_SECONDS = 5.0  # for the picture of one page; one that takes longer is not looked at
_MOST = 4000  # pixels of a side
_FAINT = 0x30  # of 255: a letter that differs less from its ground is not seen
_INSET = 1.0  # points on either side of a letter, where the next one may reach in
_HEIGHT, _DEPTH = 0.75, 0.2  # of a letter above and below its baseline, in parts of its size


def scale_of(handle: pypdfium2.PdfPage, pixels: int) -> float:
    """Return the scale by which the longer side of a page has so many pixels."""
    return pixels / float(max(handle.get_width(), handle.get_height()))


def picture_of(
    handle: pypdfium2.PdfPage,
    scale: float,
    *,
    coloured: bool,
    part: Box | None = None,
    annotated: bool = True,
) -> Image.Image | None:
    """Draw a page, or a part of it in pixels from its upper left corner, object by object.

    None where the time does not suffice.
    """
    width, height = (max(1, math.ceil(side * scale)) for side in (handle.get_width(), handle.get_height()))
    part = part or Box(0, 0, width, height)
    kind = pdfium.FPDFBitmap_BGR if coloured else pdfium.FPDFBitmap_Gray
    flags = (pdfium.FPDF_ANNOT if annotated else 0) | (0 if coloured else pdfium.FPDF_GRAYSCALE)
    bitmap = pypdfium2.PdfBitmap.new_native(int(part.width), int(part.height), kind)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, int(part.width), int(part.height))
    end = time.monotonic() + _SECONDS
    pause = pdfium.IFSDK_PAUSE(version=1)
    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(lambda _: time.monotonic() > end)
    place = (-int(part.left), -int(part.bottom), width, height)
    try:
        state = pdfium.FPDF_RenderPageBitmap_Start(bitmap.raw, handle.raw, *place, 0, flags, pause)
        if coloured and annotated and handle.formenv is not None:
            pdfium.FPDF_FFLDraw(handle.formenv.raw, bitmap.raw, handle.raw, *place, 0, pdfium.FPDF_ANNOT)
        shown: Image.Image = bitmap.to_pil().copy()
        return shown if state == pdfium.FPDF_RENDER_DONE else None
    finally:
        pdfium.FPDF_RenderPage_Close(handle.raw)
        bitmap.close()


def sketch(
    handle: pypdfium2.PdfPage,
    frame: Frame,
    part: Box,
    *,
    without: Iterable[pdfium.FPDF_PAGEOBJECT] = (),
    annotated: bool = False,
) -> Image.Image | None:
    """Draw a part of a page, in pixels, fine enough for single letters; None where it takes too long.

    Some objects are left out, and stay so from then on.
    """
    for each in without:
        pdfium.FPDFPageObj_SetIsActive(each, False)
    return picture_of(handle, FINE * frame.unit, coloured=True, part=part, annotated=annotated)


def part_of(frame: Frame, boxes: Iterable[Box]) -> Box | None:
    """Return the part of a page, in pixels, that has these boxes; None for one that is too large to draw."""
    parts = [pixels_of(each, frame) for each in boxes]
    width, height = math.ceil(FINE * frame.width), math.ceil(FINE * frame.height)
    left, bottom = (max(0, min((each[edge] for each in parts), default=0)) for edge in (0, 1))
    right, top = (max((each[edge] for each in parts), default=0) for edge in (2, 3))
    whole = Box(left, bottom, max(left, min(width, right)), max(bottom, min(height, top)))
    return whole if max(whole.width, whole.height) <= _MOST else None


def contrast(difference: Image.Image) -> int:
    """Return how much of something is seen, by what the picture is without it; 0 where it is too pale."""
    shades = difference.convert("L").histogram()
    if not any(shades[_FAINT:]):
        return 0
    return sum(shade * count for shade, count in enumerate(shades))


def seen_of(
    handle: pypdfium2.PdfPage, frame: Frame, things: Iterable[pdfium.FPDF_PAGEOBJECT], glyphs: Sequence[Glyph]
) -> list[Glyph]:
    """Return the letters of which something is seen, where these objects of the page write them.

    The page's content is drawn with them and without, there alone; a page that cannot be drawn in time shows
    none. They are left out from then on.
    """
    parts = [_inner(each) for each in glyphs]
    whole = part_of(frame, parts)
    if whole is None or not whole.width or not whole.height:
        return []
    pictures = [sketch(handle, frame, whole, without=left_out) for left_out in ((), things)]
    if pictures[0] is None or pictures[1] is None:
        return []
    difference = ImageChops.difference(pictures[0], pictures[1])
    return [
        glyph
        for glyph, part in zip(glyphs, parts, strict=True)
        if contrast(difference.crop(within(pixels_of(part, frame), whole)))
    ]


def _inner(glyph: Glyph) -> Box:
    """Return where a letter is that no neighbour reaches."""
    inset = min(_INSET, (glyph.right - glyph.left) / 4)
    bottom, top = glyph.baseline - _DEPTH * glyph.size, glyph.baseline + _HEIGHT * glyph.size
    return Box(glyph.left + inset, bottom, glyph.right - inset, top)


def pixels_of(box: Box, frame: Frame) -> Box:
    """Return a box, in the reader's coordinates, in pixels from the upper left corner."""
    top, bottom = (FINE * (frame.height - edge) for edge in (box.top, box.bottom))
    return Box(math.floor(FINE * box.left), math.floor(top), math.ceil(FINE * box.right), math.ceil(bottom))


def within(part: Box, whole: Box) -> tuple[int, int, int, int]:
    """Return where a part is in the picture of the whole."""
    left, top = int(part.left - whole.left), int(part.bottom - whole.bottom)
    return left, top, int(part.right - whole.left), int(part.top - whole.bottom)
