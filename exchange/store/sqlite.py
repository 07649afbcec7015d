"""Adapter: an office's state in one SQLite file (WAL, synchronous=FULL), shared by server and command line.

One writer connection and one reader connection per process. Writers of one process that come at the same time
are committed together, so that a slow disk is waited for once (group commit).
"""

import asyncio
import functools
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import aiosqlite

from exchange.errors import OfficeError
from exchange.store.port import Conflict, Row, StoreUnavailable, Transaction, Value
from pki.words import N_, Sentence

_FIRST_VERSION, SCHEMA_VERSION = 3, 4
"""`schema.sql` makes the first; `upgrade-N.sql` version N of the one before, in new files and in old ones."""
_APPLICATION_ID = 0x43564F46  # "CVOF", so that `file` and we can tell our database from another
_PRAGMAS = (
    "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF",
    "recursive_triggers = ON",  # a row that REPLACE would delete is defended like any other
)  # fmt: skip
_QUERY = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@functools.cache
def queries() -> Mapping[str, str]:
    """Return the named queries of this dialect."""
    pieces = _QUERY.split(_sql("queries.sql"))
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


_REASONS = {
    sqlite3.SQLITE_FULL: N_("the disk is full"),
    sqlite3.SQLITE_READONLY: N_("the disk is read-only"),
    sqlite3.SQLITE_BUSY: N_("another process holds it for too long"),
}
"""SQLite's own words, where people meet them, in words that can be said."""


def create_database(path: Path) -> None:
    """Make the file with its schema; blocking, for `init` alone. `OfficeError` if it cannot be."""
    path.touch(mode=0o600, exist_ok=False)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        database.executescript(_in_one(_sql("schema.sql"), _FIRST_VERSION))
        for version in range(_FIRST_VERSION + 1, SCHEMA_VERSION + 1):
            database.executescript(_upgrade(version))
    except sqlite3.Error as error:
        raise _ours(error) from error
    finally:
        database.close()


@asynccontextmanager
async def open_database(path: Path, busy_seconds: int) -> AsyncIterator["SqliteStore"]:
    """Open an office's database; `OfficeError` if it is not one, or newer than this program.

    One that an older program wrote is brought to this program's schema; all that is in it stays.
    """
    if not await asyncio.to_thread(os.access, path, os.R_OK | os.W_OK):
        raise OfficeError("There is no office database at {path} that we may read and write.", path=path)
    async with _connect(path, busy_seconds) as writer, _connect(path, busy_seconds) as reader:
        await _bring_up_to_date(writer, await _version(reader, path))
        yield SqliteStore(writer, reader)


class SqliteStore:
    """A `Store` on SQLite."""

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._writer = writer
        self._reader = reader
        self._turn = asyncio.Lock()  # guards the writer connection and `_group`
        self._reading = asyncio.Lock()
        self._group: _Group | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """Run the block in a savepoint of the open group, then see the group committed."""
        member = _Member()
        try:
            async with self._turn:
                try:
                    await _finish(self._join(member))
                    yield _Queries(self._writer)
                    await _execute(self._writer, "RELEASE member")
                except BaseException:
                    await _finish(self._undo(member))
                    raise
        finally:
            # The lock is fair: writers who wait now join the group before any member gets to commit it.
            await _finish(self._commit(member))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """Run the block over one snapshot."""
        async with self._reading:
            try:
                # Whoever is cancelled here may have begun all the same: the connection's thread goes on.
                await _finish(_execute(self._reader, "BEGIN"))
                yield _Queries(self._reader)
            finally:
                if self._reader.in_transaction:
                    await _finish(_execute(self._reader, "ROLLBACK"))

    async def changes(self) -> int:
        """Return SQLite's data_version, as the reader connection sees it."""
        async with self._reading:
            rows = await _fetch(self._reader, "PRAGMA data_version")
        return int(rows[0]["data_version"])

    async def _join(self, member: "_Member") -> None:
        if self._group is None:
            await _execute(self._writer, "BEGIN IMMEDIATE")
            self._group = _Group()
        await _execute(self._writer, "SAVEPOINT member")
        member.group = self._group

    async def _undo(self, member: "_Member") -> None:
        if member.group is None:
            return
        if self._writer.in_transaction:
            await _execute(self._writer, "ROLLBACK TO member")
            await _execute(self._writer, "RELEASE member")
        else:  # a full disk or an I/O error made SQLite undo the whole transaction, not only our part
            self._group = None  # else the next writer's savepoint would be a transaction of its own
            member.group.lost = StoreUnavailable("The office's database could not be written.")

    async def _commit(self, member: "_Member") -> None:
        group = member.group
        if group is None:
            return
        async with self._turn:
            if self._group is group:
                self._group = None
                await self._end(group)
        if group.lost:
            raise group.lost

    async def _end(self, group: "_Group") -> None:
        try:
            if group.lost is None:
                await _execute(self._writer, "COMMIT")
        except StoreUnavailable as error:
            group.lost = error
            if self._writer.in_transaction:
                await _execute(self._writer, "ROLLBACK")


