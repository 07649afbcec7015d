"""The filled text fields of a page as pdfium finds them: what they hold, and what stands in their places.

Part of the door to pdfium (`signer.layout.page_text`): called only by whoever holds its lock.
"""

import ctypes
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from signer.facts import LONGEST_NAME
from signer.layout.lines import SPACE, Glyph, lines_of
from signer.page import Box
from signer.shown import MAX_FIELDS

_MOST_ANNOTATIONS = 50_000
_NORMAL = pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL
_NOTHING = 2  # bytes of an appearance without content, in UTF-16: its end
_NEAR = 0.5  # points: places are kept to a hundredth, or so
_LONGEST_ENTRY = 4096  # bytes of a field's name or value, UTF-16; what is longer is no number and no date


class Placed(NamedTuple):
    """A text field on its page: name, value, box in user space, and whether something may lie over it."""

    name: str
    value: str
    box: Box
    covered: bool


def filled_fields(handle: pypdfium2.PdfPage, names: Collection[str]) -> Iterator[Placed]:
    """Yield each text field of these names, the last first; take all other annotations away.

    One without a value is passed over unless something is drawn for it.
    """
    count, above = 0, list[Box]()
    for index in reversed(range(min(pdfium.FPDFPage_GetAnnotCount(handle.raw), _MOST_ANNOTATIONS))):
        annotation = pdfium.FPDFPage_GetAnnot(handle.raw, index)
        try:
            kind, name, value = (_entry(annotation, key) for key in (b"FT", b"T", b"V"))
            drawn = pdfium.FPDFAnnot_GetAP(annotation, _NORMAL, None, 0) > _NOTHING
            place = _place(annotation)
            flags = pdfium.FPDFAnnot_GetFlags(annotation)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        if kind == "Tx" and name in names and (value or drawn) and place and count < MAX_FIELDS:
            count += 1
            odd = _is_seen_elsewhere(handle, flags)
            yield Placed(name, value, place, odd or any(_lies_over(each, place) for each in above))
            continue
        if place and drawn and not flags & pdfium.FPDF_ANNOT_FLAG_HIDDEN:
            above.append(place)
        pdfium.FPDFPage_RemoveAnnot(handle.raw, index)


def _lies_over(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    up = min(one.top, other.top) - max(one.bottom, other.bottom)
    return across > _NEAR and up > _NEAR


def _place(annotation: pdfium.FPDF_ANNOTATION) -> Box | None:
    box = pdfium.FS_RECTF()
    read = pdfium.FPDFAnnot_GetRect(annotation, box)
    across, up = sorted((box.left, box.right)), sorted((box.bottom, box.top))
    return Box(across[0], up[0], across[1], up[1]) if read else None


def keep_alone(handle: pypdfium2.PdfPage, places: Sequence[Box]) -> list[bool]:
    """Take all annotations away but those in these places, in user space; tell where there is one to look at.

    One that is not seen on the screen is seen on paper, and one that does not turn with its page in another
    place (ISO 32000-2 table 167): of those nobody can tell.
    """
    there = [False] * len(places)
    for index in reversed(range(min(pdfium.FPDFPage_GetAnnotCount(handle.raw), _MOST_ANNOTATIONS))):
        annotation = pdfium.FPDFPage_GetAnnot(handle.raw, index)
        try:
            place, flags = _place(annotation), pdfium.FPDFAnnot_GetFlags(annotation)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        odd = _is_seen_elsewhere(handle, flags)
        near = [place is not None and _is_near(place, each) for each in places]
        there = [found or (close and not odd) for found, close in zip(there, near, strict=True)]
        if not any(near):
            pdfium.FPDFPage_RemoveAnnot(handle.raw, index)
    return there


def _is_seen_elsewhere(handle: pypdfium2.PdfPage, flags: int) -> bool:
    upright = flags & pdfium.FPDF_ANNOT_FLAG_NOROTATE and handle.get_rotation()
    return bool(upright or flags & pdfium.FPDF_ANNOT_FLAG_NOVIEW)


def _is_near(one: Box, other: Box) -> bool:
    return all(abs(edge - another) < _NEAR for edge, another in zip(one, other, strict=True))


def _entry(annotation: pdfium.FPDF_ANNOTATION, key: bytes) -> str:
    """Return a text of an annotation's dictionary, cut to a length; empty where there is none."""
    length = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < length <= _LONGEST_ENTRY:
        return ""
    buffer = (ctypes.c_ushort * (length // 2))()
    pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, length)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")[:LONGEST_NAME]


def text_within(glyphs: Iterable[Glyph], box: Box) -> str | None:
    """Return the text of the letters that begin within a box; None where there are none, or no letters.

    Nor can letters be read that lie over each other: of those one may be clipped away.
    """
    within = [each for each in glyphs if box.left <= each.left < box.right]
    within = [each for each in within if box.bottom <= each.baseline < box.top]
    lines = lines_of(within)
    if any(_overlap(*each) for line in lines for each in pairwise(line.glyphs)):
        return None
    text = "".join(line.spaced(SPACE) for line in lines)[:LONGEST_NAME]
    return text if text.isprintable() and text and "\ufffd" not in text else None


def _overlap(one: Glyph, other: Glyph) -> bool:
    return other.left < (one.left + one.right) / 2
