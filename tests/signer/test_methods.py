"""By what a signature is made: the digest that it names for the content is not the only one that counts."""

from collections.abc import Callable

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from signer.pades import cms as containers
from signer.pades.door import Malformed
from tests.signer.by_letter import PLAIN, SIGNATURE, Made, Signing, written
from tests.signer.certificates import issued

ROOT = issued("Gốc")
PERSON = Signing(ROOT, issued("Nguyễn Thị Ánh", ROOT))
OLDER = SIGNATURE.replace(b"ETSI.CAdES.detached", b"adbe.pkcs7.detached")


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


@pytest.mark.parametrize("content_type", ["data", "tst_info"])
def test_what_is_signed_without_attributes_is_no_seal_and_no_time_stamp(content_type: str) -> None:
    """Whoever has a signature has one over its attributes: they would pass for a file (RFC 5652 §11)."""
    held: list[bytes] = []

    def keep(change: Callable[[cms.ContentInfo], bytes]) -> Made:
        def made(content: cms.ContentInfo) -> bytes:
            held.append(change(content))
            return held[-1]

        return made

    pdf = PERSON.sign(written(PLAIN), keep(bare))
    slow = PERSON.slow(pdf)
    assert slow is None or not slow.judged[0].verdict.passed
    with pytest.raises(Malformed):
        containers.read(held[0], content_type=content_type)
    PERSON.sign(written({**PLAIN, 8: OLDER}), keep(bare))
    assert containers.read(held[1], content_type="data", bare=True).weakness is None
