"""What the filled fields of a sealed page show is held to their values."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki.token import Token
from signer.agency import Heading
from signer.document import DocumentNumber
from signer.drafting import draft
from signer.lasting import written
from signer.layout.first_page import first_page
from signer.level import Level
from signer.numbering import number
from signer.pades import filling
from signer.pades.form import form_of
from signer.policy import Policy
from signer.report import Indication
from signer.sealing import revision_of, seal
from signer.shown import MAX_FIELDS, Filled, FirstPage
from signer.signing import sign
from signer.verifying import examine
from tests.signer.reports_held import held_by_etsi, held_by_schema
from tests.signer.stage_samples import Stages
from tests.signer.test_header import Hands, hands, ruled

__all__ = ["hands"]

VECTORS = Path(__file__).parents[1] / "vectors" / "pdf"
Line = Callable[..., bytes]
LINE: Line = filling._line


async def sealed_showing(line: Line, stages: Stages, agency: Token, policy: Policy) -> bytes:
    """Seal with a program that draws the fields in a way of its own, and does not look at what it made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "_line", line)
        revision = await revision_of(
            stages.numbered, agency.certificate, agency.chain,
            image=None, level=Level.B_B, evidence=None, policy=policy, content=None,
        )  # fmt: skip
        return (await written(stages.numbered.pdf, agency, revision)).pdf


def another(chosen: Any, size: float, text: str, frame: Any, quadding: int) -> bytes:
    return LINE(chosen, size, "99" if text == "05" else text, frame, quadding)


def as_lines(chosen: Any, size: float, text: str, frame: Any, quadding: int) -> bytes:
    """The number as strokes, which no program reads."""
    del chosen, size, frame, quadding
    return b"/Tx BMC q 1 w 2 2 m 2 12 l 8 2 m 8 12 l S Q EMC" if text == "05" else b"/Tx BMC EMC"


def white_over(chosen: Any, size: float, text: str, frame: Any, quadding: int) -> bytes:
    """The value where nobody sees it, and another one in black."""
    hidden = LINE(chosen, size, text, frame, quadding).replace(b"0 g", b"1 g")
    return hidden + another(chosen, size, text, frame, quadding)


async def test_what_is_shown_is_what_is_filled_in(stages: Stages, policy: Policy) -> None:
    shown = {each.field: each for each in first_page(stages.sealed.pdf).filled}
    assert {name: each.shown for name, each in shown.items()} == {"number": "05", "day": "03", "month": "02"}
    assert not any(each.differs for each in shown.values())
    report = await examine(stages.sealed.pdf, policy)
    assert report.passed
    assert not any("field" in str(each) for each in report.notes)


@pytest.mark.parametrize("line", [another, white_over])
async def test_a_number_that_shows_otherwise_is_not_believed(
    stages: Stages, agency: Token, policy: Policy, line: Line
) -> None:
    pdf = await sealed_showing(line, stages, agency, policy)
    report = await examine(pdf, policy)
    assert (report.indication, report.verdict.sub_indication) == (
        Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE",
    )  # fmt: skip
    assert list(map(str, report.verdict.reasons)) == [
        "The field number holds “05”, but the page shows “99” there."
    ]
    assert not report.two_layer
    held_by_schema(report)
    held_by_etsi(report, policy)
    at_length = await examine(pdf, ruled(policy, "refuse-mismatch"))
    assert at_length.verdict == report.verdict


async def test_a_number_that_no_program_can_read_is_told(
    stages: Stages, agency: Token, policy: Policy
) -> None:
    report = await examine(await sealed_showing(as_lines, stages, agency, policy), policy)
    assert report.passed
    assert "The field number holds “05”; what the page shows there could not be read as text." in map(
        str, report.notes
    )


async def test_only_two_layers_are_held_to_what_is_shown(
    stages: Stages, agency: Token, policy: Policy
) -> None:
    pdf = await sealed_showing(another, stages, agency, policy)
    assert (await examine(pdf, dataclasses.replace(policy, require="any"))).passed


@pytest.mark.parametrize(
    "name",
    [
        "chromium", "libreoffice-docx", "libreoffice-odt-pdfa", "rotated-90", "rotated-270", "user-unit",
        "crop-box", "cairo-pango", "weasyprint", "scan", "typst-pdf20", "word-hybrid-xref", "form-fields",
    ],
)  # fmt: skip
async def test_the_fields_on_the_pages_of_many_programs_are_read(
    hands: Hands,
    policy: Policy,
    name: str,
) -> None:
    signatory, agency = hands
    signed = await sign(draft((VECTORS / f"{name}.pdf").read_bytes()), signatory)
    form = form_of(signed.pdf)
    date = dt.date(int(form.date.get("year", 2026)), int(form.date.get("month", 2)), 3)
    given_number = DocumentNumber(number="5", symbol=form.symbol or "UBND-VP", date=date)
    made = await seal(number(signed, given_number), agency, policy=ruled(policy, "tell"))
    read = first_page(made.pdf).filled
    assert {each.field for each in read} in (
        {"number", "date"},
        {"number", "day", "month"},
        {"number", "day"},
    )
    assert [each for each in read if each.shown is None or each.differs] == []
    report = await examine(made.pdf, ruled(policy, "tell"))
    assert report.passed


@given(st.text(max_size=30), st.text(max_size=30))
def test_spaces_and_the_form_of_accents_are_no_difference(first: str, second: str) -> None:
    spaced = Filled(field="number", value=f"{first}{second}", shown=f" {first} {second}")
    assert not spaced.differs
    assert not Filled(field="number", value=first, shown=None).differs


def test_no_reader_of_pages_returns_more_than_a_page_has() -> None:
    one = Filled(field="number", value="05", shown="05")
    with pytest.raises(ValueError, match="no page"):
        FirstPage(heading=Heading(lines=()), filled=(one,) * (MAX_FIELDS + 1))
    with pytest.raises(ValueError, match="no number"):
        Filled(field="number", value="0" * 201, shown=None)
