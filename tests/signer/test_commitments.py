"""What a signature says of itself in signed words: told, and no reason against it."""

import pytest
from asn1crypto import cms, core
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.signer.by_letter import PLAIN, SIGNATURE, Made, written
from tests.signer.test_naming import PERSON
from tests.signer.test_unsigned_parts import attribute, element

POLICY, COMMITMENT = "1.2.840.113549.1.9.16.2.15", "1.2.840.113549.1.9.16.2.16"
KINDS = "1.2.840.113549.1.9.16.6."


def saying(kind: str, value: bytes) -> Made:
    def made(content: cms.ContentInfo) -> bytes:
        info = content["content"]["signer_infos"][0]
        attributes = cms.CMSAttributes([*info["signed_attrs"], attribute(kind, value)])
        info["signed_attrs"] = attributes
        data = attributes.dump(force=True)
        info["signature"] = PERSON.who.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return bytes(content.dump(force=True))

    return made


def named(dotted: str, *more: bytes) -> bytes:
    return element(0x30, core.ObjectIdentifier(dotted).dump(), *more)


SHA256 = named("2.16.840.1.101.3.4.2.1")
SAID = {
    "a proof of receipt": (COMMITMENT, named(f"{KINDS}2"), "stands for: proof of receipt"),
    "a proof of delivery": (COMMITMENT, named(f"{KINDS}3"), "stands for: proof of delivery"),
    "another one": (COMMITMENT, named("1.2.3.4"), "stands for: 1.2.3.4"),
    "approval": (COMMITMENT, named(f"{KINDS}5"), None),
    "origin": (COMMITMENT, named(f"{KINDS}1"), None),
    "a policy": (POLICY, named("1.2.3.4", element(0x30, SHA256, element(4, bytes(32)))), "policy, 1.2.3.4"),
    "a policy that is implied": (POLICY, b"\x05\x00", None),
}


@pytest.mark.parametrize("name", SAID)
def test_what_a_signature_stands_for_is_told(name: str) -> None:
    """EN 319 122-1 §5.2.3, §5.2.9: whoever signs that he received a document does not approve of it."""
    kind, value, words = SAID[name]
    pdf = PERSON.sign(written({**PLAIN, 8: SIGNATURE}), saying(kind, value))
    slow = PERSON.slow(pdf)
    assert slow is not None
    assert PERSON.quick(pdf) in (None, slow)
    assert slow.judged[0].verdict.passed
    notes = " ".join(map(str, slow.judged[0].notes))
    assert (words or "") in notes
    assert ("stands for" in notes or "policy" in notes) is (words is not None)
