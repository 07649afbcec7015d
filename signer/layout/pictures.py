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

_SECONDS = 5.0  # for the picture of one page; one that takes longer is not looked at
_FINE = 2.0  # pixels a point, where single letters are looked for
_MOST = 4000  # pixels of a side
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
        if coloured and handle.formenv is not None:
            pdfium.FPDF_FFLDraw(handle.formenv.raw, bitmap.raw, handle.raw, *place, 0, pdfium.FPDF_ANNOT)
        shown: Image.Image = bitmap.to_pil().copy()
        return shown if state == pdfium.FPDF_RENDER_DONE else None
    finally:
        pdfium.FPDF_RenderPage_Close(handle.raw)
        bitmap.close()


def seen_of(
    handle: pypdfium2.PdfPage, frame: Frame, things: Iterable[pdfium.FPDF_PAGEOBJECT], glyphs: Sequence[Glyph]
) -> list[Glyph]:
    """Return the letters of which something is seen, where these objects of the page write them.

    The page's content is drawn with them and without, there alone; a page that cannot be drawn in time shows
    none. They are left out from then on.
    """
    parts = [_pixels(each, _FINE * frame.height) for each in glyphs]
    whole = Box(
        max(0, min((each.left for each in parts), default=0)),
        max(0, min((each.bottom for each in parts), default=0)),
        min(math.ceil(_FINE * frame.width), max((each.right for each in parts), default=0)),
        min(math.ceil(_FINE * frame.height), max((each.top for each in parts), default=0)),
    )
    if not (0 < whole.width <= _MOST and 0 < whole.height <= _MOST):
        return []
    pictures = []
    for _ in range(2):
        pictures.append(picture_of(handle, _FINE * frame.unit, coloured=True, part=whole, annotated=False))
        for each in things:
            pdfium.FPDFPageObj_SetIsActive(each, False)
    if pictures[0] is None or pictures[1] is None:
        return []
    difference = ImageChops.difference(pictures[0], pictures[1])
    return [
        glyph
        for glyph, part in zip(glyphs, parts, strict=True)
        if difference.crop(_within(part, whole)).getbbox() is not None
    ]


def _pixels(glyph: Glyph, height: float) -> Box:
    """Return where a letter is that no neighbour reaches, in pixels from the upper left corner."""
    inset = min(_INSET, (glyph.right - glyph.left) / 4)
    left, right = _FINE * (glyph.left + inset), _FINE * (glyph.right - inset)
    top = height - _FINE * (glyph.baseline + _HEIGHT * glyph.size)
    bottom = height - _FINE * (glyph.baseline - _DEPTH * glyph.size)
    return Box(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))


def _within(part: Box, whole: Box) -> tuple[int, int, int, int]:
    left, top = int(part.left - whole.left), int(part.bottom - whole.bottom)
    return left, top, int(part.right - whole.left), int(part.top - whole.bottom)
