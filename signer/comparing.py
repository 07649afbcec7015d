"""Whether the agency that a document's header names is the one that sealed: rules over words alone.

Names are compared by their letters (`signer.spelling`) and places (`signer.places`), and a contradiction
counts only where both names are plainly those of agencies.
"""

from collections.abc import Iterator
from typing import NamedTuple

from signer.agency import FITTING, Compared, Heading
from signer.places import SHORTEST, Names, is_below_province, is_below_province_bare, is_elsewhere, is_placed
from signer.spelling import bare, is_clear, is_disguised, is_one_unaccented, letters


class Reading(NamedTuple):
    """The governing body's name (empty: there is none), the issuing agency's, and whether that is sure."""

    above: str
    agency: str
    sure: bool


def compared(heading: Heading, names: Names, units: Names = ()) -> Compared:
    """Compare what a header names with the names that a seal's certificate bears, or a policy gives it.

    The holder's `units` may be what is named, but say nothing against it.
    """
    if not heading.lines:
        return Compared.NOT_FOUND
    if any(map(is_disguised, names)):
        return Compared.OTHER
    readings = list(_readings(heading))
    found = {_compared(reading, name) for reading in readings for name in names}
    found |= {_compared(reading, unit) for reading in readings for unit in units} & FITTING
    best = next((each for each in _BEST_FIRST if each in found), Compared.UNCLEAR)
    fits = best in FITTING or best is Compared.UNACCENTED
    return Compared.OTHER if fits and is_elsewhere(heading.lines, names) else best


_BEST_FIRST = (Compared.SAME, Compared.ABOVE, Compared.RELATED, Compared.UNACCENTED, Compared.OTHER)


def _compared(reading: Reading, name: str) -> Compared:
    found = _among(reading.above, reading.agency, name)
    if not is_one_unaccented(reading.agency, name):
        if found in FITTING and name.isascii() and _is_of_many(reading, name):
            return Compared.UNACCENTED
        return found if reading.sure or found not in FITTING else Compared.RELATED
    accented = _among(reading.above, reading.agency, name, accents=True)
    if accented in FITTING:  # abbreviations, written out
        return accented if reading.sure else Compared.RELATED
    if found not in FITTING:
        return found
    if is_below_province(name if reading.agency.isascii() else f"{reading.above} {reading.agency}"):
        return Compared.UNACCENTED
    return found if reading.sure else Compared.RELATED


def _is_of_many(reading: Reading, name: str) -> bool:
    """Tell whether one of two names without accents is of a place below a province."""
    return any(map(is_below_province_bare, (name, f"{reading.above} {reading.agency}")))


def _among(above: str, agency: str, name: str, *, accents: bool = False) -> Compared:
    over, ours, theirs = letters(above), letters(agency), letters(name)
    if not accents and (agency.isascii() or name.isascii()):
        over, ours, theirs = bare(over), bare(ours), bare(theirs)
    if not ours or not theirs:
        return Compared.UNCLEAR
    if theirs in (ours, over + ours, ours + over):
        return Compared.SAME
    if len(ours) >= SHORTEST and theirs.startswith(ours) and theirs.removeprefix(ours) in over:
        return Compared.SAME
    if over and (theirs == over or _holds(over, theirs) or is_placed(over, theirs)):
        return Compared.ABOVE
    if _holds(theirs, ours) or _holds(ours, theirs):
        return Compared.RELATED
    return Compared.OTHER if is_clear(agency) and is_clear(name) else Compared.UNCLEAR


def _holds(whole: str, part: str) -> bool:
    return len(part) >= SHORTEST and part in whole


def _readings(heading: Heading) -> Iterator[Reading]:
    """Yield how the block may be read.

    Where no bold tells the two bodies apart, each line that begins as a name may begin the second.
    """
    starts = [start for start in range(1, len(heading.lines)) if is_clear(" ".join(heading.lines[start:]))]
    told = len(heading.lines) - heading.bold
    for start in (told,) if told in starts else (0, *starts):
        sure = start == 0 or told in starts
        yield Reading(" ".join(heading.lines[:start]), " ".join(heading.lines[start:]), sure)
