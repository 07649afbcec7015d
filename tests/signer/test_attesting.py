"""A sealed report: what we sign others can verify, what others sign we judge, and no byte changes unseen."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from pki.clock import SystemClock
from pki.digest import Digest
from pki.errors import TokenError, TrustError, Undetermined
from pki.keys import open_key
from pki.practice.hierarchy import Extra
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.token import Token
from pki.trust import Anchors
from signer.attesting import attest, check_verifier, examine_attested
from signer.errors import NoTimeStamp
from signer.level import Evidence
from signer.policy import Policy
from signer.report import Report, SignatureReport, failed
from signer.reports.etsi import etsi_xml
from signer.reports.html import html_page
from signer.reports.reader import Reader
from signer.reports.verifier import Verifier, named_in
from signer.rules import Rooted, Rules
from signer.verifying import examine
from tests.pki.enrolling import enrol, person, request_for
from tests.signer.certificates import issued
from tests.signer.reports_held import held_by_etsi
from tests.signer.short_lived import InMemory
from tests.signer.stage_samples import Stages
from tests.signer.test_reports import EVIL, hostile_report

REPORT = b"<!DOCTYPE html>\n<title>A report</title>\n"


@pytest.fixture(scope="module")
def odd_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd") / "sandbox"


@pytest.fixture(scope="module")
def odd(odd_directory: Path) -> Sandbox:
    """A hierarchy with certificates that must not seal."""
    extra: tuple[Extra, ...] = ("revoked", "expired", "web")
    return asyncio.run(make_sandbox(odd_directory, extra=extra))


@pytest.fixture
async def odd_services(odd_directory: Path, odd: Sandbox) -> AsyncIterator[Sandbox]:
    async with serve_sandbox(odd_directory):
        yield odd


async def judged(report: bytes, seal: bytes, sandbox: Sandbox, **changes: object) -> SignatureReport:
    policy = Policy(anchors=Anchors.load(sandbox.trust))
    return await examine_attested(report, seal, replace(policy, **changes))  # type: ignore[arg-type]


def openssl(folder: Path, *words: str, report: bytes = REPORT) -> subprocess.CompletedProcess[str]:
    (folder / "report").write_bytes(report)
    return subprocess.run(
        ["openssl", "cms", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=30
    )


async def test_a_seal_says_who_and_is_believed_by_the_verifiers_anchors(
    services: Sandbox, agency: Token
) -> None:
    seal = await attest(REPORT, agency, Evidence())
    found = await judged(REPORT, seal, services)
    assert (found.verdict.passed, found.level, found.revocation) == (True, "B-B", "good")
    assert (found.signer, found.best_signature_time) == ("Ủy ban nhân dân tỉnh Thanh Sơn", None)
    assert found.signing_time is not None
    assert abs(SystemClock().now() - found.signing_time) < timedelta(minutes=1)


@pytest.mark.parametrize("stamped", [False, True], ids=["B-B", "B-T"])
async def test_openssl_verifies_a_seal_and_sees_a_changed_byte(
    services: Sandbox, signatory: Token, tmp_path: Path, stamped: bool
) -> None:
    evidence = Evidence(tsa_url=services.tsa, anchors=Anchors.load(services.trust))
    seal = await attest(REPORT, signatory, evidence if stamped else Evidence())
    (tmp_path / "seal").write_bytes(seal)
    words = (
        "-verify", "-cades", "-binary", "-inform", "DER", "-in", "seal", "-content", "report",
        "-CAfile", str(services.trust), "-purpose", "any", "-out", "verified",
    )  # fmt: skip
    done = openssl(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "verified").read_bytes() == REPORT
    assert openssl(tmp_path, *words, report=REPORT + b" ").returncode != 0
    shown = openssl(tmp_path, "-cmsout", "-print", "-inform", "DER", "-in", "seal").stdout
    for attribute in ("signingTime", "messageDigest", "contentType", "id-smime-aa-signingCertificateV2"):
        assert f"object: {attribute}" in shown
    assert ("id-smime-aa-timeStampToken" in shown) is stamped


async def test_a_document_signed_behind_a_page_is_no_report(services: Sandbox, agency: Token) -> None:
    covered = REPORT + b"%PDF-1.7\n1 0 obj\n<< /Type /Sig /ByteRange [0 100 200 300] /Contents >>\nendobj\n"
    found = await judged(covered, await attest(covered, agency, Evidence()), services)
    assert (found.verdict.passed, found.verdict.sub_indication) == (False, "FORMAT_FAILURE")
    about = REPORT + b"a file called %PDF-1.7"
    assert (await judged(about, await attest(about, agency, Evidence()), services)).verdict.passed


async def test_a_time_stamp_proves_when_the_report_was_sealed(services: Sandbox, agency: Token) -> None:
    evidence = Evidence(tsa_url=services.tsa, anchors=Anchors.load(services.trust))
    found = await judged(REPORT, await attest(REPORT, agency, evidence), services)
    assert (found.verdict.passed, found.level) == (True, "B-T")
    assert found.best_signature_time is not None


async def test_a_time_stamp_outlives_the_certificate_as_far_as_its_status_is_known(
    sandbox: Sandbox, sandbox_directory: Path
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    wanted = request_for("signatory", person("Trần Thị Hiền"), public, lasting=timedelta(minutes=5))
    made = await enrol(sandbox, wanted)
    clerk, anchors = InMemory(key, made.certificates[0], (made.issuer,)), Anchors.load(sandbox.trust)
    async with serve_sandbox(sandbox_directory):
        stamped = await attest(REPORT, clerk, Evidence(tsa_url=sandbox.tsa, anchors=anchors))
        later = SystemClock().now() + timedelta(minutes=10)
        plain = await judged(REPORT, await attest(REPORT, clerk, Evidence()), sandbox, at=later)
        assert plain.verdict.sub_indication == "OUT_OF_BOUNDS_NO_POE"
        ignored = await judged(REPORT, stamped, sandbox, at=later, revocation="ignore")
        assert (ignored.verdict.passed, ignored.signer) == (True, "Trần Thị Hiền")
        found = await judged(REPORT, stamped, sandbox, at=later)
    assert found.best_signature_time is not None
    # Asked within the certificate's life, its issuer has answered for a moment after the time-stamp.
    assert (found.verdict.passed, found.revocation) == (True, "good")


async def test_without_a_time_stamp_that_was_asked_for_there_is_no_seal(agency: Token) -> None:
    with pytest.raises(NoTimeStamp):
        await attest(REPORT, agency, Evidence(tsa_url="http://127.0.0.1:9/tsa", tsa_seconds=5))


async def test_a_seal_is_of_one_file_and_of_every_byte_of_it(services: Sandbox, agency: Token) -> None:
    seal = await attest(REPORT, agency, Evidence())
    for other in (b"", REPORT[:-1], REPORT + b"\n", bytes([REPORT[0] ^ 1]) + REPORT[1:], b"another"):
        found = await judged(other, seal, services)
        assert (found.verdict.sub_indication, found.intact) == ("HASH_FAILURE", False)
        assert "the seal is of another file" in str(found.verdict.reasons[0])


async def test_no_byte_of_a_seal_changes_unseen(services: Sandbox, agency: Token) -> None:
    await all_seen(services, agency, every=41)


@pytest.mark.campaign
async def test_no_byte_at_all_of_a_seal_changes_unseen(services: Sandbox, agency: Token) -> None:
    await all_seen(services, agency, every=1)


async def all_seen(services: Sandbox, token: Token, *, every: int) -> None:
    policy = Policy(anchors=Anchors.load(services.trust), revocation="ignore", offline=True)
    seal = await attest(REPORT, token, Evidence(tsa_url=services.tsa, anchors=policy.anchors))
    assert (await examine_attested(REPORT, seal, policy)).level == "B-T"
    for at in range(0, len(seal), every):
        changed = seal[:at] + bytes([seal[at] ^ 1]) + seal[at + 1 :]
        assert not (await examine_attested(REPORT, changed, policy)).verdict.passed, at


async def test_what_is_not_signed_in_a_seal_cannot_be_written_otherwise(
    services: Sandbox, agency: Token, policy: Policy
) -> None:
    evidence = Evidence(tsa_url=services.tsa, anchors=policy.anchors)
    seal = await attest(REPORT, agency, evidence)
    container = cms.ContentInfo.load(seal)
    signed_data = container["content"]
    stamp = signed_data["signer_infos"][0]["unsigned_attrs"].dump()
    certificate = signed_data["certificates"][0].chosen
    value = certificate["signature_value"].dump()
    for old, new in (
        (stamp, b"\xa0" + stamp[1:]),  # a field that no signer has: asn1crypto passes over it
        (value, value[:4] + b"\x01" + value[5:]),  # a bit left over in a certificate's signature
    ):
        assert old in seal
        found = await examine_attested(REPORT, seal.replace(old, new, 1), policy)
        assert found.verdict.sub_indication == "FORMAT_FAILURE"


async def test_what_is_no_seal_is_none(policy: Policy) -> None:
    for odd in (
        b"",
        b"x",
        b"\x30\x03\x02\x01\x01",
        b"0" * (1 << 20),
        b"-----BEGIN CMS-----\n",
        b"\x30\x80\0\0",
    ):
        assert (await examine_attested(REPORT, odd, policy)).verdict.sub_indication == "FORMAT_FAILURE"


@pytest.mark.parametrize(("words", "level"), [(("-cades",), "B-B"), ((), None)], ids=["CAdES", "CMS"])
async def test_a_seal_that_openssl_made_is_judged_too(
    tmp_path: Path, words: tuple[str, ...], level: str | None
) -> None:
    root = issued("Gốc")
    leaf = issued("Bà Kiểm", root)
    (tmp_path / "signer").write_bytes(
        load_der_x509_certificate(leaf.certificate.dump()).public_bytes(Encoding.PEM)
    )
    (tmp_path / "key").write_bytes(leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = ("-sign", "-binary", *words, "-in", "report", "-signer", "signer", "-inkey", "key")
    done = openssl(tmp_path, *made, "-outform", "DER", "-out", "seal")
    assert done.returncode == 0, done.stderr
    policy = Policy(anchors=Anchors((root.certificate.dump(),)), revocation="ignore", offline=True)
    found = await examine_attested(REPORT, (tmp_path / "seal").read_bytes(), policy)
    assert (found.verdict.passed, found.signer, found.level) == (True, "Bà Kiểm", level)


async def test_whom_nobody_here_trusts_seals_nothing(services: Sandbox, odd: Sandbox) -> None:
    async with open_key(odd.agency) as stranger:
        found = await judged(REPORT, await attest(REPORT, stranger, Evidence()), services)
        policy = Policy(anchors=Anchors.load(services.trust))
        with pytest.raises(TrustError, match="leads to none of the trusted roots"):
            await check_verifier(stranger.certificate, stranger.chain, policy)
    assert found.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


@pytest.mark.parametrize(
    ("key", "said", "verdict"),
    [
        ("expired", "has expired, on 20", "OUT_OF_BOUNDS_NO_POE"),
        ("revoked", "is revoked", "REVOKED"),
        ("web", "is a service's or an authority's", "CHAIN_CONSTRAINTS_FAILURE"),
    ],
)
async def test_a_certificate_that_may_not_seal_is_refused_before_and_found_after(
    odd_services: Sandbox, key: str, said: str, verdict: str
) -> None:
    policy = Policy(anchors=Anchors.load(odd_services.trust))
    async with open_key(odd_services.extra[key]) as token:
        with pytest.raises(TrustError, match=said):
            await check_verifier(token.certificate, token.chain, policy)
        found = await judged(REPORT, await attest(REPORT, token, Evidence()), odd_services)
    assert (found.verdict.sub_indication, found.intact) == (verdict, True)


async def test_a_status_that_nobody_tells_is_asked_for_but_not_where_nobody_may_be_asked(
    sandbox: Sandbox, signatory: Token
) -> None:
    policy = Policy(anchors=Anchors.load(sandbox.trust))
    with pytest.raises(Undetermined, match="may still sign"):
        await check_verifier(signatory.certificate, signatory.chain, policy)
    offline = replace(policy, offline=True)
    assert (await check_verifier(signatory.certificate, signatory.chain, offline)).kind == "person"


async def test_a_policy_that_lets_few_sign_documents_lets_others_seal_reports(
    services: Sandbox, agency: Token
) -> None:
    anchors = Anchors.load(services.trust)
    roots = tuple(Rooted(sha256=Digest.of(each).value.hex(), role="practice") for each in anchors.roots)
    rules = Rules(name="strict", sha256="0" * 64, roots=roots, unlisted="refuse")
    policy = Policy(anchors=anchors, rules=rules)
    assert (await check_verifier(agency.certificate, agency.chain, policy)).kind == "organisation"
    assert (
        await judged(REPORT, await attest(REPORT, agency, Evidence()), services, rules=rules)
    ).verdict.passed
    elsewhere = replace(rules, roots=tuple(replace(each, role="time-stamp") for each in roots))
    with pytest.raises(TrustError, match="not for this purpose"):
        await check_verifier(agency.certificate, agency.chain, replace(policy, rules=elsewhere))


async def test_a_key_that_signs_wrongly_seals_nothing(agency: Token, signatory: Token) -> None:
    class Wrong:
        certificate, chain, signature_size = agency.certificate, agency.chain, agency.signature_size

        async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
            return await signatory.sign(data, digest_algorithm)

    with pytest.raises(TokenError, match="not made with the key of its certificate"):
        await attest(REPORT, Wrong(), Evidence())


# ------------------------------------------------------------------------------- who is named in the report


async def sealed_by(token: Token, by: Token, report: Report, policy: Policy) -> list[tuple[bytes, bytes]]:
    """A report in each form that names one verifier, with the seal of another."""
    named = Verifier(token.certificate)
    forms = (
        html_page("a.pdf", report, (), policy, Reader("en", str), verifier=named),
        etsi_xml(report, policy, named),
        b'{"schema": "congvan-report/1", "verifier": {"sha256": "%s"}}' % named.sha256.encode(),
    )
    return [(each, await attest(each, by, Evidence())) for each in forms]


@pytest.mark.parametrize("hostile", [False, True])
async def test_the_seal_of_another_than_the_named_verifier_is_refused(
    services: Sandbox, agency: Token, signatory: Token, policy: Policy, hostile: bool
) -> None:
    report = hostile_report() if hostile else Report(verdict=failed("FORMAT_FAILURE"))
    for each, seal in await sealed_by(agency, agency, report, policy):
        assert named_in(each) == Verifier(agency.certificate).sha256
        assert (await judged(each, seal, services)).verdict.passed
    for each, seal in await sealed_by(agency, signatory, report, policy):
        found = await judged(each, seal, services)
        assert (found.verdict.sub_indication, found.verdict.passed) == ("SIG_CONSTRAINTS_FAILURE", False)
        assert "names another verifier" in str(found.verdict.reasons[0])


def test_a_strangers_text_names_no_verifier(policy: Policy) -> None:
    forged = '<meta name="congvan-verifier" content="sha256:' + "0" * 64 + '">' + EVIL
    report = replace(hostile_report(), number=forged, symbol=forged)
    assert named_in(html_page(forged, report, (), policy, Reader("en", str))) is None
    assert named_in(etsi_xml(report, policy)) is None
    for each in (b"{", b"{}", b'{"verifier": 1}', b'{"verifier": {"sha256": 1}}', b"[" * 100_000, b"<?xml"):
        assert named_in(each) is None


async def test_the_etsi_report_names_its_validator_in_the_standards_place(
    stages: Stages, agency: Token, policy: Policy
) -> None:
    report = await examine(stages.sealed.pdf, policy)
    held_by_etsi(report, policy, Verifier(agency.certificate))
    unsigned = await examine(stages.draft.pdf, policy)
    root = held_by_etsi(unsigned, policy, Verifier(agency.certificate))
    names = {"vr": "http://uri.etsi.org/19102/v1.4.1#", "tsl": "http://uri.etsi.org/02231/v2#"}
    assert len(root.xpath("vr:SignatureValidator/vr:DigitalId/tsl:X509Certificate", namespaces=names)) == 1
    assert len(root.xpath("vr:SignatureValidationReport/vr:SignersDocument", namespaces=names)) == 1
