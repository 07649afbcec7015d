"""Changes of a form between two revisions: what was not written did not change; redrawn is not filled."""

import asyncio
import dataclasses
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from pki.token import Token
from signer.document import Numbered, Signed
from signer.drafting import draft
from signer.errors import NotBelieved
from signer.level import Evidence, Level
from signer.numbering import number
from signer.policy import Policy
from signer.report import Changes, Indication
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.stage_samples import NUMBER, Stages

FORM = Path(__file__).parents[1] / "vectors" / "pdf" / "form-fields.pdf"
FORM_NUMBER = dataclasses.replace(NUMBER, symbol="STNS-VP")  # as its page prints it
BLACK = b"0 0 400 40 re f"
Edit = Callable[[IncrementalPdfFileWriter, generic.DictionaryObject], None]


@pytest.fixture(scope="module")
def signed_form(sandbox: Sandbox) -> Signed:
    """A form of somebody else's, drafted and signed."""

    async def make() -> Signed:
        async with open_key(sandbox.signatory) as person:
            return await sign(draft(FORM.read_bytes()), person)

    return asyncio.run(make())


def fields_of(writer: IncrementalPdfFileWriter) -> Iterator[generic.DictionaryObject]:
    for reference in writer.root["/AcroForm"]["/Fields"]:
        yield reference.get_object()


def edited(pdf: bytes, name: str, edit: Edit) -> bytes:
    """The file with one more revision, in which `edit` did its work on the field of that name."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    edit(writer, next(each for each in fields_of(writer) if each["/T"] == name))
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def redrawn(writer: IncrementalPdfFileWriter, field: generic.DictionaryObject) -> None:
    """Replace the stream that shows the field, in place: the field itself stays as it is."""
    shown = field["/AP"].raw_get("/N")
    stream = shown.get_object()
    stream._data, stream._encoded_data = BLACK, None
    for key in ("/Filter", "/DecodeParms"):
        stream.pop(key, None)
    writer.mark_update(shown.reference)


def filled_in_place(writer: IncrementalPdfFileWriter, field: generic.DictionaryObject) -> None:
    redrawn(writer, field)
    field[pdf_name("/V")] = generic.pdf_string("Nguyễn Thị Bình")
    writer.update_container(field)


async def test_a_foreign_form_that_nobody_touched_is_sealed(
    signed_form: Signed, agency: Token, policy: Policy
) -> None:
    sealed = await seal(number(signed_form, FORM_NUMBER), agency, policy=policy)
    report = await examine(sealed.pdf, policy)
    assert report.passed
    assert not re.search("nguoi_lien_he", str(report.as_json()))


async def test_a_foreign_form_keeps_its_proof_for_the_long_term(
    services: Sandbox, policy: Policy, signatory: Token, agency: Token
) -> None:
    evidence = Evidence(tsa_url=services.tsa, anchors=policy.anchors)
    strict = Policy(anchors=policy.anchors)
    signed = await sign(draft(FORM.read_bytes()), signatory, level=Level.B_LTA, evidence=evidence)
    sealed = await seal(
        number(signed, FORM_NUMBER), agency, level=Level.B_LTA, evidence=evidence, policy=strict
    )
    report = await examine(sealed.pdf, dataclasses.replace(strict, offline=True))
    assert report.passed
    assert [each.level for each in report.signatures] == ["B-LTA", "B-LTA"]


async def test_a_foreign_field_filled_between_the_layers_is_named(
    signed_form: Signed, agency: Token, policy: Policy
) -> None:
    pdf = edited(signed_form.pdf, "nguoi_lien_he", filled_in_place)
    assert (await examine(pdf, dataclasses.replace(policy, require="any"))).passed  # P=2 allows it
    with pytest.raises(NotBelieved, match="nguoi_lien_he"):
        await seal(Numbered(pdf=pdf, number=FORM_NUMBER), agency, policy=policy)


@pytest.mark.parametrize("name", ["number", "day", "layer1", "layer2"])
async def test_a_field_redrawn_between_the_layers_is_noticed(
    stages: Stages, agency: Token, policy: Policy, name: str
) -> None:
    pdf = edited(stages.signed.pdf, name, redrawn)
    report = await examine(pdf, dataclasses.replace(policy, require="any"))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.signatures[0].changes is Changes.FORBIDDEN
    with pytest.raises(NotBelieved, match="Layer 1"):
        await seal(Numbered(pdf=pdf, number=NUMBER), agency, policy=policy)


@pytest.mark.parametrize("edit", [redrawn, filled_in_place])
@pytest.mark.parametrize("name", ["number", "layer1", "layer2"])
async def test_no_field_is_redrawn_after_the_seal(
    stages: Stages, policy: Policy, name: str, edit: Edit
) -> None:
    report = await examine(edited(stages.sealed.pdf, name, edit), policy)
    assert report.indication is Indication.TOTAL_FAILED
