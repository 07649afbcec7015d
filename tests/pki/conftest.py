"""Practice hierarchies that only this room needs."""

import asyncio

import pytest

from pki.practice.sandbox import Sandbox, make_sandbox


@pytest.fixture(scope="session")
def elliptic_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A hierarchy of P-256 keys in a folder of an odd name, with certificates that must not be believed."""
    directory = tmp_path_factory.mktemp("pki-p256") / "thử nghiệm 100%"
    return asyncio.run(make_sandbox(directory, keys="p-256", extra=("revoked", "expired", "web")))
