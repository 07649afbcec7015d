"""A signature container of the plain kind (RFC 5652).

It has one signer, named by issuer and number, and nothing unsigned in it but certificates and a time-stamp
over the signature.

The checks are those of `signer.pades.cms` and of what it calls; each comes with its section.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from pki import certificate
from pki.remembering import LONGEST, remembered
from signer.pades import der
from signer.pades.parsed import Signer, Stamped
from signer.quick.asn1 import (
    BITS,
    BOOLEAN,
    GENERAL_TIME,
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    UTC_TIME,
    Element,
    oid,
)
from signer.quick.unusual import Unusual, unusual

DATA = oid("1.2.840.113549.1.7.1")
STAMP = oid("1.2.840.113549.1.9.16.1.4")
_SIGNED_DATA = oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE = oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
_SIGNING_TIME = oid("1.2.840.113549.1.9.5")
_PROTECTION = oid("1.2.840.113549.1.9.52")
_SIGNING_CERTIFICATE = oid("1.2.840.113549.1.9.16.2.12")
_SIGNING_CERTIFICATE_V2 = oid("1.2.840.113549.1.9.16.2.47")
_CONTENT_STAMP = oid("1.2.840.113549.1.9.16.2.20")
_STAMP_ATTRIBUTE = oid("1.2.840.113549.1.9.16.2.14")

_NAMING = {_SIGNING_CERTIFICATE: "sha1", _SIGNING_CERTIFICATE_V2: "sha256"}
"""The attributes that name the signer's certificate (RFC 2634 §5.4, RFC 5035 §3), with the digest they use.

