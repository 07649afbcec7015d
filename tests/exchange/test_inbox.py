"""A message is answered once, for ever, whatever is repeated, reordered, forged or missing."""

import asyncio
import dataclasses as dc
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange import care
from exchange.admission import Incomplete, Quota
from exchange.envelope import Envelope, Header, Part, new_id, pack
from exchange.errors import MessageRefused, OverQuota
from exchange.inbox import Decision, Inbox
from exchange.office import Office
from exchange.peers import Peer
from exchange.receipt import Reason
from exchange.service import init_office, open_office
from exchange.status import Status, StatusNote
from exchange.urgency import Urgency
from pki.digest import Digest
from pki.errors import Undetermined
from tests.exchange.offices import FAST, HANOI, HUE, PDF, HandClock, believe

LONG_AGO = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@dataclass
class Desk:
    """Hanoi's inbox, and a sender Hue that can say whatever it likes."""

    office: Office
    hue: Office
    peer: Peer
    clock: HandClock

    async def envelope(self, pdf: bytes = PDF, **changes: object) -> Envelope:
        await self.bring(pdf)
        now = self.clock.now()
        header = Header(number="15", symbol="UBND-VP", date=now.date(), subject="V/v kiểm tra")
        envelope = Envelope(
            message_id=new_id(now), sender=HUE, sender_name="Huế", recipients=(HANOI,), created=now,
            expires=now + dt.timedelta(hours=1), urgency=Urgency.THUONG, header=header,
            parts=(Part("a.pdf", "application/pdf", len(pdf), Digest.of(pdf)),),
        )  # fmt: skip
        return dc.replace(envelope, **changes)  # type: ignore[arg-type]

    async def bring(self, data: bytes) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield data

        await self.office.take_part(Digest.of(data), chunks(), self.peer, size=len(data))

    async def take(self, envelope: Envelope) -> Decision:
        return await self.office.take(pack(envelope, self.hue.identity.node).text, self.peer)

    async def reason(self, envelope: Envelope) -> Reason:
        decision = await self.take(envelope)
        assert not decision.event.positive
        return decision.reasons[0].reason


@pytest.fixture
async def desk(office: Office, clock: HandClock, tmp_path: Path) -> AsyncIterator[Desk]:
    await init_office(tmp_path / "hue", HUE, "UBND thành phố Huế", FAST, clock=clock)
    async with open_office(tmp_path / "hue", believe=believe, clock=clock) as hue:
        peer = await hue.card("https://hue.invalid")
        await office.add_peer(peer)
        yield Desk(office, hue, peer, clock)


async def test_the_same_content_again_gets_the_very_same_receipt(desk: Desk) -> None:
    envelope = await desk.envelope()
    first = await desk.take(envelope)
    desk.clock.pass_by(days=400)
    again = await desk.take(envelope)
    assert (again.answer.receipt, again.repeated) == (first.answer.receipt, True)
    assert len(await desk.office.inbox()) == 1


async def test_the_same_message_many_times_at_once_is_filed_once(desk: Desk) -> None:
    envelope = await desk.envelope()
    decisions = await asyncio.gather(*(desk.take(envelope) for _ in range(12)))
    assert len({decision.answer.receipt for decision in decisions}) == 1
    assert len(await desk.office.inbox()) == 1
    assert len(await desk.office.evidence(envelope.message_id)) == 1


async def test_other_content_under_the_same_id_is_refused_with_evidence(desk: Desk) -> None:
    envelope = await desk.envelope()
    receipt = await desk.take(envelope)
    other = await desk.envelope(PDF + b"other", message_id=envelope.message_id)
    assert await desk.reason(other) is Reason.DUPLICATE_ID
    assert (await desk.take(other)).answer.receipt == (await desk.take(other)).answer.receipt
    assert (await desk.take(envelope)).answer.receipt == receipt.answer.receipt


async def test_two_contents_race_for_one_id_and_only_one_gets_a_receipt(desk: Desk) -> None:
    one = await desk.envelope()
    others = [await desk.envelope(PDF + bytes([at]), message_id=one.message_id) for at in range(6)]
    decisions = await asyncio.gather(*(desk.take(each) for each in (one, *others)))
    assert sum(decision.event.positive for decision in decisions) == 1


async def test_a_refused_message_stays_refused(desk: Desk) -> None:
    envelope = await desk.envelope(PDF + b"forged")
    assert await desk.reason(envelope) is Reason.INVALID_SIGNATURE
    first = await desk.take(envelope)
    assert first.repeated
    other = await desk.envelope(message_id=envelope.message_id)
    assert await desk.reason(other) is Reason.DUPLICATE_ID


