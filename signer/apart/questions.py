"""What a reader must know of the world: whether certificates hold. It asks us, and we ask the issuers.

A reader has one socket to be told its document and to answer, and another to ask: a question goes up, an
answer comes down, one at a time. So answers are shared by all documents and kept on disk, though no process
that reads a stranger's file can write one or knows where they are.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pki.query import Asking, Query, Source
from pki.reach import NotFetched
from pki.words import N_, Sentence
from signer.apart.values import Reading, Writing
from signer.apart.wire import HEADER, Lengths, parsed, written

MAX_QUESTIONS = 4096
"""Of one reader: 64 signatures with a time-stamp each, of long paths, ask some hundred."""

_MAX_AREA = 1 << 20  # bytes of a question: two certificates
_SILENT = N_("{url} was not asked.")


async def received(connection: socket.socket, length: int) -> bytearray:
    """Return so many bytes; `EOFError` if the other end closes before."""
    loop, taken = asyncio.get_running_loop(), bytearray(length)
    view, at = memoryview(taken), 0
    while at < length:
        count = await loop.sock_recv_into(connection, view[at:])
        if count == 0:
            raise EOFError
        at += count
    return taken


@asynccontextmanager
async def answering(connection: socket.socket, source: Source | None) -> AsyncIterator[None]:
    """Answer a reader's questions from a source, beside what else is to do; without one, none."""
    with connection:
        if source is None:
            connection.close()
            yield
            return
        task = asyncio.create_task(_answer(connection, source), name="answer a reader")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _answer(connection: socket.socket, source: Source) -> None:
    """Answer until the reader has no more questions, or asks what is no question."""
    loop = asyncio.get_running_loop()
    try:
        for _ in range(MAX_QUESTIONS):
            lengths = Lengths.read(await received(connection, HEADER.size), most=_MAX_AREA)
            asked = parsed(await received(connection, lengths.json))
            question = Reading(await received(connection, lengths.area)).of(Question, asked)
            for part in await _answered(question, source):
                await loop.sock_sendall(connection, part)
    except (OSError, EOFError, ValueError):
        pass  # it ended, or was taken over: who is not answered learns nothing
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Question:
    """What a reader asks."""

    query: Query
    how: Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What it is told: the answer, or why there is none."""

    answer: bytes | None = field(default=None, repr=False)
    failure: Sentence | None = None


async def _answered(question: Question, source: Source) -> list[bytes]:
    try:
        said = Answer(answer=await source(question.query, question.how))
    except NotFetched as error:
        said = Answer(failure=Sentence.of(error))
    writing = Writing()
    return written(writing.of(said), writing.area)


class Upstairs:
    """The reader's end, as a `Source`: its socket is used by one task at a time."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._turn = asyncio.Lock()
        self._whole = True  # false while an answer is still to come: who left before it leaves it to nobody

    async def __call__(self, query: Query, how: Asking) -> bytes:
        """Ask. Raises `NotFetched`, also when nobody answers questions any more."""
        async with self._turn:
            said = await self._asked(Question(query, how))
        if said.answer is None:
            why = said.failure or Sentence(_SILENT, {"url": query.url})
            raise NotFetched(why.template, hint=None, **why.facts)
        return said.answer

    async def _asked(self, question: Question) -> Answer:
        if not self._whole:
            return Answer()
        self._whole = False
        loop, writing = asyncio.get_running_loop(), Writing()
        try:
            for part in written(writing.of(question), writing.area):
                await loop.sock_sendall(self._connection, part)
            lengths = Lengths.read(await received(self._connection, HEADER.size), most=sys.maxsize)
            told = parsed(await received(self._connection, lengths.json))
            said = Reading(await received(self._connection, lengths.area)).of(Answer, told)
        except (OSError, EOFError):
            return Answer()
        self._whole = True
        return said
