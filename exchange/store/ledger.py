"""Adapter: the audit log's port `Ledger` over any `Store`."""

from collections.abc import Mapping, Sequence

from exchange.audit.log import Advance, Head, HeadMoved, Pending
from exchange.audit.merkle import HASH_SIZE, Frontier
from exchange.store.port import Conflict, Store, Value


class StoreLedger:
    """Keeps entries, hashes and checkpoints in the office's own tables, beside the state they tell of."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def head(self) -> Head | None:
        """Return the head; None for a log that was never begun."""
        async with self._store.read() as tx:
            row = await tx.row("head")
        if row is None:
            return None
        peaks = row["peaks"]
        edge = tuple(peaks[at : at + HASH_SIZE] for at in range(0, len(peaks), HASH_SIZE))
        return Head(Frontier(row["size"], edge), row["note"])

    async def pending(self, limit: int) -> Sequence[Pending]:
        """Return the first entries without a place, by id."""
        async with self._store.read() as tx:
            return [Pending(row["id"], row["data"]) for row in await tx.rows("entries_pending", most=limit)]

    async def advance(self, old: Head | None, step: Advance) -> None:
        """Store one step, or `HeadMoved` if somebody else was faster."""
        try:
            async with self._store.write() as tx:
                row = await tx.row("head")
                if (row and row["note"]) != (old and old.checkpoint):
                    raise HeadMoved("Somebody else advanced the log.")
                places: list[Mapping[str, Value]] = [
                    {"id": item.id, "leaf_index": item.index} for item in step.placed
                ]
                if places and await tx.run_each("entry_place", places) != len(places):
                    raise HeadMoved("An entry has got its place already.")
                hashes: list[Mapping[str, Value]] = [
                    {"level": h.level, "place": h.index, "value": h.value} for h in step.hashes
                ]
                if hashes:
                    await tx.run_each("tree_hash_add", hashes)
                edge = step.head.frontier
                await tx.run(
                    "checkpoint_add", size=edge.size, peaks=b"".join(edge.peaks), note=step.head.checkpoint
                )
        except Conflict as error:
            raise HeadMoved("The log's tables hold this place already.") from error

    async def entries(self, start: int, count: int) -> Sequence[bytes]:
        """Return placed entries in order, up to the first that is missing."""
        async with self._store.read() as tx:
            rows = await tx.rows("entries", start=start, stop=start + count)
        return [row["data"] for at, row in enumerate(rows, start) if row["leaf_index"] == at]

    async def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        """Return the hashes of a tile level in order, up to the first that is missing."""
        async with self._store.read() as tx:
            rows = await tx.rows("tree_hashes", level=level, start=start, stop=start + count)
        return [row["value"] for at, row in enumerate(rows, start) if row["place"] == at]

    async def checkpoints(self, after: int, limit: int) -> Sequence[bytes]:
        """Return signed checkpoints of sizes above `after`, by size."""
        async with self._store.read() as tx:
            return [row["note"] for row in await tx.rows("checkpoints", after=after, most=limit)]
