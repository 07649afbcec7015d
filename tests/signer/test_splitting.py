"""Split signing: the bytes go out, the signature value comes back, and nothing else is trusted."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from pki.digest import Digest
from pki.errors import TokenError, UsageError
from pki.keys import open_key
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.token import Token
from pki.trust import Anchors
from signer.document import Draft, Numbered, Signed
from signer.errors import DocumentError, StateRefused, WrongStage
from signer.level import Evidence, Level
from signer.numbering import number
from signer.pending import Pending, spent
from signer.policy import Policy
from signer.sealing import seal
from signer.splitting import (
    Begun,
    begin_sealing,
    begin_signing,
    finish_sealing,
    finish_signing,
)
from signer.verifying import examine
from tests.signer.stage_samples import NUMBER, SEAL_PNG, SIGNATURE_PNG, Stages


async def begun_by(signatory: Token, stages: Stages) -> Begun:
    return await begin_signing(stages.draft, signatory.certificate, signatory.chain, image=SIGNATURE_PNG)


async def test_both_layers_can_be_split_and_pass(
    signatory: Token, agency: Token, stages: Stages, policy: Policy
) -> None:
    begun = await begun_by(signatory, stages)
    value = await signatory.sign(begun.to_sign, "sha256")
    signed = await finish_signing(stages.draft, begun.state, value)
    numbered = number(signed, NUMBER)
    begun = await begin_sealing(numbered, agency.certificate, agency.chain, image=SEAL_PNG, policy=policy)
    value = await agency.sign(begun.to_sign, "sha256")
    sealed = await finish_sealing(signed, begun.state, value, policy=policy)
    report = await examine(sealed.pdf, policy)
    assert (report.passed, report.two_layer, sealed.number) == (True, True, NUMBER)
    assert [each.level for each in report.signatures] == ["B-B", "B-B"]


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
async def test_levels_with_proof_reach_what_they_say(
    services: Sandbox, stages: Stages, anchors: Anchors, level: Level
) -> None:
    evidence, policy = Evidence(tsa_url=services.tsa, anchors=anchors), Policy(anchors=anchors)
    async with open_key(services.signatory) as person, open_key(services.agency) as agency:
        begun = await begin_signing(
            stages.draft, person.certificate, person.chain, level=level, evidence=evidence
        )
        value = await person.sign(begun.to_sign, "sha256")
        signed = await finish_signing(stages.draft, begun.state, value, evidence=evidence)
        sealed = await seal(number(signed, NUMBER), agency, level=level, evidence=evidence, policy=policy)
    report = await examine(sealed.pdf, replace(policy, offline=level.stored))
    assert report.passed
    assert {each.level for each in report.signatures} == {level.value.upper()}


async def test_a_layer_that_is_split_is_sealed_at_its_level(
    services: Sandbox, agency: Token, stages: Stages, anchors: Anchors
) -> None:
    evidence, policy = Evidence(tsa_url=services.tsa), Policy(anchors=anchors)
    begun = await begin_sealing(
        stages.numbered,
        agency.certificate,
        agency.chain,
        level=Level.B_LTA,
        evidence=evidence,
        policy=policy,
    )
    value = await agency.sign(begun.to_sign, "sha256")
    sealed = await finish_sealing(stages.signed, begun.state, value, evidence=evidence, policy=policy)
    report = await examine(sealed.pdf, policy)
    assert (report.passed, report.two_layer, report.signatures[-1].level) == (True, True, "B-LTA")


async def test_beginning_a_time_stamped_signature_asks_nobody(signatory: Token, stages: Stages) -> None:
    nobody = Evidence(tsa_url="http://127.0.0.1:9/tsa")
    begun = await begin_signing(
        stages.draft, signatory.certificate, signatory.chain, level=Level.B_T, evidence=nobody
    )
    assert Pending.read(begun.state).level is Level.B_T


async def test_a_level_with_a_stamp_is_not_finished_without_an_authority(
    services: Sandbox, signatory: Token, stages: Stages
) -> None:
    evidence = Evidence(tsa_url=services.tsa)
    begun = await begin_signing(
        stages.draft, signatory.certificate, signatory.chain, level=Level.B_T, evidence=evidence
    )
    value = await signatory.sign(begun.to_sign, "sha256")
    with pytest.raises(UsageError, match="needs a time-stamp authority"):
        await finish_signing(stages.draft, begun.state, value)


async def test_an_elliptic_value_is_taken_as_a_token_gives_it(tmp_path: Path, stages: Stages) -> None:
    elliptic = await make_sandbox(tmp_path / "p256", keys="p-256")
    async with open_key(elliptic.signatory) as person:
        begun = await begin_signing(stages.draft, person.certificate, person.chain)
        r, s = decode_dss_signature(await person.sign(begun.to_sign, "sha256"))
    side_by_side = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    signed = await finish_signing(stages.draft, begun.state, side_by_side)
    policy = Policy(anchors=Anchors.load(elliptic.trust), revocation="ignore", require="any", offline=True)
    assert (await examine(signed.pdf, policy)).passed


async def test_a_value_may_be_base64_of_several_lines(signatory: Token, stages: Stages) -> None:
    begun = await begun_by(signatory, stages)
    value = base64.encodebytes(await signatory.sign(begun.to_sign, "sha256"))
    assert (await finish_signing(stages.draft, begun.state, value)).pdf.startswith(stages.draft.pdf)


async def test_a_value_by_another_key_is_refused(signatory: Token, agency: Token, stages: Stages) -> None:
    begun = await begun_by(signatory, stages)
    with pytest.raises(TokenError, match="does not fit the certificate"):
        await finish_signing(stages.draft, begun.state, await agency.sign(begun.to_sign, "sha256"))


async def test_a_digest_hashed_once_more_is_said(signatory: Token, stages: Stages) -> None:
    begun = await begun_by(signatory, stages)
    with pytest.raises(TokenError, match="hashed once more"):
        await finish_signing(stages.draft, begun.state, await signatory.sign(begun.digest.value, "sha256"))


async def test_the_digest_is_the_one_of_the_bytes_to_sign(signatory: Token, stages: Stages) -> None:
    begun = await begun_by(signatory, stages)
    assert begun.digest == Digest.of(begun.to_sign)


async def test_another_document_is_refused(signatory: Token, stages: Stages) -> None:
    begun = await begun_by(signatory, stages)
    value = await signatory.sign(begun.to_sign, "sha256")
    other = Draft(pdf=stages.draft.pdf.replace(b"%PDF-", b"%PDF+", 1))
    with pytest.raises(StateRefused, match="begun with another document"):
        await finish_signing(other, begun.state, value)


async def test_a_document_that_carries_the_signature_already_is_refused(
    signatory: Token, stages: Stages
) -> None:
    begun = await begun_by(signatory, stages)
    value = await signatory.sign(begun.to_sign, "sha256")
    signed = await finish_signing(stages.draft, begun.state, value)
    with pytest.raises(StateRefused, match="perhaps this signature is in it already"):
        await finish_signing(Draft(pdf=signed.pdf), begun.state, value)


async def test_a_spent_state_says_what_it_made(signatory: Token, stages: Stages) -> None:
    begun = await begun_by(signatory, stages)
    value = await signatory.sign(begun.to_sign, "sha256")
    signed = await finish_signing(stages.draft, begun.state, value)
    used = spent(begun.state, signed.pdf)
    with pytest.raises(StateRefused, match="used already") as caught:
        await finish_signing(stages.draft, used, value)
    assert str(Digest.of(signed.pdf)) in str(caught.value)


async def test_one_changed_byte_anywhere_in_a_state_is_noticed(signatory: Token, stages: Stages) -> None:
    state = (await begun_by(signatory, stages)).state
    for at in range(0, len(state), 97):
        altered = state[:at] + bytes([state[at] ^ 1]) + state[at + 1 :]
        with pytest.raises(StateRefused):
            Pending.read(altered)


async def test_a_state_altered_with_its_digest_is_of_no_use(signatory: Token, stages: Stages) -> None:
    begun = await begun_by(signatory, stages)
    value = await signatory.sign(begun.to_sign, "sha256")
    pending = Pending.read(begun.state)
    appended = pending.prepared.appended.replace(b"/UseNone", b"/UseNoNe", 1)
    assert appended != pending.prepared.appended
    forged = replace(pending, prepared=replace(pending.prepared, appended=appended)).written()
    with pytest.raises(DocumentError, match="do not belong to this document"):
        await finish_signing(stages.draft, forged, value)


async def test_a_state_cannot_give_another_number_than_the_seal(
    agency: Token, stages: Stages, policy: Policy
) -> None:
    begun = await begin_sealing(stages.numbered, agency.certificate, agency.chain, policy=policy)
    value = await agency.sign(begun.to_sign, "sha256")
    forged = replace(Pending.read(begun.state), number=replace(NUMBER, number="6")).written()
    with pytest.raises(StateRefused, match="another number"):
        await finish_sealing(stages.signed, forged, value, policy=policy)


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7", b"congvan-split/2 sha256:00\n{}\n"])
async def test_what_is_no_state_is_refused(junk: bytes) -> None:
    with pytest.raises(StateRefused, match="no state of split signing"):
        Pending.read(junk)


async def test_the_two_layers_states_are_not_confused(
    signatory: Token, agency: Token, stages: Stages, policy: Policy
) -> None:
    begun = await begin_sealing(stages.numbered, agency.certificate, agency.chain, policy=policy)
    with pytest.raises(StateRefused, match="A seal was begun"):
        await finish_signing(Draft(pdf=stages.signed.pdf), begun.state, b"")
    begun = await begun_by(signatory, stages)
    with pytest.raises(StateRefused, match="Layer 1 was begun"):
        await finish_sealing(Signed(pdf=stages.draft.pdf), begun.state, b"", policy=policy)


async def test_a_seal_is_not_begun_before_layer_1(agency: Token, stages: Stages, policy: Policy) -> None:
    with pytest.raises(WrongStage, match="not signed by a person"):
        await begin_sealing(
            Numbered(pdf=stages.draft.pdf, number=NUMBER), agency.certificate, agency.chain, policy=policy
        )


async def test_the_state_holds_the_revision_and_not_the_document(signatory: Token, stages: Stages) -> None:
    begun = await begun_by(signatory, stages)
    assert stages.draft.pdf[:1000] not in begun.state
