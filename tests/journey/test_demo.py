"""`congvan demo`, as a new user runs it, and what strangers' programs say about the files it leaves."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The facts that one run of the demonstration printed."""
    import sys

    folder = tmp_path_factory.mktemp("demo") / "journey"
    cli = Path(__file__).parents[2] / "cli.py"
    words = [sys.executable, str(cli), "--json", "--lang", "en", "--home", str(folder), "demo"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def stranger(*words: object) -> str:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_the_eight_steps_are_told_in_order(journey: dict[str, Any]) -> None:
    words = [step.split()[0] for step in journey["steps"]]
    assert words[1:] == ["draft", "sign", "number", "seal", "send", "receive", "receipt", "proof"]


def test_the_sealed_document_is_two_layered_and_valid_offline(journey: dict[str, Any]) -> None:
    report = journey["verify"]
    assert (report["indication"], report["two_layer"]) == ("TOTAL_PASSED", True)


def test_poppler_mupdf_and_qpdf_accept_the_sealed_document(journey: dict[str, Any]) -> None:
    sealed = Path(journey["folder"]) / "3-sealed.pdf"
    assert stranger("pdfsig", "-nocert", sealed).count("Signature is Valid") == 2
    seen = stranger("mutool", "sign", "-v", sealed)
    assert "signature is valid" in seen
    assert "invalid" not in seen
    assert "No syntax or stream encoding errors" in stranger("qpdf", "--check", sealed)


def test_what_arrived_is_what_was_sealed(journey: dict[str, Any]) -> None:
    folder = Path(journey["folder"])
    assert (folder / "4-received.pdf").read_bytes() == (folder / "3-sealed.pdf").read_bytes()


def test_the_proof_verifies_with_nothing_but_the_file_and_the_key(journey: dict[str, Any], run: Any) -> None:
    folder = Path(journey["folder"])
    proof, key = folder / "6-receipt.tlog-proof", (folder / "7-log-key.txt").read_text().strip()
    said = run("--json", "verify", proof, "--log-key", key)
    assert said.status == 0
    assert said.json["entry"]["event"] == "received"


def test_every_command_that_is_told_to_examine_the_files_says_yes(journey: dict[str, Any], run: Any) -> None:
    assert len(journey["commands"]) == 3
    for command in journey["commands"]:
        program, *words = shlex.split(command)
        assert (program, run(*words).status) == ("congvan", 0)


def test_the_proof_of_another_log_is_a_no(journey: dict[str, Any], run: Any) -> None:
    folder = Path(journey["folder"])
    key = (folder / "7-log-key.txt").read_text().strip()
    said = run("verify", folder / "6-receipt.tlog-proof", "--log-key", key.replace("H99.12", "H99.13"))
    assert said.status in {1, 2}


def test_the_receipt_is_believed_by_its_issuers_card_alone(journey: dict[str, Any], run: Any) -> None:
    folder = Path(journey["folder"])
    said = run("--json", "verify", folder / "5-receipt.json", "--card", folder / "8-card.json")
    assert (said.status, said.json["issuer"], said.json["event"]) == (0, "H99.12", "ContentHandover")
    assert run("verify", folder / "5-receipt.json").status == 3


def test_number_date_and_seal_can_be_read_on_the_page(journey: dict[str, Any]) -> None:
    text = stranger("pdftotext", "-layout", Path(journey["folder"]) / "3-sealed.pdf", "-")
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "01" in next(line for line in text.splitlines() if "UBND-VP" in line)
