"""One request to a process of its own: a document goes over, a typed answer comes back, or it is killed."""

import asyncio
import logging
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

from pki.errors import CongvanError, Undetermined, UsageError
from pki.files import OpenFile
from pki.query import Source
from signer.apart.forker import Ends, Forker, forker
from signer.apart.questions import answering, received
from signer.apart.requests import Confines, Failure, Refusal, Remark, Request
from signer.apart.turns import turns
from signer.apart.values import Reading, Writing
from signer.apart.wire import GREETING, HANDED, HEADER, Lengths, parsed, written
from signer.errors import DocumentError, NotAPdf, NotSignable, PlaceNotFound, WrongStage
from signer.policy import Limits

T = TypeVar("T")

GRACE_SECONDS = 5.0
"""What a child gets beyond a document's time: to be handed it, and to see for itself that the time is up."""

START_SECONDS = 60.0
"""How long a forker may take to load and to greet: seconds on a machine that does much else."""

_AREA = 16 << 20  # bytes of an answer beyond twice the document: certificates, fonts, pictures

_ERRORS: Mapping[str, type[CongvanError]] = {
    each.code: each
    for each in (DocumentError, NotAPdf, NotSignable, PlaceNotFound, WrongStage, UsageError, Undetermined)
} | {"document.malformed": NotAPdf}  # `signer.pades.door.Malformed`, which is not known on this side

logger = logging.getLogger(__name__)


class Exhausting(Undetermined):
    """A document could not be read to the end within its limits of time and memory, or stopped its reader."""

    code = "document.exhausting"


def get_ready(kind: type[Request], *, from_here: int = 0) -> None:
    """Let the process that answers such requests load its libraries now, beside whatever else is to do.

    `from_here` as `signer.apart.forker.Forker.start` has it. Where none can be started, whoever asks is told.
    """
    with suppress(OSError):
        forker(kind.trade).start(from_here=from_here)


async def ask(
    request: Request,
    expected: type[T],
    limits: Limits,
    source: Source | None = None,
    file: OpenFile | None = None,
) -> T:
    """Have a fresh process answer the request with a value of the expected type.

    A `file` is handed over as it is: the process reads it in place of the request's document. What it must
    know of certificates, it is told from the source; without one nothing.

    Raises `Exhausting` when it took too long, too much, or died of the document; else the error with which it
    refused. Whoever is cancelled leaves at once, and the process dies.
    """
    size = len(request.pdf) if file is None else file.size
    confines = Confines.of(limits, size)
    writing = Writing()
    asked = {
        "do": type(request).__name__,
        "request": writing.of(request),
        "confines": writing.of(confines),
        "remarks": logger.isEnabledFor(logging.DEBUG),
    }
    parts = written(asked, writing.area)
    async with turns().turn():
        connection, questions = await _greeted(forker(request.trade))
        with connection:
            async with answering(questions, source):
                _hand_over(connection, file)
                answer, area = await _answer(connection, parts, confines, 2 * size + _AREA)
    try:
        return _result(answer, Reading(area), expected, confines)
    except ValueError as error:
        raise _stopped() from error


def _hand_over(connection: socket.socket, file: OpenFile | None) -> None:
    """Send one byte, and with it the file, if there is one."""
    try:
        socket.send_fds(connection, [HANDED], [] if file is None else [file.descriptor])
    except OSError as error:
        raise _stopped() from error


async def _greeted(forker: Forker) -> Ends:
    """Return the sockets of a child that is there. Nothing has been tried before it greets: so, try twice."""
    loop = asyncio.get_running_loop()
    for _attempt in range(2):
        try:
            ends = forker.child()
        except OSError:
            break
        try:
            for end in ends:
                end.setblocking(False)
            async with asyncio.timeout(START_SECONDS):
                if await loop.sock_recv(ends.answers, len(GREETING)) == GREETING:
                    return ends
        except OSError:  # a TimeoutError is one
            pass
        except BaseException:
            ends.close()
            raise
        ends.close()
    raise Undetermined(
        "The program that reads documents does not start.",
        hint="See whether this machine has memory left, and whether the installation is whole.",
    )


async def _answer(
    connection: socket.socket, parts: list[bytes], confines: Confines, most: int
) -> tuple[Any, bytearray]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(confines.seconds + GRACE_SECONDS):
            for part in parts:
                await loop.sock_sendall(connection, part)
            lengths = Lengths.read(await received(connection, HEADER.size), most=most)
            body = await received(connection, lengths.json)
            return parsed(body), await received(connection, lengths.area)
    except TimeoutError as error:
        raise _too_long(confines.seconds) from error
    except (OSError, EOFError) as error:
        # The kernel ends it without a word when its seconds of computing are spent: never before as many
        # have passed on the clock.
        if loop.time() - began >= confines.cpu_seconds:
            raise _too_long(confines.cpu_seconds) from error
        raise _stopped() from error
    except ValueError as error:
        raise _stopped() from error


def _result(answer: Any, reading: Reading, expected: type[T], confines: Confines) -> T:
    if type(answer) is not dict:
        raise ValueError("an answer is an object")
    for remark in reading.of(tuple[Remark, ...], answer.pop("remarks", [])):
        logger.log(remark.level, "signer.worker.remark", extra={"text": remark.text})
    match answer:
        case {"result": result}:
            return reading.of(expected, result)
        case {"refusal": value}:
            refusal = reading.of(Refusal, value)
            hint = None if refusal.hint is None else refusal.hint.template
            kind = _ERRORS.get(refusal.code, DocumentError)
            raise kind(refusal.what.template, hint=hint, **refusal.what.facts)
        case {"failure": value}:
            failure = reading.of(Failure, value)
            if failure.memory:
                raise Exhausting(
                    "Reading this document took more than {megabytes} MB of memory.",
                    megabytes=confines.memory >> 20,
                )
            logger.error("our bug: please report it\n%s", failure.trace)
    raise _stopped()


def _too_long(seconds: float) -> Exhausting:
    return Exhausting("Reading this document took more than {seconds} s.", seconds=round(seconds))


def _stopped() -> Exhausting:
    return Exhausting("Reading this document stopped the program that reads it.")
