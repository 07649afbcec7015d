"""What an office shows: its inbox and outbox as frozen values, read from one snapshot."""

from dataclasses import dataclass

from exchange.envelope import KIND as ENVELOPE
from exchange.envelope import Envelope, read_envelope
from exchange.jws import unverified
from exchange.moment import stamp
from exchange.receipt import Event
from exchange.status import Status, furthest
from exchange.store.port import Row, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """A document that came in. `status` is a word of `Status`, or "not-admitted" for one we sent back."""

    envelope: Envelope
    arrived: str
    status: str
    reason: str
    changed: str
    arrival_number: str

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            **_said(self.envelope), "sender": self.envelope.sender, "sender_name": self.envelope.sender_name,
            "arrived": self.arrived, "status": self.status, "reason": self.reason, "changed": self.changed,
            "arrival_number": self.arrival_number,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far a message has come to one recipient.

    `state` is ours (queued, leased, delivered, refused, undeliverable); `status` what the recipient reported
    last: a word of `Status`, or "".
    """

    recipient: str
    state: str
    attempts: int
    next_attempt: str
    error: str
    status: str
    reason: str
    arrival_number: str
    receipt: str
    receipt_time: str

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """A document that we sent, and how far it has come."""

    envelope: Envelope
    deliveries: tuple[Delivery, ...]

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            **_said(self.envelope),
            "expires": stamp(self.envelope.expires),
            "deliveries": [each.as_json() for each in self.deliveries],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A receipt or refusal, issued by us or received, with its exact bytes."""

    id: str
    side: str
    sender: str
    recipient: str
    message_id: str
    event: str
    positive: bool
    time: str
    receipt: bytes
    proof: bytes

    def as_json(self) -> dict[str, object]:
        """Return plain values; the receipt as the JWS it is."""
        return {
            "id": self.id, "side": self.side, "sender": self.sender, "recipient": self.recipient,
            "message_id": self.message_id, "event": self.event, "positive": self.positive, "time": self.time,
            "receipt": self.receipt.decode(), "proof": self.proof.decode(),
        }  # fmt: skip


async def inbox(
    tx: Transaction, *, message_id: str = "", after: str = "", most: int = 100
) -> list[InboxItem]:
    """Return documents that came in, oldest first: those filed after the moment `after`, else the newest."""
    after = after or await _before_the_newest(tx, "in", message_id, most)
    return [_inbox_item(row) for row in await tx.rows("inbox", id=message_id, after=after, most=most)]


async def outbox(
    tx: Transaction, *, message_id: str = "", after: str = "", most: int = 100
) -> list[OutboxItem]:
    """Return documents that went out, oldest first: those filed after the moment `after`, else the newest."""
    after = after or await _before_the_newest(tx, "out", message_id, most)
    rows = await tx.rows("outbox", id=message_id, after=after, most=most)
    return [await _outbox_item(tx, row) for row in rows]


async def evidence(tx: Transaction, message_id: str) -> list[Evidence]:
    """Return every receipt and refusal about a message."""
    return [
        Evidence(
            id=row["id"], side=row["side"], sender=row["sender"], recipient=row["recipient"],
            message_id=row["message_id"], event=row["event"], positive=bool(row["positive"]),
            time=row["time"], receipt=row["jws"], proof=row["proof"].encode(),
        )
        for row in await tx.rows("evidence_of_message", message_id=message_id)
    ]  # fmt: skip


def stored(row: Row) -> Envelope:
    """Return the envelope of a message's row; its signature was verified before it was stored."""
    return read_envelope(unverified(row["envelope"], ENVELOPE))


async def _before_the_newest(tx: Transaction, direction: str, message_id: str, most: int) -> str:
    row = None if message_id else await tx.row("before_the_newest", direction=direction, most=most)
    return "" if row is None else str(row["filed"])


def _inbox_item(row: Row) -> InboxItem:
    number, year = row["arrival_number"], row["arrival_year"]
    return InboxItem(
        envelope=stored(row), arrived=row["filed"],
        status=Status(row["status"]).word if row["status"] else "not-admitted",
        reason=row["reason"] or ("" if row["event"] == Event.HANDOVER else row["event"]),
        changed=row["changed"] or row["filed"],
        arrival_number=f"{number:02d}/{year}" if number else "",
    )  # fmt: skip


async def _outbox_item(tx: Transaction, row: Row) -> OutboxItem:
    reports: dict[str, dict[Status, Row]] = {}
    for report in await tx.rows("reports", message_id=row["id"]):
        reports.setdefault(report["recipient"], {})[Status(report["status"])] = report
    deliveries = await tx.rows("deliveries", message_id=row["id"])
    return OutboxItem(
        envelope=stored(row),
        deliveries=tuple(_delivery(each, reports.get(each["recipient"], {})) for each in deliveries),
    )


def _delivery(row: Row, reports: dict[Status, Row]) -> Delivery:
    current = furthest(reports)
    accepted = reports.get(Status.ACCEPTED)
    return Delivery(
        recipient=row["recipient"], state=row["state"], attempts=row["attempt"],
        next_attempt=row["run_at"] if row["state"] == "queued" else "", error=row["error"],
        status=current.word if current else "", reason=reports[current]["reason"] if current else "",
        arrival_number=accepted["register_number"] if accepted else "",
        receipt=row["evidence_id"] or "", receipt_time=row["evidence_time"] or "",
    )  # fmt: skip


def _said(envelope: Envelope) -> dict[str, object]:
    header = envelope.header
    assert header is not None
    return {
        "message_id": envelope.message_id, "subject": header.subject, "number": header.number,
        "symbol": header.symbol, "date": header.date.isoformat(), "type": header.type_name,
        "urgency": envelope.urgency.word, "created": stamp(envelope.created),
        "parts": [part.as_json() for part in envelope.parts],
    }  # fmt: skip
