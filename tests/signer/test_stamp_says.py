"""What a time-stamp says beside its time (RFC 3161 §2.4.2)."""

import asyncio
import hashlib

import pytest
from asn1crypto import cms, core, tsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.sign.timestamps import DummyTimeStamper

from signer.pades import stamps
from signer.pades.door import Malformed
from signer.quick import container
from signer.quick.unusual import Unusual
from tests.signer.certificates import issued

AUTHORITY = issued("Dấu thời gian", issued("Gốc"), stamps=True)
DIGEST = hashlib.sha256(b"x").digest()


def saying(*, critical: bool) -> bytes:
    """A token with an extension."""
    token = asyncio.run(
        DummyTimeStamper(AUTHORITY.certificate, AUTHORITY.info).async_timestamp(DIGEST, "sha256")
    )
    signed = cms.ContentInfo.load(token.dump())
    data = signed["content"]
    said = tsp.TSTInfo.load(data["encap_content_info"]["content"].parsed.dump())
    said["extensions"] = [
        {"extn_id": "1.2.3.4", "critical": critical, "extn_value": core.OctetString(b"\x05\x00")}
    ]
    content = said.dump(force=True)
    data["encap_content_info"]["content"] = core.ParsableOctetString(content)
    info = data["signer_infos"][0]
    for each in info["signed_attrs"]:
        if each["type"].native == "message_digest":
            each["values"] = [hashlib.sha256(content).digest()]
    attributes = cms.CMSAttributes(list(info["signed_attrs"]))
    info["signed_attrs"] = attributes
    info["signature"] = AUTHORITY.key.sign(attributes.dump(force=True), padding.PKCS1v15(), hashes.SHA256())
    return bytes(signed.dump(force=True))


def digest_of(_algorithm: str) -> bytes:
    return DIGEST


def test_an_extension_may_be_passed_over() -> None:
    """Qualified authorities say so that they are (EN 319 422 §9.1)."""
    token = saying(critical=False)
    assert stamps.read(token).authentic_over(digest_of)
    container.stamped(token, digest_of)


def test_what_must_not_be_passed_over_is_not() -> None:
    token = saying(critical=True)
    with pytest.raises(Malformed, match="must not be passed over"):
        stamps.read(token)
    with pytest.raises(Unusual):
        container.stamped(token, digest_of)
