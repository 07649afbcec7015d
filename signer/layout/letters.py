"""The letters of a page as pdfium finds them: where each stands to the reader, how it looks, if it is seen.

Part of the door to pdfium (`signer.layout.page_text`): called only by whoever holds its lock.
"""

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from signer.layout.lines import Glyph
from signer.page import Box, Frame

MAX_GLYPHS = 20_000
"""Characters read of one page; a full page of text has some 5000."""

INVISIBLE = {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}
"""The ways to write that leave nothing on the page (ISO 32000-2 Table 104)."""

MAX_OBJECTS = 50_000
"""Objects looked at on one page; a full page of single letters has some 5000."""

_UPRIGHT = math.radians(3)  # how far a letter may lean and still stand on a line
_ITALIC_FLAG, _BOLD_FLAG = 1 << 6, 1 << 18  # of the font descriptor, ISO 32000-2 Table 121
_PALE = 0xD0  # of 255: letters in such a colour are not seen on paper
_OPAQUE = 0x40  # of 255: letters through which the paper is seen


@contextmanager
def text_of(handle: pypdfium2.PdfPage) -> Iterator[ctypes.c_void_p]:
    """Have the letters of a page for the block."""
    text = handle.get_textpage()
    try:
        yield text.raw
    finally:
        text.close()


def glyphs_of(
    text: ctypes.c_void_p, frame: Frame, wanted: Callable[[int], bool] = lambda _: True
) -> Iterator[Glyph]:
    """Yield the letters that stand upright to the reader, in the order in which they were written.

    `wanted` may leave letters out by their index.
    """
    for index in range(min(pdfium.FPDFText_CountChars(text), MAX_GLYPHS)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        # pdfium's own guesses at spaces and line ends are left out: the gaps are measured here.
        if code > 0x20 and wanted(index) and pdfium.FPDFText_IsGenerated(text, index) != 1:
            glyph = _glyph(text, index, chr(code), frame)
            if glyph is not None:
                yield glyph


class Mark(NamedTuple):
    """A letter, whichever way it is turned: where it is seen, in the reader's coordinates.

    `glyph` is the letter as it stands on a line, if it is upright.
    """

    text: str
    box: Box
    glyph: Glyph | None


def marks_of(text: ctypes.c_void_p, frame: Frame, places: Sequence[Box]) -> Iterator[Mark]:
    """Yield the letters and digits that reach into one of some places, in user space, and are drawn."""
    if not any(_has_text(text, each) for each in places):
        return
    seen = Seen(text, places)
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code > 0x20 and chr(code).isalnum() and (box := seen.reaching(index)) is not None:
            yield Mark(chr(code), frame.to_reader(box), _glyph(text, index, chr(code), frame))


def _has_text(text: ctypes.c_void_p, place: Box) -> bool:
    """Tell whether a letter reaches into a place: pdfium looks through all of them in one call."""
    edges = (place.left, place.top, place.right, place.bottom)
    return bool(pdfium.FPDFText_GetBoundedText(text, *edges, None, 0) > 0)


def are_too_many(text: ctypes.c_void_p) -> bool:
    """Tell whether a page has more letters than are looked at."""
    return bool(pdfium.FPDFText_CountChars(text) > MAX_GLYPHS)


def _glyph(text: ctypes.c_void_p, index: int, letter: str, frame: Frame) -> Glyph | None:
    x, y = ctypes.c_double(), ctypes.c_double()
    loose, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    if not (
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        and pdfium.FPDFText_GetLooseCharBox(text, index, loose)
        and pdfium.FPDFText_GetMatrix(text, index, matrix)
    ):
        return None
    # pdfium turns neither the letters nor the page: on a page turned clockwise the upright ones lean left.
    lean = math.atan2(matrix.b, matrix.a) - math.radians(frame.rotation)
    if abs(math.remainder(lean, math.tau)) > _UPRIGHT:
        return None
    box = frame.to_reader(Box(loose.left, loose.bottom, loose.right, loose.top))
    italic, bold = _style(text, index, matrix)
    return Glyph(
        text=letter,
        left=box.left,
        right=box.right,
        baseline=frame.to_reader(Box(x.value, y.value, x.value, y.value)).bottom,
        size=pdfium.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d) * frame.unit,
        italic=italic,
        bold=bold,
    )


def _style(text: ctypes.c_void_p, index: int, matrix: pdfium.FS_MATRIX) -> tuple[bool, bool]:
    """Tell italic and bold by the font's flags, its name, or the slant that imitates an italic."""
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    named = name.value.lower()
    slanted = abs(matrix.a * matrix.c + matrix.b * matrix.d) > 0.1 * math.hypot(matrix.c, matrix.d) ** 2
    italic = bool(flags.value & _ITALIC_FLAG) or b"italic" in named or slanted
    return italic, bool(flags.value & _BOLD_FLAG) or b"bold" in named


class Seen:
    """Tells which letters of a page are drawn within one of some boxes, at least one, in user space."""

    def __init__(self, text: ctypes.c_void_p, boxes: Sequence[Box]) -> None:
        self._text, self._boxes = text, boxes
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._edges = [ctypes.c_double() for _ in range(4)]
        first, *others = boxes
        self._outer = reduce(Box.union, others, first)  # most letters are outside of all of them

    def __call__(self, index: int) -> bool:
        """Tell it of the letter with this index, by where it begins."""
        if not pdfium.FPDFText_GetCharOrigin(self._text, index, self._x, self._y):
            return False
        x, y, outer = self._x.value, self._y.value, self._outer
        if not (outer.left <= x < outer.right and outer.bottom <= y < outer.top):
            return False
        within = any(box.left <= x < box.right and box.bottom <= y < box.top for box in self._boxes)
        return within and self._is_drawn(index)

    def reaching(self, index: int) -> Box | None:
        """Return the box of a letter that reaches into one of the boxes, and is seen; None for others."""
        left, right, bottom, top = self._edges
        if not pdfium.FPDFText_GetCharBox(self._text, index, left, right, bottom, top):
            return None
        one = Box(left.value, bottom.value, right.value, top.value)
        reaches = any(
            one.left < each.right
            and one.right > each.left
            and one.bottom < each.top
            and one.top > each.bottom
            for each in self._boxes
        )
        return one if reaches and self._is_drawn(index) else None

    def _is_drawn(self, index: int) -> bool:
        thing = pdfium.FPDFText_GetTextObject(self._text, index)
        if not thing or pdfium.FPDFTextObj_GetTextRenderMode(thing) in INVISIBLE:
            return False
        colour = [ctypes.c_uint() for _ in range(4)]
        if not pdfium.FPDFText_GetFillColor(self._text, index, *colour):
            return True
        *mixed, opacity = (each.value for each in colour)
        return min(mixed) < _PALE and opacity > _OPAQUE
