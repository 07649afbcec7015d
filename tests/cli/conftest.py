"""The command as a person runs it: a process, its two streams and its exit status."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.demo.document import DEMO_DOCUMENT, set_document
from pki.practice.sandbox import Sandbox

ROOT = Path(__file__).parents[2]


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


@pytest.fixture
def keys(sandbox: Sandbox) -> Sandbox:
    """The practice hierarchy, by the name the command line's tests read best with."""
    return sandbox
