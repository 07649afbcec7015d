"""The certificates that a container carries, and which of them is its signer's (RFC 5652 §5.1, §5.3)."""

from pki.remembering import remembered
from signer.quick.asn1 import BITS, INTEGER, OCTETS, SEQUENCE, Element
from signer.quick.methods import digest, hashed
from signer.quick.unusual import unusual


@remembered(64)
def carried(certificates: bytes, sid: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the signer's certificate, by exactly the issuer and number that are given, and the others.

    One signer's containers all carry the same.
    """
    issuer, number = Element.of(sid).parts(SEQUENCE, INTEGER)
    wanted = (issuer.encoded, number.encoded)
    own: list[bytes] = []
    others: list[bytes] = []
    for each in Element.of(certificates):
        if each.tag != SEQUENCE:
            unusual("something else than certificates")
        _check_unchanged(each)
        (own if issuer_and_number(each) == wanted else others).append(each.encoded)
    if len(own) != 1:
        unusual("the signer's certificate is not there, or more than once")
    return own[0], tuple(others)


def _check_unchanged(certificate: Element) -> None:
    """Check what the issuer did not sign: the algorithm stands twice (RFC 5280 §4.1.1.2), no bit is free."""
    signed, algorithm, signature = certificate.parts(SEQUENCE, SEQUENCE, BITS)
    if list(signed)[2].encoded != algorithm.encoded or signature.content[:1] != b"\0":
        unusual("a certificate that was changed")


def issuer_and_number(certificate: Element) -> tuple[bytes, bytes]:
    """Return issuer and serial number of a certificate as they are encoded (RFC 5280 §4.1.2)."""
    version, number, _, issuer, *_ = certificate.first
    if (version.tag, number.tag, issuer.tag) != (0xA0, INTEGER, SEQUENCE):
        unusual("an odd certificate")
    return issuer.encoded, number.encoded


@remembered(64)
def _named(certificate: bytes) -> tuple[bytes, bytes]:
    return issuer_and_number(Element.of(certificate))


@remembered(64)
def subject(certificate: bytes) -> bytes:
    """Return whom a certificate is of, as it is encoded."""
    _, _, _, _, _, subject, *_ = Element.of(certificate).first
    return subject.encoded


def check_named(attribute: Element, certificate: bytes, algorithm: str) -> None:
    """Check that the signing-certificate attribute names the signer's certificate (RFC 5035 §3, §4)."""
    named = attribute.first.sequence.first.sequence
    parts = list(named)
    if parts[0].tag == SEQUENCE and algorithm != "sha1":
        algorithm = digest(parts.pop(0))
    if parts[0].tag != OCTETS or parts[0].content != hashed(algorithm, certificate) or len(parts) > 2:
        unusual("another certificate is named")
    if len(parts) == 2:
        names, number = parts[1].parts(SEQUENCE, INTEGER)
        (directory,) = names.parts(0xA4)
        if (directory.content, number.encoded) != _named(certificate):
            unusual("another certificate is named")
