"""Documents that leave without their proof, because the operator allows it, and get it later."""

from dataclasses import replace

import pytest

from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from pki.trust import Anchors
from signer.document import Sealed
from signer.errors import NoTimeStamp
from signer.level import Evidence, Level
from signer.numbering import number
from signer.policy import Policy
from signer.renewing import extend
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.stage_samples import NUMBER, Stages

NOBODY = "http://127.0.0.1:9/tsa"


async def sealed(sandbox: Sandbox, stages: Stages, level: Level, tsa: str, *, lower: bool = True) -> Sealed:
    policy = Policy(anchors=Anchors.load(sandbox.trust))
    evidence = Evidence(tsa_url=tsa, anchors=policy.anchors, lower=lower, tsa_seconds=2.0)
    async with open_key(sandbox.signatory) as person, open_key(sandbox.agency) as agency:
        signed = await sign(stages.draft, person, level=level, evidence=evidence)
        return await seal(number(signed, NUMBER), agency, level=level, evidence=evidence, policy=policy)


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LTA])
async def test_without_an_authority_a_document_leaves_at_b_b_where_that_is_allowed_and_says_why(
    stages: Stages, services: Sandbox, anchors: Anchors, level: Level
) -> None:
    made = await sealed(services, stages, level, NOBODY)
    assert made.short is not None
    assert (made.short.asked, made.short.reached) == (level, Level.B_B)
    assert "did not answer" in str(made.short.why)
    report = await examine(made.pdf, Policy(anchors=anchors))
    assert report.passed
    assert [each.level for each in report.signatures] == ["B-B", "B-B"]


async def test_without_leave_nothing_is_made(stages: Stages, services: Sandbox) -> None:
    with pytest.raises(NoTimeStamp, match="did not answer"):
        await sealed(services, stages, Level.B_T, NOBODY, lower=False)


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT])
async def test_what_was_sealed_without_a_time_stamp_is_extended_when_there_is_one(
    stages: Stages, services: Sandbox, anchors: Anchors, level: Level
) -> None:
    made = await sealed(services, stages, level, NOBODY)
    policy = Policy(anchors=anchors)
    extended = await extend(made.pdf, Evidence(tsa_url=services.tsa), policy, level)
    assert extended.pdf.startswith(made.pdf)
    report = await examine(extended.pdf, replace(policy, offline=True))
    assert report.passed
    assert report.two_layer
    assert [each.level for each in report.signatures] == [
        "B-LTA",
        "B-LTA",
    ]  # proven, stored, and stamped over
    assert len(report.timestamps) == 1


async def test_b_t_is_extended_to_b_lt_by_proof_alone(
    stages: Stages, services: Sandbox, anchors: Anchors
) -> None:
    made = await sealed(services, stages, Level.B_T, services.tsa)
    policy = Policy(anchors=anchors)
    extended = await extend(made.pdf, Evidence(tsa_url=NOBODY), policy, Level.B_LT)
    report = await examine(extended.pdf, replace(policy, offline=True))
    assert report.passed
    assert [each.level for each in report.signatures] == ["B-LT", "B-LT"]
    assert report.timestamps == ()
    again = await extend(extended.pdf, Evidence(tsa_url=NOBODY), policy, Level.B_LT)
    assert again.pdf == extended.pdf
