"""The practice services of a sandbox over HTTP on loopback: TSA, OCSP, lists, issuers' certificates.

Every answer is made afresh and says the present moment; what was revoked is read anew each time.
"""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web

from pki.clock import Clock, SystemClock
from pki.errors import UsageError
from pki.keys import open_key
from pki.practice.crl import revocation_list
from pki.practice.ocsp import status_answer
from pki.practice.state import Revoked, Services, load_revoked, load_services
from pki.practice.tsa import stamp_answer
from pki.token import Token

MAX_BODY_BYTES = 16 << 10
"""A time-stamp or status request is a few hundred bytes."""

_ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeServices:
    """The keys of a hierarchy's services, opened, and where its state is kept."""

    directory: Path
    services: Services
    tokens: Mapping[str, Token]
    clock: Clock

    async def stamp(self, request: web.Request) -> web.Response:
        """Answer a time-stamp request (RFC 3161 §3.4)."""
        if request.content_type != "application/timestamp-query":
            raise web.HTTPUnsupportedMediaType
        body = await stamp_answer(await request.read(), self.tokens["tsa"], self.clock.now())
        return web.Response(body=body, content_type="application/timestamp-reply")

    async def status(self, request: web.Request) -> web.Response:
        """Answer a status request sent by POST (RFC 6960 appendix A.1)."""
        if request.content_type != "application/ocsp-request":
            raise web.HTTPUnsupportedMediaType
        return await self._status(await request.read())

    async def status_by_name(self, request: web.Request) -> web.Response:
        """Answer a status request in the URL (RFC 6960 appendix A.1); base64 may hold "/" and "+"."""
        try:
            asked = base64.b64decode(unquote(request.match_info["request"]), validate=True)
        except (binascii.Error, ValueError):
            asked = b""  # answered as malformed
        return await self._status(asked)

    async def revocations(self, request: web.Request) -> web.Response:
        """Answer with an authority's revocation list."""
        authority = request.match_info["authority"]
        revoked = await self._revoked(authority)
        body = await revocation_list(self.tokens[authority], revoked, self.clock.now())
        return web.Response(body=body, content_type="application/pkix-crl")

    async def certificate(self, request: web.Request) -> web.Response:
        """Answer with an authority's certificate, DER."""
        token = self.tokens[request.match_info["authority"]]
        return web.Response(body=token.certificate, content_type="application/pkix-cert")

    async def _status(self, asked: bytes) -> web.Response:
        body = await status_answer(
            asked,
            self.tokens["ocsp"],
            issuer=self.tokens["issuing"].certificate,
            issued=self.services.issued["issuing"],
            revoked=await self._revoked("issuing"),
            now=self.clock.now(),
        )
        return web.Response(body=body, content_type="application/ocsp-response")

    async def _revoked(self, authority: str) -> dict[int, Revoked]:
        revoked = await asyncio.to_thread(load_revoked, self.directory)
        return {serial: revoked[serial] for serial in revoked.keys() & self.services.issued[authority]}


@asynccontextmanager
async def serve_sandbox(directory: Path, *, clock: Clock | None = None) -> AsyncIterator[None]:
    """Let the services of the practice hierarchy in `directory` answer, for as long as the context lasts.

    Raises `UsageError` if there is no hierarchy or its port is taken, and `TokenError`.
    """
    services = await asyncio.to_thread(load_services, directory)
    async with AsyncExitStack() as stack:
        tokens = {role: await stack.enter_async_context(open_key(uri)) for role, uri in services.keys.items()}
        practice = PracticeServices(
            directory=directory, services=services, tokens=tokens, clock=clock or SystemClock()
        )
        runner = web.AppRunner(_app(practice), access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        try:
            await web.TCPSite(runner, _ADDRESS, services.port).start()
        except OSError as error:
            raise UsageError(
                "The practice services' port {port} is taken.",
                hint="Is another `congvan pki serve` running for this folder?",
                port=services.port,
            ) from error
        yield


def _app(practice: PracticeServices) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.add_routes(
        [
            web.post("/tsa", practice.stamp),
            web.post("/ocsp", practice.status),
            web.get("/ocsp/{request:.+}", practice.status_by_name),
            web.get("/{authority:root|issuing}.crl", practice.revocations),
            web.get("/{authority:root|issuing}.crt", practice.certificate),
        ]
    )
    return app
