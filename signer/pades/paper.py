"""A page as a reader sees it (ISO 32000-2), and where something on it stands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from signer.facts import Spot
from signer.page import Box, Frame

LETTER = (0.0, 0.0, 612.0, 792.0)
"""What viewers take for a page without a /MediaBox."""


def visible(crop: Sequence[float] | None, media: Sequence[float] | None) -> Sequence[float]:
    """Return what is seen of a page: of its box to be shown what lies on the medium (§14.11.2.1)."""
    media = media or LETTER
    shown, whole = _box(crop or media), _box(media)
    if shown is None or whole is None or not shown.meets(whole):
        return crop or media
    inner = max(shown.left, whole.left), max(shown.bottom, whole.bottom)
    return (*inner, min(shown.right, whole.right), min(shown.top, whole.top))


@dataclass(frozen=True, slots=True)
class Paper:
    """A page, counted from 1: its visible box, its turn in degrees, its /UserUnit."""

    number: int
    visible: Sequence[float]
    rotation: int = 0
    unit: float = 1.0

    def spot(self, rectangle: Sequence[float]) -> Spot | None:
        """Return where a rectangle of the page's own coordinates is seen; None if it is nowhere seen."""
        place, visible = _box(rectangle), _box(self.visible)
        if place is None or visible is None or not 0 < self.unit < math.inf:
            return None
        frame = Frame(visible, self.rotation % 360, self.unit)
        box = frame.to_reader(place)
        if box.width <= 0 or box.height <= 0 or frame.width <= 0 or frame.height <= 0:
            return None  # an invisible signature: it has a page, but no place on it
        return Spot(
            page=self.number,
            x=round(box.left, 2),
            y=round(box.bottom, 2),
            width=round(box.width, 2),
            height=round(box.height, 2),
            page_width=round(frame.width, 2),
            page_height=round(frame.height, 2),
        )


def _box(edges: Sequence[float]) -> Box | None:
    if len(edges) != 4 or not all(math.isfinite(each) and abs(each) < 1e6 for each in edges):
        return None
    left, right = sorted(edges[0::2])
    bottom, top = sorted(edges[1::2])
    return Box(left, bottom, right, top)
