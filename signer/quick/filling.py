"""What a revision may do to a field: fill it in, sign it, add one that is signed."""

from collections.abc import Mapping
from typing import TypeGuard

from signer.pades import lexing
from signer.pades.lexing import Name, Ref, Value
from signer.quick.form import Field
from signer.quick.revision import Revision
from signer.quick.strings import name
from signer.quick.unusual import unusual

_FILLED = frozenset({"V", "AP", "Ff", "F", "DA", "Q"})
_SIGNED = frozenset({"V", "AP", "F"})
_NEW_FIELD = frozenset(
    {"FT", "T", "TU", "TM", "Ff", "V", "Lock", "SV", "DA", "DR", "Q"}
    | {"Type", "Subtype", "F", "Rect", "AP", "P", "BS", "Border", "StructParent", "NM", "M"}
)
_SIGNATURE = frozenset(
    {"Type", "Filter", "SubFilter", "Contents", "ByteRange", "Reference", "M", "Name", "Location", "Reason"}
    | {"ContactInfo", "Prop_Build", "Prop_AuthTime", "Prop_AuthType", "R", "V"}
)
_SHORTEST = 1.0  # point: a side of what is seen
_EMPTY = 64  # bytes of a compressed stream that can still hold nothing
_FIELD_USES = frozenset({("Fields",), ("AcroForm", "Fields"), ("Annots",), ("Obj",), ("K", "Obj")})
"""Where a field may be named: in the form, on its page, in the structure of a tagged document."""


def changed(revision: Revision, was: Field, now: Field) -> str:
    """Check a field that was filled in or signed; return its kind."""
    kind, changed = was.kind, revision.differing(was.number)
    if "Kids" in was.entries or "Parent" in was.entries or "V" not in changed:
        unusual("a field was changed, but not filled in")
    if kind not in ("Tx", "Sig") or not changed <= (_FILLED if kind == "Tx" else _SIGNED):
        unusual("more of a field was changed than its value")
    revision.check_uses(was.number, _FIELD_USES)
    if len(revision.showing(was.number)) > 1:
        unusual("a field that several pages show")
    revision.explained.add(was.number)
    if kind == "Tx" and not isinstance(now.entries.get("V"), bytes):
        unusual("an odd value of a field")
    if kind == "Sig":
        if "V" in was.entries:
            unusual("a field was signed again")
        if not _is_box(was.entries.get("Rect")):
            unusual("a field that waited without a place")
        _check_signature(revision, now.entries)
    _check_bounds(revision, was.entries)  # what is taken away was drawn, too
    if "AP" in changed:
        _check_appearance(revision, now.entries)
    else:
        _check_bounds(revision, now.entries)  # that had another place, or was hidden
    revision.explain(now.entries.get("V"), now.entries.get("AP"))
    return str(kind)


def added(revision: Revision, new: Field) -> bool:
    """Check a new field, which must be signed at once; return whether it is seen."""
    entries = new.entries
    if new.number not in revision.fresh or new.kind != "Sig" or not entries.keys() <= _NEW_FIELD:
        unusual("an odd new field")
    if name(entries.get("Subtype", Name("Widget"))) != "Widget":
        unusual("a new field that is another annotation, too")
    rectangle = entries.get("Rect")  # without one, MuPDF paints over the whole page
    if not _is_box(rectangle):
        unusual("an odd rectangle")
    _check_signature(revision, entries)
    if "AP" in entries:
        _check_appearance(revision, entries)
    if "DR" in entries:
        _check_resources(revision, entries)
    revision.explained.add(new.number)
    revision.explain(*(entries.get(key) for key in ("V", "AP", "Lock", "SV")))
    return any(rectangle) or ("AP" in entries and _draws(revision, entries))


