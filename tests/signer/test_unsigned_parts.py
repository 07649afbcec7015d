"""What nothing signs in a signature container: it may say nothing, and be said in one way only."""

import pytest
from asn1crypto import algos, cms, core
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.signer.by_letter import PLAIN, SIGNATURE, Made, written
from tests.signer.test_naming import PERSON

_NULL = b"\x05\x00"
_STAMP = "1.2.840.113549.1.9.16.2.14"
_SIGNING_TIME = "1.2.840.113549.1.9.5"


def element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def attribute(kind: str, *values: bytes) -> cms.CMSAttribute:
    encoded = element(0x30, core.ObjectIdentifier(kind).dump(), element(0x31, *values))
    return cms.CMSAttribute.load(encoded)


def beside(*certificates: bytes) -> Made:
    """Something else beside the certificates."""

    def made(content: cms.ContentInfo) -> bytes:
        data = content["content"]
        parts = [data[each].dump() for each in ("version", "digest_algorithms", "encap_content_info")]
        held = element(0xA0, data["certificates"].contents, *certificates)
        signed = element(0x30, *parts, held, data["signer_infos"].dump())
        return element(0x30, content["content_type"].dump(), element(0xA0, signed))

    return made


def unsigned(*attributes: cms.CMSAttribute) -> Made:
    def made(content: cms.ContentInfo) -> bytes:
        content["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes(list(attributes))
        return bytes(content.dump(force=True))

    return made


OTHER_FORM = element(0xA3, core.ObjectIdentifier("1.2.3.4").dump(), _NULL)


@pytest.mark.parametrize(
    "made",
    [
        beside(OTHER_FORM),
        beside(element(0xA0, _NULL)),
        beside(element(0xA2, _NULL)),
        unsigned(),
        unsigned(attribute(_STAMP)),
        unsigned(attribute("1.2.840.113549.1.9.16.2.21", b"\x30\x00")),
        unsigned(attribute("0.4.0.1733.2.4", b"\x30\x00")),
    ],
    ids=["other form", "extended", "of attributes", "empty", "no value", "references", "archive"],
)
def test_what_nothing_signed_vouches_for_is_not_passed_over(made: Made) -> None:
    """RFC 5652 §10.2.2: certificates of other forms, which nobody here looks at; §5.3: SIZE (1..MAX)."""
    pdf = PERSON.sign(written({**PLAIN, 8: SIGNATURE}), made)
    slow = PERSON.slow(pdf)
    assert PERSON.quick(pdf) is None
    assert slow is not None
    assert slow.judged[0].intact
    assert slow.judged[0].verdict.sub_indication == "SIG_CONSTRAINTS_FAILURE"


def by_pss(trailer: int) -> Made:
    def made(content: cms.ContentInfo) -> bytes:
        info = content["content"]["signer_infos"][0]
        digest = {"algorithm": "sha256"}
        parameters = algos.RSASSAPSSParams({
            "hash_algorithm": digest, "salt_length": 32, "trailer_field": trailer,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": digest},
        })  # fmt: skip
        info["signature_algorithm"] = {"algorithm": "rsassa_pss", "parameters": parameters}
        kept = [each for each in info["signed_attrs"] if each["type"].native != "cms_algorithm_protection"]
        attributes = cms.CMSAttributes(kept)
        info["signed_attrs"] = attributes
        how = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        info["signature"] = PERSON.who.key.sign(attributes.dump(), how, hashes.SHA256())
        return bytes(content.dump(force=True))

    return made


def test_there_is_one_trailer_alone() -> None:
    """RFC 4055 §3.1; the parameters are not signed."""
    assert PERSON.believes(PERSON.sign(written({**PLAIN, 8: SIGNATURE}), by_pss(1)))
    assert PERSON.refuses(PERSON.sign(written({**PLAIN, 8: SIGNATURE}), by_pss(2)))


def test_a_time_that_is_claimed_of_a_year_0_is_left_out() -> None:
    """No calendar here knows that year, but DER does; a claim proves nothing."""

    def made(content: cms.ContentInfo) -> bytes:
        info = content["content"]["signer_infos"][0]
        kept = [each for each in info["signed_attrs"] if each["type"].native != "signing_time"]
        kept.append(attribute(_SIGNING_TIME, b"\x18\x0f00000101000000Z"))
        attributes = cms.CMSAttributes(kept)
        info["signed_attrs"] = attributes
        info["signature"] = PERSON.who.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
        return bytes(content.dump(force=True))

    pdf = PERSON.sign(written({**PLAIN, 8: SIGNATURE}), made)
    slow = PERSON.slow(pdf)
    assert PERSON.quick(pdf) is None
    assert slow is not None
    assert slow.judged[0].verdict.passed
    assert slow.judged[0].signing_time is not None  # what /M says
    assert slow.judged[0].signing_time.year == 2026
