"""What pyHanko's comparison of revisions lets pass, and we do not.

Each guard looks at a signed revision and a later one, and raises `Refused`. Shadow attacks
(NDSS 2021) plant something dormant before the signature and wake it with an update that looks innocent; evil
annotation attacks (IEEE S&P 2021) draw over the page.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Callable, Iterable, Iterator, Mapping

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import (
    ModificationLevel,
    QualifiedWhitelistRule,
    ReferenceUpdate,
)

from pki.words import N_, Sentence
from signer.pades import usages
from signer.pades.entries import entry
from signer.pades.refused import Refused

_OTHER_LOOK = Sentence(N_("The form of the document was told to show its fields otherwise."))

Guard = Callable[[HistoricalResolver, HistoricalResolver], None]


class Guarded(QualifiedWhitelistRule):
    """A rule that allows nothing; its guards refuse."""

    def __init__(self, *guards: Guard) -> None:
        self._guards = guards

    def apply_qualified(
        self, old: HistoricalResolver, new: HistoricalResolver
    ) -> Iterable[tuple[ModificationLevel, ReferenceUpdate]]:
        """Call each guard; yield nothing."""
        for guard in self._guards:
            guard(old, new)
        return ()


def defaults_stay(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse other defaults for the look of fields (ISO 32000-2 table 224, §12.7.4.3).

    /NeedAppearances makes readers throw away the appearances that were signed and show the values instead;
    /DA and /Q say how, /DR with which fonts.
    """
    before, after = _form(old), _form(new)
    needed = bool(entry(before, "/NeedAppearances", generic.BooleanObject(False)))
    if bool(entry(after, "/NeedAppearances", generic.BooleanObject(False))) != needed:
        raise Refused(Sentence(N_("All fields of the form were told to be drawn anew.")))
    if entry(before, "/Q", 0) != entry(after, "/Q", 0):
        raise Refused(_OTHER_LOOK)
    # Some programs add the /DA that every form with text fields must have; where appearances are not made
    # anew nobody looks at it.
    added = "/DA" not in before and not needed
    if not added and entry(before, "/DA") != entry(after, "/DA"):
        raise Refused(_OTHER_LOOK)
    for category, names in _resources(before):
        _keeps(names, dict(_resources(after)).get(category), category, old, new)


