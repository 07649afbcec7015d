"""What is stored beside the log, held to what the log's entries say of it.

Envelopes and receipts are signed; their rows must hold the very bytes whose digests the entries state. What
the books say (documents, numbers, what became of a message) is not signed: it must be what the entries tell.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.audit.entry import AuditEntry, parse
from exchange.audit.log import BATCH
from exchange.envelope import KIND as ENVELOPE
from exchange.errors import LogError, MessageRefused
from exchange.jws import unverified
from exchange.receipt import KIND as RECEIPT
from exchange.receipt import read_receipt
from exchange.status import EVENTS, Status, furthest
from exchange.store.port import Row, Transaction
from pki.digest import Digest

_ALL = -1
_COUNTED = ("evidence", "messages", "documents", "numbers", "arrivals", "reports")
_STATUSES = {event: status for status, event in EVENTS.items()}


class Kept:
    """Compares what is stored with what the log's entries say of it."""

    def __init__(self, tx: Transaction, node: str) -> None:
        self._tx = tx
        self._node = node
        self._told = dict.fromkeys(_COUNTED, 0)

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
        books = _Books(
            documents={row["digest"]: row for row in await self._tx.rows("documents_of", digests=files)},
            arrivals={
                (row["sender"], row["message_id"]): row
                for row in await self._tx.rows("arrivals_of_ids", ids=ids)
            },
            reports={row["note"]: row for row in await self._tx.rows("reports_of_ids", ids=ids)},
        )
        for index, entry in enumerate(entries, start):
            if entry.evidence_digest:
                self._told["evidence"] += 1
                _check_evidence(index, entry, evidence.get(entry.evidence_digest))
            if "envelope" in entry.facts and entry.event != "conflict":  # that id is another content's
                self._told["messages"] += 1
                sender = str(entry.facts.get("sender", self._node))
                _check_message(index, entry, messages.get((sender, entry.message_id or "")))
            if (what := books.check(index, entry)) is not None:
                self._told[what] += 1


@dataclass(frozen=True, slots=True)
class _Books:
    """Rows that entries of a batch may tell of: by document, by message, by status note."""

    documents: Mapping[str, Row]
    arrivals: Mapping[tuple[str, str], Row]
    reports: Mapping[str, Row]

    def check(self, index: int, entry: AuditEntry) -> str | None:
        """Hold the books to an entry; return what new thing it tells of, if it does, or raise `LogError`."""
        told: tuple[str | None, bool] | None = None
        if entry.event == "sealed":
            told = "documents", self._is_filed(entry)
        elif entry.event == "numbered" and entry.state_to == "confirmed":
            told = "numbers", self._is_numbered(entry)
        elif entry.event in _STATUSES and "note" in entry.facts:
            told = "reports", self._is_reported(entry)
        elif entry.event in _STATUSES and "register_number" in entry.facts:
            accepted = _STATUSES[entry.event] is Status.ACCEPTED
            told = "arrivals" if accepted else None, self._is_handled(entry)
        if told is None:
            return None
        what, good = told
        if not good:
            raise LogError(
                "Entry {index} (“{event}”) tells of what is not in the office's books as it was.",
                index=index, event=entry.event,
            )  # fmt: skip
        return what

    def _is_filed(self, entry: AuditEntry) -> bool:
        row = self.documents.get(str(entry.parts[0].digest))
        said = (entry.facts["number"], entry.facts["date"])
        return row is not None and (f"{row['number']}/{row['symbol']}", row["day"]) == said

    def _is_numbered(self, entry: AuditEntry) -> bool:
        row = self.documents.get(str(entry.parts[0].digest))
        said = tuple(entry.facts[name] for name in ("series", "year", "number"))
        return row is not None and (row["series"], row["year"], row["place"]) == said

    def _is_reported(self, entry: AuditEntry) -> bool:
        row = self.reports.get(str(entry.facts["note"]))
        said = (entry.message_id, entry.facts["recipient"], str(_STATUSES[entry.event]))
        return row is not None and (row["message_id"], row["recipient"], row["status"]) == said

    def _is_handled(self, entry: AuditEntry) -> bool:
        """Tell whether a message that came in stands where a clerk put it, or further on."""
        row = self.arrivals.get((str(entry.facts["sender"]), entry.message_id or ""))
        if row is None:
            return False
        status, stands = _STATUSES[entry.event], Status(row["status"])
        printed = None if row["number"] is None else f"{row['number']:02d}/{row['year']}"
        numbered = status is not Status.ACCEPTED or printed == entry.facts["register_number"]
        return numbered and furthest((stands, status)) is stands


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
