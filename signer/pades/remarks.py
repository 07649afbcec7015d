"""Remarks that a certified document is open to (DocMDP P=3): notes and marks that hide and forge nothing.

ISO 32000-2 table 257 lets P=3 stand for every annotation. Evil annotation attacks (IEEE S&P 2021) draw new
text or white paint over the page with those; so only the kinds are taken here whose look the reader's program
decides, or that leave what is beneath them legible. FreeText, Stamp, Redact, Ink, shapes and links are none.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations, product

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver

from signer.pades import multiplied, new_fields
from signer.pades.entries import entry
from signer.pades.multiplied import Box, Paint

_KEYS = frozenset(
    {"/Type", "/Subtype", "/Rect", "/Contents", "/RC", "/T", "/Subj", "/NM", "/M", "/CreationDate", "/P"}
    | {"/F", "/C", "/CA", "/Name", "/QuadPoints", "/Popup", "/Parent", "/Open", "/IRT", "/RT", "/State"}
    | {"/StateModel", "/Border", "/BS", "/StructParent", "/Lang", "/AP"}
)
"""What a remark may carry: no action, no layer, no file."""

_ICON = 32.0  # points: the icon of a note
_SIDE_BY_SIDE, _ALONG, _LINE = 2, 96.0, 16.0
"""Icons that may stand within so many points along one line: they hide half of it at most."""
_MOST_NOTES = 500  # of a page
_PAPER = 0.7  # luminance from which a line erases letters on paper
_THICKEST = 2.0  # points: the border of a line, which some readers draw it with
_LOWEST, _HIGHEST = 4.0, 40.0  # points: the letters that a line is drawn through or under
_LEVEL = 0.15  # of its height: how far a quadrilateral may be from a rectangle
_NARROWEST = 0.25  # of its height: a single letter
MOST_QUADS = 64
"""The most stretches of text that one line or highlight may mark, and the most of all lines that are added to
a page, by four: enough for each line of a page, and too few to draw with."""


def are_allowed(revision: HistoricalResolver) -> bool:
    """Tell whether a revision is certified with DocMDP P=3.

    ISO 32000-2 §12.8.2.2.2: the certification speaks for the whole document, also after later approvals.
    """
    permissions = entry(revision.root, "/Perms", generic.DictionaryObject())
    certification = entry(permissions, "/DocMDP", generic.DictionaryObject())
    for each in entry(certification, "/Reference", ()):
        parameters = entry(each.get_object(), "/TransformParams", generic.DictionaryObject())
        if entry(each.get_object(), "/TransformMethod") == "/DocMDP":
            return bool(entry(parameters, "/P") == 3)
    return False


def is_remark(found: object) -> bool:
    """Tell whether an annotation is a remark that hides nothing and says nothing in the page's place."""
    if not isinstance(found, generic.DictionaryObject) or isinstance(found, generic.StreamObject):
        return False
    kind = entry(found, "/Subtype")
    if not isinstance(kind, generic.NameObject) or kind not in _KINDS or found.keys() - _KEYS:
        return False
    place = _floats(entry(found, "/Rect"))
    return len(place) == 4 and _KINDS[kind](found, place)


def looks(found: generic.DictionaryObject) -> Iterator[generic.PdfObject]:
    """Yield what shows a remark, unresolved."""
    shown = entry(found, "/AP", generic.DictionaryObject())
    yield from (shown.raw_get(key) for key in shown)


def _note(found: generic.DictionaryObject, place: list[float]) -> bool:
    # The reader's program draws the icon; one that the document draws could be any letter.
    left, bottom, right, top = place
    return "/AP" not in found and abs(right - left) <= _ICON and abs(top - bottom) <= _ICON


def _window(found: generic.DictionaryObject, _place: list[float]) -> bool:
    return "/AP" not in found


def _line(found: generic.DictionaryObject, _place: list[float]) -> bool:
    """Tell whether it is a thin, coloured line along text: white would erase letters, black add to them."""
    colour, stretches = _floats(entry(found, "/C")), _stretches(found)
    return (
        "/AP" not in found
        and _is_coloured(colour)
        and _is_thin(found)
        and 0 < len(stretches) <= MOST_QUADS
        and all(each is not None for each in stretches)
    )


def are_apart(
    added: Sequence[generic.DictionaryObject], there: Sequence[generic.DictionaryObject] = ()
) -> bool:
    """Tell whether what was added to a page marks each stretch of text once, with the marks that are there.

    Many lines close to each other are a drawing, and may be a number; so is light paint in many layers. Some
    of them may have been there when the document was signed.
    """
    new, old = (
        [each for mark in found if entry(mark, "/Subtype") in _LINES for each in _stretches(mark) if each]
        for found in (added, there)
    )
    if new and len(new) + len(old) > 4 * MOST_QUADS:
        return False
    pairs = chain(combinations(new, 2), product(new, old))
    if any(multiplied.overlap(one, other) for one, other in pairs) or _stand_in_a_row(added, there):
        return False
    return multiplied.stays_light(
        *([each for mark in found for each in _paint(mark)] for found in (added, there))
    )


