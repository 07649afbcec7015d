"""Renewed in time, a document outlives its time-stamps' certificates and digests."""

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper

from pki.errors import TrustError, Undetermined, UsageError
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox, revoke
from pki.trust import Anchors
from signer.document import Draft
from signer.errors import NotBelieved
from signer.level import Evidence, Level
from signer.numbering import number
from signer.pades.context import Fetching, context_for
from signer.pades.token_signer import TokenSigner
from signer.policy import Policy
from signer.renewing import renew
from signer.report import Indication
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.authorities import good, served
from tests.signer.short_lived import short_lived
from tests.signer.stage_samples import NUMBER, Stages


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("renewing") / "sandbox"


@pytest.fixture(scope="module")
def practice(directory: Path) -> Sandbox:
    return asyncio.run(make_sandbox(directory))


@pytest.fixture
async def office(directory: Path, practice: Sandbox) -> AsyncIterator[Sandbox]:
    """A hierarchy of its own, answering; tests enter certificates into it."""
    async with serve_sandbox(directory):
        yield practice


@pytest.fixture
def trusting(practice: Sandbox) -> Policy:
    return Policy(anchors=Anchors.load(practice.trust))


async def sealed(draft: Draft, office: Sandbox, policy: Policy, level: Level, tsa: str) -> bytes:
    evidence = Evidence(tsa_url=tsa, anchors=policy.anchors)
    async with open_key(office.signatory) as person, open_key(office.agency) as agency:
        signed = await sign(draft, person, level=level, evidence=evidence)
        made = await seal(number(signed, NUMBER), agency, level=level, evidence=evidence, policy=policy)
    return made.pdf


def digests(pdf: bytes) -> list[str]:
    """The digests that the document time-stamps were made with."""
    found = PdfFileReader(io.BytesIO(pdf)).embedded_timestamp_signatures
    infos = [each.signed_data["encap_content_info"]["content"].parsed for each in found]
    return [info["message_imprint"]["hash_algorithm"]["algorithm"].native for info in infos]


async def test_renewed_twice_it_outlives_the_first_two_authorities(
    stages: Stages, directory: Path, practice: Sandbox, trusting: Policy
) -> None:
    first = await short_lived(practice, dt.timedelta(minutes=10))
    second = await short_lived(practice, dt.timedelta(minutes=20))
    async with serve_sandbox(directory), served(good(first)) as one, served(good(second)) as two:
        pdf = await sealed(stages.draft, practice, trusting, Level.B_LTA, one.url)
        once = await renew(pdf, Evidence(tsa_url=two.url), trusting)
        twice = await renew(once.pdf, Evidence(tsa_url=practice.tsa), trusting, digest="sha512")
    assert digests(twice.pdf) == ["sha256", "sha256", "sha256", "sha512"]
    after_first = replace(trusting, offline=True, at=first.expires + dt.timedelta(minutes=5))
    after_second = replace(trusting, offline=True, at=second.expires + dt.timedelta(minutes=5))
    assert (await examine(pdf, after_first)).indication is Indication.INDETERMINATE
    assert (await examine(once.pdf, after_first)).passed
    assert (await examine(once.pdf, after_second)).indication is Indication.INDETERMINATE
    report = await examine(twice.pdf, after_second)
    assert report.passed
    assert report.two_layer
    assert {each.level for each in report.signatures} == {"B-LTA"}


@pytest.mark.parametrize("level", [Level.B_B, Level.B_T, Level.B_LT])
async def test_a_document_without_a_time_stamp_over_all_of_it_gets_its_first(
    stages: Stages, office: Sandbox, trusting: Policy, level: Level
) -> None:
    pdf = await sealed(stages.draft, office, trusting, level, office.tsa)
    renewed = await renew(pdf, Evidence(tsa_url=office.tsa), trusting, digest="sha384")
    assert renewed.pdf.startswith(pdf)
    assert digests(renewed.pdf) == ["sha384"]
    report = await examine(renewed.pdf, replace(trusting, offline=True))
    assert report.passed
    assert {str(each.changes) for each in report.signatures} <= {"none", "allowed"}


