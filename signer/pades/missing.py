"""What is named is there, wherever something follows signed bytes (ISO 32000-2 §7.3.10).

The standard takes a reference to nothing for null. Poppler, where it comes upon one in a file whose newest
section is a table, repairs the file: it takes all that looks like an object, also within the data of streams,
and forgets those that are packed. So who names one more object that is not there, or adds a table to a file
that had none, shows another document, which was prepared in the signed bytes.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import contextlib
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from pki.words import N_, Sentence
from signer.pades import hybrids, usages
from signer.pades.dormant import location
from signer.pades.refused import Refused

_there: WeakKeyDictionary[PdfFileReader, dict[int, frozenset[int]]] = WeakKeyDictionary()


def nothing_is(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse updates that name what is not there, and those over a signed part which does."""
    for number in usages.mentions(old).keys() - _numbers(old):
        raise _missing(number)
    present = _numbers(new)
    for each in _named(new):
        if each.idnum not in present or location(new, each) is None:
            raise _missing(each.idnum)


def _missing(number: int) -> Refused:
    said = N_("Object {number} is named, and is not there: some readers repair such a document.")
    return Refused(Sentence(said, {"number": number}))


def _numbers(revision: HistoricalResolver) -> frozenset[int]:
    """Return the numbers of all objects of a revision, by the last section that speaks of each.

    pyHanko passes over what a section frees where the generation there is not the next one.
    """
    known = _there.setdefault(revision.reader, {})
    if revision.revision not in known:
        found: set[int] = set()
        for each in range(revision.revision + 1):
            beside = hybrids.of(revision.reader, each)
            table = revision.reader.xrefs.get_xref_data(each)
            for part in (table,) if beside is None else (beside[1], table):
                found -= part.freed.keys()
                found |= part.standard_xrefs.keys() | part.xrefs_in_objstm.keys()
        known[revision.revision] = frozenset(found)
    return known[revision.revision]


def _named(revision: HistoricalResolver) -> Iterator[generic.Reference]:
    """Yield what a revision's own objects, and its trailer, name.

    One that pyHanko cannot read is named by nobody: else the comparison, which follows all names, ends there.
    """
    waiting: list[generic.PdfObject] = [revision.trailer_view]
    for reference in revision.explicit_refs_in_revision():
        if location(revision, reference) is not None:
            with contextlib.suppress(PdfReadError):
                waiting.append(revision(reference))
    while waiting:
        each = waiting.pop()
        if isinstance(each, generic.IndirectObject):
            yield each.reference
        elif isinstance(each, generic.DictionaryObject):
            waiting += [each.raw_get(key) for key in each]
        elif isinstance(each, generic.ArrayObject):
            waiting += list.__iter__(each)
