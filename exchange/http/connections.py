"""Who may hold a connection: before TLS has shown who is calling, an address and a number are all we know.

A stranger cannot keep peers out by opening connections and saying nothing: where too many are open, the
oldest one on which no peer has asked anything yet makes room for the new one.
"""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import os
import resource
import socket
import ssl
import time
from collections.abc import Callable

from aiohttp import web

from exchange.settings import Limits

logger = logging.getLogger(__name__)
_SAID_EVERY = 60.0  # seconds: a flood of connections is no flood of log lines
_BACKLOG = 128

Address = tuple[str, int]
"""Host and port of the other end."""


class Gate:
    """The connections of one server: how many are open, whose, and which a known peer has used."""

    def __init__(self, limits: Limits) -> None:
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        # Files, the database and our own deliveries need descriptors too.
        self._most = limits.connections if descriptors < 0 else min(limits.connections, descriptors // 2)
        self._most_of_one = limits.connections_of_one_address
        self._open: dict[Address, _Connection] = {}  # the oldest first
        self._known: set[Address] = set()
        self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._refused = 0
        self._said = -_SAID_EVERY

    def close(self) -> None:
        """Let go of the descriptor that is kept for the worst case."""
        os.close(self._spare)

    def __len__(self) -> int:
        return len(self._open)

    def know(self, address: Address) -> None:
        """Remember that a known peer asked something on this connection: it is not made to give way."""
        if address in self._open:
            self._known.add(address)

    def admit(self, raw: socket.socket, address: Address) -> socket.socket:
        """Return the connection, counted until it is closed; `ConnectionAbortedError` if there is no room."""
        source = _source(address[0])
        of_one = [each for each in self._open if _source(each[0]) == source]
        if len(of_one) >= self._most_of_one:
            room = self._give_way(of_one)
        else:
            room = len(self._open) < self._most or self._give_way(list(self._open))
        if not room:
            raw.close()
            raise ConnectionAbortedError(errno.ECONNABORTED, "too many connections")
        connection = _Connection(raw.family, raw.type, raw.proto, raw.detach())
        connection.when_closed = lambda: self._forget(address, connection)
        self._open[address] = connection
        return connection

    def turn_away(self, accept: Callable[[], tuple[socket.socket, object]]) -> None:
        """Without a descriptor left, take the waiting connection with the spare one, and close it."""
        os.close(self._spare)
        with contextlib.suppress(OSError):
            accept()[0].close()
        self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._say()

    def _give_way(self, some: list[Address]) -> bool:
        """Shut the oldest of these connections that no peer has used; False if there is none."""
        self._say()
        oldest = next((each for each in some if each not in self._known), None)
        if oldest is None:
            return False
        with contextlib.suppress(OSError):  # the other end was faster
            self._open.pop(oldest).shutdown(socket.SHUT_RDWR)  # its transport reads the end, and closes it
        return True

    def _forget(self, address: Address, connection: "_Connection") -> None:
        if self._open.get(address) is connection:
            del self._open[address]
            self._known.discard(address)

    def _say(self) -> None:
        self._refused += 1
        now = time.monotonic()
        if now - self._said >= _SAID_EVERY:
            logger.warning("too many connections", extra={"open": len(self), "turned_away": self._refused})
            self._refused, self._said = 0, now


class _Connection(socket.socket):
    """An accepted connection that says when it is closed."""

    when_closed: Callable[[], None]

    def close(self) -> None:
        super().close()
        self.when_closed()


class _Listener(socket.socket):
    """A listening socket behind a gate."""

    gate: Gate

    def accept(self) -> tuple[socket.socket, Address]:
        """Return the next connection that may come in; for one that may not, what asyncio passes over."""
        try:
            raw, address = super().accept()
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE}:
                raise
            self.gate.turn_away(super().accept)
            raise ConnectionAbortedError(errno.ECONNABORTED, "no descriptor is left") from error
        return self.gate.admit(raw, address[:2]), address


class GatedSite(web.BaseSite):
    """Where an application listens with TLS, behind a gate, with a bound on the handshake."""

    def __init__(
        self, runner: web.BaseRunner, context: ssl.SSLContext, listener: socket.socket, seconds: float
    ) -> None:
        super().__init__(runner, ssl_context=context, backlog=_BACKLOG)
        self._listener = listener
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The address it listens on."""
        return str(self._listener.getsockname())

    async def start(self) -> None:
        """Begin to take connections."""
        await super().start()
        assert self._runner.server is not None
        self._server = await asyncio.get_running_loop().create_server(
            self._runner.server, sock=self._listener, ssl=self._ssl_context, backlog=self._backlog,
            ssl_handshake_timeout=self._seconds,
        )  # fmt: skip


async def bind(gate: Gate, host: str, port: int) -> list[socket.socket]:
    """Return a bound socket for each address that `host` stands for; `OSError` if one cannot be bound."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    listeners: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            listener = _Listener(family, kind, protocol)
            listeners.append(listener)
            listener.gate = gate
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.setblocking(False)
            listener.bind(address)
    except OSError:
        for each in listeners:
            each.close()
        raise
    return listeners


def _source(host: str) -> str:
    """Return what counts as one address: in IPv6, the network that one subscriber has (RFC 6177)."""
    if ":" not in host:
        return host
    return str(ipaddress.ip_network((host.partition("%")[0], 64), strict=False))
