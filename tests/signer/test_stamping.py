"""Several time-stamp authorities: asked in order, every answer checked, the bad ones passed over, named."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from pki import revocation
from pki.errors import TrustError, UsageError
from pki.keys import open_key
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.practice.state import load_services
from pki.practice.tsa import POLICY, stamp_answer
from pki.reach import NotFetched
from pki.token import Token
from pki.trust import Anchors
from signer.errors import NoTimeStamp
from signer.level import Evidence, Level
from signer.numbering import number
from signer.pades.authority import AT_ONCE, authority_at
from signer.pades.breaker import FAILURES, PAUSE_SECONDS, Breaker
from signer.pades.budget import HOUR_SECONDS, Budget
from signer.pades.door import apart
from signer.pades.posting import MAX_ANSWER_BYTES
from signer.pades.stamping import TimeStamping
from signer.pades.turns import Turns
from signer.policy import Policy
from signer.renewing import extend
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.authorities import (
    Bare,
    Growing,
    Lying,
    Reply,
    altering,
    always,
    good,
    never,
    served,
    stamped,
)
from tests.signer.stage_samples import NUMBER, Stages

DIGEST = bytes(32)


@pytest.fixture
async def key(sandbox_directory: Path, services: Sandbox) -> AsyncIterator[Token]:
    """The practice authority's key; its services answer too."""
    assert services.tsa
    async with open_key(load_services(sandbox_directory).keys["tsa"]) as token:
        yield token


async def stamp(evidence: Evidence, digest: str = "sha256") -> TimeStamping:
    stamper = TimeStamping(evidence)
    await stamper.async_timestamp(DIGEST, digest)
    return stamper


async def reason(reply: Reply, **evidence: object) -> str:
    """Why the only authority gave no time-stamp."""
    async with served(reply) as bad:
        with pytest.raises(TrustError, match="There is no time-stamp") as caught:
            await stamp(Evidence(tsa_url=bad.url, tsa_seconds=5.0, **evidence))
        assert bad.url in str(caught.value)
        return str(caught.value)


def bad_nonce(asked: object) -> None:
    asked["nonce"] = 1


def other_imprint(asked: object) -> None:
    asked["message_imprint"]["hashed_message"] = b"\1" * 32


@pytest.mark.parametrize("change", [bad_nonce, other_imprint])
async def test_a_stamp_for_another_question_is_not_taken(key: Token, change: object) -> None:
    said = {bad_nonce: "another question than ours", other_imprint: "stamped something else"}
    assert said[change] in await reason(altering(key, change))


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (lambda: stamped(b""), "no time-stamp"),
        (lambda: stamped(b"<html>busy</html>"), "no time-stamp"),
        (
            lambda: stamped(bytes.fromhex("30053003020100")),
            "says that a time-stamp was granted, and holds none",
        ),
        (lambda: stamped(bytes(MAX_ANSWER_BYTES + 1)), "more than 65536 bytes"),
        (lambda: web.Response(status=500), "HTTP status 500"),
        (lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1/"}), "HTTP status 302"),
        (lambda: web.Response(text="a login page"), "no time-stamp reply"),
    ],
)
async def test_rubbish_is_not_taken(response: object, said: str) -> None:
    assert said in await reason(always(response))


async def test_a_rejection_is_told_with_the_fault_it_gives(key: Token) -> None:
    async def reject(_request: bytes) -> web.Response:
        return stamped(await stamp_answer(b"?", key, None))

    assert "refused: rejection, bad_data_format" in await reason(reject)


async def test_a_policy_that_was_not_asked_for_is_not_taken(key: Token) -> None:
    def drop(asked: object) -> None:
        asked["req_policy"] = None

    assert f"policy {POLICY}, not under the one" in await reason(altering(key, drop), tsa_policy="1.2.3.4")


