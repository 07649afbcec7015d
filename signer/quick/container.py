"""A signature container of the plain kind (RFC 5652).

It has one signer, named by issuer and number, and nothing unsigned in it but certificates and a time-stamp
over the signature.

The checks are those of `signer.pades.cms` and of what it calls; each comes with its section.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pki.remembering import LONGEST
from signer.pades import der
from signer.pades.parsed import Signer, Stamped
from signer.quick import methods
from signer.quick.asn1 import (
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
from signer.quick.carried import carried, check_named, subject
from signer.quick.unusual import unusual

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
_POLICY = oid("1.2.840.113549.1.9.16.2.15")
_COMMITMENT = oid("1.2.840.113549.1.9.16.2.16")
_ARCHIVAL = oid("1.2.840.113583.1.1.8")
_HEEDED = frozenset({_CONTENT_STAMP, _POLICY, _COMMITMENT, _ARCHIVAL})
"""Attributes that say something which the long way heeds, or tells."""
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

_STAMPED = [INTEGER, OID, SEQUENCE, INTEGER, GENERAL_TIME]
_MAY_FOLLOW = (SEQUENCE, BOOLEAN, INTEGER, 0xA0, 0xA1)
"""The types in a TSTInfo (RFC 3161 §2.4.2): what is always there, and what may follow in this order."""

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
    content_type, wrapped = Element.of(encoded).sequence.parts(OID, 0xA0)
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
        self._certificate, self._others = carried(certificates.encoded, sid.encoded)
        self._digest = methods.digest(self._algorithm)
        self._message = b"\x31" + self._signed.encoded[1:]  # §5.4: under the tag of a SET

    def read(self, content: bytes | None, digest_of: Digest) -> Container:
        digested = digest_of(self._digest) if content is None else methods.hashed(self._digest, content)
        attributes = self._attributes(digested)
        time = attributes.get(_SIGNING_TIME)
        method = methods.verify(
            self._certificate, self._method, self._digest, self._value.content, self._message
        )
        value = self._value.content
        return Container(
            signer=Signer(self._certificate, digests=(self._digest,), scheme=method, others=self._others),
            digest=self._digest,
            method=method,
            signing_time=None if time is None else time.moment,
            names_certificate=not attributes.keys().isdisjoint(_NAMING),
            message=attributes[_MESSAGE_DIGEST].content,
            signed=methods.hashed("sha256", self._message),
            value=value,
            stamp=None if self._unsigned is None else _stamp(self._unsigned, value),
            content=content,
        )

    def _attributes(self, digested: bytes) -> dict[bytes, Element]:
        """Check the signed attributes: what they say of the content (§11.1, §11.2) and of the signer."""
        found: dict[bytes, Element] = {}
        for each in self._signed:
            kind, values = each.sequence.parts(OID, SET)
            (value,) = values
            if kind.content in found or value.tag not in _TAGS.get(kind.content, {value.tag}):
                unusual("an attribute twice, or of another type")
            found[kind.content] = value
        if found[_CONTENT_TYPE].content != self._kind or found[_MESSAGE_DIGEST].content != digested:
            unusual("the digest is another one")
        if not _HEEDED.isdisjoint(found):
            unusual("an attribute that the long way heeds")
        for naming, algorithm in _NAMING.items():
            if naming in found:
                check_named(found[naming], self._certificate, algorithm)
        if _PROTECTION in found:  # RFC 6211 §2
            digest, method = map(methods.algorithm, found[_PROTECTION].parts(SEQUENCE, 0xA1))
            if (digest, method) != (methods.algorithm(self._algorithm), methods.algorithm(self._method)):
                unusual("other algorithms than the protected ones")
        return found


def _stamp(unsigned: Element, value: bytes) -> Stamped:
    """Read the one unsigned attribute, a time-stamp over the signature value (RFC 3161 appendix A)."""
    (attribute,) = unsigned
    kind, values = attribute.sequence.parts(OID, SET)
    (token,) = values
    if kind.content != _STAMP_ATTRIBUTE:
        unusual("something that nothing signed vouches for")
    return stamped(token.encoded, lambda algorithm: methods.hashed(algorithm, value))[0]


def stamped(token: bytes, digest_of: Digest) -> tuple[Stamped, Container]:
    """Read a token that must stamp what `digest_of` digests (RFC 3161 §2.4.2); return it and its container.

    Raises `Unusual` unless it does.
    """
    container = read(token, STAMP, digest_of)
    content = container.content
    assert content is not None
    if der.check(content) != len(content) or container.stamp is not None or not container.names_certificate:
        unusual("an odd time-stamp")
    parts = list(Element.of(content).sequence)
    tags, may_follow = [each.tag for each in parts], iter(_MAY_FOLLOW)
    if tags[:5] != _STAMPED or parts[0].whole != 1 or not all(tag in may_follow for tag in tags[5:]):
        unusual("an odd time-stamp")
    for each in parts[5:]:
        if each.tag == 0xA0 and [name.content for name in each] != [subject(container.signer.certificate)]:
            unusual("a time-stamp that names another authority than its certificate")
        if each.tag == 0xA1 and any(part.tag == BOOLEAN for extension in each for part in extension):
            unusual("a time-stamp that says something critical")
    imprint, time = parts[2], parts[4]
    algorithm, digest = imprint.parts(SEQUENCE, OCTETS)
    if digest.content != digest_of(methods.digest(algorithm)):
        unusual("the time-stamp is over something else")
    signer = replace(container.signer, digests=(container.digest, methods.digest(algorithm)))
    return Stamped(signer, time.moment, token), container
