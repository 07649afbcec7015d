"""Where objects begin and end: each at the byte that its row names, and before the next one begins."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from signer.pades.lexing import BLANKS, Bytes
from signer.quick.mapped import let_go
from signer.quick.unusual import unusual

_AFTER_HEAD = frozenset(BLANKS + b"<%[(/")
_BEFORE, _BEHIND = len(b"endobj\r\n"), len(b"9999999 0 obj ")
_ENDED = re.compile(rb"(?s:.)endobj[\t\n\r ]|endobj[\t\n\r ]{2}")
"""What stands before nearly all objects, `_BEFORE` bytes."""
_LARGE, _AROUND = 16 << 20, 2 << 20  # bytes: of a large file a touch maps what lies around, too
_NEAR = 64  # bytes before an object in which the one before it ends
_TOGETHER = 64  # objects


def check(pdf: Bytes, bounds: Sequence[int], numbers: Mapping[int, int], sections: frozenset[int]) -> None:
    """Check that each object is at the very byte that its row names, and ends before the next one begins.

    So no reference is cut in two. Most edges are looked at together, by few calls; where one is not as most
    are, each of those around it is.
    """
    check_one(pdf, None, bounds[0], numbers.get(bounds[0]), sections)
    for first in range(0, len(bounds) - 1, _TOGETHER):
        some = bounds[first : first + _TOGETHER + 1]
        if some[-1] in numbers and sections.isdisjoint(some) and _are_plain(pdf, some[1:], numbers):
            continue
        edges = list(pairwise(some))
        most = [start for before, start in edges if start in numbers and before not in sections]
        plain = frozenset(most if _are_plain(pdf, most, numbers) else ())
        for before, start in edges:
            if start not in plain:
                check_one(pdf, before, start, numbers.get(start), sections)


def _are_plain(pdf: Bytes, starts: Sequence[int], numbers: Mapping[int, int]) -> bool:
    """Tell whether an object ends right before each of these, and each has its head, all written alike."""
    if not starts or starts[0] < _BEFORE or len(pdf) > _LARGE:
        return False  # of large files what is mapped because of each is given back
    first = starts[0] - _BEFORE
    text = pdf[first : starts[-1] + _BEHIND]
    places = [start - first for start in starts]
    if not all(map(_ENDED.fullmatch, {text[at - _BEFORE : at] for at in places})):
        return False
    head = b"%d 0 obj" % numbers[starts[0]]
    after = text[_BEFORE + len(head) :][:1]
    if not after or after[0] not in _AFTER_HEAD:
        return False
    heads = [b"%d 0 obj%b" % (number, after) for number in map(numbers.__getitem__, starts)]
    return all(map(text.startswith, heads, places))


def check_one(
    pdf: Bytes, before: int | None, start: int, number: int | None, sections: frozenset[int]
) -> None:
    """Check that an object ends (`before`), and that the next one begins here, with its number."""
    if before is not None and before not in sections and not _is_ended(pdf, before, start):
        unusual("an object that does not end before the next one")
    if number is not None:  # else it is a cross-reference table
        head = b"%d 0 obj" % number
        if pdf[start : start + len(head)] != head or pdf[start + len(head)] not in _AFTER_HEAD:
            unusual("an object is not where it should be")
    if len(pdf) > _LARGE:
        let_go(pdf, max(0, start - _AROUND), min(start + _AROUND, len(pdf)))


def _is_ended(pdf: Bytes, start: int, stop: int) -> bool:
    near = pdf[max(start, stop - _NEAR) : stop].rstrip(BLANKS)
    if near:
        return near.endswith(b"endobj")
    ending = pdf.rfind(b"endobj", start, stop)  # room was left, as in linearized files
    return ending >= 0 and not pdf[ending + len(b"endobj") : stop].strip(BLANKS)
