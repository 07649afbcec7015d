"""Time-stamps over a report that its seal signs (EN 319 122-1 §5.2.8), and seals of nobody or of several."""

import datetime as dt
import hashlib
from collections.abc import Sequence

import pytest
from asn1crypto import cms
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.trust import Anchors
from signer.attesting import examine_attested
from signer.policy import Policy
from signer.report import SignatureReport
from tests.signer.moments import ANH, CA, CLOCKS, NOW, ROOT, SIGNED, SOON, _Before, _info, at, stamper, stamps
from tests.signer.path_samples import Who, issue
from tests.signer.test_content_stamps import Astray

REPORT = b'{"format":"congvan-report/1"}'
MINUTE = dt.timedelta(minutes=1)
ENDED = issue("Nguyễn Văn Ánh", CA, begin=at(2025), end=at(2026, 4))


async def sealed(
    *before: TimeStamper, who: Who = ANH, stamp: dt.datetime | None = SIGNED, signers: int = 1
) -> SignatureReport:
    """What is found of a seal that signs these time-stamps."""
    known = SimpleCertificateStore()
    known.register(CA.loaded)
    signer = _Before(who.loaded, _info(who), cert_registry=known)
    signer.before = before
    content = await signer.async_sign(
        hashlib.sha256(REPORT).digest(),
        "sha256",
        use_pades=True,
        timestamper=None if stamp is None else stamps(stamp),
    )
    infos: Sequence[cms.SignerInfo] = content["content"]["signer_infos"]
    content["content"]["signer_infos"] = cms.SignerInfos([infos[0].copy() for _ in range(signers)])
    anchors = Anchors((ROOT.der, CLOCKS.der))
    policy = Policy(anchors=anchors, revocation="ignore", offline=True, at=NOW)
    return await examine_attested(REPORT, content.dump(force=True), policy)


def notes(found: SignatureReport) -> str:
    return " ".join(map(str, found.notes))


async def test_a_report_was_sealed_after_what_its_seal_signs() -> None:
    found = await sealed(stamps(SIGNED - MINUTE))
    assert found.verdict.passed
    assert "was made after 2026-05-01 06:59:00" in notes(found)
    assert found.best_signature_time == SIGNED


async def test_what_came_before_a_seal_is_not_younger_than_what_came_after() -> None:
    found = await sealed(stamps(SIGNED + 2 * MINUTE))
    assert found.verdict.sub_indication == "TIMESTAMP_ORDER_FAILURE"


async def test_what_is_not_trusted_or_of_another_report_is_told_and_condemns_nothing() -> None:
    found = await sealed(stamps(SOON, stamper(issue("Nobody", ca=True))))
    assert (found.verdict.passed, "is not trusted, and proves nothing" in notes(found)) == (True, True)
    template = stamps(SOON)
    found = await sealed(Astray(template.tsa_cert, template.tsa_key, fixed_dt=SOON))
    assert (found.verdict.passed, "is none, and proves nothing" in notes(found)) == (True, True)


async def test_a_seal_of_after_its_certificate_is_no_good_and_it_proves_nothing_in_its_favour() -> None:
    for before, sub in ((at(2026, 3), "OUT_OF_BOUNDS_NO_POE"), (at(2026, 5), "EXPIRED")):
        found = await sealed(stamps(before), who=ENDED, stamp=None)
        assert found.verdict.sub_indication == sub
        assert found.best_signature_time is None


@pytest.mark.parametrize("signers", [0, 2, 3])
async def test_a_seal_is_somebodys_and_nobody_elses(signers: int) -> None:
    assert (await sealed(signers=1)).verdict.passed
    assert (await sealed(signers=signers)).verdict.sub_indication == "FORMAT_FAILURE"
