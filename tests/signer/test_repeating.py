"""A verdict made again from its evidence: the same bytes with no network, at any later time, or a refusal."""

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pki import our_desk
from pki.digest import Digest
from pki.errors import Undetermined
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox
from pki.query import Query
from pki.trust import Anchors
from pki.words import Sentence
from signer.deciding import decide
from signer.errors import EvidenceRefused
from signer.evidence import Basis, Told, VerdictEvidence
from signer.level import Evidence, Level
from signer.policy import Limits, Policy
from signer.repeating import _Telling, digest_of, examine_again, examine_with_evidence
from signer.report import Indication, Report
from signer.rules import Rules
from signer.signing import sign
from signer.verifying import examine
from tests.signer.stage_samples import Stages

RULES = Rules(name="ours", sha256="0" * 64)
YEARS = timedelta(days=3653)


@dataclasses.dataclass(frozen=True)
class Moved:
    """A clock that is so much ahead."""

    ahead: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclasses.dataclass(frozen=True)
class Case:
    """A document and what was found of it while its issuers answered."""

    pdf: bytes
    policy: Policy
    report: Report
    evidence: VerdictEvidence


@pytest.fixture(scope="module")
def cases(sandbox: Sandbox, stages: Stages) -> dict[str, Case]:
    return asyncio.run(_cases(sandbox, stages))


async def _cases(sandbox: Sandbox, stages: Stages) -> dict[str, Case]:
    policy = Policy(anchors=Anchors.load(sandbox.trust), require="any")
    proof = Evidence(tsa_url=sandbox.tsa, anchors=policy.anchors)
    silent = await _case(stages.sealed.pdf, policy)
    async with serve_sandbox(sandbox.directory), open_key(sandbox.signatory) as key:
        stamped = await sign(stages.draft, key, level=Level.B_T, evidence=proof)
        await our_desk.forget()  # that nobody answered
        return {
            "silent": silent,
            "plain": await _case(stages.sealed.pdf, policy),
            "stamped": await _case(stamped.pdf, policy),
            "no PDF": await _case(b"hello", policy),
        }


async def _case(pdf: bytes, policy: Policy) -> Case:
    report, evidence = await examine_with_evidence(pdf, policy)
    return Case(pdf, policy, report, VerdictEvidence.parse(evidence.encode()))


def spelled(report: Report) -> str:
    return json.dumps(report.as_json(), ensure_ascii=False)


def changed(evidence: VerdictEvidence, **fields: object) -> VerdictEvidence:
    return dataclasses.replace(evidence, **fields)


async def by_its_own_report(case: Case, evidence: VerdictEvidence) -> Report:
    """What a forger gets who changes evidence and makes its report anew."""
    return await decide(case.pdf, case.policy, evidence.moment, _Telling(evidence.told))


@pytest.mark.parametrize("name", ["silent", "plain", "stamped", "no PDF"])
@pytest.mark.parametrize("later", [timedelta(days=1), YEARS])
async def test_a_verdict_is_made_again_with_nobody_to_ask(
    cases: dict[str, Case], name: str, later: timedelta
) -> None:
    case = cases[name]
    assert case.report.passed is (name in ("plain", "stamped"))
    again = await examine_again(case.pdf, case.policy, case.evidence, clock=Moved(later))
    assert spelled(again) == spelled(case.report)


@pytest.mark.parametrize("name", ["plain", "stamped"])
async def test_nothing_of_a_verdict_hangs_on_the_machines_clock(
    cases: dict[str, Case], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = UTC) -> datetime:
            return datetime.now(tz) + YEARS

    case = cases[name]
    monkeypatch.setattr("pki.clock.datetime", Later)
    monkeypatch.setattr("pyhanko_certvalidator.context.datetime", Later)
    assert spelled(await by_its_own_report(case, case.evidence)) == spelled(case.report)
    late = changed(case.evidence, moment=Later.now())
    assert not (await by_its_own_report(case, late)).passed  # every certificate has expired by then


async def test_the_moment_is_the_one_that_was_asked_for(cases: dict[str, Case]) -> None:
    case, at = cases["stamped"], datetime.now(UTC) + YEARS
    report, evidence = await examine_with_evidence(case.pdf, dataclasses.replace(case.policy, at=at))
    assert report.validation_time == evidence.as_of == at
    with pytest.raises(EvidenceRefused, match="still to come"):
        await examine_again(case.pdf, case.policy, evidence)
    again = await examine_again(case.pdf, case.policy, evidence, clock=Moved(YEARS))
    assert spelled(again) == spelled(report)
    other = dataclasses.replace(case.policy, at=at + timedelta(days=1))
    with pytest.raises(EvidenceRefused, match="its own moment"):
        await examine_again(case.pdf, other, evidence, clock=Moved(YEARS))
    no_pdf = await examine(b"hello", dataclasses.replace(case.policy, at=at))
    assert no_pdf.validation_time == at


async def test_more_anchors_of_ours_change_nothing_and_others_are_refused(
    cases: dict[str, Case], stages: Stages
) -> None:
    case = cases["plain"]
    stranger = case.policy.anchors.intermediates or (b"0\x00",)
    more = Anchors((b"0\x00", *case.policy.anchors.roots), stranger)
    more_policy = dataclasses.replace(case.policy, anchors=more)
    assert spelled(await examine_again(case.pdf, more_policy, case.evidence)) == spelled(case.report)
    with pytest.raises(EvidenceRefused, match="not among the trust anchors here: sha256:"):
        await examine_again(case.pdf, dataclasses.replace(case.policy, anchors=Anchors(())), case.evidence)
    with pytest.raises(EvidenceRefused, match="another document"):
        await examine_again(stages.signed.pdf, case.policy, case.evidence)


