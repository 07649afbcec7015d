"""Many documents by many people through one process: nothing of one gets into another, and nothing grows."""

from pathlib import Path

import pytest

from tests.signer.long_life import live


async def test_what_a_document_stores_is_its_own(page: bytes, tmp_path: Path) -> None:
    life = await live(tmp_path, page, signers=3, documents=9)
    assert len(life.stored) == 9
    assert list(life.foreign()) == []
    assert list(life.lacking()) == []
    assert len({stored.size for stored in life.stored}) == 1


@pytest.mark.campaign
@pytest.mark.timeout(7200)
async def test_the_thousandth_document_stores_and_costs_what_the_hundredth_did(
    page: bytes, tmp_path: Path
) -> None:
    life = await live(tmp_path, page, signers=50, documents=1000)
    assert len(life.stored) == 1000
    assert list(life.foreign()) == []
    assert list(life.lacking()) == []
    assert len({stored.size for stored in life.stored}) == 1
    assert life.memory[-1] < 1.1 * life.memory[99]