async def test_a_policy_that_was_asked_for_is_taken(key: Token) -> None:
    async with served(good(key)) as authority:
        assert (await stamp(Evidence(tsa_url=authority.url, tsa_policy=POLICY))).expected


async def test_a_certificate_for_something_else_stamps_nothing(signatory: Token) -> None:
    assert "not for time-stamps alone" in await reason(good(signatory))


async def test_a_spoiled_signature_is_not_taken(key: Token) -> None:
    assert "not signed as it should be" in await reason(good(Lying(key)))


async def test_an_authority_that_leads_to_no_anchor_is_not_taken(key: Token, tmp_path: Path) -> None:
    other = Anchors.load((await make_sandbox(tmp_path / "other")).trust)
    assert "is not trusted: The certificate leads to none" in await reason(good(key), anchors=other)


async def test_without_anchors_nobody_is_asked_for_trust(key: Token) -> None:
    async with served(good(key)) as authority:
        assert (await stamp(Evidence(tsa_url=authority.url))).expected


async def test_all_who_failed_are_named_in_their_order() -> None:
    nobody = "http://user:secret@127.0.0.1:9/tsa"
    async with served(always(lambda: web.Response(status=503))) as busy, served(never) as silent:
        urls = (nobody, busy.url, silent.url)
        with pytest.raises(TrustError) as caught:
            await stamp(Evidence(tsa_url=urls, tsa_seconds=3.0))
    first, second, third = str(caught.value).split("; ")
    assert "http://127.0.0.1:9/tsa did not answer" in first
    assert "takes no more requests now (HTTP status 503)" in second
    assert "did not answer in 3.0 seconds" in third
    assert "secret" not in str(caught.value)


async def test_the_next_authority_stamps_when_the_first_fails(key: Token) -> None:
    async with served(altering(key, bad_nonce)) as bad, served(good(key)) as fine:
        await stamp(Evidence(tsa_url=(bad.url, fine.url)))
        assert (bad.asked, fine.asked) == (1, 1)


async def test_a_slow_authority_is_overtaken(key: Token) -> None:
    async with served(never) as slow, served(good(key)) as fine:
        await stamp(Evidence(tsa_url=(slow.url, fine.url), tsa_patience_seconds=0.5))
        assert (slow.asked, fine.asked) == (1, 1)


async def test_a_slow_authority_may_still_win_when_the_others_fail(key: Token) -> None:
    broken = always(lambda: web.Response(status=500))
    async with served(good(key, delay=0.5)) as slow, served(broken) as bad:
        await stamp(Evidence(tsa_url=(slow.url, bad.url), tsa_patience_seconds=0.05))
        assert (slow.asked, bad.asked) == (1, 1)


async def test_who_answered_is_asked_again_within_a_document(key: Token) -> None:
    async with served(always(lambda: web.Response(status=500))) as bad, served(good(key)) as fine:
        stamper = await stamp(Evidence(tsa_url=(bad.url, fine.url)))
        await stamper.async_timestamp(DIGEST, "sha256")
        assert (bad.asked, fine.asked) == (1, 2)


async def test_documents_share_no_stamp_that_is_taken_apart_while_it_is_read(key: Token) -> None:
    async with served(good(key)) as fine:
        evidence = Evidence(tsa_url=fine.url)
        made = await stamp(evidence)  # the next documents, each in a thread, begin with what is known from it
        (first,), (second,) = (TimeStamping(evidence)._expected() for _ in range(2))
    assert first.encoded == second.encoded == made.expected
    containers = [first.container, second.container, made._expected()[0].container]
    assert len({id(each.signed_data) for each in containers}) == 3
    assert len({id(each.signer) for each in containers}) == 3


async def test_who_fails_again_and_again_is_left_alone(key: Token) -> None:
    async with served(always(lambda: web.Response(status=500))) as bad, served(good(key)) as fine:
        for _ in range(FAILURES + 3):
            await stamp(Evidence(tsa_url=(bad.url, fine.url)))
        assert bad.asked == FAILURES
        with pytest.raises(TrustError, match=r"left alone for \d+ seconds more"):
            await stamp(Evidence(tsa_url=bad.url))


