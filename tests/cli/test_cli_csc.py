"""Layer 1 with a key at a signing service, layer 2 with one in a token."""

import asyncio
import ssl
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pki.clock import SystemClock
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


@pytest.fixture
def own_certificate(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server certificate that no authority issued: the context that serves it, and the file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    file, key_file = tmp_path / "server.pem", tmp_path / "server-key.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key_file)
    return context, file


async def test_a_service_is_believed_by_its_certificate_alone(
    run: Any,
    sandbox: Sandbox,
    tmp_path: Path,
    own_certificate: tuple[ssl.SSLContext, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context, file = own_certificate
    desk = await desk_key(sandbox, rsa.generate_private_key(65537, 2048))
    async with serve(CscServer(desk), context) as server:
        words = ("token", "check", key_uri(server, tmp_path))
        said = await asyncio.to_thread(run, *words)
        assert (said.status, server.calls) == (4, [])
        assert "ClientConnectorCertificateError" in said.err
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        said = await asyncio.to_thread(run, "--json", *words)
    assert (said.status, said.err) == (0, "")
