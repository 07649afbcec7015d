"""Where things stand on a page, as the reader sees it.

People measure from the lower-left corner of what they see; a PDF measures in the user space of the page,
which may be shifted (CropBox), turned (/Rotate) and measured in units of its own (/UserUnit). A `Place` is
in the reader's coordinates, points on paper; a `Frame` turns them into the page's and back (ISO 32000-2
§7.7.3.3).
"""

import math
import re
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

from pki.errors import UsageError
from signer.errors import PlaceNotFound

Found = Literal["text", "default", "given"]

POINTS_PER_MM = 72 / 25.4
"""PDF points in a millimetre."""

_FURTHEST = 100_000.0  # points; ISO 32000-2 Annex C: real pages end at 14 400
_NUMBER = r"\s*(-?\d{1,6}(?:\.\d{1,6})?)\s*"
_PLACE = re.compile(r"\s*(\d{1,6})\s*:" + ",".join([_NUMBER] * 4), re.ASCII)


class Box(NamedTuple):
    """A rectangle by its edges; which coordinates it is in, its owner says."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """The distance between left and right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The distance between bottom and top."""
        return self.top - self.bottom

    def meets(self, other: "Box") -> bool:
        """Tell whether the two have a part in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def union(self, other: "Box") -> "Box":
        """Return the smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A rectangle on a page, in PDF points from the lower-left corner of the page as the reader sees it.

    `page` counts from 1. Coordinates are kept to a hundredth of a point, so that the text form is exact.
    `found` says how the place came about: from the page's own text, from the standard layout of
    NĐ 30/2020/NĐ-CP (Phụ lục I), or given by the caller. Raises `UsageError` for a place no page can have.
    """

    page: int
    x: float
    y: float
    width: float
    height: float
    found: Found = "given"

    def __post_init__(self) -> None:
        for name in ("x", "y", "width", "height"):
            value = float(getattr(self, name))
            if not math.isfinite(value) or abs(value) > _FURTHEST:
                raise UsageError("The place {name} of {value} is out of range.", name=name, value=value)
            object.__setattr__(self, name, round(value, 2) + 0.0)  # + 0.0: no negative zero in the text form
        if self.page < 1 or self.width <= 0 or self.height <= 0:
            raise UsageError(
                "The place {place} is empty or before the first page.",
                place=str(self),
                hint="Pages count from 1; width and height are more than 0.",
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `PAGE:X,Y,W,H`, such as `1:85,710.5,60,16`. Raises `UsageError` for any other form."""
        match = _PLACE.fullmatch(text)
        if match is None:
            raise UsageError(
                "{text} is not a place on a page.",
                text=repr(text[:60]),
                hint="Write PAGE:X,Y,W,H in points from the lower-left corner, for example 1:85,710,60,16.",
            )
        page, x, y, width, height = match.groups()
        return cls(page=int(page), x=float(x), y=float(y), width=float(width), height=float(height))

    def __str__(self) -> str:
        return f"{self.page}:" + ",".join(
            f"{value:.2f}".rstrip("0").rstrip(".") for value in (self.x, self.y, self.width, self.height)
        )

    @property
    def box(self) -> Box:
        """The edges, in the reader's coordinates."""
        return Box(self.x, self.y, self.x + self.width, self.y + self.height)

    @classmethod
    def over(cls, page: int, box: Box, found: Found) -> Self:
        """Return the place that covers `box` of `page`."""
        return cls(page=page, x=box.left, y=box.bottom, width=box.width, height=box.height, found=found)

    def as_json(self) -> dict[str, object]:
        """Return the place as plain values for reports."""
        return {
            "page": self.page,
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
            "found": self.found,
        }


@dataclass(frozen=True, slots=True)
class Frame:
    """How the reader sees one page: the visible box in user space, its turn, and its unit.

    `rotation` is the page's /Rotate: 0, 90, 180 or 270 degrees clockwise. `unit` is its /UserUnit: how many
    points on paper one unit of user space is.
    """

    visible: Box
    rotation: int = 0
    unit: float = 1.0

    @property
    def width(self) -> float:
        """How wide the reader sees the page, in points."""
        return self.unit * (self.visible.height if self.rotation % 180 else self.visible.width)

    @property
    def height(self) -> float:
        """How high the reader sees the page, in points."""
        return self.unit * (self.visible.width if self.rotation % 180 else self.visible.height)

    def to_user(self, box: Box) -> Box:
        """Turn a box in the reader's coordinates into the page's user space."""
        left, bottom, right, top = box
        if self.unit != 1:
            left, bottom, right, top = (edge / self.unit for edge in box)
        across, up = self.visible.width, self.visible.height
        if self.rotation == 90:
            left, bottom, right, top = across - top, left, across - bottom, right
        elif self.rotation == 180:
            left, bottom, right, top = across - right, up - top, across - left, up - bottom
        elif self.rotation == 270:
            left, bottom, right, top = bottom, up - right, top, up - left
        x, y = self.visible.left, self.visible.bottom
        return Box(left + x, bottom + y, right + x, top + y)

    def to_reader(self, box: Box) -> Box:
        """Turn a box in the page's user space into the reader's coordinates."""
        x, y = self.visible.left, self.visible.bottom
        left, bottom, right, top = box.left - x, box.bottom - y, box.right - x, box.top - y
        across, up = self.visible.width, self.visible.height
        if self.rotation == 90:
            left, bottom, right, top = bottom, across - right, top, across - left
        elif self.rotation == 180:
            left, bottom, right, top = across - right, up - top, across - left, up - bottom
        elif self.rotation == 270:
            left, bottom, right, top = up - top, left, up - bottom, right
        if self.unit != 1:
            return Box(left * self.unit, bottom * self.unit, right * self.unit, top * self.unit)
        return Box(left, bottom, right, top)

    def holds(self, place: Place) -> bool:
        """Tell whether the place lies on the visible page, to a tenth of a point."""
        box = place.box
        return (
            box.left >= -0.1
            and box.bottom >= -0.1
            and box.right <= self.width + 0.1
            and box.top <= self.height + 0.1
        )

    def moved_in(self, place: Place) -> Place:
        """Return the place moved, never shrunk, until it lies on the visible page.

        Raises `PlaceNotFound` when it is larger than the page.
        """
        if place.width > self.width or place.height > self.height:
            raise PlaceNotFound(
                "A box of {width} x {height} points does not fit on page {page}.",
                width=place.width,
                height=place.height,
                page=place.page,
                hint="Give a smaller place, or print the document on a larger page.",
            )
        x = min(max(place.x, 0.0), self.width - place.width)
        y = min(max(place.y, 0.0), self.height - place.height)
        return replace(place, x=x, y=y)
