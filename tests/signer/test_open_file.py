"""A document judged by its open file is judged as by its bytes; nobody holds it whole."""

from pathlib import Path

import pytest

from pki.errors import UsageError
from pki.files import opened
from signer.policy import Policy
from signer.report import Indication, Report
from signer.verifying import examine
from tests.signer.stage_samples import Stages


async def judged(pdf: bytes, policy: Policy, folder: Path) -> Report:
    path = folder / "document.pdf"
    path.write_bytes(pdf)
    with opened(path) as file:
        return await examine(file, policy)


async def test_an_open_file_is_judged_as_its_bytes(stages: Stages, policy: Policy, tmp_path: Path) -> None:
    report = await judged(stages.sealed.pdf, policy, tmp_path)
    assert report.passed
    assert (report.sha256, report.signatures) == (
        (again := await examine(stages.sealed.pdf, policy)).sha256,
        again.signatures,
    )


async def test_an_open_file_that_was_changed_fails(stages: Stages, policy: Policy, tmp_path: Path) -> None:
    pdf = stages.sealed.pdf.replace(b"/Count 1", b"/Count 2", 1)
    report = await judged(pdf, policy, tmp_path)
    assert report.indication is Indication.TOTAL_FAILED


async def test_an_open_file_that_is_no_pdf_fails(policy: Policy, tmp_path: Path) -> None:
    report = await judged(b"%PNG", policy, tmp_path)
    assert report.verdict.sub_indication == "FORMAT_FAILURE"


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"12345")
    with pytest.raises(UsageError, match="larger than the limit of 4 bytes"), opened(path, 4):
        pass
