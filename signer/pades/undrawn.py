"""Fields and remarks that the document does not draw, so that readers do (ISO 32000-2 §12.7.4.3).

They set a field's value by its /DA, or by that of the form, with a font of the form's, whenever it has no
appearance: an update that gives the form a /DA or a font makes values seen which were not, or seen otherwise.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver

from pki.words import N_, Sentence
from signer.pades import usages
from signer.pades.dormant import replaced
from signer.pades.entries import entry
from signer.pades.refused import Refused

_TEXTS = frozenset({"/FreeText", "/Redact"})
_DEEPEST = 40  # fields above each other


def are_there(revision: HistoricalResolver) -> bool:
    """Tell whether a revision has such fields, be they listed in the form or on a page alone."""
    return any(_shows(each) and not _is_drawn(each) for each in usages.dictionaries(revision))


def _shows(found: generic.DictionaryObject) -> bool:
    """Tell whether readers may take a dictionary for what they set by a /DA.

    That is a widget with a value or a caption, and a remark with text of its own (§12.5.6.6, §12.5.6.23).
    """
    if entry(found, "/Subtype") in _TEXTS:
        return True
    if entry(found, "/Subtype") != "/Widget" and ("/FT" not in found or "/Kids" in found):
        return False
    kind, value = (inherited(found, key) for key in ("/FT", "/V"))
    return bool(kind != "/Sig" and (kind != "/Tx" or value is not None))


def stay_unseen(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse to fill in or sign a field that readers show in other places, too.

    A widget that names the field above it, be it on another page and in no list of the form, has its value
    from there (§12.7.4.1), and is drawn with it where it has no appearance. Where a signature waits, MuPDF
    paints its mark in the place of whatever appearance: once it is made, that one is seen.
    """
    for reference in replaced(old, new):
        field = new(reference)
        if not isinstance(field, generic.DictionaryObject) or _value(old(reference)) == _value(field):
            continue
        said = None
        if inherited(field, "/FT") == "/Sig":
            if len(list(_widgets(reference.idnum, old, new))) > 1:
                said = N_("Object {number} was signed, and readers show it in several places.")
        elif _is_set_elsewhere(reference.idnum, old, new):
            said = N_("Object {number} was filled in, and readers show its value in other places, too.")
        if said is not None:
            raise Refused(Sentence(said, {"number": reference.idnum}))


def _value(field: generic.PdfObject) -> Any:
    return field.raw_get("/V") if isinstance(field, generic.DictionaryObject) and "/V" in field else None


def _is_set_elsewhere(number: int, old: HistoricalResolver, new: HistoricalResolver) -> bool:
    return any(
        not isinstance(held, generic.DictionaryObject) or (_shows(held) and not _is_drawn(held))
        for held in _below(number, old, new)
    )


def _widgets(number: int, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[generic.PdfObject]:
    """Yield a field as far as it is a widget, and those below it."""
    field = new(generic.Reference(number, 0, pdf=new.reader))
    for each in (field, *_below(number, old, new)):
        if not isinstance(each, generic.DictionaryObject) or entry(each, "/Subtype") == "/Widget":
            yield each


def _below(number: int, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[generic.PdfObject]:
    """Yield what names an object as the one above it; null for what stands directly in another object."""
    waiting, passed = [number], {number}
    while waiting:
        for each in usages.mentions(old).get(waiting.pop(), ()):
            if each.keys[-1:] != ("/Parent",) or each.holder in passed:
                continue
            if len(each.keys) > 1:
                yield generic.NullObject()
                continue
            passed.add(each.holder)
            waiting.append(each.holder)
            yield new(generic.Reference(each.holder, 0, pdf=new.reader))


def inherited(found: generic.DictionaryObject, key: str) -> Any:
    """Return what a widget, or a field above it, says under a key (§12.7.4.1)."""
    each: Any = found
    for _ in range(_DEEPEST):
        if not isinstance(each, generic.DictionaryObject):
            break
        if key in each:
            return entry(each, key)
        each = entry(each, "/Parent")
    return None


def _is_drawn(widget: generic.DictionaryObject) -> bool:
    shown = entry(widget, "/AP")
    return isinstance(shown, generic.DictionaryObject) and "/N" in shown
