"""Extensions that a document declares (ISO 32000-2 §7.12), written after a signature by who stores proof.

The standard wants them to be direct objects. PDFBox, and with it DSS, writes an object of its own for every
dictionary that nobody told it to write otherwise, and for each of several extensions of one developer.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import ReferenceUpdate, WhitelistRule

_ENTRIES = frozenset({"/Type", "/BaseVersion", "/ExtensionLevel", "/ExtensionRevision", "/URL"})  # table 49
_PLAIN = (generic.NameObject, generic.NumberObject, generic.TextStringObject, generic.ByteStringObject)
_LEVEL = "/ExtensionLevel"
_MOST = 64  # extensions of one developer


class Extensions(WhitelistRule):
    """Allows new objects that say which extensions a document uses, and say nothing else."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield the new objects below the catalogue's /Extensions, as far as they are plainly such."""
        if "/Extensions" not in new.root:
            return
        for each in _below(new.root["/Extensions"]):
            if isinstance(each, generic.IndirectObject) and old.is_ref_unassignable(each.reference):
                yield ReferenceUpdate(each.reference)


def stay(had: generic.PdfObject, has: generic.PdfObject) -> bool:
    """Tell whether one developer's extensions are still declared, in a higher level or beside others, too."""
    if had == has:
        return True
    before, after = _declared(had), _declared(has)
    return bool(before) and all(any(_covers(now, was) for now in after) for was in before)


def _declared(found: generic.PdfObject) -> list[generic.DictionaryObject]:
    """Return the extensions of a developer; none where they are not plainly such."""
    if isinstance(found, generic.ArrayObject) and len(found) <= _MOST:
        each_one = [found[place] for place in range(len(found))]
    else:
        each_one = [found]
    plain = [each for each in each_one if _is_extension(each)]
    return plain if len(plain) == len(each_one) else []


def _covers(now: generic.DictionaryObject, was: generic.DictionaryObject) -> bool:
    if now == was:
        return True
    others = [{key: each[key] for key in each if key != _LEVEL} for each in (was, now)]
    levels = [each[_LEVEL] for each in (was, now) if isinstance(each.get(_LEVEL), generic.NumberObject)]
    return others[0] == others[1] and len(levels) == len(others) and bool(levels[0] < levels[1])


def _below(held: generic.PdfObject) -> Iterator[generic.PdfObject]:
    """Yield what stands for an extension, or for several of one developer, with all of these behind it."""
    if not _is_dictionary(held):
        return
    for key in held:
        found = held.raw_get(key)
        value = found.get_object()
        if isinstance(value, generic.ArrayObject) and len(value) <= _MOST:
            each_one = [value.raw_get(place) for place in range(len(value))]
            if all(_is_extension(each.get_object()) for each in each_one):
                yield from (found, *each_one)
        elif _is_extension(value):
            yield found


def _is_dictionary(found: generic.PdfObject) -> TypeGuard[generic.DictionaryObject]:
    return isinstance(found, generic.DictionaryObject) and not isinstance(found, generic.StreamObject)


def _is_extension(found: generic.PdfObject) -> TypeGuard[generic.DictionaryObject]:
    """Tell whether a dictionary has nothing but what an extension says of itself, without references."""
    return _is_dictionary(found) and all(
        key in _ENTRIES and isinstance(found.raw_get(key), _PLAIN) for key in found
    )
