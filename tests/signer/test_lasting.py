"""Time-stamps that come late, and status answers made long before: what is said to last does."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from pki import our_desk
from pki.clock import SystemClock
from pki.errors import Undetermined
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox
from pki.practice.state import load_services
from pki.practice.tsa import stamp_answer
from pki.token import Token
from pki.trust import Anchors
from signer.document import Sealed, Signed
from signer.level import Evidence, Level
from signer.numbering import number
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.authorities import Reply, served, stamped
from tests.signer.stage_samples import NUMBER, Stages

LATE = timedelta(minutes=5)
TRIAL, ON_SIGNATURE, ON_DOCUMENT = 1, 2, 3  # what an authority is asked for, in this order


@dataclass
class Behind:
    """The practice hierarchy's clock; while it lags, everything answered is of some time ago."""

    lag: timedelta = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() - self.lag


@dataclass
class Practice:
    sandbox: Sandbox
    clock: Behind
    authority: Token

    @property
    def policy(self) -> Policy:
        return Policy(anchors=Anchors.load(self.sandbox.trust))

    def late(self, call: int, ago: timedelta = timedelta(0)) -> Reply:
        """Stamp five minutes after the status was told, as it was long ago.

        Time goes on when this question is asked.
        """
        self.clock.lag = ago + LATE
        asked = 0

        async def reply(request: bytes) -> web.Response:
            nonlocal asked
            asked += 1
            self.clock.lag = ago + LATE if asked < call else ago
            return stamped(await stamp_answer(request, self.authority, self.clock.now()))

        return reply


@pytest.fixture
async def practice(sandbox_directory: Path, sandbox: Sandbox) -> AsyncIterator[Practice]:
    clock = Behind()
    key = load_services(sandbox_directory).keys["tsa"]
    async with serve_sandbox(sandbox_directory, clock=clock), open_key(key) as authority:
        await our_desk.forget()
        yield Practice(sandbox, clock, authority)
    await our_desk.forget()


async def signed_late(
    practice: Practice, stages: Stages, level: Level, call: int, ago: timedelta = timedelta(0)
) -> Signed:
    async with served(practice.late(call, ago)) as tsa, open_key(practice.sandbox.signatory) as person:
        evidence = Evidence(tsa_url=tsa.url, anchors=practice.policy.anchors)
        return await sign(stages.draft, person, level=level, evidence=evidence)


async def sealed_late(practice: Practice, signed: Signed, level: Level, call: int) -> Sealed:
    async with served(practice.late(call)) as tsa, open_key(practice.sandbox.agency) as agency:
        return await seal(
            number(signed, NUMBER),
            agency,
            level=level,
            evidence=Evidence(tsa_url=tsa.url),
            policy=practice.policy,
        )


@pytest.mark.parametrize(
    ("level", "first", "second"),
    [(Level.B_LT, ON_SIGNATURE, ON_SIGNATURE), (Level.B_LTA, ON_SIGNATURE, ON_DOCUMENT)],
)
async def test_late_time_stamps_leave_both_layers_valid_offline(
    practice: Practice, stages: Stages, tmp_path: Path, *, level: Level, first: int, second: int
) -> None:
    signed = await signed_late(practice, stages, level, first, ago=LATE)
    sealed = await sealed_late(practice, signed, level, second)
    report = await examine(sealed.pdf, replace(practice.policy, offline=True))
    assert report.passed, report.verdict
    assert [each.level for each in report.signatures] == [level.said] * 2
    assert (signed.short, sealed.short) == (None, None)
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed.pdf)
    said = await asyncio.to_thread(subprocess.run, ["pdfsig", "-nocert", path], capture_output=True)
    assert said.stdout.count(b"Signature is Valid.") == 2


async def test_a_time_stamp_in_time_adds_no_revision(practice: Practice, stages: Stages) -> None:
    signed = await signed_late(practice, stages, Level.B_LT, TRIAL)
    assert signed.pdf.count(b"%%EOF") == stages.draft.pdf.count(b"%%EOF") + 1


async def signed_on_old_status(practice: Practice, stages: Stages, level: Level, *, lower: bool) -> Signed:
    """Sign where every status was published forty minutes ago and is good for twenty more."""
    in_time = Practice(practice.sandbox, Behind(), practice.authority)
    practice.clock.lag = timedelta(minutes=40)
    async with served(in_time.late(TRIAL)) as tsa, open_key(practice.sandbox.signatory) as person:
        evidence = Evidence(tsa_url=tsa.url, anchors=practice.policy.anchors, lower=lower)
        return await sign(stages.draft, person, level=level, evidence=evidence)


async def test_a_status_published_long_before_reaches_no_level_that_lasts(
    practice: Practice, stages: Stages
) -> None:
    with pytest.raises(Undetermined, match=r"not reached.*the stored status is of"):
        await signed_on_old_status(practice, stages, Level.B_LT, lower=False)


async def test_a_status_published_long_before_leaves_b_t_where_that_is_allowed(
    practice: Practice, stages: Stages
) -> None:
    signed = await signed_on_old_status(practice, stages, Level.B_LT, lower=True)
    assert signed.short is not None
    assert (signed.short.asked, signed.short.reached) == (Level.B_LT, Level.B_T)
    policy = replace(practice.policy, require="any")
    report = await examine(signed.pdf, policy)
    assert report.passed, [str(each) for each in report.verdict.reasons]
    assert [each.level for each in report.signatures] == ["B-T"]
    assert not (await examine(signed.pdf, replace(policy, offline=True))).passed
