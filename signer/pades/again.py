"""What is written again without a change is written as it was signed.

pyHanko compares fields, the form and the catalogue by what Python calls equal: 2 and 2.0, a name and a string
of the same letters. Readers do not: a flag that is no whole number is none to Poppler, so that a field that
was signed as a hidden one is seen (shadow attacks).
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver

from pki.words import N_, Sentence
from signer.pades import usages
from signer.pades.dormant import replaced
from signer.pades.refused import Refused

_BOXES = frozenset({"/Rect", "/MediaBox", "/CropBox"})
"""What some programs write anew with reals: of sides all readers make the same."""

_WIDEST = 15_000  # units, as on the short way (`signer.quick.strings`)
_NUMBERS = (generic.NumberObject, generic.FloatObject)


def says_the_same(old: HistoricalResolver, new: HistoricalResolver) -> None:
    """Refuse entries that are equal to pyHanko, and not the same to every reader.

    The properties of the document are left out: they are drawn by nobody, and programs encode them anew.
    """
    information = old.trailer_view.raw_get("/Info") if "/Info" in old.trailer_view else None
    for reference in replaced(old, new):
        if isinstance(information, generic.IndirectObject) and information.reference == reference:
            continue
        if not _alike(old(reference), new(reference)):
            said = N_("Object {number} says the same as when it was signed, but not to every reader.")
            raise Refused(Sentence(said, {"number": reference.idnum}))


def _alike(was: generic.PdfObject, now: generic.PdfObject, key: str = "") -> bool:
    """Tell whether what is equal here is the same; what was changed is judged by others."""
    if isinstance(was, generic.DictionaryObject) and isinstance(now, generic.DictionaryObject):
        both = was.keys() & now.keys()
        return all(_alike(was.raw_get(each), now.raw_get(each), each) for each in both)
    if isinstance(was, generic.ArrayObject) and isinstance(now, generic.ArrayObject):
        # Further members may be added: the first ones are compared all the same.
        return all(_alike(*each, key) for each in zip(list.__iter__(was), list.__iter__(now), strict=False))
    if key in _BOXES and isinstance(was, _NUMBERS) and isinstance(now, _NUMBERS):
        return abs(float(was)) < _WIDEST
    return was != now or usages.identical(was, now)
