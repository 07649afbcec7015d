"""Answers of issuers, by the ways of signing that a certificate may be signed by, too: PSS, EdDSA."""

import datetime as dt
from typing import Any

import pytest
from asn1crypto import algos, core
from asn1crypto import ocsp as plain
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from pki.lists import from_list
from pki.status import from_ocsp

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
SOON = NOW + dt.timedelta(hours=1)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gốc")])
RSA = rsa.generate_private_key(65537, 2048)
EDWARDS = {"ed25519": ed25519.Ed25519PrivateKey.generate(), "ed448": ed448.Ed448PrivateKey.generate()}
OTHERS = {"ed25519": ed25519.Ed25519PrivateKey.generate(), "ed448": ed448.Ed448PrivateKey.generate()}


def authority(key: Any) -> x509.Certificate:
    """The certificate of an authority, which here is also what is answered about."""
    builder = x509.CertificateBuilder(NAME, NAME, key.public_key(), 77).not_valid_before(NOW)
    return builder.not_valid_after(SOON).sign(key, digest_of(key))


def digest_of(key: Any) -> hashes.SHA256 | None:
    return hashes.SHA256() if isinstance(key, rsa.RSAPrivateKey) else None


def answered(key: Any, about: x509.Certificate) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        about, about, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD, NOW, SOON, None, None
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, authority(key))
    return builder.sign(key, digest_of(key)).public_bytes(Encoding.DER)


def by_pss(encoded: bytes, name: str, masked: str) -> bytes:
    """A response signed anew by PSS, with these digests for the text and for the mask."""
    text, mask = (getattr(hashes, each.upper())() for each in (name, masked))
    parameters = algos.RSASSAPSSParams({
        "hash_algorithm": {"algorithm": name},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": masked}},
        "salt_length": text.digest_size,
    })  # fmt: skip
    changed = plain.OCSPResponse.load(encoded)
    basic = changed["response_bytes"]["response"].parsed
    basic["signature_algorithm"] = {"algorithm": "rsassa_pss", "parameters": parameters}
    signed = basic["tbs_response_data"].dump()
    basic["signature"] = RSA.sign(signed, padding.PSS(padding.MGF1(mask), text.digest_size), text)
    changed["response_bytes"]["response"] = core.ParsableOctetString(basic.dump(force=True))
    return bytes(changed.dump(force=True))


def spoiled(encoded: bytes) -> bytes:
    return encoded[:-1] + bytes([encoded[-1] ^ 1])


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_an_answer_by_pss_counts(name: str) -> None:
    root = authority(RSA)
    response = by_pss(answered(RSA, root), name, name)
    assert from_ocsp(response, root, root)
    assert not from_ocsp(spoiled(response), root, root)


@pytest.mark.parametrize(("name", "masked"), [("sha1", "sha1"), ("sha256", "sha1"), ("sha224", "sha224")])
def test_an_answer_by_pss_with_a_weak_digest_does_not(name: str, masked: str) -> None:
    root = authority(RSA)
    assert not from_ocsp(by_pss(answered(RSA, root), name, masked), root, root)


@pytest.mark.parametrize("name", EDWARDS)
def test_an_answer_by_eddsa_counts(name: str) -> None:
    root = authority(EDWARDS[name])
    response = answered(EDWARDS[name], root)
    assert from_ocsp(response, root, root)
    assert not from_ocsp(spoiled(response), root, root)
    assert not from_ocsp(answered(OTHERS[name], root), root, root)


@pytest.mark.parametrize("name", EDWARDS)
def test_a_list_by_eddsa_counts(name: str) -> None:
    root, builder = authority(EDWARDS[name]), x509.CertificateRevocationListBuilder(NAME, NOW, SOON)
    own, other = (builder.sign(each[name], None).public_bytes(Encoding.DER) for each in (EDWARDS, OTHERS))
    assert from_list(own, root, root)
    assert not from_list(spoiled(own), root, root)
    assert not from_list(other, root, root)
