"""Split signing by hand: two processes of ours, and between them a program that knows nothing of us."""

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pki.practice.sandbox import Sandbox
from pki.uri import KeyUri
from tests.pki.desk_keys import desk_key

SEAL = ("--number", "15", "--symbol", "UBND-VP", "--date", "2026-11-22")


@pytest.fixture
def drafted(run: Any, source: Path, tmp_path: Path) -> Path:
    out = tmp_path / "drafted.pdf"
    assert run("draft", source, "-o", out).status == 0
    return out


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> tuple[Path, Path]:
    """A key and its certificate in two files."""
    made = asyncio.run(desk_key(sandbox, rsa.generate_private_key(65537, 2048)))
    return made.write(tmp_path)


def openssl(key: Path, to_sign: Path, value: Path) -> None:
    command = ("openssl", "dgst", "-sha256", "-sign", key, "-out", value, to_sign)
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def pkcs11_tool(sandbox: Sandbox, key: str, *words: object) -> None:
    """Use a token as its holder does at his desk."""
    uri = KeyUri.parse(key)
    pin = Path(str(uri.pin_source).removeprefix("file:")).read_text().strip()
    at = ("--module", uri.module_path, "--token-label", uri.token, "--login", "--pin", pin)
    subprocess.run(
        ["pkcs11-tool", *map(str, at), "--label", str(uri.object), *map(str, words)],
        env={**os.environ, **sandbox.environment}, check=True, capture_output=True, timeout=60,
    )  # fmt: skip


def judged(run: Any, path: Path, sandbox: Sandbox) -> dict[str, Any]:
    words = ("--trust", sandbox.trust, "--revocation", "accept-missing", "--require", "two-layer")
    facts: dict[str, Any] = run("--json", "verify", path, *words).json
    return facts


def test_layer_1_is_signed_by_openssl_and_layer_2_on_a_token(
    run: Any, drafted: Path, desk: tuple[Path, Path], sandbox: Sandbox, tmp_path: Path
) -> None:
    state, to_sign, value, signed, sealed = (
        tmp_path / name for name in ("state", "bytes", "value", "1", "2")
    )
    begun = run("--json", "sign", drafted, "--begin", state, "--certificate", desk[1], "-o", to_sign)
    assert (begun.status, begun.json["signer"]) == (0, "Lê Thị Bàn")
    openssl(desk[0], to_sign, value)
    assert run("sign", drafted, "--finish", state, "--signature", value, "-o", signed).status == 0
    assert run("seal", signed, "--key", sandbox.agency, *SEAL, "-o", sealed).status == 0
    facts = judged(run, sealed, sandbox)
    assert (facts["indication"], facts["two_layer"], facts["number"]) == ("TOTAL_PASSED", True, "15")
    said = subprocess.run(["pdfsig", "-nocert", sealed], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") == 2
    assert "Total document signed" in said


def test_both_layers_are_signed_with_pkcs11_tool(
    run: Any, drafted: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    before = drafted
    for verb, key, words in (("sign", sandbox.signatory, ()), ("seal", sandbox.agency, SEAL)):
        own, issuer, state, to_sign, value, after = (
            tmp_path / f"{verb}.{kind}" for kind in ("der", "ca", "state", "bytes", "value", "pdf")
        )
        pkcs11_tool(sandbox, key, "--read-object", "--type", "cert", "--output-file", own)
        from_issuer = ("--read-object", "--type", "cert", "--label", "issuing", "--output-file", issuer)
        pkcs11_tool(sandbox, key, *from_issuer)
        common = (verb, before, "--sandbox", sandbox.directory)
        certificates = ("--certificate", own, "--certificate", issuer)
        begun = run(*common, "--begin", state, *certificates, *words, "-o", to_sign)
        assert begun.status == 0, begun.err
        files = ("--input-file", to_sign, "--output-file", value)
        pkcs11_tool(sandbox, key, "--sign", "--mechanism", "SHA256-RSA-PKCS", *files)
        done = run(*common, "--finish", state, "--signature", value, "-o", after)
        assert done.status == 0, done.err
        before = after
    assert judged(run, before, sandbox)["indication"] == "TOTAL_PASSED"


def test_a_state_is_good_for_one_document(
    run: Any, drafted: Path, desk: tuple[Path, Path], tmp_path: Path
) -> None:
    state, to_sign, value = (tmp_path / name for name in ("state", "bytes", "value"))
    assert run("sign", drafted, "--begin", state, "--certificate", desk[1], "-o", to_sign).status == 0
    openssl(desk[0], to_sign, value)
    finish = ("sign", drafted, "--finish", state, "--signature", value, "-o")
    assert run(*finish, tmp_path / "first.pdf").status == 0
    said = run("--json", *finish, tmp_path / "second.pdf")
    assert (said.status, said.json["error"]) == (1, "document.state-refused")
    assert "used already" in said.json["message"]
    assert not (tmp_path / "second.pdf").exists()


def test_a_wrong_value_is_a_token_error_and_the_state_stays_good(
    run: Any, drafted: Path, desk: tuple[Path, Path], tmp_path: Path
) -> None:
    state, to_sign, value, out = (tmp_path / name for name in ("state", "bytes", "value", "out.pdf"))
    assert run("sign", drafted, "--begin", state, "--certificate", desk[1], "-o", to_sign).status == 0
    openssl(desk[0], drafted, value)
    finish = ("sign", drafted, "--finish", state, "--signature", value, "-o", out)
    said = run(*finish)
    assert said.status == 4
    assert "does not fit the certificate" in said.err
    assert not out.exists()
    openssl(desk[0], to_sign, value)
    assert run(*finish).status == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--begin", "s"), "needs the certificate"),
        (("--finish", "s"), "needs the signature value"),
        (("--begin", "s", "--finish", "s"), "two commands"),
        (("--begin", "s", "--certificate", "c", "--key", "k.p12"), "a key that is here"),
        (("--certificate", "c"), "goes with --begin"),
        (("--begin", "out", "--certificate", "c"), "the state and another file at once"),
        ((), "No key is named"),
    ],
)
def test_half_said_words_are_a_usage_error(run: Any, drafted: Path, words: tuple[str, ...], why: str) -> None:
    for verb in ("sign", "seal"):
        said = run(verb, drafted, *words, "-o", "out")
        assert said.status == 2
        assert why in said.err


def test_a_split_seal_takes_its_number_from_the_command(
    run: Any, drafted: Path, desk: tuple[Path, Path], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    said = run("seal", drafted, "--begin", state, "--certificate", desk[1], "-o", tmp_path / "out")
    assert (said.status, state.exists()) == (2, False)
    assert "--number" in said.err
