"""The process that talks to one PKCS#11 module: `python -m pki.pkcs11.worker MODULE`.

One thread, one request at a time, read from standard input and answered on standard output. It ends when its
input ends. Nothing it was told is ever written anywhere else: its standard error goes nowhere, and an answer
carries reasons and names of faults, no texts of the driver.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from pkcs11.exceptions import PKCS11Error

from pki.pkcs11 import provision
from pki.pkcs11.module import Module, is_gone
from pki.pkcs11.wire import LENGTH_BYTES, Message, Refusal, pack, unpack, unpack_length

ORPHAN_SECONDS = 600
"""A call that takes this long has outlived every deadline; the process ends itself, so that none hangs
for ever in a driver after its parent is gone."""

_Verb = Callable[[Module, Message], Message]

_VERBS: dict[str, _Verb] = {
    "tokens": lambda module, _: {"tokens": module.tokens()},
    "describe": lambda module, asked: module.describe(asked["wanted"]),
    "open": lambda module, asked: module.open_key(asked["wanted"], asked["label"], asked["id"], asked["pin"]),
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
    except PKCS11Error as error:
        return {"refused": "lost" if is_gone(error) else "failed", "facts": {"fault": type(error).__name__}}
    except Exception as error:  # noqa: BLE001 - the parent must be answered; the type tells no secret
        return {"refused": "failed", "facts": {"fault": type(error).__name__}}


def main() -> None:
    """Load the module, then answer until the input ends."""
    reading, writing = _own_pipes()
    try:
        module = Module(sys.argv[1])
    except Refusal as refusal:
        # Answered to the first request, so that the parent hears why.
        if _read(reading) is not None:
            _write(writing, _refused(refusal))
        return
    while (request := _read(reading)) is not None:
        signal.alarm(ORPHAN_SECONDS)  # its default action ends even a process stuck in C
        _write(writing, answer(module, request))
        signal.alarm(0)


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
