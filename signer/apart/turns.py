"""Whose turn it is: as many documents at once as there are processors; those that take long step aside."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

AT_ONCE = max(2, os.cpu_count() or 1)
"""How many documents are read at the same time; the others wait in the order they came."""

AHEAD = AT_ONCE + 1
"""How many of a batch are begun, so that there is always one to be read next."""

PATIENCE_SECONDS = 1.0
"""A document that is not read by then steps aside: an honest one takes a fraction of it, or waits for a
responder. So a heap of hostile ones holds up the next honest one for seconds, not minutes."""

ASIDE = 4 * AT_ONCE
"""How many may have stepped aside; while these places are taken, a slow document keeps its first one."""


class Turns:
    """The turns of one program."""

    def __init__(self) -> None:
        self._first = asyncio.Semaphore(AT_ONCE)
        self._aside = asyncio.Semaphore(ASIDE)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it."""
        await self._first.acquire()
        held = [self._first]
        mover = asyncio.create_task(self._step_aside(held), name="step aside")
        try:
            yield
        finally:
            mover.cancel()
            await asyncio.wait([mover])  # it may just be changing places
            held[0].release()

    async def _step_aside(self, held: list[asyncio.Semaphore]) -> None:
        await asyncio.sleep(PATIENCE_SECONDS)
        await self._aside.acquire()
        held[0] = self._aside
        self._first.release()


# A lock belongs to the event loop that waits on it.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns() -> Turns:
    """Return the turns of the running event loop."""
    return _turns.setdefault(asyncio.get_running_loop(), Turns())
