"""Object streams, unpacked: which objects lie in them, and where (ISO 32000-2 §7.5.7)."""

import re
from collections.abc import Sequence

from signer.pades import lexing
from signer.pades.objects import Found, as_dictionary, refuse

_PAIR = re.compile(rb"[\0\t\n\f\r ]*(\d{1,7})[\0\t\n\f\r ]+(\d{1,9})(?![^\0\t\n\f\r ])")


def index_of(data: bytes, stream: Found) -> list[tuple[int, int]]:
    """Return number and offset of each object in an unpacked object stream. Raises `Malformed`.

    The first of them is where /First says: where there is room, Poppler looks elsewhere for all of them.
    """
    entries = as_dictionary(stream.value, stream.end)
    first, count = entries.get("First"), entries.get("N")
    if type(first) is not int or type(count) is not int or not 0 <= count <= first <= len(data):
        refuse(stream.end)
    at, found = 0, []
    for _ in range(count):
        pair = _PAIR.match(data, at, first)
        if pair is None:
            refuse(stream.end)
        at = pair.end()
        found.append((int(pair[1]), first + int(pair[2])))
    if data[at:first].strip(b"\0\t\n\f\r ") or (found and found[0][1] != first):
        refuse(stream.end)
    return found


def check(data: bytes, index: Sequence[tuple[int, int]], at: int) -> None:
    """Check that the objects of an unpacked stream lie one behind the other, each in one reading.

    Raises `Malformed`, for this place.
    """
    offsets = [offset for _, offset in index]
    for start, stop in zip(offsets, [*offsets[1:], len(data)], strict=True):
        if start >= stop or lexing.gap(data, start) >= stop:
            refuse(at)
        _, end = lexing.value(data, start)
        if not end <= stop <= lexing.gap(data, end):
            refuse(at)
