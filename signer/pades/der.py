"""Strict DER: a signature container has one encoding, so that no byte of it can be changed unseen.

pyHanko tolerates other encodings on purpose; it then hashes what it re-encodes, and a byte outside the signed
attributes may differ without anybody noticing. X.690 §10 and §11 are checked here for the whole container.
"""

from pki.remembering import LONGEST, remembered
from pki.words import N_
from signer.errors import Malformed

_DEPTH = 40
_ELEMENTS = 200_000
_INDEFINITE = 0x80
_CONSTRUCTED = 0x20
_FORMED = frozenset({0x01, 0x02, 0x03, 0x05, 0x0A, 0x10, 0x11})
"""Tags of what DER allows in one form only."""
_VERSION_3 = bytes.fromhex("a003020102")
"""How a certificate goes on, four bytes into its first element (RFC 5280 §4.1)."""
_REMEMBERED = 256  # certificates
_TOO_MUCH = N_("The signature container is nested too deeply or has too many parts.")
_TOO_EARLY = N_("The signature container ends too early.")
_ODD_TAG = N_("The signature container holds a tag that no signature uses.")


def check(data: bytes) -> int:
    """Return the length of the DER element that `data` begins with; raise `Malformed` if it is none."""
    walker = _Walker(data)
    return walker.element(0, len(data), 0)


def streamed(data: bytes) -> tuple[bytes, int]:
    """Return the DER of an element that may leave lengths open, and how long it was as it stood.

    NSS, and so Poppler, Okular and LibreOffice, write a container as it comes: its outer parts have no
    length and end with two zeros (X.690 §8.1.3.6). In all else it must be DER; raises `Malformed`.
    """
    walker = _Walker(data)
    encoded, end = walker.closed(0, len(data), 0)
    check(encoded)
    return encoded, end


class _Walker:
    def __init__(self, data: bytes, *, remembers: bool = True) -> None:
        self._data = data
        self._remembers = remembers
        self._left = _ELEMENTS

    def _enter(self, depth: int) -> None:
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            raise Malformed(_TOO_MUCH)

    def closed(self, at: int, end: int, depth: int) -> tuple[bytes, int]:
        """Return the element at `at` with every open length written, and where it ends."""
        self._enter(depth)
        tag, inside = self._tag(at, end)
        if not tag & _CONSTRUCTED:
            stop = self.element(at, end, depth)
            return self._data[at:stop], stop
        is_open = self._data[inside : inside + 1] == bytes([_INDEFINITE])
        length, inside = (0, inside + 1) if is_open else self._length(inside, end)
        stop = end if is_open else inside + length
        if stop > end:
            raise Malformed("A part of the signature container is longer than the container.")
        parts = []
        while inside < stop and not (is_open and self._data[inside : inside + 2] == b"\0\0"):
            part, inside = self.closed(inside, stop, depth + 1)
            parts.append(part)
        if is_open and inside + 2 > stop:
            raise Malformed(_TOO_EARLY)
        content = b"".join(parts)
        return bytes([tag]) + _shortest(len(content)) + content, inside + 2 * is_open

    def element(self, at: int, end: int, depth: int) -> int:  # noqa: C901 - one loop: a call for each step costs
        """Check the element at `at` and everything in it; return where it ends.

        The short forms of tag and length, which nearly all have, are read right here: this is where the time
        goes that a container takes.
        """
        data, left, most = self._data, self._left, _DEPTH - depth
        around: list[int] = []  # where the elements end that hold the one looked at
        while True:
            left -= 1
            if left < 0 or len(around) > most:
                raise Malformed(_TOO_MUCH)
            if at + 2 > end:
                raise Malformed(_TOO_EARLY)
            tag, length = data[at], data[at + 1]
            if tag & 0x1F == 0x1F or tag == 0:
                raise Malformed(_ODD_TAG)
            begin, at = at, at + 2
            if length >= 0x80:
                length, at = self._length(at - 1, end)
            stop = at + length
            if stop > end:
                raise Malformed("A part of the signature container is longer than the container.")
            if self._remembers and data[at + 4 : at + 9] == _VERSION_3 and stop - begin <= LONGEST:
                _check_certificate(data[begin:stop])
                at = stop
            elif tag & _CONSTRUCTED:
                around.append(end)
                end = stop
            else:
                if tag in _FORMED:
                    self._primitive(tag, data[at:stop])
                at = stop
            while around and at == end:
                end = around.pop()
            if not around:
                self._left = left
                return at

    def _tag(self, at: int, end: int) -> tuple[int, int]:
        if at >= end:
            raise Malformed(_TOO_EARLY)
        tag = self._data[at]
        if tag & 0x1F == 0x1F or tag == 0:
            raise Malformed(_ODD_TAG)
        return tag, at + 1

    def _length(self, at: int, end: int) -> tuple[int, int]:
        if at >= end:
            raise Malformed(_TOO_EARLY)
        first = self._data[at]
        if first < 0x80:
            return first, at + 1
        size = first & 0x7F
        digits = self._data[at + 1 : at + 1 + size]
        length = int.from_bytes(digits, "big")
        if not 1 <= size <= 4 or len(digits) != size or digits[0] == 0 or length < 0x80:
            raise Malformed("A length in the signature container is not in its shortest form.")
        return length, at + 1 + size

    @staticmethod
    def _primitive(tag: int, value: bytes) -> None:
        good = True
        match tag:
            case 0x01:  # BOOLEAN, §11.1
                good = value in (b"\x00", b"\xff")
            case 0x02 | 0x0A:  # INTEGER, ENUMERATED, §8.3.2
                long = len(value) > 1
                padded = long and (value[0], value[1] >> 7) in ((0x00, 0), (0xFF, 1))
                good = bool(value) and not padded
            case 0x03:  # BIT STRING, §11.2
                good = bool(value) and value[0] < 8 and not (value[-1] & ((1 << value[0]) - 1) and value[0])
            case 0x05:  # NULL
                good = not value
            case 0x10 | 0x11:  # SEQUENCE and SET are constructed
                good = False
        if not good:
            raise Malformed("A value in the signature container is not in the one form DER allows.")


@remembered(_REMEMBERED)
def _check_certificate(encoded: bytes) -> None:
    """Check what looks like a certificate; it is in most containers of a time, and most of their elements."""
    _Walker(encoded, remembers=False).element(0, len(encoded), 0)


def _shortest(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits
