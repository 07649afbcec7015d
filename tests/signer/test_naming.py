"""What a signature says of its certificate: else another one with the same key could be put in its place."""

import asyncio
import dataclasses
import hashlib

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signer.pades import stamps
from signer.pades.door import Malformed
from signer.quick import container
from signer.quick.unusual import Unusual
from signer.verifying import examine
from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Made, Signing, appended, written
from tests.signer.certificates import Keyed, issued

_NAMING = frozenset({"signing_certificate", "signing_certificate_v2"})
OLDER = SIGNATURE.replace(b"ETSI.CAdES.detached", b"adbe.pkcs7.detached")
ROOT = issued("Gốc")
PERSON = Signing(ROOT, issued("Nguyễn Thị Ánh", ROOT))
AGENCY = Signing(ROOT, issued("Ủy ban nhân dân tỉnh Thanh Sơn", ROOT))


def unnamed(who: Keyed) -> Made:
    """Make the container anew without the attributes that name the certificate."""

    def made(content: cms.ContentInfo) -> bytes:
        info = content["content"]["signer_infos"][0]
        kept = [each for each in info["signed_attrs"] if each["type"].native not in _NAMING]
        attributes = cms.CMSAttributes(kept)
        info["signed_attrs"] = attributes
        info["signature"] = who.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
        return bytes(content.dump(force=True))

    return made


def named_by(who: Keyed, algorithm: str, *, older: bool = False, beside: bytes | None = None) -> Made:
    """Make the container anew with an attribute that names the certificate by this digest.

    `beside`: the older attribute, with this digest, stands beside it.
    """

    def made(content: cms.ContentInfo) -> bytes:
        info = content["content"]["signer_infos"][0]
        kept = [each for each in info["signed_attrs"] if each["type"].native not in _NAMING]
        digest = hashlib.new(algorithm, who.certificate.dump(), usedforsecurity=False).digest()
        named = (
            {"cert_hash": digest}
            if older
            else {"hash_algorithm": {"algorithm": algorithm}, "cert_hash": digest}
        )
        kind = "signing_certificate" if older else "signing_certificate_v2"
        kept.append(cms.CMSAttribute({"type": kind, "values": [{"certs": [named]}]}))
        if beside is not None:
            older_one = {"type": "signing_certificate", "values": [{"certs": [{"cert_hash": beside}]}]}
            kept.append(cms.CMSAttribute(older_one))
        attributes = cms.CMSAttributes(kept)
        info["signed_attrs"] = attributes
        info["signature"] = who.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
        return bytes(content.dump(force=True))

    return made


def test_both_attributes_name_the_same_certificate() -> None:
    """EN 319 102-1 §5.2.3: none of the references may be of another one."""
    own = hashlib.sha1(PERSON.who.certificate.dump(), usedforsecurity=False).digest()
    for beside, passed in ((own, True), (bytes(20), False)):
        pdf = PERSON.sign(written({**PLAIN, 8: SIGNATURE}), named_by(PERSON.who, "sha256", beside=beside))
        quick, slow = PERSON.quick(pdf), PERSON.slow(pdf)
        assert slow is not None
        assert quick in (None, slow)
        assert slow.judged[0].verdict.passed is passed


@pytest.mark.parametrize(
    ("algorithm", "older", "level"),
    [
        ("sha1", True, "B-B"),
        ("sha1", False, "B-B"),
        ("sha512", False, "B-B"),
        ("md5", False, None),
        ("sha224", False, None),
    ],
)
def test_a_certificate_that_is_named_by_a_digest_that_does_not_count_is_not_named(
    algorithm: str, older: bool, level: str | None
) -> None:
    """The older attribute knows SHA-1 alone (RFC 2634 §5.4), and PAdES allows it."""
    pdf = PERSON.sign(written({**PLAIN, 8: SIGNATURE}), named_by(PERSON.who, algorithm, older=older))
    quick, slow = PERSON.quick(pdf), PERSON.slow(pdf)
    assert slow is not None
    assert quick in (None, slow)
    assert slow.judged[0].verdict.passed
    assert slow.judged[0].level == level
    assert any("same key" in str(each) for each in slow.judged[0].notes) is (level is None)


def sealed(signature: bytes, seal: bytes, *, naming: tuple[bool, bool] = (True, True)) -> bytes:
    """Two layers by these signature dictionaries, each with a container that names its certificate or not."""
    pdf = written({**PLAIN, 8: signature})
    pdf = PERSON.sign(pdf) if naming[0] else PERSON.sign(pdf, unnamed(PERSON.who))
    field = FIELD + b"/Sig /T (layer2) /Rect [100 100 200 150] /V 20 0 R >>"
    pdf = appended(pdf, {7: field, 20: seal})
    return AGENCY.sign(pdf) if naming[1] else AGENCY.sign(pdf, unnamed(AGENCY.who))


@pytest.mark.parametrize("signature", [SIGNATURE, OLDER], ids=["ETSI.CAdES", "adbe.pkcs7"])
def test_of_a_signature_that_does_not_name_its_certificate_it_is_told(signature: bytes) -> None:
    """EN 319 142-1 §6.3 demands it of every level, so it has none."""
    pdf = PERSON.sign(written({**PLAIN, 8: signature}), unnamed(PERSON.who))
    quick, slow = PERSON.quick(pdf), PERSON.slow(pdf)
    assert quick is not None
    assert quick == slow
    assert quick.judged[0].verdict.passed
    assert quick.judged[0].level is None
    assert any("same key" in str(each) for each in quick.judged[0].notes)
    named = PERSON.quick(PERSON.sign(written({**PLAIN, 8: OLDER})))
    assert named is not None
    assert not any("same key" in str(each) for each in named.judged[0].notes)


@pytest.mark.parametrize("naming", [(True, True), (False, True), (True, False)])
@pytest.mark.parametrize("signature", [SIGNATURE, OLDER], ids=["ETSI.CAdES", "adbe.pkcs7"])
async def test_of_each_layer_it_is_told_whether_it_names_its_certificate(
    naming: tuple[bool, bool], signature: bytes
) -> None:
    """Most programs of the field write PKCS#7, and do not."""
    pdf = await asyncio.to_thread(sealed, signature, signature, naming=naming)
    report = await examine(pdf, dataclasses.replace(PERSON.policy, require="two-layer"))
    assert report.passed
    told = [any("same key" in str(note) for note in each.notes) for each in report.signatures]
    assert told == [not named for named in naming]


def test_a_time_stamp_names_its_certificate() -> None:
    authority = issued("Dấu thời gian", ROOT, stamps=True)
    store = SimpleCertificateStore()
    store.register(ROOT.certificate)
    stamper = DummyTimeStamper(authority.certificate, authority.info, certs_to_embed=store)
    digest = hashlib.sha256(b"x").digest()
    token = asyncio.run(stamper.async_timestamp(digest, "sha256"))

    def digest_of(_algorithm: str) -> bytes:
        return digest

    assert stamps.read(token.dump()).authentic_over(digest_of)
    container.stamped(token.dump(), digest_of)
    bare = unnamed(authority)(token)
    with pytest.raises(Malformed, match="does not say which certificate"):
        stamps.read(bare)
    with pytest.raises(Unusual):
        container.stamped(bare, digest_of)
