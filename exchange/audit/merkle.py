"""RFC 9162 §2.1 on plain values: roots, paths, and how to check them.

Leaves here are always leaf *hashes*, so that nobody confuses an entry with a node. A check that fails
raises; a forgotten `if` cannot let a bad proof in.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exchange.errors import LogError

HASH_SIZE = 32
"""Bytes of a SHA-256 value."""

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of the tree without leaves (RFC 9162 §2.1.1)."""

MAX_PATH = 63
"""The longest path of hashes in a tree of fewer than 2^63 leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf: SHA-256(0x00 ‖ entry) (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children: SHA-256(0x01 ‖ left ‖ right) (RFC 9162 §2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree's root over leaf hashes (MTH of RFC 9162 §2.1.1)."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = split_of(len(leaves))
    return node_hash(root(leaves[:split]), root(leaves[split:]))


def split_of(size: int) -> int:
    """Return the largest power of two strictly smaller than `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_ranges(index: int, size: int) -> list[range]:
    """Return which subtrees make up the inclusion path, the leaf's sibling first (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < size:
        raise LogError("There is no entry {index} in a log of {size}.", index=index, size=size)
    downwards: list[range] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + split_of(stop - start)
        if index < middle:
            downwards.append(range(middle, stop))
            stop = middle
        else:
            downwards.append(range(start, middle))
            start = middle
    return downwards[::-1]


def consistency_ranges(old: int, size: int) -> list[range]:
    """Return which subtrees make up the consistency path (RFC 9162 §2.1.4.1); none when `old` is 0."""
    if not 0 <= old <= size:
        raise LogError("A log of {size} has no earlier size {old}.", size=size, old=old)
    if old in {0, size}:
        return []
    downwards: list[range] = []
    start, stop = 0, size
    while old != stop:
        middle = start + split_of(stop - start)
        if old <= middle:
            downwards.append(range(middle, stop))
            stop = middle
        else:
            downwards.append(range(start, middle))
            start = middle
    if start > 0:  # SUBPROOF's flag: the verifier knows the old root only when it starts at the left edge
        downwards.append(range(start, stop))
    return downwards[::-1]


def inclusion_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the hashes that lead from leaf `index` to the root, sibling first."""
    return [root(leaves[part.start : part.stop]) for part in inclusion_ranges(index, len(leaves))]


def consistency_path(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the hashes that show that the first `old` leaves were not touched."""
    return [root(leaves[part.start : part.stop]) for part in consistency_ranges(old, len(leaves))]


def verify_inclusion(*, index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Check that leaf hash `leaf` stands at `index` under `root` (RFC 9162 §2.1.3.2), or raise `LogError`."""
    if not 0 <= index < size:
        raise LogError("There is no entry {index} in a log of {size}.", index=index, size=size)
    _check_hashes([leaf, root, *path])
    at, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise LogError("The inclusion path is too long.")
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            at, last = _skip_lone_levels(at, last)
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise LogError("The inclusion path is too short.")
    if node != root:
        raise LogError("The inclusion path does not lead to the root.")


def verify_consistency(*, old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Check that the tree `root` of `size` only added to `old_root` of `old` (RFC 9162 §2.1.4.2), or raise.

    Size 0 is consistent with everything and wants an empty path (c2sp.org/tlog-witness).
    """
    if not 0 <= old <= size:
        raise LogError("A log of {size} has no earlier size {old}.", size=size, old=old)
    _check_hashes([old_root, root, *path])
    if old == 0 and old_root != EMPTY_ROOT:
        raise LogError("An empty log has one root only.")
    if old in {0, size}:
        if path:
            raise LogError("The consistency path is too long.")
        if old == size and old_root != root:
            raise LogError("Two roots were given for one size {size}.", size=size)
        return
    _walk_consistency(old, old_root, size, root, path)


def _walk_consistency(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    if not path:
        raise LogError("The consistency path is too short.")
    hashes = [old_root, *path] if old.bit_count() == 1 else list(path)
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise LogError("The consistency path is too long.")
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            at, last = _skip_lone_levels(at, last)
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise LogError("The consistency path is too short.")
    if before != old_root:
        raise LogError("The consistency path does not lead to the old root.")
    if after != root:
        raise LogError("The consistency path does not lead to the new root.")


def _skip_lone_levels(at: int, last: int) -> tuple[int, int]:
    """Climb past the levels where the right edge has no sibling (RFC 9162 §2.1.3.2 step 4.2)."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if len(hashes) > MAX_PATH + 2:
        raise LogError("A path has more than {limit} hashes.", limit=MAX_PATH)
    if any(len(value) != HASH_SIZE for value in hashes):
        raise LogError("A hash is not {size} bytes long.", size=HASH_SIZE)


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that is needed to add to it.

    `peaks` are the roots of the complete subtrees the size is made of, the largest first; there is one for
    each 1 bit of `size`.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise LogError(
                "A log of {size} does not have {peaks} peaks.", size=self.size, peaks=len(self.peaks)
            )
        _check_hashes(self.peaks)

    def closes(self, leaf: bytes) -> tuple[bytes, ...]:
        """Return the roots of the complete subtrees that `leaf` would close, by height from 0 (itself)."""
        closed = [leaf]
        for left in reversed(self.peaks[len(self.peaks) - self._carries() :]):
            closed.append(node_hash(left, closed[-1]))
        return tuple(closed)

    def after(self, closed: Sequence[bytes]) -> "Frontier":
        """Return the edge with the leaf added whose `closes` is `closed`."""
        return Frontier(self.size + 1, (*self.peaks[: len(self.peaks) - self._carries()], closed[-1]))

    def append(self, leaf: bytes) -> "Frontier":
        """Return the edge with one leaf hash added."""
        return self.after(self.closes(leaf))

    def extend(self, leaves: Iterable[bytes]) -> "Frontier":
        """Return the edge with all these leaf hashes added."""
        frontier = self
        for leaf in leaves:
            frontier = frontier.append(leaf)
        return frontier

    def root(self) -> bytes:
        """Return the tree's root."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            node = node_hash(left, node)
        return node

    def _carries(self) -> int:
        """Return how many peaks the next leaf merges with: the trailing 1 bits of the size."""
        return (self.size ^ (self.size + 1)).bit_length() - 1
