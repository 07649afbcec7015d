"""Every attack of the catalogue is judged, and shows, what tests/vectors/attacks/expected.json says."""

import asyncio
import dataclasses
import json
from pathlib import Path

import pytest

from pki.trust import Anchors
from signer.policy import Policy
from signer.verifying import examine
from tests.signer.reports_held import held_by_etsi, held_by_schema, page_of, parsed
from tests.signer.stage_samples import Stages
from tests.vectors.attacks import catalogue, showing
from tests.vectors.attacks.bases import Bases, bases

EXPECTED = json.loads(
    (Path(__file__).parents[1] / "vectors" / "attacks" / "expected.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def honest(stages: Stages) -> Bases:
    return asyncio.run(bases(stages.signed.pdf, stages.sealed.pdf))


@pytest.fixture(scope="module")
def files(honest: Bases) -> dict[str, bytes]:
    return asyncio.run(catalogue.every(honest))


@pytest.fixture(scope="module")
def trusting(honest: Bases, policy: Policy) -> Policy:
    """Trusts the practice hierarchy and the signer of the prepared document."""
    roots = (*policy.anchors.roots, honest.root.certificate.dump())
    return dataclasses.replace(policy, anchors=Anchors(roots, policy.anchors.intermediates), require="any")


@pytest.fixture(scope="module")
def folder(honest: Bases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("attacks")
    for name in ("signed", "sealed", "prepared"):
        (made / f"base-{name}.pdf").write_bytes(getattr(honest, name))
    return made


def test_every_attack_is_in_the_table(files: dict[str, bytes]) -> None:
    assert list(files) == list(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
async def test_an_attack_is_judged_as_expected(files: dict[str, bytes], trusting: Policy, name: str) -> None:
    report = await examine(files[name], trusting)
    held_by_schema(report)
    held_by_etsi(report, trusting)
    parsed(page_of(report, trusting))
    found = (report.indication.value, report.verdict.sub_indication)
    assert found == (EXPECTED[name]["indication"], EXPECTED[name]["sub_indication"])


@pytest.mark.parametrize("name", [each for each in EXPECTED if "before-the-seal" not in each])
def test_an_attack_shows_what_is_expected(files: dict[str, bytes], folder: Path, name: str) -> None:
    file = folder / f"{name}.pdf"
    file.write_bytes(files[name])
    expected = EXPECTED[name]
    assert showing.differing(file, folder / f"base-{expected['from']}.pdf") == expected["shows_otherwise"]


@pytest.mark.parametrize("base", ["signed", "sealed", "prepared"])
async def test_what_the_attacks_begin_with_is_believed(honest: Bases, trusting: Policy, base: str) -> None:
    assert (await examine(getattr(honest, base), trusting)).passed


async def test_two_layers_are_never_made_by_an_attack(files: dict[str, bytes], trusting: Policy) -> None:
    strict = dataclasses.replace(trusting, require="two-layer")
    reports = [
        await examine(files[name], strict) for name in ("swa-cut", "spoof-name", "ssa-shared-signature")
    ]
    assert not any(each.passed or each.two_layer for each in reports)
