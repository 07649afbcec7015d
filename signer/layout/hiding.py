"""What annotations hide of a page: its letters, whichever way they are turned, and what else is drawn on it.

The page's content is drawn as it is and below its annotations, each with its letters and without: what of a
letter is not seen below them is hidden. Whoever asks has left on the page only the annotations that he asks
about, and has the document's form at hand: readers draw widgets by it, and heed no layers there.

Part of the door to pdfium (`signer.layout.page_text`): called only by whoever holds its lock.
"""

import ctypes
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pypdfium2
from PIL import Image, ImageChops

from signer.facts import LONGEST_NAME
from signer.layout.field_looks import all_letters_of
from signer.layout.letters import Mark, are_too_many, marks_of
from signer.layout.lines import SPACE, lines_of
from signer.layout.pictures import FINE, contrast, part_of, pixels_of, sketch, within
from signer.page import Box, Frame

_HALF = 0.5  # of a letter's ink: of one of which less is left, a person sees another one, or none
_LIGHTER = 0x60  # of 255: what gets so much lighter was painted over
_PAPER = 0xFF  # of 255: where nothing is drawn
_LOWEST = 3.0  # points: a row of dots, or a rule to write on, is not so high


class Hidden(NamedTuple):
    """What is hidden in one place: letters, and whether there is something else that is drawn."""

    text: str
    drawn: bool


def hidden_in(
    handle: pypdfium2.PdfPage, text: ctypes.c_void_p, frame: Frame, places: Sequence[Box]
) -> Sequence[Hidden | None]:
    """Return what the annotations of a page hide in places, in user space; None where nobody can tell."""
    unknown, nothing = [None] * len(places), [Hidden("", drawn=False)] * len(places)
    if are_too_many(text):
        return unknown
    marks = list(marks_of(text, frame, places))
    boxes, letters = list(map(frame.to_reader, places)), all_letters_of(handle) if marks else []
    whole = part_of(frame, [*boxes, *(each.box for each in marks)])
    if whole is None or letters is None:
        return unknown
    if not whole.width or not whole.height:
        return nothing  # off the page
    bare = sketch(handle, frame, whole)
    if bare is not None and not marks and _is_blank(bare):
        return nothing
    below = sketch(handle, frame, whole, annotated=True)
    ways = (False, True) if marks else ()
    without = [sketch(handle, frame, whole, without=letters, annotated=seen) for seen in ways]
    pictures = [bare, below, *without]
    drawn = [each for each in pictures if each is not None]
    if len(drawn) < len(pictures):
        return unknown
    gone = list(_gone(drawn, marks, frame, whole)) if marks else []
    lighter = ImageChops.subtract(drawn[1], drawn[0]).convert("L")
    return [_in_place(each, gone, lighter.crop(within(pixels_of(each, frame), whole))) for each in boxes]


def _is_blank(picture: Image.Image) -> bool:
    return bool(picture.convert("L").getextrema()[0] == _PAPER)


def _gone(drawn: Sequence[Image.Image], marks: Sequence[Mark], frame: Frame, whole: Box) -> Iterator[Mark]:
    bare, below = (ImageChops.difference(drawn[place], drawn[place + 2]) for place in (0, 1))
    for mark in marks:
        part = within(pixels_of(mark.box, frame), whole)
        before = contrast(bare.crop(part))
        if before and contrast(below.crop(part)) < _HALF * before:
            yield mark


def _in_place(place: Box, gone: Sequence[Mark], lighter: Image.Image) -> Hidden:
    text = _text([each for each in gone if each.box.meets(place)])
    return Hidden(text, drawn=not text and _is_high(lighter))


def _text(marks: Sequence[Mark]) -> str:
    """Return letters as a text: the upright ones line by line, the others as they were written."""
    upright = lines_of(each.glyph for each in marks if each.glyph is not None)
    turned = "".join(each.text for each in marks if each.glyph is None)
    words = " ".join(filter(None, ["".join(line.spaced(SPACE) for line in upright), turned]))
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in words)[:LONGEST_NAME]


def _is_high(lighter: Image.Image) -> bool:
    """Tell whether something is painted over that is higher than a row of dots."""
    _, rows = lighter.point(lambda value: 255 if value >= _LIGHTER else 0).getprojection()
    longest = run = 0
    for row in rows:
        run = run + 1 if row else 0
        longest = max(longest, run)
    return longest > _LOWEST * FINE
