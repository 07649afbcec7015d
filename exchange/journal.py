"""Writing the log: entries become pending inside the business transaction, and get their place after it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from exchange.audit import tiles
from exchange.audit.checkpoint import Seen
from exchange.audit.entry import AuditEntry, Fact, Part
from exchange.audit.log import BATCH, Head, HeadMoved, Ledger, begin, check_log, prove, sequence
from exchange.audit.note import SigningKey
from exchange.errors import LogError, OfficeError
from exchange.kept import Kept
from exchange.store.port import Store, Transaction
from pki.clock import Clock
from pki.digest import Digest

_ALL = -1
"""No limit, as a query's limit."""

CLERK = "clerk"
"""Who acted: a person at the command line."""

NODE = "node"
"""Who acted: the program, by itself."""


class Journal:
    """One office's log. `record` runs inside a transaction, `publish` after it."""

    def __init__(self, node: str, key: SigningKey, store: Store, ledger: Ledger, clock: Clock) -> None:
        self._node = node
        self._key = key
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._sequencing = asyncio.Lock()
        self._asked = 0  # how often publish was called, and up to which call the log has caught up
        self._answered = 0
        self._size = 0

    async def record(
        self,
        tx: Transaction,
        event: str,
        at: datetime,
        *,
        actor: str = NODE,
        message_id: str | None = None,
        states: tuple[str | None, str | None] = (None, None),
        parts: Mapping[str, Digest] | None = None,
        evidence: Digest | None = None,
        evidence_id: str | None = None,
        **facts: Fact,
    ) -> None:
        """Write one pending entry as part of `tx`."""
        entry = AuditEntry(
            time=at,
            node=self._node,
            actor=actor,
            event=event,
            message_id=message_id,
            state_from=states[0],
            state_to=states[1],
            parts=tuple(Part(name, digest) for name, digest in (parts or {}).items()),
            evidence_digest=evidence,
            facts=facts,
        )
        await tx.run("entry_add", data=entry.encode(), evidence=evidence_id)

    async def publish(self) -> None:
        """Give every entry that is committed by now its place under a signed head.

        Callers that come while one is at work share the next run: one signature for all of them.
        """
        self._asked += 1
        mine = self._asked
        async with self._sequencing:
            if self._answered < mine:
                covered = self._asked
                await self._catch_up()
                self._answered = covered

    async def _catch_up(self) -> None:
        seen: Head | None = None
        while True:
            try:
                head = await sequence(self._ledger, self._key, self._clock)
            except HeadMoved as error:  # another process, say the command line beside the server, was faster
                moved = await self._head()
                if moved == seen:  # nobody was: something stands where the next entries belong
                    raise LogError(
                        "The log's tables hold more than its newest checkpoint tells of."
                    ) from error
                seen = moved
                continue
            grown, self._size = head.size - self._size, head.size
            if grown < BATCH:  # so fewer than a batch were pending, and all of them were taken
                return

    async def proof(self, evidence_id: str) -> bytes:
        """Return the proof file of the entry that tells of a receipt we issued."""
        await self.publish()
        async with self._store.read() as tx:
            row = await tx.row("entry_of_evidence", evidence=evidence_id)
        if row is None or row["leaf_index"] is None:
            raise OfficeError("The log does not hold the receipt {id}.", id=evidence_id)
        return await self.prove(row["leaf_index"])

    async def prove(self, index: int) -> bytes:
        """Return the proof file of entry `index`; `LogError` if the log does not hold it."""
        return (await prove(self._ledger, index, self._key.verifier)).encode()

    async def begin(self) -> None:
        """Begin the log; `LogError` if it has begun already."""
        await begin(self._ledger, self._key, self._clock)

    async def check(self) -> Seen:
        """Recompute the whole log and what is kept beside it; `LogError` says where it does not hold.

        1. The log itself: see `exchange.audit.log.check_log`.
        2. Each entry that tells of evidence, an envelope, a document, a number or a status: that is stored.
        3. Nothing of these is stored of which no entry tells.
        """
        await self.publish()
        seen = await check_log(self._ledger, self._key.verifier)
        async with self._store.read() as tx:  # one snapshot: the server may be writing
            await Kept(tx, self._node).check()
        return seen

    async def checkpoint(self) -> bytes:
        """Return the newest signed checkpoint (c2sp.org/tlog-tiles)."""
        return (await self._head()).checkpoint

    async def tile(self, path: str) -> bytes:
        """Return a tile of hashes, or a bundle of entries, by its path below the log's prefix."""
        tile = tiles.Tile.parse(path)
        level = tile.level or 0
        if (tile.start + tile.width) << tiles.HEIGHT * level > (await self._head()).size:
            raise LogError("The log has no such tile yet.")
        if tile.level is not None:
            return await tiles.read_tile(self._ledger, tile)
        return tiles.bundle(await self._ledger.entries(tile.start, tile.width))

    async def _head(self) -> Head:
        head = await self._ledger.head()
        if head is None:
            raise LogError("This log was never begun.")
        return head
