"""verify --save-evidence, and the same verdict again with --evidence, when nobody answers any more."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox


@pytest.fixture
def signed(run: Any, source: Path, sandbox: Sandbox, tmp_path: Path) -> Path:
    drafted, out = tmp_path / "drafted.pdf", tmp_path / "signed.pdf"
    assert run("draft", source, "-o", drafted).status == 0
    assert run("sign", drafted, "--key", sandbox.signatory, "-o", out).status == 0
    return out


async def test_a_report_is_made_again_byte_for_byte_when_the_servers_are_gone(
    run: Any, signed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    kept, words = tmp_path / "signed.evidence", ("verify", signed, "--trust", sandbox.trust)
    async with serve_sandbox(sandbox.directory):
        online = await asyncio.to_thread(run, "--json", *words, "--save-evidence", kept)
    assert (online.status, online.json["indication"]) == (0, "TOTAL_PASSED"), online
    again = await asyncio.to_thread(run, "--json", *words, "--evidence", kept)
    assert (again.status, again.out) == (0, online.out)
    said = await asyncio.to_thread(run, *words, "--evidence", kept)
    assert "This is the verdict as of 2" in said.out
    assert "nobody was asked since" in said.out
    assert (await asyncio.to_thread(run, *words)).status == 3  # without it nothing is known any more


def test_a_verdict_as_of_another_moment_is_told_as_of_that_moment_again(
    run: Any, source: Path, tmp_path: Path
) -> None:
    kept, page = tmp_path / "kept", tmp_path / "page.html"
    asked = ("--at", "2026-05-15")
    assert run("verify", source, *asked, "--save-evidence", kept).status == 1
    said = run("verify", source, "--evidence", kept, "--html", page)
    assert "This is the verdict as of 2026-05-15 00:00:00 (UTC+7), from" in said.out, said
    assert "<dt>Judged as of</dt><dd><bdi>2026-05-15 00:00:00</bdi></dd>" in page.read_text(encoding="utf-8")
    later = run("verify", source, "--at", "2126-05-15", "--save-evidence", tmp_path / "later")
    assert (later.status, "a moment that is still to come: 2126-05-15" in later.err) == (2, True), later
    assert not (tmp_path / "later").exists()


def test_evidence_is_not_written_over_and_not_mixed_up(run: Any, source: Path, tmp_path: Path) -> None:
    kept, words = tmp_path / "kept", ("--json", "verify", source)
    assert run(*words, "--save-evidence", kept).status == 1  # nobody signed it; that too can be shown again
    for more, why in (
        (("--save-evidence", kept), "exists already"),
        (("--save-evidence", tmp_path / "x", "--evidence", kept), "not both"),
        ((source, "--evidence", kept), "one document"),
        (("--save-evidence", tmp_path, "--force"), "is a folder; evidence is written to a file"),
    ):
        refused = run(*words, *more)
        assert (refused.status, why in refused.json["message"]) == (2, True), refused
    kept.write_bytes(kept.read_bytes()[:-1])
    damaged = run(*words, "--evidence", kept)
    assert (damaged.status, damaged.json["error"]) == (1, "document.evidence-refused"), damaged


@pytest.mark.parametrize("what", ["receipt", "proof", "report"])
@pytest.mark.parametrize("asked", ["--save-evidence", "--evidence", "--html", "--json-report", "--etsi-xml"])
def test_reports_and_evidence_are_made_of_documents_only(
    run: Any, tmp_path: Path, what: str, asked: str
) -> None:
    file, out = tmp_path / what, tmp_path / "out"
    file.write_text({"receipt": "{}", "proof": "c2sp.org/tlog-proof@v1\n", "report": "<!DOCTYPE html>"}[what])
    said = run("verify", file, asked, out)
    assert said.status == 2
    assert "is no PDF document: only of those are reports and evidence made." in said.err
    assert said.out == ""
    assert not out.exists()
