"""The process that talks to one PKCS#11 module: `python -m pki.pkcs11.worker SETTINGS`.

Requests are read from standard input and answered on standard output, by as many threads as the module takes
(one where it cannot lock). It ends when its input ends, even while a driver hangs. Nothing it was told is
ever written anywhere else: its standard error goes nowhere, and an answer carries reasons and names of
faults, no texts of the driver.
"""

import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import BinaryIO

from pki.pkcs11 import provision
from pki.pkcs11.faults import Fault
from pki.pkcs11.module import Module, refusal_of
from pki.pkcs11.wire import LENGTH_BYTES, Message, Refusal, pack, unpack, unpack_length

_LEAVE_SECONDS = 2
"""How long the module may take to be left; a driver that hangs then is left with its process."""

_Verb = Callable[[Module, Message], Message]

_VERBS: dict[str, _Verb] = {
    "hello": lambda module, _: module.describe_module(),
    "tokens": lambda module, _: {"tokens": module.tokens()},
    "public": lambda module, asked: module.public(asked["slot"]),
    "describe": lambda module, asked: module.find_token(asked["wanted"]),
    "open": lambda module, asked: module.open_key(asked),
    "sign": lambda module, asked: {
        "signature": module.sign(
            asked["handle"], asked["digest_algorithm"], asked["digest"], asked["message"]
        )
    },
    "initialise": lambda module, asked: provision.initialise(
        module, asked["label"], asked["so_pin"], asked["pin"]
    ),
    "generate": lambda module, asked: provision.generate(
        module,
        asked["wanted"],
        asked["pin"],
        label=asked["label"],
        identifier=asked["id"],
        kind=asked["kind"],
        always_authenticate=asked.get("always-authenticate", False),
    ),
    "store": lambda module, asked: provision.store(
        module,
        asked["wanted"],
        asked["pin"],
        label=asked["label"],
        identifier=asked["id"],
        certificate=asked["certificate"],
    ),
}


def answer(module: Module, request: Message) -> Message:
    """Do one request; every failure becomes an answer."""
    try:
        return {"ok": _VERBS[request["do"]](module, request)}
    except Refusal as refusal:
        return _refused(refusal)
    except Fault as fault:
        return _refused(refusal_of(fault))
    except Exception as error:  # noqa: BLE001 - the parent must be answered; the type tells no secret
        return {"refused": "failed", "facts": {"fault": type(error).__name__}}


def main() -> None:
    """Load the module, then answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a driver that crashes leaves no image with a PIN in it
    reading, writing = _own_pipes()
    settings = json.loads(sys.argv[1])
    try:
        module = Module(settings["path"], parameters=settings["parameters"], most=settings["sessions"])
    except Refusal as refusal:
        # Answered to the first request, so that the parent hears why.
        if (request := _read(reading)) is not None:
            _write(writing, {"number": request["number"], **_refused(refusal)})
        return
    one_at_a_time = threading.Lock()

    def work(request: Message) -> None:
        answered = {"number": request["number"], **answer(module, request)}
        with one_at_a_time, suppress(BrokenPipeError):  # nobody listens any more: our input ends too
            _write(writing, answered)

    threads = ThreadPoolExecutor(module.parallel)
    while (request := _read(reading)) is not None:
        threads.submit(work, request)
    _leave(module, threads)


def _leave(module: Module, threads: ThreadPoolExecutor) -> None:
    """End at once, whatever the threads are stuck in; the module is told if it still listens."""
    signal.alarm(_LEAVE_SECONDS)  # its default action ends even a process stuck in C
    threads.shutdown(cancel_futures=True)
    with suppress(Fault):
        module.library.finalise()
    os._exit(0)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes to ourselves: a driver that prints must not print into our answers."""
    reading, writing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return reading, writing


def _read(reading: BinaryIO) -> Message | None:
    header = reading.read(LENGTH_BYTES)
    if len(header) < LENGTH_BYTES:
        return None
    return unpack(reading.read(unpack_length(header)))


def _write(writing: BinaryIO, message: Message) -> None:
    writing.write(pack(message))
    writing.flush()


def _refused(refusal: Refusal) -> Message:
    return {"refused": refusal.reason, "facts": refusal.facts}


if __name__ == "__main__":
    main()
