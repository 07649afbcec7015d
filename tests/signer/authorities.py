"""Time-stamp authorities on loopback, good and bad: over the practice hierarchy's real key."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from asn1crypto import tsp

from pki.clock import SystemClock
from pki.practice.tsa import stamp_answer
from pki.token import Token

Reply = Callable[[bytes], Awaitable[web.Response]]


@dataclass
class Served:
    """A running authority, and how often it was asked; how many questions were under way at once."""

    url: str = ""
    asked: int = 0
    under_way: int = 0
    most: int = 0


@asynccontextmanager
async def served(reply: Reply) -> AsyncIterator[Served]:
    """Let an authority answer on a port of its own for the block."""
    now = Served()

    async def answer(request: web.Request) -> web.Response:
        now.asked += 1
        now.under_way += 1
        now.most = max(now.most, now.under_way)
        try:
            return await reply(await request.read())
        finally:
            now.under_way -= 1

    app = web.Application()
    app.router.add_post("/tsa", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    now.url = f"http://127.0.0.1:{runner.addresses[0][1]}/tsa"
    try:
        yield now
    finally:
        await runner.cleanup()


def stamped(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/timestamp-reply")


def good(token: Token, *, delay: float = 0.0) -> Reply:
    """Answer as the practice authority does, after a while."""

    async def reply(request: bytes) -> web.Response:
        await asyncio.sleep(delay)
        return stamped(await stamp_answer(request, token, SystemClock().now()))

    return reply


def altering(token: Token, change: Callable[[tsp.TimeStampReq], None]) -> Reply:
    """Stamp something else than what was asked."""

    async def reply(request: bytes) -> web.Response:
        asked = tsp.TimeStampReq.load(request)
        change(asked)
        return stamped(await stamp_answer(asked.dump(force=True), token, SystemClock().now()))

    return reply


def always(response: Callable[[], web.Response]) -> Reply:
    """Answer everything alike."""

    async def reply(_request: bytes) -> web.Response:
        return response()

    return reply


async def never(_request: bytes) -> web.Response:
    """Hold the question for ever."""
    await asyncio.Event().wait()
    raise AssertionError


@dataclass
class Growing:
    """A token whose chain has one certificate more each time it is looked at."""

    token: Token
    more: Sequence[bytes]
    shown: int = field(default=0)

    @property
    def certificate(self) -> bytes:
        return self.token.certificate

    @property
    def chain(self) -> Sequence[bytes]:
        self.shown += 1
        return (*self.token.chain, *self.more[: self.shown])

    @property
    def signature_size(self) -> int:
        return self.token.signature_size

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        return await self.token.sign(data, digest_algorithm)


@dataclass
class Lying(Growing):
    """A token whose signatures are spoiled."""

    more: Sequence[bytes] = ()

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        return (await self.token.sign(data, digest_algorithm))[::-1]


@dataclass
class Bare(Growing):
    """A token that brings no other certificate than its own."""

    more: Sequence[bytes] = ()

    @property
    def chain(self) -> Sequence[bytes]:
        return ()
