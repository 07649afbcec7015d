"""What SQLite alone promises: its tables defend themselves against our mistakes, and its file is known."""

import re
import sqlite3
from pathlib import Path

import pytest

from exchange.errors import OfficeError
from exchange.store.port import StoreUnavailable
from exchange.store.sqlite import create_database, open_database, queries

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_database(tmp_path / "office.db")
    return tmp_path / "office.db"


ROWS = {
    "entry": "INSERT INTO entry (data) VALUES (x'00')",
    "tree_hash": "INSERT INTO tree_hash VALUES (0, 0, zeroblob(32))",
    "checkpoint": "INSERT INTO checkpoint VALUES (1, x'', x'00')",
    "evidence": "INSERT INTO evidence VALUES ('e','issued','A','m','B','x',1,'sha256:aa',x'00','','2026')",
    "message": "INSERT INTO message VALUES ('A','m','in','document','sha256:aa',x'00','2026')",
}


@pytest.mark.parametrize("table", ROWS)
@pytest.mark.parametrize("change", ["UPDATE {table} SET rowid = rowid", "DELETE FROM {table}"])
def test_what_is_evidence_can_neither_be_changed_nor_deleted(path: Path, table: str, change: str) -> None:
    database = sqlite3.connect(path)
    database.execute(ROWS[table])
    statement = change.format(table=table).replace("rowid", _column(table))
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        database.execute(statement)
    database.close()


def _column(table: str) -> str:
    return {
        "entry": "data",
        "tree_hash": "value",
        "checkpoint": "note",
        "evidence": "jws",
        "message": "kind",
    }[table]


async def test_a_database_of_a_newer_program_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(OfficeError, match="schema version 99"):
        async with open_database(path, 1):
            pass


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
        with pytest.raises(StoreUnavailable, match="locked"):
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
