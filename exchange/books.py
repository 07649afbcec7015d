"""What an office's books say of its documents and messages, held to what the log's entries tell.

Documents, what they were made of, their extended forms, their numbers, and what became of messages: rows that
nobody signs, and that whoever owns the database file could alter. The entries tell what they were.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exchange.audit.entry import AuditEntry
from exchange.errors import LogError
from exchange.status import EVENTS, Status, furthest
from exchange.store.port import Row

_STATUSES = {event: status for status, event in EVENTS.items()}


@dataclass(frozen=True, slots=True)
class Books:
    """Rows that entries of a batch may tell of: by document, by message, by status note, by result."""

    documents: Mapping[str, Row]
    arrivals: Mapping[tuple[str, str], Row]
    reports: Mapping[str, Row]
    extensions: Mapping[str, Row]

    def check(self, index: int, entry: AuditEntry) -> Iterator[str]:
        """Hold the books to an entry; yield each new thing that it tells of, or raise `LogError`."""
        for what, good in self._told(entry):
            if not good:
                raise LogError(
                    "Entry {index} (“{event}”) tells of what is not in the office's books as it was.",
                    index=index, event=entry.event,
                )  # fmt: skip
            if what is not None:
                yield what

    def _told(self, entry: AuditEntry) -> Iterator[tuple[str | None, bool]]:
        """Yield the things that an entry tells of, and whether they are in the books so."""
        if entry.event == "sealed":
            yield "documents", self._is_filed(entry)
            made_of = self.documents[str(entry.parts[0].digest)]["made_of"]
            # Entries of before this was logged say nothing of it; of others an empty fact says: of none.
            said = str(entry.facts.get("made_of", made_of or ""))
            yield "sealings" if said else None, said == (made_of or "")
        elif entry.event == "timestamped" and "document" in entry.facts:
            yield "extensions", self._is_extended(entry)
        elif entry.event == "numbered" and entry.state_to == "confirmed":
            yield "numbers", self._is_numbered(entry)
        elif entry.event in _STATUSES and "note" in entry.facts:
            yield "reports", self._is_reported(entry)
        elif entry.event in _STATUSES and "register_number" in entry.facts:
            accepted = _STATUSES[entry.event] is Status.ACCEPTED
            yield "arrivals" if accepted else None, self._is_handled(entry)

    def _is_filed(self, entry: AuditEntry) -> bool:
        row = self.documents.get(str(entry.parts[0].digest))
        said = (entry.facts["number"], entry.facts["date"])
        return row is not None and (f"{row['number']}/{row['symbol']}", row["day"]) == said

    def _is_extended(self, entry: AuditEntry) -> bool:
        row = self.extensions.get(str(entry.parts[0].digest))
        return row is not None and row["document"] == entry.facts["document"]

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
