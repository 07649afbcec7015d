"""What waits is delivered again and again, by one worker at a time, until an answer that holds comes back."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.delivering import Attempt
from exchange.envelope import Part
from exchange.errors import MessageRefused, PeerError
from exchange.node import load_node
from exchange.office import Office
from exchange.outbox import Breaker
from exchange.peers import Answer, Peer, Unreached
from exchange.sending import Letter
from exchange.service import extending, init_office, join, open_office
from exchange.settings import Pace
from exchange.store.blobs import Blobs
from exchange.store.sqlite import open_database
from exchange.urgency import LANES, Urgency
from exchange.views import Delivery
from tests.exchange.offices import FAST, HANOI, HUE, PDF, HandClock, believe, filed, tamper


@dataclass
class Road:
    """A courier in our hands: it hands the envelope over in this process, or does what `trouble` says."""

    there: Office
    trouble: list[Callable[[Answer], Answer]] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)

    async def carry(self, peer: Peer, envelope: bytes, parts: Sequence[Part]) -> Answer:
        self.carried.append(peer.code)
        for part in parts:
            await self.there.take_part(part.digest, _once(PDF), self.sender, size=part.size)
        answer = (await self.there.take(envelope, self.sender)).answer
        return self.trouble.pop(0)(answer) if self.trouble else answer

    sender: Peer = field(init=False)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


@dataclass
class Post:
    office: Office
    road: Road
    clock: HandClock

    async def send(self, **letter: object) -> str:
        document = await filed(self.office)
        said = Letter(subject="x", **letter)  # type: ignore[arg-type]
        return (await self.office.send(document, [HUE], said)).envelope.message_id

    async def turn(self) -> int:
        return await self.office.rooms.outbox.deliver_due()

    async def delivery(self, message: str) -> Delivery:
        return (await self.office.sent(message)).deliveries[0]


def fails(error: Exception) -> Callable[[Answer], Answer]:
    def trouble(_: Answer) -> Answer:
        raise error

    return trouble


@pytest.fixture
async def post(tmp_path: Path, clock: HandClock) -> AsyncIterator[Post]:
    home = tmp_path / "hanoi"
    await init_office(home, HANOI, "Hà Nội", FAST, clock=clock)
    await init_office(tmp_path / "hue", HUE, "Huế", FAST, clock=clock)
    async with (
        open_office(tmp_path / "hue", believe=believe, clock=clock) as hue,
        open_database(home / "office.db", 5) as store,
    ):
        road = Road(hue)
        office = await join(
            home, FAST, load_node(home / "keys"), store=store, blobs=Blobs(home / "blobs"), courier=road,
            believe=believe, extend=extending(home / "trust", FAST), clock=clock,
        )  # fmt: skip
        road.sender = await office.card("https://hanoi.invalid")
        await hue.add_peer(road.sender)
        await office.add_peer(await hue.card("https://hue.invalid"))
        yield Post(office, road, clock)


@given(st.sampled_from(Urgency), st.integers(1, 10_000))
def test_a_wait_is_between_half_and_all_of_the_doubled_base_and_never_above_the_cap(
    urgency: Urgency, attempt: int
) -> None:
    lane = LANES[urgency]
    whole = min(lane.cap, lane.base * 2 ** min(attempt - 1, 20))
    assert whole / 2 <= lane.wait(attempt) <= whole


async def test_what_failed_waits_for_its_lane_and_then_goes_again(post: Post) -> None:
    post.road.trouble = [fails(Unreached("the line is dead"))]
    message = await post.send(urgency=Urgency.HOA_TOC)
    assert await post.turn() == 1
    delivery = await post.delivery(message)
    assert (delivery.state, delivery.error) == ("queued", "the line is dead")
    assert await post.turn() == 0
    post.clock.pass_by(seconds=5)
    assert await post.turn() == 1
    assert (await post.delivery(message)).state == "delivered"


async def test_retry_after_is_honoured(post: Post) -> None:
    post.road.trouble = [fails(Unreached("busy", retry_after=900))]
    await post.send(urgency=Urgency.HOA_TOC)
    await post.turn()
    post.clock.pass_by(seconds=899)
    assert await post.turn() == 0
    post.clock.pass_by(seconds=1)
    assert await post.turn() == 1


async def test_a_dead_peer_rests_is_tried_once_and_gets_everything_when_it_is_back(post: Post) -> None:
    pace, hurry = FAST.pace, post.office.retry
    post.road.trouble = [fails(Unreached("the line is dead"))] * (pace.failures_in_a_row + 1)
    document = await filed(post.office)
    for _ in range(pace.failures_in_a_row + 3):
        await post.office.send(document, [HUE], Letter(subject="x"))
    assert await post.turn() == pace.failures_in_a_row + 1  # two at once: one was under way already
    await hurry()
    assert await post.turn() == 0
    post.clock.pass_by(seconds=pace.rest_seconds)
    await hurry()
    post.road.trouble = [fails(Unreached("still dead"))]
    assert await post.turn() == 1  # the one that tries the way
    post.clock.pass_by(seconds=pace.rest_seconds)
    await hurry()
    assert await post.turn() == pace.failures_in_a_row + 3
    assert {each.state for item in await post.office.outbox() for each in item.deliveries} == {"delivered"}


def test_while_one_tries_the_way_no_other_goes() -> None:
    clock, breaker = HandClock(), Breaker(Pace(failures_in_a_row=1))
    breaker.began(HUE)
    breaker.ended(HUE, clock.now(), reached=False)
    assert breaker.resting(clock.now()) == {HUE}
    clock.pass_by(seconds=30)
    assert breaker.resting(clock.now()) == set()
    breaker.began(HUE)
    assert breaker.resting(clock.now()) == {HUE}
    breaker.ended(HUE, clock.now(), reached=True)
    assert breaker.resting(clock.now()) == set()


async def test_an_error_that_stays_ends_the_delivery_at_once(post: Post) -> None:
    post.road.trouble = [fails(MessageRefused("too large"))]
    message = await post.send()
    await post.turn()
    assert (await post.delivery(message)).state == "undeliverable"


async def test_a_message_that_expires_is_given_up_and_said_so_in_the_log(post: Post) -> None:
    message = await post.send(urgency=Urgency.HOA_TOC)
    post.clock.pass_by(hours=2, seconds=1)
    assert await post.turn() == 0
    assert (await post.delivery(message)).state == "undeliverable"
    size = (await post.office.check_log()).checkpoint.size
    bundle = await post.office.rooms.journal.tile(f"tile/entries/000.p/{size}")
    assert b'"event":"expired"' in bundle


async def test_an_operator_opens_a_given_up_delivery_again(post: Post) -> None:
    post.road.trouble = [fails(MessageRefused("too large"))]
    message = await post.send()
    await post.turn()
    assert await post.office.retry(message) == 1
    await post.turn()
    assert (await post.delivery(message)).state == "delivered"


def other_proof(answer: Answer) -> Answer:
    return Answer(answer.receipt, answer.proof.replace(b"index ", b"index 1"))


def other_receipt(answer: Answer) -> Answer:
    return Answer(answer.receipt.replace(b'"signature":"', b'"signature":"A'), answer.proof)


@pytest.mark.parametrize("forge", [other_proof, other_receipt])
async def test_an_answer_that_does_not_hold_is_no_answer(
    post: Post, forge: Callable[[Answer], Answer]
) -> None:
    post.road.trouble = [forge]
    message = await post.send(urgency=Urgency.HOA_TOC)
    await post.turn()
    assert (await post.delivery(message)).state == "queued"
    assert await post.office.evidence(message) == []
    post.clock.pass_by(seconds=5)
    await post.turn()
    assert (await post.delivery(message)).state == "delivered"


async def test_a_receipt_for_another_message_is_no_answer(post: Post) -> None:
    kept: list[Answer] = []

    def keep(answer: Answer) -> Answer:
        kept.append(answer)
        return answer

    post.road.trouble = [keep, lambda _: kept[0]]
    await post.send()
    await post.turn()
    second = await _second(post)
    assert (await post.delivery(second)).state == "queued"


async def _second(post: Post) -> str:
    document = (await post.office.outbox())[0].envelope.parts[0].digest
    message = (await post.office.send(document, [HUE], Letter(subject="y"))).envelope.message_id
    await post.turn()
    return message


async def test_a_worker_that_lost_its_lease_cannot_end_the_attempt(post: Post) -> None:
    message = await post.send()
    outbox = post.office.rooms.outbox
    [late] = await outbox._claim(Counter())
    post.clock.pass_by(seconds=FAST.pace.lease_seconds)
    [now] = await outbox._claim(Counter())
    assert (late.id, late.number, now.number) == (now.id, 1, 2)
    await outbox._delivering.attempt(late)
    assert (await post.delivery(message)).state == "leased"
    await outbox._delivering.attempt(now)
    assert (await post.delivery(message)).state == "delivered"
    assert len(await post.office.evidence(message)) == 1


async def test_urgent_letters_go_first_and_ordinary_ones_leave_them_room(post: Post) -> None:
    document = await filed(post.office)
    pace = post.office.settings.pace
    for urgency in [Urgency.THUONG] * 8 + [Urgency.HOA_TOC]:
        await post.office.send(document, [HUE], Letter(subject="x", urgency=urgency))
    claimed: list[Attempt] = await post.office.rooms.outbox._claim(Counter())
    assert claimed[0].lane is Urgency.HOA_TOC
    assert len(claimed) == pace.deliveries_to_one_peer


async def test_one_message_to_an_unknown_agency_is_not_queued_at_all(post: Post) -> None:
    document = await filed(post.office)
    with pytest.raises(PeerError, match="H29"):
        await post.office.send(document, [HUE, "H29"], Letter(subject="x"))
    assert await post.office.outbox() == []


async def test_a_running_outbox_sees_what_another_process_queued(post: Post) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(post.office.rooms.outbox.run(stop, 5))
    async with open_office(post.office.identity.home, believe=believe, clock=post.clock) as clerk:
        document = await filed(clerk)
        message = (await clerk.send(document, [HUE], Letter(subject="x"))).envelope.message_id
    while (await post.delivery(message)).state != "delivered":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    stop.set()
    await running


async def test_stopping_lets_an_attempt_end(post: Post) -> None:
    stop, began = asyncio.Event(), asyncio.Event()
    carry = post.road.carry

    async def slowly(peer: Peer, envelope: bytes, parts: Sequence[Part]) -> Answer:
        began.set()
        await asyncio.sleep(0.1)
        return await carry(peer, envelope, parts)

    post.road.carry = slowly  # type: ignore[method-assign]
    message = await post.send()
    running = asyncio.create_task(post.office.rooms.outbox.run(stop, 5))
    await began.wait()
    stop.set()
    await running
    assert (await post.delivery(message)).state == "delivered"


async def test_a_bug_in_one_delivery_leaves_the_others_and_the_outbox_at_work(post: Post) -> None:
    post.road.trouble = [fails(ZeroDivisionError("ours"))]
    broken = await post.send(urgency=Urgency.HOA_TOC)
    stop = asyncio.Event()
    running = asyncio.create_task(post.office.rooms.outbox.run(stop, 5))
    while (await post.delivery(broken)).error == "":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    document = (await post.office.outbox())[0].envelope.parts[0].digest
    other = (await post.office.send(document, [HUE], Letter(subject="y"))).envelope.message_id
    while (await post.delivery(other)).state != "delivered":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    stop.set()
    await running
    assert (await post.delivery(broken)).state == "queued"


async def test_a_peer_that_names_two_receipts_alike_has_answered_once(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await post.send()
    await post.turn()
    [receipt] = await post.office.evidence(first)
    row = "DELETE FROM evidence; UPDATE entry SET evidence = NULL WHERE evidence IS NOT NULL"
    tamper(post.road.there.identity.home, row)
    monkeypatch.setattr("exchange.receipt.new_id", lambda _: receipt.id)
    second = await _second(post)
    assert "two answers one name" in (await post.delivery(second)).error
    assert [each.id for each in await post.office.evidence(first)] == [receipt.id]
