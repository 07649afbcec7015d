"""The contract of `inspect`, and of what `draft` and `sign` say of a document's content."""

from pathlib import Path
from typing import Any

from pki.practice.sandbox import Sandbox
from signer.findings import Code
from tests.signer.content_samples import made


def file(code: Code, folder: Path) -> Path:
    path = folder / f"{code.value}.pdf"
    path.write_bytes(made(code))
    return path


def test_what_is_reported_is_a_yes_and_what_is_refused_a_no(run: Any, tmp_path: Path) -> None:
    said = run("inspect", file(Code.LINK, tmp_path))
    assert said.status == 0
    assert "⚠ [link] Page 1: A link leads out of the document: https://example.org." in said.out
    said = run("--json", "inspect", file(Code.LAYER_OFF, tmp_path))
    assert (said.status, said.json["refused"]) == (1, True)
    assert said.json["findings"][0] == {
        "code": "layer-off", "severity": "refused", "page": None, "object": None, "field": None,
        "message": "Layers are switched off, and any reader can switch them on: Nền.",
    }  # fmt: skip


def test_a_finding_is_accepted_by_its_code_but_never_a_script(run: Any, tmp_path: Path) -> None:
    layers = file(Code.LAYER_OFF, tmp_path)
    assert run("inspect", layers, "--accept", "layer-off").status == 0
    assert run("inspect", layers, "--accept", "script").status == 2


def test_draft_and_sign_say_what_was_found(run: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    drafted, signed = tmp_path / "drafted.pdf", tmp_path / "signed.pdf"
    said = run("--json", "draft", file(Code.EMBEDDED_FILE, tmp_path), "-o", drafted)
    assert "embedded-file" in {each["code"] for each in said.json["findings"]}
    words = ("sign", drafted, "--key", sandbox.signatory, "-o", signed)
    said = run(*words, "--strict")
    assert (said.status, signed.exists()) == (1, False)
    said = run("--json", *words)
    assert "embedded-file" in {each["code"] for each in said.json["findings"]}


def test_a_strict_draft_refuses_every_finding(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    said = run("draft", "--strict", file(Code.EMBEDDED_FILE, tmp_path), "-o", out)
    assert said.status == 1
    assert "phu-luc.csv" in said.err
    assert not out.exists()
