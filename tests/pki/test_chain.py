from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pki.chain import Found, certificate_of, chain_of
from pki.digest import Digest
from pki.errors import TrustError
from pki.public_key import PublicKey

AnyKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

CA_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
START = datetime(2026, 1, 1, tzinfo=UTC)


def issued(subject: str, issuer: str, key: AnyKey = CA_KEY, by: AnyKey = CA_KEY, days: int = 1) -> bytes:
    builder = x509.CertificateBuilder(
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=START,
        not_valid_after=START + timedelta(days=days),
    )
    algorithm = None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(by, algorithm).public_bytes(Encoding.DER)


LEAF, ISSUING, ROOT = issued("leaf", "issuing"), issued("issuing", "root"), issued("root", "root")


def found(der: bytes, identifier: bytes = b"", label: str = "") -> Found:
    return Found(id=identifier, label=label, der=der)


def test_the_chain_is_put_in_order_and_ends_below_the_root() -> None:
    middle = issued("middle", "issuing")
    leaf = issued("leaf", "middle")
    assert chain_of(leaf, [ROOT, leaf, b"no certificate", ISSUING, middle]) == (middle, ISSUING)


def test_a_certificate_of_the_right_name_and_the_wrong_key_is_not_in_the_chain() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    assert chain_of(LEAF, [issued("issuing", "root", key=other)]) == ()


def test_authorities_that_certify_each_other_end_the_chain() -> None:
    first, second = issued("a", "b"), issued("b", "a")
    assert chain_of(issued("leaf", "a"), [first, second]) == (first, second)


def test_the_identifier_joins_a_certificate_to_its_key_before_the_label_does() -> None:
    right, wrong = found(LEAF, b"1", "x"), found(ISSUING, b"2", "seal")
    assert certificate_of(Found(id=b"1", label="seal", der=b""), None, [wrong, right]) == LEAF


def test_the_label_joins_where_there_is_no_identifier() -> None:
    assert certificate_of(Found(id=b"", label="seal", der=b""), None, [found(LEAF, b"", "seal")]) == LEAF
    assert certificate_of(Found(id=b"", label="", der=b""), None, [found(LEAF)]) is None


def test_the_modulus_decides_alone() -> None:
    right = issued("person", "issuing", key=RSA_KEY)
    key = Found(id=b"1", label="seal", der=b"")
    pool = [found(LEAF, b"1", "seal"), found(right, b"9", "other")]
    assert certificate_of(key, RSA_KEY.public_key().public_numbers().n, pool) == right


def test_of_a_renewed_certificate_the_longer_one_is_meant() -> None:
    old, new = issued("person", "issuing", days=1), issued("person", "issuing", days=9)
    key = Found(id=b"1", label="", der=b"")
    assert certificate_of(key, None, [found(new, b"1"), found(old, b"1")]) == new


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda c: c.name)
def test_the_longest_ecdsa_signature_is_foreseen(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    size = PublicKey.of(issued("leaf", "issuing", key=key)).signature_size
    lengths = {len(key.sign(bytes([i]), ec.ECDSA(hashes.SHA512()))) for i in range(200)}
    assert max(lengths) <= size
    assert size - max(lengths) <= 1


def test_a_digest_longer_than_the_curve_is_cut_to_it() -> None:
    key = PublicKey.of(LEAF)
    assert key.signed_part(bytes(64)) == bytes(32)
    assert PublicKey.of(issued("x", "y", key=RSA_KEY)).signed_part(bytes(64)) == bytes(64)


def test_a_signature_of_another_text_does_not_verify() -> None:
    signature = CA_KEY.sign(b"data", ec.ECDSA(hashes.SHA256()))
    assert PublicKey.of(LEAF).verifies(signature, Digest.of(b"data"))
    assert not PublicKey.of(LEAF).verifies(signature, Digest.of(b"date"))


@pytest.mark.parametrize(
    "der", [b"", b"no certificate", issued("x", "y", key=ed25519.Ed25519PrivateKey.generate())]
)
def test_a_certificate_without_a_key_we_sign_with_is_a_trust_error(der: bytes) -> None:
    with pytest.raises(TrustError):
        PublicKey.of(der)
