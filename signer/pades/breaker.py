"""Whether a server that failed is asked again: not while it is known to fail, and then once, to see."""

import threading
import time
from collections.abc import Callable

FAILURES = 3
"""So many in a row, and the server is left alone."""
PAUSE_SECONDS = 30.0
"""For so long."""
LONGEST_PAUSE_SECONDS = 3600.0
"""A server may ask for a longer pause (Retry-After), but for no longer than this."""


class Breaker:
    """A circuit breaker: closed, open for a pause, then half open for one trial.

    Threads share it. Whoever `admits` let through says how it went: `succeeded`, `failed`, or `gave_up` when
    nothing was learned.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until: float | None = None
        self._trying = False

    def admits(self) -> bool:
        """Tell whether the server may be asked now; a yes after a pause is for one caller alone."""
        with self._lock:
            if self._until is None:
                return True
            if self._trying or self._clock() < self._until:
                return False
            self._trying = True
            return True

    @property
    def seconds_left(self) -> float:
        """How long the server is still left alone."""
        with self._lock:
            return 0.0 if self._until is None else max(0.0, self._until - self._clock())

    def succeeded(self) -> None:
        """Close: the server answers."""
        with self._lock:
            self._failures, self._until, self._trying = 0, None, False

    def failed(self, pause_seconds: float | None = None) -> None:
        """Count a failure; open after `FAILURES` in a row, a failed trial, or when a pause is asked for."""
        with self._lock:
            self._failures += 1
            if self._trying or self._failures >= FAILURES or pause_seconds is not None:
                pause = min(pause_seconds or 0.0, LONGEST_PAUSE_SECONDS)
                self._until = self._clock() + max(pause, PAUSE_SECONDS)
            self._trying = False

    def gave_up(self) -> None:
        """Let the next caller try: this one stopped before there was an answer."""
        with self._lock:
            self._trying = False
