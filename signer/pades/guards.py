"""What pyHanko's comparison of revisions lets pass, and we do not.

Each guard looks at a signed revision and a later one, and raises `Refused`; those against what was prepared
are in `signer.pades.dormant`. Evil annotation attacks (IEEE S&P 2021) draw over the page.
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
from signer.pades import undrawn, usages
from signer.pades.dormant import location
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
    needed = _needed(before)
    if not usages.identical(needed, _needed(after)):
        raise Refused(Sentence(N_("All fields of the form were told to be drawn anew.")))
    if not usages.identical(*(entry(each, "/Q", generic.NumberObject(0)) for each in (before, after))):
        raise Refused(_OTHER_LOOK)
    # Some programs add the /DA that every form with text fields must have.
    added = "/DA" not in before and needed is None
    if not added and not usages.identical(entry(before, "/DA"), entry(after, "/DA")):
        raise Refused(_OTHER_LOOK)
    for category, names in _resources(before):
        _keeps(names, dict(_resources(after)).get(category), category, old, new)
    # Where all have an appearance, and none is made anew, nobody looks at what is added.
    if _has_more(before, after) and undrawn.are_there(old):
        raise Refused(_OTHER_LOOK)


def _has_more(before: generic.DictionaryObject, after: generic.DictionaryObject) -> bool:
    """Tell whether a form has other names in its resources, or another /DA."""
    had, has = ({category: set(names) for category, names in _resources(each)} for each in (before, after))
    return had != has or entry(before, "/DA") != entry(after, "/DA")


def _needed(form: generic.DictionaryObject) -> generic.PdfObject | None:
    """Return what a form says of drawing its fields anew; None where that is plainly no.

    Of what is no truth value some readers make yes, and others no.
    """
    found: generic.PdfObject | None = entry(form, "/NeedAppearances")
    return None if isinstance(found, generic.BooleanObject) and not found else found


def resources_stay(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse even new names in the form's resources: after a lock nothing is left to be set in them."""
    if _has_more(_form(old), _form(new)):
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
        if after is None or not usages.identical(value, after.get(name)):
            raise Refused(_redefined(category, name))
        if isinstance(value, generic.IndirectObject) and value.reference in written:
            was, now = old(value.reference), new(value.reference)
            if not usages.identical(was, now) or isinstance(was, generic.StreamObject):
                raise Refused(_redefined(category, name))


def _redefined(category: str, name: str) -> Sentence:
    what = N_("What the form calls {category} {name} was made to be something else.")
    return Sentence(what, {"category": category[1:], "name": name[1:]})


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
                and location(old, value.reference) is not None
            ):
                said = N_("A new signature takes object {number} of the signed document for its own.")
                raise Refused(Sentence(said, {"number": value.idnum}))


def _fields(revision: HistoricalResolver) -> Iterator[generic.DictionaryObject]:
    for reference in entry(_form(revision), "/Fields", ()):
        field = reference.get_object()
        if isinstance(field, generic.DictionaryObject):
            yield field
