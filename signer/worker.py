"""The program that reads strangers' documents: `python -m signer.worker TRADE [REQUESTS]`.

Its first process (`signer.apart.forker` starts it) loads the libraries and reads nothing but two sockets at
a time from standard input; for each pair it forks a child, which is given one document, answers, and ends
(the last of so many REQUESTS it answers itself, and ends: no other document comes after it):

- it dies when the other end of its socket is closed (SIGIO): no deadline is missed, nobody is orphaned;
- it cannot take more memory or computing time than it is told, and can write no file;
- whatever it becomes, it was given no other document, and our environment is not its own.
"""

import asyncio
import fcntl
import gc
import importlib
import logging
import math
import mmap
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from typing import Any, NoReturn

from pki.errors import CongvanError
from pki.query import Source
from pki.words import Sentence
from signer.apart.asking import GRACE_SECONDS
from signer.apart.questions import Upstairs
from signer.apart.requests import (
    Confines,
    Examine,
    Failure,
    ReadFirstPage,
    ReadForm,
    Refusal,
    Remark,
    Request,
    Trade,
)
from signer.apart.turns import PATIENCE_SECONDS
from signer.apart.values import Reading, Writing
from signer.apart.wire import GREETING, HEADER, Lengths, parsed, written

_OPEN_FILES = 256
_FIRST = 16 << 20  # bytes of memory that any document may take
_LAST_WORDS = 32 << 20  # bytes of memory, to say that there is none left
_NICE = 10
_TRACE = 8000  # characters
_REMARKS = 100

_KINDS: Mapping[Trade, Mapping[str, str]] = {
    "judging": dict.fromkeys(("Examine", "ReadForm", "ReadFirstPage"), "signer.apart.requests"),
    "drafting": {"MakeDraft": "signer.apart.drafting", "ShowPages": "signer.apart.showing"},
    "inspecting": {"InspectContent": "signer.apart.inspecting"},
}
"""The requests that each trade answers, and where they are."""

_LOADED: Mapping[Trade, tuple[str, ...]] = {
    "judging": ("signer.deciding",),
    "drafting": ("signer.drafting", "signer.layout.page_images"),
    "inspecting": ("signer.inspecting",),
}
_LOADED_AT_LEISURE: Mapping[Trade, tuple[str, ...]] = {
    "judging": ("signer.pades.judging", "signer.pades.form", "signer.layout.first_page"),
    "drafting": (),
    "inspecting": (),
}
"""What only some documents need (pyHanko, pdfium): loaded once nobody has asked for a moment. A child that
needs it before loads it itself."""
_MOMENT_SECONDS = 2.0


def main() -> NoReturn:
    """Load, then fork a child for each socket that comes, until there are no more."""
    control, trade = _own_input(), _trade()
    left = int(sys.argv[2]) if sys.argv[2:] else math.inf
    _load((*_KINDS[trade].values(), *_LOADED[trade]))
    waiting = _LOADED_AT_LEISURE[trade]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for children: their sockets tell everything
    while True:
        if waiting and not select.select([control], [], [], _MOMENT_SECONDS)[0]:
            _load(waiting)
            waiting = ()
        _, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not descriptors:
            os._exit(0)
        connection, upstairs = (socket.socket(fileno=each) for each in descriptors)
        left -= 1
        with connection, upstairs:
            try:
                child = os.fork() if left else 0
            except OSError:
                continue  # whoever asked sees the socket close before any greeting
            if child == 0:
                control.close()
                _attend(connection, upstairs, trade)


def _trade() -> Trade:
    (trade,) = (each for each in _LOADED if each == sys.argv[1])
    return trade


def _load(names: tuple[str, ...]) -> None:
    gc.disable()  # what is loaded stays: the collector would look through it in vain, again and again
    for name in names:
        importlib.import_module(name)
    gc.freeze()  # a child's collector then writes to no page that it shares with us
    gc.enable()


