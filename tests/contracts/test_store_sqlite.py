"""What SQLite alone promises: its tables defend themselves against our mistakes, and its file is known."""

import asyncio
import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from exchange.errors import OfficeError
from exchange.status import MOVES, Status
from exchange.store.port import StoreUnavailable
from exchange.store.sqlite import _in_one, _sql, create_database, open_database, queries

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_database(tmp_path / "office.db")
    return tmp_path / "office.db"


ROWS = {
    "office": ("INSERT INTO office VALUES (1,'A','A','log','','','2026')", "origin = 'other'"),
    "series": ("INSERT INTO series VALUES ('cv',2026,1)", "first = first"),
    "document": ("INSERT INTO document VALUES ('sha256:aa',1,'5','VP','2026-01-01','2026')", "size = 2"),
    "sealing": ("INSERT INTO sealing VALUES ('sha256:bb','sha256:aa')", "signed = signed"),
    "message": ("INSERT INTO message VALUES ('A','m','in','document','sha256:aa',x'00','2026')", "id = 'n'"),
    "message_part": ("INSERT INTO message_part VALUES ('A','m','sha256:aa')", "digest = digest"),
    "arrival": ("INSERT INTO arrival VALUES ('A','m','01','','2026')", "message_id = message_id"),
    "arrival_number": ("INSERT INTO arrival_number VALUES (2026,1,'A','m','2026')", "sender = 'B'"),
    "report": ("INSERT INTO report VALUES ('m','B','01','','','2026','n')", "reason = reason"),
    "delivery": (
        "INSERT INTO delivery VALUES (1,'A','m','B',0,'delivered',1,'2026','2026',NULL,NULL,'','2026')",
        "state = state",
    ),
    "evidence": (
        "INSERT INTO evidence VALUES ('e','issued','A','m','B','x',1,'sha256:aa',x'00','','2026')",
        "jws = jws",
    ),
    "entry": ("INSERT INTO entry (id, data, evidence) VALUES (1, x'00', 'e')", "data = data"),
    "tree_hash": ("INSERT INTO tree_hash VALUES (0, 0, zeroblob(32))", "value = value"),
    "checkpoint": ("INSERT INTO checkpoint VALUES (1, x'', x'00')", "note = note"),
}  # fmt: skip
"""For each table that keeps its rows: a row, and an assignment that is refused."""


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("change", ["UPDATE {table} SET {change}", "DELETE FROM {table}", "REPLACE"])
def test_what_is_kept_can_neither_be_changed_nor_deleted_nor_replaced(
    path: Path, table: str, change: str
) -> None:
    """The connection is a plain one: what defends the rows stands in the file."""
    insert, assignment = ROWS[table]
    statement = change.format(table=table, change=assignment)
    if change == "REPLACE":
        statement = insert.replace("INSERT", "INSERT OR REPLACE")
    database = sqlite3.connect(path)
    database.execute(insert)
    with pytest.raises(sqlite3.IntegrityError, match=r"never|only grows|begun|gap"):
        database.execute(statement)
    database.close()


SECOND_KEYS = {
    "evidence, the same answer": (
        "evidence",
        ROWS["evidence"][0].replace("'e','issued'", "'f','received'").replace("'x',1", "'x',0"),
    ),
    "evidence, a second receipt": (
        "evidence", ROWS["evidence"][0].replace("'e'", "'f'").replace("sha256:aa", "sha256:bb"),
    ),
    "document, the same number": ("document", ROWS["document"][0].replace("sha256:aa", "sha256:bb")),
    "arrival number, the same message": (
        "arrival_number", ROWS["arrival_number"][0].replace("2026,1", "2026,2"),
    ),
    "delivery, the same message": ("delivery", ROWS["delivery"][0].replace("(1,", "(2,")),
    "entry, the same evidence": ("entry", ROWS["entry"][0].replace("(1,", "(2,")),
}  # fmt: skip


@pytest.mark.parametrize("name", SECOND_KEYS)
def test_no_second_key_replaces_a_row_either(path: Path, name: str) -> None:
    table, second = SECOND_KEYS[name]
    database = sqlite3.connect(path)
    database.execute(ROWS[table][0])
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        database.execute(second.replace("INSERT", "INSERT OR REPLACE"))
    assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)
    database.close()


async def test_our_own_connections_let_triggers_defend_what_replace_would_delete(path: Path) -> None:
    async with open_database(path, 1) as store:
        for connection in (store._writer, store._reader):
            [[on]] = await connection.execute_fetchall("PRAGMA recursive_triggers")
            assert on == 1


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
def test_the_database_knows_the_same_moves_as_the_table_of_statuses(
    path: Path, before: Status, after: Status
) -> None:
    database = sqlite3.connect(path)
    database.execute("DROP TRIGGER arrival_once")
    database.execute("INSERT INTO arrival VALUES ('A', 'm', ?, '', '2026')", [before])
    allowed = contextlib.nullcontext() if after in MOVES[before] else pytest.raises(sqlite3.IntegrityError)
    with allowed:
        database.execute("UPDATE arrival SET status = ?", [after])
    database.close()


async def test_a_database_of_a_newer_program_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(OfficeError, match="schema version 99"):
        async with open_database(path, 1):
            pass


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A database as the first version wrote it, with a document in it."""
    path = tmp_path / "older.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA application_id = 0x43564F46")
        database.executescript(_in_one(_sql("schema.sql"), 3))
        database.execute(ROWS["document"][0])
    return path


def schema(path: Path) -> tuple[int, set[tuple[str, str]]]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        return version, set(database.execute("SELECT name, sql FROM sqlite_schema"))


async def test_a_database_of_an_older_program_is_brought_up_to_date(older: Path, path: Path) -> None:
    assert schema(older)[0] == 3
    async with open_database(older, 1) as store, store.read() as tx:
        row = await tx.row("document", digest="sha256:aa")
    assert row is not None
    assert row["number"] == "5"
    assert schema(older) == schema(path)


async def test_two_programs_may_bring_a_database_up_to_date_at_once(older: Path, path: Path) -> None:
    async def opens() -> None:
        async with open_database(older, 5):
            await asyncio.sleep(0)

    await asyncio.gather(*(opens() for _ in range(5)))
    assert schema(older) == schema(path)


async def test_an_upgrade_that_fails_changes_nothing(older: Path) -> None:
    with contextlib.closing(sqlite3.connect(older)) as database:
        database.execute("CREATE TRIGGER sealing_once BEFORE UPDATE ON document BEGIN SELECT 1; END")
    before = schema(older)
    with pytest.raises(StoreUnavailable):
        async with open_database(older, 1):
            pass
    assert schema(older) == before


async def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE x (y)").connection.close()
    with pytest.raises(OfficeError, match="not an office's database"):
        async with open_database(tmp_path / "other.db", 1):
            pass


async def test_a_missing_database_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match="no office database"):
        async with open_database(tmp_path / "none.db", 1):
            pass
    assert not (tmp_path / "none.db").exists()


async def test_a_database_that_somebody_else_keeps_locked_is_said_to_be_unavailable(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with open_database(path, 0) as store:
        with pytest.raises(StoreUnavailable, match="another process holds it"):
            async with store.write():
                pass
        other.execute("ROLLBACK")
        async with store.write() as tx:
            assert await tx.row("number_next", series="x", year=2026)
    other.close()


def test_every_query_the_code_names_exists_and_every_query_is_used() -> None:
    code = "\n".join(each.read_text() for each in (ROOT / "exchange").rglob("*.py"))
    named = set(re.findall(r"(?:rows?|run|run_each|_row)\(\s*\"(\w+)\"", code))
    assert named == set(queries())
