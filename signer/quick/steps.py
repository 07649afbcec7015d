"""What each revision did to the one before it: the few things that honest programs do, or it is unusual.

Whoever asks about a signature adds up the steps after it: so every revision is looked at once, however many
signatures a file has. What is allowed here is a part of what `signer.pades.differences` allows; the sections
themselves were read by the letter before (`signer.pades.revisions`).
"""

from dataclasses import dataclass

from signer.pades.lexing import Ref, Value
from signer.quick import filling, form, frame
from signer.quick.pages import is_page
from signer.quick.revision import Revision
from signer.quick.strings import same
from signer.quick.unusual import unusual

_RENEWED = frozenset({"ModDate", "Producer"})
"""What every program that stores a file writes anew in its information dictionary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one revision did: fields filled and signed, new ones that are seen, whether proof was stored.

    A document time-stamp is proof; its field is not among those signed.
    """

    filled: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    stamped: bool = False


def step(revision: Revision) -> Step:
    """Return what the revision did; raises `Unusual` unless all of it is known."""
    revision.sort()
    revision.check_there()
    frame.check_catalogue(revision)
    frame.explain_store(revision)
    found = _explain_form(revision)
    _explain_rest(revision)
    if (revision.fresh | revision.replaced) - revision.explained:
        unusual("an object was written that is nothing known")
    return found


def _explain_form(revision: Revision) -> Step:
    before, after = (form.fields(revision.file, view) for view in (revision.view + 1, revision.view))
    frame.check_frame(revision)
    if any(called not in after or after[called].number != each.number for called, each in before.items()):
        unusual("a field was taken away")
    filled: set[str] = set()
    signed: set[str] = set()
    for called, each in before.items():
        look = each.entries.get("AP")
        if isinstance(look, Ref) and len({(use.holder, use.keys) for use in revision.uses(look.number)}) > 1:
            unusual("a dictionary of looks that is used twice")  # pyHanko asks of every field
        if each.number in revision.replaced:
            kind = filling.changed(revision, each, after[called])
            (filled if kind == "Tx" else signed).add(called)
    new = {called: each for called, each in after.items() if called not in before}
    seen = {called for called, each in new.items() if filling.added(revision, each)}
    stamps = {called for called in (*signed, *new) if filling.is_stamp(revision, after[called])}
    _explain_pages(revision, {each.number for each in new.values()})
    if stamps & (seen | signed):
        unusual("a time-stamp in a field that is seen, or was there")
    return Step(
        filled=frozenset(filled),
        signed=frozenset((signed | new.keys()) - stamps),
        new=frozenset(new.keys() - stamps),
        seen=frozenset(seen),
        stamped=bool(stamps),
    )


def _explain_pages(revision: Revision, new: set[int]) -> None:
    """Explain pages, and lists of annotations and of fields, to which new fields were added."""
    shown: list[int] = []
    for number in revision.replaced - revision.explained:
        was, now = (revision.file.value(number, view) for view in (revision.view + 1, revision.view))
        if isinstance(was, list) and isinstance(now, list):
            revision.check_uses(number, frozenset({("Annots",), ("Fields",), ("AcroForm", "Fields")}))
            shown += _check_grown(was, now, new) * len(revision.showing(number))
            revision.explained.add(number)
        elif is_page(was) and revision.differing(number) == {"Annots"}:
            assert isinstance(was, dict)
            assert isinstance(now, dict)
            had = revision.file.followed(was.get("Annots", []), revision.view + 1)
            has = revision.file.followed(now.get("Annots"), revision.view)
            shown += _check_grown(had, has, new)
            revision.explained.add(number)
            place = now.get("Annots")
            if isinstance(place, Ref) and place.number in revision.fresh:
                revision.explained.add(place.number)
    if len(set(shown)) != len(shown):
        unusual("a new field that several pages show")


def _check_grown(had: Value, has: Value, new: set[int]) -> list[int]:
    """Return the new fields that were added to a list; raises `Unusual` for anything else."""
    if not isinstance(had, list) or not isinstance(has, list) or not same(has[: len(had)], had):
        unusual("a list was changed otherwise than by new fields")
    added = [each.number for each in has[len(had) :] if isinstance(each, Ref)]
    if len(added) != len(has) - len(had) or not new.issuperset(added):
        unusual("something else than a new field was put on a page")
    if len(set(added)) != len(added):
        unusual("a new field that is listed twice")
    return added


def _explain_rest(revision: Revision) -> None:
    """Explain the information dictionary, the XMP metadata, and objects written as they were."""
    information = revision.section.trailer.get("Info")
    metadata = revision.file.dictionary(revision.file.root, revision.view + 1).get("Metadata")
    for number in revision.replaced - revision.explained:
        if information == Ref(number, 0):
            if not revision.differing(number) <= _RENEWED:
                unusual("the properties of the document were changed")
            revision.check_uses(number, frozenset({("Info",)}))  # cross-reference streams name it so
        elif metadata == Ref(number, 0):
            frame.check_metadata(revision, number)
        elif revision.differing(number):
            unusual("an object was changed that is nothing known")
        revision.explained.add(number)
