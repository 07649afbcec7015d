"""One agency's office: what its people and its peers can ask of it. Each act is its work plus one commit."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from exchange import extending, views
from exchange.admission import Quota
from exchange.audit.checkpoint import Seen
from exchange.audit.note import VerifierKey
from exchange.errors import OfficeError
from exchange.extending import Extending, Waiting, Wanted
from exchange.handling import Handling
from exchange.inbox import Decision, Inbox
from exchange.journal import CLERK, Journal
from exchange.moment import stamp, vietnam_year
from exchange.node import Node
from exchange.outbox import Outbox
from exchange.peers import Peer, add_peer, peer_of
from exchange.register import DEFAULT_SERIES, Register, RegisterLine, Reservation
from exchange.sending import Filed, Letter, Sending
from exchange.settings import AgencyCode, Settings, web_address
from exchange.status import Status
from exchange.store.blobs import Blobs
from exchange.store.port import Store, Transaction
from exchange.views import Evidence, InboxItem, OutboxItem
from pki.clock import Clock
from pki.digest import Digest
from pki.words import Translate, english
from signer.number import DocumentNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who an office is, as fixed at `init`, and the language it speaks (`Settings.language`)."""

    code: AgencyCode
    name: str
    origin: str
    organisation: str
    node: Node
    home: Path
    says: Translate = english


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """The parts an office is made of; `exchange.service` chooses and joins them."""

    store: Store
    blobs: Blobs
    journal: Journal
    register: Register
    sending: Sending
    handling: Handling
    inbox: Inbox
    outbox: Outbox
    extending: Extending
    quota: Quota


