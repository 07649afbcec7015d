"""A seal is begun, the office is stopped and started again, and the seal is finished."""

import asyncio
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pki.practice.sandbox import Sandbox
from tests.journey.servers import free_port, server
from tests.pki.desk_keys import desk_key


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> tuple[Path, Path]:
    """The agency's key and its certificate in two files, on a desk that this program never reaches."""
    made = asyncio.run(desk_key(sandbox, rsa.generate_private_key(65537, 2048), seal=True))
    return made.write(tmp_path)


@pytest.fixture
def home(run: Any, sandbox: Sandbox, tmp_path: Path) -> Path:
    """An office that knows one other."""
    homes = [tmp_path / code for code in ("H99", "H99.12")]
    for place in homes:
        listen = f"127.0.0.1:{free_port()}"
        words = ("--agency", place.name, "--name", "Ủy ban", "--listen", listen, "--url", f"https://{listen}")
        assert run("--home", place, "init", *words).status == 0
        assert run("--home", place, "peer", "card", "-o", place / "card.json").status == 0
        shutil.copy(sandbox.trust, place / "trust")
    assert run("--home", homes[0], "peer", "add", homes[1] / "card.json").status == 0
    return homes[0]


@pytest.mark.campaign
def test_an_office_that_was_rebooted_finishes_what_it_began(
    run: Any, home: Path, desk: tuple[Path, Path], source: Path, sandbox: Sandbox
) -> None:
    draft, signed, sealed, state, to_sign, value = (home.parent / f"{number}.file" for number in range(6))
    tsa = ("--level", "b-lt", "--tsa", sandbox.tsa)
    with server("pki", "serve", sandbox.directory):
        assert run("draft", source, "-o", draft).status == 0
        assert run("sign", draft, "--key", sandbox.signatory, *tsa, "-o", signed).status == 0
        seal = ("--home", home, "seal", signed, *tsa)
        with server("--home", home, "serve"):
            words = ("--number", "01", "--symbol", "UBND-VP", "--certificate", desk[1], "-o", to_sign)
            assert run(*seal, "--begin", state, *words).status == 0
        command = ("openssl", "dgst", "-sha256", "-sign", desk[0], "-out", value, to_sign)
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        with server("--home", home, "serve"):
            done = run(*seal, "--finish", state, "--signature", value, "-o", sealed)
            assert done.status == 0, done.err
            assert run("--home", home, "send", sealed, "--to", "H99.12").status == 0
    (filed,) = run("--json", "--home", home, "outbox").json["outbox"]
    assert filed["number"] == "01"
    said = run("--json", "verify", sealed, "--trust", sandbox.trust, "--offline", "--require", "two-layer")
    assert said.json["indication"] == "TOTAL_PASSED"
