"""Annotations that pages get after a signature: widgets of new signature fields, and remarks.

pyHanko's rule knows the widgets alone, and breaks off at everything else. Here a page may also get remarks
(`signer.pades.remarks`), at the level of DocMDP P=3; whether the signature allows that is decided later.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterable, Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver, RawPdfPath
from pyhanko.sign.diff_analysis import ModificationLevel, QualifiedWhitelistRule, ReferenceUpdate
from pyhanko.sign.diff_analysis.rules_api import RelativeContext

from pki.words import N_, Sentence
from signer.pades import new_fields, remarks, usages
from signer.pades.entries import entry
from signer.pades.refused import Refused

_BOXES = frozenset({"/MediaBox", "/CropBox"})
_WIDEST = 15_000  # units, as on the short way (`signer.quick.strings`)

_Page = tuple[generic.Reference, generic.DictionaryObject, generic.DictionaryObject]
_Update = tuple[ModificationLevel, ReferenceUpdate]


class Sheets(QualifiedWhitelistRule):
    """Allows pages to get widgets of new fields (as stored proof does), and remarks."""

    def apply_qualified(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[_Update]:
        """Yield the pages that got an annotation, their lists, and the remarks."""
        widgets = frozenset(new_fields.widgets(old, new))
        written, shown = new.explicit_refs_in_revision(), set[generic.Reference]()
        pages = list(_pages(old.root["/Pages"], new.root["/Pages"], frozenset()))
        count = entry(old.root["/Pages"], "/Count")
        if not isinstance(count, int) or count > len(pages):
            # Poppler and pdfium show one of them several times, and with it what is filled in.
            raise Refused(Sentence(N_("The tree of the pages counts more of them than it lists.")))
        for reference, before, after in pages:
            had, has = _listed(before), _listed(after)
            _check_shown_once(written.intersection(has), shown)
            added = set(has) - set(had)
            if set(had) - set(has):
                raise Refused(Sentence(N_("Annotations of a page were removed.")))
            if not added:
                continue
            # What is listed later lies above: another order, or one of them twice, shows something else.
            if [each for each in has if each not in added] != had or len(has) != len(had) + len(added):
                raise Refused(Sentence(N_("The annotations of a page were put into another order.")))
            marks = {each for each in added - widgets if _is_new_remark(each, old, new)}
            there = _annotations(set(has) - marks, new) if marks else []
            if added - widgets - marks or not remarks.are_apart([*map(new, marks)], there):
                raise Refused(Sentence(N_("Annotations were added that may hide or forge what a page says.")))
            level = ModificationLevel.ANNOTATIONS if marks else ModificationLevel.LTA_UPDATES
            if not _is_same_but_for_annotations(before, after):
                raise Refused(Sentence(N_("More of a page was changed than its list of annotations.")))
            yield from ((level, each) for each in _page_and_list(reference, after, old))
            yield from ((level, each) for mark in marks for each in _whole(mark, old, new))


def _check_shown_once(listed: Iterable[generic.Reference], shown: set[generic.Reference]) -> None:
    """Refuse to write an annotation that a second page lists, too, or a page that is there twice.

    One page alone may list it (ISO 32000-2 §12.5.2). Who prepares a document has several do so: what is
    filled in, or sealed, on one page then covers another one, on which nobody looks for it.
    """
    for each in listed:
        if each in shown:
            said = N_("Object {number}, which was filled in or signed, is shown by several pages.")
            raise Refused(Sentence(said, {"number": each.idnum}))
        shown.add(each)


def _pages(
    before: generic.DictionaryObject, after: generic.DictionaryObject, above: frozenset[generic.Reference]
) -> Iterator[_Page]:
    """Yield each page with its reference, as it was and as it is; the tree itself must be the same."""
    kids = _references(before["/Kids"])
    if kids != _references(after["/Kids"]):
        raise Refused(Sentence(N_("The order of the pages was changed.")))
    for place, reference in enumerate(kids):
        if reference in above:
            raise PdfReadError("the tree of pages is a loop")
        was, now = before["/Kids"][place], after["/Kids"][place]
        if not isinstance(now, generic.DictionaryObject):
            raise Refused(Sentence(N_("The order of the pages was changed.")))
        if entry(was, "/Type") == "/Pages":
            yield from _pages(was, now, above | {reference})
        else:
            yield reference, was, now


def _is_same_but_for_annotations(before: generic.DictionaryObject, after: generic.DictionaryObject) -> bool:
    keys = before.keys() - {"/Annots"}
    return keys == after.keys() - {"/Annots"} and all(
        usages.identical(before.raw_get(key), after.raw_get(key))
        or (key in _BOXES and _is_box_again(before[key], after[key]))
        for key in keys
    )


def _is_box_again(before: generic.PdfObject, after: generic.PdfObject) -> bool:
    """Tell whether two boxes of a page have the same sides: some programs write them as reals."""
    numbers = (generic.NumberObject, generic.FloatObject)
    boxes = (before, after)
    return before == after and all(
        isinstance(box, generic.ArrayObject)
        and all(isinstance(side, numbers) and abs(float(side)) < _WIDEST for side in box)
        for box in boxes
    )


def _references(found: generic.PdfObject) -> list[generic.Reference]:
    held = found if isinstance(found, generic.ArrayObject) else ()
    references = [each.reference for each in held if isinstance(each, generic.IndirectObject)]
    if not isinstance(found, generic.ArrayObject) or len(references) != len(found):
        raise Refused(Sentence(N_("A page's list of annotations, or of pages, is not made of references.")))
    return references


def _listed(page: generic.DictionaryObject) -> list[generic.Reference]:
    return _references(page["/Annots"]) if "/Annots" in page else []


def _annotations(
    listed: Iterable[generic.Reference], new: HistoricalResolver
) -> list[generic.DictionaryObject]:
    return [each for each in map(new, listed) if isinstance(each, generic.DictionaryObject)]


def _is_new_remark(mark: generic.Reference, old: HistoricalResolver, new: HistoricalResolver) -> bool:
    return old.is_ref_unassignable(mark) and remarks.is_remark(new(mark))


def _page_and_list(
    reference: generic.Reference, page: generic.DictionaryObject, old: HistoricalResolver
) -> Iterator[ReferenceUpdate]:
    # A page is named in many places of a file, and is the same but for its list: all are approved at once.
    yield ReferenceUpdate(reference)
    value = page.raw_get("/Annots")
    had = old(reference).raw_get("/Annots") if "/Annots" in old(reference) else None
    if isinstance(value, generic.IndirectObject) and (
        value == had or old.is_ref_unassignable(value.reference)
    ):
        listed = RelativeContext(reference, RawPdfPath("/Annots"))
        yield ReferenceUpdate(value.reference, context_checked=listed)


def _whole(
    mark: generic.Reference, old: HistoricalResolver, new: HistoricalResolver
) -> Iterator[ReferenceUpdate]:
    """Yield a remark and what shows it, as far as it is new."""
    yield ReferenceUpdate(mark)
    for shown in remarks.looks(new(mark)):
        for each in new.collect_dependencies(shown, since_revision=old.revision + 1):
            yield ReferenceUpdate(each)
