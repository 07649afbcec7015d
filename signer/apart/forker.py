"""A process that has loaded what reads documents, is given none, and forks a child for each one.

Loading takes half a second, forking some milliseconds: so every document gets a process of its own, in which
no earlier document has been. The child is handed one end of two socket pairs; it dies when we close our end
of the first. By the second it asks (`signer.apart.questions`). Only a process that knows its last document
reads it without another fork, and ends.
"""

import atexit
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import signer
from signer.apart.requests import Trade

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


_MOST_DESCRIPTORS = 4096
"""Descriptors that a fork closes; a command of one document has some ten."""


class Forker:
    """The process of one trade: started when it is needed, started again when it is gone."""

    def __init__(self, trade: Trade) -> None:
        self.trade = trade
        self._process: subprocess.Popen[bytes] | _Forked | None = None
        self._control: socket.socket | None = None
        self._turn = threading.Lock()
        self._left = 0  # requests, of a process that answers so many; 0 is no number but any
        self._leaving: list[_Forked] = []

    @property
    def process_id(self) -> int | None:
        """Return the process that runs now, if one does."""
        return None if self._process is None else self._process.pid

    def start(self, *, from_here: int = 0) -> None:
        """Start the process if there is none: whoever knows that he will need it, need not wait later.

        `from_here`: by a fork of this process instead of a new interpreter, which saves a command of one
        document the loading of libraries. It answers so many requests, the last one without another fork,
        and ends; for more, a new interpreter is started then. Only for a process that has no other threads
        and holds no secret: what it has read so far, the readers have too.
        """
        with self._turn:
            if from_here and self._process is None:
                self._control, theirs = socket.socketpair()
                with theirs:
                    self._process, self._left = _forked(self.trade, from_here, theirs), from_here
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
                self._count()
        except BaseException:
            Ends(ours, asked).close()
            raise
        return Ends(ours, asked)

    def end(self) -> None:
        """End the process and, with it, nothing else: children die with the sockets they were handed."""
        with self._turn:
            self._end()
            while self._leaving:
                _ended(self._leaving.pop())

    def _count(self) -> None:
        """Let go of a process that has its last request: it ends by itself, or with the sockets it has."""
        if self._left:
            self._left -= 1
            if not self._left and self._control is not None and isinstance(self._process, _Forked):
                self._control.close()
                self._leaving.append(self._process)
                self._control = self._process = None

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
        self._left = 0
        if control is not None:
            control.close()
        if process is not None:
            _ended(process)


@cache
def forker(trade: Trade) -> Forker:
    """Return this program's one forker of a trade; it ends with the program."""
    made = Forker(trade)
    atexit.register(made.end)
    return made


def _ended(process: "subprocess.Popen[bytes] | _Forked") -> None:
    process.kill()  # it holds nothing that would have to be put away, and may be busy loading
    process.wait()


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


@dataclass(slots=True)
class _Forked:
    """A process that was forked from this one."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and os.waitpid(self.pid, os.WNOHANG)[0]:
            self.returncode = -1
        return self.returncode

    def kill(self) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        if self.returncode is None:
            os.waitpid(self.pid, 0)
            self.returncode = -1
        return self.returncode


def _forked(trade: Trade, requests: int, control: socket.socket) -> _Forked:
    if process := os.fork():
        return _Forked(process)
    try:
        os.setsid()  # Ctrl-C is our parent's to handle
        nowhere = os.open(os.devnull, os.O_RDWR)
        for ours, source in ((0, control.fileno()), (1, nowhere), (2, nowhere)):
            os.dup2(source, ours)
        os.closerange(3, _MOST_DESCRIPTORS)
        signal.set_wakeup_fd(-1)
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        kept = _environment()
        os.environ.clear()
        os.environ.update(kept)
        sys.argv = ["signer.worker", trade, str(requests)]
        runpy.run_module("signer.worker", run_name="__main__")
    finally:
        os._exit(1)  # nothing of our parent's is flushed or put away


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
