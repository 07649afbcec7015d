"""Signed files garbled anywhere: the reader, the walk over revisions, both ways to a verdict."""

import random
import re
from collections.abc import Iterator

from tests.fuzz.bending import Garble, bend_words
from tests.fuzz.judging import check, vector
from tests.fuzz.looking import look

SEEDS = (
    "pyhanko-b-b",
    "pyhanko-b-lt",
    "pyhanko-certified-3",
    "pyhanko-filled",
    "update-remark-note",
    "update-reals",
    "update-remark-packed",
    "endesive-plain",
    "openssl-pkcs7",
    "openssl-ecdsa",
    "update-extensions",
)
LOOKS = frozenset(look(vector(name)) for name in SEEDS)

SOURCES = tuple(map(vector, SEEDS))
_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


def seeds() -> Iterator[bytes]:
    """Yield what mutation begins with."""
    yield from SOURCES


def bend(data: bytes, chance: random.Random, garble: Garble) -> bytes:
    """Garble a stretch, mostly behind what a signature covers; what is around it stays in place."""
    begin = 0
    if chance.randrange(3):
        found = [int(each[2]) + int(each[3]) for each in _RANGE.finditer(data)]
        begin = min(chance.choice(found), len(data)) if found else 0
    begin += chance.randrange(max(1, len(data) - begin))
    end = min(len(data), begin + chance.choice((4, 16, 64, 512)))
    if chance.randrange(2):
        return data[:begin] + bend_words(data[begin:end], SOURCES, chance) + data[end:]
    bent = garble(data[begin:end], end - begin)
    return data[:begin] + bent.ljust(end - begin) + data[end:]


def one(data: bytes) -> None:
    """Judge these bytes."""
    check(data, LOOKS)
