"""Strangers' documents are read in processes of their own: what one of them does, it does to itself."""

import asyncio
import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from pki.trust import Anchors
from signer.apart.asking import ask
from signer.apart.drafting import draft_apart
from signer.apart.forker import forker
from signer.apart.requests import Examine
from signer.document import Numbered
from signer.errors import NotAPdf
from signer.policy import Limits, Policy
from signer.report import Indication, Report
from signer.sealing import seal
from signer.verifying import examine
from tests.signer import bombs
from tests.signer.stage_samples import NUMBER, Stages

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
SHORT = Limits(seconds=4.0, cpu_seconds=1.0)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
TOO_LONG = "Reading this document took more than"


@pytest.fixture(scope="module")
def endless() -> bytes:
    """A file that no check knows."""
    return bombs.long_number()


@pytest.fixture
def short(policy: Policy) -> Policy:
    return dataclasses.replace(policy, limits=SHORT)


def children(parent: int) -> set[int]:
    """The processes that a process has, by /proc."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(words[1]) == parent and words[0] != "Z":
            found.add(int(stat.parent.name))
    return found


async def until(look: Callable[[], T]) -> T:
    """Look again and again until there is something to see; the test's own time limit ends the wait."""
    while not (seen := look()):  # noqa: ASYNC110 - another process tells nobody
        await asyncio.sleep(0.01)
    return seen


async def readers(count: int) -> set[int]:
    """Wait until so many documents are being read, and return the processes that read them."""

    def look() -> set[int]:
        parent = forker("judging").process_id
        found = set() if parent is None else children(parent)
        return found if len(found) >= count else set()

    return await until(look)


@pytest.fixture(autouse=True)
async def nobody_reads_yet() -> None:
    """A reader that has answered is a child for a moment more, and must not be taken for the next one."""
    parent = forker("judging").process_id
    await until(lambda: parent is None or not children(parent))


async def gone(processes: set[int]) -> None:
    await until(lambda: not any(Path(f"/proc/{each}").exists() for each in processes))


def address_space(process: int) -> int:
    """The limit of a process's address space in bytes; 0 while there is none."""
    limits = Path(f"/proc/{process}/limits").read_text().splitlines()
    most = next(each for each in limits if each.startswith("Max address space")).split()[3]
    return 0 if most == "unlimited" else int(most)


@pytest.mark.parametrize(
    "make",
    [
        bombs.forking_fields,
        bombs.looping_fields,
        bombs.deep_fields,
        bombs.columns_of_nothing,
        bombs.unpacking,
    ],
)
async def test_known_bombs_are_refused_before_they_are_walked(make: object, short: Policy) -> None:
    report = await examine(make(), short)
    assert report.verdict.sub_indication == "FORMAT_FAILURE"
    assert "more" in str(report.verdict.reasons[0])