def resources_stay(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse even new names in the form's resources: after a lock nothing is left to be set in them."""
    before = {category: set(names) for category, names in _resources(_form(old))}
    after = {category: set(names) for category, names in _resources(_form(new))}
    if before != after or entry(_form(old), "/DA") != entry(_form(new), "/DA"):
        raise Refused(_OTHER_LOOK)


def _form(revision: HistoricalResolver) -> generic.DictionaryObject:
    form = entry(revision.root, "/AcroForm", generic.DictionaryObject())
    if not isinstance(form, generic.DictionaryObject):
        raise Refused(Sentence(N_("The form of the document was removed.")))
    return form


def _resources(form: generic.DictionaryObject) -> Iterator[tuple[str, Mapping[str, generic.PdfObject]]]:
    """Yield each category of the form's resources, with its names unresolved."""
    resources = entry(form, "/DR", generic.DictionaryObject())
    for category in resources:
        names = resources[category]
        if isinstance(names, generic.DictionaryObject):
            yield str(category), {str(name): names.raw_get(name) for name in names}


def _keeps(
    before: Mapping[str, generic.PdfObject],
    after: Mapping[str, generic.PdfObject] | None,
    category: str,
    old: HistoricalResolver,
    new: HistoricalResolver,
) -> None:
    written = new.explicit_refs_in_revision()
    for name, value in before.items():
        if after is None or after.get(name) != value:
            raise Refused(_redefined(category, name))
        if isinstance(value, generic.IndirectObject) and value.reference in written:
            was, now = old(value.reference), new(value.reference)
            if was != now or isinstance(was, generic.StreamObject):
                raise Refused(_redefined(category, name))


def _redefined(category: str, name: str) -> Sentence:
    what = N_("What the form calls {category} {name} was made to be something else.")
    return Sentence(what, {"category": category[1:], "name": name[1:]})


def nothing_wakes(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse objects that the signed revision names but does not have: dormant until somebody adds them."""
    named = usages.mentions(old)
    for reference in new.explicit_refs_in_revision():
        added = _location(old, reference) is None and _location(new, reference) is not None
        if added and reference.idnum in named:
            said = N_("Object {number} was added, which the signed document names but did not have.")
            raise Refused(Sentence(said, {"number": reference.idnum}))


def streams_stay(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse replaced streams, but for metadata and what shows a field: other rules judge these.

    What was no stream does not become one either: its dictionary is the same, and what it draws is new.
    """
    for reference in _replaced(old, new):
        was, now = (isinstance(each(reference), generic.StreamObject) for each in (old, new))
        if was != now or (was and not _shows_or_describes(reference.idnum, old)):
            said = N_("The content of object {number} was replaced.")
            raise Refused(Sentence(said, {"number": reference.idnum}))


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
    """Refuse a catalogue, or properties that are written again, which serve as something else, too.

    A page may take the catalogue for its resources, and draw what is later added to it.
    """
    named, root = usages.mentions(old), usages.root_of(old)
    if any(not _is_catalogues_place(each, old) for each in named.get(root, ())):
        raise Refused(Sentence(N_("The catalogue of the document is used as something else, too.")))
    information = old.trailer_view.raw_get("/Info") if "/Info" in old.trailer_view else None
    if not isinstance(information, generic.IndirectObject):
        return
    uses = {each.keys for each in named.get(information.idnum, ())}
    if information.reference in new.explicit_refs_in_revision() and uses != {("/Info",)}:
        raise Refused(Sentence(N_("The properties of the document are used as something else, too.")))


def _is_catalogues_place(mention: usages.Mention, revision: HistoricalResolver) -> bool:
    if mention.keys in {("/Root",), ("/Reference", "/Data")}:
        return True
    above = usages.mentions(revision).get(mention.holder, ())
    return mention.keys == ("/Data",) and all(each.keys[-1:] == ("/Reference",) for each in above)


def orphans_stay(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse another object in the place of one that pyHanko believes to be unused, and that is named."""
    named = usages.mentions(old)
    for reference in _replaced(old, new):
        others = [each for each in named.get(reference.idnum, ()) if each.holder != reference.idnum]
        # Loaded by the comparison before it asks any rule.
        unused = not old._get_usages_of_ref(reference)  # noqa: SLF001
        if unused and others and not usages.identical(old(reference), new(reference)):
            said = N_("The content of object {number} was replaced.")
            raise Refused(Sentence(said, {"number": reference.idnum}))


def _replaced(old: HistoricalResolver, new: HistoricalResolver) -> Iterator[generic.Reference]:
    """Yield what was there and was written again; what was taken out of use `revisions` judges."""
    for reference in new.explicit_refs_in_revision():
        if _location(old, reference) is not None and _location(new, reference) is not None:
            yield reference


def parameters_are_new(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse a signature whose parameters are an object that was there before.

    pyHanko takes whatever /TransformParams names for explained, were it the content of a page.
    """
    written = new.explicit_refs_in_revision()
    for field in _fields(new):
        signature = entry(field, "/V")
        listed = entry(signature, "/Reference") if isinstance(signature, generic.DictionaryObject) else None
        for each in listed if isinstance(listed, generic.ArrayObject) else ():
            each = each.get_object()  # noqa: PLW2901 - the same, followed
            value = each.raw_get("/TransformParams") if "/TransformParams" in each else None
            if (
                isinstance(value, generic.IndirectObject)
                and value.reference in written
                and _location(old, value.reference) is not None
            ):
                said = N_("A new signature takes object {number} of the signed document for its own.")
                raise Refused(Sentence(said, {"number": value.idnum}))


def _fields(revision: HistoricalResolver) -> Iterator[generic.DictionaryObject]:
    for reference in entry(_form(revision), "/Fields", ()):
        field = reference.get_object()
        if isinstance(field, generic.DictionaryObject):
            yield field


def _location(revision: HistoricalResolver, reference: generic.Reference) -> object:
    return revision.reader.xrefs.get_historical_ref(reference, revision.revision)
