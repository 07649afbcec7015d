"""A command of one document forks its reader from itself: for so many requests, and whatever comes after."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HONEST = ROOT / "tests" / "vectors" / "honest"
COMMAND = """
import asyncio, json, sys
from datetime import datetime
from pathlib import Path
from pki.trust import Anchors
from signer.apart.asking import get_ready
from signer.apart.forker import forker
from signer.apart.requests import Examine
from signer.policy import Policy
from signer.verifying import examine

honest, requests = Path(sys.argv[1]), int(sys.argv[2])
anchors = Anchors.load(honest / "root.pem", honest / "practice.pem")
at = datetime.fromisoformat("2026-11-22T09:26:53+00:00")
policy = Policy(anchors=anchors, offline=True, require="any", at=at)
pdf = (honest / "files" / "congvan-two-layers-b-lt.pdf").read_bytes()
reader = forker("judging")
get_ready(Examine, from_here=requests)
print(reader.process_id, flush=True)
input()
for _ in range(3):
    by = reader.process_id
    passed = asyncio.run(examine(pdf, policy)).passed
    print(json.dumps([passed, by]), flush=True)
"""


def judged(requests: int, *, killed: bool = False) -> tuple[int, list[Any]]:
    """Judge a document three times; return the process that was forked, and which one was there each time."""
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(HONEST), str(requests)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as command:  # fmt: skip
        assert command.stdout is not None
        first = int(command.stdout.readline())
        if killed:
            os.kill(first, signal.SIGKILL)
        said, _ = command.communicate("\n", timeout=120)
    assert command.returncode == 0
    assert not Path(f"/proc/{first}").exists()  # ended, and waited for: whoever is above us need not
    return first, [json.loads(line) for line in said.splitlines()]


@pytest.mark.parametrize("requests", [1, 2, 3])
def test_it_answers_so_many_requests_and_a_new_interpreter_the_others(requests: int) -> None:
    first, said = judged(requests)
    assert [passed for passed, _ in said] == [True] * 3
    assert [by == first for _, by in said] == [count < requests for count in range(3)]


def test_when_it_is_killed_before_it_was_asked_a_new_interpreter_answers() -> None:
    first, said = judged(1, killed=True)
    (_, _), (_, second), (_, third) = said
    assert [passed for passed, _ in said] == [True] * 3
    assert first != second == third
