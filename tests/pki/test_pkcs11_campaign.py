"""A long day of a busy token: `make campaign`, or -m campaign with CONGVAN_CAMPAIGN_SECONDS."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pki.digest import Digest
from pki.errors import TokenLost
from pki.keys import open_key
from pki.pkcs11.process import Worker, shared_worker
from pki.practice.sandbox import Sandbox
from pki.public_key import PublicKey
from pki.token import Token
from tests.pki.shim.shim import Shim, compiled, compiler

SECONDS = float(os.environ.get("CONGVAN_CAMPAIGN_SECONDS", "600"))
CALLERS, KILLS, SESSIONS = 32, 10, 9
_PATIENCE = 30


@dataclass
class Day:
    """What became of the signatures asked for, and how long the slowest took, in seconds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0


async def sign_on(token: Token, caller: int, stop: asyncio.Event, day: Day) -> None:
    """Sign one text after the other; every value is checked against its own text once more."""
    key = PublicKey.of(token.certificate)
    number = 0
    while not stop.is_set():
        number += 1
        text = f"{caller}/{number}".encode()
        asked = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE):
                signature = await token.sign(text, "sha256")
        except TimeoutError:
            day.outcomes["hung"] += 1
        except TokenLost:
            day.outcomes["lost"] += 1
        else:
            day.outcomes["good" if key.verifies(signature, Digest.of(text)) else "wrong"] += 1
        day.longest = max(day.longest, time.monotonic() - asked)


async def kill_now_and_then(worker: Worker, seconds: float) -> set[int]:
    """Kill the worker at ten odd moments; return the processes that were killed."""
    killed: set[int] = set()
    share = seconds / KILLS
    for _ in range(KILLS):
        moment = random.uniform(0.1, 0.9) * share
        await asyncio.sleep(moment)
        await worker.call("hello")  # there is one to kill
        assert worker.process_id is not None
        killed.add(worker.process_id)
        os.kill(worker.process_id, signal.SIGKILL)
        await asyncio.sleep(share - moment)
    return killed


@pytest.mark.campaign
@pytest.mark.timeout(SECONDS + 120)
@pytest.mark.skipif(compiler() is None, reason="no C compiler for the shim, which counts sessions")
async def test_many_callers_and_a_worker_that_is_killed_ten_times(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Behind the shim, which stops at the first session too many: a leak would end every worker.
    shim = Shim(compiled(tmp_path), sandbox, tmp_path)
    environment = shim.environment(LEAK=SESSIONS)
    day, stop = Day(), asyncio.Event()
    async with (
        open_key(shim.uri(), environment=environment) as token,
        shared_worker(shim.module, environment) as worker,
        asyncio.TaskGroup() as group,
    ):
        for caller in range(CALLERS):
            group.create_task(sign_on(token, caller, stop, day))
        killed = await kill_now_and_then(worker, SECONDS)
        last = await worker.call("hello")
        stop.set()
    with capsys.disabled():
        made = f"{dict(day.outcomes)}, longest wait {day.longest:.1f} s"
        print(f"\n{SECONDS:g} s, {CALLERS} callers, {len(killed)} kills: {made}, {last}")  # noqa: T201
    assert len(killed) == KILLS
    assert last["generation"] == KILLS + 1  # nothing but the kills ended a worker
    assert last["sessions"] <= SESSIONS
    assert set(day.outcomes) == {"good"}  # none wrong, none lost, nobody left waiting
    for process in killed:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
