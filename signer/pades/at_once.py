"""A direct object of which nothing is open when a word ends it, read in few calls (`signer.pades.lexing`).

Nearly all objects of a document are so, and nearly all their tokens are those of every document: what a token
is, is remembered.
"""

import re

from signer.errors import Malformed
from signer.pades import lexing
from signer.pades.lexing import BLANKS, COMMON, DEEPEST, Bracket, Bytes, Value

_TOKENS = re.compile(b"[" + BLANKS + b"]*(?:" + COMMON + b")")
_CLOSED = BLANKS + b">])"
"""What may stand before a word without being read as a part of it."""
_LONGEST = 1 << 16  # bytes of an object; longer ones are rare
_SHORT = 40  # bytes of a token that is remembered: a list of references is longer, and may be changed
_MOST = 4096  # tokens
_KNOWN: dict[bytes, Value | Bracket] = {}


def value(data: Bytes, at: int) -> tuple[Value, int]:
    """Read the direct object at `at` of an indirect object or a trailer, as `lexing.value` does.

    That is asked where the object is not plainly all that stands before the next word that could end it.
    """
    stop = _stop(data, at)
    if stop > at and data[stop - 1] in _CLOSED:
        tokens = _TOKENS.findall(data, at, stop)
        end = at + sum(map(len, tokens))
        # They are as long as the text is: nothing lies between them, and the last one is the end.
        if not data[end:stop].strip(BLANKS):
            held = _built(tokens)
            if held is not None and len(held) == 1:
                return held[0], end
    return lexing.value(data, at)


def _stop(data: Bytes, at: int) -> int:
    """Return where the next `endobj`, `stream` or `startxref` stands, be it in a string; -1 if far away."""
    last = at + _LONGEST
    stop = data.find(b"endobj", at, last)
    for word in (b"startxref", b"stream"):
        before = data.find(word, at, last if stop < 0 else stop)
        stop = stop if before < 0 else before
    return stop


def _learnt(written: bytes) -> Value | Bracket:
    """Return what a token is; a short one is known from then on."""
    found = lexing.token(written)
    if len(written) <= _SHORT:
        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        _KNOWN[written] = found
    return found


def _built(tokens: list[bytes]) -> list[Value] | None:
    """Return what tokens are together; None where they are nothing that `lexing.value` would read."""
    held: list[Value] = []
    outside: list[tuple[bytes, list[Value]]] = []
    known = _KNOWN.get
    try:
        for each in tokens:
            found = known(each)
            if found is None:
                found = _learnt(each)
            if not isinstance(found, Bracket):
                held.append(found)
            elif not found.closes and len(outside) < DEEPEST:
                outside.append((found.begun_with, held))
                held = []
            elif found.closes and outside and outside[-1][0] == found.begun_with:
                closed = lexing.dictionary(held, 0) if found.begun_with == b"<<" else held
                _, held = outside.pop()
                held.append(closed)
            else:
                return None
    except Malformed:
        return None
    return None if outside else held
