"""Files that say they are linearized ("fast web view", ISO 32000-2 annex F): whether they are.

The first object of such a file gives its length. While that is true, Poppler begins with the section behind
this object and looks at no `startxref`; once something was appended it is untrue, and all readers begin at
the end. Who prepares a file that somebody signs, and pads an update until the length comes true, therefore
shows another document.
"""

import re

from signer.errors import Malformed
from signer.pades import at_once, sections
from signer.pades.lexing import Bytes

_GAP = rb"(?:[\0\t\n\f\r ]|%[^\r\n]*(?=[\r\n]))"
_FIRST = re.compile(_GAP + rb"*[+-]?\d+S+[+-]?\d+S+obj".replace(b"S", _GAP))
_FRONT = re.compile(_GAP + rb"*endobj(S*)".replace(b"S", _GAP))
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_NUMBER = re.compile(rb"0*(\d{1,15})(?!\d)")
_HEAD = 1024  # bytes in which readers look for the header, and count from there
_WINDOW = 1 << 16  # bytes that are searched where the first object cannot be read by the letter


def check(pdf: Bytes, end: int) -> None:
    """Raise `Malformed` where `pdf[:end]` says that it is linearized, but its end leads elsewhere.

    An honest file that was never updated leads from both ends to one and the same section.
    """
    begin = max(pdf.find(b"%PDF-", 0, _HEAD), 0)
    first = _FIRST.match(pdf, begin)
    if first is None:
        return
    try:
        _, stop = at_once.value(pdf, first.end())
    except Malformed:
        stop = first.end() + _WINDOW
    if not _says_so(pdf[first.end() : stop], {end, end - begin}):
        return
    front = _FRONT.match(pdf, stop)
    start, _ = sections.last(pdf, end)
    if begin or front is None or not front.start(1) <= start <= front.end():
        raise Malformed(
            "The file says that it is linearized, and is not: readers may show different documents."
        )


def _says_so(first: bytes, lengths: set[int]) -> bool:
    """Tell whether the first object may be read as one that says so: nobody can be sure how leniently."""
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), first)
    return b"Linearized" in plain and not lengths.isdisjoint(int(each) for each in _NUMBER.findall(plain))
