"""Adapter: `Courier` over HTTPS with mutual TLS; the peer's pinned certificate is the only one believed."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence

import aiohttp

from exchange.envelope import Part
from exchange.errors import MessageRefused
from exchange.http import wire
from exchange.http.tls import client_context
from exchange.node import Node
from exchange.peers import Answer, Peer, Unreached
from exchange.settings import Limits
from exchange.store.blobs import Blobs
from pki.files import why
from pki.words import N_, Sentence

_FINAL = frozenset({400, 404, 405, 411, 413, 415, 422})
"""Answers without a signed refusal that no repetition will change; all others are tried again."""


@contextlib.asynccontextmanager
async def open_courier(node: Node, blobs: Blobs, limits: Limits) -> AsyncIterator["HttpCourier"]:
    """Open a courier with its pool of connections."""
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=limits.connect_seconds, connect=limits.connect_seconds,
        sock_read=limits.idle_seconds,
    )  # fmt: skip
    async with aiohttp.ClientSession(
        timeout=timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as session:
        yield HttpCourier(session, node, blobs, limits)


class HttpCourier:
    """Carries envelopes to peers."""

    def __init__(self, session: aiohttp.ClientSession, node: Node, blobs: Blobs, limits: Limits) -> None:
        self._session = session
        self._node = node
        self._blobs = blobs
        self._limits = limits
        self._contexts: dict[bytes, ssl.SSLContext] = {}

    async def carry(self, peer: Peer, envelope: bytes, parts: Sequence[Part]) -> Answer:
        """Bring the parts that are not there yet, then the envelope."""
        try:
            for part in parts:
                await self._bring(peer, part)
            headers = {"Content-Type": wire.ENVELOPE}
            async with (
                asyncio.timeout(2 * self._limits.idle_seconds),  # also where the answer comes byte by byte
                self._request("POST", peer, "envelopes", data=envelope, headers=headers) as response,
            ):
                return await self._answer(peer, response)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unreached("{peer} cannot be reached: {why}", peer=peer.code, why=_why(error)) from error

    async def _bring(self, peer: Peer, part: Part) -> None:
        path = f"parts/{part.digest.value.hex()}"
        seconds = self._limits.idle_seconds
        async with asyncio.timeout(seconds), self._request("HEAD", peer, path) as response:
            if response.status == 200:
                return
            if response.status != 404:
                raise _failed(peer, response, "")
        headers = {"Content-Length": str(part.size), "Content-Type": "application/octet-stream"}
        stream = self._blobs.stream(part.digest)
        async with self._request("PUT", peer, path, data=stream, headers=headers) as response:
            if response.status != 204:
                raise _failed(peer, response, wire.read_problem(await self._body(response)))

    async def _answer(self, peer: Peer, response: aiohttp.ClientResponse) -> Answer:
        body = await self._body(response)
        try:
            answer = wire.read_answer(body)
        except MessageRefused:
            answer = None
        if answer is None:
            raise _failed(peer, response, wire.read_problem(body))
        return answer

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            body += chunk
            if len(body) > self._limits.answer_bytes:
                raise Unreached("The answer is larger than {limit} bytes.", limit=self._limits.answer_bytes)
        return bytes(body)

    def _request(
        self, method: str, peer: Peer, path: str, **more: object
    ) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._session.request(
            method, f"{peer.url}/exchange/v1/{path}", ssl=self._context(peer), allow_redirects=False,
            **more,  # type: ignore[arg-type]  # data and headers, as aiohttp knows them
        )  # fmt: skip

    def _context(self, peer: Peer) -> ssl.SSLContext:
        if peer.certificate not in self._contexts:
            self._contexts[peer.certificate] = client_context(self._node, peer.certificate)
        return self._contexts[peer.certificate]


def _why(error: Exception) -> Sentence | str:
    """Return why a peer was not reached, without what only a programmer reads."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            cause = getattr(error, "certificate_error", error)
            detail = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "TLS"
            said = N_("its certificate is not the one on its card, or not valid ({detail})")
            return Sentence(said, {"detail": detail})
        case TimeoutError():
            return Sentence(N_("there is no answer"))
        case aiohttp.ClientConnectorError():
            return why(error.os_error)
        case OSError() if error.errno:
            return why(error)
        case _:
            return str(error) or type(error).__name__


def _failed(peer: Peer, response: aiohttp.ClientResponse, said: str) -> Unreached | MessageRefused:
    if response.status in _FINAL:
        return MessageRefused(
            "{peer} answered {status}: {said}", peer=peer.code, status=response.status, said=said
        )
    return Unreached(
        "{peer} answered {status}: {said}", peer=peer.code, status=response.status, said=said,
        retry_after=_retry_after(response),
    )  # fmt: skip


def _retry_after(response: aiohttp.ClientResponse) -> float:
    """Return Retry-After in seconds (RFC 9110 §10.2.3); the form with a date is not worth a clock."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
