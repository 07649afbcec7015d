"""The log: give pending entries their place, sign the head, check it all, prove one entry.

The order of writes is the whole design:

1. A business transaction writes its entries as *pending*, with whatever else it changes, and commits.
2. `sequence` (one at a time, in one process) takes them in order, gives them indices, extends the tree and
   signs the new head, all in memory.
3. ONE transaction, `Ledger.advance`, stores places, hashes, checkpoint and head, on the condition that the
   head is still the one that step 2 began from. That is the commit point.
4. Only then may anybody see the signature.

When 3 fails, or we do not know whether it did, nothing is to be undone: run `sequence` again, which believes
the stored head and nothing it remembers.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from exchange.audit import checkpoint as heads
from exchange.audit import tiles
from exchange.audit.checkpoint import Checkpoint, Seen
from exchange.audit.merkle import Frontier, leaf_hash, verify_inclusion
from exchange.audit.note import SigningKey, VerifierKey
from exchange.audit.proof import Proof
from exchange.audit.tiles import TileHash
from exchange.errors import LogError
from pki.clock import Clock
from pki.words import Sentence

BATCH = 256
"""Entries that are sequenced, or checked, at once."""


class HeadMoved(LogError):
    """Somebody else advanced the log meanwhile; nothing was stored."""

    code: ClassVar[str] = "exchange.log.head-moved"


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry that a business transaction has committed and that has no place yet; `id` is the ledger's."""

    id: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class Placed:
    """A pending entry and the index it gets."""

    id: int
    index: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log has come: the tree's right edge, and the signed checkpoint over it, exact bytes."""

    frontier: Frontier
    checkpoint: bytes

    @property
    def size(self) -> int:
        """Return how many entries have their place."""
        return self.frontier.size


@dataclass(frozen=True, slots=True)
class Advance:
    """What one step of the log stores, all of it or none of it."""

    placed: tuple[Placed, ...]
    """In order of index, without a gap, from the old head's size."""
    hashes: tuple[TileHash, ...]
    """Each (level, index) is new; none is ever changed or deleted."""
    head: Head


class Ledger(Protocol):
    """Port: where the log's entries, hashes, checkpoints and head are kept.

    What `advance` stored is durable and seen by every later call, also after a crash. Nothing that was
    placed is ever changed or deleted. Raises `LogError`, and nothing else, when what is stored is damaged.
    """

    async def head(self) -> Head | None:
        """Return the head; None for a log that was never begun."""
        ...

    async def pending(self, limit: int) -> Sequence[Pending]:
        """Return the first entries without a place, at most `limit`, by id.

        "Without a place", never "after the last id": ids may become visible out of order.
        """
        ...

    async def advance(self, old: Head | None, step: Advance) -> None:
        """In ONE transaction: place the entries, add the hashes and the checkpoint, replace the head.

        Raises `HeadMoved`, having stored nothing, unless the stored head's checkpoint is `old`'s (for None:
        unless there is no head), or when one of the entries is no longer pending. Any other error leaves
        unknown whether it was stored.
        """
        ...

    async def entries(self, start: int, count: int) -> Sequence[bytes]:
        """Return the placed entries `start` … `start + count - 1`, in order; fewer where the log ends."""
        ...

    async def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """Return the hashes `start` … `start + count - 1` of a tile level, in order; fewer where it ends."""
        ...

    async def checkpoints(self, after: int, limit: int) -> Sequence[bytes]:
        """Return signed checkpoints, exact bytes, of sizes above `after`, at most `limit`, by size."""
        ...


async def begin(ledger: Ledger, key: SigningKey, clock: Clock) -> Checkpoint:
    """Begin a log that is named as `key` is: sign the empty head. `HeadMoved` if there is a log already.

    Beginning is an act of its own: a wrong path or an empty database must not fork a log by itself.
    """
    head = _signed(Frontier(), key, clock)
    await ledger.advance(None, Advance((), (), head))
    return heads.parse(head.checkpoint)


async def sequence(ledger: Ledger, key: SigningKey, clock: Clock, *, limit: int = BATCH) -> Checkpoint:
    """Give at most `limit` pending entries their place; return the newest checkpoint.

    Without pending entries nothing is signed. Run it until the size no longer grows. Raises `HeadMoved` when
    another sequencer was faster, and `LogError` when the stored head is not one that `key` has signed.
    """
    old = await ledger.head()
    if old is None:
        raise LogError("This log was never begun.")
    current = _trusted(old, key.verifier).checkpoint
    pending = await ledger.pending(limit)
    if not pending:
        return current
    frontier, hashes = tiles.grow(old.frontier, (leaf_hash(item.entry) for item in pending))
    placed = tuple(Placed(item.id, old.size + at, item.entry) for at, item in enumerate(pending))
    head = _signed(frontier, key, clock)
    # Two sequencers may both have signed by now. Only the one whose `advance` succeeds shows its signature;
    # the other's dies with this frame, so that the log never says two things of one size.
    await ledger.advance(old, Advance(placed, tuple(hashes), head))
    return heads.parse(head.checkpoint)