def _stand_in_a_row(
    added: Sequence[generic.DictionaryObject], there: Sequence[generic.DictionaryObject]
) -> bool:
    """Tell whether notes were added whose icons, side by side, hide a line of text.

    Answers to a note, and other states of it, stand where it does.
    """
    new, old = (
        {(min(place[::2]), max(place[1::2])) for place in _places_of_notes(found)} for found in (added, there)
    )
    if len(new) + len(old) > _MOST_NOTES:
        return bool(new)
    return any(
        sum(0 <= x - left < _ALONG and abs(y - top) < _LINE for x, y in new | old) > _SIDE_BY_SIDE
        for left, top in new | old
        if new
    )


def _places_of_notes(found: Sequence[generic.DictionaryObject]) -> Iterator[list[float]]:
    for mark in found:
        place = _floats(entry(mark, "/Rect"))
        if entry(mark, "/Subtype") == "/Text" and len(place) == 4:
            yield place


def _paint(mark: generic.DictionaryObject) -> Iterator[Paint]:
    """Yield what a highlight paints: each stretch that it marks, or all of its place where it is drawn."""
    if entry(mark, "/Subtype") != "/Highlight":
        return
    shown = entry(entry(mark, "/AP", generic.DictionaryObject()), "/N")
    if isinstance(shown, generic.StreamObject):
        place = _floats(entry(mark, "/Rect"))
        colours = {each.colour for each in multiplied.drawn(shown) or ()}
        if len(place) == 4:
            yield from (Paint(multiplied.around(place), each) for each in colours)
        return
    colour, numbers = multiplied.of(_floats(entry(mark, "/C"))), _floats(entry(mark, "/QuadPoints"))
    for at in range(0, len(numbers) - 7, 8) if colour else ():
        yield Paint(multiplied.around(numbers[at : at + 8]), colour)


def _stretches(found: generic.DictionaryObject) -> list[Box | None]:
    """Return the stretches of text that a line marks, in points; None for each that can be none."""
    numbers = _floats(entry(found, "/QuadPoints"))
    quads = [numbers[at : at + 8] for at in range(0, len(numbers), 8)]
    return [_stretch(each) if len(each) == 8 else None for each in quads]


def _stretch(quad: list[float]) -> Box | None:
    """Return the box of a quadrilateral whose first two points are on one side of a line of text.

    So all programs write them, in the order of ISO 32000-2 §12.5.6.10 or in Adobe's; another order turns the
    line that is drawn.
    """
    x, y = quad[::2], quad[1::2]
    left, bottom, right, top = min(x), min(y), max(x), max(y)
    height = top - bottom
    slack = _LEVEL * height
    level = abs(y[0] - y[1]) <= slack and abs(y[2] - y[3]) <= slack and abs(y[0] - y[2]) >= height - slack
    upright = all(min(abs(each - left), abs(each - right)) <= slack for each in x)
    across = min(abs(x[0] - x[1]), abs(x[2] - x[3])) >= right - left - slack
    fits = _LOWEST <= height <= _HIGHEST and right - left >= _NARROWEST * height
    return (left, bottom, right, top) if level and upright and across and fits else None


def _is_thin(found: generic.DictionaryObject) -> bool:
    style, border = entry(found, "/BS", generic.DictionaryObject()), entry(found, "/Border")
    if not isinstance(style, generic.DictionaryObject):
        return False
    widths = [style["/W"]] if "/W" in style else []
    if border is not None:
        numbers = _floats(border)
        widths += numbers if len(numbers) == 3 else [_THICKEST + 1]
    return all(
        isinstance(each, int | float | generic.FloatObject) and 0 <= float(each) <= _THICKEST
        for each in widths
    )


def _is_coloured(colour: list[float]) -> bool:
    """Tell whether a colour is neither that of letters nor that of paper."""
    found = multiplied.of(colour)
    if not found or not all(0 <= each <= 1 for each in found):
        return False
    return max(found) - min(found) >= multiplied.COLOURED and multiplied.luminance(*found) < _PAPER


def _highlight(found: generic.DictionaryObject, _place: list[float]) -> bool:
    """Light paint, and where the document draws it, multiplied into the page (ISO 32000-2 §11.3.5)."""
    if "/C" in found and not multiplied.is_light(_floats(entry(found, "/C"))):
        return False
    if "/AP" not in found:
        stretches = _stretches(found)  # of any other shape pale letters could be made
        return 0 < len(stretches) <= MOST_QUADS and all(each is not None for each in stretches)
    shown = entry(found, "/AP")
    return (
        isinstance(shown, generic.DictionaryObject)
        and list(shown) == ["/N"]
        and isinstance(shown["/N"], generic.StreamObject)
        and new_fields.is_bounded(shown["/N"])
        and multiplied.drawn(shown["/N"]) is not None
    )


_KINDS: dict[str, Callable[[generic.DictionaryObject, list[float]], bool]] = {
    "/Text": _note,
    "/Popup": _window,
    "/Highlight": _highlight,
    "/Underline": _line,
    "/StrikeOut": _line,
    "/Squiggly": _line,
}
_LINES = frozenset(kind for kind, judge in _KINDS.items() if judge is _line)


def _floats(found: object) -> list[float]:
    if not isinstance(found, generic.ArrayObject):
        return []
    numbers = [each for each in found if isinstance(each, generic.NumberObject | generic.FloatObject)]
    return [float(each) for each in numbers] if len(numbers) == len(found) else []
