"""kill -9 at every commit of a send, on either side: the document arrives once, and one receipt comes back.

Each office is a real server process. The table names who dies, when (before or after the commit is on disk)
and at which commit, counted from the moment the document is queued.
"""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.office import Office
from exchange.sending import Letter
from exchange.service import init_office, open_office
from exchange.settings import Address, Pace, Settings
from exchange.urgency import Urgency
from tests.exchange.offices import HANOI, HUE, PDF, believe, filed, until

ROOT = Path(__file__).parents[2]


@dataclass
class Node:
    """A server process of one office."""

    home: Path
    deaths: int = 0
    process: subprocess.Popen[str] | None = None

    def start(self, when: str = "never", which: int = 0) -> None:
        command = [sys.executable, "-m", "tests.faults.node", str(self.home), when, str(which)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def wait_until_ready(self) -> None:
        assert self.process
        assert self.process.stdout
        self.process.stdout.readline()  # its address; or the end, if it died at once

    def restart_if_dead(self) -> None:
        assert self.process
        if self.process.poll() is not None:
            assert self.end() == -signal.SIGKILL
            self.deaths += 1
            self.start()
            self.wait_until_ready()

    def end(self) -> int:
        assert self.process
        assert self.process.stdout
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(20)


def settings() -> Settings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Settings(
        listen=Address("127.0.0.1", port), url=f"https://127.0.0.1:{port}", pace=Pace(poll_milliseconds=50)
    )


@dataclass
class Town:
    """Two offices with their processes, and our own hands on both."""

    hanoi: Office
    hue: Office
    nodes: dict[str, Node]

    async def settle(self, message: str, victim: str) -> None:
        """Do what an operator does after a crash: start it again, and not wait for the next retry."""

        async def settled() -> bool | None:
            for node in self.nodes.values():
                await asyncio.to_thread(node.restart_if_dead)
            await self.hanoi.retry()
            await self.hue.retry()
            delivery = (await self.hanoi.sent(message)).deliveries[0]
            there = (delivery.state, delivery.status) == ("delivered", "arrived")
            return True if there and self.nodes[victim].deaths else None

        await until(settled)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    await init_office(tmp_path / "hanoi", HANOI, "Hà Nội", settings())
    await init_office(tmp_path / "hue", HUE, "Huế", settings())
    nodes = {"sender": Node(tmp_path / "hanoi"), "recipient": Node(tmp_path / "hue")}
    async with (
        open_office(tmp_path / "hanoi", believe=believe) as hanoi,
        open_office(tmp_path / "hue", believe=believe) as hue,
    ):
        await hue.add_peer(await hanoi.card())
        await hanoi.add_peer(await hue.card())
        yield Town(hanoi, hue, nodes)


@contextlib.contextmanager
def running(town: Town, victim: str, when: str, which: int) -> Iterator[None]:
    for name, node in town.nodes.items():
        node.start(when if name == victim else "never", which)
    try:
        for node in town.nodes.values():
            node.wait_until_ready()
        yield
    finally:
        codes = [node.end() for node in town.nodes.values()]
    assert codes == [0, 0], "SIGTERM ends a server with status 0"


# The first two commits of a server are its own: leases it inherits, files to tidy away. Then
# the sender:    3 claim · 4 receipt · 5 log · 6 status note filed · 7 log
# the recipient: 3 part brought · 4 message filed · 5 log · 6 claim of the note · 7 its receipt · 8 log
COMMITS = {"sender": range(3, 8), "recipient": range(3, 9)}
EVERY_RUN = {("sender", 3), ("sender", 4), ("recipient", 4), ("recipient", 5)}
CASES = [
    pytest.param(victim, when, which, marks=() if (victim, which) in EVERY_RUN else pytest.mark.campaign)
    for victim, commits in COMMITS.items()
    for which in commits
    for when in ("before", "after")
]


@pytest.mark.parametrize(("victim", "when", "which"), CASES)
async def test_a_killed_office_loses_nothing_and_does_nothing_twice(
    town: Town, victim: str, when: str, which: int
) -> None:
    document = await filed(town.hanoi)
    with running(town, victim, when, which):
        letter = Letter(subject="x", urgency=Urgency.HOA_TOC)
        message = (await town.hanoi.send(document, [HUE], letter)).envelope.message_id
        await town.settle(message, victim)
    assert town.nodes[victim].deaths == 1
    assert [item.envelope.message_id for item in await town.hue.inbox()] == [message]
    [issued] = await town.hue.evidence(message)
    [received] = await town.hanoi.evidence(message)
    assert issued.receipt == received.receipt
    assert await town.hue.read_part(document) == PDF
    for office in (town.hanoi, town.hue):
        await office.check_log()
