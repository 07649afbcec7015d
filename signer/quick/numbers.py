"""Which objects a text may name, found by few calls for all of it: perhaps some more, and none too few."""

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter

from signer.quick.unusual import unusual

_SPACES = bytes.maketrans(b"\0\t\n\f\r", b"     ")
_END = itemgetter(slice(-8, None))
"""What a number of seven digits, the longest that is read, lies in; zeros may stand before it."""
_LAST_NUMBER = re.compile(rb"([-+.0-9]+)\n")
_LONG = 8  # digits
_OF_NUMBERS, _OTHER = b"+-.0123456789", b"-1"

ODD = -1
"""Stands for all numbers that are not spelled as an object's: with more digits (of those, readers take the
rest of a division for what it names), with a sign, with a point; or of another generation than 0, which no
object has here."""


def may_name(text: bytes, numbers: frozenset[int], known: frozenset[int]) -> bool:
    """Tell whether a text may name one of these numbers. A comment may stand inside of a reference.

    Raises `Unusual` where it names an object that is not `known`: there some readers repair the file.
    """
    if b"%" in text:
        return True
    found = named(text)
    if not known.issuperset(found):
        unusual("a reference to nothing, or by an odd number")
    return not numbers.isdisjoint(found)


def named(text: bytes) -> set[int]:
    """Return all numbers that a reference in a text may name, and perhaps more.

    A number, a generation and R with white space between (§7.3.10), whatever stands before: 007 is 7.
    """
    spaced = text.translate(_SPACES)
    count = spaced.count(b" R")
    if not count:
        return set()
    parts = spaced.split(b" 0 R")
    if len(parts) - 1 == count and b"  0 R" not in spaced:
        return _numbers(parts[:-1])
    return _numbers(_named_closely(spaced))  # not spelled as nearly all are


def _named_closely(spaced: bytes) -> Iterator[bytes]:
    for part in spaced.split(b" R")[:-1]:
        *_, number, generation = (b"", b"", *part.rsplit(None, 2))
        yield number if not generation.strip(b"0") or generation.strip(_OF_NUMBERS) else _OTHER


def _numbers(texts: Iterable[bytes]) -> set[int]:
    """Return the numbers that these texts end with: by few calls for all of them."""
    ends = set(map(_END, texts))
    written = [each.rpartition(b" ")[2] for each in ends]
    if not all(map(bytes.isdigit, written)):  # where one stands right behind something else
        written = _LAST_NUMBER.findall(b"\n".join([*ends, b""]))
    try:
        named = set(map(int, written))
    except ValueError:  # signs and points: a sentence may end with one
        named = {int(each) if each.isdigit() else ODD for each in written if each.strip(b"-+.")}
    return named if _LONG not in map(len, written) and min(named, default=0) >= 0 else named | {ODD}
