"""May this message come in? Every check that stands between an authentic envelope and the inbox.

A check that fails says so for good, with a reason that the sender gets signed; a check that cannot be made
yet raises something else, and the message may come again.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

from exchange.envelope import Envelope
from exchange.errors import MessageRefused, OverQuota
from exchange.moment import stamp
from exchange.peers import Peer
from exchange.receipt import Because, Event, Reason
from exchange.settings import Limits, Settings
from exchange.shape import printable
from exchange.store.blobs import Blobs
from exchange.store.port import Row, Store
from pki.identity import identify
from pki.words import N_, Sentence, Translate
from signer.document import Verified
from signer.errors import NotBelieved
from signer.report import Report, SignatureReport

logger = logging.getLogger(__name__)
PDF = "application/pdf"
_AT_ONCE = 2  # documents examined at the same time: each is held in memory whole
_MAX_DETAIL = 1000
_DAY = timedelta(days=1)

Believe = Callable[[bytes], Awaitable[Verified]]
"""Return a document as believed; raise `NotBelieved` for a no, `Undetermined` when it cannot be found out."""


class Incomplete(MessageRefused):
    """Parts of the message are not here (any more): bring them, then send the envelope again."""

    code = "exchange.refused.incomplete"


class NotAdmitted(MessageRefused):
    """The message is refused for good; `event` and `because` go into the signed refusal."""

    code = "exchange.refused.not-admitted"

    def __init__(self, template: str, event: Event, reason: Reason, **facts: object) -> None:
        super().__init__(template, hint=None, **facts)
        self.event = event
        self._reason = reason

    def because(self, translate: Translate) -> Because:
        """Return why, in the language of the office that refuses."""
        detail = printable(Sentence.of(self).said(translate))
        return Because(self._reason, detail[:_MAX_DETAIL])


class Quota:
    """How much one peer may bring: what is here by now, and what is on its way."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._coming: Counter[str] = Counter()  # bytes of files that are being received, by peer
        self._files: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def room_for(self, code: str, size: int, now: datetime) -> AsyncIterator[None]:
        """Hold room for a file of `size` bytes while it comes; `OverQuota` if the peer has none left."""
        self._coming[code] += size
        self._files[code] += 1
        try:
            await self._check_files(code, now)
            yield
        finally:
            self._coming[code] -= size
            self._files[code] -= 1

    async def _check_files(self, code: str, now: datetime) -> None:
        async with self._store.read() as tx:
            row = await tx.row("peer_files", sender=code, since=stamp(now - _DAY))
        assert row is not None
        coming, limits = self._coming[code], self._limits
        if (
            row["unused_bytes"] + coming > limits.peer_unused_bytes
            or row["unused"] + self._files[code] > limits.peer_unused_parts
        ):
            raise OverQuota("{peer} has brought many files that no message refers to.", peer=code)
        if row["bytes"] + coming > limits.peer_bytes_per_day:
            raise OverQuota("{peer} has brought as many bytes as it may in a day.", peer=code)

    async def check_answers(self, code: str, now: datetime) -> None:
        """Return if one more message of this peer may be answered; `OverQuota` otherwise."""
        async with self._store.read() as tx:
            row = await tx.row("peer_answers", sender=code, since=stamp(now - _DAY))
        assert row is not None
        if (
            row["answers"] >= self._limits.peer_answers_per_day
            or row["refusals"] >= self._limits.peer_refusals_per_day
        ):
            raise OverQuota(
                "{peer} has had as many messages answered or refused as it may in a day.", peer=code
            )


