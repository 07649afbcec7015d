"""Documents of ours that were sealed at a lower level than was asked for: they wait, and are extended.

    filed at a lower level → tried again and again → extended

That a document waits is written in the commit that files it. The server tries; only one works at an office,
so no row is leased. What is extended has the same number, and is what is sent from then on.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.errors import OfficeError
from exchange.journal import Journal
from exchange.moment import stamp
from exchange.settings import Pace
from exchange.store.blobs import Blobs
from exchange.store.port import Row, Store, StoreUnavailable, Transaction
from pki.clock import Clock
from pki.digest import Digest
from pki.errors import CongvanError
from pki.words import Sentence, Translate, english
from signer.level import Level

logger = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS = 60
_MAX_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The level that a document was to have, the one it has, why, and whom to ask for what it lacks."""

    asked: Level
    reached: Level
    why: str
    authorities: tuple[str, ...] = ()
    budget: int | None = None


Extend = Callable[[bytes, Wanted], Awaitable[bytes]]
"""Return a document at its level; raises `CongvanError` while that cannot be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A document that waits for its level. `error` is why the last try failed, `why` how it came to wait."""

    document: str
    number: str
    symbol: str
    date: str
    level: str
    asked: str
    why: str
    attempts: int
    next_attempt: str
    error: str

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


async def want(tx: Transaction, document: Digest, wanted: Wanted, now: datetime) -> None:
    """Queue a document that is being filed, as part of `tx`."""
    await tx.run(
        "extension_add", document=str(document), asked=wanted.asked.value, reached=wanted.reached.value,
        why=wanted.why[:_MAX_ERROR], authorities=json.dumps(wanted.authorities), budget=wanted.budget,
        now=stamp(now),
    )  # fmt: skip


async def waiting(tx: Transaction) -> list[Waiting]:
    """Return the documents that wait for their level, oldest first."""
    return [
        Waiting(
            document=row["document"], number=row["number"], symbol=row["symbol"], date=row["day"],
            level=Level(row["reached"]).said, asked=Level(row["asked"]).said, why=row["why"],
            attempts=row["attempt"], next_attempt=row["run_at"], error=row["error"],
        )
        for row in await tx.rows("extensions_waiting")
    ]  # fmt: skip


async def newest(tx: Transaction, document: Row, *, as_it_is: bool = False) -> tuple[Digest, int]:
    """Return digest and size of what is sent of a filed document: its extended form, where there is one.

    `OfficeError` while it waits for that, unless it may go `as_it_is`.
    """
    row = await tx.row("extension", document=document["digest"])
    if row is not None and row["result"] is not None:
        return Digest.parse(row["result"]), row["size"]
    if row is not None and not as_it_is:
        raise OfficeError(
            "The document is at level {level}; it waits for {asked}. {why}",
            hint="The office's server extends it: see congvan outbox. To send it as it is: --as-it-is.",
            level=Level(row["reached"]).said, asked=Level(row["asked"]).said, why=row["error"] or row["why"],
        )  # fmt: skip
    return Digest.parse(document["digest"]), document["size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extending:
    """Extends what waits. Only for the one server of an office, which holds the office's lock."""

    store: Store
    blobs: Blobs
    journal: Journal
    extend: Extend
    pace: Pace
    clock: Clock
    says: Translate = english

    async def work(self) -> int:
        """Try everything that is due, one after the other; return how many documents were extended."""
        async with self.store.read() as tx:
            due = await tx.rows("extensions_due", now=stamp(self.clock.now()))
        return sum([await self._tried(row) for row in due])

    async def _tried(self, row: Row) -> bool:
        document = Digest.parse(row["document"])
        wanted = Wanted(
            asked=Level(row["asked"]), reached=Level(row["reached"]), why=row["why"],
            authorities=tuple(json.loads(row["authorities"])), budget=row["budget"],
        )  # fmt: skip
        try:
            extended = await self.extend(await self.blobs.read(document), wanted)
        except StoreUnavailable:
            raise
        except CongvanError as error:
            await self._failed(row, Sentence.of(error).said(self.says))
            return False
        except Exception as error:  # a bug must not stop the server, nor the documents behind this one
            logger.exception("bug", extra={"document": row["document"]})
            await self._failed(row, type(error).__name__)
            return False
        await self._done(document, extended, wanted)
        return True

    async def _failed(self, row: Row, why: str) -> None:
        logger.warning("extension failed", extra={"document": row["document"], "why": why})
        seconds = min(_FIRST_WAIT_SECONDS << min(row["attempt"], 16), self.pace.longest_wait_seconds)
        now = self.clock.now()
        async with self.store.write() as tx:
            await tx.run(
                "extension_failed", document=row["document"], error=why[:_MAX_ERROR],
                run_at=stamp(now + timedelta(seconds=seconds)), now=stamp(now),
            )  # fmt: skip

    async def _done(self, document: Digest, extended: bytes, wanted: Wanted) -> None:
        result, now = await self.blobs.add(extended), self.clock.now()
        async with self.store.write() as tx:
            if await self.blobs.missing([result]):
                raise StoreUnavailable("The file was tidied away meanwhile; file it again.")
            await tx.run(
                "extension_done", document=str(document), result=str(result), size=len(extended),
                now=stamp(now),
            )  # fmt: skip
            await self.journal.record(
                tx, "timestamped", now, parts={"1": result}, document=str(document),
                level=wanted.asked.value,
            )  # fmt: skip
        await self.journal.publish()
