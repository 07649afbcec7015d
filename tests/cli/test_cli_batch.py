"""A batch: several files are worked on at once, and told of one after another, in their order."""

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from exchange.verbs.batch import each_path
from exchange.verbs.call import Call, Outcome
from pki.errors import UsageError

A, B, C, D = (Path(each) for each in "abcd")


def call_of(*paths: Path) -> Call:
    return Call(Namespace(files=list(paths), lang="en"), str, {}, ())


async def told(call: Call, work: Callable[[Path], Awaitable[Outcome]], at_once: int) -> list[str]:
    return [each.facts["file"] async for each in each_path(call, work, at_once=at_once)]


class Work:
    """Work that takes some turns of the loop; remembers the most that was done at once, and what was left."""

    def __init__(self, **turns: int) -> None:
        self.turns = turns
        self.going: set[str] = set()
        self.most = 0
        self.left: list[str] = []

    async def __call__(self, path: Path) -> Outcome:
        self.going.add(path.name)
        self.most = max(self.most, len(self.going))
        try:
            for _ in range(self.turns[path.name]):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.left.append(path.name)
            raise
        finally:
            self.going.remove(path.name)
        if self.turns[path.name] == 7:
            raise UsageError("Seven is refused.")
        return Outcome({"file": path.name})


@pytest.mark.parametrize("at_once", [1, 2, 3, 9])
async def test_outcomes_come_in_the_order_of_the_files(at_once: int) -> None:
    work = Work(a=9, b=1, c=5, d=0)
    assert await told(call_of(A, B, C, D), work, at_once) == ["a", "b", "c", "d"]
    assert work.most == min(at_once, 4)


@pytest.mark.parametrize("at_once", [1, 3])
async def test_a_failure_is_that_files_own_result(at_once: int) -> None:
    outcomes = [each async for each in each_path(call_of(A, B, C), Work(a=7, b=0, c=7), at_once=at_once)]
    assert [each.facts.get("error") for each in outcomes] == ["usage", None, "usage"]
    assert [each.facts["file"] for each in outcomes] == ["a", "b", "c"]


async def test_a_failure_names_its_file_once() -> None:
    async def work(path: Path) -> Outcome:
        if path == A:
            raise UsageError("{path} cannot be read.", path=path)
        raise UsageError("Seven is refused.")

    outcomes = [each async for each in each_path(call_of(A, B), work)]
    assert [each.lines for each in outcomes] == [["a cannot be read."], ["b: Seven is refused."]]


async def test_the_failure_of_a_lone_file_is_the_commands() -> None:
    with pytest.raises(UsageError):
        await told(call_of(A), Work(a=7), 3)


async def test_whoever_stops_early_leaves_nothing_running() -> None:
    work = Work(a=0, b=99, c=99, d=0)
    async with aclosing(each_path(call_of(A, B, C, D), work, at_once=3)) as outcomes:
        async for each in outcomes:
            assert each.facts == {"file": "a"}
            break
    assert work.going == set()
    assert sorted(work.left) == ["b", "c"]


def faulty_at(first: Path) -> Callable[[Path], Awaitable[Outcome]]:
    async def work(path: Path) -> Outcome:
        await asyncio.sleep(0)
        if path == first:
            raise ZeroDivisionError
        return Outcome({"file": path.name})

    return work


@pytest.mark.parametrize("at_once", [1, 3])
async def test_a_fault_of_ours_costs_one_file_and_is_told_with_its_name(
    at_once: int, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = [each async for each in each_path(call_of(A, B, C), faulty_at(B), at_once=at_once)]
    assert [(each.facts["file"], each.status) for each in outcomes] == [("a", 0), ("b", 70), ("c", 0)]
    assert str(outcomes[1].lines[0]).startswith("b: ")
    assert "report" in str(outcomes[1].lines[1])
    assert "ZeroDivisionError" in caplog.text


async def test_a_fault_of_ours_at_a_lone_file_is_the_commands() -> None:
    with pytest.raises(ZeroDivisionError):
        await told(call_of(A), faulty_at(A), 2)


async def test_whoever_stops_while_one_fails_leaves_nothing_running() -> None:
    work = Work(a=3, b=99)
    async with aclosing(each_path(call_of(A, B), work, at_once=2)) as outcomes:
        await anext(outcomes)
    assert work.going == set()