Who finds a second certificate with the SHA-1 of the first has no key for it: the signature is checked with
the certificate that issuer and number name.
"""

_TAGS: Mapping[bytes, frozenset[int]] = {
    _CONTENT_TYPE: frozenset({OID}),
    _MESSAGE_DIGEST: frozenset({OCTETS}),
    _SIGNING_TIME: frozenset({UTC_TIME, GENERAL_TIME}),
    _PROTECTION: frozenset({SEQUENCE}),
    _SIGNING_CERTIFICATE: frozenset({SEQUENCE}),
    _SIGNING_CERTIFICATE_V2: frozenset({SEQUENCE}),
}
"""The types of what the attributes that are read here hold (RFC 5652 §11, RFC 5035, RFC 6211)."""

DIGESTS: Mapping[bytes, str] = {
    oid("2.16.840.1.101.3.4.2.1"): "sha256",
    oid("2.16.840.1.101.3.4.2.2"): "sha384",
    oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
}  # fmt: skip
_PKCS1 = {
    oid("1.2.840.113549.1.1.1"): None,
    oid("1.2.840.113549.1.1.11"): "sha256",
    oid("1.2.840.113549.1.1.12"): "sha384",
    oid("1.2.840.113549.1.1.13"): "sha512",
}
_ECDSA = {
    oid("1.2.840.10045.4.3.2"): "sha256",
    oid("1.2.840.10045.4.3.3"): "sha384",
    oid("1.2.840.10045.4.3.4"): "sha512",
}
_PSS, _MGF1 = oid("1.2.840.113549.1.1.10"), oid("1.2.840.113549.1.1.8")
_STAMPED = [INTEGER, OID, SEQUENCE, INTEGER, GENERAL_TIME]
_MAY_FOLLOW = (SEQUENCE, BOOLEAN, INTEGER, 0xA0, 0xA1)
"""The types in a TSTInfo (RFC 3161 §2.4.2): what is always there, and what may follow in this order."""

_LONGEST_SALT = 512  # bytes
_LEAST_BITS = 2048  # of an RSA key, ETSI TS 119 312 §8.3

Digest = Callable[[str], bytes]
"""Digest what should be signed, with the algorithm of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container whose signature is right: who signed, when he says he did, how; the stamp over it."""

    signer: Signer
    digest: str
    method: str
    signing_time: datetime | None
    names_certificate: bool
    message: bytes
    signed: bytes
    """The SHA-256 of what the key signed."""
    value: bytes = field(repr=False)
    stamp: Stamped | None
    content: bytes | None = field(repr=False)


def read(encoded: bytes, kind: bytes, digest_of: Digest) -> Container:
    """Read a container, DER, over content of this kind; raises `Unusual` unless the signature is right."""
    content_type, wrapped = _sequence(Element.of(encoded)).parts(OID, 0xA0)
    if content_type.content != _SIGNED_DATA:
        unusual("no signed data")
    (signed,) = wrapped.parts(SEQUENCE)
    version, algorithms, encapsulated, certificates, infos = signed.parts(INTEGER, SET, SEQUENCE, 0xA0, SET)
    content = _content(encapsulated, kind)
    (info,) = infos.parts(SEQUENCE)
    return _Info(info, kind, version.whole, algorithms, certificates).read(content, digest_of)


def _content(encapsulated: Element, kind: bytes) -> bytes | None:
    found = list(encapsulated)
    if [each.tag for each in found] != ([OID] if kind == DATA else [OID, 0xA0]) or found[0].content != kind:
        unusual("a signature over something else")
    if kind == DATA:
        return None
    (octets,) = found[1].parts(OCTETS)
    return octets.content


def _sequence(element: Element) -> Element:
    return element if element.tag == SEQUENCE else unusual("a structure with another tag")


class _Info:
    """The one SignerInfo (RFC 5652 §5.3)."""

    def __init__(
        self, info: Element, kind: bytes, version: int, algorithms: Element, certificates: Element
    ) -> None:
        parts = list(info)
        tags = [each.tag for each in parts]
        if tags[:6] != [INTEGER, SEQUENCE, SEQUENCE, 0xA0, SEQUENCE, OCTETS] or tags[6:] not in ([], [0xA1]):
            unusual("signer information with other parts")
        own, sid, self._algorithm, self._signed, self._method, self._value = parts[:6]
        self._unsigned = parts[6] if len(parts) > 6 else None
        # §5.1, §5.3: the version numbers follow from what is in the structure.
        if (own.whole, version) != (1, 1 if kind == DATA else 3):
            unusual("versions that do not follow")
        # The list of digests is not signed: it must be the signer's own.
        if algorithms.content != self._algorithm.encoded:
            unusual("other digests are listed")
        self._kind = kind
        if len(certificates.content) > 4 * LONGEST:
            unusual("many or long certificates")  # and they would be remembered
        self._certificate, self._others = _certificates(certificates.encoded, sid.encoded)
        self._digest = _digest(self._algorithm)
        self._message = b"\x31" + self._signed.encoded[1:]  # §5.4: under the tag of a SET

    def read(self, content: bytes | None, digest_of: Digest) -> Container:
        digested = digest_of(self._digest) if content is None else _hashed(self._digest, content)
        attributes = self._attributes(digested)
        time = attributes.get(_SIGNING_TIME)
        method = self._verify()
        value = self._value.content
        return Container(
            signer=Signer(self._certificate, digests=(self._digest,), scheme=method, others=self._others),
            digest=self._digest,
            method=method,
            signing_time=None if time is None else time.moment,
            names_certificate=not attributes.keys().isdisjoint(_NAMING),
            message=attributes[_MESSAGE_DIGEST].content,
            signed=_hashed("sha256", self._message),
            value=value,
            stamp=None if self._unsigned is None else _stamp(self._unsigned, value),
            content=content,
        )

    def _attributes(self, digested: bytes) -> dict[bytes, Element]:
        """Check the signed attributes: what they say of the content (§11.1, §11.2) and of the signer."""
        found: dict[bytes, Element] = {}
        for each in self._signed:
            kind, values = _sequence(each).parts(OID, SET)
            (value,) = values
            if kind.content in found or value.tag not in _TAGS.get(kind.content, {value.tag}):
                unusual("an attribute twice, or of another type")
            found[kind.content] = value
        if found[_CONTENT_TYPE].content != self._kind or found[_MESSAGE_DIGEST].content != digested:
            unusual("the digest is another one")
        if _CONTENT_STAMP in found:
            unusual("a time-stamp over the content")
        for naming, algorithm in _NAMING.items():
            if naming in found:
                _check_named(found[naming], self._certificate, algorithm)
        if _PROTECTION in found:  # RFC 6211 §2
            digest, method = map(_algorithm, found[_PROTECTION].parts(SEQUENCE, 0xA1))
            if (digest, method) != (_algorithm(self._algorithm), _algorithm(self._method)):
                unusual("other algorithms than the protected ones")
        return found

    def _verify(self) -> str:
        """Check the signature over the signed attributes (§5.4); return the scheme."""
        key = certificate.read(self._certificate).public_key()
        name, parameters = _algorithm(self._method)
        digest = _HASHES[self._digest]
        try:
            if name in _PKCS1 and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_BITS:
                _check_method(_PKCS1[name], self._digest, parameters)
                key.verify(self._value.content, self._message, padding.PKCS1v15(), digest)
                return "rsassa_pkcs1v15"
            if name == _PSS and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_BITS:
                key.verify(self._value.content, self._message, _pss(parameters, self._digest), digest)
                return "rsassa_pss"
            if name in _ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
                _check_method(_ECDSA[name], self._digest, parameters)
                key.verify(self._value.content, self._message, ec.ECDSA(digest))
                return "ecdsa"
        except InvalidSignature:
            unusual("the signature is wrong")
        raise Unusual("another kind of key")


def _check_method(digest: str | None, expected: str, parameters: bytes) -> None:
    if digest not in (None, expected) or parameters:
        unusual("another digest in the signature's algorithm")


def _pss(parameters: bytes, expected: str) -> padding.PSS:
    """Return the padding that parameters name, all of them, by one digest (RFC 4055 §3.1)."""
    outer, mask, salt = (list(each) for each in Element.of(parameters).parts(0xA0, 0xA1, 0xA2))
    (hashed,), (masked,), (length,) = outer, mask, salt
    function, inner = masked.parts(OID, SEQUENCE)
    if (_digest(hashed), function.content, _digest(inner)) != (expected, _MGF1, expected):
        unusual("another digest in the signature's algorithm")
    if length.tag != INTEGER or not 0 <= length.whole <= _LONGEST_SALT:
        unusual("an odd salt")
    return padding.PSS(padding.MGF1(_HASHES[expected]), length.whole)


def _algorithm(element: Element) -> tuple[bytes, bytes]:
    """Return an algorithm's name and parameters; that there are none may be written as NULL (RFC 5754 §2)."""
    first, *rest = element
    if first.tag != OID or len(rest) > 1:
        unusual("an odd algorithm")
    return first.content, b"" if not rest or rest[0].encoded == b"\x05\x00" else rest[0].encoded


