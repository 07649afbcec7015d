"""Offices for tests: real keys, databases and HTTPS; only the judge of PDFs is a stand-in."""

import asyncio
import contextlib
import datetime as dt
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from exchange.office import Office
from exchange.sending import Letter
from exchange.service import run
from exchange.settings import Address, Pace, Settings
from exchange.views import Delivery
from pki.digest import Digest
from pki.errors import Undetermined
from signer.document import DocumentNumber, Verified
from signer.errors import NotBelieved
from signer.report import PASSED, Report, SignatureReport

T = TypeVar("T")
PDF = b"%PDF-1.7\nseen and sealed\n%%EOF\n"
FAST = Settings(listen=Address("127.0.0.1", 0), pace=Pace(poll_milliseconds=20))
HANOI, HUE = "H26.05", "000.00.05.H57"
NAMES = ["UBND thành phố Hà Nội", "UBND thành phố Huế", "Hà Nội", "Huế"]


def findings(pdf: bytes) -> Report:
    """Say what is in the file: `%sealed by <agency>`, else that all agencies of these tests sealed it."""
    named = re.search(rb"%sealed by (.+)", pdf)
    seals = [named[1].decode()] if named else NAMES
    return Report(
        verdict=PASSED,
        signatures=tuple(
            SignatureReport(field="seal", verdict=PASSED, signer=name, signer_kind="organisation")
            for name in seals
        ),
    )


async def believe(pdf: bytes) -> Verified:
    if b"forged" in pdf:
        raise NotBelieved("The document is not to be believed: {why}", why="layer 2 is broken")
    if b"unknown" in pdf:
        raise Undetermined("The responder does not answer.")
    return Verified(pdf=pdf, report=findings(pdf))


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        return self.moment

    def pass_by(self, **much: float) -> None:
        self.moment += dt.timedelta(**much)


@dataclass
class Pair:
    """A sender and a recipient that know each other, both served."""

    hanoi: Office
    hue: Office

    async def send(self, pdf: bytes = PDF, letter: Letter | None = None) -> str:
        document = await filed(self.hanoi, pdf)
        item = await self.hanoi.send(document, [HUE], letter or Letter(subject="V/v kiểm tra"))
        return item.envelope.message_id

    async def delivery(self, message_id: str) -> Delivery:
        return (await self.hanoi.sent(message_id)).deliveries[0]

    async def answered(self, message_id: str) -> Delivery:
        async def settled() -> Delivery | None:
            delivery = await self.delivery(message_id)
            return delivery if delivery.state in {"delivered", "refused", "undeliverable"} else None

        return await until(settled)

    async def reported(self, message_id: str, status: str) -> Delivery:
        async def there() -> Delivery | None:
            delivery = await self.delivery(message_id)
            return delivery if delivery.status == status else None

        return await until(there)


@contextlib.asynccontextmanager
async def serving(office: Office) -> AsyncIterator[str]:
    stop, bound = asyncio.Event(), asyncio.get_running_loop().create_future()
    server = asyncio.create_task(run(office, stop, ready=bound.set_result))
    await asyncio.wait([server, bound], return_when=asyncio.FIRST_COMPLETED)
    try:
        yield bound.result()
    finally:
        stop.set()
        await server


async def filed(office: Office, pdf: bytes = PDF) -> Digest:
    reservation = await office.reserve()
    number = DocumentNumber(number=str(reservation.number), symbol="UBND-VP", date=reservation.date)
    return (await office.file_outgoing(pdf, number, reservation.id)).digest


async def until(true: Callable[[], Awaitable[T | None]]) -> T:
    """Wait for something that a server does by itself; the test's own time limit ends the wait."""
    while (found := await true()) is None:  # noqa: ASYNC110 - another process may be the one to do it
        await asyncio.sleep(0.02)
    return found


def tamper(home: Path, statements: str) -> None:
    """Do to an office's database what only somebody who owns the file can do."""
    database = sqlite3.connect(home / "office.db", timeout=15)
    for [name] in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    database.executescript(statements)
    database.close()
