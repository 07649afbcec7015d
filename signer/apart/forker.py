"""A process that has loaded what reads documents, is given none, and forks a child for each one.

Loading takes half a second, forking some milliseconds: so every document gets a process of its own, in which
no earlier document has been. The child is handed one end of two socket pairs; it dies when we close our end
of the first. By the second it asks (`signer.apart.questions`).
"""

import atexit
import os
import socket
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import signer

Trade = Literal["judging", "drafting", "inspecting"]
"""What a forker has loaded: pyHanko, all that drafts, or qpdf and pdfium alone."""

_PASSED_ON = ("PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")
"""The part of our environment that readers of strangers' files get to see, and what begins with LC_."""


class Ends(NamedTuple):
    """Our ends of a child's two sockets: what it is told and answers, and what it asks."""

    answers: socket.socket
    questions: socket.socket

    def close(self) -> None:
        """Close both: the child dies."""
        for each in self:
            each.close()


class Forker:
    """The process of one trade: started when it is needed, started again when it is gone."""

    def __init__(self, trade: Trade) -> None:
        self.trade = trade
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._turn = threading.Lock()

    @property
    def process_id(self) -> int | None:
        """Return the process that runs now, if one does."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process if there is none: whoever knows that he will need it, need not wait later."""
        with self._turn:
            self._ready()

    def child(self) -> Ends:
        """Return our ends of a new child's sockets. Raises `OSError` if no process can be started."""
        (ours, theirs), (asked, asking) = socket.socketpair(), socket.socketpair()
        try:
            with theirs, asking, self._turn:
                handed = [theirs.fileno(), asking.fileno()]
                try:
                    socket.send_fds(self._ready(), [b"+"], handed)
                except OSError:  # it died since the last time
                    self._end()
                    socket.send_fds(self._ready(), [b"+"], handed)
        except BaseException:
            Ends(ours, asked).close()
            raise
        return Ends(ours, asked)

    def end(self) -> None:
        """End the process and, with it, nothing else: children die with the sockets they were handed."""
        with self._turn:
            self._end()

    def _ready(self) -> socket.socket:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                self._process = _started(self.trade, theirs)
        return self._control

    def _end(self) -> None:
        process, self._process = self._process, None
        control, self._control = self._control, None
        if control is not None:
            control.close()
        if process is None:
            return
        process.kill()  # it holds nothing that would have to be put away, and may be busy loading
        process.wait()


@cache
def forker(trade: Trade) -> Forker:
    """Return this program's one forker of a trade; it ends with the program."""
    made = Forker(trade)
    atexit.register(made.end)
    return made


def _started(trade: Trade, control: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
        # -P: the working folder is nobody's place to put modules for us.
        [sys.executable, "-P", "-m", "signer.worker", trade],
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,  # Ctrl-C is ours to handle
    )


def _environment() -> dict[str, str]:
    here = str(Path(signer.__file__).parent.parent)
    behind = os.environ.get("PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith("LC_")}
    # Without a limit the C library sets aside 64 MB of address space for each thread, which are counted.
    return {
        **kept,
        "MALLOC_ARENA_MAX": "2",
        "PYTHONPATH": f"{here}{os.pathsep}{behind}" if behind else here,
        "PYTHONUTF8": "1",
    }
