"""The practice authorities on their own port, some of whose answers go wrong on order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web
from asn1crypto import tsp

from pki.clock import SystemClock
from pki.keys import open_key
from pki.practice.responder import PracticeServices, _app
from pki.practice.state import load_services
from pki.practice.tsa import stamp_answer
from pki.token import Token

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fault = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
Orders = dict[str, Fault]
"""What goes wrong, by the beginning of the path: "/tsa", "/ocsp", "/issuing.crl", or "/" for all."""


async def down(_request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Be out of order."""
    return web.Response(status=500)


async def rubbish(_request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Answer with a page."""
    return web.Response(text="<html>please log in</html>", content_type="application/timestamp-reply")


async def hung(_request: web.Request, _handler: Handler) -> web.StreamResponse:
    """Take the question and never answer."""
    await asyncio.Event().wait()
    raise AssertionError


def slow(seconds: float) -> Fault:
    """Answer rightly, after a while."""

    async def fault(request: web.Request, handler: Handler) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await handler(request)

    return fault


def wrong_nonce(stamper: Token) -> Fault:
    """Stamp what was asked, under another question's nonce."""

    async def fault(request: web.Request, _handler: Handler) -> web.StreamResponse:
        asked = tsp.TimeStampReq.load(await request.read())
        asked["nonce"] = 1
        body = await stamp_answer(asked.dump(force=True), stamper, SystemClock().now())
        return web.Response(body=body, content_type="application/timestamp-reply")

    return fault


@asynccontextmanager
async def at_fault(directory: Path, orders: Orders) -> AsyncIterator[dict[str, Token]]:
    """Serve a hierarchy whose paths go wrong as `orders` says at the time; lends the services' keys."""
    services = load_services(directory)

    @web.middleware
    async def wrong(request: web.Request, handler: Handler) -> web.StreamResponse:
        ordered = [fault for path, fault in orders.items() if request.path.startswith(path)]
        return await (ordered[0](request, handler) if ordered else handler(request))

    async with AsyncExitStack() as stack:
        keys = {role: await stack.enter_async_context(open_key(uri)) for role, uri in services.keys.items()}
        app = _app(PracticeServices(directory=directory, services=services, tokens=keys, clock=SystemClock()))
        app.middlewares.append(wrong)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handler_cancellation=True)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", services.port).start()
        yield keys
