"""An office alone, on a clock moved by hand; and two that know each other and are served."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.office import Office
from exchange.service import init_office, open_office
from tests.exchange.offices import FAST, HANOI, HUE, HandClock, Pair, believe, serving


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def office(tmp_path: Path, clock: HandClock) -> AsyncIterator[Office]:
    await init_office(tmp_path / "hanoi", HANOI, "UBND thành phố Hà Nội", FAST, clock=clock)
    async with open_office(tmp_path / "hanoi", believe=believe, clock=clock) as opened:
        yield opened


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    await init_office(tmp_path / "hanoi", HANOI, "UBND thành phố Hà Nội", FAST)
    await init_office(tmp_path / "hue", HUE, "UBND thành phố Huế", FAST)
    async with (
        open_office(tmp_path / "hanoi", believe=believe) as hanoi,
        open_office(tmp_path / "hue", believe=believe) as hue,
        serving(hanoi) as hanoi_url,
        serving(hue) as hue_url,
    ):
        await hue.add_peer(await hanoi.card(hanoi_url))
        await hanoi.add_peer(await hue.card(hue_url))
        yield Pair(hanoi, hue)
