"""Text that lies hidden under pictures or filled areas: a program reads it, a person does not.

A file made ready for a "shadow" attack looks like this before the signature, and so does a bad redaction.
Text that a program read off a scan is drawn invisibly, and is not meant.
"""

import math
import time
from collections.abc import Sequence

from PIL import Image, ImageChops

from pki.words import N_, Sentence
from signer.layout import page_text
from signer.layout.page_text import Drawn, PrintedPdf
from signer.page import Box, Frame

MAX_COVERS = 50
"""Pictures and areas of one page, from the largest, that are taken for covers."""

MAX_LOOKED_AT = 20
"""Pages that are drawn to be sure; each costs some tens of milliseconds."""

_THINNEST = 3.0  # units of user space: rules and underlines cover no word
_SMALLEST = 16.0  # square units of user space: under a smaller area no word can hide


def hidden_text(pdf: bytes, *, seconds: float = 10.0) -> list[tuple[int, Sentence]]:
    """Return each page on which text is covered, and one if the search was not finished, in words.

    `seconds` is how long it may take. Raises `NotAPdf`.
    """
    found: list[tuple[int, Sentence]] = []
    looked_at, end = 0, time.monotonic() + seconds
    with page_text.opened(pdf, lambda _: 1.0) as printed:
        for page in range(1, printed.page_count + 1):
            late = time.monotonic() > end
            below = [] if late else _below(printed.drawn(page))
            if not below and not late:
                continue
            looked_at += 1
            hidden = None if late or looked_at > MAX_LOOKED_AT else _unseen(printed, page, below)
            if hidden is None:
                found.append((page, Sentence(N_("From here on, nobody looked for covered text."))))
                break
            if hidden:
                found.append((page, Sentence(N_("Text is covered by a picture or a filled area."))))
    return found


def _part(picture: Image.Image, box: Box, frame: Frame) -> Image.Image | None:
    """Return what a picture of the page shows in a box, in the reader's coordinates; None off the page."""
    scale = picture.width / frame.width
    left, top = (max(0, math.floor(edge)) for edge in (box.left * scale, picture.height - box.top * scale))
    right = min(picture.width, math.ceil(box.right * scale))
    bottom = min(picture.height, math.ceil(picture.height - box.bottom * scale))
    return picture.crop((left, top, right, bottom)) if left < right and top < bottom else None


def _below(drawn: Sequence[Drawn]) -> list[Drawn]:
    """Return what has text and lies within something that is drawn after it."""
    areas = [each for each in drawn if each.covers and each.box.width * each.box.height > _SMALLEST]
    covers = sorted(areas, key=lambda each: -each.box.width * each.box.height)[:MAX_COVERS]
    return [
        each
        for each in drawn
        if each.has_text and any(_covers(cover, each) for cover in covers if cover.index > each.index)
    ]


def _covers(cover: Drawn, other: Drawn) -> bool:
    slack = 0.2 * other.box.height
    return (
        cover.box.left <= other.box.left + slack
        and cover.box.right >= other.box.right - slack
        and cover.box.bottom <= other.box.bottom + slack
        and cover.box.top >= other.box.top - slack
    )


def _unseen(printed: PrintedPdf, page: int, below: Sequence[Drawn]) -> bool | None:
    """Tell whether the page looks the same without one of these; None if it cannot be drawn in time.

    A cover may be transparent, or clipped away: only the picture of the page says what is seen.
    """
    shown, without = printed.picture(page), printed.picture(page, [each.index for each in below])
    if shown is None or without is None:
        return None
    seen, frame = ImageChops.difference(shown, without), printed.frame(page)
    parts = [_part(seen, frame.to_reader(each.box), frame) for each in below]
    return any(part is not None and part.getbbox() is None for part in parts)
