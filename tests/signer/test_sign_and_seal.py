"""The two layers, made with keys in SoftHSM and read back by other people's programs."""

import dataclasses
import datetime as dt
import io
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from pki.errors import TrustError, Undetermined, UsageError
from pki.token import Token
from pki.trust import Anchors
from signer.document import DocumentNumber, Draft, Numbered
from signer.drafting import draft
from signer.errors import DocumentError, NotBelieved, PlaceNotFound, WrongStage
from signer.level import Level
from signer.numbering import number
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.drafting_samples import dispatch, rewritten
from tests.signer.forging import refilled
from tests.signer.stage_samples import NUMBER, Stages


def ran(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


async def test_a_sealed_document_is_believed_in_both_layers(stages: Stages, policy: Policy) -> None:
    report = await examine(stages.sealed.pdf, policy)
    assert report.passed
    assert report.two_layer
    assert (report.number, report.symbol, report.date) == ("05", "UBND-VP", "2026-02-03")
    assert [each.layer for each in report.signatures] == [1, 2]
    assert [each.signer_kind for each in report.signatures] == ["person", "organisation"]
    assert [each.changes.value for each in report.signatures] == ["allowed", "none"]


async def test_layer_1_certifies_and_lets_forms_be_filled(stages: Stages) -> None:
    with pikepdf.open(io.BytesIO(stages.signed.pdf)) as pdf:
        signature = pdf.Root.Perms.DocMDP
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert signature.Reference[0].TransformParams.P == 2


async def test_the_seal_is_one_revision_that_locks_everything(stages: Stages) -> None:
    assert stages.sealed.pdf.startswith(stages.numbered.pdf)
    assert stages.sealed.pdf.count(b"%%EOF") == stages.numbered.pdf.count(b"%%EOF") + 1
    with pikepdf.open(io.BytesIO(stages.sealed.pdf)) as pdf:
        fields = {str(each.T): each for each in pdf.Root.AcroForm.Fields}
        assert str(fields["number"].V) == "05"
        assert int(fields["number"].Ff) & 1
        assert fields["layer2"].V.Reference[0].TransformParams.Action == "/All"


async def test_pdfsig_mutool_and_qpdf_agree(stages: Stages, tmp_path: Path) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(stages.sealed.pdf)
    assert ran("pdfsig", file).count("Signature is Valid.") == 2
    seen = ran("mutool", "sign", "-v", file)
    assert "The document is unchanged since signing." in seen
    assert "The signature is valid but there have been edits since signing." in seen
    assert "No syntax or stream encoding errors" in ran("qpdf", "--check", file)


async def test_mupdf_finds_no_change_that_the_signatures_forbid(stages: Stages, tmp_path: Path) -> None:
    """`mutool sign -v` calls any byte after a signature an edit; this asks what the edits are."""
    script, file, forged = (tmp_path / name for name in ("history.js", "sealed.pdf", "forged.pdf"))
    judge = "new PDFDocument(scriptArgs[i]).validateChangeHistory()"
    script.write_text(f"for (var i in scriptArgs) print({judge})")
    file.write_bytes(stages.sealed.pdf)
    forged.write_bytes(refilled(stages.sealed.pdf, "number", "06"))
    assert ran("mutool", "run", script, file, forged).split() == ["0", "1"]


async def test_the_page_shows_number_date_signature_and_seal(stages: Stages, tmp_path: Path) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(stages.sealed.pdf)
    text = " ".join(ran("pdftotext", "-layout", file, "-").split())
    assert "Số: 05 /UBND-VP" in text
    assert "ngày 03 tháng 02 năm 2026" in text
    ran("pdftoppm", "-r", "60", "-png", file, tmp_path / "page")
    with Image.open(tmp_path / "page-1.png") as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    assert any(red > 180 and green < 60 and blue < 60 for red, green, blue in colours)
    assert any(blue > 150 and red < 60 and green < 60 for red, green, blue in colours)


@pytest.mark.parametrize(("ground", "dots_left"), [([], True), ([1], False), ([1, 1, 1], False)])
async def test_a_field_over_printed_dots_has_a_white_ground(
    signatory: Token, agency: Token, policy: Policy, ground: list[int], *, dots_left: bool
) -> None:
    drafted = draft(dispatch(number="Số: ................................../UBND-VP"))

    def give_ground(pdf: pikepdf.Pdf) -> None:
        field = next(each for each in pdf.Root.AcroForm.Fields if each.T == "number")
        field.MK = pikepdf.Dictionary(BG=pikepdf.Array(ground))

    signed = await sign(Draft(pdf=rewritten(drafted.pdf, give_ground)), signatory)
    sealed = await seal(number(signed, NUMBER), agency, policy=policy)
    document = pypdfium2.PdfDocument(sealed.pdf)
    document.init_forms()
    shown = document[0].render(scale=4, grayscale=True).to_pil()
    place = drafted.places["number"]
    left, top = 4 * place.x, shown.height - 4 * (place.y + place.height)
    beside = shown.crop((left + 4, top, left + place.width, top + 4 * place.height))  # the first quarter
    assert (beside.getextrema()[0] < 128) is dots_left


async def test_the_seal_is_drawn_at_its_real_size(stages: Stages) -> None:
    with pikepdf.open(io.BytesIO(stages.sealed.pdf)) as pdf:
        field = next(each for each in pdf.Root.AcroForm.Fields if each.T == "layer2")
        drawn = pikepdf.parse_content_stream(field.AP.N)
    matrix = next(each.operands for each in drawn if str(each.operator) == "cm")
    assert float(matrix[0]) == pytest.approx(425 / 300 * 72, abs=0.1)


async def test_without_a_picture_the_page_says_who_signed(
    stages: Stages, signatory: Token, tmp_path: Path
) -> None:
    file = tmp_path / "signed.pdf"
    file.write_bytes((await sign(stages.draft, signatory)).pdf)
    words = " ".join(ran("pdftotext", file, "-").split())
    assert "Ký bởi: Nguyễn Văn Ánh" in words


async def test_a_picture_that_is_no_png_is_refused(stages: Stages, signatory: Token) -> None:
    with pytest.raises(DocumentError, match="not a PNG"):
        await sign(stages.draft, signatory, image=b"GIF89a")


async def test_a_seal_larger_than_its_place_is_refused_not_shrunk(
    stages: Stages, agency: Token, policy: Policy, large_seal_png: bytes
) -> None:
    with pytest.raises(PlaceNotFound, match="mm"):
        await seal(stages.numbered, agency, image=large_seal_png, policy=policy)


async def test_a_seal_needs_a_signature_first(stages: Stages, agency: Token, policy: Policy) -> None:
    with pytest.raises(WrongStage, match="not signed by a person yet"):
        await seal(Numbered(pdf=stages.draft.pdf, number=stages.sealed.number), agency, policy=policy)


async def test_a_sealed_document_is_not_sealed_again(stages: Stages, agency: Token, policy: Policy) -> None:
    with pytest.raises(WrongStage, match="sealed already"):
        await seal(Numbered(pdf=stages.sealed.pdf, number=stages.sealed.number), agency, policy=policy)


async def test_a_signed_document_is_not_signed_again_in_the_same_place(
    stages: Stages, signatory: Token
) -> None:
    with pytest.raises(WrongStage, match="signed already"):
        await sign(Draft(pdf=stages.signed.pdf), signatory)


async def test_a_seal_over_a_broken_signature_is_refused(
    stages: Stages, agency: Token, policy: Policy
) -> None:
    place = stages.signed.pdf.index(b"/MediaBox")
    broken = stages.signed.pdf[: place + 1] + b"m" + stages.signed.pdf[place + 2 :]
    with pytest.raises((NotBelieved, DocumentError)):
        await seal(Numbered(pdf=broken, number=stages.sealed.number), agency, policy=policy)


async def test_a_seal_over_an_untrusted_signature_is_refused(
    stages: Stages, agency: Token, policy: Policy
) -> None:
    nobody = dataclasses.replace(policy.anchors, roots=(), intermediates=())
    with pytest.raises(Undetermined, match="trusted roots"):
        await seal(stages.numbered, agency, policy=dataclasses.replace(policy, anchors=nobody))


async def test_a_seal_whose_layer_1_has_no_known_status_is_undetermined(
    stages: Stages, agency: Token, anchors: Anchors
) -> None:
    with pytest.raises(Undetermined, match="revoked could not be found out"):
        await seal(stages.numbered, agency, policy=Policy(anchors=anchors, offline=True))


async def test_a_person_cannot_seal(stages: Stages, signatory: Token, policy: Policy) -> None:
    with pytest.raises(TrustError, match="cannot seal"):
        await seal(stages.numbered, signatory, policy=policy)


def test_another_symbol_than_the_printed_one_is_refused(stages: Stages) -> None:
    other = DocumentNumber(number="5", symbol="QĐ-UBND", date=dt.date(2026, 2, 3))
    with pytest.raises(DocumentError, match="prints the symbol UBND-VP"):
        number(stages.signed, other)


async def test_a_level_with_time_stamps_needs_an_authority(stages: Stages, signatory: Token) -> None:
    with pytest.raises(UsageError, match="time-stamp authority"):
        await sign(stages.draft, signatory, level=Level.B_T)
