"""init → send → receive → receipt → status, over real HTTPS between two offices."""

import asyncio
import datetime as dt

import pytest

from exchange.audit.proof import verify_proof
from exchange.errors import LogError, MoveNotAllowed
from pki.digest import Digest
from pki.errors import UsageError
from tests.exchange.offices import HUE, PDF, Pair, tamper

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


async def test_a_document_travels_and_is_filed_with_its_bytes(pair: Pair) -> None:
    message = await pair.send()
    assert (await pair.answered(message)).state == "delivered"
    item = await pair.hue.received(message)
    assert (item.status, item.envelope.sender) == ("arrived", "H26.05")
    assert await pair.hue.read_part(item.envelope.parts[0].digest) == PDF


async def test_both_sides_hold_the_same_receipt_and_it_is_proven(pair: Pair) -> None:
    message = await pair.send()
    await pair.answered(message)
    [received] = await pair.hanoi.evidence(message)
    [issued] = await pair.hue.evidence(message)
    assert received.receipt == issued.receipt
    proven = verify_proof(received.proof, str(pair.hue.log_key))
    assert proven.entry.evidence_digest == Digest.of(received.receipt)
    assert proven.entry.node == HUE


async def test_statuses_travel_back_to_the_sender(pair: Pair) -> None:
    message = await pair.send()
    await pair.reported(message, "arrived")
    accepted = await pair.hue.accept(message)
    assert accepted.arrival_number.startswith("01/")
    await pair.hue.finish(message)
    delivery = await pair.reported(message, "finished")
    assert delivery.arrival_number == accepted.arrival_number


async def test_a_refusal_by_the_clerk_travels_back_with_its_reason(pair: Pair) -> None:
    message = await pair.send()
    await pair.reported(message, "arrived")
    await pair.hue.refuse(message, "Gửi nhầm nơi nhận")
    assert (await pair.reported(message, "refused")).reason == "Gửi nhầm nơi nhận"
    with pytest.raises(MoveNotAllowed):
        await pair.hue.accept(message)


async def test_a_refusal_says_why_and_says_it_once(pair: Pair) -> None:
    message = await pair.send()
    await pair.reported(message, "arrived")
    for empty in ("", "  "):
        with pytest.raises(UsageError, match="says why"):
            await pair.hue.refuse(message, empty)
    await pair.hue.refuse(message, "Gửi nhầm nơi nhận")
    await pair.hue.refuse(message, "Gửi nhầm nơi nhận")
    with pytest.raises(MoveNotAllowed, match="its sender was told: Gửi nhầm nơi nhận"):
        await pair.hue.refuse(message, "Thiếu phụ lục")


async def test_the_newest_are_listed_where_not_all_are(pair: Pair) -> None:
    messages = [await pair.send(PDF + str(each).encode()) for each in range(4)]
    for each in messages:
        await pair.reported(each, "arrived")
    sent, came = await pair.hanoi.outbox(most=2), await pair.hue.inbox(most=2)
    assert [each.envelope.message_id for each in sent] == messages[2:]
    assert len(came) == 2
    everything = await pair.hue.inbox()
    assert came == everything[-2:]
    first = await pair.hue.inbox(after=LONG_AGO, most=2)
    assert first == everything[:2]


async def test_a_document_that_is_not_believed_is_answered_with_a_signed_refusal(pair: Pair) -> None:
    message = await pair.send(PDF + b"forged")
    delivery = await pair.answered(message)
    assert delivery.state == "refused"
    assert "layer 2 is broken" in delivery.error
    [evidence] = await pair.hanoi.evidence(message)
    assert not evidence.positive
    assert (await pair.hue.received(message)).status == "not-admitted"


async def test_both_logs_hold_after_the_journey(pair: Pair) -> None:
    message = await pair.send()
    await pair.reported(message, "arrived")
    for office in (pair.hanoi, pair.hue):
        assert (await office.check_log()).checkpoint.size > 2


EVIDENCE, MESSAGE, STORED = r"Entry \d+ tells of evidence", r"Entry \d+ tells of message", "Stored are"
BOOKS = r"Entry \d+ \(“\w+”\) tells of what is not in the office's books"


@pytest.mark.parametrize(
    ("statements", "complaint"),
    [
        ("UPDATE evidence SET jws = x'7b7d'", EVIDENCE),
        ("UPDATE evidence SET event = 'SubmissionRejection'", EVIDENCE),
        ("DELETE FROM evidence", EVIDENCE),
        ("UPDATE message SET envelope = x'7b7d'", MESSAGE),
        ("UPDATE message SET digest = 'sha256:aa'", MESSAGE),
        ("DELETE FROM message_part; DELETE FROM delivery; DELETE FROM message", MESSAGE),
        ("UPDATE report SET status = '05' WHERE status = '01'; DELETE FROM arrival", BOOKS),
        ("DELETE FROM report; DELETE FROM arrival_number; DELETE FROM arrival", BOOKS),
        ("DELETE FROM number; DELETE FROM document; UPDATE arrival SET status = '02'", BOOKS),
        ("UPDATE document SET day = '2020-01-01'; UPDATE arrival_number SET number = 500", BOOKS),
        ("UPDATE number SET number = 7; UPDATE arrival_number SET sender = 'A', message_id = 'b'", BOOKS),
        ("INSERT INTO message SELECT 'A', id, direction, kind, digest, envelope, filed FROM message", STORED),
    ],
)
async def test_what_is_kept_beside_the_log_is_held_to_it(pair: Pair, statements: str, complaint: str) -> None:
    message = await pair.send()
    await pair.reported(message, "arrived")
    await pair.hue.accept(message)
    await pair.reported(message, "accepted")
    for office in (pair.hanoi, pair.hue):
        await office.check_log()
        await asyncio.to_thread(tamper, office.identity.home, statements)
        with pytest.raises(LogError, match=complaint):
            await office.check_log()
