"""Where number, date, signature and seal belong on the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from signer import page_text
from signer.fields import Blank
from signer.page import POINTS_PER_MM, Box, Frame, Place

SEAL_SIDE = 36 * POINTS_PER_MM
"""The seal's side in points: the real size of the common seal, 36 mm across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where everything goes, with the frames of the pages it goes to."""

    blanks: Mapping[str, Blank]
    sign: Place
    seal: Place
    symbol: str | None = None
    printed: Mapping[str, str] = field(default_factory=dict)
    frames: Mapping[int, Frame] = field(repr=False)


def find_places(pdf: bytes) -> Places:
    """Find the places by the text on the page."""
    with page_text.opened(pdf) as printed:
        last = printed.page_count
        frames = {1: printed.frame(1), last: printed.frame(last)}
    return _default(frames, last)


# The diagram of NĐ 30/2020/NĐ-CP, Phụ lục I, mục IV, on A4: left, top, width, height in millimetres.
_BOXES = {"number": (45, 33, 30, 6), "date": (105, 33, 85, 6), "sign": (125, 215, 46, 23)}


def _default(frames: Mapping[int, Frame], last: int) -> Places:
    number, date = (_standing(name, 1, frames[1]) for name in ("number", "date"))
    sign = _standing("sign", last, frames[last])
    return Places(
        blanks={"number": Blank(place=number, size=13), "date": Blank(place=date, size=13, italic=True)},
        sign=sign,
        seal=seal_beside(sign, frames[last]),
        frames=frames,
    )


def _standing(name: str, page: int, frame: Frame) -> Place:
    left, top, width, height = _BOXES[name]
    across, down = frame.width / 210, frame.height / 297
    box = Box(
        left * across,
        frame.height - (top + height) * down,
        (left + width) * across,
        frame.height - top * down,
    )
    return Place.over(page, box, "default")


def seal_beside(sign: Place, frame: Frame) -> Place:
    """Return where the seal goes: over the left third of the signature (Phụ lục I, II.8)."""
    seal = replace(
        sign,
        x=sign.x + sign.width / 3 - SEAL_SIDE,
        y=sign.y + sign.height / 2 - SEAL_SIDE / 2,
        width=SEAL_SIDE,
        height=SEAL_SIDE,
    )
    return frame.moved_in(seal)
