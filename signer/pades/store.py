"""Proof stored after a signature: what may be done with a document's store of it (its DSS).

ISO 32000-2 §12.8.4.3, EN 319 142-1 §5.4.2. iText writes the entries for single signatures anew and frees the
lists that they replace, DSS leaves such entries out; pyHanko's rule lets nobody touch an entry. Nothing of it
is shown on a page, and proof that was taken away is missing, not believed: so all that counts is that what is
written belongs to the store and to nothing else.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import re
from collections.abc import Iterable, Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import ReferenceUpdate, WhitelistRule

from pki.words import N_, Sentence
from signer.pades import usages
from signer.pades.entries import entry
from signer.pades.refused import Refused

_LISTS = ("/Certs", "/CRLs", "/OCSPs")
_OF_ONE = ("/Cert", "/CRL", "/OCSP")
_UNCHECKED = frozenset({"/Type", "/TU", "/TS"})
_NAME = re.compile(r"/[0-9A-Fa-f]{40}")  # the SHA-1 of a signature container
_REMOVED = Sentence(N_("The stored proof was taken out of the document."))
_ODD = Sentence(N_("The stored proof is not as such proof is."))


class Proof(WhitelistRule):
    """Allows the store of proof to be extended, merged and written anew."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield what is new below the store, and what of the old store was written again."""
        if "/DSS" not in new.root:
            if "/DSS" in old.root:
                raise Refused(_REMOVED)
            return
        _check(new.root["/DSS"])
        written = new.explicit_refs_in_revision() - new.refs_freed_in_revision()
        for each in _parts(new.root.raw_get("/DSS")):
            if isinstance(each, generic.IndirectObject) and each.reference in written:
                below = new.collect_dependencies(each, since_revision=old.revision + 1)
                yield from map(ReferenceUpdate, below)
        stored = usages.only_below(old, "/DSS")
        for reference in written:
            if reference.idnum in stored and not isinstance(new(reference), generic.StreamObject):
                yield ReferenceUpdate(reference)


class Unused(WhitelistRule):
    """Allows numbers to be listed as free that no object ever had (iText keeps a reserve), or that proof had.

    `signer.pades.revisions` has refused all others, by what `replaced` says.
    """

    def apply(
        self,
        old: HistoricalResolver,  # noqa: ARG002 - what pyHanko gives every rule
        new: HistoricalResolver,
    ) -> Iterable[ReferenceUpdate]:
        """Yield the numbers that the revision frees."""
        for number, generation in new.reader.xrefs.get_xref_data(new.revision).freed.items():
            yield ReferenceUpdate(generic.Reference(number, generation - 1, pdf=new.reader))


def replaced(reader_at: HistoricalResolver) -> frozenset[int]:
    """Return the numbers that later revisions free and that only proof had until then."""
    reader = reader_at.reader
    freed: set[int] = set()
    others: set[int] = set()
    for revision in range(reader_at.revision + 1, reader.xrefs.total_revisions):
        references = reader.get_historical_resolver(revision).refs_freed_in_revision()
        if not references:
            continue
        stored = usages.only_below(reader.get_historical_resolver(revision - 1), "/DSS")
        for each in references:
            (freed if each.idnum in stored else others).add(each.idnum)
    return frozenset(freed - others)


def _parts(found: generic.PdfObject) -> Iterator[generic.PdfObject]:
    """Yield the store and all in it: what is collected does not go through objects that were there."""
    yield found
    held = found.get_object()
    if isinstance(held, generic.ArrayObject):
        yield from (held.raw_get(place) for place in range(len(held)))
    elif isinstance(held, generic.DictionaryObject) and not isinstance(held, generic.StreamObject):
        for key in held:
            # What is not of a checked shape is not gone through: a stranger may let it fork without end.
            yield from (held.raw_get(key),) if key in _UNCHECKED else _parts(held.raw_get(key))


def _check(store: generic.PdfObject) -> None:
    """Refuse a store of another shape than ISO 32000-2 tables 261 and 262 give it."""
    held = _dictionary(store, {"/Type", "/VRI", *_LISTS})
    _check_streams(held, _LISTS)
    of_each = _dictionary(entry(held, "/VRI", generic.DictionaryObject()), None)
    for name in of_each:
        if name != "/Type" and _NAME.fullmatch(name) is None:
            raise Refused(_ODD)
        if name != "/Type":
            _check_streams(_dictionary(of_each[name], {*_UNCHECKED, *_OF_ONE}), _OF_ONE)


def _dictionary(found: generic.PdfObject, keys: set[str] | None) -> generic.DictionaryObject:
    if not isinstance(found, generic.DictionaryObject) or isinstance(found, generic.StreamObject):
        raise Refused(_ODD)
    if keys is not None and found.keys() - keys:
        raise Refused(_ODD)
    return found


def _check_streams(held: generic.DictionaryObject, names: Iterable[str]) -> None:
    for each in _members(held, names):
        if not isinstance(each, generic.IndirectObject):
            raise Refused(_ODD)
        if not isinstance(each.get_object(), generic.StreamObject):
            raise Refused(_ODD)


def _members(held: generic.DictionaryObject, names: Iterable[str]) -> Iterator[generic.PdfObject]:
    for name in names:
        listed = entry(held, name, generic.ArrayObject())
        if not isinstance(listed, generic.ArrayObject):
            raise Refused(_ODD)
        yield from (listed.raw_get(place) for place in range(len(listed)))