def _own_input() -> socket.socket:
    """Keep the way to our parent to ourselves: no library shall read from it."""
    control = socket.socket(fileno=os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    return control


def _attend(connection: socket.socket, upstairs: socket.socket, trade: Trade) -> NoReturn:
    """Answer one request in a process that ends with it."""
    try:
        connection.sendall(GREETING)
        file = _handed(connection)
        lengths = Lengths.read(_received(connection, HEADER.size), most=sys.maxsize)
        asked = parsed(_received(connection, lengths.json))
        reading = Reading(_received(connection, lengths.area))
        request = reading.of(_kind(trade, asked["do"]), asked["request"])
        _confine(reading.of(Confines, asked["confines"]))
        _die_with(connection)
        parts = _answer(request, Upstairs(upstairs), file, talkative=asked["remarks"])
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # it also tells that there is room to write again
        for part in parts:
            connection.sendall(part)
    finally:
        os._exit(0)  # no exit handlers, no flushing: those are our first process's


def _kind(trade: Trade, name: str) -> type[Request]:
    kind: type[Request] = getattr(importlib.import_module(_KINDS[trade][name]), name)
    return kind


def _handed(connection: socket.socket) -> mmap.mmap | None:
    """Take the file that the first byte may come with; it is mapped, so that it is never whole in memory."""
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
    if not descriptors:
        return None
    try:
        return mmap.mmap(descriptors[0], 0, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptors[0])


def _received(connection: socket.socket, length: int) -> bytearray:
    received = bytearray(length)
    view, at = memoryview(received), 0
    while at < length:
        count = connection.recv_into(view[at:])
        if count == 0:
            raise EOFError
        at += count
    return received


def _confine(confines: Confines) -> None:
    """Let the kernel end us when we take too much; what we do not need is taken away."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - one line of numbers
        used = int(file.read().split()[0]) * resource.getpagesize()
    seconds = math.ceil(confines.cpu_seconds)
    for what, most, reserve in (
        (resource.RLIMIT_AS, used + confines.memory, _LAST_WORDS),
        (resource.RLIMIT_CPU, seconds, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, 0),
    ):
        resource.setrlimit(what, (most, most + reserve))
    signal.alarm(math.ceil(confines.seconds + 2 * GRACE_SECONDS))  # should nobody close our socket
    # Those that take long let the others go first.
    signal.signal(signal.SIGVTALRM, lambda *_: os.nice(_NICE))
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_SECONDS)
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write("1000")  # before the kernel ends another program for want of memory, it ends us


def _die_with(connection: socket.socket) -> None:
    """Have the kernel send SIGIO, which ends us, when the other end is closed; it may be so already."""
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(connection, fcntl.F_SETFL, fcntl.fcntl(connection, fcntl.F_GETFL) | os.O_ASYNC)
    try:
        if connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
            os._exit(0)
    except BlockingIOError:
        pass


def _answer(request: Request, source: Source, file: mmap.mmap | None, *, talkative: bool) -> list[bytes]:
    remarks = _Remarks(logging.DEBUG if talkative else logging.WARNING)
    logging.basicConfig(level=remarks.level, handlers=[remarks], force=True)
    writing = Writing()
    answer: dict[str, Any]
    try:
        _need(_FIRST)  # what is not written in Python ends where memory does, without a word
        answer = {"result": writing.of(_do(request, source, file))}
    except CongvanError as error:
        answer = {"refusal": writing.of(_refusal(error))}
    except MemoryError:
        _, last = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (last, last))
        answer = {"failure": writing.of(Failure(memory=True))}
    except Exception:  # noqa: BLE001 - whatever it is, whoever asked gets to know it
        trace = traceback.format_exc()[-_TRACE:]
        answer = {"failure": writing.of(Failure(memory=False, trace=trace))}
    answer["remarks"] = [writing.of(each) for each in remarks.heard]
    return written(answer, writing.area)


def _need(length: int) -> None:
    """Raise `MemoryError` if so many bytes are not to be had; none of them is touched."""
    try:
        mmap.mmap(-1, length).close()
    except OSError as error:
        raise MemoryError from error


def _do(request: Request, source: Source, file: mmap.mmap | None) -> object:
    match request:
        case Examine():
            from signer.deciding import decide

            return asyncio.run(decide(file or request.pdf, request.policy, request.now, source))
        case ReadForm():
            from signer.pades.form import form_of

            return form_of(request.pdf)
        case ReadFirstPage():
            from signer.layout.first_page import first_page

            return first_page(file or request.pdf, request.over)
    return _drawn(request) if request.trade == "drafting" else _found(request)


def _drawn(request: Request) -> object:
    from signer.apart.drafting import MakeDraft
    from signer.apart.showing import ShowPages
    from signer.drafting import draft
    from signer.layout.page_images import page_images

    match request:
        case MakeDraft():
            return draft(request.pdf, request.places, request.content)
        case ShowPages():
            return page_images(request.pdf, request.pages)
    raise TypeError(type(request))


def _found(request: Request) -> object:
    from signer.apart.inspecting import InspectContent
    from signer.inspecting import inspect

    assert isinstance(request, InspectContent)
    return inspect(request.pdf, request.policy, covered=request.covered)


def _refusal(error: CongvanError) -> Refusal:
    hint = None if error.hint is None else Sentence(error.hint, error.facts)
    return Refusal(code=error.code, what=Sentence.of(error), hint=hint)


class _Remarks(logging.Handler):
    """Keeps what would be logged: our parent logs it for us, if it wants to."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.heard: list[Remark] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.heard) < _REMARKS:
            said = f"{record.name} {record.getMessage()} {getattr(record, 'text', '')}"
            self.heard.append(Remark(level=record.levelno, text=" ".join(said.split())[:300]))


if __name__ == "__main__":
    main()
