"""Status answers, lists and issuers' certificates, fetched from addresses that certificates name.

Whoever writes a certificate chooses these addresses, so they are asked like a stranger's: plain HTTP without
redirects, at an address that is public or that an anchor itself names, looked up once and then called as
looked up, with a limit on every answer and one on the time (RFC 5280 §8 warns of such requests).
"""

import asyncio
import socket
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from pki.reach import MAX_URL_LETTERS, NotFetched, Question, Reach
from pki.words import N_, Sentence


async def fetch(question: Question, reach: Reach, seconds: float) -> bytes:
    """Return what the address answers with status 200; raise `NotFetched` for everything else.

    `seconds` is for all of it: the name's look-up, the connection, the answer's last byte.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _fetched(question, reach)
    except TimeoutError as error:
        raise _refused(question, Sentence(N_("it takes too long"))) from error
    except (aiohttp.ClientConnectorError, socket.gaierror) as error:
        host = Sentence(N_("there is no connection to {host}"), {"host": urlsplit(question.url).hostname})
        raise _refused(question, host) from error
    except (OSError, ValueError, aiohttp.ClientError) as error:
        raise _refused(question, str(error) or type(error).__name__) from error


async def _fetched(question: Question, reach: Reach) -> bytes:
    host, port = _place(question)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for address in addresses:
        if not reach.permits(host, address):
            raise _refused(
                question, Sentence(N_("{address} is an address of a private network"), {"address": address})
            )
    connector = aiohttp.TCPConnector(
        resolver=_Known(addresses), use_dns_cache=False, force_close=True, family=socket.AF_UNSPEC
    )
    async with (
        aiohttp.ClientSession(
            connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        ) as session,
        session.request(
            "GET" if question.body is None else "POST",
            question.url,
            data=question.body,
            headers={} if question.kind is None else {"Content-Type": question.kind},
            allow_redirects=False,
        ) as answer,
    ):
        if answer.status != 200:
            raise _refused(question, f"HTTP {answer.status}")
        return await _limited(answer, question)


async def _limited(answer: aiohttp.ClientResponse, question: Question) -> bytes:
    held = bytearray()
    async for part in answer.content.iter_any():
        held += part
        if len(held) > question.limit:
            raise _refused(
                question,
                Sentence(N_("the answer is larger than {limit} bytes"), {"limit": question.limit}),
            )
    return bytes(held)


def _place(question: Question) -> tuple[str, int]:
    parts = urlsplit(question.url)
    if len(question.url) > MAX_URL_LETTERS or parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refused(question, Sentence(N_("it is no web address")))
    if parts.username is not None or parts.password is not None:
        raise _refused(question, Sentence(N_("it carries a name or password")))
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


class _Known(AbstractResolver):
    """Gives the addresses looked up and allowed before: a second look-up might find others (rebinding)."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        del family
        return [
            ResolveResult(
                hostname=host, host=address, port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
            )
            for address in self._addresses
        ]  # fmt: skip

    async def close(self) -> None:
        """Hold nothing that would have to be closed."""


def _refused(question: Question, why: object) -> NotFetched:
    return NotFetched("{url} gave no answer: {why}.", url=question.url[:MAX_URL_LETTERS], why=why)