def _draws(revision: Revision, entries: Mapping[str, Value]) -> bool:
    """Tell whether a look shows anything; PDFBox and iText give one that is empty to what is not seen."""
    shown = revision.file.followed(entries["AP"], revision.view)
    normal = shown.get("N") if isinstance(shown, dict) else None
    if not isinstance(normal, Ref) or not revision.is_stream(normal.number):
        return True
    length = revision.file.dictionary(normal, revision.view).get("Length")
    if type(length) is not int or length > _EMPTY:
        return True
    content = revision.file.data(normal.number, revision.view)
    return lexing.gap(content, 0) < len(content)


def _check_resources(revision: Revision, entries: Mapping[str, Value]) -> None:
    """Check that a new field's /DR names nothing but what its look draws, as iText writes it."""
    named, shown = entries["DR"], revision.file.followed(entries.get("AP"), revision.view)
    names = named.get("XObject", {}) if isinstance(named, dict) and named.keys() <= {"XObject"} else None
    drawn: Value = shown.get("N") if isinstance(shown, dict) else None
    for key in ("Resources", "XObject"):
        found = revision.file.followed(drawn, revision.view)
        drawn = found.get(key) if isinstance(found, dict) else None
    has = revision.file.followed(drawn, revision.view)
    if not isinstance(names, dict) or not all(
        isinstance(each, Ref) and isinstance(has, dict) and has.get(called) == each
        for called, each in names.items()
    ):
        unusual("resources of a new field that its look does not draw")


def _check_signature(revision: Revision, entries: Mapping[str, Value]) -> None:
    value = entries.get("V")
    if not isinstance(value, Ref) or value.number not in revision.fresh:
        unusual("a signature that is no new object")
    signature = revision.file.dictionary(value, revision.view)
    if not signature.keys() <= _SIGNATURE:
        unusual("a signature with odd entries")
    listed = signature.get("Reference", [])
    for each in listed if isinstance(listed, list) else ():
        parameters = each.get("TransformParams") if isinstance(each, dict) else None
        if not isinstance(parameters, dict):
            unusual("odd parameters of a signature")


def _check_appearance(revision: Revision, entries: Mapping[str, Value]) -> None:
    """Check that a look has one stream, and that all of it is new; PDFBox writes /AP as an object."""
    place = entries["AP"]
    if isinstance(place, Ref) and place.number not in revision.fresh:
        unusual("an appearance that was there before")
    shown = revision.file.followed(place, revision.view)
    normal = shown.get("N") if isinstance(shown, dict) and shown.keys() == {"N"} else None
    if (
        not isinstance(normal, Ref)
        or normal.number not in revision.fresh
        or not revision.is_stream(normal.number)
    ):
        unusual("an odd appearance")
    _check_box(revision, entries, normal)


def _check_bounds(revision: Revision, entries: Mapping[str, Value]) -> None:
    if "AP" in entries:
        shown = revision.file.dictionary(entries["AP"], revision.view)
        _check_box(revision, entries, shown.get("N"))


def _check_box(revision: Revision, entries: Mapping[str, Value], look: Value) -> None:
    """Check that a look has a box, and a place: without them, pdfium paints it over the whole page."""
    box = revision.file.dictionary(look, revision.view).get("BBox")
    if not _is_box(box):
        unusual("an appearance without a box")
    if not _has_a_place(entries) and _draws(revision, entries):
        unusual("an appearance without a place")


def _is_box(box: Value) -> TypeGuard[list[int | float]]:
    return isinstance(box, list) and len(box) == 4 and all(type(each) in (int, float) for each in box)


def _has_a_place(entries: Mapping[str, Value]) -> bool:
    place = entries.get("Rect")
    return _is_box(place) and abs(place[2] - place[0]) >= _SHORTEST and abs(place[3] - place[1]) >= _SHORTEST


def is_stamp(revision: Revision, signed: Field) -> bool:
    """Tell whether a field holds a document time-stamp."""
    return name(revision.file.dictionary(signed.entries["V"], revision.view).get("Type")) == "DocTimeStamp"
