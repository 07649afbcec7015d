"""A reader asks what issuers say: within its policy, one question at a time, and gets no other's answer."""

import asyncio
import socket
from datetime import UTC, datetime

import pytest

from pki.practice.sandbox import Sandbox
from pki.query import Asking, Query
from pki.reach import NotFetched, Reach
from pki.trust import Anchors
from pki.words import Sentence
from signer.apart.questions import Upstairs, answering
from signer.bounded import Bounded
from signer.policy import Limits, Policy

EVERYWHERE = Asking(
    since=datetime(2026, 2, 3, tzinfo=UTC),
    reach=Reach(private=True, hosts=frozenset({"127.0.0.1", "intranet"})),
    seconds=1000.0,
)


def query(name: str) -> Query:
    return Query(kind="list", url=f"http://lists.example/{name}", certificate=b"\x30", issuer=None)


async def echo(asked: Query, _how: Asking) -> bytes:
    """A source that says what it was asked; of "slow" it never says anything, of "none" that it cannot."""
    if asked.url.endswith("slow"):
        await asyncio.sleep(3600)
    if asked.url.endswith("none"):
        raise NotFetched(
            "{url} gave no answer: {why}.", url=asked.url, why=Sentence("it takes {n}", {"n": 3})
        )
    return asked.url.encode() * 1000


async def test_answers_and_failures_come_down_as_they_are() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        reader = Upstairs(theirs)
        async with answering(ours, echo):
            said = await asyncio.gather(*(reader(query(name), EVERYWHERE) for name in "abc"))
            with pytest.raises(NotFetched, match=r"none gave no answer: it takes 3\."):
                await reader(query("none"), EVERYWHERE)
    assert said == [query(name).url.encode() * 1000 for name in "abc"]


async def test_an_answer_that_nobody_waited_for_is_nobodys() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        reader = Upstairs(theirs)
        async with answering(ours, echo):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader(query("slow"), EVERYWHERE), 0.05)
            with pytest.raises(NotFetched, match="was not asked"):
                await reader(query("a"), EVERYWHERE)


@pytest.mark.parametrize("nonsense", [b"\xff" * 12, bytes(12), b"\0\0\0\2" + bytes(8) + b"[]"])
async def test_who_asks_nonsense_is_told_nothing_more(nonsense: bytes) -> None:
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        each.setblocking(False)
    with theirs:
        async with answering(ours, echo):
            await asyncio.get_running_loop().sock_sendall(theirs, nonsense)
            assert await asyncio.get_running_loop().sock_recv(theirs, 1) == b""
            with pytest.raises(NotFetched, match="was not asked"):
                await Upstairs(theirs)(query("a"), EVERYWHERE)


async def test_no_source_answers_nothing() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        async with answering(ours, None):
            with pytest.raises(NotFetched, match="was not asked"):
                await Upstairs(theirs)(query("a"), EVERYWHERE)


async def test_a_reader_reaches_no_further_than_its_policy(sandbox: Sandbox) -> None:
    asked: list[Asking] = []

    async def noting(_query: Query, how: Asking) -> bytes:
        asked.append(how)
        return b""

    policy = Policy(anchors=Anchors.load(sandbox.trust), limits=Limits(fetch_seconds=2.0))
    await Bounded(policy, noting)(query("a"), EVERYWHERE)
    assert asked == [Asking(since=EVERYWHERE.since, reach=Reach(hosts=frozenset({"127.0.0.1"})), seconds=2.0)]


@pytest.mark.parametrize(
    ("offline", "kind", "url"),
    [(True, "list", "http://a/"), (False, "issuers", "http://a/"), (False, "list", "http://" + "a" * 3000)],
)
async def test_some_questions_are_nobodys_business(offline: bool, kind: str, url: str) -> None:
    policy = Policy(anchors=Anchors(()), offline=offline)
    with pytest.raises(NotFetched, match="was not asked"):
        await Bounded(policy, echo)(Query(kind=kind, url=url), EVERYWHERE)
