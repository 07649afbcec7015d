"""Status notes: telling a sender what became of its message, and taking in what recipients tell us."""

from datetime import datetime, timedelta

from exchange.envelope import STATUS_URGENCY, Envelope, new_id, pack
from exchange.journal import Journal
from exchange.moment import stamp
from exchange.receipt import Issuer
from exchange.status import EVENTS, Status, StatusNote
from exchange.store.port import Transaction

_LIFETIME = timedelta(days=14)  # a note is worth telling even when the sender was away for a week


class Notes:
    """One office's status notes; methods run inside the caller's transaction."""

    def __init__(self, issuer: Issuer, name: str, journal: Journal) -> None:
        self._issuer = issuer
        self._name = name
        self._journal = journal

    async def send(
        self,
        tx: Transaction,
        about: tuple[str, str],
        status: Status,
        now: datetime,
        *,
        reason: str = "",
        register_number: str = "",
    ) -> None:
        """Queue a signed note for the sender of `about` (sender, message id)."""
        sender, message_id = about
        note = StatusNote(
            message_id=message_id, status=status, time=now, reason=reason, register_number=register_number
        )
        envelope = Envelope(
            message_id=new_id(now), sender=self._issuer.code, sender_name=self._name, recipients=(sender,),
            created=now, expires=now + _LIFETIME, urgency=STATUS_URGENCY, status=note,
        )  # fmt: skip
        signed = pack(envelope, self._issuer.node)
        await tx.run(
            "message_add", sender=envelope.sender, id=envelope.message_id, direction="out", kind="status",
            digest=str(signed.digest), envelope=signed.text, filed=stamp(now),
        )  # fmt: skip
        await tx.run(
            "delivery_add", sender=envelope.sender, message_id=envelope.message_id, recipient=sender,
            lane=int(envelope.urgency), now=stamp(now), expires=stamp(envelope.expires),
        )  # fmt: skip
        await self._journal.record(
            tx, "sent", now, message_id=envelope.message_id, states=(None, "queued"),
            kind="status", recipient=sender, about=message_id, status=str(status),
            envelope=str(signed.digest),
        )  # fmt: skip

    async def apply(self, tx: Transaction, envelope: Envelope, now: datetime) -> None:
        """Take in a note that a recipient sent about one of our messages; a repetition changes nothing."""
        note = envelope.status
        assert note is not None
        new = await tx.run(
            "report_add", message_id=note.message_id, recipient=envelope.sender, status=str(note.status),
            reason=note.reason, register_number=note.register_number, time=stamp(note.time),
            note=envelope.message_id,
        )  # fmt: skip
        if new:
            await self._journal.record(
                tx, EVENTS[note.status], now, message_id=note.message_id, states=(None, note.status.word),
                recipient=envelope.sender, note=envelope.message_id,
            )  # fmt: skip
