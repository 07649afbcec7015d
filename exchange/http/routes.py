"""One handler per verb: read, ask the office, answer."""

import asyncio
import re
from collections.abc import AsyncIterator

from aiohttp import web

from exchange import care
from exchange.errors import LogError, MessageRefused
from exchange.http import wire
from exchange.office import Office
from exchange.peers import Peer
from pki.digest import Digest

OFFICE = web.AppKey("OFFICE", Office)
PEER = web.RequestKey("PEER", Peer)

routes = web.RouteTableDef()
_SHA256 = re.compile(r"[0-9a-f]{64}")


@routes.head("/exchange/v1/parts/{sha256}")
async def has_part(request: web.Request) -> web.Response:
    """Say whether this peer has brought this file already."""
    here = await request.app[OFFICE].has_part(_digest(request), request[PEER])
    # Said outright: an answer to HEAD that is silent about its length costs the client its connection.
    return web.Response(status=200 if here else 404, headers={"Content-Length": "0"})


@routes.put("/exchange/v1/parts/{sha256}")
async def put_part(request: web.Request) -> web.Response:
    """Take a file, streamed to the disk; the same file again is no error."""
    limit = request.app[OFFICE].settings.limits.part_bytes
    if request.content_length and request.content_length > limit:
        return respond(wire.problem(413, MessageRefused.code, f"A file has at most {limit} bytes."))
    if request.content_length is None:
        return respond(wire.problem(411, MessageRefused.code, "A file comes with its length."))
    await request.app[OFFICE].take_part(
        _digest(request), _chunks(request), request[PEER], size=request.content_length
    )
    return web.Response(status=204)


@routes.post("/exchange/v1/envelopes")
async def post_envelope(request: web.Request) -> web.Response:
    """Answer an envelope with a receipt and its proof, or with a signed refusal."""
    office = request.app[OFFICE]
    async with asyncio.timeout(office.settings.limits.idle_seconds):
        envelope = await request.read()
    decision = await office.take(envelope, request[PEER])
    return respond(wire.decision_reply(decision))


@routes.get("/exchange/v1/health")
async def health(request: web.Request) -> web.Response:
    """Try the database, the log and the disk."""
    office = request.app[OFFICE]
    rooms, reserve = office.rooms, office.settings.limits.free_bytes
    found = await care.examine(rooms.store, rooms.journal, office.identity.home, reserve)
    return web.json_response(found.as_json(), status=200 if found.well else 503)


@routes.get("/log/checkpoint")
async def checkpoint(request: web.Request) -> web.Response:
    """Show the head of the log (c2sp.org/tlog-tiles)."""
    note = await request.app[OFFICE].rooms.journal.checkpoint()
    return web.Response(body=note, content_type="text/plain", charset="utf-8", headers=_SHORT)


@routes.get("/log/{path:tile/.+}")
async def tile(request: web.Request) -> web.Response:
    """Show a tile of the log; what was shown once never changes."""
    try:
        data = await request.app[OFFICE].rooms.journal.tile(request.match_info["path"])
    except LogError as error:
        return respond(wire.problem(404, error.code, str(error)))
    return web.Response(body=data, content_type="application/octet-stream", headers=_FOR_EVER)


_SHORT = {"Cache-Control": "max-age=1"}
_FOR_EVER = {"Cache-Control": "max-age=31536000, immutable"}


def respond(reply: wire.Reply) -> web.Response:
    """Make a response of a reply."""
    headers = {"Retry-After": str(reply.retry_after)} if reply.retry_after else None
    return web.Response(status=reply.status, body=reply.body, content_type=reply.media_type, headers=headers)


def _digest(request: web.Request) -> Digest:
    name = request.match_info["sha256"]
    if not _SHA256.fullmatch(name):
        raise MessageRefused("A file is named by its SHA-256 in lower-case hexadecimal.")
    return Digest("sha256", bytes.fromhex(name))


async def _chunks(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; `TimeoutError` when the peer falls silent."""
    idle = request.app[OFFICE].settings.limits.idle_seconds
    while True:
        async with asyncio.timeout(idle):
            chunk = await request.content.readany()
        if not chunk:
            return
        yield chunk
