"""At the door: who may come in, how much may come, and what is said to those who may not."""

import asyncio
import contextlib
import datetime as dt
import gzip
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from exchange.audit.checkpoint import verify
from exchange.envelope import Envelope, Header, Part, new_id, pack
from exchange.errors import MessageRefused
from exchange.http import wire
from exchange.http.client import open_courier
from exchange.http.connections import Gate
from exchange.http.tls import client_context
from exchange.moment import moment
from exchange.office import Office
from exchange.peers import Answer, Unreached
from exchange.sending import Letter
from exchange.service import init_office, open_office
from exchange.settings import Address, Limits, Pace, Settings
from exchange.urgency import LANES, Urgency
from tests.exchange.offices import HANOI, HUE, PDF, Pair, believe, serving

SMALL = Settings(
    listen=Address("127.0.0.1", 0), pace=Pace(poll_milliseconds=20),
    limits=Limits(part_bytes=1000, envelope_bytes=2000, connections_of_one_address=8, handshake_seconds=1,
        peer_unused_parts=5,
    ),
)  # fmt: skip


@dataclass
class Door:
    """Hanoi's server, and Hue as a client of it."""

    office: Office
    guest: Office
    url: str
    session: aiohttp.ClientSession

    def context(self) -> ssl.SSLContext:
        return client_context(self.guest.identity.node, self.office.identity.node.certificate)

    async def ask(self, method: str, path: str, data: object = None) -> tuple[int, bytes]:
        async with self.session.request(method, f"{self.url}{path}", data=data, ssl=self.context()) as answer:
            return answer.status, await answer.read()


@contextlib.asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[Door]:
    await init_office(tmp_path / "hanoi", HANOI, "Hà Nội", SMALL)
    await init_office(tmp_path / "hue", HUE, "Huế", SMALL)
    async with (
        open_office(tmp_path / "hanoi", believe=believe) as hanoi,
        open_office(tmp_path / "hue", believe=believe) as hue,
        serving(hanoi) as url,
        aiohttp.ClientSession() as session,
    ):
        yield Door(hanoi, hue, url, session)


@pytest.fixture
async def strange(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


@pytest.fixture
async def door(strange: Door) -> Door:
    await strange.office.add_peer(await strange.guest.card("https://hue.invalid"))
    while True:  # within one poll the running server knows the new peer
        with contextlib.suppress(aiohttp.ClientError):
            await strange.ask("GET", "/exchange/v1/health")
            return strange
        await asyncio.sleep(0.01)


def part(data: bytes) -> str:
    return f"/exchange/v1/parts/{hashlib.sha256(data).hexdigest()}"


async def test_a_stranger_does_not_get_through_the_handshake(strange: Door) -> None:
    with pytest.raises(aiohttp.ClientError):
        await strange.ask("GET", "/exchange/v1/health")


async def test_a_new_peer_comes_in_without_a_restart(door: Door) -> None:
    assert (await door.ask("GET", "/exchange/v1/health"))[0] == 200


async def test_a_removed_peer_is_turned_away_at_once(door: Door) -> None:
    await door.office.remove_peer(HUE)
    assert (await door.ask("GET", "/exchange/v1/health"))[0] == 403


async def test_a_server_with_another_certificate_is_not_talked_to(pair: Pair) -> None:
    [card] = await pair.hanoi.peers()
    other = client_context(pair.hanoi.identity.node, pair.hanoi.identity.node.certificate)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientSSLError):
            await session.get(f"{card.url}/exchange/v1/health", ssl=other)


async def test_a_file_is_brought_once_and_is_there_afterwards(door: Door) -> None:
    assert (await door.ask("HEAD", part(PDF)))[0] == 404
    assert (await door.ask("PUT", part(PDF), PDF))[0] == 204
    assert (await door.ask("PUT", part(PDF), PDF))[0] == 204
    assert (await door.ask("HEAD", part(PDF)))[0] == 200


async def test_a_file_with_another_hash_is_not_kept(door: Door) -> None:
    status, body = await door.ask("PUT", part(PDF), PDF + b"!")
    assert (status, b"exchange.refused" in body) == (400, True)
    assert (await door.ask("HEAD", part(PDF)))[0] == 404


async def test_a_file_that_is_too_large_is_refused_by_its_length(door: Door) -> None:
    data = bytes(1001)
    assert (await door.ask("PUT", part(data), data))[0] == 413


async def test_a_file_whose_length_is_not_said_is_not_begun(door: Door) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield bytes(100)

    assert (await door.ask("PUT", part(b""), endless()))[0] == 411