async def prove(ledger: Ledger, index: int, key: VerifierKey, signed: bytes | None = None) -> Proof:
    """Prove that entry `index` is in the log, under the head or an older (cosigned) checkpoint `signed`.

    The proof is checked before it is handed out.
    """
    if signed is None:
        signed = (await _begun(ledger)).checkpoint
    seen = heads.verify(signed, key).checkpoint
    path = await tiles.inclusion_path(ledger, index, seen.size)
    entries = await ledger.entries(index, 1)
    if len(entries) != 1:
        raise LogError("The log does not hold entry {index}.", index=index)
    leaf = leaf_hash(entries[0])
    verify_inclusion(index=index, size=seen.size, leaf=leaf, path=path, root=seen.root)
    return Proof(entry=entries[0], index=index, path=tuple(path), checkpoint=signed)


async def check_log(ledger: Ledger, key: VerifierKey) -> Seen:
    """Recompute the whole log from its entries; return the head, or raise `LogError`.

    Where steps 2 to 4 fail, `facts["index"]` is the first entry that cannot be believed:

    1. The head's checkpoint is signed by `key`.
    2. Each stored hash, of each level, is what the entries give.
    3. Each checkpoint ever stored is signed by `key`, and the entries before its size give its root.
    4. The head's edge is what the entries give; nothing is stored beyond it.

    Memory does not grow with the log. The server may be writing: what came meanwhile is held to the head that
    came with it.
    """
    frontier = Frontier()
    while True:
        head = await _begun(ledger)
        seen = heads.verify(head.checkpoint, key)
        frontier = await _check_signed(ledger, key, frontier, seen.checkpoint.size)
        if frontier != head.frontier:
            raise LogError("The head is not what the {index} entries give.", index=frontier.size)
        _trusted(head, key)
        beyond = await _beyond(ledger, frontier.size)
        if beyond is None:
            return seen
        if (await _begun(ledger)).size <= head.size:
            raise beyond


async def _begun(ledger: Ledger) -> Head:
    head = await ledger.head()
    if head is None:
        raise LogError("This log was never begun.")
    return head


async def _check_signed(ledger: Ledger, key: VerifierKey, frontier: Frontier, size: int) -> Frontier:
    """Go on from an edge that was checked, from checkpoint to checkpoint, up to `size`."""
    known = frontier.size
    async for signed in _checkpoints(ledger, known - 1, size):
        checked = _believed(signed, key, known)
        while frontier.size < checked.size:
            frontier = await _check_batch(ledger, frontier, min(BATCH, checked.size - frontier.size))
        if frontier.root() != checked.root:
            raise LogError(
                "The entries from {index} on are not those of the checkpoint signed at size {size}.",
                index=known,
                size=checked.size,
            )
        known = checked.size
    return frontier


async def _checkpoints(ledger: Ledger, after: int, size: int) -> AsyncIterator[bytes]:
    """Yield the stored checkpoints of above `after` entries up to `size`, smallest first."""
    while found := await ledger.checkpoints(after, BATCH):
        for signed in found:
            at = heads.parse(signed).size
            if at <= after:
                raise LogError("A checkpoint of size {index} is stored where none belongs.", index=at)
            if at > size:
                return
            yield signed
            after = at


def _believed(signed: bytes, key: VerifierKey, known: int) -> Checkpoint:
    try:
        return heads.verify(signed, key).checkpoint
    except LogError as error:
        raise LogError(
            "The checkpoint stored after entry {index} is not the log's: {reason}",
            index=known,
            reason=Sentence.of(error),
        ) from error


async def _check_batch(ledger: Ledger, frontier: Frontier, count: int) -> Frontier:
    """Add `count` entries to the edge, comparing every hash that is stored for them."""
    start = frontier.size
    entries = await ledger.entries(start, count)
    if len(entries) != count:
        raise LogError("Entry {index} is missing.", index=start + len(entries))
    frontier, expected = tiles.grow(frontier, map(leaf_hash, entries))
    for level in sorted({item.level for item in expected}):
        row = [item for item in expected if item.level == level]
        stored = await ledger.hashes(level, row[0].index, len(row))
        for at, item in enumerate(row):
            if at >= len(stored) or stored[at] != item.value:
                raise LogError(
                    "Entry {index} and the stored hash of level {level} differ.",
                    index=item.index << tiles.HEIGHT * level,
                    level=level,
                )
    return frontier


async def _beyond(ledger: Ledger, size: int) -> LogError | None:
    """Return what is stored beyond a head: a history cut short, if no newer head came with it."""
    for signed in await ledger.checkpoints(size, 1):
        at = heads.parse(signed).size
        return LogError("A checkpoint of size {index} is stored where none belongs.", index=at)
    if await ledger.entries(size, 1):
        return LogError("Entry {index} is stored beyond the head.", index=size)
    for level in range(max(1, -(-size.bit_length() // tiles.HEIGHT)) + 1):
        if await ledger.hashes(level, size >> tiles.HEIGHT * level, 1):
            return LogError(
                "A hash of level {level} is stored beyond entry {index}.", level=level, index=size
            )
    return None


def _signed(frontier: Frontier, key: SigningKey, clock: Clock) -> Head:
    checkpoint = Checkpoint(key.name, frontier.size, frontier.root())
    return Head(frontier, heads.sign(checkpoint, key, clock.now()))


def _trusted(head: Head, key: VerifierKey) -> Seen:
    """Believe a stored head only when we signed it over this very edge."""
    seen = heads.verify(head.checkpoint, key)
    if (seen.checkpoint.size, seen.checkpoint.root) != (head.size, head.frontier.root()):
        raise LogError("The stored head is not the one that was signed at size {size}.", size=head.size)
    return seen
