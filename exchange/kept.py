"""What is stored beside the log, held to what the log's entries say of it.

Envelopes and receipts are signed; their rows must hold the very bytes whose digests the entries state. What
the books say is not signed: `exchange.books`. And nothing may be stored of which no entry tells.
"""

import json
from collections.abc import Sequence

from exchange.audit.entry import AuditEntry, parse
from exchange.audit.log import BATCH
from exchange.books import Books
from exchange.envelope import KIND as ENVELOPE
from exchange.errors import LogError, MessageRefused
from exchange.jws import unverified
from exchange.receipt import KIND as RECEIPT
from exchange.receipt import read_receipt
from exchange.store.port import Row, Transaction
from pki.digest import Digest

_ALL = -1
_COUNTED = (
    "evidence", "messages", "documents", "sealings", "extensions", "numbers", "arrivals", "reports",
)  # fmt: skip


class Kept:
    """Compares what is stored with what the log's entries say of it."""

    def __init__(self, tx: Transaction, node: str) -> None:
        self._tx = tx
        self._node = node
        self._told = dict.fromkeys(_COUNTED, 0)
        self._tells_origins = False  # whether entries have begun to tell what documents were made of

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
        for what, told in self._told.items():
            if row[what] != told:
                raise LogError(
                    "Stored are {stored} of “{what}”; the log tells of {told}.",
                    stored=row[what], what=what, told=told,
                )  # fmt: skip

    async def _check_batch(self, entries: Sequence[AuditEntry], start: int) -> None:
        ids = json.dumps(sorted({entry.message_id for entry in entries if entry.message_id}))
        files = json.dumps(sorted({str(part.digest) for entry in entries for part in entry.parts}))
        evidence = {
            Digest.of(row["jws"]): row for row in await self._tx.rows("evidence_of_messages", ids=ids)
        }
        messages = {
            (row["sender"], row["id"]): row for row in await self._tx.rows("messages_of_ids", ids=ids)
        }
        books = Books(
            documents={row["digest"]: row for row in await self._tx.rows("documents_of", digests=files)},
            arrivals={
                (row["sender"], row["message_id"]): row
                for row in await self._tx.rows("arrivals_of_ids", ids=ids)
            },
            reports={row["note"]: row for row in await self._tx.rows("reports_of_ids", ids=ids)},
            extensions={row["result"]: row for row in await self._tx.rows("extensions_of", digests=files)},
        )
        for index, entry in enumerate(entries, start):
            if entry.evidence_digest:
                self._told["evidence"] += 1
                _check_evidence(index, entry, evidence.get(entry.evidence_digest))
            if "envelope" in entry.facts and entry.event != "conflict":  # that id is another content's
                self._told["messages"] += 1
                sender = str(entry.facts.get("sender", self._node))
                _check_message(index, entry, messages.get((sender, entry.message_id or "")))
            self._check_form(index, entry)
            for what in books.check(index, entry):
                self._told[what] += 1

    def _check_form(self, index: int, entry: AuditEntry) -> None:
        """Raise `LogError` for an entry in the form of an earlier program behind one of a later program.

        Offices go from earlier programs to later ones. Whoever writes such an entry into the database, for it
        to be signed with the next, could alter afterwards what it does not tell.
        """
        if entry.event != "sealed":
            return
        if self._tells_origins and "made_of" not in entry.facts:
            raise LogError(
                "Entry {index} (“{event}”) tells less than those before it: none of our programs wrote it.",
                index=index, event=entry.event,
            )  # fmt: skip
        self._tells_origins |= "made_of" in entry.facts


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
