"""Strict DER: a signature container has one encoding, so that no byte of it can be changed unseen.

pyHanko tolerates other encodings on purpose; it then hashes what it re-encodes, and a byte outside the signed
attributes may differ without anybody noticing. X.690 §10 and §11 are checked here for the whole container.
"""

from signer.errors import Malformed

_DEPTH = 40
_ELEMENTS = 200_000


def check(data: bytes) -> int:
    """Return the length of the DER element that `data` begins with; raise `Malformed` if it is none."""
    walker = _Walker(data)
    return walker.element(0, len(data), 0)


class _Walker:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _ELEMENTS

    def element(self, at: int, end: int, depth: int) -> int:
        """Check the element at `at` and everything in it; return where it ends."""
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            raise Malformed("The signature container is nested too deeply or has too many parts.")
        tag, at = self._tag(at, end)
        length, at = self._length(at, end)
        stop = at + length
        if stop > end:
            raise Malformed("A part of the signature container is longer than the container.")
        if tag & 0x20:
            while at < stop:
                at = self.element(at, stop, depth + 1)
        else:
            self._primitive(tag, self._data[at:stop])
        return stop

    def _tag(self, at: int, end: int) -> tuple[int, int]:
        if at >= end:
            raise Malformed("The signature container ends too early.")
        tag = self._data[at]
        if tag & 0x1F == 0x1F or tag == 0:
            raise Malformed("The signature container holds a tag that no signature uses.")
        return tag, at + 1

    def _length(self, at: int, end: int) -> tuple[int, int]:
        if at >= end:
            raise Malformed("The signature container ends too early.")
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
