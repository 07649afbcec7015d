"""Fields added after a signature: plain in shape, and drawing no more than what they stand for.

A signature field may be added to most signed documents, and its widget may draw anything anywhere: of whoever
adds one it is asked that it shows nothing until it is signed, and after a seal not at all.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.pdf_utils.rw_common import PdfHandler

from pki.words import N_, Sentence
from signer.pades import lexing, undrawn
from signer.pades.entries import entry, unpacked
from signer.pades.refused import Refused

_KEYS = frozenset(
    {"/FT", "/T", "/TU", "/TM", "/Ff", "/V", "/Lock", "/SV", "/Parent", "/Kids", "/DA", "/DR", "/Q"}
    | {"/Type", "/Subtype", "/F", "/Rect", "/AP", "/P", "/BS", "/Border", "/StructParent", "/NM", "/M"}
)
"""What a new signature field may carry; no action, no caption, no ground of its own (/A, /AA, /MK)."""

_BOX = range(4)
_SHORTEST = 1.0  # point: a side of what is seen
_EMPTY = 64  # bytes of a compressed stream that can still hold nothing


def are_new(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse to take objects of the signed document for new fields, and new fields without a name.

    pyHanko passes over what has no name: so a stamp that was signed as an object which nobody uses came to be
    a field, and its page could list it.
    """
    had, has = (frozenset(_references(_at_root(each))) for each in (old, new))
    before = names(old)
    for reference in has - had:
        if not old.is_ref_unassignable(reference) or "/T" not in new(reference):
            said = N_("Object {number} was made a field of the form; it was something else, or has no name.")
            raise Refused(Sentence(said, {"number": reference.idnum}))
        if (name := str(new(reference)["/T"])) in before:
            # The page lists the old one: what is filled in here would be told, and not be seen.
            moved = N_("The field {field} was put into another object than the one that its page shows.")
            raise Refused(Sentence(moved, {"field": name}))


def are_plain(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse new fields of odd shape, and unsigned ones that draw something."""
    for name, field in _added(old, new):
        for widget in (field, *_kids(field)):
            odd = sorted(widget.keys() - _KEYS)
            if odd:
                raise Refused(_odd(name, ", ".join(odd)))
            # Readers draw squares, notes and stamps by themselves, with any border, without an appearance.
            if entry(widget, "/Subtype", "/Widget") != "/Widget":
                raise Refused(_odd(name, "/Subtype"))
            _rectangle(name, widget)
            if "/DR" in widget and not _names_its_own_look(widget):
                raise Refused(_odd(name, "/DR"))
            if "/V" not in field and not _draws_nothing(widget):
                raise Refused(
                    Sentence(N_("The field {field} was added; it is drawn, but not signed."), {"field": name})
                )


def are_invisible(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse new fields that show: where the seal's place is set, only that field may show anything new."""
    for name, field in _added(old, new):
        for widget in (field, *_kids(field)):
            if any(_rectangle(name, widget)) or not _draws_nothing(widget):
                raise Refused(Sentence(N_("The field {field} was added, and is seen."), {"field": name}))


def are_stamps(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse new fields other than document time-stamps (EN 319 142-1 §5.4.3)."""
    for name, field in _added(old, new):
        value = entry(field, "/V")
        kind = entry(value, "/Type") if isinstance(value, generic.DictionaryObject) else None
        if kind != "/DocTimeStamp":
            said = N_("The field {field} was added to a locked document; it is no document time-stamp.")
            raise Refused(Sentence(said, {"field": name}))


def stamps_are_invisible(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse document time-stamps that show anything (ISO 32000-2 §12.8.5: they have no appearance).

    Anybody can make one, and one that is not trusted condemns nothing: whatever it drew over the page would
    be told as a field that was signed. So also in a field that was there and waited for a signature.
    """
    before = dict(_below(_at_root(old)))
    for name, field in _below(_at_root(new)):
        value = entry(field, "/V")
        is_stamp = isinstance(value, generic.DictionaryObject) and entry(value, "/Type") == "/DocTimeStamp"
        if not is_stamp or "/V" in before.get(name, ()):
            continue
        for widget in (field, *_kids(field)):
            if any(_rectangle(name, widget)) or not _draws_nothing(widget):
                said = N_("The field {field} holds a time-stamp, and is seen.")
                raise Refused(Sentence(said, {"field": name}))


def looks_of_stamps(
    old: HistoricalResolver, new: HistoricalResolver
) -> Iterator[tuple[str, generic.PdfObject]]:
    """Yield the looks of new document time-stamps by the names of their fields."""
    for name, field in _added(old, new):
        value = entry(field, "/V")
        is_stamp = isinstance(value, generic.DictionaryObject) and entry(value, "/Type") == "/DocTimeStamp"
        if is_stamp and "/AP" in field:
            yield name, field.raw_get("/AP")


def looks_are_one(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse looks of texts and signatures beside the one that is printed (/N, ISO 32000-2 table 170).

    Under the mouse readers show /R and /D: a number that is another one there. Which of several states is
    seen of what is no button, each reader decides for itself.
    """
    before = dict(_below(_at_root(old)))
    for name, field in _below(_at_root(new)):
        if undrawn.inherited(field, "/FT") == "/Btn":
            continue
        had = _looks(before[name]) if name in before else []
        for looks in _looks(field):
            if looks not in had and (looks.keys() - {"/N"} or _has_states(entry(looks, "/N"))):
                said = N_("The field {field} was given several looks, of which each reader shows another.")
                raise Refused(Sentence(said, {"field": name}))


def looks_are_bounded(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse looks that are seen anew, and have no box (/BBox, ISO 32000-2 table 93), or no place (/Rect).

    pdfium does not clip the one to the field: what is filled in is painted over the whole page. Of the other
    it draws letters far too large. So also where a field is filled in that had such a look and was hidden.
    """
    before, written = dict(_below(_at_root(old))), new.explicit_refs_in_revision()
    for name, field in _below(_at_root(new)):
        had = _looks(before[name]) if name in before else []
        for widget, looks in _shown(field):
            for key in looks:
                place = looks.raw_get(key)
                drawn_anew = getattr(place, "reference", None) in written or field != before.get(name)
                if drawn_anew or looks not in had:
                    _check_bounds(name, widget, _streams(looks[key]))
        if name in before and field != before[name]:
            _check_gone(name, before[name])


def _check_gone(name: str, field: generic.DictionaryObject) -> None:
    """Refuse to take a look away that some readers drew over the page: what was below it is seen then."""
    for widget, looks in _shown(field):
        streams = [stream for key in looks for stream in _streams(looks[key])]
        placed = _has_a_place(widget) or all(map(_is_empty, streams))
        if not (placed and all(map(is_bounded, streams))):
            said = N_("The field {field} was changed, and had a look that some readers do not clip to it.")
            raise Refused(Sentence(said, {"field": name}))


def signed_are_placed(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse to sign a field that waited without a place: MuPDF painted its mark over the whole page.

    It is gone once the field is signed, and what was below it is seen.
    """
    before = dict(_below(_at_root(old)))
    for name, field in _below(_at_root(new)):
        if name in before and "/V" not in before[name] and entry(field, "/FT") == "/Sig" and "/V" in field:
            places = (entry(each, "/Rect") for each in (field, *_kids(field)) if "/Subtype" in each)
            if not all(map(_is_box, places)):
                said = N_("The field {field} was signed, and has no place in which it was waiting.")
                raise Refused(Sentence(said, {"field": name}))


def _check_bounds(name: str, widget: generic.DictionaryObject, streams: list[generic.StreamObject]) -> None:
    if not all(map(is_bounded, streams)):
        said = N_("The field {field} was given a look without a box, which some readers do not clip.")
        raise Refused(Sentence(said, {"field": name}))
    if not _has_a_place(widget) and not all(map(_is_empty, streams)):
        said = N_("The field {field} was given a look without a place, which some readers draw.")
        raise Refused(Sentence(said, {"field": name}))


def _has_a_place(widget: generic.DictionaryObject) -> bool:
    """Tell whether a widget has a rectangle of four numbers with sides that can be seen."""
    place = entry(widget, "/Rect")
    if not _is_box(place):
        return False
    left, bottom, right, top = (float(place[at]) for at in _BOX)
    return abs(right - left) >= _SHORTEST and abs(top - bottom) >= _SHORTEST


def _streams(look: generic.PdfObject) -> list[generic.StreamObject]:
    """Return the stream that a look is, or those of its states."""
    if isinstance(look, generic.StreamObject):
        return [look]
    states = [look[state] for state in look] if isinstance(look, generic.DictionaryObject) else []
    return [each for each in states if isinstance(each, generic.StreamObject)]


def is_bounded(form: generic.StreamObject) -> bool:
    """Tell whether a form has a box of four numbers."""
    return _is_box(entry(form, "/BBox"))


def _is_box(box: object) -> bool:
    numbers = (generic.NumberObject, generic.FloatObject)
    return (
        isinstance(box, generic.ArrayObject)
        and len(box) == len(_BOX)
        and all(isinstance(box[place], numbers) for place in _BOX)
    )


def _has_states(look: object) -> bool:
    """Tell whether a look holds others; endesive writes a dictionary without any, which shows nothing."""
    if isinstance(look, generic.StreamObject) or not isinstance(look, generic.DictionaryObject):
        return False
    return any(isinstance(look[state], generic.StreamObject) for state in look)


def _looks(field: generic.DictionaryObject) -> list[generic.DictionaryObject]:
    return [looks for _, looks in _shown(field)]


def _shown(
    field: generic.DictionaryObject,
) -> Iterator[tuple[generic.DictionaryObject, generic.DictionaryObject]]:
    """Yield a field and its widgets, each with its looks."""
    for each in (field, *_list(field, "/Kids")):
        widget = each.get_object()
        looks = entry(widget, "/AP") if isinstance(widget, generic.DictionaryObject) else None
        if isinstance(looks, generic.DictionaryObject) and looks:
            yield widget, looks


def _at_root(revision: PdfHandler) -> generic.ArrayObject:
    form = entry(revision.root, "/AcroForm", generic.DictionaryObject())
    return _list(form, "/Fields")


def _list(found: generic.DictionaryObject, key: str) -> generic.ArrayObject:
    listed = entry(found, key)
    return listed if isinstance(listed, generic.ArrayObject) else generic.ArrayObject()


def _below(listed: generic.ArrayObject, above: str = "") -> Iterator[tuple[str, generic.DictionaryObject]]:
    """Yield all fields with their whole names (§12.7.4.2); how deep they may lie is bounded before."""
    for reference in listed:
        field = reference.get_object()
        if isinstance(field, generic.DictionaryObject) and "/T" in field:
            name = f"{above}.{field['/T']}" if above else str(field["/T"])
            yield name, field
            yield from _below(_list(field, "/Kids"), name)


def below_root(revision: PdfHandler) -> Iterator[tuple[str, generic.DictionaryObject]]:
    """Yield all fields of a revision's form with their whole names."""
    return _below(_at_root(revision))


def names(revision: PdfHandler) -> dict[str, generic.DictionaryObject]:
    """Return the fields at the root of a revision's form by their names."""
    found = {}
    for reference in _at_root(revision):
        field = reference.get_object()
        if isinstance(field, generic.DictionaryObject) and "/T" in field:
            found[str(field["/T"])] = field
    return found


def widgets(old: HistoricalResolver, new: HistoricalResolver) -> Iterator[generic.Reference]:
    """Yield where the widgets of added fields are: new objects, as the fields are."""
    before = names(old)
    for reference in _references(_at_root(new)):
        field = new(reference)
        if not isinstance(field, generic.DictionaryObject) or str(entry(field, "/T", "")) in before:
            continue
        shown = _references(_list(field, "/Kids")) if "/Kids" in field else (reference,)
        yield from (each for each in shown if old.is_ref_unassignable(each))


def _references(listed: generic.ArrayObject) -> Iterator[generic.Reference]:
    for each in listed:
        if isinstance(each, generic.IndirectObject):
            yield each.reference


def _added(
    old: HistoricalResolver, new: HistoricalResolver
) -> Iterator[tuple[str, generic.DictionaryObject]]:
    before = names(old)
    yield from ((name, field) for name, field in names(new).items() if name not in before)


def _kids(field: generic.DictionaryObject) -> Iterator[generic.DictionaryObject]:
    for kid in entry(field, "/Kids", ()):
        widget = kid.get_object()
        if not isinstance(widget, generic.DictionaryObject) or "/Kids" in widget:
            raise Refused(_odd(str(entry(field, "/T", "")), "/Kids"))
        yield widget


def _rectangle(name: str, widget: generic.DictionaryObject) -> tuple[float, ...]:
    """Return the rectangle, empty where there is none; four plain numbers or nothing at all.

    pyHanko takes every other thing for invisible; readers guess: for a widget that names no place MuPDF
    paints its mark for signatures over the whole page.
    """
    if "/Rect" not in widget and "/Subtype" not in widget:
        return ()
    found = widget.raw_get("/Rect") if "/Rect" in widget else None
    if not isinstance(found, generic.ArrayObject) or len(found) != 4:
        raise Refused(_odd(name, "/Rect"))
    if not all(isinstance(each, generic.NumberObject | generic.FloatObject) for each in found):
        raise Refused(_odd(name, "/Rect"))
    return tuple(float(each) for each in found)


def _odd(name: str, what: str) -> Sentence:
    said = N_("The field {field} was added, and is not as such a field is: {what}.")
    return Sentence(said, {"field": name, "what": what})


def _names_its_own_look(widget: generic.DictionaryObject) -> bool:
    """Tell whether a widget's /DR names nothing but what its look draws, by the same names.

    iText writes such a dictionary into every signature field that it makes (`/FRM`). Of fields no reader asks
    it, but the form's own is one of this name.
    """
    named, looks = widget.raw_get("/DR"), entry(widget, "/AP")
    if not isinstance(named, generic.DictionaryObject) or named.keys() - {"/XObject"}:
        return False
    names = named.raw_get("/XObject") if "/XObject" in named else generic.DictionaryObject()
    shown = entry(looks, "/N") if isinstance(looks, generic.DictionaryObject) else None
    drawn: generic.PdfObject | None = shown
    for key in ("/Resources", "/XObject"):
        drawn = entry(drawn, key) if isinstance(drawn, generic.DictionaryObject) else None
    drawn = drawn if isinstance(drawn, generic.DictionaryObject) else generic.DictionaryObject()
    return isinstance(names, generic.DictionaryObject) and all(
        isinstance(names.raw_get(name), generic.IndirectObject)
        and name in drawn
        and names.raw_get(name) == drawn.raw_get(name)
        for name in names
    )


def _draws_nothing(widget: generic.DictionaryObject) -> bool:
    shown = entry(widget, "/AP", generic.DictionaryObject())
    return isinstance(shown, generic.DictionaryObject) and all(_is_empty(shown[key]) for key in shown)


def _is_empty(shown: generic.PdfObject) -> bool:
    if not isinstance(shown, generic.StreamObject):
        return isinstance(shown, generic.DictionaryObject) and not shown
    content = unpacked(shown) if len(shown.encoded_data) <= _EMPTY else None
    return content is not None and lexing.gap(content, 0) == len(content)  # Acrobat writes `% DSBlank`