async def test_a_document_without_end_is_ended_and_said_to_be(endless: bytes, short: Policy) -> None:
    report = await examine(endless, short)
    assert (report.indication, report.verdict.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")
    assert str(report.verdict.reasons[0]).startswith(TOO_LONG)


async def test_a_document_that_wants_all_memory_is_told_apart(stages: Stages, policy: Policy) -> None:
    tight = dataclasses.replace(policy, limits=Limits(memory=0, memory_a_byte=0))
    report = await examine(stages.sealed.pdf, tight)
    assert report.indication is Indication.INDETERMINATE
    assert "0 MB of memory" in str(report.verdict.reasons[0])


async def test_a_reader_has_limits_the_kernel_keeps(endless: bytes, short: Policy) -> None:
    task = asyncio.create_task(examine(endless, short))
    (reader,) = await readers(1)
    assert await until(lambda: address_space(reader)) < 2 << 30
    assert (await task).indication is Indication.INDETERMINATE


async def test_a_reader_that_is_killed_costs_one_document(
    endless: bytes, stages: Stages, policy: Policy
) -> None:
    task = asyncio.create_task(examine(endless, policy))
    (reader,) = await readers(1)
    os.kill(reader, signal.SIGKILL)
    report = await task
    assert report.indication is Indication.INDETERMINATE
    assert "stopped the program" in str(report.verdict.reasons[0])
    assert (await examine(stages.sealed.pdf, policy)).passed


async def test_the_process_that_makes_readers_is_made_anew(stages: Stages, policy: Policy) -> None:
    assert (await examine(stages.sealed.pdf, policy)).passed
    first = forker("judging").process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert (await examine(stages.sealed.pdf, policy)).passed
    assert forker("judging").process_id != first


async def test_an_honest_document_is_judged_beside_eight_endless_ones(
    endless: bytes, stages: Stages, policy: Policy
) -> None:
    heap = [asyncio.create_task(examine(endless, policy)) for _ in range(8)]
    await readers(2)
    assert (await examine(stages.sealed.pdf, policy)).passed
    assert not any(task.done() for task in heap)
    for task in heap:
        task.cancel()
    await asyncio.gather(*heap, return_exceptions=True)


async def test_a_reader_dies_when_nobody_waits_for_it(endless: bytes, policy: Policy) -> None:
    task = asyncio.create_task(examine(endless, policy))
    found = await readers(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await gone(found)


async def test_threads_of_the_program_stay_free(endless: bytes, short: Policy) -> None:
    await asyncio.gather(*(examine(endless, short) for _ in range(3)))
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 5) == "free"


def test_the_command_ends_by_itself_and_leaves_nothing_running(tmp_path: Path) -> None:
    (tmp_path / "bomb.pdf").write_bytes(bombs.forking_fields())
    program = subprocess.Popen(
        [sys.executable, str(ROOT / "cli.py"), "verify", "--offline", "bomb.pdf"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = program.communicate(timeout=60)
    assert program.returncode in (1, 3), said
    assert readers_of(tmp_path) == set()


async def test_readers_die_with_a_program_that_is_killed(tmp_path: Path, endless: bytes) -> None:
    (tmp_path / "bomb.pdf").write_bytes(endless)
    program = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "cli.py"), "verify", "--offline", "bomb.pdf", cwd=tmp_path
    )
    found = await until(lambda: {each for each in children(program.pid) if can_write_no_file(each)})
    program.kill()
    await program.wait()
    await gone(found)


def can_write_no_file(process: int) -> bool:
    """Whether a process is confined: it has been handed its document."""
    try:
        limits = Path(f"/proc/{process}/limits").read_text()
    except OSError:
        return False
    return any(line.split()[:4] == ["Max", "file", "size", "0"] for line in limits.splitlines())


def readers_of(folder: Path) -> set[int]:
    """The readers that were started in a folder: they inherit it."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve() == folder.resolve():
                found.add(int(process.name))
        except OSError:
            continue
    return found


async def test_a_seal_is_not_set_on_a_document_without_end(
    endless: bytes, short: Policy, agency: object
) -> None:
    with pytest.raises(Exception, match=TOO_LONG):
        await seal(Numbered(pdf=endless, number=NUMBER), agency, policy=short)


async def test_a_draft_is_made_apart_with_the_same_bytes_notes_and_errors(
    page: bytes, stages: Stages
) -> None:
    made = await draft_apart(page)
    assert made == stages.draft
    with pytest.raises(NotAPdf) as refused:
        await draft_apart(b"%PDF-1.7\nhello")
    assert refused.value.hint


async def test_what_is_asked_for_must_come(stages: Stages, policy: Policy) -> None:
    """A reader that was taken over may answer anything: another type is no answer."""
    with pytest.raises(Exception, match="stopped the program"):
        await ask(Examine(stages.sealed.pdf, policy, NOW), Anchors, policy.limits)
    assert isinstance(await ask(Examine(stages.sealed.pdf, policy, NOW), Report, policy.limits), Report)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert "our bug" not in caplog.text