async def test_a_document_outlives_its_signers_certificate(stages: Stages, tmp_path: Path) -> None:
    practice = await make_sandbox(tmp_path / "sandbox")
    policy = Policy(anchors=Anchors.load(practice.trust))
    async with serve_sandbox(tmp_path / "sandbox"):
        pdf = await sealed(stages.draft, practice, policy, Level.B_T, practice.tsa)
        person = (await examine(pdf, policy)).signatures[0]
        gone = person.best_signature_time + dt.timedelta(seconds=1)
        revoke(tmp_path / "sandbox", x509.Certificate.load(person.certificate).serial_number, at=gone)
        renewed = await renew(pdf, Evidence(tsa_url=practice.tsa), policy)
    later = replace(policy, offline=True, at=gone + dt.timedelta(minutes=5))
    assert (await examine(renewed.pdf, later)).passed


async def test_a_document_of_another_program_is_renewed(
    page: bytes, office: Sandbox, trusting: Policy
) -> None:
    policy = replace(trusting, require="any")
    async with open_key(office.signatory) as person, Fetching(5.0) as fetching:
        metadata = PdfSignatureMetadata(
            field_name="Signature1",
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=True,
            signer_key_usage=set(),
            validation_context=context_for(anchors=policy.anchors, fetching=fetching, revocation="require"),
        )
        signer = TokenSigner(person, asyncio.get_running_loop())
        output = await PdfSigner(metadata, signer, timestamper=HTTPTimeStamper(office.tsa)).async_sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(page))
        )
    renewed = await renew(output.getvalue(), Evidence(tsa_url=office.tsa), policy, digest="sha512")
    assert digests(renewed.pdf) == ["sha256", "sha512"]
    assert (await examine(renewed.pdf, replace(policy, offline=True))).passed


async def test_a_tampered_document_is_not_renewed(stages: Stages, office: Sandbox, trusting: Policy) -> None:
    pdf = await sealed(stages.draft, office, trusting, Level.B_LT, office.tsa)
    at = pdf.index(b"/Type /Page")
    tampered = pdf[:at] + pdf[at:].replace(b"/Type /Page", b"/Typo /Page", 1)
    async with served(never_asked) as authority:
        with pytest.raises(NotBelieved, match="The document is not to be believed"):
            await renew(tampered, Evidence(tsa_url=authority.url), trusting)
        assert authority.asked == 0


async def never_asked(request: bytes) -> object:
    raise AssertionError(request)


async def test_a_document_nobody_here_trusts_is_not_renewed(
    stages: Stages, office: Sandbox, trusting: Policy, anchors: Anchors
) -> None:
    pdf = await sealed(stages.draft, office, trusting, Level.B_T, office.tsa)
    with pytest.raises(Undetermined, match="leads to none of the trusted roots"):
        await renew(pdf, Evidence(tsa_url=office.tsa), replace(trusting, anchors=anchors))


async def test_a_new_authority_outside_the_anchors_is_not_taken(
    stages: Stages, office: Sandbox, trusting: Policy, services: Sandbox
) -> None:
    pdf = await sealed(stages.draft, office, trusting, Level.B_LT, office.tsa)
    with pytest.raises(TrustError, match="is not trusted"):
        await renew(pdf, Evidence(tsa_url=services.tsa), trusting)


async def test_without_the_status_of_the_last_stamp_nothing_is_renewed(
    stages: Stages, directory: Path, practice: Sandbox, trusting: Policy
) -> None:
    async with serve_sandbox(directory):
        pdf = await sealed(stages.draft, practice, trusting, Level.B_T, practice.tsa)
    lenient = replace(trusting, revocation="accept-missing")
    short = await short_lived(practice, dt.timedelta(minutes=10))
    async with served(good(short)) as authority:
        with pytest.raises(Undetermined, match="status of a certificate could not be found out"):
            await renew(pdf, Evidence(tsa_url=authority.url), lenient)


@pytest.mark.parametrize(
    ("digest", "tsa", "changed", "said"),
    [
        ("sha1", "http://127.0.0.1:9/", {}, "sha1 is no digest"),
        ("sha256", None, {}, "needs a time-stamp authority"),
        ("sha256", "http://127.0.0.1:9/", {"offline": True}, "now and with a network"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    stages: Stages, trusting: Policy, *, digest: str, tsa: str | None, changed: dict[str, bool], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        await renew(stages.sealed.pdf, Evidence(tsa_url=tsa), replace(trusting, **changed), digest=digest)
