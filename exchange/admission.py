"""May this message come in? Every check that stands between an authentic envelope and the inbox.

A check that fails says so for good, with a reason that the sender gets signed; a check that cannot be made
yet raises something else, and the message may come again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from exchange.envelope import Envelope
from exchange.errors import MessageRefused
from exchange.receipt import Because, Event, Reason
from exchange.settings import Limits
from exchange.store.blobs import Blobs
from exchange.store.port import Row, Store
from signer.document import Verified
from signer.errors import NotBelieved

PDF = "application/pdf"
_AT_ONCE = 2  # documents examined at the same time: each is held in memory whole
_MAX_DETAIL = 1000

Believe = Callable[[bytes], Awaitable[Verified]]
"""Return a document as believed; raise `NotBelieved` for a no, `Undetermined` when it cannot be found out."""


class Incomplete(MessageRefused):
    """Parts of the message are not here (any more): bring them, then send the envelope again."""

    code = "exchange.refused.incomplete"


class NotAdmitted(MessageRefused):
    """The message is refused for good; `event` and `because` go into the signed refusal."""

    code = "exchange.refused.not-admitted"

    def __init__(self, event: Event, reason: Reason, detail: str) -> None:
        super().__init__("{detail}", detail=detail)
        self.event = event
        self.because = Because(reason, detail[:_MAX_DETAIL])


class Admission:
    """The checks of one office."""

    def __init__(self, code: str, store: Store, blobs: Blobs, believe: Believe, limits: Limits) -> None:
        self._code = code
        self._store = store
        self._blobs = blobs
        self._believe = believe
        self._limits = limits
        self._examining = asyncio.Semaphore(_AT_ONCE)

    async def check(self, envelope: Envelope, now: datetime) -> None:
        """Return if the message may come in at `now`; `NotAdmitted` for good, or an error that may pass.

        A message id that was used before is not examined again: the inbox's commit decides about it.
        """
        code, limits = self._code, self._limits
        if code not in envelope.recipients:
            raise NotAdmitted(
                Event.SUBMISSION_REJECTED,
                Reason.UNKNOWN_RECIPIENT,
                f"It is not addressed to {code}.",
            )
        if now > envelope.expires:
            raise NotAdmitted(Event.SUBMISSION_REJECTED, Reason.EXPIRED, "The message came after it expired.")
        if envelope.created > now + timedelta(seconds=limits.clock_skew_seconds):
            raise NotAdmitted(
                Event.SUBMISSION_REJECTED, Reason.INVALID_FORMAT, "The message was made in the future."
            )
        if len(envelope.parts) > limits.parts or any(p.size > limits.part_bytes for p in envelope.parts):
            raise NotAdmitted(
                Event.SUBMISSION_REJECTED, Reason.POLICY, "The message has more or larger parts than we take."
            )
        if envelope.status:
            await self._check_status(envelope)
        elif await self._row("message", sender=envelope.sender, id=envelope.message_id) is None:
            await self._check_parts(envelope)
            await self._check_document(envelope)

    async def _check_status(self, envelope: Envelope) -> None:
        assert envelope.status is not None
        row = await self._row("delivery_to", message_id=envelope.status.message_id, recipient=envelope.sender)
        if row is None:
            raise NotAdmitted(
                Event.SUBMISSION_REJECTED,
                Reason.POLICY,
                "It is about no message that we sent to you.",
            )

    async def _check_parts(self, envelope: Envelope) -> None:
        for part in envelope.parts:
            row = await self._row("upload", sender=envelope.sender, digest=str(part.digest))
            if row is None or await self._blobs.missing([part.digest]):
                raise Incomplete("The part {digest} is not here.", digest=part.digest)
            if row["size"] != part.size:
                raise NotAdmitted(
                    Event.CONSIGNMENT_FAILED, Reason.INVALID_FORMAT, f"The size of {part.name} is wrong."
                )

    async def _check_document(self, envelope: Envelope) -> None:
        main = envelope.parts[0]
        if main.media_type != PDF:
            raise NotAdmitted(
                Event.SUBMISSION_REJECTED, Reason.INVALID_FORMAT, "The first part is not a PDF document."
            )
        async with self._examining:
            try:
                verified = await self._believe(await self._blobs.read(main.digest))
            except NotBelieved as error:
                raise NotAdmitted(Event.CONSIGNMENT_FAILED, Reason.INVALID_SIGNATURE, str(error)) from error
        _compare(envelope, verified)

    async def _row(self, query: str, **values: str) -> Row | None:
        async with self._store.read() as tx:
            return await tx.row(query, **values)


def _compare(envelope: Envelope, verified: Verified) -> None:
    """Refuse an envelope whose header names another number, symbol or date than the sealed document."""
    assert envelope.header is not None
    said = {
        "number": envelope.header.number.lstrip("0"),
        "symbol": envelope.header.symbol,
        "date": envelope.header.date.isoformat(),
    }
    report = verified.report.as_json()
    for name, value in said.items():
        found = report.get(name)
        if isinstance(found, str) and found.lstrip("0") != value:
            raise NotAdmitted(
                Event.CONSIGNMENT_FAILED,
                Reason.POLICY,
                f"The envelope says {name} {value}; the sealed document says {found}.",
            )
