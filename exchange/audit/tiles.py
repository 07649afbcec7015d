"""Tiles: a tree of any size in pieces of 256 hashes (c2sp.org/tlog-tiles).

A log keeps, for each tile level, the roots of its complete subtrees of 256^level leaves. They are only ever
added to, a tile is 256 of them in a row, and every path is put together from a few tiles, so that a proof
costs O(log n) reads and no memory.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from exchange.audit.merkle import (
    HASH_SIZE,
    Frontier,
    consistency_ranges,
    inclusion_ranges,
    root,
)
from exchange.audit.spelling import MAX_NUMBER
from exchange.errors import LogError

WIDTH = 256
"""Hashes of a full tile, entries of a full bundle."""

HEIGHT = 8
"""Levels of the tree that one level of tiles spans: WIDTH is 2^HEIGHT."""

MAX_BUNDLED = 65_535
"""Bytes of an entry in a bundle: its length is written in 16 bits."""

_LEVELS = range(64)
_ENTRIES = "entries"
_PATH = re.compile(
    r"tile/(?P<level>0|[1-9][0-9]?|entries)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class HashReader(Protocol):
    """Port: the stored roots of complete subtrees."""

    async def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """Return the hashes `start` … `start + count - 1` of a tile level, in order; fewer where it ends."""
        ...


@dataclass(frozen=True, slots=True)
class TileHash:
    """The root of the complete subtree `index` of 256^`level` leaves."""

    level: int
    index: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Tile:
    """A run of hashes of one level; without a level, a bundle of entries.

    `width` is 256 for a full tile, and 1 to 255 for a partial one at the right edge.
    """

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        level_ok = self.level is None or self.level in _LEVELS
        if not (level_ok and 0 <= self.index <= MAX_NUMBER and 1 <= self.width <= WIDTH):
            raise LogError("A tile's level, index or width is out of bounds.")

    @property
    def start(self) -> int:
        """The index, in its level, of the first hash."""
        return self.index * WIDTH

    @property
    def path(self) -> str:
        """Where it is served, below the log's prefix: `tile/0/x001/x234/067.p/5`."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        level = _ENTRIES if self.level is None else self.level
        index = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{level}/{index}" + ("" if self.width == WIDTH else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Read a path; `LogError` unless it is exactly what `path` would say."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise LogError("This is not the path of a tile.")
        level = None if found["level"] == _ENTRIES else int(found["level"])
        index = int(found["index"].replace("x", "").replace("/", ""))
        tile = cls(level, index, int(found["width"] or WIDTH))
        if tile.path != path:  # x000/001, or .p/256
            raise LogError("This is not the one path of that tile.")
        return tile


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Return the tiles of a tree of `size`, bundles left out, that a tree of `since` does not have."""
    for level in _LEVELS:
        count, before = size >> HEIGHT * level, since >> HEIGHT * level
        if count == 0:
            return
        for index in range(before // WIDTH, count // WIDTH):
            yield Tile(level, index)
        if count % WIDTH and count != before:
            yield Tile(level, count // WIDTH, count % WIDTH)


def grow(frontier: Frontier, leaves: Iterable[bytes]) -> tuple[Frontier, list[TileHash]]:
    """Add leaf hashes; return the new edge and every hash that tiles have to hold for them."""
    added: list[TileHash] = []
    for leaf in leaves:
        closed = frontier.closes(leaf)
        for level, value in enumerate(closed[::HEIGHT]):
            added.append(TileHash(level, frontier.size >> HEIGHT * level, value))
        frontier = frontier.after(closed)
    return frontier, added


async def read_tile(reader: HashReader, tile: Tile) -> bytes:
    """Return a tile of hashes as it is served: 32 bytes each, in order."""
    if tile.level is None:
        raise LogError("A bundle of entries holds no hashes.")
    return b"".join(await _read(reader, tile.level, tile.start, tile.width))


async def inclusion_path(reader: HashReader, index: int, size: int) -> list[bytes]:
    """Return the hashes that lead from entry `index` to the root of the tree of `size`, sibling first."""
    return await _path(reader, size, inclusion_ranges(index, size))


async def consistency_path(reader: HashReader, old: int, size: int) -> list[bytes]:
    """Return the hashes that show that the tree of `size` only added to the tree of `old`."""
    return await _path(reader, size, consistency_ranges(old, size))


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return a bundle: each entry behind its length in 16 bits ("Log entries")."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_BUNDLED:
            raise LogError("An entry is longer than {limit} bytes.", limit=MAX_BUNDLED)
        parts += [len(entry).to_bytes(2), entry]
    return b"".join(parts)


def unbundle(data: bytes) -> list[bytes]:
    """Read a bundle of 1 to 256 entries; `LogError` when it does not end where an entry ends."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start])
        entries.append(data[start:at])
    if at != len(data) or not 1 <= len(entries) <= WIDTH:
        raise LogError("This is not a bundle of 1 to {limit} entries.", limit=WIDTH)
    return entries


async def _path(reader: HashReader, size: int, parts: Sequence[range]) -> list[bytes]:
    tiles = _Tiles(reader, size)
    return [await tiles.root_of(part) for part in parts]


class _Tiles:
    """The tiles that one path needs, each read once."""

    def __init__(self, reader: HashReader, size: int) -> None:
        self._reader = reader
        self._size = size
        self._read: dict[tuple[int, int], Sequence[bytes]] = {}

    async def root_of(self, part: range) -> bytes:
        """Return the root over the leaves `part`, a subtree that RFC 9162 cuts out."""
        edges = [part.start]
        for bit in reversed(range(len(part).bit_length())):
            if len(part) >> bit & 1:
                edges.append(edges[-1] + (1 << bit))
        peaks = [await self._complete(start, stop) for start, stop in pairwise(edges)]
        return Frontier(len(part), tuple(peaks)).root()

    async def _complete(self, start: int, stop: int) -> bytes:
        """Return the root of the complete subtree over the leaves `start` … `stop - 1`."""
        level = ((stop - start).bit_length() - 1) // HEIGHT
        first, count = start >> HEIGHT * level, (stop - start) >> HEIGHT * level
        tile = await self._tile(level, first // WIDTH)
        return root(tile[first % WIDTH : first % WIDTH + count])

    async def _tile(self, level: int, index: int) -> Sequence[bytes]:
        if (level, index) not in self._read:
            width = min(WIDTH, (self._size >> HEIGHT * level) - index * WIDTH)
            self._read[level, index] = await _read(self._reader, level, index * WIDTH, width)
        return self._read[level, index]


async def _read(reader: HashReader, level: int, start: int, count: int) -> Sequence[bytes]:
    hashes = await reader.hashes(level, start, count)
    if len(hashes) != count or any(len(value) != HASH_SIZE for value in hashes):
        raise LogError(
            "The log does not hold the {count} hashes from {start} of level {level}.",
            count=count,
            start=start,
            level=level,
        )
    return hashes
