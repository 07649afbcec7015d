"""The report by ETSI TS 119 102-2: of the standard's form, with the standard's words, whole in itself."""

import base64
import dataclasses
import hashlib
import re
from datetime import datetime
from typing import Any

import pytest
from asn1crypto import cms

from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from signer.level import Evidence, Level
from signer.policy import Policy
from signer.report import PASSED, Report, SignatureReport, Verdict, failed, unknown
from signer.signing import sign
from signer.verifying import examine
from tests.signer.forging import refilled
from tests.signer.reports_held import held_by_etsi
from tests.signer.stage_samples import Stages
from tests.signer.test_reports import EVIL, hostile_report

NAMES = {"vr": "http://uri.etsi.org/19102/v1.4.1#", "ds": "http://www.w3.org/2000/09/xmldsig#"}


def said(root: Any, path: str) -> list[str]:
    return [str(each) for each in root.xpath(f"{path}/text()", namespaces=NAMES)]


async def test_each_signature_has_a_report_with_the_standards_words(stages: Stages, policy: Policy) -> None:
    root = held_by_etsi(await examine(stages.sealed.pdf, policy), policy)
    whole = "vr:SignatureValidationReport/vr:SignatureValidationStatus/vr:MainIndication"
    assert said(root, whole) == ["urn:etsi:019102:mainindication:total-passed"] * 2
    assert said(root, "//vr:Signer") == ["Nguyễn Văn Ánh", "Ủy ban nhân dân tỉnh Thanh Sơn"]
    assert set(said(root, "//vr:SignatureValidationProcessID")) == {"urn:etsi:019102:validationprocess:Basic"}


async def test_what_failed_says_why_in_the_standards_word(stages: Stages, policy: Policy) -> None:
    report = await examine(refilled(stages.sealed.pdf, "number", "06"), policy)
    root = held_by_etsi(report, policy)
    assert "urn:etsi:019102:mainindication:total-failed" in said(root, "//vr:MainIndication")
    assert "urn:etsi:019102:subindication:FORMAT_FAILURE" in said(root, "//vr:SubIndication")
    reasons = said(root, "//vr:ReportData/vr:Value")
    assert "The field number was changed although it is locked." in reasons


async def test_what_the_policy_asks_of_the_whole_document_fails_each_signature(
    stages: Stages, policy: Policy
) -> None:
    strict = dataclasses.replace(policy, require="two-layer")
    report = await examine(stages.signed.pdf, strict)
    assert [each.verdict.passed for each in report.signatures] == [True]
    root = held_by_etsi(report, strict)
    status = "vr:SignatureValidationReport/vr:SignatureValidationStatus"
    assert said(root, f"{status}/vr:MainIndication") == ["urn:etsi:019102:mainindication:total-failed"]
    assert said(root, f"{status}/vr:SubIndication") == [
        "urn:etsi:019102:subindication:SIG_CONSTRAINTS_FAILURE"
    ]


@pytest.mark.parametrize("stamp", [unknown("NO_CERTIFICATE_CHAIN_FOUND"), failed("HASH_FAILURE")])
@pytest.mark.parametrize("whole", [unknown("SIG_CONSTRAINTS_FAILURE"), failed("HASH_FAILURE")])
def test_no_time_stamp_stands_for_a_document_that_is_not_believed(
    policy: Policy, stamp: Verdict, whole: Verdict
) -> None:
    good = SignatureReport(field="layer1", verdict=PASSED)
    beside = SignatureReport(field="stamp", verdict=stamp)
    report = Report(verdict=whole, signatures=(good, good), timestamps=(beside,))
    root = held_by_etsi(report, policy)
    status = "vr:SignatureValidationReport/vr:SignatureValidationStatus/vr:MainIndication"
    assert "urn:etsi:019102:mainindication:total-passed" not in said(root, status)


async def test_a_signature_is_known_by_the_digest_of_what_its_key_signed(
    stages: Stages, policy: Policy
) -> None:
    root = held_by_etsi(await examine(stages.sealed.pdf, policy), policy)
    container = re.findall(rb"/Contents <([0-9A-Fa-f]{1000,})>", stages.sealed.pdf)[-1]
    info = cms.ContentInfo.load(bytes.fromhex(container.decode()))["content"]["signer_infos"][0]
    signed = hashlib.sha256(info["signed_attrs"].untag().dump()).digest()
    identifier = "//vr:SignatureIdentifier[@id='S-2']"
    assert said(root, f"{identifier}/vr:DigestAlgAndValue/ds:DigestValue") == [
        base64.b64encode(signed).decode()
    ]
    value = base64.b64encode(info["signature"].native).decode()
    assert said(root, f"{identifier}/ds:SignatureValue") == [value]