async def test_who_is_overtaken_again_and_again_is_left_alone(key: Token) -> None:
    async with served(never) as slow, served(good(key)) as fine:
        for _ in range(FAILURES + 1):
            await stamp(Evidence(tsa_url=(slow.url, fine.url), tsa_patience_seconds=0.5))
        assert slow.asked == FAILURES


async def test_who_asks_for_a_pause_gets_it_at_once(key: Token) -> None:
    busy = always(lambda: web.Response(status=429, headers={"Retry-After": "1200"}))
    async with served(busy) as bad, served(good(key)) as fine:
        for _ in range(2):
            await stamp(Evidence(tsa_url=(bad.url, fine.url)))
        assert bad.asked == 1
        assert authority_at(bad.url).breaker.seconds_left > 1000


async def test_a_question_that_was_our_fault_blames_nobody(key: Token) -> None:
    async with served(good(key)) as fine:
        for _ in range(FAILURES):
            with pytest.raises(TrustError, match="unaccepted_policy"):
                await stamp(Evidence(tsa_url=fine.url, tsa_policy="1.2.3.4"))
        await stamp(Evidence(tsa_url=fine.url))


async def test_few_questions_are_under_way_at_once(key: Token) -> None:
    async with served(good(key, delay=0.3)) as fine:
        evidence = Evidence(tsa_url=fine.url)
        await asyncio.gather(*(apart(lambda _: stamp(evidence)) for _ in range(3 * AT_ONCE)))
        assert (fine.asked, fine.most) == (3 * AT_ONCE, AT_ONCE)


async def test_a_turn_given_to_one_who_left_goes_to_the_next() -> None:
    turns = Turns(1)
    async with turns.one():
        waiting = [asyncio.create_task(_through(turns)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
    assert await waiting[1]
    assert await waiting[2]
    async with asyncio.timeout(1):
        assert await _through(turns)


async def _through(turns: Turns) -> bool:
    async with turns.one():
        return True


def test_a_breaker_opens_tries_once_and_closes() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(FAILURES):
        assert breaker.admits()
        breaker.failed()
    assert not breaker.admits()
    now[0] += PAUSE_SECONDS
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.failed()
    assert not breaker.admits()
    now[0] += PAUSE_SECONDS
    assert breaker.admits()
    breaker.succeeded()
    assert [breaker.admits(), breaker.admits()] == [True, True]


def test_a_trial_that_was_given_up_leaves_the_next_one_free() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    breaker.failed(pause_seconds=1.0)
    now[0] += PAUSE_SECONDS
    assert breaker.admits()
    breaker.gave_up()
    assert breaker.admits()


@pytest.mark.parametrize(
    "url", ["ftp://tsa.example/", "tsa.example", "http://", "http://[", "http://a:99999/"]
)
async def test_what_is_no_address_is_refused(url: str, stages: Stages, signatory: Token) -> None:
    with pytest.raises(UsageError, match="no address of a time-stamp authority"):
        await sign(stages.draft, signatory, level=Level.B_T, evidence=Evidence(tsa_url=url))


def test_one_address_and_several_are_both_given() -> None:
    assert Evidence(tsa_url="http://a/").authorities == ("http://a/",)
    assert Evidence(tsa_url=("http://a/", "http://b/", "http://a/")).authorities == ("http://a/", "http://b/")
    assert Evidence().authorities == ()


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LTA])
async def test_a_stamp_that_grows_from_call_to_call_always_finds_room(
    stages: Stages, services: Sandbox, anchors: Anchors, key: Token, *, level: Level
) -> None:
    async with (
        open_key(services.signatory) as signatory,
        open_key(services.agency) as agency,
        served(good(Growing(key, [agency.certificate, signatory.certificate] * 8))) as growing,
    ):
        evidence = Evidence(tsa_url=growing.url, anchors=anchors)
        signed = await sign(stages.draft, signatory, level=level, evidence=evidence)
        policy = Policy(anchors=anchors)
        sealed = await seal(number(signed, NUMBER), agency, level=level, evidence=evidence, policy=policy)
    assert growing.asked >= 5  # a trial, then twice for each layer: the first room was too small
    report = await examine(sealed.pdf, policy)
    assert report.passed
    assert [each.level for each in report.signatures] == [level.value.upper()] * 2


