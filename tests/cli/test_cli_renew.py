"""congvan renew, and several time-stamp authorities on the command line."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pki.practice.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
NOBODY = "http://127.0.0.1:9/tsa"


@pytest.fixture
def answering(sandbox_directory: Path, sandbox: Sandbox) -> Iterator[Sandbox]:
    """The practice services in a process of their own: the commands are other processes."""
    command = [sys.executable, str(ROOT / "cli.py"), "pki", "serve", str(sandbox_directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield sandbox
        process.terminate()


@pytest.fixture
def stored(run: Any, source: Path, answering: Sandbox, tmp_path: Path) -> Path:
    """A document with its proof, signed though the first authority named is not there."""
    drafted, out = tmp_path / "drafted.pdf", tmp_path / "signed.pdf"
    assert run("draft", source, "-o", drafted).status == 0
    tsa = ("--tsa", NOBODY, "--tsa", answering.tsa)
    said = run("sign", drafted, "--key", answering.signatory, "--level", "b-lt", *tsa, "-o", out)
    assert said.status == 0, said.err
    return out


def test_a_renewed_document_says_when_and_is_valid(run: Any, stored: Path, answering: Sandbox) -> None:
    trust, out = ("--trust", answering.trust), stored.with_name("renewed.pdf")
    words = ("--tsa", answering.tsa, *trust, "--digest", "sha512", "-o", out)
    said = run("--json", "renew", stored, *words)
    assert (said.status, said.json["stage"], said.json["digest"]) == (0, "renewed", "sha512"), said.err
    checked = run("--json", "verify", out, *trust, "--offline")
    assert (checked.status, checked.json["signatures"][0]["level"]) == (0, "B-LTA")
    assert len(checked.json["document_timestamps"]) == 1


def test_what_is_not_believed_is_not_renewed_and_nothing_is_written(
    run: Any, stored: Path, answering: Sandbox
) -> None:
    bad, out = stored.with_name("bad.pdf"), stored.with_name("renewed.pdf")
    data = bytearray(stored.read_bytes())
    data[len(data) // 4] ^= 1
    bad.write_bytes(data)
    said = run("renew", bad, "--tsa", answering.tsa, "--trust", answering.trust, "-o", out)
    assert (said.status, out.exists()) == (1, False)
    assert "is not to be believed" in said.err


def test_a_renewal_without_an_authority_is_a_wrong_call(run: Any, source: Path, tmp_path: Path) -> None:
    said = run("renew", source, "-o", tmp_path / "renewed.pdf")
    assert said.status == 2
    assert "--tsa URL" in said.err


def test_authorities_that_fail_are_all_named(
    run: Any, source: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    drafted = tmp_path / "drafted.pdf"
    assert run("draft", source, "-o", drafted).status == 0
    tsa = ("--tsa", NOBODY, "--tsa", sandbox.crl)
    said = run("sign", drafted, "--key", sandbox.signatory, "--level", "b-t", *tsa, "-o", tmp_path / "s.pdf")
    assert said.status == 3
    assert NOBODY in said.err
    assert sandbox.crl in said.err


def test_without_an_authority_a_file_leaves_lower_where_told_and_is_extended_later(
    run: Any, source: Path, answering: Sandbox, tmp_path: Path
) -> None:
    drafted, low, high = (tmp_path / name for name in ("drafted.pdf", "low.pdf", "high.pdf"))
    assert run("draft", source, "-o", drafted).status == 0
    words = ("--key", answering.signatory, "--level", "b-lt", "--tsa", NOBODY, "-o", low)
    assert (run("sign", drafted, *words).status, low.exists()) == (3, False)
    said = run("--json", "sign", drafted, *words, "--when-no-proof", "later")
    assert (said.status, said.json["level"], said.json["level_asked"]) == (0, "B-B", "B-LT"), said.err
    assert "did not answer" in said.json["why"]
    assert "congvan extend" in said.json["hint"]
    trust = ("--trust", answering.trust)
    assert run("extend", low, *trust, "--tsa", answering.tsa, "-o", high).status == 0
    checked = run("--json", "verify", high, *trust, "--offline")
    assert (checked.status, checked.json["signatures"][0]["level"]) == (0, "B-LTA")
