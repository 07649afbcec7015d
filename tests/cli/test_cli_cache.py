"""What issuers answered one command, the next one need not ask."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox
from pki.trust import Anchors
from signer.apart.drafting import draft_apart
from signer.level import Evidence, Level
from signer.signing import sign


class Asked:
    """A clock for the practice services: they look at it once for each answer."""

    times = 0

    def now(self) -> datetime:
        self.times += 1
        return datetime.now(UTC)


async def test_a_second_command_asks_only_for_what_must_be_news(
    run: Any, document: bytes, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cache, asked = tmp_path / "signed.pdf", tmp_path / "cache", Asked()
    evidence = Evidence(tsa_url=sandbox.tsa, anchors=Anchors.load(sandbox.trust))

    async def requests() -> int:
        before = asked.times
        said = await asyncio.to_thread(run, "--json", "verify", path, "--trust", sandbox.trust)
        assert (said.status, said.json["indication"]) == (0, "TOTAL_PASSED"), said
        return asked.times - before

    async with serve_sandbox(sandbox.directory, clock=asked), open_key(sandbox.signatory) as key:
        signed = await sign(await draft_apart(document), key, level=Level.B_T, evidence=evidence)
        path.write_bytes(signed.pdf)
        alone = await requests()
        monkeypatch.setenv("CONGVAN_CACHE", str(cache))
        first, second = await requests(), await requests()
    # The time-stamp's authority itself is not vouched for by any earlier proof: its status must be of now.
    assert (alone, first, second) == (3, 3, 1)
    assert cache.stat().st_mode & 0o777 == 0o700