async def later(door: Door, data: bytes) -> tuple[int, str]:
    async with door.session.put(f"{door.url}{part(data)}", data=data, ssl=door.context()) as answer:
        return answer.status, answer.headers.get("Retry-After", "")


async def test_a_peer_that_brings_files_for_no_message_is_asked_to_come_later(door: Door) -> None:
    for each in range(5):
        assert (await later(door, bytes([each])))[0] == 204
    assert await later(door, b"one more") == (429, "30")


async def test_a_disk_that_is_nearly_full_is_left_alone(door: Door) -> None:
    limits = replace(SMALL.limits, free_bytes=2**62)
    door.office.settings = replace(SMALL, limits=limits)
    assert await later(door, PDF) == (507, "30")
    assert (await door.ask("GET", "/exchange/v1/health"))[0] == 503
    assert (await door.ask("HEAD", part(PDF)))[0] == 404
    door.office.settings = SMALL
    assert (await later(door, PDF))[0] == 204


async def carried(door: Door, data: bytes) -> Answer:
    """Let Hue's courier bring a document to Hanoi, over HTTPS."""
    now = dt.datetime.now(dt.UTC)
    digest = await door.guest.rooms.blobs.add(data)
    parts = (Part("a.pdf", "application/pdf", len(data), digest),)
    envelope = Envelope(
        message_id=new_id(now), sender=HUE, sender_name="Huế", recipients=(HANOI,), created=now,
        expires=now + dt.timedelta(hours=1), urgency=Urgency.THUONG, parts=parts,
        header=Header(number="15", symbol="UBND-VP", date=now.date(), subject="x"),
    )  # fmt: skip
    node, limits = door.guest.identity.node, door.guest.settings.limits
    async with open_courier(node, door.guest.rooms.blobs, limits) as courier:
        return await courier.carry(await door.office.card(door.url), pack(envelope, node).text, parts)


async def test_a_courier_hears_when_to_come_again_with_what_cannot_be_decided_yet(door: Door) -> None:
    with pytest.raises(Unreached, match="503") as caught:
        await carried(door, PDF + b"unknown")
    assert caught.value.retry_after == 30


async def test_a_courier_hears_when_to_come_again_after_it_brought_too_much(door: Door) -> None:
    for each in range(5):
        await later(door, bytes([each]))
    with pytest.raises(Unreached, match="429") as caught:
        await carried(door, PDF)
    assert caught.value.retry_after == 30


@pytest.mark.parametrize(
    ("said", "understood"),
    [("120", 120), ("0", 0), ("", 0), ("-5", 0), ("1.5", 0), ("9" * 9, 0), ("٣", 0),
     ("Wed, 21 Oct 2026 07:28:00 GMT", 0)],
)  # fmt: skip
async def test_retry_after_is_read_as_seconds_and_anything_else_as_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch, said: str, understood: float
) -> None:
    busy = wire.Reply(503, b"{}", wire.PROBLEM, retry_after=said)  # type: ignore[arg-type]
    monkeypatch.setattr(wire, "error_reply", lambda _: busy)
    with pytest.raises(Unreached) as caught:
        await carried(door, PDF + b"unknown")
    assert caught.value.retry_after == understood


async def test_what_a_peer_asks_to_wait_is_waited(pair: Pair) -> None:
    own = LANES[Urgency.HOA_TOC].base
    before = dt.datetime.now(dt.UTC)
    message = await pair.send(PDF + b"unknown", Letter(subject="x", urgency=Urgency.HOA_TOC))
    while (await pair.delivery(message)).error == "":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    delivery = await pair.delivery(message)
    assert "503" in delivery.error
    assert moment(delivery.next_attempt) - before >= dt.timedelta(seconds=wire.RETRY_SECONDS) > own


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_compressed_body_is_not_unpacked_but_refused(door: Door, method: str) -> None:
    path = part(bytes(900)) if method == "PUT" else "/exchange/v1/envelopes"
    async with door.session.request(
        method, f"{door.url}{path}", data=gzip.compress(bytes(900)), ssl=door.context(),
        headers={"Content-Encoding": "gzip"},
    ) as answer:  # fmt: skip
        assert (answer.status, answer.content_type) == (415, "application/problem+json")
    assert (await door.ask("HEAD", part(bytes(900))))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("POST", "/exchange/v1/envelopes", b"{}", 400),
        ("POST", "/exchange/v1/envelopes", b"[" * 1999, 400),
        ("POST", "/exchange/v1/envelopes", bytes(2001), 413),
        ("PUT", "/exchange/v1/parts/..", b"", 404),
        ("PUT", f"/exchange/v1/parts/{'A' * 64}", b"", 400),
        ("GET", "/exchange/v1/envelopes", None, 405),
        ("GET", "/log/tile/0/x000/000", None, 404),
        ("GET", "/log/tile/0/000.p/200", None, 404),
        ("GET", "/nothing", None, 404),
    ],
)
async def test_what_is_wrong_is_answered_with_a_problem_document(
    door: Door, method: str, path: str, data: bytes | None, status: int
) -> None:
    async with door.session.request(method, f"{door.url}{path}", data=data, ssl=door.context()) as answer:
        assert (answer.status, answer.content_type) == (status, "application/problem+json")
        assert (await answer.json(content_type=None))["status"] == status


