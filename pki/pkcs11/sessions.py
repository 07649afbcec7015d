"""The sessions of one token: one that is logged in and stays open, and others behind it that sign.

Login belongs to the application, so the others need no PIN; and none of them logs anybody out by closing,
because the first stays open.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pki.pkcs11.faults import SESSION_COUNT, Fault
from pki.pkcs11.library import Library


class Sessions:
    """Sessions lent to one thread at a time, at most `most`, or fewer if the token refuses to open more.

    `login` is the open session that is logged in; it signs too where there is no other.
    """

    def __init__(self, library: Library, slot: int, login: int, most: int) -> None:
        self.login = login
        self._library = library
        self._slot = slot
        self._most = most if most > 1 else 0
        self._others = 0
        self._idle = [] if self._most else [login]
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        """How many sessions are open, the login's among them."""
        return 1 + self._others

    @contextmanager
    def lend(self) -> Iterator[int]:
        """Lend a session for one operation; one that failed is closed, as it may be stuck in it."""
        session = self._take()
        good = False
        try:
            yield session
            good = True
        finally:
            self._give_back(session, good=good)

    def _take(self) -> int:
        with self._changed:
            while not self._idle:
                if self._others < self._most:
                    self._open_another()
                else:
                    self._changed.wait()
            return self._idle.pop()

    def _open_another(self) -> None:
        try:
            self._idle.append(self._library.open_session(self._slot))
            self._others += 1
        except Fault as fault:
            if fault.code != SESSION_COUNT:
                raise
            # The token takes no session more than are open now; if that is the login's alone, it must do.
            self._most = self._others
            if not self._others:
                self._idle.append(self.login)

    def _give_back(self, session: int, *, good: bool) -> None:
        with self._changed:
            if good or session == self.login:
                self._idle.append(session)
            else:
                self._others -= 1
                with suppress(Fault):
                    self._library.close_session(session)
            self._changed.notify()
