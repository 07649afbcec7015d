"""Accept an envelope exactly once: check, verify, file, answer.

The answer to a message is decided by the first commit that names (sender, message id), and is the same for
ever after: same content, same receipt; other content under that id, a refusal that says so. What cannot be
decided yet (a part is missing, a trust service does not answer) leaves no trace and is asked again.
"""

from dataclasses import dataclass
from datetime import datetime

from exchange.admission import Admission, Believe, Incomplete, NotAdmitted
from exchange.envelope import Envelope, said_sender, unpack
from exchange.errors import MessageRefused
from exchange.journal import Journal
from exchange.jws import Signature, unverified
from exchange.moment import stamp
from exchange.notes import Notes
from exchange.peers import Answer, Peer
from exchange.receipt import KIND, Because, Event, Issuer, Reason, Receipt, read_receipt, state
from exchange.settings import Settings
from exchange.status import Status
from exchange.store.blobs import Blobs
from exchange.store.port import Conflict, Row, Store, Transaction
from pki.clock import Clock
from pki.digest import Digest


@dataclass(frozen=True, slots=True)
class Decision:
    """What was answered to a message, and whether it had been answered before."""

    answer: Answer
    event: Event
    reasons: tuple[Because, ...]
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the inbox works with."""

    store: Store
    blobs: Blobs
    journal: Journal
    issuer: Issuer
    notes: Notes
    believe: Believe
    settings: Settings
    clock: Clock


class Inbox:
    """One office's inbox."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._admission = Admission(desk.issuer.code, desk.store, desk.blobs, desk.believe, desk.settings)

    async def take(self, text: bytes, peer: Peer) -> Decision:
        """Answer an envelope that `peer` brought.

        `MessageRefused` when it is not authentic, so that no signed answer is owed; `Incomplete` or
        `Undetermined` when it cannot be answered yet.
        """
        limit = self._desk.settings.limits.envelope_bytes
        if said_sender(text, limit) != peer.code:
            raise MessageRefused("The envelope is not {peer}'s own.", peer=peer.code)
        envelope, signed = unpack(text, peer.certificate, limit)
        row = await self._answered(envelope, signed.digest)
        if row is None:
            row = await self._decide(envelope, signed, peer)
            return await self._decision(row, repeated=False)
        return await self._decision(row, repeated=True)

    async def _decide(self, envelope: Envelope, signed: Signature, peer: Peer) -> Row:
        """Check and file; losing a race against the same message means taking the winner's answer."""
        now = self._desk.clock.now()
        try:
            await self._admission.check(envelope, peer, now)
            return await self._file(envelope, signed, now)
        except NotAdmitted as refused:
            return await self._refuse(envelope, signed, refused, now)
        except Conflict:
            return await self._after_conflict(envelope, signed, now)

    async def _after_conflict(self, envelope: Envelope, signed: Signature, now: datetime) -> Row:
        row = await self._answered(envelope, signed.digest)
        if row is not None:
            return row
        other = NotAdmitted(
            "This message id was used for other content.", Event.SUBMISSION_REJECTED, Reason.DUPLICATE_ID
        )
        return await self._refuse(envelope, signed, other, now, first=False)

    async def _file(self, envelope: Envelope, signed: Signature, now: datetime) -> Row:
        """State, receipt, queue entry and log in one commit. The receipt is shown only after it."""
        receipt = state(Event.HANDOVER, envelope, signed.digest, self._desk.issuer, now)
        async with self._desk.store.write() as tx:
            await self._keep(tx, envelope, signed, now, admitted=True)
            row = await self._give(tx, envelope, receipt, now)
            if envelope.status:
                await self._desk.notes.apply(tx, envelope, now)
            else:
                await tx.run(
                    "arrival_add", sender=envelope.sender, message_id=envelope.message_id, changed=stamp(now)
                )
                await self._desk.notes.send(tx, (envelope.sender, envelope.message_id), Status.ARRIVED, now)
        return row

    async def _refuse(
        self,
        envelope: Envelope,
        signed: Signature,
        refused: NotAdmitted,
        now: datetime,
        *,
        first: bool = True,
    ) -> Row:
        """Keep a signed refusal as the answer; `first` also takes the message id, for ever."""
        issuer = self._desk.issuer
        because = refused.because(issuer.says)
        answer = state(refused.event, envelope, signed.digest, issuer, now, because)
        try:
            async with self._desk.store.write() as tx:
                if first:
                    await self._keep(tx, envelope, signed, now, admitted=False)
                return await self._give(tx, envelope, answer, now)
        except Conflict:
            if not first:
                row = await self._answered(envelope, signed.digest)
                assert row is not None
                return row
            return await self._after_conflict(envelope, signed, now)

    async def _keep(
        self, tx: Transaction, envelope: Envelope, signed: Signature, now: datetime, *, admitted: bool
    ) -> None:
        """Take the message id, for ever; a message that is admitted keeps its files."""
        await tx.run(
            "message_add", sender=envelope.sender, id=envelope.message_id, direction="in",
            kind="status" if envelope.status else "document", digest=str(signed.digest),
            envelope=signed.text, filed=stamp(now),
        )  # fmt: skip
        missing = await self._desk.blobs.missing(part.digest for part in envelope.parts)
        if admitted and missing:
            raise Incomplete("The part {digest} is not here.", digest=missing[0])
        for part in envelope.parts if admitted else ():
            await tx.run(
                "message_part_add", sender=envelope.sender, message_id=envelope.message_id,
                digest=str(part.digest),
            )  # fmt: skip

    async def _give(self, tx: Transaction, envelope: Envelope, answer: Signature, now: datetime) -> Row:
        receipt = read_receipt(answer.payload)
        await tx.run(
            "evidence_add", id=receipt.evidence_id, side="issued", sender=envelope.sender,
            message_id=envelope.message_id, recipient=self._desk.issuer.code, event=receipt.event.value,
            positive=int(receipt.event.positive), envelope_digest=str(receipt.envelope_digest),
            jws=answer.text, proof="", time=stamp(now),
        )  # fmt: skip
        await self._desk.journal.record(
            tx, _event(receipt), now, message_id=envelope.message_id,
            parts={str(at): part.digest for at, part in enumerate(envelope.parts, 1)},
            evidence=Digest.of(answer.text), evidence_id=receipt.evidence_id, sender=envelope.sender,
            envelope=str(receipt.envelope_digest), kind="status" if envelope.status else "document",
        )  # fmt: skip
        return {"id": receipt.evidence_id, "jws": answer.text}

    async def _answered(self, envelope: Envelope, digest: Digest) -> Row | None:
        return await self._row(
            "evidence_for", side="issued", sender=envelope.sender, message_id=envelope.message_id,
            recipient=self._desk.issuer.code, envelope_digest=str(digest),
        )  # fmt: skip

    async def _decision(self, row: Row, *, repeated: bool) -> Decision:
        proof = await self._desk.journal.proof(row["id"])
        receipt = read_receipt(unverified(row["jws"], KIND))
        return Decision(Answer(row["jws"], proof), receipt.event, receipt.reasons, repeated)

    async def _row(self, query: str, **values: str) -> Row | None:
        async with self._desk.store.read() as tx:
            return await tx.row(query, **values)


def _event(receipt: Receipt) -> str:
    if receipt.event.positive:
        return "received"
    duplicate = any(because.reason is Reason.DUPLICATE_ID for because in receipt.reasons)
    return "conflict" if duplicate else "declined"
