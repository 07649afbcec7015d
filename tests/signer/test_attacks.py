"""Known attacks on signed PDFs, made here from their descriptions (see docs of each class), and refused."""

import dataclasses
import io
import random
import re

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pki.errors import TrustError
from pki.token import Token
from signer.document import Draft, Numbered, Signed
from signer.errors import WrongStage
from signer.form.names import LAYER_1
from signer.numbering import number
from signer.pades import drawing
from signer.pades.door import apart
from signer.pades.writing import Revision, write
from signer.policy import Policy
from signer.report import Indication
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.forging import Change, updated
from tests.signer.stage_samples import NUMBER, Stages


def new_text(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"0 0 595 842 re f"))
    writer.update_container(page)


def free_text(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    note = {
        "/Type": pdf_name("/Annot"),
        "/Subtype": pdf_name("/FreeText"),
        "/Rect": generic.ArrayObject(generic.NumberObject(each) for each in (90, 490, 300, 520)),
        "/Contents": generic.pdf_string("1,000,000"),
    }
    made = generic.DictionaryObject({pdf_name(key): value for key, value in note.items()})
    page["/Annots"].append(writer.add_object(made))
    writer.update_container(page["/Annots"])
    writer.update_container(page)


def second_catalogue(writer: IncrementalPdfFileWriter) -> None:
    root = generic.DictionaryObject(writer.root)
    root[pdf_name("/OpenAction")] = generic.ArrayObject([writer.root["/Pages"].raw_get("/Kids")[0]])
    writer.trailer["/Root"] = writer.add_object(root)
    writer._root = writer.trailer.raw_get("/Root")


def larger_widget(writer: IncrementalPdfFileWriter) -> None:
    field = next(each for each in writer.root["/AcroForm"]["/Fields"] if each.get_object()["/T"] == "layer1")
    field.get_object()[pdf_name("/Rect")] = generic.ArrayObject(
        generic.NumberObject(each) for each in (0, 0, 595, 842)
    )
    writer.mark_update(field.reference)


def no_form(writer: IncrementalPdfFileWriter) -> None:
    del writer.root["/AcroForm"]
    writer.update_root()


@pytest.mark.parametrize("attack", [new_text, free_text, larger_widget, no_form, second_catalogue])
@pytest.mark.parametrize("stage", ["signed", "sealed"])
async def test_incremental_updates_that_show_something_else_are_refused(
    stages: Stages, policy: Policy, attack: Change, stage: str
) -> None:
    pdf = updated(getattr(stages, stage).pdf, attack)
    report = await examine(pdf, dataclasses.replace(policy, require="any"))
    assert report.indication is Indication.TOTAL_FAILED


async def test_wrapped_second_ranges_are_refused(stages: Stages, policy: Policy) -> None:
    """SWA: the second range is moved to the end of the file, its old place is free for others."""
    pdf = stages.sealed.pdf
    match = list(re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", pdf))[-1]
    first, second, length = (int(each) for each in match.groups())
    said = b"/ByteRange [0 %d %d %d]" % (first, len(pdf), length)
    said = said.ljust(match.end() - match.start())
    wrapped = pdf[: match.start()] + said + pdf[match.end() :] + pdf[second : second + length]
    report = await examine(wrapped, policy)
    assert report.indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize(
    "said",
    [b"[0 10 20 30]", b"[0 0 0 0]", b"[0 -1 5 6]", b"[]", b"null", b"[0 99999999 1 1]", b"[1 2 3 4 5 6]"],
)
async def test_byte_ranges_that_cannot_be_are_refused(stages: Stages, policy: Policy, said: bytes) -> None:
    """USF: whatever stands in /ByteRange, nothing is skipped."""
    pdf = stages.sealed.pdf
    match = list(re.finditer(rb"/ByteRange \[[^]]*\] *", pdf))[-1]
    forged = (
        pdf[: match.start()] + (b"/ByteRange " + said).ljust(match.end() - match.start()) + pdf[match.end() :]
    )
    report = await examine(forged, policy)
    assert report.indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize("said", [b"<>", b"<00>", b"null", b"()"])
async def test_empty_containers_are_refused(stages: Stages, policy: Policy, said: bytes) -> None:
    pdf = stages.sealed.pdf
    match = list(re.finditer(rb"/Contents <[0-9A-F]{1000,}>", pdf))[-1]
    forged = (
        pdf[: match.start()] + (b"/Contents " + said).ljust(match.end() - match.start()) + pdf[match.end() :]
    )
    assert (await examine(forged, policy)).indication is Indication.TOTAL_FAILED


async def test_a_removed_seal_is_not_a_seal(stages: Stages, policy: Policy) -> None:
    end = stages.sealed.pdf.rindex(b"%%EOF", 0, len(stages.sealed.pdf) - 10) + 6
    report = await examine(stages.sealed.pdf[:end], policy)
    assert not report.passed
    assert not report.two_layer


async def test_an_agency_alone_is_no_first_layer(stages: Stages, policy: Policy, agency: Token) -> None:
    with pytest.raises(TrustError, match="not a person's"):
        await sign(stages.draft, agency)
    revision = Revision(field=LAYER_1, certify=True, draw=drawing.words("x"))
    alone = Signed(pdf=await apart(lambda home: write(stages.draft.pdf, agency, revision, home)))
    with pytest.raises(WrongStage, match="not signed by a person"):
        await seal(number(alone, NUMBER), agency, policy=policy)
    report = await examine(alone.pdf, policy)
    assert report.layer(1) is None
    assert report.indication is Indication.TOTAL_FAILED


async def test_several_people_sign_before_the_seal(
    stages: Stages, policy: Policy, signatory: Token, agency: Token
) -> None:
    with pikepdf.open(io.BytesIO(stages.draft.pdf)) as pdf:
        first = next(each for each in pdf.Root.AcroForm.Fields if each.T == "layer1")
        second = pdf.make_indirect(pikepdf.Dictionary(first))
        second.T, second.Rect = pikepdf.String("layer1b"), pikepdf.Array([60, 200, 180, 260])
        pdf.Root.AcroForm.Fields.append(second)
        pdf.pages[0].Annots.append(second)
        output = io.BytesIO()
        pdf.save(output)
    once = await sign(Draft(pdf=output.getvalue()), signatory)
    twice = await sign(Draft(pdf=once.pdf), signatory, field="layer1b")
    sealed = await seal(Numbered(pdf=twice.pdf, number=NUMBER), agency, policy=policy)
    report = await examine(sealed.pdf, policy)
    assert [each.layer for each in report.signatures] == [1, 1, 2]
    assert report.passed


async def test_bytes_that_are_no_signature_never_raise(stages: Stages, policy: Policy) -> None:
    pdf = stages.sealed.pdf
    for old, new in (
        (b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /adbe.x509.rsa_sha1 "),
        (b"/Type /Sig ", b"/Type /Sug "),
        (b"startxref", b"startxrex"),
        (b"trailer", b"trailor"),
        (b"/Root", b"/Ruut"),
        (b"/AcroForm", b"/AcroFurm"),
        (b"/Fields", b"/Fialds"),
    ):
        if old in pdf:
            place = pdf.rindex(old)
            forged = pdf[:place] + new + pdf[place + len(old) :]
            assert not (await examine(forged, policy)).passed, old


async def test_damaged_files_are_reports_not_errors(stages: Stages, policy: Policy) -> None:
    chance, pdf = random.Random(30), stages.sealed.pdf
    for _ in range(60):
        damaged = bytearray(pdf)
        at, length = chance.randrange(len(pdf)), chance.randrange(1, 300)
        damaged[at : at + length] = chance.choice(
            [b"", b" " * length, chance.randbytes(length), pdf[at : at + length] * 2]
        )
        assert bytes(damaged) == pdf or not (await examine(bytes(damaged), policy)).passed
