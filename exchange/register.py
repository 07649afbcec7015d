"""Hand out document numbers, gapless per series and year; and arrival numbers, gapless per year.

A number is reserved while a document is being sealed, then confirmed by the sealed document, or released.
What was released, and what a crashed clerk left behind, is the next one handed out, lowest first: so the
book has no hole (NĐ 30/2020 Đ15.1). The database refuses a gap and a second use by itself.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exchange.errors import OfficeError
from exchange.journal import CLERK, Journal
from exchange.moment import stamp, vietnam_year
from exchange.store.port import Conflict, Row, Transaction
from pki.clock import VIETNAM
from pki.digest import Digest
from pki.errors import UsageError

DEFAULT_SERIES = "chung"
"""The series an office uses that numbers all its documents in one row."""

_MAX_SERIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A number that is ours until `lease_until`; `id` is what confirms or releases it."""

    id: str
    series: str
    year: int
    number: int
    date: date
    lease_until: datetime

    @property
    def printed(self) -> str:
        """The number as NĐ 30/2020 PL I II.3 prints it: below 10 with a zero in front."""
        return f"{self.number:02d}"

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "reservation": self.id,
            "series": self.series,
            "year": self.year,
            "number": self.printed,
            "date": self.date.isoformat(),
            "lease_until": stamp(self.lease_until),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterLine:
    """One line of the outgoing register."""

    series: str
    year: int
    number: int
    state: str
    symbol: str = ""
    date: str = ""
    document: str = ""
    filed: str = ""

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "series": self.series, "year": self.year, "number": self.number, "state": self.state,
            "symbol": self.symbol, "date": self.date, "document": self.document, "filed": self.filed,
        }  # fmt: skip


class Register:
    """One office's registers; methods run inside the caller's transaction and write its audit entry."""

    def __init__(self, journal: Journal, lease: timedelta) -> None:
        self._journal = journal
        self._lease = lease

    async def begin(self, tx: Transaction, series: str, first: int, now: datetime) -> None:
        """Let a series go on from a paper book: its first number this year, before any is handed out."""
        year = vietnam_year(now)
        try:
            await tx.run("series_begin", series=_series(series), year=year, first=first)
        except Conflict as error:
            raise OfficeError(
                "The series “{series}” of {year} has begun already.", series=series, year=year
            ) from error
        await self._journal.record(tx, "configured", now, actor=CLERK, series=series, year=year, first=first)

    async def reserve(self, tx: Transaction, series: str, now: datetime) -> Reservation:
        """Hand out the lowest open number, or else the next one, of the year it is in Viet Nam."""
        lease_until = now + self._lease
        place: Mapping[str, str | int] = {"series": _series(series), "year": vietnam_year(now)}
        mine: Mapping[str, str] = {"reservation": secrets.token_hex(16), "lease_until": stamp(lease_until)}
        row = await tx.row("number_open", **place, now=stamp(now))
        if row is None:
            row = await tx.row("number_next", **place)
            assert row is not None
            await tx.run("number_add", **place, **mine, number=row["number"])
        else:
            if row["state"] == "reserved":
                await self._record(tx, "expired", {**place, **row}, now, ("reserved", "released"))
            await tx.run("number_again", **place, **mine, number=row["number"])
        await self._record(tx, "numbered", {**place, "number": row["number"]}, now, (None, "reserved"))
        return Reservation(
            id=mine["reservation"], series=series, year=vietnam_year(now), number=row["number"],
            date=now.astimezone(VIETNAM).date(), lease_until=lease_until,
        )  # fmt: skip

    async def confirm(self, tx: Transaction, reservation: str, document: Digest, now: datetime) -> Row:
        """Bind a reserved number to a sealed document, for ever; return its series, year and number.

        A lease that is over still holds as long as nobody was given the number.
        """
        row = await self._mine(tx, reservation)
        await tx.run("number_confirm", reservation=reservation, document=str(document))
        parts = {"document": document}
        await self._record(tx, "numbered", row, now, ("reserved", "confirmed"), parts=parts)
        return row

    async def release(self, tx: Transaction, reservation: str, now: datetime) -> None:
        """Give a reserved number back; it is the next one handed out."""
        row = await self._mine(tx, reservation)
        await tx.run("number_release", reservation=reservation)
        await self._record(tx, "released", row, now, ("reserved", "released"))

    async def arrive(self, tx: Transaction, sender: str, message_id: str, now: datetime) -> str:
        """Give an accepted document its arrival number (số đến) of this year, as `number/year`."""
        year = vietnam_year(now)
        row = await tx.row(
            "arrival_number_add", year=year, sender=sender, message_id=message_id, registered=stamp(now)
        )
        assert row is not None
        return f"{row['number']:02d}/{year}"

    async def lines(self, tx: Transaction, series: str, year: int) -> list[RegisterLine]:
        """Return a year's register, in order of number."""
        rows = await tx.rows("numbers", series=series, year=year)
        return [_line(row) for row in rows]

    async def _mine(self, tx: Transaction, reservation: str) -> Row:
        row = await tx.row("number_of_reservation", reservation=reservation)
        if row is None:
            raise OfficeError(
                "This reservation is over: its number was confirmed, released, or given to another.",
                hint="Reserve a number again, and number and seal the signed document anew.",
            )
        return row

    async def _record(
        self, tx: Transaction, event: str, row: Mapping[str, object], now: datetime,
        states: tuple[str | None, str], *, parts: Mapping[str, Digest] | None = None,
    ) -> None:  # fmt: skip
        await self._journal.record(
            tx, event, now, actor=CLERK, states=states, parts=parts,
            series=str(row["series"]), year=int(str(row["year"])), number=int(str(row["number"])),
        )  # fmt: skip


def _line(row: Row) -> RegisterLine:
    return RegisterLine(
        series=row["series"], year=row["year"], number=row["number"], state=row["state"],
        symbol=row["symbol"] or "", date=row["day"] or "", document=row["document"] or "",
        filed=row["filed"] or "",
    )  # fmt: skip


def _series(text: str) -> str:
    if not 0 < len(text) <= _MAX_SERIES or not text.isprintable():
        raise UsageError("A series is named in one line of 1 to {most} characters.", most=_MAX_SERIES)
    return text
