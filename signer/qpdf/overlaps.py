"""Fields that lie over one another: one could be filled in, or drawn, over what another shows."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import pikepdf

from signer.findings import Code
from signer.form.names import LAYER_1, LAYER_2, TEXT_FIELDS
from signer.qpdf.form_tree import Field
from signer.qpdf.whole import short

_SLACK = 1.0  # units of user space that borders may share
_OURS = TEXT_FIELDS | {LAYER_1, LAYER_2}


class _Box(NamedTuple):
    bottom: float
    left: float
    top: float
    right: float
    name: str


def overlaps(pdf: pikepdf.Pdf, fields: dict[int, Field]) -> Iterator[tuple[Code, int, dict[str, object]]]:
    """Yield, with its page, a field over one of ours, and one pair of others, of each page that has such."""
    for number, page in enumerate(pdf.pages, 1):
        annotations = page.obj.get("/Annots")
        if not isinstance(annotations, pikepdf.Array):
            continue
        boxes = [box for each in annotations if (box := _box(each, fields)) is not None]
        ours = [box for box in boxes if box.name in _OURS]
        others = [box for box in boxes if box.name not in _OURS]
        for place in ours:
            over = next((each for each in others if _meet(place, each)), None)
            if over is not None:
                yield _code(place), number, {"other": short(over.name), "field": place.name}
        pair = _first_pair(others)
        if pair is not None:
            yield Code.FIELD_OVER_FIELD, number, {"other": short(pair[0].name), "field": short(pair[1].name)}


def _code(place: _Box) -> Code:
    """Return what a field over one of ours is: the seal is drawn over it and locks it, the others are not."""
    return Code.FIELD_OVER_FIELD if place.name == LAYER_2 else Code.FIELD_OVER_PLACE


def _box(widget: object, fields: dict[int, Field]) -> _Box | None:
    if not isinstance(widget, pikepdf.Dictionary) or widget.get("/Subtype") != "/Widget":
        return None
    edges = [float(edge) for edge in widget.get("/Rect", [])]
    if len(edges) != 4:
        return None
    left, right = sorted(edges[::2])
    bottom, top = sorted(edges[1::2])
    if right - left <= 2 * _SLACK or top - bottom <= 2 * _SLACK:
        return None  # a signature that is not shown
    field = fields.get(widget.objgen[0])
    name = field.name if field is not None else str(widget.get("/T", "?"))
    return _Box(bottom + _SLACK, left + _SLACK, top - _SLACK, right - _SLACK, name)


def _meet(one: _Box, other: _Box) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.bottom < other.top
        and other.bottom < one.top
    )


def _first_pair(boxes: list[_Box]) -> tuple[_Box, _Box] | None:
    """Return two boxes that meet, if any do: a line sweeps over them from left to right.

    Those that it crosses do not meet, and so stand above one another: only neighbours need to be asked.
    """
    edges = sorted([(box.left, 1, box) for box in boxes] + [(box.right, 0, box) for box in boxes])
    crossed: list[_Box] = []
    for _, begins, box in edges:
        if not begins:
            crossed.pop(bisect_left(crossed, box))
            continue
        insort(crossed, box)
        at = bisect_left(crossed, box)
        for lower, upper in pairwise(crossed[max(0, at - 1) : at + 2]):
            if _meet(lower, upper):
                return lower, upper
    return None
