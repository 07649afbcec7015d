"""What is said of certificates: paths, purposes and status, by the judge that every verdict asks."""

import pytest
from asn1crypto import crl, ocsp

from pki.query import Asking, Query
from pki.trust import Anchors
from signer.pades.court import Trust
from signer.pades.parsed import Signer
from signer.pades.trusting import Judge
from signer.policy import Policy
from signer.quick.judging import _ODD as ODD
from signer.quick.proof import Proof
from signer.quick.trusting import Believing
from tests.signer.path_cases import PATHS, Case
from tests.signer.path_samples import AT
from tests.signer.status_cases import STATUS


async def judged(case: Case) -> Trust:
    with_status = case.ocsps is not None or case.lists is not None
    judge = Judge(
        anchors=Anchors(tuple(each.der for each in case.roots)),
        revocation="require" if with_status else "ignore",
        fetching=None,
        moment=AT,
        ocsps=tuple(ocsp.OCSPResponse.load(each) for each in case.ocsps or ()),
        crls=tuple(crl.CertificateList.load(each) for each in case.lists or ()),
    )
    others = tuple(each.loaded for each in case.others)
    return await judge.trust(case.leaf.loaded, others, case.purpose, case.proven)


async def nobody(query: Query, _asking: Asking) -> bytes:
    raise AssertionError(query.url)


async def judged_shortly(case: Case) -> Trust | None:
    """What the short way says; nothing where it leaves the case to the long way."""
    anchors = Anchors(tuple(each.der for each in case.roots))
    with_status = case.ocsps is not None or case.lists is not None
    policy = Policy(anchors=anchors, revocation="require" if with_status else "ignore", offline=True, at=AT)
    proof = Proof(ocsps=case.ocsps or (), lists=case.lists or ())
    others = tuple(each.der for each in case.others)
    signer = Signer(case.leaf.der, ("sha256",), "sha256_ecdsa", others)
    try:
        believing = Believing(policy, proof, AT, nobody)
        return await believing.trust(signer, case.purpose, case.proven)
    except ODD:
        return None


CASES = PATHS | STATUS


@pytest.mark.parametrize("name", CASES)
async def test_a_certificate_is_judged_as_the_rule_says(name: str) -> None:
    trust = await judged(CASES[name])
    assert trust.verdict.sub_indication == CASES[name].expected, [str(each) for each in trust.verdict.reasons]
    assert trust.verdict.passed is (CASES[name].expected is None)


@pytest.mark.parametrize("name", CASES)
async def test_the_short_way_says_the_same_or_nothing(name: str) -> None:
    trust = await judged_shortly(CASES[name])
    assert trust is None or trust.verdict.sub_indication == CASES[name].expected


async def test_the_short_way_knows_the_plain_cases() -> None:
    known = ["a plain path", "good lists of both authorities", "the leaf is revoked"]
    assert None not in [await judged_shortly(CASES[name]) for name in known]