class Office:
    """One agency's office, open. Several processes may have the same office open at the same time."""

    def __init__(self, identity: Identity, settings: Settings, rooms: Rooms, clock: Clock) -> None:
        self.identity = identity
        self.settings = settings
        self.rooms = rooms
        self._clock = clock

    def now(self) -> datetime:
        """Return the present moment, by the office's clock."""
        return self._clock.now()

    # ---------------------------------------------------------------------------------------- who we are

    async def card(self, url: str = "") -> Peer:
        """Return what another office imports to know us; `OfficeError` while our address is not known."""
        address = url or self.settings.url
        if not address:
            async with self.rooms.store.read() as tx:
                row = await tx.row("office")
            address = row["url"] if row else ""
        if not address:
            raise OfficeError(
                "This office has no address yet.",
                hint="Set url in settings.toml, or start the server once, or name the address.",
            )
        identity = self.identity
        return Peer(
            code=str(identity.code), name=identity.name, url=web_address(address),
            certificate=identity.node.certificate, log_key=str(identity.node.log_key.verifier),
            organisation=identity.organisation,
        )  # fmt: skip

    async def announce(self, url: str) -> None:
        """Keep the address at which the server was started, for the card."""
        async with self.rooms.store.write() as tx:
            await tx.run("office_move", url=url)

    async def add_peer(self, card: Peer, *, replace: bool = False) -> bool:
        """Pin another agency's card; False if it stands there. `PeerError` if another card does."""
        if card.code == str(self.identity.code):
            raise OfficeError("This is the office's own card.")
        now = self._clock.now()
        async with self.rooms.store.write() as tx:
            added = await add_peer(tx, card, now, replace=replace)
            if added:
                await self._configured(tx, now, "peer-added", card.code, str(card.fingerprint))
        await self.rooms.journal.publish()
        return added

    async def remove_peer(self, code: str) -> bool:
        """Forget a peer; False if it is not known. What was exchanged stays."""
        now = self._clock.now()
        async with self.rooms.store.write() as tx:
            removed = bool(await tx.run("peer_remove", code=code))
            if removed:
                await self._configured(tx, now, "peer-removed", code, "")
        await self.rooms.journal.publish()
        return removed

    async def peers(self) -> list[Peer]:
        """Return the agencies we know."""
        async with self.rooms.store.read() as tx:
            return [peer_of(row) for row in await tx.rows("peers")]

    async def peer_of_certificate(self, certificate: bytes) -> Peer | None:
        """Return the peer whose pinned certificate (DER) this is."""
        async with self.rooms.store.read() as tx:
            row = await tx.row("peer_of_certificate", fingerprint=str(Digest.of(certificate)))
        return None if row is None else peer_of(row)

    # --------------------------------------------------------------------------------------- the register

    async def begin_series(self, first: int, series: str = DEFAULT_SERIES) -> None:
        """Go on from a paper book: this year's series begins at `first`. Only before its first number."""
        async with self.rooms.store.write() as tx:
            await self.rooms.register.begin(tx, series, first, self._clock.now())
        await self.rooms.journal.publish()

    async def reserve(self, series: str = DEFAULT_SERIES) -> Reservation:
        """Take the next number of a series, for as long as `pace.number_lease_seconds`."""
        async with self.rooms.store.write() as tx:
            reservation = await self.rooms.register.reserve(tx, series, self._clock.now())
        await self.rooms.journal.publish()
        return reservation

    async def reserve_for(self, symbol: str, made_of: Digest, series: str = DEFAULT_SERIES) -> Reservation:
        """Take the next number that no filed document of this symbol bears (`exchange.sending`)."""
        return await self.rooms.sending.reserve(series, symbol, made_of, self._clock.now())

    async def day_before(self, reservation: Reservation) -> date | None:
        """Return the date of the document with the number before this one."""
        async with self.rooms.store.read() as tx:
            row = await tx.row(
                "day_before",
                series=reservation.series,
                year=reservation.year,
                number=reservation.number,
            )
        return None if row is None else date.fromisoformat(row["day"])

    async def release(self, reservation: str) -> None:
        """Give a reserved number back; `OfficeError` if it is no longer held."""
        async with self.rooms.store.write() as tx:
            await self.rooms.register.release(tx, reservation, self._clock.now())
        await self.rooms.journal.publish()

    async def register(self, year: int | None = None, series: str = DEFAULT_SERIES) -> list[RegisterLine]:
        """Return the outgoing register of a year (this one, in Viet Nam)."""
        async with self.rooms.store.read() as tx:
            return await self.rooms.register.lines(tx, series, year or vietnam_year(self._clock.now()))

    async def file_outgoing(
        self,
        pdf: bytes,
        number: DocumentNumber,
        reservation: str | None,
        *,
        wanted: Wanted | None = None,
        made_of: Digest | None = None,
    ) -> Filed:
        """File a sealed document and confirm its number. Again with the same file: nothing changes.

        Where it is not at the level that was `wanted`, that waits in the same commit (`exchange.extending`).

        Without a reservation the number is another book's; see `exchange.sending`. `made_of` is the signed
        file that was sealed here: it is sealed once.
        """
        now = self._clock.now()
        return await self.rooms.sending.file(pdf, number, reservation, now, wanted=wanted, made_of=made_of)

    async def waiting(self) -> list[Waiting]:
        """Return our documents that wait for the level they were to have, oldest first."""
        async with self.rooms.store.read() as tx:
            return await extending.waiting(tx)

    async def newest(self, pdf: bytes) -> bytes:
        """Return the extended form of a document of ours, where there is one; else the document."""
        digest = await asyncio.to_thread(Digest.of, pdf)
        async with self.rooms.store.read() as tx:
            row = await tx.row("document", digest=str(digest))
            if row is None:
                return pdf
            found, _ = await extending.newest(tx, row, as_it_is=True)
        return pdf if found == digest else await self.rooms.blobs.read(found)

    # ----------------------------------------------------------------------------------------- the outbox

    async def send(
        self, document: Digest, recipients: Sequence[str], letter: Letter, *, as_it_is: bool = False
    ) -> OutboxItem:
        """Queue a filed document for its recipients; when this returns it cannot be lost.

        `OfficeError` while the document waits for the level it was to have, unless it may go `as_it_is`.
        """
        envelope = await self.rooms.sending.send(
            document, recipients, letter, self._clock.now(), as_it_is=as_it_is
        )
        self.rooms.outbox.wake()
        return await self.sent(envelope.message_id)

    async def sent(self, message_id: str) -> OutboxItem:
        """Return one document that we sent, and how far it has come; `OfficeError` if there is none."""
        async with self.rooms.store.read() as tx:
            items = await views.outbox(tx, message_id=message_id)
        if not items:
            raise OfficeError("There is no document {id} in the outbox.", id=message_id)
        return items[0]

    async def status(self, message_id: str, *, sender: str = "") -> OutboxItem | InboxItem:
        """Return where a document stands, whichever way it went; `OfficeError` if it is not known."""
        async with self.rooms.store.read() as tx:
            items = await views.outbox(tx, message_id=message_id)
        if items and sender in {"", str(self.identity.code)}:
            return items[0]
        try:
            return await self.received(message_id, sender=sender)
        except OfficeError as error:
            raise OfficeError("There is no message {id} in this office.", id=message_id) from error

    async def outbox(self, *, after: datetime | None = None, most: int = 100) -> list[OutboxItem]:
        """Return documents that we sent after a moment, or the newest ones, oldest first."""
        async with self.rooms.store.read() as tx:
            return await views.outbox(tx, after=stamp(after) if after else "", most=most)

    async def retry(self, message_id: str = "") -> int:
        """Deliver one message, or everything that waits, now; also what was given up and has not expired."""
        async with self.rooms.store.write() as tx:
            many = await tx.run("delivery_hurry", message_id=message_id, now=stamp(self._clock.now()))
        self.rooms.outbox.wake()
        return many

    # ------------------------------------------------------------------------------------------ the inbox

    async def inbox(self, *, after: datetime | None = None, most: int = 100) -> list[InboxItem]:
        """Return documents that came in after a moment, or the newest ones, oldest first."""
        async with self.rooms.store.read() as tx:
            return await views.inbox(tx, after=stamp(after) if after else "", most=most)

    async def received(self, message_id: str, *, sender: str = "") -> InboxItem:
        """Return one document that came in; `OfficeError` if there is none."""
        async with self.rooms.store.read() as tx:
            items = await views.inbox(tx, message_id=message_id)
        for item in items:
            if sender in {"", item.envelope.sender}:
                return item
        raise OfficeError("There is no document {id} in the inbox.", id=message_id)

    async def accept(self, message_id: str, *, sender: str = "") -> InboxItem:
        """Accept a document into the register (status 03); it gets its arrival number."""
        return await self._move(message_id, Status.ACCEPTED, "", sender)

    async def refuse(self, message_id: str, reason: str, *, sender: str = "") -> InboxItem:
        """Send a document back with a reason (status 02)."""
        return await self._move(message_id, Status.REFUSED, reason, sender)

    async def assign(self, message_id: str, *, note: str = "", sender: str = "") -> InboxItem:
        """Say that somebody is to handle a document (status 04)."""
        return await self._move(message_id, Status.ASSIGNED, note, sender)

    async def start(self, message_id: str, *, note: str = "", sender: str = "") -> InboxItem:
        """Say that a document is being handled (status 05)."""
        return await self._move(message_id, Status.STARTED, note, sender)

    async def finish(self, message_id: str, *, note: str = "", sender: str = "") -> InboxItem:
        """Say that a document has been dealt with (status 06)."""
        return await self._move(message_id, Status.FINISHED, note, sender)

    async def read_part(self, digest: Digest) -> bytes:
        """Return a file of a message; `OfficeError` if it is not here or is damaged."""
        return await self.rooms.blobs.read(digest)

    # ------------------------------------------------------------------------------------- what peers ask

    async def take(self, envelope: bytes, peer: Peer) -> Decision:
        """Answer an envelope that a peer brought; see `exchange.inbox`."""
        decision = await self.rooms.inbox.take(envelope, peer)
        self.rooms.outbox.wake()  # status 01 is waiting now
        return decision

    async def has_part(self, digest: Digest, peer: Peer) -> bool:
        """Return whether this very peer has brought this file already."""
        async with self.rooms.store.read() as tx:
            row = await tx.row("upload", sender=peer.code, digest=str(digest))
        return row is not None and not await self.rooms.blobs.missing([digest])

    async def take_part(self, digest: Digest, chunks: AsyncIterable[bytes], peer: Peer, *, size: int) -> None:
        """Store a file of `size` bytes that a peer brings.

        `MessageRefused` if it is too large or is another file, `OverQuota` if the peer has brought too much,
        `NoRoom` if the disk is nearly full.
        """
        limits = self.settings.limits
        async with self.rooms.quota.room_for(peer.code, size, self._clock.now()):
            most, reserve = min(size, limits.part_bytes), limits.free_bytes
            stored = await self.rooms.blobs.receive(chunks, digest, most, reserve=reserve)
            now = stamp(self._clock.now())
            async with self.rooms.store.write() as tx:
                await tx.run("upload_add", sender=peer.code, digest=str(digest), size=stored, received=now)

    # -------------------------------------------------------------------------------------------- evidence

    async def evidence(self, message_id: str, *, sender: str = "") -> list[Evidence]:
        """Return every receipt and refusal about a message, each with the proof of its issuer's log.

        An id is its sender's: another agency may use it, too. Without a `sender` it is the message that we
        sent, or else the only one; `OfficeError` if several came in.
        """
        async with self.rooms.store.read() as tx:
            found = await views.evidence(tx, message_id)
            ours = not sender and await views.outbox(tx, message_id=message_id)
        known = {each.sender for each in found}
        senders = {str(self.identity.code)} if ours else {sender} if sender else known
        if len(senders) > 1:
            raise OfficeError(
                "Several agencies used the message id {id}.", hint="Name the sender too.", id=message_id
            )
        return [await self._proven(each) for each in found if each.sender in senders]

    async def prove(self, index: int) -> bytes:
        """Return the proof file of entry `index` of our log; `LogError` if there is none."""
        await self.rooms.journal.publish()
        return await self.rooms.journal.prove(index)

    async def check_log(self) -> Seen:
        """Recompute the whole audit log; `LogError` says where it does not hold."""
        return await self.rooms.journal.check()

    @property
    def log_key(self) -> VerifierKey:
        """The public key of our log."""
        return self.identity.node.log_key.verifier

    async def _proven(self, evidence: Evidence) -> Evidence:
        if evidence.side == "received":
            return evidence
        return replace(evidence, proof=await self.rooms.journal.proof(evidence.id))

    async def _move(self, message_id: str, status: Status, reason: str, sender: str) -> InboxItem:
        await self.rooms.handling.move(message_id, status, self._clock.now(), reason=reason, sender=sender)
        self.rooms.outbox.wake()
        return await self.received(message_id, sender=sender)

    async def _configured(self, tx: Transaction, now: datetime, what: str, peer: str, pin: str) -> None:
        await self.rooms.journal.record(
            tx, "configured", now, actor=CLERK, what=what, peer=peer, fingerprint=pin
        )
