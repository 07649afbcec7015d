"""The letters of a page as pdfium finds them: where each stands to the reader, how it looks, if it is seen.

Part of the door to pdfium (`signer.layout.page_text`): called only by whoever holds its lock.
"""

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pypdfium2
import pypdfium2.raw as pdfium

from signer.layout.lines import Glyph
from signer.page import Box, Frame

MAX_GLYPHS = 20_000
"""Characters read of one page; a full page of text has some 5000."""

INVISIBLE = {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}
"""The ways to write that leave nothing on the page (ISO 32000-2 Table 104)."""

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
    """Tells which letters of a page begin within one of some boxes, in user space, and are seen there."""

    def __init__(self, text: ctypes.c_void_p, boxes: Sequence[Box]) -> None:
        self._text, self._boxes = text, boxes
        self._x, self._y = ctypes.c_double(), ctypes.c_double()

    def __call__(self, index: int) -> bool:
        """Tell it of the letter with this index."""
        if not pdfium.FPDFText_GetCharOrigin(self._text, index, self._x, self._y):
            return False
        x, y = self._x.value, self._y.value
        within = any(box.left <= x < box.right and box.bottom <= y < box.top for box in self._boxes)
        return within and self._is_drawn(index)

    def _is_drawn(self, index: int) -> bool:
        thing = pdfium.FPDFText_GetTextObject(self._text, index)
        if not thing or pdfium.FPDFTextObj_GetTextRenderMode(thing) in INVISIBLE:
            return False
        colour = [ctypes.c_uint() for _ in range(4)]
        if not pdfium.FPDFText_GetFillColor(self._text, index, *colour):
            return True
        *mixed, opacity = (each.value for each in colour)
        return min(mixed) < _PALE and opacity > _OPAQUE
