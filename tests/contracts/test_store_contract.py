"""What every `Store` promises, run on every adapter: a new one adds itself to `opened`, nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from exchange.store.port import Conflict, Store, Transaction
from exchange.store.sqlite import create_database, open_database

Open = Callable[[], AbstractAsyncContextManager[Store]]
"""Opens the same state anew, as another process would."""


@pytest.fixture(params=["sqlite"])
def opened(tmp_path: Path) -> Open:
    path = tmp_path / "office.db"
    create_database(path)
    return lambda: open_database(path, 5)


@pytest.fixture
async def store(opened: Open) -> AsyncIterator[Store]:
    async with opened() as each:
        yield each


async def add_entry(tx: Transaction, data: bytes) -> None:
    await tx.run("entry_add", data=data, evidence=None)


async def entries(store: Store) -> list[bytes]:
    async with store.read() as tx:
        return [row["data"] for row in await tx.rows("entries_pending", most=100)]


async def fail_after_writing(store: Store) -> None:
    with contextlib.suppress(RuntimeError):
        async with store.write() as tx:
            await add_entry(tx, b"lost")
            raise RuntimeError


async def add_number(tx: Transaction, number: int) -> None:
    await tx.run(
        "number_add", series="x", year=2026, number=number, reservation=f"r{number}", lease_until="2026"
    )


async def test_what_a_block_wrote_is_there_after_it(store: Store) -> None:
    async with store.write() as tx:
        await add_entry(tx, b"one")
    assert await entries(store) == [b"one"]


async def test_another_opener_sees_what_was_committed(store: Store, opened: Open) -> None:
    async with store.write() as tx:
        await add_entry(tx, b"one")
    async with opened() as other:
        assert await entries(other) == [b"one"]


async def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    await fail_after_writing(store)
    assert await entries(store) == []


async def test_a_block_sees_its_own_writes_and_readers_do_not(store: Store) -> None:
    async with store.write() as tx:
        await add_entry(tx, b"one")
        assert len(await tx.rows("entries_pending", most=9)) == 1
        assert await entries(store) == []


async def test_a_reader_keeps_its_snapshot(store: Store) -> None:
    async with store.read() as before:
        assert await before.rows("entries_pending", most=9) == []
        async with store.write() as tx:
            await add_entry(tx, b"one")
        assert await before.rows("entries_pending", most=9) == []


async def test_writers_wait_for_each_other(store: Store, opened: Open) -> None:
    async with opened() as other:
        await asyncio.gather(*(_count(each) for each in (store, other) * 10))
    async with store.read() as tx:
        row = await tx.row("number_next", series="x", year=2026)
    assert row
    assert row["number"] == 21


async def _count(store: Store) -> None:
    async with store.write() as tx:
        row = await tx.row("number_next", series="x", year=2026)
        assert row
        await asyncio.sleep(0)
        await add_number(tx, row["number"])


async def test_one_failing_writer_does_not_take_others_with_it(store: Store) -> None:
    async def holds(name: bytes) -> None:
        async with store.write() as tx:
            await add_entry(tx, name)

    await asyncio.gather(holds(b"a"), fail_after_writing(store), holds(b"b"), fail_after_writing(store))
    assert sorted(await entries(store)) == [b"a", b"b"]


@pytest.mark.parametrize("turns", range(0, 60, 3))
async def test_a_cancelled_writer_leaves_all_or_nothing_and_no_lock(
    store: Store, opened: Open, turns: int
) -> None:
    async def two() -> None:
        async with store.write() as tx:
            await add_entry(tx, b"1")
            await add_entry(tx, b"2")

    task = asyncio.create_task(two())
    for _ in range(turns):
        await asyncio.sleep(0.0005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(await entries(store)) in {0, 2}
    async with opened() as other, other.write() as tx:
        await add_entry(tx, b"3")


async def test_a_reader_that_is_cancelled_as_it_begins_leaves_nothing_begun(store: Store) -> None:
    async def look() -> None:
        async with store.read():
            await asyncio.sleep(0)

    for turns in range(200):
        task = asyncio.create_task(look())
        for _ in range(turns % 8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await entries(store) == []


async def test_changes_tell_of_commits_by_others(store: Store, opened: Open) -> None:
    before = await store.changes()
    assert await store.changes() == before
    async with opened() as other, other.write() as tx:
        await add_entry(tx, b"one")
    assert await store.changes() != before


async def test_a_number_may_not_leave_a_gap(store: Store) -> None:
    with pytest.raises(Conflict, match="gap"):
        async with store.write() as tx:
            await add_number(tx, 2)


async def test_a_number_may_not_be_given_twice(store: Store) -> None:
    async with store.write() as tx:
        await add_number(tx, 1)
    with pytest.raises(Conflict):
        async with store.write() as tx:
            await add_number(tx, 1)


async def test_a_placed_entry_is_never_placed_again(store: Store) -> None:
    async with store.write() as tx:
        await add_entry(tx, b"one")
        [row] = await tx.rows("entries_pending", most=1)
        assert await tx.run("entry_place", id=row["id"], leaf_index=0) == 1
        assert await tx.run("entry_place", id=row["id"], leaf_index=1) == 0


async def test_one_message_has_one_positive_receipt_for_ever(store: Store) -> None:
    async with store.write() as tx:
        await give(tx, "e1", "sha256:aa", positive=1)
    for evidence, digest, positive in (("e2", "sha256:bb", 1), ("e3", "sha256:aa", 0)):
        with pytest.raises(Conflict):
            async with store.write() as tx:
                await give(tx, evidence, digest, positive=positive)


async def give(tx: Transaction, evidence: str, digest: str, *, positive: int, issuer: str = "B") -> None:
    await tx.run(
        "evidence_add", id=evidence, side="issued", sender="A", message_id="m", recipient=issuer, event="x",
        positive=positive, envelope_digest=digest, jws=b"{}", proof="", time="2026",
    )  # fmt: skip


async def test_two_issuers_may_give_their_evidence_the_same_id(store: Store) -> None:
    async with store.write() as tx:
        for issuer in ("B", "C"):
            await give(tx, "e1", "sha256:aa", positive=1, issuer=issuer)
    with pytest.raises(Conflict):
        async with store.write() as tx:
            await give(tx, "e1", "sha256:bb", positive=0)
