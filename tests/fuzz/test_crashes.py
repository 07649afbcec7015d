"""What fuzzing ever found stays mended; the seeds themselves are no findings."""

import importlib
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[1] / "vectors" / "crashes"
TARGETS = sorted(file.stem.removeprefix("fuzz_") for file in Path(__file__).parent.glob("fuzz_*.py"))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_no_findings(name: str) -> None:
    target = importlib.import_module(f"tests.fuzz.fuzz_{name}")
    seeds = list(target.seeds())
    assert seeds
    for seed in seeds[:: 1 + len(seeds) // 24]:
        target.one(seed)


def test_what_was_found_stays_mended() -> None:
    assert (VECTORS / "README.md").exists()
    for file in sorted(VECTORS.glob("*-*-*")):
        name = file.name.partition("-")[0]
        importlib.import_module(f"tests.fuzz.fuzz_{name}").one(file.read_bytes())
