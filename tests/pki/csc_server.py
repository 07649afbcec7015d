"""A signing service by the CSC API 2.0.0.2 on loopback: its key in memory, and faults on demand."""

import asyncio
import base64
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from pki.csc_answers import HASHES
from pki.public_key import HASHES as DIGESTS
from tests.pki.desk_keys import DeskKey

BEARER, PIN, OTP, CREDENTIAL = "dG9rZW4tb2YtYW4", "274 mật khẩu", "884213", "GX0112348"
_BY_OID = {oid: DIGESTS[name] for name, oid in HASHES.items()}
_PASSWORD = {"type": "Password", "format": "A"}


class Refusal(Exception):
    """An error answer of the API."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.answer = status, {"error": error, "error_description": description}


@dataclass(slots=True)
class CscServer:
    """What a service knows, how it is set, and what it was asked."""

    desk: DeskKey
    url: str = ""
    specs: str = "2.0.0.2"
    algorithms: tuple[str, ...] = ("1.2.840.113549.1.1.1",)
    bound: bool = True
    at_once: int = 1
    with_otp: bool = False
    mode: str = "explicit"
    credentials: tuple[str, ...] = (CREDENTIAL,)
    pending: int = 0
    wrong_value: bool = False
    side_by_side: bool = False
    expired: int = 0
    busy: dict[str, list[str]] = field(default_factory=dict)
    """Retry-After headers still to be given, by method."""
    answers: dict[str, Callable[[], Awaitable[web.Response]]] = field(default_factory=dict)
    """Answers given instead of the right ones, by method."""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _sads: dict[str, list[str]] = field(default_factory=dict)

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The bodies that a method was called with."""
        return [body for name, body in self.calls if name == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = await request.json()
        self.calls.append((method, body))
        if method in self.answers:
            return await self.answers[method]()
        if self.busy.get(method):
            return web.json_response({}, status=429, headers={"Retry-After": self.busy[method].pop(0)})
        if method != "info" and request.headers.get("Authorization") != f"Bearer {BEARER}":
            return web.json_response({"error": "invalid_token"}, status=401)
        methods: dict[str, Callable[[dict[str, Any]], web.Response]] = {
            "info": self._info,
            "credentials/list": self._list,
            "credentials/info": self._credential,
            "credentials/authorize": self._authorize,
            "credentials/authorizeCheck": self._authorize_check,
            "signatures/signHash": self._sign_hash,
        }
        try:
            return methods[method](body)
        except Refusal as refusal:
            return web.json_response(refusal.answer, status=refusal.status)

    def _info(self, _body: dict[str, Any]) -> web.Response:
        return web.json_response({"specs": self.specs, "name": "Practice", "authType": ["oauth2code"]})

    def _list(self, _body: dict[str, Any]) -> web.Response:
        return web.json_response({"credentialIDs": list(self.credentials)})

    def _credential(self, body: dict[str, Any]) -> web.Response:
        self._check_name(body)
        return web.json_response(self.credential_info())

    def _check_name(self, body: dict[str, Any]) -> None:
        if body.get("credentialID") not in self.credentials:
            raise Refusal(400, "invalid_request", "Invalid parameter credentialID")

    def credential_info(self) -> dict[str, Any]:
        """What credentials/info says."""
        objects = [{**_PASSWORD, "id": "PIN"}]
        if self.with_otp:
            objects.append({**_PASSWORD, "id": "OTP", "generator": "totp"})
        chain = (self.desk.certificate, self.desk.issuer)
        return {
            "key": {"status": "enabled", "algo": list(self.algorithms), "len": self.desk.key.key_size},
            "cert": {"status": "valid", "certificates": [base64.b64encode(der).decode() for der in chain]},
            "auth": {"mode": self.mode, "expression": "PIN AND OTP", "objects": objects},
            "SCAL": "2" if self.bound else "1",
            "multisign": self.at_once,
        }

    def _authorize(self, body: dict[str, Any]) -> web.Response:
        self._check_name(body)
        given = {each["id"]: each["value"] for each in body["authData"]}
        if given != {"PIN": PIN, **({"OTP": OTP} if self.with_otp else {})}:
            said = f"The authentication data is invalid: {given.get('PIN')}"
            raise Refusal(400, "invalid_authentication_data", said)
        if body["numSignatures"] > self.at_once:
            raise Refusal(400, "invalid_request", "Numbers of signatures is too high")
        self._sads[sad := secrets.token_urlsafe(24)] = body["hashes"]
        if self.pending:
            return web.json_response({"handle": sad}, status=202)
        return web.json_response({"SAD": sad, "expiresIn": 300})

    def _authorize_check(self, body: dict[str, Any]) -> web.Response:
        self.pending -= 1
        if self.pending:
            return web.json_response({"handle": body["handle"]}, status=202)
        return web.json_response({"SAD": body["handle"]})

    def _sign_hash(self, body: dict[str, Any]) -> web.Response:
        self._check_name(body)
        if self.mode == "explicit":
            authorised = self._sads.pop(body.get("SAD", ""), None)
            if self.expired:
                self.expired -= 1
                raise Refusal(400, "invalid_request", "SAD expired")
            if authorised is None:
                raise Refusal(400, "invalid_request", "Invalid parameter SAD")
            if self.bound and body["hashes"] != authorised:
                raise Refusal(400, "invalid_request", "Hash is not authorized by the SAD")
        if body["signAlgo"] not in self.algorithms:
            raise Refusal(400, "invalid_request", "Invalid parameter signAlgo")
        values = [self._signed(base64.b64decode(each), body) for each in body["hashes"]]
        return web.json_response({"signatures": [base64.b64encode(each).decode() for each in values]})

    def _signed(self, digest: bytes, body: dict[str, Any]) -> bytes:
        algorithm = Prehashed(_BY_OID[body["hashAlgorithmOID"]])
        digest = digest[::-1] if self.wrong_value else digest
        if isinstance(self.desk.key, rsa.RSAPrivateKey):
            return self.desk.key.sign(digest, padding.PKCS1v15(), algorithm)
        value = self.desk.key.sign(digest, ec.ECDSA(algorithm))
        if not self.side_by_side:
            return value
        return b"".join(
            each.to_bytes(self.desk.key.key_size // 8, "big") for each in decode_dss_signature(value)
        )


def key_uri(server: CscServer, folder: Path, *, pin: str = PIN, bearer: str = BEARER) -> str:
    """Name the service's key, with its secrets in files of this folder."""
    for file, text in (("token", bearer), ("pin", pin), ("otp", OTP)):
        (folder / file).write_text(text)
        (folder / file).chmod(0o600)
    sources = "&".join(f"{kind}-source=file:{folder}/{kind}" for kind in ("token", "pin", "otp"))
    return f"csc:{server.url}?credential={CREDENTIAL}&{sources}"


@asynccontextmanager
async def serve(server: CscServer, tls: ssl.SSLContext | None = None) -> AsyncIterator[CscServer]:
    """Let the service answer on loopback."""
    app = web.Application()
    app.add_routes([web.post("/csc/v2/{method:.+}", server.handle)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        scheme = "http" if tls is None else "https"
        server.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/csc/v2"
        yield server
    finally:
        await runner.cleanup()


async def hang() -> web.Response:
    """Answer never."""
    await asyncio.Event().wait()
    raise AssertionError
