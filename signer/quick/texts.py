"""What is written of objects, without the data of streams: that cannot refer to objects."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, repeat
from typing import TypeAlias

from signer.pades import lexing, objects
from signer.pades.lexing import BLANKS, Bytes
from signer.quick.mapped import let_go
from signer.quick.unusual import unusual

_STRING = re.compile(rb"\((?:[^()\\]|\\[\s\S])*\)")
_STREAM = re.compile(
    rb"\d+ \d+ obj S*<<[^<>(%#]*/Length S+(\d{1,9}) S*(?:/[^<>(%#]*)?>> S*stream\r?\n".replace(
        b" S", rb"[\0\t\n\f\r ]"
    )
)
"""A stream whose dictionary holds neither strings nor dictionaries, up to its data: as most are."""
_ENDED = re.compile(rb"(?:\r\n|\n|\r)?endstream[\0\t\n\f\r ]+endobj[\0\t\n\f\r ]*")
_LAST = re.compile(rb"(?:%[\w.-]{1,40}[\r\n]+)?startxref[\t\n\f\r ]+\d{1,10}[\t\n\f\r ]+%%EOF")
"""What stands behind a cross-reference stream; iText writes its name there."""
_LARGEST_GAP = 1 << 16  # bytes between two objects
_LENGTHS = (b"/Length1", b"/Length2", b"/Length3")  # of fonts (table 125)
_WITHIN = rb"[^()\\]*(?:\\[\s\S][^()\\]*)*"
_APART = re.compile(rb"\([^()\\]*(?:(?:\\[\s\S]|\(%s\))[^()\\]*)*\)|%%[^\r\n]*" % _WITHIN)
"""A string, with brackets one deep, or a comment."""
_SMALL = 1 << 16  # bytes that are copied before they are looked at

Ended: TypeAlias = Callable[[int], int]
"""Return where the object that begins at this byte ends; raises `Malformed` where a stream ends elsewhere."""


def between(pdf: Bytes, bounds: Sequence[int], ended: Ended) -> tuple[bytes, Iterable[bytes]]:
    """Return what stands between the bounds without the data of streams: together, and between each two.

    Between two stands one object, and each stream ends where it says: a reader that repairs the file, for a
    length or anything else that is odd, would find what is hidden there.
    """
    first = bounds[0]
    if bounds[-1] - first <= _SMALL:
        text = pdf[first : bounds[-1]]
        if b"stream" not in text and _is_plain(text) and text.count(b"obj") == 2 * len(bounds) - 2:
            _check_bytes(text)
            return text, (text[start - first : stop - first] for start, stop in pairwise(bounds))
        found = list(map(_STREAM.match, repeat(pdf), bounds, bounds[1:]))
    else:
        found = [
            _STREAM.match(pdf, start, stop) if stop - start <= _SMALL else None
            for start, stop in pairwise(bounds)
        ]
    texts = [
        each[0] if each and _ENDED.fullmatch(pdf, each.end() + int(each[1]), stop) else b""
        for each, stop in zip(found, bounds[1:], strict=True)
    ]
    together = b" ".join(texts)
    _check_bytes(together)  # they hold neither strings nor comments
    streams = len(texts) - texts.count(b"")
    if together.count(b"/Length") - sum(map(together.count, _LENGTHS)) != streams:
        unusual("a stream of two lengths")
    if together.count(b"obj") != streams:
        unusual("an object inside another one")
    for place in [place for place, text in enumerate(texts) if not text]:
        texts[place] = _dictionary(pdf, bounds[place], bounds[place + 1], ended)
    return b" ".join(texts), texts


def _is_plain(text: bytes) -> bool:
    return not (b"(" in text or b"%" in text or b")" in text or b"\\" in text)


def _dictionary(pdf: Bytes, start: int, stop: int, ended: Ended) -> bytes:
    """Return the bytes between two objects' beginnings, without the data of a stream."""
    text = _at_length(pdf, start, stop)
    if len(text) < stop - start or text.count(b"obj") != 2:
        _check_alone(pdf, start, stop, text, ended)
    if stop - start > _SMALL:
        let_go(pdf, start, stop)
    _check_bytes(text)
    return text


def _check_alone(pdf: Bytes, start: int, stop: int, text: bytes, ended: Ended) -> None:
    """Check that nothing stands behind an object, and no object in a cross-reference table."""
    if text.lstrip(BLANKS).startswith(b"xref") and len(text) == stop - start:
        if b"obj" in text:
            unusual("an object behind a table that does not name it")
        return
    end = ended(start)
    behind = pdf[end:stop].strip(BLANKS) if end <= stop <= end + _LARGEST_GAP else b"?"
    if behind and _LAST.fullmatch(behind) is None:
        unusual("an object inside or behind another one")


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
    """Check the same of an object stream, object by object: what stands between two may open a string.

    And that each of them ends before the next one begins.
    """
    places = sorted(starts)
    for start, stop in pairwise([*places, len(data)]):
        if not _is_dictionary(data[start:stop]) and lexing.value(data, start)[1] > stop:
            unusual("an object inside another one")
    if _is_doubtful(data):
        for start, stop in pairwise([0, *places, len(data)]):
            _check_bytes(data[start:stop])


def _is_dictionary(text: bytes) -> bool:
    """Tell whether a text is plainly one dictionary that is closed at its end."""
    bare = text.strip(BLANKS)
    return (
        bare.startswith(b"<<")
        and bare.endswith(b">>")
        and _is_plain(bare)
        and bare.count(b"<<") == bare.count(b">>")
    )
