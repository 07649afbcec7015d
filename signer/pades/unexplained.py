"""What a refused update did, for people: which pages show something else, and which objects were written.

pyHanko's comparison breaks off at objects that no rule explains, and names those. Whoever got the document
asks what he sees there that was not signed.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import re
from collections.abc import Iterable, Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import SuspiciousModification

from pki.words import N_, Sentence
from signer.pades.door import Malformed, detail_of, hostile
from signer.pades.told import SHOWN

_MOST_PAGES = 1000
_MOST_SAID = 3  # pages that are named one by one
_MOST_NAMED = 8  # objects that are named at once
_MOST_STEPS = 500  # objects that one page is followed through
_DEEPEST = 40  # levels of the page tree
_REVISION = re.compile(r"in revision (\d+)")  # pyHanko says it in these words only
_OBJECT = re.compile(r"idnum=(\d+)")
_SHOWN = ("/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit")
"""What decides on the look of a page (ISO 32000-2 table 31), besides its annotations."""
_LYING = ("/Annots",)
_ELSEWHERE = ("/Parent", "/P", "/Popup", "/Dest", "/A", "/AA", "/V")
"""What leads from an object to others that are not seen in its place."""


def unexplained(reader: PdfFileReader, found: SuspiciousModification) -> tuple[Sentence, ...]:
    """Say what the revision did over which a comparison broke off; at least in pyHanko's own words."""
    revision = _REVISION.search(str(found))
    numbers = {int(each) for each in _OBJECT.findall(str(found))}
    if revision is not None and numbers:
        try:
            with hostile():
                return tuple(_said(reader, int(revision[1]), numbers))
        except Malformed:
            pass  # then nobody can say what is seen
    return (_named(str(found)) or Sentence(_OTHERWISE, {"detail": detail_of(found)}),)


def _named(words: str) -> Sentence | None:
    """Return what pyHanko says without naming objects, as a sentence."""
    keys = _KEYS.search(words)
    if keys is not None:
        one, other = (set(_KEY.findall(each)) for each in keys.groups())
        names = ", ".join(sorted(one ^ other))[:SHOWN]
        said = N_("Entries of a signed dictionary were added or taken away: {names}.")
        return Sentence(said, {"names": names}) if names else None
    if "were deleted after signing" in words:
        return Sentence(N_("Fields of the form were taken away."))
    if "only allowed after an approval signature" in words:
        return Sentence(N_("A signature field that is seen was added; the certification allows none."))
    return None


_OTHERWISE = N_("Something was changed that may not change: {detail}")
_KEYS = re.compile(r"Dict keys differ: (\{.*\}) vs\. (\{.*\})", re.DOTALL)
_KEY = re.compile(r"'(/[^']+)'")


def _said(reader: PdfFileReader, revision: int, numbers: set[int]) -> Iterator[Sentence]:
    old, new = (reader.get_historical_resolver(each) for each in (revision - 1, revision))
    told: set[int] = set()
    pages = 0
    for number, (was, now) in enumerate(zip(_pages(old), _pages(new), strict=False), start=1):
        for keys, sentence in ((_SHOWN, _SHOWS), (_LYING, _LIES)):
            touched = numbers & {*_below(was, keys), *_below(now, keys)}
            if touched or _differ(was, now, keys):
                pages += 1
                objects = touched | (numbers & _own(now))
                told |= objects
                if pages <= _MOST_SAID:
                    yield _about(sentence, revision, objects, page=number)
    if pages > _MOST_SAID:
        more = N_("Revision {revision} changed more pages than these, {pages} places in all.")
        yield Sentence(more, {"revision": revision + 1, "pages": pages})
    if numbers - told:
        yield _about(_REST, revision, numbers - told)


_SHOWS = N_("Revision {revision} changed what page {page} shows (objects {objects}).")
_LIES = N_(
    "Revision {revision} changed what lies on page {page}: notes, stamps or fields (objects {objects})."
)
_REST = N_("Revision {revision} wrote what nothing in the signed document explains (objects {objects}).")


def _about(sentence: str, revision: int, objects: Iterable[int], **facts: int) -> Sentence:
    """Say it with the revision counted from 1, as reports count them."""
    named = sorted(objects)
    listed = ", ".join(map(str, named[:_MOST_NAMED])) + (", …" if len(named) > _MOST_NAMED else "")
    return Sentence(sentence, {"revision": revision + 1, "objects": listed or "–", **facts})


def _pages(revision: HistoricalResolver) -> Iterator[generic.DictionaryObject]:
    """Yield the pages in order. A tree that goes round in circles ends somewhere."""
    waiting = [(revision.root["/Pages"], 0)]
    passed = 0
    while waiting and passed < _MOST_PAGES:
        node, depth = waiting.pop()
        passed += 1
        if "/Kids" not in node:
            yield node
        elif depth < _DEEPEST:
            kids = node["/Kids"]
            count = min(len(kids), _MOST_PAGES)
            waiting += [(kids[place], depth + 1) for place in reversed(range(count))]


def _differ(was: generic.DictionaryObject, now: generic.DictionaryObject, keys: Iterable[str]) -> bool:
    # References of two revisions never are equal; what they are written as is.
    return any(repr(_raw(was, key)) != repr(_raw(now, key)) for key in keys)


def _own(page: generic.DictionaryObject) -> set[int]:
    place = page.container_ref
    return {place.idnum} if isinstance(place, generic.Reference) else set()


def _raw(page: generic.DictionaryObject, key: str) -> generic.PdfObject | None:
    return page.raw_get(key) if key in page else None


def _below(page: generic.DictionaryObject, keys: Iterable[str]) -> Iterator[int]:
    """Yield the numbers of the objects that a page leads to under these keys."""
    waiting = [found for key in keys if (found := _raw(page, key)) is not None]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_STEPS:
        each = waiting.pop()
        if isinstance(each, generic.IndirectObject):
            if each.idnum in seen:
                continue
            seen.add(each.idnum)
            yield each.idnum
            each = each.get_object()
        if isinstance(each, generic.ArrayObject):
            waiting += [each.raw_get(place) for place in range(min(len(each), _MOST_STEPS))]
        elif isinstance(each, generic.DictionaryObject):
            waiting += [each.raw_get(key) for key in each if key not in _ELSEWHERE]
