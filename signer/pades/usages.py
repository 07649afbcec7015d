"""Who names an object of a signed revision: every object of it is looked through, by every key.

pyHanko lists usages too, but not what is named as /Parent or, among structure elements, as /P, because its
paths would have no end there. Whoever prepares a document chooses the keys: a page may draw an /XObject of
that name (shadow attacks).
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

TRAILER = 0
"""Stands for the trailer, and for cross-reference streams, as a holder: no object has this number."""

_Found = Mapping[int, tuple["Mention", ...]]

_found: WeakKeyDictionary[PdfFileReader, dict[int, _Found]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Mention:
    """One reference: in which object it stands, and by which keys it is come to, without places in lists."""

    holder: int
    keys: tuple[str, ...]


def mentions(revision: HistoricalResolver) -> _Found:
    """Return who names each object in a revision; objects that nobody names are left out."""
    known = _found.setdefault(revision.reader, {})
    if revision.revision not in known:
        found: dict[int, list[Mention]] = {}
        for holder, value in _objects(revision):
            for keys, number in _references(value):
                found.setdefault(number, []).append(Mention(holder, keys))
        known[revision.revision] = {number: tuple(each) for number, each in found.items()}
    return known[revision.revision]


def only_below(revision: HistoricalResolver, key: str) -> frozenset[int]:
    """Return the objects that are used below a key of the catalogue, and nowhere else."""
    root, below = root_of(revision), dict[int, list[int]]()
    first: set[int] = set()
    elsewhere: set[int] = {root}
    for number, found in mentions(revision).items():
        for each in found:
            if each.holder == TRAILER or (each.holder == root and each.keys[:1] != (key,)):
                elsewhere.add(number)
            elif each.holder == root:
                first.add(number)
            else:
                below.setdefault(each.holder, []).append(number)
    # What nobody names is not below anything, and what it names is not only there.
    elsewhere |= below.keys() - mentions(revision).keys()
    return frozenset(_closed(first - elsewhere, below) - _closed(elsewhere, below))


def _closed(first: set[int], below: Mapping[int, list[int]]) -> set[int]:
    found, waiting = set(first), list(first)
    while waiting:
        for each in below.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def root_of(revision: HistoricalResolver) -> int:
    """Return the number of the catalogue."""
    number: int = revision.trailer_view.raw_get("/Root").idnum
    return number


def identical(one: Any, other: Any) -> bool:
    """Tell whether two values are the same to every reader: of one kind and, strings, of the same bytes."""
    if type(one) is not type(other):
        return False
    if isinstance(one, generic.StreamObject) and one.encoded_data != other.encoded_data:
        return False
    if isinstance(one, generic.DictionaryObject):
        return one.keys() == other.keys() and all(
            identical(one.raw_get(key), other.raw_get(key)) for key in one
        )
    if isinstance(one, generic.ArrayObject):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, generic.TextStringObject | generic.ByteStringObject):
        return bool(one.original_bytes == other.original_bytes)
    return bool(one == other)


def dictionaries(revision: HistoricalResolver) -> Iterator[generic.DictionaryObject]:
    """Yield all dictionaries of a revision, those within others too."""
    waiting = [value for _, value in _objects(revision)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, generic.DictionaryObject):
            yield each
            waiting += [each.raw_get(key) for key in each]
        elif isinstance(each, generic.ArrayObject):
            waiting += list.__iter__(each)


def _objects(revision: HistoricalResolver) -> Iterator[tuple[int, generic.PdfObject]]:
    yield TRAILER, revision.trailer_view
    xrefs = revision.reader.xrefs
    listed = (xrefs.explicit_refs_in_revision(each) for each in range(revision.revision + 1))
    for reference in frozenset[generic.Reference]().union(*listed):
        if xrefs.get_historical_ref(reference, revision.revision) is not None:
            value = revision(reference)
            frame = isinstance(value, generic.StreamObject) and value.get("/Type") == "/XRef"
            yield TRAILER if frame else reference.idnum, value


def _references(value: generic.PdfObject) -> Iterator[tuple[tuple[str, ...], int]]:
    waiting: list[tuple[tuple[str, ...], generic.PdfObject]] = [((), value)]
    while waiting:
        keys, each = waiting.pop()
        if isinstance(each, generic.IndirectObject):
            yield keys, each.idnum
        elif isinstance(each, generic.DictionaryObject):
            waiting += [((*keys, key), each.raw_get(key)) for key in each]
        elif isinstance(each, generic.ArrayObject):
            waiting += [(keys, inner) for inner in list.__iter__(each)]
