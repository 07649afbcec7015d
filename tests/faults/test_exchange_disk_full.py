"""A full disk, on either side: what was accepted stays, the server stays up, and with room all goes on.

The disk is full for one server process alone: by its own limit on the size of files, which we set and lift
while it runs; and, where we may mount one, by a file system of two megabytes.
"""

import asyncio
import contextlib
import resource
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.office import Office
from exchange.sending import Letter
from exchange.service import init_office, open_office
from exchange.settings import Settings
from exchange.urgency import Urgency
from tests.exchange.offices import HANOI, HUE, PDF, believe, filed, until
from tests.faults.test_exchange_kills import Node, Town, running, settings

FREE = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
LARGE = PDF + b"%" + bytes(range(256)) * 1000
NO_RESERVE = replace(settings().limits, free_bytes=0)


def small() -> Settings:
    """Take the last byte of the disk: the fault is what happens then."""
    return replace(settings(), limits=NO_RESERVE)


@contextlib.asynccontextmanager
async def open_town(hanoi_home: Path, hue_home: Path) -> AsyncIterator[Town]:
    await init_office(hanoi_home, HANOI, "Hà Nội", small())
    await init_office(hue_home, HUE, "Huế", small())
    nodes = {"sender": Node(hanoi_home), "recipient": Node(hue_home)}
    async with (
        open_office(hanoi_home, believe=believe) as hanoi,
        open_office(hue_home, believe=believe) as hue,
    ):
        await hue.add_peer(await hanoi.card())
        await hanoi.add_peer(await hue.card())
        town = Town(hanoi, hue, nodes)
        with running(town, "nobody", "never", 0):
            yield town


async def send(town: Town, pdf: bytes) -> str:
    document = await filed(town.hanoi, pdf)
    letter = Letter(subject="x", urgency=Urgency.HOA_TOC)
    return (await town.hanoi.send(document, [HUE], letter)).envelope.message_id


async def arrived(town: Town, message: str) -> None:
    async def there() -> bool | None:
        await town.hanoi.retry()
        await town.hue.retry()
        delivery = (await town.hanoi.sent(message)).deliveries[0]
        return True if (delivery.state, delivery.status) == ("delivered", "arrived") else None

    await until(there)


async def failed(town: Town, message: str) -> str:
    async def said() -> str | None:
        return (await town.hanoi.sent(message)).deliveries[0].error or None

    return await until(said)


async def both_hold(town: Town, *messages: str) -> None:
    """Every message arrived once, both sides hold the same receipt for it, and both logs hold."""
    assert sorted(item.envelope.message_id for item in await town.hue.inbox()) == sorted(messages)
    for message in messages:
        [issued], [received] = await town.hue.evidence(message), await town.hanoi.evidence(message)
        assert issued.receipt == received.receipt
    for office in (town.hanoi, town.hue):
        await office.check_log()


def alive(town: Town) -> bool:
    return all(node.process and node.process.poll() is None for node in town.nodes.values())


def limit(node: Node, limits: tuple[int, int]) -> None:
    assert node.process
    resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, limits)


async def test_a_recipient_without_room_accepts_nothing_it_would_lose_and_heals(tmp_path: Path) -> None:
    async with open_town(tmp_path / "hanoi", tmp_path / "hue") as town:
        first = await send(town, PDF)
        await arrived(town, first)
        limit(town.nodes["recipient"], (1, resource.RLIM_INFINITY))
        second = await send(town, LARGE)
        assert "503" in await failed(town, second)
        assert [item.envelope.message_id for item in await town.hue.inbox()] == [first]
        assert alive(town)
        limit(town.nodes["recipient"], FREE)
        await arrived(town, second)
        await both_hold(town, first, second)


async def test_a_sender_without_room_keeps_what_is_queued_and_heals(tmp_path: Path) -> None:
    async with open_town(tmp_path / "hanoi", tmp_path / "hue") as town:
        limit(town.nodes["sender"], (1, resource.RLIM_INFINITY))
        message = await send(town, PDF)
        await asyncio.sleep(10 * town.hanoi.settings.pace.poll_milliseconds / 1000)  # several turns fail
        assert (await town.hanoi.sent(message)).deliveries[0].state == "queued"
        assert alive(town)
        limit(town.nodes["sender"], FREE)
        await arrived(town, message)
        await both_hold(town, message)


@pytest.fixture
def two_megabytes(tmp_path: Path) -> Iterator[Path]:
    """A file system that is soon full; only where we may mount one."""
    place, mount = tmp_path / "disk", shutil.which("mount")
    place.mkdir()
    words = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if mount is None or subprocess.run([mount, *words], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> Path:
    ballast = place / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    return ballast


async def test_a_disk_that_is_full_to_its_last_byte_loses_nothing(
    tmp_path: Path, two_megabytes: Path
) -> None:
    async with open_town(tmp_path / "hanoi", two_megabytes / "hue") as town:
        first = await send(town, PDF)
        await arrived(town, first)
        ballast = await asyncio.to_thread(fill, two_megabytes)
        second = await send(town, LARGE)
        assert "503" in await failed(town, second)
        assert alive(town)
        await _readable(town.hue, first)
        ballast.unlink()
        await arrived(town, second)
        await both_hold(town, first, second)


async def _readable(office: Office, message: str) -> None:
    [item] = await office.inbox()
    assert item.envelope.message_id == message
    assert await office.read_part(item.envelope.parts[0].digest) == PDF
