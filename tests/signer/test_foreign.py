"""Honest documents that other programs signed stay believed: detached CMS, and proof stored later."""

import io
from pathlib import Path

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.trust import Anchors
from signer.policy import Policy
from signer.verifying import examine
from tests.signer.certificates import issued

VECTORS = Path(__file__).parents[1] / "vectors" / "pdf"


@pytest.mark.parametrize(
    ("kind", "stored", "levels"),
    [
        (SigSeedSubFilter.ADOBE_PKCS7_DETACHED, False, [None, None]),
        (SigSeedSubFilter.PADES, False, ["B-T", "B-T"]),
        (SigSeedSubFilter.PADES, True, ["B-T", "B-T"]),
    ],
    ids=["detached", "pades", "pades-with-later-proof"],
)
async def test_two_layers_by_another_program_are_believed(
    page: bytes, kind: SigSeedSubFilter, stored: bool, levels: list[str | None]
) -> None:
    root = issued("Gốc")
    authority = issued("Dấu thời gian", root, stamps=True)
    store = SimpleCertificateStore()
    store.register(root.certificate)
    stamper = DummyTimeStamper(authority.certificate, authority.info, certs_to_embed=store)
    pdf = page
    for field, name in (("A", "Nguyễn Thị Ánh"), ("B", "UBND tỉnh Thanh Sơn")):
        signer = issued(name, root)
        metadata = PdfSignatureMetadata(
            field_name=field,
            subfilter=kind,
            md_algorithm="sha256",
            embed_validation_info=stored,
            use_pades_lta=stored,
            signer_key_usage=set(),
            validation_context=ValidationContext(trust_roots=[root.certificate]) if stored else None,
        )
        made = SimpleSigner(signer.certificate, signer.info, cert_registry=store)
        output = await PdfSigner(metadata, made, timestamper=stamper).async_sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(pdf))
        )
        pdf = output.getvalue()
    policy = Policy(anchors=Anchors((root.certificate.dump(),)), revocation="ignore", offline=True)
    report = await examine(pdf, policy)
    assert report.passed
    assert report.two_layer
    assert [each.level for each in report.signatures] == levels


@pytest.mark.parametrize(
    ("name", "agency"),
    [
        ("object-streams.pdf", "UBND xã Suối Mơ"),
        ("rotated-270.pdf", "UBND tỉnh Thanh Sơn"),
        ("linearized.pdf", "UBND tỉnh Thanh Sơn"),
    ],
)
async def test_files_with_cross_reference_streams_keep_two_signatures_and_their_proof(
    name: str, agency: str
) -> None:
    root = issued("Gốc")
    store = SimpleCertificateStore()
    store.register(root.certificate)
    authority = issued("Dấu thời gian", root, stamps=True)
    stamper = DummyTimeStamper(authority.certificate, authority.info, certs_to_embed=store)
    pdf = (VECTORS / name).read_bytes()
    for field, who in (("A", "Nguyễn Thị Ánh"), ("B", agency)):
        signer = issued(who, root)
        metadata = PdfSignatureMetadata(
            field_name=field,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm="sha256",
            embed_validation_info=True,
            use_pades_lta=True,
            signer_key_usage=set(),
            validation_context=ValidationContext(trust_roots=[root.certificate]),
        )
        made = SimpleSigner(signer.certificate, signer.info, cert_registry=store)
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        pdf = (await PdfSigner(metadata, made, timestamper=stamper).async_sign_pdf(writer)).getvalue()
    policy = Policy(anchors=Anchors((root.certificate.dump(),)), revocation="ignore", offline=True)
    report = await examine(pdf, policy)
    assert report.passed
    assert report.two_layer
