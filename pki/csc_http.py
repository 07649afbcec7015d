"""The door to signing services over HTTP: one POST of JSON, one answer of JSON, within limits.

Redirects are refused, since they would carry an access token elsewhere. What a service says in its errors is
repeated only where it repeats none of our secrets.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from pki.errors import PinRefused, TokenError, TokenLost
from pki.pin import Secret

_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750 §2.1
_PIN_WORDS = frozenset({"invalid_pin", "invalid_otp", "invalid_authentication_data"})
_LONGEST_SAID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a service may take, and how much it may say."""

    connect_seconds: float = 10.0
    answer_seconds: float = 60.0
    """One call, from its first byte to its last."""
    answer_bytes: int = 1 << 20
    busy_seconds: float = 30.0
    """The longest pause that a busy service (429, 503) may ask for before a call is tried again."""
    attempts: int = 3
    """How often a call is made to a service that says it is busy."""
    agreement_seconds: float = 180.0
    """How long a person has to agree, on a telephone for instance."""
    ask_again_seconds: float = 2.0


class Refused(TokenError):
    """A signing service refused a call. `expired`: because the authorisation had expired."""

    code = "token.refused"
    expired = False


@dataclass(frozen=True, slots=True)
class Service:
    """A signing service, with the access token that opens it."""

    session: aiohttp.ClientSession
    base: str
    bearer: Secret
    limits: Limits

    async def call(self, method: str, body: dict[str, Any], *secrets: Secret) -> dict[str, Any]:
        """Call a method and return its answer.

        `secrets` are those in the body. Raises `TokenLost` when no answer comes, `PinRefused`, `Refused`,
        `TokenError`.
        """
        for attempt in range(1, self.limits.attempts + 1):
            status, retry_after, text = await self._posted(method, body)
            if status not in (429, 503):
                return self._answer(status, text, secrets)
            if attempt == self.limits.attempts or not 0 <= retry_after <= self.limits.busy_seconds:
                break
            await asyncio.sleep(retry_after)
        raise TokenLost(
            "The signing service {host} is busy.",
            hint="It asks to wait {seconds} seconds. Try again later.",
            host=self._host,
            seconds=retry_after if retry_after >= 0 else "?",
        )

    @property
    def _host(self) -> str:
        return urlsplit(self.base).netloc

    async def _posted(self, method: str, body: dict[str, Any]) -> tuple[int, float, bytes]:
        headers = {"Authorization": f"Bearer {self.bearer.reveal()}", "Accept-Encoding": "identity"}
        try:
            async with self.session.post(
                f"{self.base}/{method}", json=body, headers=headers, allow_redirects=False
            ) as response:
                return response.status, _retry_after(response), await self._body(response)
        except TimeoutError as error:
            raise TokenLost(
                "The signing service {host} did not answer within {seconds:g} seconds.",
                host=self._host,
                seconds=self.limits.answer_seconds,
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise TokenLost(
                "The signing service {host} cannot be reached: {why}.",
                host=self._host,
                why=type(error).__name__,
            ) from error

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            body += chunk
            if len(body) > self.limits.answer_bytes:
                raise TokenError(
                    "The signing service {host} answers with more than {limit} bytes.",
                    host=self._host,
                    limit=self.limits.answer_bytes,
                )
        return bytes(body)

    def _answer(self, status: int, text: bytes, secrets: tuple[Secret, ...]) -> dict[str, Any]:
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if status in (200, 202) and isinstance(answer, dict):
            return answer
        if status >= 500:
            raise TokenLost(
                "The signing service {host} failed: status {status}.", host=self._host, status=status
            )
        if status in (200, 202) or 300 <= status < 400:
            raise TokenError(
                "{host} does not answer as a signing service does: status {status}.",
                hint="Is its address right? It ends with /csc/v2 as a rule.",
                host=self._host,
                status=status,
            )
        raise self._refusal(status, answer if isinstance(answer, dict) else {}, secrets)

    def _refusal(self, status: int, answer: dict[str, Any], secrets: tuple[Secret, ...]) -> TokenError:
        error = answer.get("error")
        said = " ".join(str(answer.get(name, "")) for name in ("error", "error_description")).strip()
        if any(secret.reveal() in said for secret in (self.bearer, *secrets)) or not said.isprintable():
            said = "-"
        said = said[:_LONGEST_SAID] or "-"
        if status == 401:
            return TokenError(
                "The signing service {host} refuses the access token: {said}.",
                hint="Get a new one; access tokens live for an hour or so.",
                host=self._host,
                said=said,
            )
        words = said.lower()
        if (isinstance(error, str) and error in _PIN_WORDS) or "locked" in words:
            return PinRefused(
                "The signing service {host} refuses the PIN or OTP: {said}. It is not tried again.",
                host=self._host,
                said=said,
            )
        refusal = Refused("The signing service {host} refuses: {said}.", host=self._host, said=said)
        refusal.expired = "sad" in words and "expired" in words  # CSC API §11.10 has no code for it
        return refusal


@asynccontextmanager
async def open_service(base: str, bearer: Secret, limits: Limits) -> AsyncIterator[Service]:
    """Open the connections to a service. Raises `TokenError` for an access token that is none."""
    if _BEARER.fullmatch(bearer.reveal()) is None:
        raise TokenError("What was given as an access token is none: it has characters that no token has.")
    timeout = aiohttp.ClientTimeout(total=limits.answer_seconds, sock_connect=limits.connect_seconds)
    async with aiohttp.ClientSession(
        timeout=timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    ) as session:
        yield Service(session, base, bearer, limits)


def _retry_after(response: aiohttp.ClientResponse) -> float:
    """Return Retry-After in seconds (RFC 9110 §10.2.3); 1 if absent, -1 for a date: not worth a clock."""
    text = response.headers.get("Retry-After", "1")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else -1
