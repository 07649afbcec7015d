"""Where the reader sees each signature: the page that shows its widget, and the rectangle on it.

What counts is the page that lists the widget (/Annots): the widget's own /P may name another one, and no
viewer asks it.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signer.facts import Spot
from signer.pades.door import Malformed, hostile
from signer.pades.entries import entry
from signer.pades.paper import Paper, visible

MOST_PAGES = 1000
"""Pages that are searched for signatures."""
MOST_ANNOTATIONS = 20_000
"""Annotations that are looked at, on all pages together."""

_DEEPEST = 40  # levels of the page tree, and of fields above a widget
_WIDGETS = 8  # of one field: a signature has one
_INHERITED = ("/MediaBox", "/CropBox", "/Rotate")  # ISO 32000-2 table 31


def spots(reader: PdfFileReader, fields: Mapping[str, Any]) -> dict[str, Spot]:
    """Return where signature fields (their references by name) are seen, for those that are.

    Never raises for what a stranger wrote: what cannot be found is not shown.
    """
    found: dict[str, Spot] = {}
    try:
        with hostile():
            wanted = {widget: name for name, field in fields.items() for widget in _widgets(field)}
            _search(reader, wanted, found)
    except Malformed:
        pass
    return found


def unplaced(fields: Mapping[str, Any], spots: Mapping[str, Spot]) -> frozenset[str]:
    """Return the fields that have a place to be seen in, as far as that can be read, and none on a page."""
    return frozenset(name for name, field in fields.items() if name not in spots and _is_seen(field))


def first_page(reader: PdfFileReader) -> frozenset[int]:
    """Return the annotations that the first page lists, by their numbers; none if it cannot be read."""
    try:
        with hostile():
            listed = next(iter(_pages(reader)), {"/Annots": ()})["/Annots"]
            return frozenset(each.idnum for each in list(listed) if isinstance(each, generic.IndirectObject))
    except Malformed:
        return frozenset()


def _is_seen(field: Any) -> bool:
    try:
        with hostile():
            kids = list(entry(field.get_object(), "/Kids", ()))[:_WIDGETS]
            places = [_numbers(entry(each.get_object(), "/Rect")) for each in (field, *kids)]
            return any(each and len(each) == 4 and _has_sides(each) for each in places)
    except Malformed:
        return True


def _has_sides(edges: Sequence[float]) -> bool:
    return edges[0] != edges[2] and edges[1] != edges[3]


def _widgets(field: Any) -> Iterator[tuple[int, int]]:
    """Yield number and generation of a field's widgets: itself, or its kids (ISO 32000-2 §12.7.4.1)."""
    kids = entry(field.get_object(), "/Kids", ())
    for each in (field, *list(kids)[:_WIDGETS]):
        if isinstance(each, generic.IndirectObject):
            yield each.idnum, each.generation


def _search(reader: PdfFileReader, wanted: Mapping[tuple[int, int], str], found: dict[str, Spot]) -> None:
    left, unseen = MOST_ANNOTATIONS, set(wanted.values())
    for number, page in enumerate(_pages(reader), 1):
        if number > MOST_PAGES or left <= 0 or not unseen:
            return
        annotations = list(page["/Annots"])[:left]
        left -= len(annotations)
        for each in annotations:
            if isinstance(each, generic.IndirectObject) and (each.idnum, each.generation) in wanted:
                name, spot = wanted[each.idnum, each.generation], _spot(number, page, each.get_object())
                unseen.discard(name)
                if spot is not None:
                    found.setdefault(name, spot)


def _pages(reader: PdfFileReader) -> Iterator[dict[str, Any]]:
    """Yield the pages in order, with what they inherit. A tree that goes round in circles ends somewhere."""
    waiting: list[tuple[Any, dict[str, Any], int]] = [(reader.root["/Pages"], {}, 0)]
    steps = 0
    while waiting and steps < 2 * MOST_PAGES:
        steps += 1
        reference, above, depth = waiting.pop()
        node = reference.get_object()
        inherited = {name: node[name] if name in node else above.get(name) for name in _INHERITED}
        if "/Kids" not in node:
            yield {
                **inherited,
                "/Annots": entry(node, "/Annots", ()),
                "/UserUnit": entry(node, "/UserUnit", 1),
            }
        elif depth < _DEEPEST:
            kids = list(node["/Kids"])[: 2 * MOST_PAGES - steps]
            waiting += [(each, inherited, depth + 1) for each in reversed(kids)]


def _spot(number: int, page: Mapping[str, Any], widget: generic.DictionaryObject) -> Spot | None:
    rectangle, crop, media = (
        _numbers(each) for each in (entry(widget, "/Rect"), page["/CropBox"], page["/MediaBox"])
    )
    if rectangle is None or not isinstance(page["/Rotate"] or 0, int):
        return None
    paper = Paper(number, visible(crop, media), page["/Rotate"] or 0, float(page["/UserUnit"]))
    return paper.spot(rectangle)


def _numbers(value: Any) -> tuple[float, ...] | None:
    # By place: that follows references.
    return None if value is None else tuple(float(value[at]) for at in range(len(value)))