async def test_the_log_is_shown_as_tiles(door: Door) -> None:
    _, note = await door.ask("GET", "/log/checkpoint")
    seen = verify(note, door.office.log_key)
    _, hashes = await door.ask("GET", f"/log/tile/0/000.p/{seen.checkpoint.size}")
    assert len(hashes) == 32 * seen.checkpoint.size


async def test_our_own_certificate_may_ask_for_health_and_nothing_else(strange: Door) -> None:
    strange.guest = strange.office
    assert (await strange.ask("GET", "/exchange/v1/health"))[0] == 200
    assert (await strange.ask("PUT", part(PDF), PDF))[0] == 403


def test_an_answer_with_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(MessageRefused, match="UTF-8"):
        wire.read_answer(b'{"proof":"x","receipt":"\\ud800"}')


async def test_a_peer_that_cannot_be_reached_is_said_to_be_unreached(door: Door) -> None:
    node, rooms = door.guest.identity.node, door.guest.rooms
    card = await door.office.card("https://127.0.0.1:1")
    async with open_courier(node, rooms.blobs, door.guest.settings.limits) as courier:
        with pytest.raises(Unreached, match="cannot be reached"):
            await courier.carry(card, b"{}", [])


@contextlib.asynccontextmanager
async def silent(url: str, many: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Open connections as a stranger who never says anything."""
    host, port = url.removeprefix("https://").split(":")
    opened = [await asyncio.open_connection(host, int(port)) for _ in range(many)]
    try:
        yield [reader for reader, _ in opened]
    finally:
        for _, writer in opened:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def test_a_stranger_who_opens_connections_and_is_silent_keeps_no_peer_out(door: Door) -> None:
    async with silent(door.url, 40), aiohttp.ClientSession() as other:
        door.session = other
        assert (await door.ask("GET", "/exchange/v1/health"))[0] == 200


async def test_a_connection_on_which_nobody_says_hello_is_closed(door: Door) -> None:
    async with silent(door.url, 3) as readers:
        for reader in readers:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""


@pytest.fixture
def ends() -> Iterator[Callable[[], socket.socket]]:
    with contextlib.ExitStack() as stack:

        def end() -> socket.socket:
            ours, theirs = socket.socketpair()
            stack.callback(theirs.close)
            return ours

        yield end


def test_where_too_many_are_open_the_oldest_that_no_peer_used_gives_way(
    ends: Callable[[], socket.socket],
) -> None:
    gate = Gate(Limits(connections=3, connections_of_one_address=2))
    peer = gate.admit(ends(), ("10.0.0.1", 1))
    gate.know(("10.0.0.1", 1))
    stranger = gate.admit(ends(), ("10.0.0.2", 1))
    with (
        contextlib.closing(gate), peer, stranger,
        gate.admit(ends(), ("10.0.0.3", 1)), gate.admit(ends(), ("10.0.0.4", 1)),
    ):  # fmt: skip
        assert stranger.recv(1) == b""
        peer.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.recv(1)
        assert len(gate) == 3
    assert len(gate) == 0


def test_peers_who_hold_every_connection_are_not_cut_off_for_a_newcomer(
    ends: Callable[[], socket.socket],
) -> None:
    gate = Gate(Limits(connections=3, connections_of_one_address=2))
    with contextlib.closing(gate), gate.admit(ends(), ("::1", 1)), gate.admit(ends(), ("::2", 1)):
        for address in (("::1", 1), ("::2", 1)):
            gate.know(address)
        with pytest.raises(ConnectionAbortedError):
            gate.admit(ends(), ("::3", 1))  # the same subscriber's network
