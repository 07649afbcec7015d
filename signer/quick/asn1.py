"""DER that was checked before (`signer.pades.der`), taken apart (X.690)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from signer.quick.unusual import unusual

_UTC = re.compile(rb"(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z")
_GENERAL = re.compile(rb"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{1,6}))?Z")


@dataclass(slots=True, eq=False)  # not frozen: a document has hundreds, and that would double what each costs
class Element:
    """One element: its tag, where it begins, where its content begins, where it ends."""

    data: bytes
    tag: int
    start: int
    body: int
    end: int

    @classmethod
    def of(cls, data: bytes, at: int = 0) -> "Element":
        """Return the element that begins at `at`."""
        return cls(data, 0, at, at, len(data)).first

    def __iter__(self) -> Iterator["Element"]:
        """Yield the elements inside."""
        data, at, end = self.data, self.body, self.end
        while at < end:
            tag, length, body = data[at], data[at + 1], at + 2
            if length & 0x80:
                body += length & 0x7F
                length = int.from_bytes(data[at + 2 : body], "big")
            if body + length > end:
                unusual("an element that is longer than what holds it")
            yield Element(data, tag, at, body, body + length)
            at = body + length

    @property
    def first(self) -> "Element":
        """The first element inside."""
        for each in self:
            return each
        return unusual("an element that holds nothing")

    @property
    def sequence(self) -> "Element":
        """Itself, which must be a SEQUENCE."""
        return self if self.tag == SEQUENCE else unusual("a structure with another tag")

    @property
    def encoded(self) -> bytes:
        """The whole element."""
        return self.data[self.start : self.end]

    @property
    def content(self) -> bytes:
        """What is in it."""
        return self.data[self.body : self.end]

    def parts(self, *tags: int) -> list["Element"]:
        """Return the elements inside, which must have exactly these tags."""
        found = list(self)
        if [each.tag for each in found] != list(tags):
            unusual("a structure with other parts than expected")
        return found

    @property
    def whole(self) -> int:
        """The number that an INTEGER is."""
        return int.from_bytes(self.content, "big", signed=True)

    @property
    def moment(self) -> datetime:
        """The time that a UTCTime or GeneralizedTime is (RFC 5280 §4.1.2.5, RFC 3161 §2.4.2)."""
        match = (_UTC if self.tag == UTC_TIME else _GENERAL).fullmatch(self.content)
        if match is None or self.tag not in (UTC_TIME, GENERAL_TIME):
            unusual("an odd time")
        year, month, day, hour, minute, second = (int(each) for each in match.groups()[:6])
        if self.tag == UTC_TIME:
            year += 1900 if year >= 50 else 2000
        fraction = int((match[7] or b"").ljust(6, b"0")) if self.tag == GENERAL_TIME else 0
        return datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)


BOOLEAN, INTEGER, BITS, OCTETS, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTC_TIME, GENERAL_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31


def oid(dotted: str) -> bytes:
    """Return the content of an object identifier (X.690 §8.19)."""
    first, second, *rest = map(int, dotted.split("."))
    found = bytearray([40 * first + second])
    for each in rest:
        digits = [each & 0x7F]
        while each := each >> 7:
            digits.append(each & 0x7F | 0x80)
        found += bytes(reversed(digits))
    return bytes(found)