async def test_what_cannot_be_found_out_leaves_no_trace_and_may_come_again(desk: Desk) -> None:
    envelope = await desk.envelope(PDF + b"unknown")
    with pytest.raises(Undetermined):
        await desk.take(envelope)
    assert await desk.office.inbox() == []
    assert await desk.office.evidence(envelope.message_id) == []


async def test_a_part_that_is_not_here_is_asked_for(desk: Desk) -> None:
    envelope = await desk.envelope()
    part = Part("b.pdf", "application/pdf", 1, Digest.of(b"b"))
    with pytest.raises(Incomplete):
        await desk.take(dc.replace(envelope, parts=(*envelope.parts, part)))


async def test_a_part_that_somebody_else_brought_does_not_count(desk: Desk) -> None:
    secret = await desk.office.rooms.blobs.add(PDF + b"secret")
    part = Part("a.pdf", "application/pdf", len(PDF) + 6, secret)
    assert not await desk.office.has_part(secret, desk.peer)
    with pytest.raises(Incomplete):
        await desk.take(await desk.envelope(parts=(part,)))


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (Reason.UNKNOWN_RECIPIENT, {"recipients": ("H29",)}),
        (Reason.EXPIRED, {"created": LONG_AGO, "expires": LONG_AGO + dt.timedelta(days=1)}),
        (Reason.INVALID_FORMAT, {"created": dt.datetime(2026, 11, 22, 3, 6, tzinfo=dt.UTC)}),
        (Reason.INVALID_FORMAT, {"parts": (Part("a.pdf", "application/pdf", 7, Digest.of(PDF)),)}),
        (Reason.INVALID_FORMAT, {"parts": (Part("a.doc", "application/msword", len(PDF), Digest.of(PDF)),)}),
        (Reason.POLICY, {"parts": (Part("a.pdf", "application/pdf", 2**40, Digest.of(PDF)),)}),
    ],
)  # fmt: skip
async def test_a_wrong_message_is_refused_with_its_reason(
    desk: Desk, reason: Reason, changes: dict[str, object]
) -> None:
    assert await desk.reason(await desk.envelope(**changes)) is reason
    assert (await desk.office.inbox())[0].status == "not-admitted"


BY_HUE = PDF + "%sealed by uỷ ban  nhân dân Thành phố Huế".encode()
BY_HANOI = PDF + b"%sealed by UBND th\xc3\xa0nh ph\xe1\xbb\x91 H\xc3\xa0 N\xe1\xbb\x99i"


async def test_a_document_that_another_agency_sealed_is_not_this_peers_own(desk: Desk) -> None:
    assert await desk.reason(await desk.envelope(BY_HANOI)) is Reason.POLICY
    [item] = await desk.office.inbox()
    assert item.status == "not-admitted"


async def test_a_seal_is_known_by_what_the_card_says_it_shows_and_by_that_alone(desk: Desk) -> None:
    desk.peer = dc.replace(desk.peer, organisation="Ủy ban nhân dân thành phố Huế")
    assert (await desk.take(await desk.envelope(BY_HUE))).event.positive
    own_name = PDF + "%sealed by UBND thành phố Huế".encode()
    assert await desk.reason(await desk.envelope(own_name)) is Reason.POLICY


