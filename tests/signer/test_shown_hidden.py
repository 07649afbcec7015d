"""Fields that are filled in so that the page shows less than it did, or less than is read there."""

import asyncio
import dataclasses

import pytest

from signer.report import Indication, Report
from signer.verifying import examine
from tests.signer.by_letter import stream, written
from tests.signer.prepared_samples import BASE, SEALING, Objects, Signers, form

WRITTEN = b"BT 0 g /F 12 Tf 2 2 Td (05) Tj ET"
OVER_TEXT = b"[90 590 400 720]"
"""A place of the number that the sum lies in, too."""


def sealed(
    signers: Signers,
    look: bytes,
    place: bytes = b"[100 700 200 720]",
    box: bytes = b"0 0 100 20",
    page: bytes = BASE[9],
) -> Report:
    """The report on a document whose number was filled in with this look."""
    objects: Objects = {**BASE, 9: page, 5: BASE[5].replace(b"[100 700 200 720]", place)}
    sealing = {
        **SEALING,
        5: SEALING[5].replace(b"[100 700 200 720]", place),
        40: form(look, box),
    }
    pdf = signers.over(signers.person.sign(written(objects)), sealing)
    policy = dataclasses.replace(signers.person.policy, require="two-layer", same_agency=False)
    return asyncio.run(examine(pdf, policy))


CLIPPED = {
    "a letter clipped away": (b"q 0 0 9 20 re W n " + WRITTEN + b" Q", b"0 0 100 20"),
    "a letter outside of what is drawn": (WRITTEN, b"0 0 9 20"),
}


@pytest.mark.parametrize("case", CLIPPED)
def test_letters_that_are_clipped_away_are_not_read(signers: Signers, case: str) -> None:
    look, box = CLIPPED[case]
    report = sealed(signers, look, box=box)
    assert report.indication is Indication.INDETERMINATE
    assert "The field number holds “05”, but the page shows “0” there." in map(str, report.verdict.reasons)


def test_letters_over_each_other_are_told(signers: Signers) -> None:
    clipped = b"q 50 0 9 20 re W n BT /F 12 Tf 4 2 Td (5) Tj ET Q"
    report = sealed(signers, b"BT 0 g /F 12 Tf 2 2 Td (0) Tj ET " + clipped)
    assert report.passed
    assert "The field number holds “05”; what the page shows there could not be read as text." in map(
        str, report.notes
    )


@pytest.mark.parametrize("over", [b"q 1 g 0 0 310 60 re f Q ", b"q 1 g 0 g 5 5 300 50 re f Q "])
def test_a_number_that_hides_the_page_is_not_believed(signers: Signers, over: bytes) -> None:
    look = over + WRITTEN.replace(b"2 2 Td", b"12 112 Td")
    report = sealed(signers, look, OVER_TEXT, b"0 0 310 130")
    assert report.indication is Indication.INDETERMINATE
    assert not report.two_layer
    hidden = "The field number was filled in so that it hides what the page says there: “5 000 000”."
    assert hidden in map(str, report.verdict.reasons)


def test_what_was_hidden_before_is_not_hidden_by_the_number(signers: Signers) -> None:
    hidden = stream(b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET 1 g 90 590 300 40 re f")
    look = b"q 1 g 0 0 310 60 re f Q " + WRITTEN.replace(b"2 2 Td", b"12 112 Td")
    assert sealed(signers, look, OVER_TEXT, b"0 0 310 130", page=hidden).passed


def test_a_number_over_text_that_stays_to_be_read_is_believed(signers: Signers) -> None:
    look = WRITTEN.replace(b"2 2 Td", b"12 112 Td")
    report = sealed(signers, look, OVER_TEXT, b"0 0 310 130")
    assert report.passed
    assert not any("field" in str(each) for each in report.notes)
