"""What was planted before the signature stays as dormant as it was signed.

Shadow attacks (NDSS 2021) prepare a document, and wake what is in it by an update that looks innocent. Each
guard looks at a signed revision and a later one, and raises `Refused`.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Callable, Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver

from pki.words import N_, Sentence
from signer.pades import usages
from signer.pades.refused import Refused


def nothing_wakes(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse objects that the signed revision names but does not have: dormant until somebody adds them."""
    named = usages.mentions(old)
    for reference in new.explicit_refs_in_revision():
        added = location(old, reference) is None and location(new, reference) is not None
        if added and reference.idnum in named:
            said = N_("Object {number} was added, which the signed document names but did not have.")
            raise Refused(Sentence(said, {"number": reference.idnum}))


def streams_stay(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse replaced streams, but for metadata and what shows a field: other rules judge these.

    What was no stream does not become one either: its dictionary is the same, and what it draws is new.
    """
    for reference in replaced(old, new):
        was, now = (isinstance(each(reference), generic.StreamObject) for each in (old, new))
        if was != now or (was and not _shows_or_describes(reference.idnum, old)):
            raise _was_replaced(reference)


def _shows_or_describes(number: int, revision: HistoricalResolver) -> bool:
    """Tell whether a stream is used as the look of annotations or as the document's metadata, and only so."""
    named, root = usages.mentions(revision), usages.root_of(revision)
    return all(
        (each.holder == root and each.keys == ("/Metadata",))
        or (each.keys[:1] == ("/AP",) and _is_annotation(each.holder, revision))
        or (
            each.keys[:1] in _LOOKS
            and all(
                above.keys == ("/AP",) and _is_annotation(above.holder, revision)
                for above in named.get(each.holder, ())
            )
        )
        for each in named.get(number, ())
    )


def _is_annotation(number: int, revision: HistoricalResolver) -> bool:
    """Tell whether an object is named where annotations and fields are, and nowhere else."""
    named = usages.mentions(revision)
    lists = (each.holder for each in named.get(number, ()) if not each.keys)
    return all(not each.keys or each.keys[-1] in _ANNOTATED for each in named.get(number, ())) and all(
        each.keys and each.keys[-1] in _ANNOTATED for held in lists for each in named.get(held, ())
    )


_LOOKS = (("/N",), ("/R",), ("/D",))
_ANNOTATED = frozenset(
    {"/Annots", "/Fields", "/Kids", "/Parent", "/Obj", "/Popup", "/IRT", "/CO", "/Annotation", "/Annot"}
)
"""Keys by which annotations and fields are named: none of them is of resources, from which pages draw."""


def frame_is_alone(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse a catalogue, or parts of the frame that are written again, which serve as something else, too.

    A page may take the catalogue for its resources, or the extensions for the node above it, from which it
    has its turn, its box and its fonts (ISO 32000-2 table 31): what is later added to them is seen.
    """
    named, root = usages.mentions(old), usages.root_of(old)
    if any(not _is_catalogues_place(each, old) for each in named.get(root, ())):
        raise Refused(Sentence(N_("The catalogue of the document is used as something else, too.")))
    written = new.explicit_refs_in_revision()
    for reference, place in _frame(old):
        if reference in written and any(each != place for each in named.get(reference.idnum, ())):
            raise Refused(Sentence(N_("The properties of the document are used as something else, too.")))


def _frame(revision: HistoricalResolver) -> Iterator[tuple[generic.Reference, usages.Mention]]:
    """Yield what pyHanko lets anybody write again unseen, each with the place where it belongs."""
    trailer, root, number = revision.trailer_view, revision.root, usages.root_of(revision)
    for holder, key, named_by in (
        (trailer, "/Info", usages.TRAILER),
        (root, "/Extensions", number),
        (root, "/MarkInfo", number),
    ):
        held = holder.raw_get(key) if key in holder else None
        if isinstance(held, generic.IndirectObject):
            yield held.reference, usages.Mention(named_by, (key,))


def _is_catalogues_place(mention: usages.Mention, revision: HistoricalResolver) -> bool:
    if mention.holder == usages.TRAILER or mention.keys == ("/Reference", "/Data"):
        return True
    above = usages.mentions(revision).get(mention.holder, ())
    in_signature = bool(above) and all(each.keys[-1:] == ("/Reference",) for each in above)
    return mention.keys == ("/Data",) and in_signature


def orphans_stay(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse another object in the place of one that pyHanko believes to be unused, and that is named."""
    named = usages.mentions(old)
    for reference in replaced(old, new):
        others = [each for each in named.get(reference.idnum, ()) if each.holder != reference.idnum]
        # Loaded by the comparison before it asks any rule.
        unused = not old._get_usages_of_ref(reference)  # noqa: SLF001
        if unused and others and not usages.identical(old(reference), new(reference)):
            raise _was_replaced(reference)


_DRAWN = frozenset(
    {"/Resources", "/XObject", "/ExtGState", "/Pattern", "/ColorSpace", "/Shading", "/Properties", "/Font"}
)
"""The resources that content is drawn with, by category (ISO 32000-2 table 34)."""


def resources_are_no_others(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse changes of what serves content as a resource, whatever else it is.

    A form, a field or the properties of a document may be a dictionary of drawings, too: what is filled in or
    added is then drawn. pyHanko does not see that where it is named by keys which it does not follow.
    """
    named, form = usages.mentions(old), _forms_own(old)
    for reference in replaced(old, new):
        drawn = any(
            not _DRAWN.isdisjoint(each.keys)
            or any(above.keys[-1:] and above.keys[-1] in _DRAWN for above in named.get(each.holder, ()))
            for each in named.get(reference.idnum, ())
            if not form(each)
        )
        if drawn and not usages.identical(old(reference), new(reference)):
            raise _was_replaced(reference)


def _forms_own(revision: HistoricalResolver) -> Callable[[usages.Mention], bool]:
    """Return what tells whether a mention stands in the form's own resources: guards look at those."""
    own, keys = usages.root_of(revision), tuple[str, ...](("/AcroForm", "/DR"))
    form = revision.root.raw_get("/AcroForm") if "/AcroForm" in revision.root else None
    if isinstance(form, generic.IndirectObject):
        own, keys = form.idnum, ("/DR",)
    return lambda each: each.holder == own and each.keys[: len(keys)] == keys


def _was_replaced(reference: generic.Reference) -> Refused:
    said = N_("The content of object {number} was replaced.")
    return Refused(Sentence(said, {"number": reference.idnum}))


def replaced(old: HistoricalResolver, new: HistoricalResolver) -> Iterator[generic.Reference]:
    """Yield what was there and was written again; what was taken out of use `revisions` judges."""
    for reference in new.explicit_refs_in_revision():
        if location(old, reference) is not None and location(new, reference) is not None:
            yield reference


def location(revision: HistoricalResolver, reference: generic.Reference) -> object:
    """Return where an object of a revision is; None where there is none."""
    return revision.reader.xrefs.get_historical_ref(reference, revision.revision)