async def test_another_authority_in_the_middle_of_a_document_leaves_its_proof_whole(
    stages: Stages, services: Sandbox, anchors: Anchors, signatory: Token, key: Token
) -> None:
    fails = []

    async def once(request: bytes) -> web.Response:
        fails.append(request)
        return await good(key)(request) if len(fails) == 1 else web.Response(status=500)

    async with served(once) as first:
        evidence = Evidence(tsa_url=(first.url, services.tsa), anchors=anchors)
        signed = await sign(stages.draft, signatory, level=Level.B_LTA, evidence=evidence)
    report = await examine(signed.pdf, Policy(anchors=anchors, require="any", offline=True))
    assert report.passed
    assert report.signatures[0].level == "B-LTA"


async def test_an_authority_whose_budget_is_used_up_is_passed_over(key: Token) -> None:
    async with served(good(key)) as first, served(good(key)) as second:
        evidence = Evidence(tsa_url=(first.url, second.url), tsa_budget=2)
        for _ in range(3):
            await stamp(evidence)
        assert (first.asked, second.asked) == (2, 1)
        assert await stamp(Evidence(tsa_url=first.url))  # whoever has no budget is not bound by it


async def test_a_budget_used_up_says_how_often_and_until_when(key: Token) -> None:
    async with served(good(key)) as authority:
        await stamp(Evidence(tsa_url=authority.url, tsa_budget=1))
        with pytest.raises(NoTimeStamp, match=r"asked 1 times within an hour.*; next at 20\d\d-"):
            await stamp(Evidence(tsa_url=authority.url, tsa_budget=1))
        assert authority.asked == 1


def test_a_budget_is_of_any_hour_not_of_the_clocks() -> None:
    now = 0.0
    budget = Budget(lambda: now)
    assert [budget.take(2) for _ in range(3)] == [True, True, False]
    now = HOUR_SECONDS / 2
    assert (budget.seconds_left(2), budget.take(3)) == (HOUR_SECONDS / 2, True)
    assert budget.seconds_left(1) == HOUR_SECONDS  # of three, the last one must grow old
    now = HOUR_SECONDS
    assert [budget.take(2) for _ in range(2)] == [True, False]


async def nothing_fetched(url: str, _how: object) -> list[object]:
    raise NotFetched("{url} gave no answer.", url=url)


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
async def test_an_issuer_that_the_signature_alone_carries_serves_its_time_stamp(
    *,
    stages: Stages,
    signatory: Token,
    key: Token,
    anchors: Anchors,
    level: Level,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 3161 §2.4.2 lets an authority send its own certificate alone."""
    monkeypatch.setattr(revocation, "issuers", nothing_fetched)
    policy = Policy(anchors=anchors, require="any")
    async with served(good(Bare(key))) as authority:
        evidence = Evidence(tsa_url=authority.url, anchors=anchors)
        signed = await sign(stages.draft, signatory, level=level, evidence=evidence, policy=policy)
        report = await examine(signed.pdf, policy)
        assert (report.passed, report.signatures[0].level) == (True, level.said)
        extended = await extend(signed.pdf, evidence, policy, Level.B_LTA)
        report = await examine(extended.pdf, dataclasses.replace(policy, offline=True))
        assert (report.passed, report.signatures[0].level) == (True, "B-LTA")
