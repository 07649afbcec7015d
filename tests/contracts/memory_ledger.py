"""A ledger in memory: the smallest thing that keeps the promises of the port, for tests of the rules."""

from collections.abc import Sequence

from exchange.audit.log import Advance, Head, HeadMoved, Pending


class MemoryLedger:
    def __init__(self) -> None:
        self.waiting: dict[int, bytes] = {}
        self.placed: list[bytes] = []
        self.rows: dict[int, list[bytes]] = {}
        self.signed: dict[int, bytes] = {}
        self.stored: Head | None = None
        self._next = 1

    def write(self, *entries: bytes) -> None:
        """What a business transaction does."""
        for entry in entries:
            self.waiting[self._next] = entry
            self._next += 1

    async def head(self) -> Head | None:
        return self.stored

    async def pending(self, limit: int) -> Sequence[Pending]:
        return [Pending(id_, entry) for id_, entry in sorted(self.waiting.items())[:limit]]

    async def advance(self, old: Head | None, step: Advance) -> None:
        stored = self.stored and self.stored.checkpoint
        if stored != (old and old.checkpoint) or any(item.id not in self.waiting for item in step.placed):
            raise HeadMoved("The log moved on.")
        for item in step.placed:
            assert item.index == len(self.placed)
            assert item.entry == self.waiting.pop(item.id)
            self.placed.append(item.entry)
        for hashed in step.hashes:
            row = self.rows.setdefault(hashed.level, [])
            assert hashed.index == len(row)
            row.append(hashed.value)
        self.signed[step.head.size] = step.head.checkpoint
        self.stored = step.head

    async def entries(self, start: int, count: int) -> Sequence[bytes]:
        return self.placed[start : start + count]

    async def hashes(self, level: int, start: int, count: int) -> Sequence[bytes]:
        return self.rows.get(level, [])[start : start + count]

    async def checkpoints(self, after: int, limit: int) -> Sequence[bytes]:
        return [signed for size, signed in sorted(self.signed.items()) if size > after][:limit]
