"""Port: where state is kept. Rules name a query; an adapter knows what it says in its own dialect."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from exchange.errors import OfficeError

Value = str | int | bytes | None
Row = Mapping[str, Any]
"""One row by column name; what a column holds is the schema's promise."""


class StoreUnavailable(OfficeError):
    """The store is locked, full or damaged: nothing was written, and trying again later may help."""

    code = "exchange.office.store"


class NoRoom(StoreUnavailable):
    """What is left of the disk is kept for the office's own work."""

    code = "exchange.office.store.full"


class Conflict(OfficeError):
    """A unique key, a check or a trigger of the schema forbids this write: the caller lost a race or errs."""

    code = "exchange.office.conflict"


class Transaction(Protocol):
    """Named queries inside one transaction. All raise `Conflict` or `StoreUnavailable`."""

    async def rows(self, query: str, /, **values: Value) -> list[Row]:
        """Run the query and return all its rows."""
        ...

    async def row(self, query: str, /, **values: Value) -> Row | None:
        """Run the query and return its only row, or None; more than one is our bug."""
        ...

    async def run(self, query: str, /, **values: Value) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    async def run_each(self, query: str, values: Sequence[Mapping[str, Value]], /) -> int:
        """Run a statement once for each mapping; return how many rows were changed in all."""
        ...


class Store(Protocol):
    """One office's state.

    A write transaction is serializable and exclusive among all processes; when its block ends it is on
    disk, or it never happened. A block that raises leaves nothing behind. Blocks do nothing but queries: no
    network, no files, no waiting for people.
    """

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a write transaction. Leaving the block commits it durably; raising undoes it."""
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a read transaction over one consistent snapshot."""
        ...

    async def changes(self) -> int:
        """Return a number that differs from the last one if any process committed since."""
        ...
