"""The office's door: who is calling, how much may come, and our errors as problem documents."""

import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from exchange.errors import MessageRefused, OfficeError
from exchange.http import wire
from exchange.http.connections import Gate, GatedSite, bind
from exchange.http.routes import OFFICE, PEER, respond, routes
from exchange.http.tls import server_context, trust
from exchange.office import Office
from exchange.settings import Address
from pki.errors import CongvanError
from pki.files import why

logger = logging.getLogger(__name__)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_GATE = web.AppKey("GATE", Gate)
_OPEN = ("/exchange/v1/health", "/log/")
"""What our own certificate may ask too: an operator's health check, a witness beside the server."""


def create_app(office: Office, gate: Gate) -> web.Application:
    """Return the application of one office."""
    app = web.Application(
        middlewares=[_problems, _who_is_calling], client_max_size=office.settings.limits.envelope_bytes
    )
    app[OFFICE] = office
    app[_GATE] = gate
    app.add_routes(routes)
    return app


@dataclass(frozen=True, slots=True)
class Door:
    """An open door: the base address it is bound to, and what has to be done when peers may have changed."""

    url: str
    look_up_peers: Callable[[], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(office: Office) -> AsyncIterator[Door]:
    """Serve the office while the block runs.

    On leaving, no new connection is taken, and requests under way may end within `drain_seconds`.
    """
    context = server_context(office.identity.node, [peer.certificate for peer in await office.peers()])
    limits, listen = office.settings.limits, office.settings.listen
    gate = Gate(limits)
    runner = web.AppRunner(
        create_app(office, gate), access_log=None, handle_signals=False,
        keepalive_timeout=limits.idle_seconds, shutdown_timeout=limits.drain_seconds, auto_decompress=False,
    )  # fmt: skip
    await runner.setup()
    try:
        for listener in await _bound(gate, listen):
            await GatedSite(runner, context, listener, limits.handshake_seconds).start()
        port = runner.addresses[0][1]
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        yield Door(f"https://{host}:{port}", _PeerWatch(office, context).look)
    finally:
        await runner.cleanup()
        gate.close()


async def _bound(gate: Gate, listen: Address) -> list[socket.socket]:
    try:
        return await bind(gate, listen.host, listen.port)
    except OSError as error:
        raise OfficeError(
            "Nobody can listen at {address}: {reason}.",
            hint="Is it taken by another program? The address is `listen` in settings.toml.",
            address=listen, reason=why(error),
        ) from error  # fmt: skip


class _PeerWatch:
    """Lets a peer in that another process has just added, without a restart."""

    def __init__(self, office: Office, context: ssl.SSLContext) -> None:
        self._office = office
        self._context = context
        self._changes = -1

    async def look(self) -> None:
        changes = await self._office.rooms.store.changes()
        if changes != self._changes:
            trust(self._context, [peer.certificate for peer in await self._office.peers()])
            self._changes = changes


@web.middleware
async def _problems(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Say what goes wrong as a problem document; a bug is logged with its trace, and shown without."""
    try:
        return await handler(request)
    except CongvanError as error:
        logger.info("refused", extra={"code": error.code, "path": request.path})
        return respond(wire.error_reply(error))
    except web.HTTPException as error:
        return respond(wire.problem(error.status, "http", error.reason))
    except TimeoutError:
        return respond(wire.problem(408, "http", "The request did not come to its end in time."))
    except ConnectionError:
        raise
    except Exception:
        logger.exception("bug")
        return respond(wire.problem(500, "bug", "The server made a mistake."))


@web.middleware
async def _who_is_calling(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Know the peer by the certificate of this very connection, asked anew for each request."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return respond(wire.problem(415, MessageRefused.code, "A body is sent as it is, never compressed."))
    certificate = _certificate(request)
    office = request.app[OFFICE]
    peer = await office.peer_of_certificate(certificate) if certificate else None
    if peer is not None:
        request[PEER] = peer
        _let_stay(request)
    elif certificate != office.identity.node.certificate or not request.path.startswith(_OPEN):
        return respond(wire.problem(403, "exchange.peer", "The certificate is not that of a known peer."))
    return await handler(request)


def _let_stay(request: web.Request) -> None:
    address = request.transport.get_extra_info("peername") if request.transport else None
    if address:
        request.app[_GATE].know(address[:2])


def _certificate(request: web.Request) -> bytes | None:
    secured = request.transport.get_extra_info("ssl_object") if request.transport else None
    return secured.getpeercert(binary_form=True) if isinstance(secured, ssl.SSLObject) else None
