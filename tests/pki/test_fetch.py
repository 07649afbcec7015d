"""Addresses that certificates name are asked with care."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from pki.fetch import fetch
from pki.reach import NotFetched, Question, Reach, hosts_of
from pki.words import Sentence

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HERE = Reach(hosts=frozenset({"127.0.0.1"}))


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def ask(url: str, reach: Reach = HERE, seconds: float = 5.0) -> bytes:
    return await fetch(Question(url=url, limit=1000), reach, seconds)


async def test_an_answer_is_returned_and_a_body_is_posted() -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=request.method.encode() + await request.read())

    async with serving(echo) as url:
        assert await ask(url) == b"GET"
        question = Question(url=url, limit=100, body=b" me", kind="application/ocsp-request")
        assert await fetch(question, HERE, 5) == b"POST me"


@pytest.mark.parametrize("status", [204, 301, 302, 307, 404, 500])
async def test_nothing_but_a_plain_yes_is_an_answer(status: int) -> None:
    asked = []

    async def refuse(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with serving(refuse) as url:
        with pytest.raises(NotFetched, match=str(status)):
            await ask(f"{url}/there")
    assert asked == ["/there"]


async def test_an_endless_answer_is_cut_off() -> None:
    async def pour(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 100)
        return response

    async with serving(pour) as url:
        with pytest.raises(NotFetched, match="larger than 1000 bytes"):
            await ask(url)


async def test_a_hanging_address_is_left_in_time() -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async with serving(hang) as url:
        with pytest.raises(NotFetched, match="too long"):
            await ask(url, seconds=0.1)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "0.0.0.0", "10.1.2.3", "192.168.1.1", "172.16.0.9", "169.254.169.254",
        "100.64.0.1", "224.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1]",
        "[fd00::1]", "[2002:7f00:1::]", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
async def test_private_addresses_are_not_called(host: str) -> None:
    with pytest.raises(NotFetched, match="private network"):
        await ask(f"http://{host}:9/", Reach())


@pytest.mark.parametrize("host", ["127.0.0.1", "nobody.invalid"])
async def test_where_nobody_is_reached_it_is_said_in_our_words(host: str) -> None:
    with pytest.raises(NotFetched) as raised:
        await ask(f"http://{host}:9/ocsp", Reach(private=True))
    said = f"http://{host}:9/ocsp gave no answer: there is no connection to {host}."
    assert str(Sentence.of(raised.value)) == said


def test_private_addresses_may_be_allowed_and_public_ones_always_are() -> None:
    assert Reach(private=True).permits("intranet", "10.0.0.1")
    assert HERE.permits("127.0.0.1", "127.0.0.1")
    assert not HERE.permits("localhost", "127.0.0.1")
    for address in ("8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"):
        assert Reach().permits("ocsp.example", address)


@pytest.mark.parametrize(
    "url",
    [
        "ldap://127.0.0.1/x",
        "file:///etc/passwd",
        "http:///x",
        "http://a:b@127.0.0.1/",
        "http://[",
        "x" * 3000,
    ],
)
async def test_what_is_no_plain_web_address_is_not_asked(url: str) -> None:
    with pytest.raises(NotFetched):
        await ask(url)


async def test_a_name_is_looked_up_once_and_called_where_it_was_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, asked = asyncio.get_running_loop(), []
    real = loop.getaddrinfo

    async def rebinding(host: str, port: int, **options: Any) -> Any:
        asked.append(host)
        return await real("127.0.0.1" if len(asked) == 1 else "127.0.0.9", port, **options)

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=b"here")

    async with serving(answer) as url:
        monkeypatch.setattr(loop, "getaddrinfo", rebinding)
        reach = Reach(hosts=frozenset({"ocsp.example"}))
        assert await ask(url.replace("127.0.0.1", "ocsp.example"), reach) == b"here"
    assert asked == ["ocsp.example"]


def test_hosts_are_those_of_the_addresses() -> None:
    assert hosts_of(["http://A.example:80/x", "http://[", "ldap:///c", ""]) == {"a.example"}
