"""What is written of objects, without the data of streams: that cannot refer to objects."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise, repeat

from signer.pades import lexing, objects
from signer.pades.lexing import BLANKS, Bytes
from signer.quick.mapped import let_go
from signer.quick.unusual import unusual

_STRING = re.compile(rb"\((?:[^()\\]|\\[\s\S])*\)")
_STREAM = re.compile(rb"\d+ \d+ obj[\0\t\n\f\r ]*<<[^<>(%]*>>[\0\t\n\f\r ]*stream")
"""A stream whose dictionary holds neither strings nor dictionaries, up to its data: as most are."""
_WITHIN = rb"[^()\\]*(?:\\[\s\S][^()\\]*)*"
_APART = re.compile(rb"\([^()\\]*(?:(?:\\[\s\S]|\(%s\))[^()\\]*)*\)|%%[^\r\n]*" % _WITHIN)
"""A string, with brackets one deep, or a comment."""
_SMALL = 1 << 16  # bytes that are copied before they are looked at


def between(pdf: Bytes, bounds: Sequence[int]) -> tuple[bytes, Iterable[bytes]]:
    """Return what stands between the bounds without the data of streams: together, and between each two."""
    first = bounds[0]
    if bounds[-1] - first <= _SMALL:
        text = pdf[first : bounds[-1]]
        if b"stream" not in text and _is_plain(text):
            _check_bytes(text)
            return text, (text[start - first : stop - first] for start, stop in pairwise(bounds))
        found = list(map(_STREAM.match, repeat(pdf), bounds, bounds[1:]))
    else:
        found = [
            _STREAM.match(pdf, start, stop) if stop - start <= _SMALL else None
            for start, stop in pairwise(bounds)
        ]
    texts = [each[0] if each else b"" for each in found]
    _check_bytes(b" ".join(texts))  # of many at once: they hold neither strings nor comments
    for place in [place for place, text in enumerate(texts) if not text]:
        texts[place] = _dictionary(pdf, bounds[place], bounds[place + 1])
    return b" ".join(texts), texts


def _is_plain(text: bytes) -> bool:
    return not (b"(" in text or b"%" in text or b")" in text or b"\\" in text)


def _dictionary(pdf: Bytes, start: int, stop: int) -> bytes:
    """Return the bytes between two objects' beginnings, without the data of a stream."""
    text = _at_length(pdf, start, stop)
    if stop - start > _SMALL:
        let_go(pdf, start, stop)
    _check_bytes(text)
    return text


def _at_length(pdf: Bytes, start: int, stop: int) -> bytes:
    if stop - start <= _SMALL:
        text = pdf[start:stop]
        head, word, _ = text.partition(b"stream")
        if not word and _is_plain(text):
            return text  # nothing is open at its end
    else:
        at = pdf.find(b"stream", start, stop)
        head, word = pdf[start : at if at >= 0 else stop], b"stream" if at >= 0 else b""
    if not word:
        return _whole(pdf, start, stop)
    # The word may stand in a string or a comment: then the object is read by the letter.
    if b"(" not in head and b"%" not in head and head.rstrip(BLANKS).endswith(b">>"):
        opened, closed = head.count(b"<<"), head.count(b">>")
        if opened == closed and head.count(b"<") == 2 * opened and head.count(b">") == 2 * closed:
            return head
    header = objects.HEADER.match(pdf, start)
    if header is None:
        unusual("an object is not where it should be")
    _, end = lexing.value(pdf, header.end())
    if end > stop:
        unusual("an object inside another one")
    if pdf.find(b"stream", end, stop) < 0:
        return pdf[start:stop]
    return pdf[start:end]


def _whole(pdf: Bytes, start: int, stop: int) -> bytes:
    """Return the bytes of an object without a stream; `Unusual` where another one begins inside it."""
    text = pdf[start:stop]
    if not _is_closed(text):
        header = objects.HEADER.match(pdf, start)
        if header is not None and lexing.value(pdf, header.end())[1] > stop:
            unusual("an object inside another one")
    return text


def _is_closed(text: bytes) -> bool:
    """Tell whether no string, and no comment, is open at the end of a text.

    One possessive group would say it, too, if Python before 3.11.5 matched those rightly (gh-106052).
    """
    return _is_plain(_STRING.sub(b"", text))


def _check_bytes(text: bytes) -> None:
    """Check that outside of strings no byte stands that some readers take for white space (pdfium)."""
    if _is_doubtful(text):
        bare = _APART.sub(b" ", text)
        if _is_doubtful(bare) or not _is_plain(bare):
            unusual("a byte that readers take for white space")


def _is_doubtful(text: bytes) -> bool:
    return b"\xff" in text or b"\x80" in text


def check_packed(data: bytes, starts: Iterable[int]) -> None:
    """Check the same of an object stream, object by object: what stands between two may open a string."""
    if _is_doubtful(data):
        for start, stop in pairwise([0, *sorted(starts), len(data)]):
            _check_bytes(data[start:stop])
