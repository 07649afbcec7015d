from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from pki.errors import TrustError, UsageError
from pki.trust import Anchors

KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(subject: str, issuer: str, signing_key: ec.EllipticCurvePrivateKey = KEY) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        public_key=KEY.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now,
        not_valid_after=now + timedelta(days=1),
    )
    return builder.sign(signing_key, hashes.SHA256())


def der(item: x509.Certificate) -> bytes:
    return item.public_bytes(Encoding.DER)


def pem(item: x509.Certificate) -> bytes:
    return item.public_bytes(Encoding.PEM)


ROOT = certificate("Root", "Root")
ISSUING = certificate("Issuing", "Root")


def test_a_file_of_several_certificates_is_sorted_into_roots_and_others(tmp_path: Path) -> None:
    file = tmp_path / "trust.pem"
    file.write_bytes(b"a note\n" + pem(ISSUING) + pem(ROOT) + pem(ROOT))
    assert Anchors.load(file) == Anchors((der(ROOT),), (der(ISSUING),))


def test_a_folder_is_read_in_every_form_and_its_notes_are_not(tmp_path: Path) -> None:
    forms = {
        "a.CRT": der(certificate("A", "A")),
        "b.pem": pem(certificate("B", "B")),
        "c.p7b": pkcs7.serialize_certificates([certificate("C", "C")], Encoding.DER),
        "d.p7b": pkcs7.serialize_certificates([certificate("D", "D")], Encoding.PEM),
        "README": b"no certificate",
    }
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
    assert len(Anchors.load(tmp_path).roots) == 4


def test_a_self_issued_certificate_that_another_key_signed_is_no_root(tmp_path: Path) -> None:
    forged = certificate("Root", "Root", ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "forged.pem").write_bytes(pem(forged))
    with pytest.raises(TrustError, match="no root certificate"):
        Anchors.load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\n!!\n"])
def test_a_file_without_a_certificate_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.crt"
    file.write_bytes(content)
    with pytest.raises(TrustError, match=r"bad\.crt holds no certificate"):
        Anchors.load(file)


def test_a_place_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Anchors.load(tmp_path / "nowhere.pem")


def test_no_place_at_all_is_no_trust() -> None:
    with pytest.raises(TrustError, match="no root certificate"):
        Anchors.load()


def test_anchors_are_put_together_without_doubles() -> None:
    first, second = Anchors((der(ROOT),)), Anchors((der(ROOT),), (der(ISSUING),))
    assert first | second == second
