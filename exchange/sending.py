"""File a sealed document under its number, and send it: each is one commit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from exchange.envelope import Envelope, Header, Part, new_id, pack, unpack
from exchange.errors import MessageRefused, OfficeError
from exchange.extending import Wanted, newest, want
from exchange.journal import CLERK, Journal
from exchange.jws import Signature
from exchange.moment import stamp
from exchange.peers import find_peer
from exchange.receipt import Issuer
from exchange.register import Register, Reservation
from exchange.settings import Limits
from exchange.store.blobs import Blobs
from exchange.store.port import Conflict, Row, Store, StoreUnavailable, Transaction
from exchange.urgency import LANES, Urgency
from pki.digest import Digest
from pki.errors import UsageError
from signer.number import DocumentNumber

_MAX_SYMBOL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A sealed document of ours, filed under its number. `digest` names it from here on."""

    digest: Digest
    number: str
    symbol: str
    date: date

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "document": str(self.digest), "number": self.number, "symbol": self.symbol,
            "date": self.date.isoformat(),
        }  # fmt: skip


async def _refuse_sealed(tx: Transaction, made_of: Digest) -> None:
    row = await tx.row("document_made_of", signed=str(made_of))
    if row is not None:
        raise OfficeError(
            "This signed file was sealed before, as No. {number}/{symbol} of {date}.",
            hint="To have the sealed file again: congvan register --number {number} -o FILE.",
            number=row["number"], symbol=row["symbol"], date=date.fromisoformat(row["day"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attachment:
    """A further file that travels with the document."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a clerk says about a document when sending it (QCVN 102); the register adds number and date."""

    subject: str
    urgency: Urgency = Urgency.THUONG
    type_name: str = "Công văn"
    place: str = ""
    signer_name: str = ""
    signer_position: str = ""
    due: date | None = None
    to_places: tuple[str, ...] = ()
    file_name: str = ""
    attachments: tuple[Attachment, ...] = ()
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What sending works with."""

    store: Store
    blobs: Blobs
    journal: Journal
    register: Register
    issuer: Issuer
    name: str
    limits: Limits

    async def reserve(self, series: str, symbol: str, made_of: Digest, now: datetime) -> Reservation:
        """Take the next number of a series that no document of this symbol bears, for a signed file.

        A document that was numbered by hand and filed takes its place in the register: the book has no hole,
        and goes on behind it. `OfficeError` if another series gave out the very same number and symbol, or
        the signed file was sealed before: it bears one number (NĐ 30/2020 Đ15.1).
        """
        async with self.store.write() as tx:
            await _refuse_sealed(tx, made_of)
            while True:
                mine = await self.register.reserve(tx, series, now)
                row = await tx.row("document_named", number=mine.printed, symbol=symbol, year=str(mine.year))
                if row is None:
                    break
                if row["series"] is not None:
                    raise OfficeError(
                        "No. {number}/{symbol} of {year} was given out in the series “{series}”.",
                        hint="Give documents of this series another symbol.",
                        number=mine.printed, symbol=symbol, year=mine.year, series=row["series"],
                    )  # fmt: skip
                await self.register.confirm(tx, mine.id, Digest.parse(row["digest"]), now)
        await self.journal.publish()
        return mine

    async def file(
        self,
        pdf: bytes,
        number: DocumentNumber,
        reservation: str | None,
        now: datetime,
        *,
        wanted: Wanted | None = None,
        made_of: Digest | None = None,
    ) -> Filed:
        """File a sealed document and confirm its number; the same document again changes nothing.

        A level that it was `wanted` to have, and has not, is queued in the same commit. `made_of` is the
        signed file that was sealed here.

        Without a reservation its number is another book's (a paper register, another system). `OfficeError`
        if the reservation is over or is for another number or year than the document carries, or if another
        document of that year bears this number and symbol, or was made of the same signed file.
        """
        digest = await self.blobs.add(pdf)
        async with self.store.write() as tx:
            row = await tx.row("document", digest=str(digest))
            if row is None:
                if reservation is not None:
                    _check_number(await self.register.confirm(tx, reservation, digest, now), number)
                if await self.blobs.missing([digest]):
                    raise StoreUnavailable("The file was tidied away meanwhile; file it again.")
                await self._add(tx, digest, len(pdf), number, now, made_of=made_of)
                if made_of is not None:
                    await _refuse_sealed(tx, made_of)  # another clerk may have been sealing it meanwhile
                    await tx.run("sealing_add", signed=str(made_of), document=str(digest))
                if wanted is not None:
                    await want(tx, digest, wanted, now)
            else:
                digest = Digest.parse(row["digest"])  # what is extended is filed as what it was made of
        await self.journal.publish()
        return Filed(digest=digest, number=number.printed_number, symbol=number.symbol, date=number.date)

    async def _add(
        self,
        tx: Transaction,
        digest: Digest,
        size: int,
        number: DocumentNumber,
        now: datetime,
        *,
        made_of: Digest | None,
    ) -> None:
        try:
            await tx.run(
                "document_add", digest=str(digest), size=size, number=number.printed_number,
                symbol=number.symbol, day=number.date.isoformat(), filed=stamp(now),
            )  # fmt: skip
        except Conflict as error:
            raise OfficeError(
                "A document {number} of {year} is filed here already.", number=number, year=number.year
            ) from error
        await self.journal.record(
            tx, "sealed", now, actor=CLERK, parts={"1": digest}, number=str(number), date=str(number.date),
            made_of=str(made_of or ""),
        )  # fmt: skip

    async def send(
        self,
        document: Digest,
        recipients: Sequence[str],
        letter: Letter,
        now: datetime,
        *,
        as_it_is: bool = False,
    ) -> Envelope:
        """Queue a filed document for its recipients: message, queue and log in one commit.

        A document that has been extended is sent so; one that waits for that goes only `as_it_is`.
        `OfficeError` if the document is not filed here or waits, `PeerError` if a recipient is unknown.
        """
        parts, header = await self._prepare(document, letter, as_it_is=as_it_is)
        lifetime = letter.lifetime or LANES[letter.urgency].lifetime
        envelope = Envelope(
            message_id=new_id(now), sender=self.issuer.code, sender_name=self.name,
            recipients=_distinct(recipients, self.limits.recipients), created=now, expires=now + lifetime,
            urgency=letter.urgency, header=header, parts=parts,
        )  # fmt: skip
        try:
            signed = pack(envelope, self.issuer.node)
            # What every recipient would refuse never leaves.
            unpack(signed.text, self.issuer.node.certificate)
        except MessageRefused as error:
            raise UsageError("The message cannot be sent like this: {why}", why=error) from error
        async with self.store.write() as tx:
            for code in envelope.recipients:
                await find_peer(tx, code)
            await self._queue(tx, envelope, signed)
        await self.journal.publish()
        return envelope

    async def _prepare(
        self, document: Digest, letter: Letter, *, as_it_is: bool
    ) -> tuple[tuple[Part, ...], Header]:
        async with self.store.read() as tx:
            row = await tx.row("document", digest=str(document))
            if row is None:
                raise OfficeError("The document {digest} is not filed in this office.", digest=document)
            sent, size = await newest(tx, row, as_it_is=as_it_is)
        header = Header(
            number=row["number"], symbol=row["symbol"], date=date.fromisoformat(row["day"]),
            subject=letter.subject, type_name=letter.type_name, place=letter.place,
            signer_name=letter.signer_name, signer_position=letter.signer_position, due=letter.due,
            to_places=letter.to_places,
        )  # fmt: skip
        name = letter.file_name or f"{header.number}-{header.symbol.replace('/', '-')}.pdf"
        main = Part(name=name, media_type="application/pdf", size=size, digest=sent)
        if 1 + len(letter.attachments) > self.limits.parts:
            raise UsageError("A message has at most {most} files.", most=self.limits.parts)
        for each in letter.attachments:
            if not 0 < len(each.data) <= self.limits.part_bytes:
                raise UsageError(
                    "{name} has {size} bytes; a file of a message has 1 to {most}.",
                    name=each.name, size=len(each.data), most=self.limits.part_bytes,
                )  # fmt: skip
        attached = [
            Part(
                name=each.name,
                media_type=each.media_type,
                size=len(each.data),
                digest=await self.blobs.add(each.data),
            )
            for each in letter.attachments
        ]
        return (main, *attached), header

    async def _queue(self, tx: Transaction, envelope: Envelope, signed: Signature) -> None:
        now = stamp(envelope.created)
        try:
            await tx.run(
                "message_add", sender=envelope.sender, id=envelope.message_id, direction="out",
                kind="document", digest=str(signed.digest), envelope=signed.text, filed=now,
            )  # fmt: skip
        except Conflict as error:
            raise OfficeError("The message {id} exists already.", id=envelope.message_id) from error
        if await self.blobs.missing(part.digest for part in envelope.parts):
            raise OfficeError("A file of this message is no longer in this office.")
        for part in envelope.parts:
            await tx.run(
                "message_part_add", sender=envelope.sender, message_id=envelope.message_id,
                digest=str(part.digest),
            )  # fmt: skip
        for code in envelope.recipients:
            await tx.run(
                "delivery_add", sender=envelope.sender, message_id=envelope.message_id, recipient=code,
                lane=int(envelope.urgency), now=now, expires=stamp(envelope.expires),
            )  # fmt: skip
        await self.journal.record(
            tx, "sent", envelope.created, actor=CLERK, message_id=envelope.message_id,
            states=(None, "queued"),
            parts={str(at): part.digest for at, part in enumerate(envelope.parts, 1)},
            kind="document", envelope=str(signed.digest), recipients=len(envelope.recipients),
        )  # fmt: skip


def _check_number(place: Row, number: DocumentNumber) -> None:
    """Compare what the register says and what the document carries; a raise undoes the confirmation."""
    if (
        not number.number.isdigit()
        or int(number.number) != place["number"]
        or number.date.year != place["year"]
    ):
        raise OfficeError(
            "The document carries number {number} of {year}; the register reserved {reserved} of {its_year}.",
            number=number.number, year=number.date.year, reserved=place["number"], its_year=place["year"],
        )  # fmt: skip


def _distinct(recipients: Sequence[str], most: int) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(recipients))
    if not 0 < len(codes) <= most:
        raise UsageError("A message has 1 to {most} recipients.", most=most)
    return codes
