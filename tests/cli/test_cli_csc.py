"""Layer 1 with a key at a signing service, layer 2 with one in a token."""

import asyncio
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from pki.practice.sandbox import Sandbox
from tests.pki.csc_server import BEARER, PIN, CscServer, key_uri, serve
from tests.pki.desk_keys import desk_key

SEAL = ("--number", "15", "--symbol", "UBND-VP", "--date", "2026-11-22")


async def test_a_signing_service_signs_layer_1(
    run: Any, source: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    drafted, signed, sealed = (tmp_path / f"{name}.pdf" for name in ("drafted", "signed", "sealed"))
    assert run("draft", source, "-o", drafted).status == 0
    desk = await desk_key(sandbox, rsa.generate_private_key(65537, 2048))
    async with serve(CscServer(desk)) as server:
        wrong = key_uri(server, tmp_path, pin="wrong-pin")
        said = await asyncio.to_thread(run, "--json", "sign", drafted, "--key", wrong, "-o", signed)
        assert (said.status, said.json["error"], signed.exists()) == (4, "token.pin-refused", False)
        assert not any(secret in said.out + said.err for secret in ("wrong-pin", BEARER, PIN))
        right = key_uri(server, tmp_path)
        said = await asyncio.to_thread(run, "sign", drafted, "--key", right, "-o", signed)
        assert (said.status, said.err) == (0, "")
    assert run("seal", signed, "--key", sandbox.agency, *SEAL, "-o", sealed).status == 0
    words = ("--trust", sandbox.trust, "--revocation", "accept-missing", "--require", "two-layer")
    facts = run("--json", "verify", sealed, *words).json
    assert (facts["indication"], facts["signatures"][0]["signer"]) == ("TOTAL_PASSED", "Lê Thị Bàn")
