"""A real server process of one office that kills itself at a chosen commit.

    python tests/faults/node.py HOME before|after N     SIGKILL before/after the N-th commit from now on
    python tests/faults/node.py HOME never 0            serve until SIGTERM

The store is wrapped here; the product has no hook for it. Prints the bound address once it takes connections.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from exchange.http.client import open_courier
from exchange.node import load_node
from exchange.service import extending, join, only_one, run
from exchange.settings import read_settings
from exchange.store.blobs import Blobs
from exchange.store.port import Store, Transaction
from exchange.store.sqlite import open_database
from pki.clock import SystemClock
from tests.exchange.offices import believe


class Mortal:
    """A store whose process dies at one commit."""

    def __init__(self, store: Store, when: str, which: int) -> None:
        self._store = store
        self._when = when
        self._left = which

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self._store.write() as tx:
            yield tx
            self._left -= 1
            last = self._left == 0
            if last and self._when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        if last and self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    def read(self) -> contextlib.AbstractAsyncContextManager[Transaction]:
        return self._store.read()

    async def changes(self) -> int:
        return await self._store.changes()


async def main(home: Path, when: str, which: int) -> None:
    settings, node, blobs = (
        read_settings(home / "settings.toml"),
        load_node(home / "keys"),
        Blobs(home / "blobs"),
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with only_one(home):
        async with (
            open_database(home / "office.db", 15) as store,
            open_courier(node, blobs, settings.limits) as courier,
        ):
            office = await join(
                home, settings, node, store=Mortal(store, when, which), blobs=blobs, courier=courier,
                believe=believe, extend=extending(home / "trust", settings), clock=SystemClock(),
            )  # fmt: skip
            await run(office, stop, ready=_say)


def _say(url: str) -> None:
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
