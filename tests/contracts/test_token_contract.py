"""What every adapter of the port `Token` keeps."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from pki.digest import Digest
from pki.errors import TokenError
from pki.keys import open_key
from pki.pkcs11.checking import Checker
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.token import Token, scheme_of
from tests.pki.csc_server import CscServer, key_uri, serve
from tests.pki.desk_keys import desk_key

DIGESTS = ("sha256", "sha384", "sha512")
PASSWORD = "mật khẩu"


@pytest.fixture(scope="session")
def elliptic(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return asyncio.run(make_sandbox(tmp_path_factory.mktemp("contract"), keys="p-256"))


def pkcs12_uri(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate("Root", "Root", root_key, root_key)
    issuing_key = ec.generate_private_key(ec.SECP256R1())
    issuing = certificate("Issuing", "Root", issuing_key, root_key)
    leaf = certificate("Leaf", "Issuing", key, issuing_key)
    encryption = BestAvailableEncryption(PASSWORD.encode())
    content = serialize_key_and_certificates(b"key", key, leaf, [root, issuing], encryption)
    (folder / "key.p12").write_bytes(content)
    (folder / "pin").write_text(PASSWORD)
    (folder / "pin").chmod(0o600)
    return f"pkcs12:{folder}/key.p12?pin-source=file:{folder}/pin"


def certificate(
    subject: str,
    issuer: str,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now,
        not_valid_after=now + timedelta(days=1),
    )
    return builder.sign(issuer_key, hashes.SHA256())


@pytest.fixture(params=["pkcs11-rsa", "pkcs11-p256", "pkcs11-pss", "pkcs12-rsa", "pkcs12-p384", "csc-rsa"])
async def token(
    request: pytest.FixtureRequest, sandbox: Sandbox, elliptic: Sandbox, tmp_path: Path
) -> AsyncIterator[Token]:
    match request.param:
        case "csc-rsa":
            desk = await desk_key(sandbox, rsa.generate_private_key(65537, 2048))
            async with serve(CscServer(desk)) as server, open_key(key_uri(server, tmp_path)) as remote:
                yield remote
            return
        case "pkcs11-rsa":
            uri = sandbox.signatory
        case "pkcs11-p256":
            uri = elliptic.agency
        case "pkcs11-pss":
            uri = f"{sandbox.agency}&congvan-scheme=rsassa_pss"
        case "pkcs12-rsa":
            uri = pkcs12_uri(tmp_path, rsa.generate_private_key(65537, 2048))
        case _:
            uri = pkcs12_uri(tmp_path, ec.generate_private_key(ec.SECP384R1()))
    async with open_key(uri) as opened:
        yield opened


def fits(token: Token, signature: bytes, data: bytes, algorithm: str = "sha256") -> bool:
    """Tell whether a signature is over `data` in the very scheme that the token says."""
    checker = Checker(token.certificate)
    scheme = scheme_of(token) or ("rsassa_pkcs1v15" if checker.kind == "rsa" else "ecdsa")
    return checker.verifies(signature, data, Digest.of(data, algorithm), scheme)


@pytest.mark.parametrize("algorithm", DIGESTS)
async def test_a_signature_verifies_with_the_certificate(token: Token, algorithm: str) -> None:
    signature = await token.sign(b"data", algorithm)
    assert fits(token, signature, b"data", algorithm)


@pytest.mark.parametrize("data", [b"", b"x", bytes(3 << 20)], ids=["nothing", "one byte", "three megabytes"])
async def test_data_of_any_size_is_signed(token: Token, data: bytes) -> None:
    signature = await token.sign(data, "sha256")
    assert fits(token, signature, data)


async def test_no_signature_is_longer_than_announced(token: Token) -> None:
    signatures = await asyncio.gather(*(token.sign(bytes([i]), "sha512") for i in range(30)))
    longest = max(map(len, signatures))
    assert token.signature_size - 4 <= longest <= token.signature_size


async def test_an_unknown_digest_is_a_token_error(token: Token) -> None:
    with pytest.raises(TokenError, match="md5"):
        await token.sign(b"data", "md5")


async def test_the_chain_leads_from_the_signer_towards_a_root_without_it(token: Token) -> None:
    certificates = [x509.load_der_x509_certificate(der) for der in (token.certificate, *token.chain)]
    assert len(certificates) == 2
    certificates[0].verify_directly_issued_by(certificates[1])
    assert certificates[1].subject != certificates[1].issuer


async def test_many_sign_at_once_and_each_gets_his_own(token: Token) -> None:
    texts = [f"document {number}".encode() for number in range(50)]
    signatures = await asyncio.gather(*(token.sign(text, "sha256") for text in texts))
    pairs = zip(texts, signatures, strict=True)
    assert all(fits(token, signature, text) for text, signature in pairs)


async def test_signing_leaves_the_event_loop_free(token: Token) -> None:
    order: list[str] = []

    async def sign() -> None:
        await token.sign(b"data", "sha256")
        order.append("signed")

    async def beat() -> None:
        await asyncio.sleep(0)
        order.append("beat")

    await asyncio.gather(sign(), beat())
    assert order == ["beat", "signed"]
