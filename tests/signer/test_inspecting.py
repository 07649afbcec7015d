"""What a signer must know is found, with its code, place and words, and a policy says what it comes to."""

import json
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from pki.errors import UsageError
from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from signer.apart.inspecting import inspect_apart
from signer.document import Draft
from signer.drafting import draft
from signer.errors import NotSignable
from signer.findings import ACCEPTABLE, MENDED_BY_DRAFT, Code, ContentPolicy, Finding, Severity
from signer.inspecting import inspect
from signer.layout import covered
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from tests.signer.content_samples import MADE, attached, both, field, layer, made, with_loose
from tests.signer.drafting_samples import dispatch, rewritten
from tests.signer.stage_samples import Stages

PDFS = Path(__file__).parents[1] / "vectors" / "pdf"
PRODUCERS = sorted(json.loads((PDFS / "expected.json").read_text()))
FOUND_IN_BYTES = [*MADE, Code.REPAIRED, Code.DORMANT_OBJECT]
ALWAYS = {Code.SCRIPT, Code.PROGRAM, Code.XFA, Code.EXTERNAL_CONTENT}
REPORTED = set(list(Code)[list(Code).index(Code.LAYERS) :])


def found(pdf: bytes, code: Code, policy: ContentPolicy | None = None) -> list[Finding]:
    each = inspect(pdf, policy or ContentPolicy(), covered=False)
    return [finding for finding in each if finding.code is code]


def test_every_code_has_a_file_in_which_it_is_found() -> None:
    assert {*FOUND_IN_BYTES, Code.COVERED_TEXT} == set(Code)


@pytest.mark.parametrize("code", FOUND_IN_BYTES)
def test_each_code_is_found_and_weighs_what_the_default_says(code: Code) -> None:
    findings = found(made(code), code)
    assert findings
    assert {each.severity for each in findings} == {
        Severity.REPORTED if code in REPORTED else Severity.REFUSED
    }
    assert str(findings[0].line)


@pytest.mark.parametrize("code", FOUND_IN_BYTES)
def test_a_plain_document_has_none_of_them(code: Code) -> None:
    plain = {Code.FONT_NOT_EMBEDDED}  # reportlab names one that it does not use
    assert code in plain or not found(dispatch(), code)


@pytest.mark.parametrize("code", sorted(set(MADE) - REPORTED - MENDED_BY_DRAFT - {Code.FIELD_OVER_PLACE}))
def test_drafting_refuses_what_changes_after_the_signature(code: Code) -> None:
    with pytest.raises(NotSignable) as refused:
        draft(made(code))
    assert refused.value.hint


@pytest.mark.parametrize("code", sorted(REPORTED - MENDED_BY_DRAFT - {Code.COVERED_TEXT}))
def test_drafting_reports_the_rest_and_strictly_refuses_it(code: Code) -> None:
    assert code in {each.code for each in draft(made(code)).findings}
    with pytest.raises(NotSignable):
        draft(made(code), content=ContentPolicy(strict=True))


@pytest.mark.parametrize("code", sorted(MENDED_BY_DRAFT))
def test_drafting_mends_what_a_new_file_no_longer_has(code: Code) -> None:
    assert code not in {each.code for each in draft(made(code)).findings}


def test_what_is_accepted_by_its_code_is_reported() -> None:
    policy = ContentPolicy(accepted=frozenset({Code.LAYER_OFF}))
    (layers,) = (
        each for each in draft(made(Code.LAYER_OFF), content=policy).findings if "layer" in each.code
    )
    assert layers.severity is Severity.REPORTED


@pytest.mark.parametrize("code", sorted(ALWAYS))
def test_nothing_makes_the_worst_acceptable(code: Code) -> None:
    assert code.value not in ACCEPTABLE
    with pytest.raises(UsageError, match=code.value):
        ContentPolicy(accepted=frozenset({code}))
    assert (
        found(made(code), code, ContentPolicy(accepted=frozenset(map(Code, ACCEPTABLE))))[0].severity
        == "refused"
    )


def test_covered_text_is_a_finding_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covered, "MAX_LOOKED_AT", 0)
    monkeypatch.setattr(covered, "_below", lambda drawn: drawn)
    assert [each.page for each in inspect(dispatch()) if each.code is Code.COVERED_TEXT] == [1]


def test_a_finding_says_its_page_its_object_and_its_field() -> None:
    change = field(AA=pikepdf.Dictionary(K=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")))
    (script,) = found(rewritten(dispatch(pages=2), change), Code.SCRIPT)
    assert (script.page, script.field) == (1, "cost")
    assert script.object is not None
    assert str(script.line).startswith("Page 1, field cost: The reader's program runs a script")


def test_several_refusals_are_counted_in_one() -> None:
    with pytest.raises(NotSignable, match=r"A program is embedded: a\.exe\. And 2 more that speak"):
        draft(rewritten(dispatch(), both(MADE[Code.POSTSCRIPT], layer(OFF=True), attached("a.exe"))))


@pytest.mark.parametrize("name", PRODUCERS)
def test_nothing_in_a_producers_draft_speaks_against_a_signature(name: str) -> None:
    findings = draft((PDFS / name).read_bytes()).findings
    assert {each.severity for each in findings} <= {Severity.REPORTED}
    assert {each.code for each in findings} <= {
        Code.FONT_NOT_EMBEDDED, Code.OPEN_FIELD, Code.FIELD_OVER_FIELD, Code.LAYERS, Code.EMBEDDED_FILE
    }  # fmt: skip


async def test_the_process_apart_finds_the_same() -> None:
    assert await inspect_apart(made(Code.MEDIA), covered=False) == inspect(made(Code.MEDIA), covered=False)


@pytest.mark.parametrize("change", [MADE[Code.SCRIPT], MADE[Code.PRINT_ONLY], MADE[Code.EXTERNAL_CONTENT]])
async def test_a_draft_from_elsewhere_is_inspected_before_it_is_signed(
    stages: Stages, sandbox: Sandbox, change: Callable[[pikepdf.Pdf], object]
) -> None:
    altered = Draft(pdf=rewritten(stages.draft.pdf, change))
    async with open_key(sandbox.signatory) as person:
        with pytest.raises(NotSignable):
            await sign(altered, person)


async def test_what_was_reported_goes_with_the_signed_document(stages: Stages, sandbox: Sandbox) -> None:
    altered = Draft(pdf=with_loose(stages.draft.pdf))
    async with open_key(sandbox.signatory) as person:
        signed = await sign(altered, person)
    assert Code.DORMANT_OBJECT in {each.code for each in signed.findings}


async def test_a_seal_refuses_what_a_strict_office_does_not_want(
    stages: Stages, sandbox: Sandbox, policy: Policy
) -> None:
    async with open_key(sandbox.agency) as agency:
        with pytest.raises(NotSignable, match="Fonts are not embedded"):
            await seal(stages.numbered, agency, policy=policy, content=ContentPolicy(strict=True))