@pytest.mark.parametrize(
    "other", [{"revocation": "ignore"}, {"require": "two-layer"}, {"same_agency": False}, {"rules": RULES}]
)
async def test_evidence_by_another_measure_is_refused(
    cases: dict[str, Case], other: dict[str, object]
) -> None:
    case = cases["plain"]
    with pytest.raises(EvidenceRefused, match="here it is"):
        await examine_again(case.pdf, dataclasses.replace(case.policy, **other), case.evidence)


def bent(told: Sequence[Told]) -> list[tuple[Told, ...]]:
    """Ways to lie about what was told: nothing, less, in another order, with a forged signature."""
    answer = told[0].answer
    assert answer is not None
    forged = dataclasses.replace(told[0], answer=answer[:-1] + bytes([answer[-1] ^ 1]))
    return [(), tuple(told[1:]), (forged, *told[1:])]


async def test_altered_evidence_is_refused_and_gains_a_forger_nothing(cases: dict[str, Case]) -> None:
    case = cases["plain"]
    for told in bent(case.evidence.told):
        lie = changed(case.evidence, told=told)
        with pytest.raises(EvidenceRefused, match="does not lead to the verdict"):
            await examine_again(case.pdf, case.policy, lie)
        report = await by_its_own_report(case, lie)
        assert report.indication is Indication.INDETERMINATE
        honest = changed(lie, report=digest_of(report))
        assert not (await examine_again(case.pdf, case.policy, honest)).passed


async def test_evidence_of_another_moment_is_refused(cases: dict[str, Case]) -> None:
    case = cases["plain"]
    with pytest.raises(EvidenceRefused, match="does not lead to the verdict"):
        await examine_again(
            case.pdf, case.policy, changed(case.evidence, moment=case.evidence.moment - timedelta(seconds=1))
        )
    with pytest.raises(EvidenceRefused, match="still to come"):
        await examine_again(
            case.pdf, case.policy, changed(case.evidence, moment=datetime.now(UTC) + timedelta(minutes=2))
        )


async def test_a_verdict_for_want_of_memory_leaves_no_evidence(cases: dict[str, Case]) -> None:
    case = cases["plain"]
    hurried = dataclasses.replace(case.policy, limits=Limits(memory=0, memory_a_byte=0))
    with pytest.raises(Undetermined, match="0 MB of memory"):
        await examine_with_evidence(case.pdf, hurried)
    assert (await examine(case.pdf, hurried)).indication is Indication.INDETERMINATE


digests = st.binary(min_size=32, max_size=32).map(lambda each: str(Digest("sha256", each)))
moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given one here
told = st.builds(
    lambda kind, url, about, answer: Told(
        query=Query(kind=kind, url=url, certificate=about, issuer=about),
        answer=answer if isinstance(answer, bytes) else None,
        failure=None if isinstance(answer, bytes) else Sentence("{n} {url}", {"n": answer, "url": url}),
    ),
    st.sampled_from(["ocsp", "list"]),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.none() | st.binary(max_size=9),
    st.binary(max_size=99) | st.integers(-(2**50), 2**50),
)  # fmt: skip
evidence_of_all_kinds = st.builds(
    VerdictEvidence,
    document=digests.map(Digest.parse),
    moment=moments,
    basis=st.builds(
        Basis, roots=st.lists(digests).map(tuple), intermediates=st.lists(digests).map(tuple),
        revocation=st.sampled_from(["require", "ignore"]), require=st.sampled_from(["any", "two-layer"]),
        policy_file=st.none() | digests, same_agency=st.booleans(), at=st.none() | moments,
        offline=st.booleans(),
    ),
    told=st.lists(told, max_size=5).map(tuple),
    report=digests.map(Digest.parse),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(evidence=evidence_of_all_kinds)
def test_what_is_written_is_read(evidence: VerdictEvidence) -> None:
    assert VerdictEvidence.parse(evidence.encode()) == evidence


@settings(max_examples=150, deadline=None)
@given(evidence=evidence_of_all_kinds, data=st.data())
def test_a_damaged_file_is_refused_or_says_something_else(
    evidence: VerdictEvidence, data: st.DataObject
) -> None:
    whole = evidence.encode()
    place = data.draw(st.integers(0, len(whole) - 1))
    for damaged in (
        whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :],
        whole[:place],
        whole[:place] + b" " + whole[place:],
    ):
        try:
            assert VerdictEvidence.parse(damaged) != evidence
        except EvidenceRefused:
            continue


@settings(max_examples=20, deadline=None)
@given(evidence=evidence_of_all_kinds, name=st.sampled_from(["hint", "template", "self", "report"]))
def test_a_failure_with_a_fact_that_no_error_can_carry_is_refused(
    evidence: VerdictEvidence, name: str
) -> None:
    failed = Told(query=Query(kind="list", url="http://a.vn/"), failure=Sentence("No.", {name: "x"}))
    with pytest.raises(EvidenceRefused, match="no evidence of a verdict"):
        VerdictEvidence.parse(changed(evidence, told=(*evidence.told, failed)).encode())


@pytest.mark.parametrize(
    "hostile", [b"", b"{}", b"[" * 100_000, b'{"format":"congvan-evidence-2"}', b"\xff", b"1" * 10_000]
)
def test_what_is_no_evidence_is_refused(hostile: bytes) -> None:
    with pytest.raises(EvidenceRefused, match="no evidence of a verdict"):
        VerdictEvidence.parse(hostile)
