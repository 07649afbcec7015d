"""The short way to a yes says what the long way says, or nothing: of honest documents, of every attack."""

import asyncio
import dataclasses
import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.clock import SystemClock
from pki.our_desk import at_the_desk
from pki.practice.sandbox import Sandbox
from pki.token import Token
from pki.trust import Anchors
from signer.drafting import draft
from signer.errors import Malformed
from signer.level import Evidence, Level
from signer.numbering import number
from signer.pades import judging as long
from signer.pades.judged import File
from signer.policy import Policy
from signer.quick import judging as short
from signer.sealing import seal
from signer.signing import sign
from tests.signer.certificates import issued
from tests.signer.stage_samples import NUMBER, Stages
from tests.vectors.attacks import catalogue
from tests.vectors.attacks.bases import Bases, bases

EXPECTED = json.loads((Path(__file__).parents[1] / "vectors/attacks/expected.json").read_text("utf-8"))
VECTORS = Path(__file__).parents[1] / "vectors" / "pdf"


@pytest.fixture(scope="module")
def honest(stages: Stages) -> Bases:
    return asyncio.run(bases(stages.signed.pdf, stages.sealed.pdf))


@pytest.fixture(scope="module")
def files(honest: Bases) -> dict[str, bytes]:
    return asyncio.run(catalogue.every(honest))


async def both(pdf: bytes, policy: Policy) -> tuple[File | None, File]:
    """What the short way says, and the long way; whether a digest was made on the way is left out."""
    now: datetime = SystemClock().now()
    quick = await short.judge(pdf, policy, now, at_the_desk)
    quick = None if quick is None else dataclasses.replace(quick, sha256=None)
    try:
        return quick, await long.judge(pdf, policy, now, at_the_desk)
    except Malformed as error:
        return quick, File(judged=(), texts={"refused": (str(error), None)})


@pytest.mark.parametrize("stage", ["signed", "sealed"])
async def test_an_honest_document_is_judged_alike(stages: Stages, policy: Policy, stage: str) -> None:
    quick, slow = await both(getattr(stages, stage).pdf, policy)
    assert quick == slow


@pytest.fixture(params=["page", "document"])
def described(request: pytest.FixtureRequest) -> bytes:
    """A page that says nothing of itself, and a document that does, in XMP."""
    pdf: bytes = request.getfixturevalue(request.param)
    return pdf


@pytest.mark.parametrize("level", list(Level))
async def test_every_level_is_judged_alike(
    services: Sandbox, described: bytes, signatory: Token, agency: Token, level: Level
) -> None:
    anchors = Anchors.load(services.trust)
    evidence, policy = Evidence(tsa_url=services.tsa, anchors=anchors), Policy(anchors=anchors)
    signed = await sign(draft(described), signatory, level=level, evidence=evidence)
    sealed = await seal(number(signed, NUMBER), agency, level=level, evidence=evidence, policy=policy)
    for offline in (False, True):
        quick, slow = await both(sealed.pdf, dataclasses.replace(policy, offline=offline))
        assert quick == slow


@pytest.mark.parametrize("name", ["object-streams.pdf", "rotated-270.pdf", "linearized.pdf", "chromium.pdf"])
async def test_other_peoples_archived_signatures_are_judged_alike(name: str) -> None:
    root = issued("Gốc")
    store = SimpleCertificateStore()
    store.register(root.certificate)
    authority = issued("Dấu thời gian", root, stamps=True)
    pdf = (VECTORS / name).read_bytes()
    for field, who in (("A", "Nguyễn Thị Ánh"), ("B", "UBND tỉnh Thanh Sơn")):
        signer = issued(who, root)
        metadata = PdfSignatureMetadata(
            field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256",
            embed_validation_info=True, use_pades_lta=True, signer_key_usage=set(),
            validation_context=ValidationContext(trust_roots=[root.certificate]),
        )  # fmt: skip
        made = SimpleSigner(signer.certificate, signer.info, cert_registry=store)
        stamper = DummyTimeStamper(authority.certificate, authority.info, certs_to_embed=store)
        work = PdfSigner(metadata, made, timestamper=stamper)
        pdf = (await work.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))).getvalue()
    anchors = Anchors((root.certificate.dump(),))
    quick, slow = await both(pdf, Policy(anchors=anchors, revocation="ignore", offline=True))
    assert quick == slow


@pytest.mark.parametrize("name", EXPECTED)
async def test_an_attack_is_judged_alike_or_left_to_the_long_way(
    files: dict[str, bytes], honest: Bases, policy: Policy, name: str
) -> None:
    roots = (*policy.anchors.roots, honest.root.certificate.dump())
    trusting = dataclasses.replace(policy, anchors=Anchors(roots, policy.anchors.intermediates))
    quick, slow = await both(files[name], trusting)
    assert quick in (None, slow)


async def test_a_byte_that_is_not_the_signers_is_left_to_the_long_way(stages: Stages, policy: Policy) -> None:
    pdf, now = stages.sealed.pdf, SystemClock().now()
    places = range(0, len(pdf), max(1, len(pdf) // 200))
    changed = (pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :] for at in places)
    assert [each for one in changed if (each := await short.judge(one, policy, now, at_the_desk))] == []