class Admission:
    """The checks of one office."""

    def __init__(self, code: str, store: Store, blobs: Blobs, believe: Believe, settings: Settings) -> None:
        self._code = code
        self._store = store
        self._blobs = blobs
        self._believe = believe
        self._limits = settings.limits
        self._seal_must_match = settings.seal_of_sender == "require"
        self._quota = Quota(store, settings.limits)
        self._examining = asyncio.Semaphore(_AT_ONCE)

    async def check(self, envelope: Envelope, peer: Peer, now: datetime) -> None:
        """Return if `peer`'s message may come in at `now`; `NotAdmitted` for good, or an error that may pass.

        A message id that was used before is not examined again: the inbox's commit decides about it.
        """
        code, limits = self._code, self._limits
        await self._quota.check_answers(peer.code, now)
        if code not in envelope.recipients:
            raise NotAdmitted(
                "It is not addressed to {code}.",
                Event.SUBMISSION_REJECTED,
                Reason.UNKNOWN_RECIPIENT,
                code=code,
            )
        if now > envelope.expires:
            raise NotAdmitted("The message came after it expired.", Event.SUBMISSION_REJECTED, Reason.EXPIRED)
        if envelope.created > now + timedelta(seconds=limits.clock_skew_seconds):
            raise NotAdmitted(
                "The message was made in the future.", Event.SUBMISSION_REJECTED, Reason.INVALID_FORMAT
            )
        if len(envelope.parts) > limits.parts or any(p.size > limits.part_bytes for p in envelope.parts):
            raise NotAdmitted(
                "The message has more or larger parts than we take.", Event.SUBMISSION_REJECTED, Reason.POLICY
            )
        if envelope.status:
            await self._check_status(envelope)
        elif await self._row("message", sender=envelope.sender, id=envelope.message_id) is None:
            await self._check_parts(envelope)
            await self._check_document(envelope, peer)

    async def _check_status(self, envelope: Envelope) -> None:
        assert envelope.status is not None
        row = await self._row("delivery_to", message_id=envelope.status.message_id, recipient=envelope.sender)
        if row is None:
            raise NotAdmitted(
                "It is about no message that we sent to you.", Event.SUBMISSION_REJECTED, Reason.POLICY
            )

    async def _check_parts(self, envelope: Envelope) -> None:
        for part in envelope.parts:
            row = await self._row("upload", sender=envelope.sender, digest=str(part.digest))
            if row is None or await self._blobs.missing([part.digest]):
                raise Incomplete("The part {digest} is not here.", digest=part.digest)
            if row["size"] != part.size:
                raise NotAdmitted(
                    "The size of {name} is wrong.",
                    Event.CONSIGNMENT_FAILED,
                    Reason.INVALID_FORMAT,
                    name=part.name,
                )

    async def _check_document(self, envelope: Envelope, peer: Peer) -> None:
        main = envelope.parts[0]
        if main.media_type != PDF:
            raise NotAdmitted(
                "The first part is not a PDF document.", Event.SUBMISSION_REJECTED, Reason.INVALID_FORMAT
            )
        async with self._examining:
            try:
                verified = await self._believe(await self._blobs.read(main.digest))
            except NotBelieved as error:
                raise NotAdmitted(
                    "The document is not believed here: {why}",
                    Event.CONSIGNMENT_FAILED,
                    Reason.INVALID_SIGNATURE,
                    why=Sentence.of(error),
                ) from error
        _compare(envelope, verified)
        self._check_seal(peer, verified)

    def _check_seal(self, peer: Peer, verified: Verified) -> None:
        """Refuse a document that another agency sealed: being believed does not make it this peer's own."""
        seals = [_identifiers(each) for each in _seals(verified)]
        if any(peer.is_named_by(names) for names in seals):
            return
        found = ", ".join(dict.fromkeys(names[0] for names in seals if names)) or "-"
        if self._seal_must_match:
            raise NotAdmitted(
                "The document is sealed by {found}; it came from {peer}.",
                Event.CONSIGNMENT_FAILED,
                Reason.POLICY,
                found=found,
                peer=peer.organisation or peer.name,
            )
        logger.warning("sealed by another agency", extra={"peer": peer.code, "seal": found})

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
                "The envelope says {what} {value}; the sealed document says {found}.",
                Event.CONSIGNMENT_FAILED,
                Reason.POLICY,
                what=Sentence(_WORDS[name]),
                value=value,
                found=found,
            )


_WORDS = {"number": N_("number"), "symbol": N_("symbol"), "date": N_("date")}


def _seals(verified: Verified) -> tuple[SignatureReport, ...]:
    """Return what counts as the agency's seal: layer 2, else every organisation's signature."""
    report = verified.report
    if not isinstance(report, Report):
        return ()
    if (seal := report.layer(2)) is not None:
        return (seal,)
    return tuple(each for each in report.signatures if each.signer_kind == "organisation")


def _identifiers(seal: SignatureReport) -> tuple[str, ...]:
    """Return the names of whom a seal's certificate names, and the identifier, where it has one."""
    number = identify(seal.certificate).organisation_id if seal.certificate else None
    return tuple(each for each in (seal.signer, seal.organisation, number) if each)
