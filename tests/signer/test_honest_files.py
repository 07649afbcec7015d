"""What honest programs signed is believed: the files of tests/vectors/honest, and their proof."""

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest

from pki.trust import Anchors
from signer.policy import Policy
from signer.report import Changes
from signer.verifying import examine
from tests.signer.test_quick import both

HONEST = Path(__file__).parents[1] / "vectors" / "honest"
EXPECTED = json.loads((HONEST / "expected.json").read_text(encoding="utf-8"))
AT = dt.datetime.fromisoformat(EXPECTED["at"])
MOST = 6 << 20  # bytes of all files together


@pytest.fixture(scope="module")
def trusting() -> Policy:
    roots = ("root.pem", "practice.pem", "nss.pem", "services.pem")
    anchors = Anchors.load(*(HONEST / each for each in roots))
    return Policy(anchors=anchors, revocation="ignore", offline=True, require="any", at=AT)


def test_every_honest_file_is_in_the_table() -> None:
    found = {file.stem: file.stat().st_size for file in (HONEST / "files").glob("*.pdf")}
    assert sorted(found) == sorted(EXPECTED["files"])
    assert len(found) >= 60
    assert sum(found.values()) < MOST


@pytest.mark.parametrize("name", EXPECTED["files"])
async def test_an_honest_file_is_believed(trusting: Policy, name: str) -> None:
    report = await examine((HONEST / "files" / f"{name}.pdf").read_bytes(), trusting)
    assert report.passed, [str(each) for each in report.verdict.reasons]
    assert not any(each.changes is Changes.FORBIDDEN for each in report.signatures)


@pytest.mark.parametrize("name", [each for each in EXPECTED["files"] if each.startswith("congvan-")])
async def test_two_layers_of_ours_are_two_layers(trusting: Policy, name: str) -> None:
    strict = dataclasses.replace(trusting, require="two-layer")
    report = await examine((HONEST / "files" / f"{name}.pdf").read_bytes(), strict)
    assert report.passed
    assert report.two_layer


LONG = {
    "endesive-certified", "endesive-two", "itext5-pkcs7-with-list", "itext5-word", "libreoffice-export",
    "openssl-key-identifier",
    "openssl-no-attributes", "pdfbox-certified-filled", "pdfbox-filled-between", "poppler-plain",
    "pyhanko-certified-3", "pyhanko-certified-3-renewed",
    "pyhanko-filled-between", "pyhanko-three", "pyhanko-three-then-proof", "pyhanko-three-visible",
    "update-annotations-apart", "update-extensions", "update-information", "update-metadata",
    "update-proof-freed", "update-table-left-out", "update-unused",
} | {each for each in EXPECTED["files"] if each.startswith("update-remark")}  # fmt: skip
"""What the short way leaves to the long one: 34 of 127."""


@pytest.mark.parametrize("name", EXPECTED["files"])
async def test_what_goes_the_short_way_is_judged_alike(trusting: Policy, name: str) -> None:
    quick, slow = await both((HONEST / "files" / f"{name}.pdf").read_bytes(), trusting)
    assert quick == (None if name in LONG else slow)


WITH_STATUS = [
    "congvan-two-layers-b-lt",
    "congvan-two-layers-b-lta",
    "congvan-renewed-once",
    "congvan-renewed-twice",
    "pyhanko-b-lta",
    "pyhanko-renewed-twice",
    "pyhanko-two-with-proof",
    "libpdf-b-lta",
    "pdfbox-b-lta",
    "pdfbox-locked-b-lta",
    "itext5-b-lta",
    "itext5-pkcs7-with-list",
    "itext5-renewed",
]


@pytest.mark.parametrize("name", WITH_STATUS)
async def test_stored_status_is_enough_when_nobody_is_asked(trusting: Policy, name: str) -> None:
    strict = dataclasses.replace(trusting, revocation="require")
    report = await examine((HONEST / "files" / f"{name}.pdf").read_bytes(), strict)
    assert report.passed, [str(each) for each in report.verdict.reasons]
    assert {each.revocation for each in report.signatures} == {"good"}
