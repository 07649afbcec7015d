"""A command starts in the time that its code takes to load: what is loaded is held here, not the time."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HONEST = ROOT / "tests" / "vectors" / "honest"
PLAIN = HONEST / "files" / "congvan-two-layers-b-lt.pdf"
LIBRARIES = {
    "cryptography.hazmat.primitives.serialization.pkcs7", "email.policy",
    "aiohttp", "aiosqlite", "asn1crypto", "lxml", "pikepdf", "PIL", "pyhanko", "pyhanko_certvalidator",
    "pypdfium2", "sqlite3", "tomllib",
}  # fmt: skip
ROOMS = {
    "exchange.audit", "exchange.believing", "exchange.demo", "exchange.envelope", "exchange.http",
    "exchange.office", "exchange.peers", "exchange.receipt", "exchange.settings", "exchange.store",
    "exchange.verbs.documents", "exchange.verbs.given", "pki.cache", "pki.desk", "pki.fetch", "pki.keys",
    "pki.pkcs11", "pki.practice", "pki.trusted_list", "signer.document", "signer.evidence",
    "signer.findings", "signer.layout", "signer.policies.reading", "signer.qpdf", "signer.repeating",
}  # fmt: skip
"""What a verdict on a plain document has no use for: no policy file, no settings, nobody to ask."""

MOST, MOST_OF_OURS, MOST_OF_THE_READERS = 300, 47, 97
"""Modules: of `verify` and of ours among them, before it forks its reader; of ours that a reader has."""

_LINE = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)


def python(*words: object, stdin: socket.socket | None = None) -> tuple[int, set[str]]:
    """Run Python; return its status and the modules that its first process loaded."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *map(str, words)], cwd=ROOT, stdin=stdin, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, set(_LINE.findall(done.stderr))


def of(modules: set[str], unwanted: set[str]) -> set[str]:
    return {each for each in modules if any(f"{each}.".startswith(f"{name}.") for name in unwanted)}


def ours(modules: set[str]) -> set[str]:
    return of(modules, {"exchange", "pki", "signer"})


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules that `verify` loads for one plain document, whose reader it forks from itself."""
    home = tmp_path_factory.mktemp("no-office")
    status, modules = python(
        "cli.py", "--home", home, "verify", "--offline", "--at", "2026-11-22T09:26:53+00:00",
        "--trust", HONEST / "practice.pem", "--trust", HONEST / "root.pem", PLAIN,
    )  # fmt: skip
    assert status == 0
    return modules


def test_verify_loads_no_library_that_a_plain_document_does_not_need(verified: set[str]) -> None:
    assert of(verified, LIBRARIES | {"cryptography.x509.ocsp"}) == set()


def test_verify_loads_what_a_verdict_needs_and_no_other_room(verified: set[str]) -> None:
    assert of(verified, ROOMS) == set()
    assert {"exchange.verbs.verdicts", "signer.apart.asking", "signer.report"} <= verified
    assert len(verified) <= MOST
    assert len(ours(verified)) <= MOST_OF_OURS


def test_the_reader_of_a_plain_document_loads_the_short_way_alone() -> None:
    ours_end, theirs = socket.socketpair()
    ours_end.close()  # nobody asks: it loads, and ends
    with theirs:
        status, modules = python("-P", "-m", "signer.worker", "judging", stdin=theirs)
    assert status == 0
    assert "signer.quick.judging" in modules
    assert (
        of(modules, LIBRARIES | ROOMS | {"exchange", "signer.apart.drafting", "signer.form.fields"}) == set()
    )
    assert len(ours(modules)) <= MOST_OF_THE_READERS


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        pytest.param(["inbox"], {"pyhanko", "asn1crypto", "PIL", "exchange.demo"}, id="office"),
        pytest.param(["token", "list"], {"pyhanko", "aiohttp", "pki.practice"}, id="tokens"),
        pytest.param(["inspect", "nowhere.pdf"], {"pyhanko", "aiohttp", "asn1crypto"}, id="inspect"),
        pytest.param(["--help"], {"asyncio", "cryptography", "signer.findings", "pki.trust"}, id="help"),
    ],
)
def test_a_verb_loads_what_it_does(tmp_path: Path, words: list[str], unwanted: set[str]) -> None:
    _, modules = python("cli.py", "--home", tmp_path, *words)
    assert "exchange.verbs.table" in modules
    assert of(modules, unwanted) == set()