async def test_an_office_may_only_warn_of_another_seal(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    settings = dc.replace(FAST, seal_of_sender="warn")
    inbox = Inbox(dc.replace(desk.office.rooms.inbox._desk, settings=settings))
    text = pack(await desk.envelope(BY_HANOI), desk.hue.identity.node).text
    assert (await inbox.take(text, desk.peer)).event.positive
    assert "sealed by another agency" in caplog.text


async def test_a_refusal_gives_its_reason_in_the_language_of_the_office_that_refuses(
    desk: Desk, tmp_path: Path
) -> None:
    settings = dc.replace(FAST, language="vi")
    await init_office(tmp_path / "vietnamese", HANOI, "UBND thành phố Hà Nội", settings, clock=desk.clock)
    async with open_office(tmp_path / "vietnamese", believe=believe, clock=desk.clock) as office:
        await office.add_peer(desk.peer)
        desk.office = office
        decision = await desk.take(await desk.envelope(PDF + b"forged"))
    assert decision.reasons[0].detail.startswith("Văn bản không được tin tại đây: ")


async def test_a_delivery_exactly_at_expiry_counts_as_delivered(desk: Desk) -> None:
    envelope = await desk.envelope()
    desk.clock.moment = envelope.expires
    assert (await desk.take(envelope)).event.positive


async def test_an_envelope_in_somebody_elses_name_gets_no_answer(desk: Desk) -> None:
    envelope = await desk.envelope(sender="H29")
    with pytest.raises(MessageRefused, match="own"):
        await desk.take(envelope)


async def test_an_envelope_signed_by_another_key_gets_no_answer(desk: Desk) -> None:
    text = pack(await desk.envelope(), desk.office.identity.node).text
    with pytest.raises(MessageRefused, match="not signed by the key"):
        await desk.office.take(text, desk.peer)


async def test_a_status_about_a_message_we_never_sent_is_refused(desk: Desk) -> None:
    now = desk.clock.now()
    note = StatusNote(message_id=new_id(now), status=Status.ACCEPTED, time=now)
    envelope = await desk.envelope(urgency=Urgency.KHAN, header=None, parts=(), status=note)
    assert await desk.reason(envelope) is Reason.POLICY


async def test_every_answer_is_in_the_log(desk: Desk) -> None:
    await desk.take(await desk.envelope())
    await desk.take(await desk.envelope(PDF + b"forged"))
    seen = await desk.office.check_log()
    bundle = await desk.office.rooms.journal.tile(f"tile/entries/000.p/{seen.checkpoint.size}")
    assert bundle.count(b'"event":"received"') == 1
    assert bundle.count(b'"event":"declined"') == 1


async def test_a_part_that_nobody_refers_to_is_tidied_away_and_others_stay(desk: Desk) -> None:
    await desk.take(await desk.envelope())
    await desk.bring(b"never used")
    rooms, later = desk.office.rooms, dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    assert await care.tidy(rooms.store, rooms.blobs, later, dt.timedelta(days=1)) == 1
    assert not await desk.office.has_part(Digest.of(b"never used"), desk.peer)
    assert not await desk.office.has_part(Digest.of(PDF), desk.peer)  # it may come again; it stays ours
    assert await desk.office.read_part(Digest.of(PDF)) == PDF


def of_limits(desk: Desk, **limits: int) -> None:
    """Give the office other limits, as a restart with other settings would."""
    settings = dc.replace(FAST, limits=dc.replace(FAST.limits, **limits))
    rooms = desk.office.rooms
    inbox, quota = (
        Inbox(dc.replace(rooms.inbox._desk, settings=settings)),
        Quota(rooms.store, settings.limits),
    )
    desk.office.rooms = dc.replace(rooms, inbox=inbox, quota=quota)


async def test_files_that_a_message_refers_to_do_not_count_against_those_that_wait(desk: Desk) -> None:
    of_limits(desk, peer_unused_bytes=len(PDF) + 5)
    await desk.take(await desk.envelope())
    await desk.bring(bytes(len(PDF) + 5))
    with pytest.raises(OverQuota):
        await desk.bring(b"1")


async def test_files_on_their_way_at_the_same_time_count_together(desk: Desk) -> None:
    of_limits(desk, peer_unused_bytes=35)
    ends = await asyncio.gather(*(desk.bring(bytes([at]) * 10) for at in range(9)), return_exceptions=True)
    assert sum(end is None for end in ends) <= 3
    assert all(end is None or isinstance(end, OverQuota) for end in ends)


async def test_the_bytes_of_a_day_are_bounded_whatever_refers_to_them(desk: Desk) -> None:
    of_limits(desk, peer_bytes_per_day=len(PDF))
    await desk.take(await desk.envelope())
    with pytest.raises(OverQuota):
        await desk.bring(b"1")
    desk.clock.pass_by(days=1, seconds=1)
    await desk.bring(b"1")


async def test_refusals_of_a_day_are_bounded_and_leave_nothing_behind(desk: Desk) -> None:
    of_limits(desk, peer_refusals_per_day=2)
    refused = [await desk.envelope(recipients=("H29",)) for _ in range(3)]
    for each in refused[:2]:
        assert await desk.reason(each) is Reason.UNKNOWN_RECIPIENT
    size = (await desk.office.check_log()).checkpoint.size
    with pytest.raises(OverQuota):
        await desk.take(refused[2])
    assert (await desk.office.check_log()).checkpoint.size == size
    assert (await desk.take(refused[0])).repeated
    desk.clock.pass_by(days=1, seconds=1)
    assert await desk.reason(refused[2]) is Reason.UNKNOWN_RECIPIENT
