"""A signed file patched in place: what stands in the seal's dictionary is removed, garbled or moved.

Each patch keeps the length of the file, so that all offsets stay right.
"""

import re
from collections.abc import Callable

from tests.vectors.attacks.appending import EVIL, end, known, row, stream

Attack = Callable[[bytes], bytes]
_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\] *")
_CONTENTS = re.compile(rb"/Contents <[0-9A-Fa-f]{1000,}>")


def _patched(pdf: bytes, pattern: re.Pattern[bytes], text: bytes) -> bytes:
    """The last match replaced by a text of the same length."""
    match = list(pattern.finditer(pdf))[-1]
    width = match.end() - match.start()
    assert len(text) <= width
    return pdf[: match.start()] + text.ljust(width) + pdf[match.end() :]


def ranged(text: bytes) -> Attack:
    """Other bytes in the place of the /ByteRange."""
    return lambda pdf: _patched(pdf, _RANGE, text)


def contained(text: bytes) -> Attack:
    """Other bytes in the place of the /Contents."""
    return lambda pdf: _patched(pdf, _CONTENTS, text)


def with_numbers(numbers: Callable[[int, int, int, int], list[int]]) -> Attack:
    """A /ByteRange worked out from the honest one's numbers and the size of the file."""

    def attack(pdf: bytes) -> bytes:
        first, second, length = (int(each) for each in list(_RANGE.finditer(pdf))[-1].groups())
        said = b" ".join(b"%d" % each for each in numbers(first, second, length, len(pdf)))
        return _patched(pdf, _RANGE, b"/ByteRange [%s]" % said)

    return attack


def kind_unknown(pdf: bytes) -> bytes:
    """The seal's /SubFilter is one that nobody knows."""
    return _patched(
        pdf, re.compile(rb"/SubFilter /ETSI\.CAdES\.detached"), b"/SubFilter /ETSI.CAdES.detachex"
    )


def type_changed(pdf: bytes) -> bytes:
    """The seal calls itself a time-stamp, so that nobody asks who signed."""
    at = pdf.rindex(b"/Type /Sig\n")
    return pdf[:at] + b"/Type /Sif\n" + pdf[at + 11 :]


def digit_flipped(pdf: bytes) -> bytes:
    """One byte of the page is another."""
    at = pdf.index(b"/MediaBox [ 0 0 595") if b"/MediaBox [ 0 0 595" in pdf else pdf.index(b"/MediaBox")
    return pdf[: at + 1] + b"m" + pdf[at + 2 :]


def container_flipped(pdf: bytes) -> bytes:
    """One bit of the signature value is another."""
    match = list(_CONTENTS.finditer(pdf))[-1]
    digits = bytearray(match[0])
    at = len(digits.rstrip(b"0>")) - 9
    digits[at] = ord("1") if digits[at] != ord("1") else ord("2")
    return pdf[: match.start()] + bytes(digits) + pdf[match.end() :]


def container_followed(pdf: bytes) -> bytes:
    """Something stands behind the signature in its container."""
    match = list(_CONTENTS.finditer(pdf))[-1]
    return pdf[: match.end() - 9] + b"deadbeef" + pdf[match.end() - 1 :]


def second_range_moved(pdf: bytes) -> bytes:
    """Signature wrapping: the second range is copied to the end, and new objects stand in its place."""
    match = list(_RANGE.finditer(pdf))[-1]
    first, second, length = (int(each) for each in match.groups())
    signed = pdf[second : second + length]
    file = known(pdf)
    evil = stream(file.page)
    body = pdf[:second] + signed + evil
    section = b"xref\n%d 1\n" % file.page + row(len(pdf[:second] + signed)) + file.trailer() + end(len(body))
    body += section
    said = b"/ByteRange [0 %d %d %d]" % (first, len(body), length)
    said = said.ljust(match.end() - match.start())
    return body[: match.start()] + said + body[match.end() :] + signed


def gap_filled(pdf: bytes) -> bytes:
    """Signature wrapping: the padding of the container is cut off, and an object stands in the gap."""
    match = list(_CONTENTS.finditer(pdf))[-1]
    object_ = b">\nendobj\n" + stream(known(pdf).page, EVIL)
    room = match.end() - len(object_)
    assert not pdf[room : match.end() - 1].strip(b"0")
    return pdf[:room] + object_ + pdf[match.end() :]


def cut_after_layer_1(pdf: bytes) -> bytes:
    """The seal is cut off: what is left is an honest layer 1."""
    return pdf[: pdf.rindex(b"%%EOF", 0, len(pdf) - 10) + 6]


def cut_in_the_middle(pdf: bytes) -> bytes:
    return pdf[: len(pdf) // 2]
