"""Whose signature and whose seal a document carries, and what a seal is not put on."""

import asyncio
import dataclasses
import hashlib
import io

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pki.errors import Undetermined
from pki.identity import Identity
from pki.keys import open_key
from pki.practice.sandbox import Names, Sandbox, make_sandbox
from pki.token import Token
from pki.trust import Anchors
from signer.document import Draft, Numbered, Sealed, Signed
from signer.errors import NotBelieved
from signer.findings import MENDED_BY_DRAFT, ContentPolicy
from signer.numbering import number
from signer.policy import Policy
from signer.report import Indication
from signer.roles import of_one_agency
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.forging import Change, refilled, updated
from tests.signer.stage_samples import NUMBER, Stages


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A company with a hierarchy of its own."""
    names = Names(signatory="Trần Thị Lạ", title="Giám đốc", agency="Công ty TNHH Người Lạ", agency_code="X1")
    return asyncio.run(make_sandbox(tmp_path_factory.mktemp("stranger") / "sandbox", names=names))


@pytest.fixture(scope="module")
def both(stranger: Sandbox, anchors: Anchors) -> Policy:
    """Trusts the stranger's hierarchy too."""
    trust = anchors | Anchors.load(stranger.trust)
    return Policy(anchors=trust, revocation="ignore", offline=True)


async def sealed_by_stranger(stages: Stages, stranger: Sandbox, both: Policy) -> Sealed:
    async with open_key(stranger.agency) as company:
        anybody = dataclasses.replace(both, same_agency=False)
        return await seal(stages.numbered, company, policy=anybody)


async def test_the_seal_of_another_agency_leaves_the_answer_open(
    stages: Stages, stranger: Sandbox, both: Policy
) -> None:
    sealed = await sealed_by_stranger(stages, stranger, both)
    report = await examine(sealed.pdf, both)
    assert report.indication is Indication.INDETERMINATE
    assert report.verdict.sub_indication == "SIG_CONSTRAINTS_FAILURE"
    assert not report.two_layer
    said = str(report.verdict.reasons[0])
    assert "Thanh Sơn" in said
    assert "Người Lạ" in said
    assert (await examine(sealed.pdf, dataclasses.replace(both, same_agency=False))).two_layer


async def test_another_agency_does_not_seal(
    stages: Stages, stranger: Sandbox, both: Policy, agency: Token
) -> None:
    async with open_key(stranger.agency) as company:
        with pytest.raises(Undetermined, match="Người Lạ"):
            await seal(stages.numbered, company, policy=both)
    async with open_key(stranger.signatory) as director:
        signed = await sign(stages.draft, director)
    with pytest.raises(Undetermined, match="Thanh Sơn"):
        await seal(number(signed, NUMBER), agency, policy=both)


async def test_a_strangers_hierarchy_makes_no_two_layers(
    stages: Stages, stranger: Sandbox, policy: Policy
) -> None:
    own = dataclasses.replace(policy, anchors=Anchors.load(stranger.trust))
    async with open_key(stranger.signatory) as director, open_key(stranger.agency) as company:
        sealed = await seal(number(await sign(stages.draft, director), NUMBER), company, policy=own)
    report = await examine(sealed.pdf, policy)
    assert report.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert not report.two_layer
    assert (await examine(sealed.pdf, own)).two_layer


async def test_a_status_not_known_leaves_two_layers_two(stages: Stages, policy: Policy) -> None:
    report = await examine(stages.sealed.pdf, dataclasses.replace(policy, revocation="require"))
    assert report.verdict.sub_indication == "TRY_LATER"
    assert report.two_layer


