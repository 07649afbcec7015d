"""A document that others signed before it came to us: drafted, signed, numbered and sealed all the same."""

import asyncio
import io
import subprocess
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.errors import Undetermined
from pki.token import Token
from pki.trust import Anchors
from signer.document import Draft, Numbered, Signed
from signer.drafting import draft
from signer.errors import NotBelieved
from signer.form import fields
from signer.level import Evidence
from signer.numbering import number
from signer.pades.extending import extended
from signer.page import Box, Frame, Place
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.certificates import Keyed, issued
from tests.signer.drafting_samples import dispatch
from tests.signer.stage_samples import NUMBER

WHERE = Place(page=1, x=60, y=120, width=120, height=60)


@pytest.fixture(scope="module")
def root() -> Keyed:
    return issued("Gốc")


def ran(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def approved(pdf: bytes, who: Keyed, root: Keyed, box: tuple[int, int, int, int]) -> bytes:
    """The file with one more signature, by another program, in a new field of its own."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    append_signature_field(writer, SigFieldSpec("approval", on_page=0, box=box))
    metadata = PdfSignatureMetadata(
        field_name="approval",
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        signer_key_usage=set(),
    )
    store = SimpleCertificateStore()
    store.register(root.certificate)
    signer = PdfSigner(metadata, SimpleSigner(who.certificate, who.info, cert_registry=store))
    return bytes((await signer.async_sign_pdf(writer)).getvalue())


@pytest.fixture(scope="module")
def signed_elsewhere(root: Keyed) -> bytes:
    """A dispatch that a colleague approved with another program, where the page shows it."""
    colleague = issued("Trần Thị Bình", root)
    return asyncio.run(approved(dispatch(), colleague, root, (60, 200, 180, 260)))


@pytest.fixture(scope="module")
def everybody(policy: Policy, root: Keyed) -> Policy:
    """The policy that trusts our own hierarchy and the colleague's."""
    roots = (*policy.anchors.roots, root.certificate.dump())
    anchors = Anchors(roots, policy.anchors.intermediates)
    return Policy(anchors=anchors, revocation="ignore", offline=True)


async def test_what_a_colleague_signed_elsewhere_gets_both_layers(
    signed_elsewhere: bytes, signatory: Token, agency: Token, everybody: Policy, tmp_path: Path
) -> None:
    signed = await sign(draft(signed_elsewhere), signatory)
    sealed = await seal(number(signed, NUMBER), agency, policy=everybody)
    report = await examine(sealed.pdf, everybody)
    assert report.passed
    assert [(each.field, each.layer) for each in report.signatures] == [
        ("approval", 1),
        ("layer1", 1),
        ("layer2", 2),
    ]
    assert (report.number, report.symbol, report.date) == ("05", "UBND-VP", "2026-02-03")
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed.pdf)
    assert ran("pdfsig", "-nocert", file).count("Signature is Valid.") == 3


async def test_an_unknown_colleague_does_not_stop_the_signature_but_the_seal(
    signed_elsewhere: bytes, signatory: Token, agency: Token, policy: Policy
) -> None:
    evidence = Evidence(anchors=policy.anchors)
    signed = await sign(draft(signed_elsewhere), signatory, evidence=evidence)
    with pytest.raises(Undetermined, match="trusted roots"):
        await seal(number(signed, NUMBER), agency, policy=policy)


async def test_nobody_signs_over_a_broken_signature(signed_elsewhere: bytes, signatory: Token) -> None:
    place = signed_elsewhere.index(b"/MediaBox")
    broken = signed_elsewhere[: place + 1] + b"m" + signed_elsewhere[place + 2 :]
    with pytest.raises(NotBelieved, match="changed after it was signed"):
        await sign(Draft(pdf=extended(broken, _form({}))), signatory)


async def test_a_colleague_signs_in_a_field_of_the_original_after_the_signatory(
    signatory: Token, agency: Token, policy: Policy
) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(dispatch()))
    append_signature_field(writer, SigFieldSpec("approval", on_page=0, box=(60, 200, 180, 260)))
    source = io.BytesIO()
    writer.write(source)
    once = await sign(draft(source.getvalue()), signatory)
    twice = await sign(Draft(pdf=once.pdf), signatory, field="approval")
    sealed = await seal(Numbered(pdf=twice.pdf, number=NUMBER), agency, policy=policy)
    report = await examine(sealed.pdf, policy)
    assert report.passed
    assert report.two_layer
    assert [(each.field, each.layer) for each in report.signatures] == [
        ("layer1", 1),
        ("approval", 1),
        ("layer2", 2),
    ]
    assert report.layer(1).changes.value == "allowed"


@pytest.mark.parametrize(("box", "allowed"), [((0, 0, 0, 0), True), ((60, 200, 180, 260), False)])
async def test_a_certified_document_gains_only_a_signature_that_shows_nothing(
    root: Keyed,
    signatory: Token,
    agency: Token,
    everybody: Policy,
    box: tuple[int, int, int, int],
    *,
    allowed: bool,
) -> None:
    once = await sign(draft(dispatch()), signatory)
    twice = Signed(pdf=await approved(once.pdf, issued("Trần Thị Bình", root), root, box))
    if not allowed:
        with pytest.raises(NotBelieved, match="Layer 1"):
            await seal(number(twice, NUMBER), agency, policy=everybody)
        return
    report = await examine((await seal(number(twice, NUMBER), agency, policy=everybody)).pdf, everybody)
    assert report.passed
    assert [each.layer for each in report.signatures] == [1, 1, 2]


def test_fonts_that_fields_name_are_found_in_the_form(signed_elsewhere: bytes) -> None:
    blank = fields.Blank(place=WHERE, size=13.0)
    reader = PdfFileReader(io.BytesIO(extended(signed_elsewhere, _form({"number": blank}))))
    font = reader.root["/AcroForm"]["/DR"]["/Font"]["/CvSerif"]
    assert font["/FontDescriptor"]["/FontFile2"].data[:4] == b"\0\1\0\0"
    number_field = next(each.get_object() for each in reader.root["/AcroForm"]["/Fields"] if _is_text(each))
    assert number_field["/DA"].startswith("/CvSerif ")


def _is_text(reference: generic.IndirectObject) -> bool:
    return bool(reference.get_object().get("/FT") == "/Tx")


def _form(blanks: dict[str, fields.Blank]) -> fields.Form:
    frames = {1: Frame(Box(0, 0, 595, 842), 0)}
    return fields.plan(blanks, sign=WHERE, seal=WHERE, symbol=None, frames=frames)
