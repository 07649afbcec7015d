"""How often a server may be asked: so many times in any hour, whoever of this process asks.

Some national authorities shut out for a day whoever asks too often; others send a bill.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

HOUR_SECONDS = 3600.0


class Budget:
    """The requests of the last hour to one server. Threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: deque[float] = deque()

    def take(self, most: int | None) -> bool:
        """Count one request and return True, unless `most` were made within the hour; None is no limit."""
        with self._lock:
            left = self._seconds_left(most)
            if not left:
                self._asked.append(self._clock())
            return not left

    def seconds_left(self, most: int | None) -> float:
        """Return how long until the next request may be made; 0 is now."""
        with self._lock:
            return self._seconds_left(most)

    def _seconds_left(self, most: int | None) -> float:
        now = self._clock()
        while self._asked and self._asked[0] <= now - HOUR_SECONDS:
            self._asked.popleft()
        if most is None or len(self._asked) < most:
            return 0.0
        if not most:
            return HOUR_SECONDS
        # A smaller budget may be given than the last one: the request counts that makes room for one more.
        return self._asked[len(self._asked) - most] + HOUR_SECONDS - now
