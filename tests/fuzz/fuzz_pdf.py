"""Signed files garbled anywhere: the reader, the walk over revisions, both ways to a verdict."""

from collections.abc import Iterator

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


def seeds() -> Iterator[bytes]:
    """Yield what mutation begins with."""
    yield from map(vector, SEEDS)


def one(data: bytes) -> None:
    """Judge these bytes."""
    check(data, LOOKS)
