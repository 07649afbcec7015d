"""At most so many at once, whichever threads and event loops they come from.

Every document is worked on in a thread with an event loop of its own (`signer.pades.door.apart`), so the
semaphores of asyncio, which belong to one loop, cannot count them together.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class Turns:
    """A semaphore for tasks of many event loops; those who wait are served in their order."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._lock = threading.Lock()
        self._waiting: deque[_Waiter] = deque()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it for the block."""
        await self._take()
        try:
            yield
        finally:
            self._give()

    async def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            loop = asyncio.get_running_loop()
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting.append((loop, turn))
        try:
            await turn
        except asyncio.CancelledError:
            # Cancelled while the turn was on its way to us: it belongs to the next.
            if turn.done() and not turn.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                loop, turn = self._waiting.popleft()
            try:
                loop.call_soon_threadsafe(self._hand, turn)
            except RuntimeError:
                continue  # its loop is closed, and whoever waited is gone with it
            return

    def _hand(self, turn: "asyncio.Future[None]") -> None:
        if turn.cancelled():
            self._give()
        else:
            turn.set_result(None)
