"""What every adapter of the port Ledger promises. A new adapter adds one row to LEDGERS."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.audit import checkpoint, log
from exchange.audit.checkpoint import Checkpoint
from exchange.audit.log import Advance, HeadMoved, Ledger
from exchange.audit.note import SigningKey
from exchange.store.ledger import StoreLedger
from exchange.store.sqlite import create_database, open_database
from tests.contracts.memory_ledger import MemoryLedger

KEY = SigningKey.generate("log.example.gov/audit")


@dataclass(frozen=True)
class Bench:
    """A ledger, what a business transaction does to it, and a new start after a crash."""

    ledger: Ledger
    write: Callable[..., Awaitable[None]]
    reopened: Callable[[], Awaitable[Ledger]]


@asynccontextmanager
async def in_memory(_folder: Path) -> AsyncIterator[Bench]:
    ledger = MemoryLedger()

    async def write(*entries: bytes) -> None:
        ledger.write(*entries)

    async def reopened() -> Ledger:
        return ledger

    yield Bench(ledger, write, reopened)


@asynccontextmanager
async def in_sqlite(folder: Path) -> AsyncIterator[Bench]:
    path = folder / "office.db"
    create_database(path)
    async with open_database(path, 5) as store, open_database(path, 5) as other:

        async def write(*entries: bytes) -> None:
            async with store.write() as tx:
                for entry in entries:
                    await tx.run("entry_add", data=entry, evidence=None)

        async def reopened() -> Ledger:
            return StoreLedger(other)

        yield Bench(StoreLedger(store), write, reopened)


LEDGERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Bench]]] = {
    "in memory": in_memory,
    "in SQLite": in_sqlite,
}


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(params=list(LEDGERS.values()), ids=list(LEDGERS))
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with request.param(tmp_path) as bench:
        yield bench


@pytest.fixture
async def ledger(bench: Bench) -> Ledger:
    await log.begin(bench.ledger, KEY, Noon())
    return bench.ledger


def some(count: int, *, of: str = "entry") -> list[bytes]:
    return [f"{of} {index}".encode() for index in range(count)]


async def test_a_new_ledger_has_no_head_and_nothing_else(bench: Bench) -> None:
    assert await bench.ledger.head() is None
    assert list(await bench.ledger.pending(10)) == []
    assert list(await bench.ledger.entries(0, 10)) == []
    assert list(await bench.ledger.hashes(0, 0, 10)) == []
    assert list(await bench.ledger.checkpoints(-1, 10)) == []


async def test_a_log_is_begun_once(ledger: Ledger) -> None:
    with pytest.raises(HeadMoved):
        await log.begin(ledger, KEY, Noon())


async def test_pending_entries_come_in_the_order_in_which_they_were_written(bench: Bench) -> None:
    await bench.write(*some(5))
    await bench.write(*some(5, of="later"))
    first = await bench.ledger.pending(7)
    assert [item.entry for item in first] == [*some(5), *some(2, of="later")]
    assert [item.id for item in first] == sorted(item.id for item in first)


async def test_what_was_placed_is_no_longer_pending_and_can_be_read(bench: Bench, ledger: Ledger) -> None:
    await bench.write(*some(5))
    await log.sequence(ledger, KEY, Noon(), limit=3)
    assert list(await ledger.entries(0, 10)) == some(3)
    assert list(await ledger.entries(1, 1)) == some(5)[1:2]
    assert [item.entry for item in await ledger.pending(10)] == some(5)[3:]


async def test_what_was_advanced_is_there_after_a_new_start(bench: Bench, ledger: Ledger) -> None:
    await bench.write(*some(300))
    await log.sequence(ledger, KEY, Noon(), limit=260)
    before = await ledger.head()
    again = await bench.reopened()
    assert await again.head() == before
    assert len(await again.hashes(0, 0, 1000)) == 260
    assert len(await again.hashes(1, 0, 1000)) == 1
    await log.sequence(again, KEY, Noon())
    assert (await log.check_log(again, KEY.verifier)).checkpoint.size == 300


async def test_an_advance_from_an_old_head_stores_nothing(bench: Bench, ledger: Ledger) -> None:
    old = await ledger.head()
    await bench.write(*some(2))
    await log.sequence(ledger, KEY, Noon(), limit=1)
    moved = await ledger.head()
    assert old is not None
    with pytest.raises(HeadMoved):
        await ledger.advance(old, Advance((), (), old))
    assert await ledger.head() == moved
    assert len(await ledger.pending(10)) == 1


async def test_an_entry_is_not_placed_twice(bench: Bench, ledger: Ledger) -> None:
    await bench.write(*some(1))
    (item,) = await ledger.pending(1)
    await log.sequence(ledger, KEY, Noon())
    head = await ledger.head()
    assert head is not None
    with pytest.raises(HeadMoved):
        await ledger.advance(head, Advance((log.Placed(item.id, 1, item.entry),), (), head))
    assert list(await ledger.entries(0, 10)) == some(1)


async def test_of_two_sequencers_one_is_told_that_the_head_moved(bench: Bench, ledger: Ledger) -> None:
    await bench.write(*some(20))
    runs = [log.sequence(ledger, KEY, Noon(), limit=5) for _ in range(4)]
    outcomes = await asyncio.gather(*runs, return_exceptions=True)
    assert all(isinstance(outcome, Checkpoint | HeadMoved) for outcome in outcomes)
    while await ledger.pending(1):
        await log.sequence(ledger, KEY, Noon(), limit=5)
    assert list(await ledger.entries(0, 100)) == some(20)
    await log.check_log(ledger, KEY.verifier)


async def test_checkpoints_are_kept_by_size(bench: Bench, ledger: Ledger) -> None:
    await bench.write(*some(6))
    for _ in range(3):
        await log.sequence(ledger, KEY, Noon(), limit=2)
    sizes = [checkpoint.parse(signed).size for signed in await ledger.checkpoints(-1, 10)]
    assert sizes == [0, 2, 4, 6]
    assert [checkpoint.parse(signed).size for signed in await ledger.checkpoints(2, 1)] == [4]
