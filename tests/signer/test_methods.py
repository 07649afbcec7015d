"""By what a signature is made: the digest that it names for the content is not the only one that counts."""

import asyncio
import hashlib

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.sign.timestamps import DummyTimeStamper

from signer.pades import cms as containers
from signer.pades import stamps
from signer.pades.door import Malformed
from tests.signer.by_letter import PLAIN, Made, Signing, written
from tests.signer.certificates import issued

ROOT = issued("Gốc")
PERSON = Signing(ROOT, issued("Nguyễn Thị Ánh", ROOT))


def by(method: str, digest: hashes.HashAlgorithm) -> Made:
    """Make the signature value anew, in another way."""

    def made(content: cms.ContentInfo) -> bytes:
        info = content["content"]["signer_infos"][0]
        attributes = cms.CMSAttributes(list(info["signed_attrs"]))
        info["signed_attrs"], info["signature_algorithm"] = attributes, {"algorithm": method}
        info["signature"] = PERSON.who.key.sign(attributes.dump(), padding.PKCS1v15(), digest)
        return bytes(content.dump(force=True))

    return made


def bare(content: cms.ContentInfo) -> bytes:
    """Leave the signed attributes out: the value is then over their bytes, taken for content."""
    info = content["content"]["signer_infos"][0]
    del info["signed_attrs"]
    return bytes(content.dump(force=True))


@pytest.mark.parametrize(
    ("method", "digest", "expected"),
    [
        ("sha256_rsa", hashes.SHA256(), None),
        ("md5_rsa", hashes.MD5(), "CRYPTO_CONSTRAINTS_FAILURE"),
        ("sha1_rsa", hashes.SHA1(), "CRYPTO_CONSTRAINTS_FAILURE"),
        ("sha512_rsa", hashes.SHA512(), "CRYPTO_CONSTRAINTS_FAILURE"),
    ],
)
def test_both_digests_of_a_signature_are_the_same_and_count(
    method: str, digest: hashes.HashAlgorithm, expected: str | None
) -> None:
    pdf = PERSON.sign(written(PLAIN), by(method, digest))
    slow = PERSON.slow(pdf)
    assert slow is not None
    assert [each.verdict.sub_indication for each in slow.judged] == [expected]
    assert (PERSON.quick(pdf) is None) is (expected is not None)


def test_what_is_signed_without_attributes_is_no_pades_and_no_seal() -> None:
    """Whoever has a signature has one over its attributes: they would pass for a file (RFC 5652 §11)."""
    held: list[bytes] = []

    def keep(content: cms.ContentInfo) -> bytes:
        held.append(bare(content))
        return held[-1]

    slow = PERSON.slow(PERSON.sign(written(PLAIN), keep))
    assert slow is not None
    assert "no signed attributes" in str(slow.judged[0].verdict.reasons[0])
    with pytest.raises(Malformed, match="no signed attributes"):
        containers.read(held[0], content_type="data")
    assert containers.read(held[0], content_type="data", bare=True).weakness is None


def test_a_time_stamp_without_signed_attributes_is_none() -> None:
    authority = issued("Dấu thời gian", ROOT, stamps=True)
    stamper = DummyTimeStamper(authority.certificate, authority.info)
    token = asyncio.run(stamper.async_timestamp(hashlib.sha256(b"x").digest(), "sha256"))
    with pytest.raises(Malformed, match="no signed attributes"):
        stamps.read(bare(token))
