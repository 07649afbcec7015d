"""Where the reader sees each signature, found from its widget upwards: no page is looked at but its own."""

from collections.abc import Mapping

from signer.facts import Spot
from signer.pades.lexing import Ref, Value
from signer.pades.paper import LETTER, Paper
from signer.quick.file import File
from signer.quick.form import Field
from signer.quick.unusual import Unusual, unusual

_DEEPEST = 40  # levels of the page tree


def spots(file: File, fields: Mapping[str, Field]) -> dict[str, Spot]:
    """Return where signed fields are seen, for those that are."""
    found = {}
    for called, each in fields.items():
        if each.kind == "Sig" and "V" in each.entries:
            spot = _spot(file, each)
            if spot is not None:
                found[called] = spot
    return found


def _spot(file: File, field: Field) -> Spot | None:
    rectangle = _numbers(file, field.entries.get("Rect"))
    if rectangle is None or rectangle[0] == rectangle[2] or rectangle[1] == rectangle[3]:
        return None
    place = field.entries.get("P")
    if not isinstance(place, Ref):
        unusual("a widget that does not name its page")
    page = file.dictionary(place)
    listed = file.followed(page.get("Annots"))
    if not isinstance(listed, list) or not any(_names(each, field.number) for each in listed):
        unusual("a page that does not list the widget it shows")
    visible = _numbers(file, _inherited(file, page, "CropBox")) or _numbers(
        file, _inherited(file, page, "MediaBox")
    )
    rotation, unit = _inherited(file, page, "Rotate"), file.followed(page.get("UserUnit", 1))
    if not isinstance(rotation, int | None) or not isinstance(unit, int | float):
        unusual("an odd page")
    paper = Paper(_number(file, place, page), visible or LETTER, rotation or 0, float(unit))
    return paper.spot(rectangle)


def _names(value: Value, number: int) -> bool:
    return isinstance(value, Ref) and value.number == number


def _numbers(file: File, value: Value) -> tuple[float, ...] | None:
    listed = file.followed(value)
    if listed is None:
        return None
    if not isinstance(listed, list):
        unusual("an odd rectangle")
    edges = [file.followed(each) for each in listed]
    return tuple(float(each) if isinstance(each, int | float) else unusual("an odd edge") for each in edges)


def _inherited(file: File, page: Mapping[str, Value], key: str) -> Value:
    """Return what a page has or inherits (ISO 32000-2 §7.7.3.4)."""
    node = page
    for _ in range(_DEEPEST):
        if key in node:
            return file.followed(node[key])
        if "Parent" not in node:
            return None
        node = file.dictionary(node["Parent"])
    raise Unusual("a page tree without end")


def _number(file: File, place: Ref, page: Mapping[str, Value]) -> int:
    """Count the pages before this one, by what the tree itself says of its branches (§7.7.3.2)."""
    before, node, at = 1, page, place
    for _ in range(_DEEPEST):
        above = node.get("Parent")
        if above is None:
            return before
        parent = file.dictionary(above)
        kids = file.followed(parent.get("Kids"))
        if not isinstance(kids, list) or at not in kids or not isinstance(above, Ref):
            unusual("a page that is not in its tree")
        place_in = kids.index(at)
        if parent.get("Count") == len(kids):  # all of them are pages
            before += place_in
        else:
            before += sum(_count(file, each) for each in kids[:place_in])
        node, at = parent, above
    raise Unusual("a page tree without end")


def _count(file: File, node: Value) -> int:
    count = file.dictionary(node).get("Count", 1)
    return count if type(count) is int else unusual("an odd branch of the page tree")
