"""One verdict in every form: exit status, words, JSON, page and the standard's XML say the same."""

import itertools
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

VECTORS = Path(__file__).parents[1] / "vectors"
HONEST = VECTORS / "honest"
OURS = HONEST / "files" / "congvan-two-layers-b-lta.pdf"

SAID = {
    "TOTAL_PASSED": (0, "The document is valid.", "Valid", "total-passed"),
    "INDETERMINATE": (
        3,
        "Whether the document is valid could not be found out.",
        "Not proven",
        "indeterminate",
    ),
    "TOTAL_FAILED": (1, "The document is not valid.", "Not valid", "total-failed"),
}
GRAVITY = ["total-passed", "indeterminate", "total-failed"]
STATUS = "/*/*[local-name()='SignatureValidationReport']/*[local-name()='SignatureValidationStatus']"

DOCUMENTS = [OURS, HONEST / "files" / "endesive-plain.pdf", *sorted((VECTORS / "bad").glob("*.pdf"))[:2]]
MOMENTS = ["2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z", "2026-11-22T10:00:00Z", "2035-01-01T00:00:00Z"]
MEASURES = [
    ("--trust", HONEST / "practice.pem", "--require", "two-layer", "--revocation", "ignore"),
    ("--trust", HONEST / "nss.pem", "--revocation", "accept-missing"),
    ("--policy", "strict.toml", "--require", "two-layer"),
]
STRICT = f"""
version = 1
name = "strict"
revocation = "accept-missing"
document.header = "require-match"
[[anchors]]
role = "practice"
files = ["{HONEST / "practice.pem"}"]
"""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_form_gives_one_answer(run: Any, tmp_path: Path, document: Path) -> None:
    (tmp_path / "strict.toml").write_text(STRICT)
    for moment, measure in itertools.product(MOMENTS, MEASURES):
        forms = ("--json-report", "r.json", "--html", "r.html", "--etsi-xml", "r.xml", "--force")
        said = run("verify", document, "--offline", "--at", moment, *measure, *forms)
        answer = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["indication"]
        line = said.out.splitlines()[2]  # after the file's name, and as of when
        (word,) = re.findall("<h1>(.*?)</h1>", (tmp_path / "r.html").read_text(encoding="utf-8"))
        indications = etree.parse(tmp_path / "r.xml").xpath(
            f"{STATUS}/*[local-name()='MainIndication']/text()"
        )
        standard = max((each.rpartition(":")[2] for each in indications), key=GRAVITY.index)
        assert (said.status, line, word, standard) == SAID[answer], (moment, measure)


@pytest.mark.parametrize("name", [b"a\xff.pdf", b"a\nThe document is valid.\x1b[2K.pdf"])
def test_a_name_that_is_no_text_keeps_no_report_from_being_written(
    run: Any, tmp_path: Path, name: bytes
) -> None:
    document = tmp_path / os.fsdecode(name)
    shutil.copyfile(OURS, document)
    forms = ("--json-report", "r.json", "--html", "r.html", "--etsi-xml", "r.xml")
    words = ("--trust", HONEST / "practice.pem", "--offline", "--at", MOMENTS[2], "--revocation", "ignore")
    said = run("verify", document.name, *words, *forms)
    assert said.status == 0, said
    assert said.out.splitlines()[2] == "The document is valid."
    assert json.loads((tmp_path / "r.json").read_bytes())["file"] == document.name
