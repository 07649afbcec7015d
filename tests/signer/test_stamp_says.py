"""What a time-stamp says beside its time (RFC 3161 §2.4.2)."""

import asyncio
import hashlib
from collections.abc import Callable

import pytest
from asn1crypto import cms, core, tsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.sign.timestamps import DummyTimeStamper

from signer.pades import stamps
from signer.pades.door import Malformed, hostile
from signer.quick import container
from signer.quick.judging import _ODD as ODD
from signer.quick.unusual import Unusual
from tests.signer.certificates import issued

AUTHORITY = issued("Dấu thời gian", issued("Gốc"), stamps=True)
DIGEST = hashlib.sha256(b"x").digest()


def saying(*, critical: bool) -> bytes:
    """A token with an extension."""

    def change(said: tsp.TSTInfo) -> None:
        said["extensions"] = [
            {"extn_id": "1.2.3.4", "critical": critical, "extn_value": core.OctetString(b"\x05\x00")}
        ]

    return changed(change)


def changed(change: Callable[[tsp.TSTInfo], None]) -> bytes:
    """A token that says something else, signed anew."""
    token = asyncio.run(
        DummyTimeStamper(AUTHORITY.certificate, AUTHORITY.info).async_timestamp(DIGEST, "sha256")
    )
    signed = cms.ContentInfo.load(token.dump())
    data = signed["content"]
    said = tsp.TSTInfo.load(data["encap_content_info"]["content"].parsed.dump())
    change(said)
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


def _of_version_2(said: tsp.TSTInfo) -> None:
    said["version"] = 2


def _of_the_year_0(said: tsp.TSTInfo) -> None:
    said["gen_time"] = core.GeneralizedTime.load(b"\x18\x0f00000101000000Z")


@pytest.mark.parametrize(
    ("change", "why"),
    [(_of_version_2, "version"), (_of_the_year_0, "holds no time")],
    ids=["version", "year"],
)
def test_what_is_no_time_stamp_of_the_standard_is_none(
    change: Callable[[tsp.TSTInfo], None], why: str
) -> None:
    """RFC 3161 §2.4.2: version 1; no calendar here knows a year 0."""
    token = changed(change)
    with pytest.raises(Malformed, match=why):
        stamps.read(token)
    with pytest.raises(ODD):
        container.stamped(token, digest_of)


@pytest.mark.parametrize("count", [0, 2])
def test_a_time_stamp_has_one_signer(count: int) -> None:
    """RFC 3161 §2.4.2: no signatures but the authority's."""
    content = cms.ContentInfo.load(saying(critical=False))
    infos = content["content"]["signer_infos"]
    content["content"]["signer_infos"] = cms.SignerInfos([infos[0].copy() for _ in range(count)])
    token = bytes(content.dump(force=True))
    with pytest.raises(Malformed), hostile():
        stamps.read(token)
    with pytest.raises(ODD):
        container.stamped(token, digest_of)
