"""Fixtures that every room shares: a practice hierarchy in real SoftHSM tokens, the command as a process."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.demo.document import DEMO_DOCUMENT, set_document
from pki import our_desk
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.token import Token


@pytest.fixture(scope="session")
def sandbox_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the practice hierarchy."""
    return tmp_path_factory.mktemp("pki") / "sandbox"


@pytest.fixture(scope="session")
def sandbox(sandbox_directory: Path) -> Sandbox:
    """Root, issuing CA, signatory, agency, TSA and OCSP responder, with keys made inside tokens."""
    return asyncio.run(make_sandbox(sandbox_directory))


@pytest.fixture(autouse=True)
def nobody_was_asked() -> None:
    """Every test asks issuers for the first time: an earlier one may have found nobody there."""
    asyncio.run(our_desk.forget())


@pytest.fixture
async def services(sandbox_directory: Path, sandbox: Sandbox) -> AsyncIterator[Sandbox]:
    """The hierarchy with its TSA, OCSP responder and CRL answering on loopback."""
    async with serve_sandbox(sandbox_directory):
        yield sandbox


@pytest.fixture
async def signatory(sandbox: Sandbox) -> AsyncIterator[Token]:
    """The person's token."""
    async with open_key(sandbox.signatory) as token:
        yield token


@pytest.fixture
async def agency(sandbox: Sandbox) -> AsyncIterator[Token]:
    """The agency's seal token."""
    async with open_key(sandbox.agency) as token:
        yield token


ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The only object on stdout."""
        (line,) = self.out.splitlines()
        said: dict[str, Any] = json.loads(line)
        return said


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `congvan WORDS…` in a folder of its own; the language is English unless `lang` says otherwise."""

    def call(*words: object, lang: str = "en", stdin: str | None = None) -> Said:
        environment = {
            **os.environ,
            "LC_ALL": "vi_VN.UTF-8" if lang == "vi" else "C.UTF-8",
            "PYTHONUTF8": "1",
        }
        environment.pop("CONGVAN_HOME", None)
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), *map(str, words)],
            cwd=tmp_path, env=environment, input=stdin, text=True, capture_output=True, timeout=120,
            check=False,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def document() -> bytes:
    """An official document in the layout of NĐ 30/2020."""
    return set_document(DEMO_DOCUMENT)


@pytest.fixture
def source(tmp_path: Path, document: bytes) -> Path:
    """The document as a file."""
    path = tmp_path / "in.pdf"
    path.write_bytes(document)
    return path


_CAMPAIGN = pytest.mark.skip(reason="a campaign: make campaign")


def pytest_configure(config: pytest.Config) -> None:
    """Register the one marker, for tests that take minutes; nothing is kept in the home of who tests."""
    os.environ["CONGVAN_CACHE"] = ""
    config.addinivalue_line("markers", "campaign: takes minutes; run by `make campaign`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave campaigns out of the default run."""
    if "campaign" not in str(config.getoption("-m")):
        for item in items:
            if "campaign" in item.keywords:
                item.add_marker(_CAMPAIGN)