async def test_certificates_and_time_stamps_are_objects_that_prove_times(
    stages: Stages, services: Sandbox, policy: Policy
) -> None:
    evidence = Evidence(tsa_url=services.tsa, anchors=policy.anchors)
    async with open_key(services.signatory) as person:
        signed = await sign(stages.draft, person, level=Level.B_LTA, evidence=evidence)
    asked = Policy(anchors=policy.anchors, require="any", allow_private_addresses=True)
    report = await examine(signed.pdf, asked)
    root = held_by_etsi(report, asked)
    kinds = {each.rpartition(":")[2] for each in said(root, "//vr:ValidationObject/vr:ObjectType")}
    assert kinds == {"certificate", "timestamp", "OCSPResponse", "CRL"}
    assert said(root, "vr:SignatureValidationReport//vr:SignatureValidationProcessID")[0].endswith(":LTA")
    proven = report.layer(1).best_signature_time.isoformat().replace("+00:00", "Z")
    assert said(root, "vr:SignatureValidationReport//vr:BestSignatureTime/vr:POETime") == [proven]
    assert said(root, "//vr:POEProvisioning/vr:SignatureReference/vr:PAdESFieldName") == ["layer1"] * 2
    nested = "//vr:ValidationObject/vr:ValidationReport/vr:SignatureValidationStatus/vr:MainIndication"
    assert said(root, nested) == ["urn:etsi:019102:mainindication:passed"]


async def test_the_policys_questions_are_answered_one_by_one(stages: Stages, policy: Policy) -> None:
    strict = dataclasses.replace(policy, revocation="require", require="two-layer")
    root = held_by_etsi(await examine(stages.sealed.pdf, strict), strict)
    answers = {
        str(each.findtext("vr:ValidationConstraintIdentifier", namespaces=NAMES)).rpartition(":")[2]: str(
            each.findtext("vr:ValidationStatus/vr:MainIndication", namespaces=NAMES)
        ).rpartition(":")[2]
        for each in root.iterfind(".//vr:ValidationConstraint", NAMES)
    }
    assert answers == {
        "covered-bytes-intact": "passed",
        "later-changes-allowed": "passed",
        "path-to-a-trusted-root": "passed",
        "certificate-not-revoked": "indeterminate",
        "two-layers": "passed",
        "header-names-the-seal": "indeterminate",  # the page names no agency
    }


@pytest.mark.parametrize("why", ["CRYPTO_CONSTRAINTS_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"])
async def test_an_algorithm_that_is_not_relied_on_is_not_called_secure(
    stages: Stages, policy: Policy, why: str
) -> None:
    report = await examine(stages.sealed.pdf, policy)
    layers = [dataclasses.replace(report.signatures[0], verdict=unknown(why)), *report.signatures[1:]]
    doubted = dataclasses.replace(report, verdict=unknown(why), signatures=tuple(layers))
    for each, expected in ((report, "true"), (doubted, "false")):
        found = said(held_by_etsi(each, policy), "//vr:CryptoInformation/vr:SecureAlgorithm")
        assert found == [expected, "true"]


def test_a_strangers_text_stays_text_in_xml(policy: Policy) -> None:
    root = held_by_etsi(hostile_report(), policy)
    signer = said(root, "//vr:Signer")[0]
    assert "<script src=http://evil.example>" in signer
    assert EVIL not in signer
    assert "[U+202E]" in signer


@pytest.mark.parametrize("pdf", [b"nothing", b"%PDF-1.7\nhello"])
async def test_a_file_without_signatures_has_a_report_of_the_standards_form_too(
    pdf: bytes, policy: Policy
) -> None:
    root = held_by_etsi(await examine(pdf, policy), policy)
    assert said(root, "//vr:SubIndication") == ["urn:etsi:019102:subindication:FORMAT_FAILURE"]
    assert len(held_by_etsi(Report(verdict=failed("HASH_FAILURE")), policy)) == 1


@pytest.mark.parametrize("claimed", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
async def test_a_moment_that_is_none_in_utc_is_told_in_its_own_zone(
    stages: Stages, policy: Policy, claimed: str
) -> None:
    odd = datetime.fromisoformat(claimed)
    report = await examine(stages.signed.pdf, policy)
    signed = tuple(dataclasses.replace(each, signing_time=odd) for each in report.signatures)
    root = held_by_etsi(dataclasses.replace(report, signatures=signed, validation_time=odd), policy)
    assert said(root, "//vr:SigningTime/vr:Time") == [claimed]
    assert said(root, "//vr:ValidationTime") == [claimed]