def named(organisation: str | None, number: str | None = None, name: str = "x") -> Identity:
    return Identity(
        kind="unknown", basis="test", name=name, organisation=organisation, organisation_id=number,
        unit=None, title=None, person_id=None, email=None, issuer="", serial=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("person", "sealing", "same"),
    [
        (named("Ủy ban nhân dân tỉnh A"), named("UỶ BAN  NHÂN DÂN tỉnh A"), True),
        (named("UBND xã Tân Lập"), named("UBND xã Tân Lộp"), False),
        (named("UBND xã Tân Lập", "MST:1"), named("UBND xã Tân Lập", "MST:2"), False),
        (named("UBND xã Tân Lập", "MST:1"), named("UBND xã Tân Lập", "GOVVN-H1"), True),
        (named("UBND tỉnh A", "GOV-H1"), named("Ủy ban nhân dân tỉnh A", "GOVVN-H1"), True),
        (named("Sở Nội vụ"), named(None, name="Sở Nội vụ"), True),
        (named("Sở Nội vụ"), named("UBND tỉnh A", name="Sở Nội vụ"), False),
        (named(None), named("UBND tỉnh A"), None),
    ],
)
def test_agencies_are_compared_by_number_and_letters(
    person: Identity, sealing: Identity, same: bool | None
) -> None:
    assert of_one_agency(person, sealing) is same


@given(st.text(min_size=1), st.text(min_size=1))
def test_an_agency_is_itself_however_it_is_spaced(first: str, second: str) -> None:
    spaced, wide = f"{first} {second}", f" {first}\t {second}"
    assert of_one_agency(named(spaced), named(wide)) is True


def field(writer: IncrementalPdfFileWriter, name: str) -> generic.DictionaryObject:
    reference = next(each for each in writer.root["/AcroForm"]["/Fields"] if each.get_object()["/T"] == name)
    writer.mark_update(reference)
    found: generic.DictionaryObject = reference.get_object()
    return found


def another_font(writer: IncrementalPdfFileWriter) -> None:
    form = writer.root["/AcroForm"]
    fonts = generic.DictionaryObject(form["/DR"]["/Font"])
    fonts[pdf_name("/CvSerif")] = fonts.raw_get("/CvSerifItalic")
    form[pdf_name("/DR")] = generic.DictionaryObject({pdf_name("/Font"): fonts})
    form[pdf_name("/NeedAppearances")] = generic.BooleanObject(value=True)
    writer.update_container(form)
    writer.update_root()


def hidden(writer: IncrementalPdfFileWriter) -> None:
    field(writer, "number")[pdf_name("/F")] = generic.NumberObject(2)


def tiny(writer: IncrementalPdfFileWriter) -> None:
    field(writer, "number")[pdf_name("/DA")] = generic.pdf_string("/CvSerif 0.1 Tf 1 g")


@pytest.mark.parametrize("attack", [hidden, tiny])
async def test_what_a_stranger_did_to_the_fields_is_not_sealed(
    stages: Stages, policy: Policy, agency: Token, attack: Change
) -> None:
    numbered = Numbered(pdf=updated(stages.signed.pdf, attack), number=NUMBER)
    with pytest.raises(NotBelieved, match="Layer 1"):
        await seal(numbered, agency, policy=policy)


async def test_a_number_that_a_stranger_filled_in_is_not_sealed(
    stages: Stages, policy: Policy, agency: Token
) -> None:
    filled = Signed(pdf=refilled(stages.signed.pdf, "number", "99"))
    with pytest.raises(NotBelieved, match=r"after layer 1: number\. Number and date are written with"):
        await seal(number(filled, NUMBER), agency, policy=policy)


def looks(pdf: bytes) -> tuple[str, int, str]:
    """What decides how the number looks: its /DA and /F, and the program of the font it is set in."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert "/NeedAppearances" not in opened.Root.AcroForm
        number = next(each for each in opened.Root.AcroForm.Fields if each.T == "number")
        (set_in,) = number.AP.N.Resources.Font.values()
        assert set_in == opened.Root.AcroForm.DR.Font.CvSerif
        program = hashlib.sha256(set_in.FontDescriptor.FontFile2.read_bytes()).hexdigest()
        return str(number.DA), int(number.F), program


@pytest.mark.parametrize("attack", [another_font, hidden, tiny])
async def test_the_seal_decides_what_its_number_looks_like(
    stages: Stages, policy: Policy, signatory: Token, agency: Token, attack: Change
) -> None:
    """What a draft says is signed by whoever signs it, and may be of a stranger's making all the same."""
    careless = ContentPolicy(accepted=MENDED_BY_DRAFT)
    signed = await sign(Draft(pdf=updated(stages.draft.pdf, attack)), signatory, content=careless)
    sealed = await seal(number(signed, NUMBER), agency, policy=policy, content=careless)
    assert looks(sealed.pdf) == looks(stages.sealed.pdf)
