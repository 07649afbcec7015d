"""What goes wrong beside an office, on its disk and in its database, stays there and is told."""

import asyncio
import contextlib
import datetime as dt
import os
import sqlite3

import pytest

from exchange import care
from exchange.errors import LogError, OfficeError
from exchange.office import Office
from exchange.sending import Letter
from exchange.store.port import StoreUnavailable
from tests.exchange.offices import HUE, Pair, filed

ODD = [".0a1b.Xy12", ".DS_Store", "notes.txt", "abcd", "0" * 63 + "G"]


async def tidied(office: Office) -> int:
    return await care.tidy(office.rooms.store, office.rooms.blobs, office.now(), dt.timedelta(0))


async def test_a_strangers_file_among_the_blobs_is_left_alone(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    folder = office.identity.home / "blobs" / "ab"
    folder.mkdir(parents=True)
    for name in ODD:
        (folder / name).write_text("not ours")
        os.utime(folder / name, (0, 0))
    unused = folder / ("ab" + "0" * 62)
    unused.write_text("ours, and nobody's")
    os.utime(unused, (0, 0))
    assert await tidied(office) == 1
    assert sorted(each.name for each in folder.iterdir()) == sorted(ODD)
    assert "a file that is not the office's" in caplog.text


async def test_a_file_that_cannot_be_deleted_is_told_and_the_others_go(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    folder = office.identity.home / "blobs" / "ab"
    folder.mkdir(parents=True)
    stuck, unused = folder / ("ab" + "1" * 62), folder / ("ab" + "0" * 62)
    stuck.mkdir()
    unused.write_text("nobody's")
    for each in (stuck, unused):
        os.utime(each, (0, 0))
    assert await tidied(office) == 1
    assert not unused.exists()
    assert "cannot be deleted" in caplog.text


async def test_who_is_told_that_nothing_was_written_has_written_nothing(pair: Pair) -> None:
    """A full disk makes SQLite undo the group of all writers who wait with it; the next one begins anew."""
    store = pair.hanoi.rooms.store
    document = await filed(pair.hanoi)
    pages = (await store._writer.execute_fetchall("PRAGMA page_count"))[0][0]  # type: ignore[attr-defined]
    await store._writer.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    async def big() -> None:
        async with store.write() as tx:
            for _ in range(200):
                await tx.run("entry_add", data=bytes(4000), evidence=None)

    async def sent(number: int) -> bool:
        with contextlib.suppress(StoreUnavailable):
            await pair.hanoi.send(document, [HUE], Letter(subject=f"V/v {number}"))
            return True
        return False

    done = await asyncio.gather(big(), *map(sent, range(6)), return_exceptions=True)
    assert isinstance(done[0], StoreUnavailable)
    await store._writer.execute(f"PRAGMA max_page_count = {pages + 10_000}")  # type: ignore[attr-defined]
    said = {f"V/v {number}" for number, good in enumerate(done[1:]) if good is True}
    kept = {each.envelope.header.subject for each in await pair.hanoi.outbox() if each.envelope.header}
    assert kept == said
    assert await sent(7)


async def test_a_log_that_holds_more_than_it_signed_is_told_at_once(office: Office) -> None:
    await filed(office)
    with contextlib.closing(sqlite3.connect(office.identity.home / "office.db")) as database:
        database.execute("INSERT INTO tree_hash SELECT 0, max(size), zeroblob(32) FROM checkpoint")
        database.execute("INSERT INTO entry (data, evidence) VALUES (x'7b7d', NULL)")
        database.commit()
    async with asyncio.timeout(30):
        with pytest.raises(LogError, match="more than its newest checkpoint"):
            await office.reserve()
        with pytest.raises(LogError):
            await office.check_log()


async def test_evidence_about_another_agencys_message_of_the_same_id_is_not_about_ours(pair: Pair) -> None:
    ours = await pair.send()
    await pair.answered(ours)
    [receipt] = await pair.hanoi.evidence(ours)
    store = pair.hanoi.rooms.store
    async with store.write() as tx:
        row = (await tx.rows("evidence_of_message", message_id=ours))[0]
    changed = {**row, "id": "0" * 36, "sender": "H99", "side": "issued"}
    columns, marks = ", ".join(changed), ", ".join(f":{each}" for each in changed)
    await store._writer.execute("PRAGMA foreign_keys = OFF")  # type: ignore[attr-defined]
    await store._writer.execute(  # type: ignore[attr-defined]
        f"INSERT INTO evidence ({columns}) VALUES ({marks})", changed
    )
    await store._writer.commit()  # type: ignore[attr-defined]
    assert [each.id for each in await pair.hanoi.evidence(ours)] == [receipt.id]


async def test_two_senders_of_one_id_are_told_apart_by_name(pair: Pair) -> None:
    message = await pair.send()
    await pair.answered(message)
    with pytest.raises(OfficeError, match="There is no message"):
        await pair.hue.status(message, sender="H99")
    assert (await pair.hue.status(message, sender="H26.05")).envelope.message_id == message