class _Group:
    """Writers that are committed together; `lost` says why none of them was."""

    lost: StoreUnavailable | None = None


class _Member:
    """One writer; it has a group once its savepoint is set."""

    group: _Group | None = None


class _Queries:
    """Named queries on a connection."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, query: str, /, **values: Value) -> list[Row]:
        return await _fetch(self._connection, queries()[query], values)

    async def row(self, query: str, /, **values: Value) -> Row | None:
        rows = await self.rows(query, **values)
        assert len(rows) <= 1, query
        return rows[0] if rows else None

    async def run(self, query: str, /, **values: Value) -> int:
        return await _execute(self._connection, queries()[query], values)

    async def run_each(self, query: str, values: Sequence[Mapping[str, Value]], /) -> int:
        try:
            async with self._connection.executemany(queries()[query], values) as cursor:
                return cursor.rowcount
        except sqlite3.Error as error:
            raise _ours(error) from error


async def _execute(
    connection: aiosqlite.Connection, sql: str, values: Mapping[str, Value] | None = None
) -> int:
    """Run a statement, in one visit to the connection's thread; return how many rows it changed."""
    before = connection.total_changes
    await _fetch(connection, sql, values)
    return connection.total_changes - before


async def _fetch(
    connection: aiosqlite.Connection, sql: str, values: Mapping[str, Value] | None = None
) -> list[Row]:
    try:
        return [dict(row) for row in await connection.execute_fetchall(sql, values or {})]
    except sqlite3.Error as error:
        raise _ours(error) from error


def _ours(error: sqlite3.Error) -> Exception:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict("The office's database refuses: {why}.", why=error)
    if isinstance(error, sqlite3.ProgrammingError):
        return error  # our bug: a wrong query or a closed connection
    known = _REASONS.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)  # without what is more exact
    reason = str(error) if known is None else Sentence(known)
    return StoreUnavailable("The office's database cannot be used now: {why}.", why=reason)


async def _finish(work: Coroutine[Any, Any, object]) -> None:
    """Let `work` end even if we are cancelled meanwhile, then be cancelled: nothing stays half open."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled and not task.exception():
        raise cancelled
    task.result()


@asynccontextmanager
async def _connect(path: Path, busy_seconds: int) -> AsyncIterator[aiosqlite.Connection]:
    try:
        async with aiosqlite.connect(
            _address(path), uri=True, isolation_level=None, timeout=busy_seconds
        ) as connection:
            connection.row_factory = sqlite3.Row
            for pragma in _PRAGMAS:
                await _execute(connection, f"PRAGMA {pragma}")
            yield connection
    except sqlite3.Error as error:
        raise _ours(error) from error


def _address(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=rw"  # never make an empty database where one is missing


async def _version(connection: aiosqlite.Connection, path: Path) -> int:
    application = (await _fetch(connection, "PRAGMA application_id"))[0]["application_id"]
    version: int = (await _fetch(connection, "PRAGMA user_version"))[0]["user_version"]
    if application != _APPLICATION_ID:
        raise OfficeError("{path} is not an office's database.", path=path)
    if not _FIRST_VERSION <= version <= SCHEMA_VERSION:
        raise OfficeError(
            "{path} has schema version {found}; this program knows {known}.",
            hint="Use the version of the program that wrote it, or a newer one.",
            path=path, found=version, known=SCHEMA_VERSION,
        )  # fmt: skip
    return version


async def _bring_up_to_date(writer: aiosqlite.Connection, found: int) -> None:
    for version in range(found + 1, SCHEMA_VERSION + 1):
        try:
            await writer.executescript(_upgrade(version))
        except sqlite3.Error:
            if writer.in_transaction:
                await _execute(writer, "ROLLBACK")
            # Another process may have been first: a server and a command are started together.
            if (await _fetch(writer, "PRAGMA user_version"))[0]["user_version"] < version:
                raise


def _upgrade(version: int) -> str:
    return _in_one(_sql(f"upgrade-{version}.sql"), version)


def _in_one(script: str, version: int) -> str:
    """Return a script that makes this version of the schema, or changes nothing."""
    return f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {version};\nCOMMIT;"


def _sql(name: str) -> str:
    return resources.files("exchange.store").joinpath("sql", f"sqlite-{name}").read_text(encoding="utf-8")
