"""Fixtures that every room shares: a practice hierarchy in real SoftHSM tokens, made once a run."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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


_CAMPAIGN = pytest.mark.skip(reason="a campaign: make campaign")


def pytest_configure(config: pytest.Config) -> None:
    """Register the one marker: tests that take minutes."""
    config.addinivalue_line("markers", "campaign: takes minutes; run by `make campaign`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave campaigns out of the default run."""
    if "campaign" not in str(config.getoption("-m")):
        for item in items:
            if "campaign" in item.keywords:
                item.add_marker(_CAMPAIGN)
