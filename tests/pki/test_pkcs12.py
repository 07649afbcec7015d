from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from pki.errors import PinRefused, TokenError, TokenNotFound
from pki.keys import open_key

PASSWORD = "mật khẩu"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A key without its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    content = serialize_key_and_certificates(
        None, key, None, None, BestAvailableEncryption(PASSWORD.encode())
    )
    path = tmp_path / "key.p12"
    path.write_bytes(content)
    return path


async def test_a_wrong_password_is_refused_without_repeating_it(key_file: Path) -> None:
    with pytest.raises(PinRefused, match=r"password of .*key\.p12 is wrong") as caught:
        async with open_key(str(key_file), ask_pin=lambda _: "sesame"):
            pass
    assert "sesame" not in f"{caught.value!r}{caught.value.facts}{caught.value.__cause__!r}"


async def test_a_key_without_its_certificate_is_said(key_file: Path) -> None:
    with pytest.raises(TokenNotFound, match="does not hold both"):
        async with open_key(str(key_file), ask_pin=lambda _: PASSWORD):
            pass


async def test_a_file_that_is_not_there_is_a_token_error(tmp_path: Path) -> None:
    with pytest.raises(TokenNotFound, match="cannot be read"):
        async with open_key(f"{tmp_path}/nowhere.p12", ask_pin=lambda _: PASSWORD):
            pass


@pytest.mark.parametrize("content", [b"", b"no key", b"\x30\x03\x02\x01\x03"])
async def test_a_file_of_another_kind_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.p12"
    path.write_bytes(content)
    with pytest.raises(TokenError, match="is not a PKCS#12 file"):
        async with open_key(str(path), ask_pin=lambda _: PASSWORD):
            pass


@pytest.fixture
def whole_file(tmp_path: Path) -> Path:
    """A key with its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Try")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    encryption = BestAvailableEncryption(PASSWORD.encode())
    path = tmp_path / "whole.p12"
    path.write_bytes(serialize_key_and_certificates(None, key, certificate, None, encryption))
    return path


async def test_opening_a_key_file_is_warned_of(whole_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_key(str(whole_file), ask_pin=lambda _: PASSWORD):
        pass
    assert [record.message for record in caplog.records] == ["key_is_a_file"]
