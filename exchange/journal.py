"""Writing the log: entries become pending inside the business transaction, and get their place after it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from exchange.audit import tiles
from exchange.audit.checkpoint import Seen
from exchange.audit.entry import AuditEntry, Fact, Part, parse
from exchange.audit.log import BATCH, Head, HeadMoved, Ledger, begin, check_log, prove, sequence
from exchange.audit.note import SigningKey
from exchange.envelope import KIND as ENVELOPE
from exchange.errors import LogError, MessageRefused, OfficeError
from exchange.jws import unverified
from exchange.receipt import KIND as RECEIPT
from exchange.receipt import read_receipt
from exchange.store.port import Row, Store, Transaction
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
        2. Each entry that tells of evidence or of an envelope: exactly that is stored.
        3. No evidence and no message is stored of which no entry tells.
        """
        await self.publish()
        seen = await check_log(self._ledger, self._key.verifier)
        async with self._store.read() as tx:  # one snapshot: the server may be writing
            await _Kept(tx, self._node).check()
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


class _Kept:
    """Compares messages and evidence, as stored, with what the log's entries say of them."""

    def __init__(self, tx: Transaction, node: str) -> None:
        self._tx = tx
        self._node = node
        self._evidence = 0
        self._messages = 0

    async def check(self) -> None:
        """Go through all entries once; memory does not grow with them."""
        start = 0
        while rows := await self._tx.rows("entries", start=start, stop=start + BATCH):
            await self._check_batch([parse(row["data"]) for row in rows], start)
            start += len(rows)
        pending = await self._tx.rows("entries_pending", most=_ALL)
        await self._check_batch([parse(row["data"]) for row in pending], start)
        row = await self._tx.row("kept")
        assert row is not None
        if (row["evidence"], row["messages"]) != (self._evidence, self._messages):
            raise LogError(
                "Stored are {evidence} receipts and refusals and {messages} messages; the log tells of "
                "{told_evidence} and {told_messages}.",
                evidence=row["evidence"], messages=row["messages"], told_evidence=self._evidence,
                told_messages=self._messages,
            )  # fmt: skip

    async def _check_batch(self, entries: Sequence[AuditEntry], start: int) -> None:
        ids = json.dumps(sorted({entry.message_id for entry in entries if entry.message_id}))
        evidence = {
            Digest.of(row["jws"]): row for row in await self._tx.rows("evidence_of_messages", ids=ids)
        }
        messages = {
            (row["sender"], row["id"]): row for row in await self._tx.rows("messages_of_ids", ids=ids)
        }
        for index, entry in enumerate(entries, start):
            if entry.evidence_digest:
                self._evidence += 1
                _check_evidence(index, entry, evidence.get(entry.evidence_digest))
            if "envelope" in entry.facts and entry.event != "conflict":  # that id is another content's
                self._messages += 1
                sender = str(entry.facts.get("sender", self._node))
                _check_message(index, entry, messages.get((sender, entry.message_id or "")))


def _check_evidence(index: int, entry: AuditEntry, row: Row | None) -> None:
    """Hold a stored receipt to its entry's digest, and its row to the receipt's own words."""
    if row is not None:
        said = read_receipt(unverified(row["jws"], RECEIPT))
        columns = (said.evidence_id, said.sender, said.message_id, said.issuer, said.event.value)
        if columns == tuple(row[name] for name in ("id", "sender", "message_id", "recipient", "event")):
            return
    raise LogError(
        "Entry {index} tells of evidence about message {id} that is not stored as it was.",
        index=index, id=entry.message_id,
    )  # fmt: skip


def _check_message(index: int, entry: AuditEntry, row: Row | None) -> None:
    """Hold a stored envelope to the digest in its entry."""
    if row is not None:
        try:
            digest = str(Digest.of(unverified(row["envelope"], ENVELOPE)))
        except MessageRefused:
            digest = ""
        if digest == row["digest"] == entry.facts["envelope"]:
            return
    raise LogError(
        "Entry {index} tells of message {id}, whose envelope is not stored as it was.",
        index=index, id=entry.message_id,
    )  # fmt: skip