def _digest(element: Element) -> str:
    name, parameters = _algorithm(element)
    if name not in DIGESTS or parameters:
        unusual("an unusual digest")
    return DIGESTS[name]


def _hashed(algorithm: str, data: bytes) -> bytes:
    return hashlib.new(algorithm, data).digest()


@remembered(64)
def _certificates(certificates: bytes, sid: bytes) -> tuple[bytes, tuple[bytes, ...]]:
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


def _subject(certificate: bytes) -> bytes:
    """Return whom a certificate is of, as it is encoded."""
    _, _, _, _, _, subject, *_ = Element.of(certificate).first
    return subject.encoded


def _check_named(attribute: Element, certificate: bytes, algorithm: str) -> None:
    """Check that the signing-certificate attribute names the signer's certificate (RFC 5035 §3, §4)."""
    named = _sequence(_sequence(attribute.first).first)
    parts = list(named)
    if parts[0].tag == SEQUENCE and algorithm != "sha1":
        algorithm = _digest(parts.pop(0))
    if parts[0].tag != OCTETS or parts[0].content != _hashed(algorithm, certificate) or len(parts) > 2:
        unusual("another certificate is named")
    if len(parts) == 2:
        names, number = parts[1].parts(SEQUENCE, INTEGER)
        (directory,) = names.parts(0xA4)
        if (directory.content, number.encoded) != issuer_and_number(Element.of(certificate)):
            unusual("another certificate is named")


def _stamp(unsigned: Element, value: bytes) -> Stamped:
    """Read the one unsigned attribute, a time-stamp over the signature value (RFC 3161 appendix A)."""
    (attribute,) = unsigned
    kind, values = _sequence(attribute).parts(OID, SET)
    (token,) = values
    if kind.content != _STAMP_ATTRIBUTE:
        unusual("something that nothing signed vouches for")
    return stamped(token.encoded, lambda algorithm: _hashed(algorithm, value))[0]


def stamped(token: bytes, digest_of: Digest) -> tuple[Stamped, Container]:
    """Read a token that must stamp what `digest_of` digests (RFC 3161 §2.4.2); return it and its container.

    Raises `Unusual` unless it does.
    """
    container = read(token, STAMP, digest_of)
    content = container.content
    assert content is not None
    if der.check(content) != len(content) or container.stamp is not None or not container.names_certificate:
        unusual("an odd time-stamp")
    parts = list(_sequence(Element.of(content)))
    tags, may_follow = [each.tag for each in parts], iter(_MAY_FOLLOW)
    if tags[:5] != _STAMPED or parts[0].whole != 1 or not all(tag in may_follow for tag in tags[5:]):
        unusual("an odd time-stamp")
    for each in parts[5:]:
        if each.tag == 0xA0 and [name.content for name in each] != [_subject(container.signer.certificate)]:
            unusual("a time-stamp that names another authority than its certificate")
        if each.tag == 0xA1 and any(part.tag == BOOLEAN for extension in each for part in extension):
            unusual("a time-stamp that says something critical")
    imprint, time = parts[2], parts[4]
    algorithm, digest = imprint.parts(SEQUENCE, OCTETS)
    if digest.content != digest_of(_digest(algorithm)):
        unusual("the time-stamp is over something else")
    signer = replace(container.signer, digests=(container.digest, _digest(algorithm)))
    return Stamped(signer, time.moment, token), container
