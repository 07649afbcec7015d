"""What a certificate's issuer says of it: OCSP responses (RFC 6960) and lists (RFC 5280 §5), verified.

An answer counts when it is about this certificate, by its issuer or by a responder the issuer appointed, and
signed so. Whether it is fresh enough is the reader's matter: it depends on what the certificate was used for.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from pki.certificate import said
from pki.chain import is_issued_by
from pki.clock import CLOCKS_DIFFER, moved
from pki.entries import Told, reaching, told
from pki.public_key import is_long_enough
from pki.unreadable import UNREADABLE

_DIGESTS = ("sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512")
"""Digests that an answer may be signed with (ETSI TS 119 312 §7.4)."""
_PARTIAL = {x509.DeltaCRLIndicator.oid}
_READ = {x509.CRLNumber.oid, x509.AuthorityKeyIdentifier.oid, x509.IssuingDistributionPoint.oid}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One verified answer about one certificate.

    `this_update` is when it was known to be true, `next_update` when a newer answer is promised for.
    `on_hold` says that the revocation may yet be taken back (RFC 5280 §5.3.1), `compromised` that somebody
    else may have had the key, for who knows how long. `invalid` is since when a revoked
    certificate was no good by its issuer's word, if that was before (RFC 5280 §5.3.2). Who expired at
    `reaches` or later is not forgotten here.
    """

    source: Literal["OCSP", "CRL"]
    this_update: datetime
    next_update: datetime | None
    revoked: datetime | None = None
    on_hold: bool = False
    compromised: bool = False
    invalid: datetime | None = None
    reaches: datetime | None = None
    encoded: bytes = field(repr=False)

    @property
    def doubted(self) -> datetime | None:
        """Since when the certificate was no good by the issuer's word: its revocation, or a time before."""
        return min(filter(None, (self.revoked, self.invalid)), default=None)


def from_ocsp(
    response: bytes, certificate: x509.Certificate, issuer: x509.Certificate, lists: Iterable[bytes] = ()
) -> list[Answer]:
    """Return what an OCSP response (DER) says of a certificate; nothing if it says nothing to be believed.

    `lists` are CRLs that may tell whether the responder's own certificate was revoked.
    """
    try:
        read = ocsp.load_der_ocsp_response(response)
        if read.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return []
        about = {
            place: each
            for place, each in enumerate(read.responses)
            if _is_about(each, certificate, issuer)
            and each.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN
            # The responder is measured when it answered: nothing was known then of what came after.
            and each.this_update_utc <= moved(read.produced_at_utc, CLOCKS_DIFFER)
        }
        # Whoever stores proof stores that of many certificates: only what is about this one is checked.
        if not about or not _is_authentic(read, issuer, lists):
            return []
        told(read.extensions)
        whys = (told(each.single_extensions) for each in _alone(read, about))
        return [_from_single(*each, response) for each in zip(about.values(), whys, strict=True)]
    except UNREADABLE:
        return []


def from_list(encoded: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> list[Answer]:
    """Return what a CRL (DER) says of a certificate; nothing if it is not its issuer's whole list.

    Delta and indirect lists, and those for some reasons alone, say too little by themselves.
    """
    try:
        read = x509.load_der_x509_crl(encoded)
        if read.issuer != certificate.issuer or read.issuer != issuer.subject:
            return []
        if not _is_by_digest(read.signature_hash_algorithm) or not _covers(read, certificate):
            return []
        if not _may_sign_lists(issuer) or not read.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
            return []
        entry = read.get_revoked_certificate_by_serial_number(certificate.serial_number)
        reaches = reaching(read.extensions)
        why = told(() if entry is None else entry.extensions)
    except UNREADABLE:
        return []
    return [
        Answer(
            source="CRL",
            this_update=read.last_update_utc,
            next_update=read.next_update_utc,
            revoked=None if entry is None else entry.revocation_date_utc,
            on_hold=why.on_hold,
            compromised=entry is not None and why.compromised,
            reaches=reaches,
            invalid=None if entry is None else _before(why.invalid, entry.revocation_date_utc),
            encoded=encoded,
        )
    ]


def newest(answers: Iterable[Answer]) -> Answer | None:
    """Return the answer that holds: a revocation for good, else the newest.

    A revocation can be taken back only from a certificate on hold (RFC 5280 §5.3.1); of several the earliest
    counts.
    """
    answers = list(answers)
    final = [each for each in answers if each.revoked is not None and not each.on_hold]
    if final:
        return min(final, key=lambda each: each.revoked or each.this_update)
    return max(answers, key=lambda each: each.this_update, default=None)


def _alone(response: ocsp.OCSPResponse, places: Collection[int]) -> list[ocsp.OCSPResponse]:
    """Return answers of a response, each by itself: there its extensions can be read (RFC 6960 §4.4.5)."""
    if len(list(response.responses)) == 1:
        return [response]
    from pki.singles import alone  # nearly every response holds one answer

    return alone(response, places)


def _before(invalid: datetime | None, revoked: datetime) -> datetime | None:
    return invalid if invalid is not None and invalid < revoked else None


def _from_single(single: ocsp.OCSPSingleResponse, why: Told, response: bytes) -> Answer:
    revoked = single.certificate_status is ocsp.OCSPCertStatus.REVOKED
    since = single.revocation_time_utc if revoked else None
    return Answer(
        source="OCSP",
        this_update=single.this_update_utc,
        next_update=single.next_update_utc,
        revoked=since,
        on_hold=single.revocation_reason is x509.ReasonFlags.certificate_hold,
        reaches=why.reaches,
        invalid=None if since is None else _before(why.invalid, since),
        encoded=response,
    )


def _is_about(
    single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> bool:
    if single.serial_number != certificate.serial_number:
        return False  # most answers that a document stores are about others
    digest = single.hash_algorithm.name
    name = hashlib.new(digest, issuer.subject.public_bytes()).digest()
    key = hashlib.new(digest, _key_bits(issuer)).digest()
    return (single.issuer_name_hash, single.issuer_key_hash) == (name, key)


def _is_authentic(response: ocsp.OCSPResponse, issuer: x509.Certificate, lists: Iterable[bytes]) -> bool:
    """Tell whether the issuer, or a responder it appointed, signed the response (RFC 6960 §4.2.2.2)."""
    for responder in (issuer, *response.certificates):
        if _names(response, responder) and _is_signed(response, responder):
            return responder == issuer or _is_appointed(responder, issuer, response.produced_at_utc, lists)
    return False


def _names(response: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == responder.subject
    # RFC 6960 §4.2.1: KeyHash is the SHA-1 of the key's bits.
    return response.responder_key_hash == hashlib.sha1(_key_bits(responder), usedforsecurity=False).digest()


def _is_appointed(
    responder: x509.Certificate, issuer: x509.Certificate, moment: datetime, lists: Iterable[bytes]
) -> bool:
    if not is_issued_by(responder, issuer):
        return False
    if not responder.not_valid_before_utc <= moment <= responder.not_valid_after_utc:
        return False
    purposes = said(responder, x509.ExtendedKeyUsage) or ()
    if ExtendedKeyUsageOID.OCSP_SIGNING not in purposes or not may_sign_answers(responder):
        return False
    if said(responder, x509.OCSPNoCheck) is not None:
        return True
    # RFC 6960 §4.2.2.2.1: without id-pkix-ocsp-nocheck its own status must be known; a list can tell.
    own = newest(answer for each in lists for answer in from_list(each, responder, issuer))
    # Whoever stole its key dates answers back.
    return own is not None and (own.doubted is None or (own.doubted > moment and not own.compromised))


def _is_signed(response: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    digest, key = response.signature_hash_algorithm, responder.public_key()
    if digest is None or not _is_by_digest(digest) or not is_long_enough(key):
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _is_by_digest(digest: HashAlgorithm | None) -> bool:
    return isinstance(digest, hashes.HashAlgorithm) and digest.name in _DIGESTS


def _covers(read: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Tell whether a list covers all revocations of certificates of this kind (RFC 5280 §5.2.5, §6.3.3 b)."""
    # A delta list is marked by an extension that should be critical (§5.2.4).
    if any((each.critical and each.oid not in _READ) or each.oid in _PARTIAL for each in read.extensions):
        return False
    try:
        scope = read.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return True
    partial = scope.only_some_reasons or scope.relative_name or scope.only_contains_attribute_certs
    if scope.indirect_crl or partial:
        return False
    authority = is_authority(certificate)
    if (scope.only_contains_user_certs and authority) or (scope.only_contains_ca_certs and not authority):
        return False
    return scope.full_name is None or not _urls(scope.full_name).isdisjoint(points(certificate))


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    usage = said(issuer, x509.KeyUsage)
    return usage is None or usage.crl_sign


def may_sign_answers(service: x509.Certificate) -> bool:
    """Tell whether a responder's or stamper's key usage goes with its purpose (RFC 5280 §4.2.1.12)."""
    usage = said(service, x509.KeyUsage)
    return usage is None or usage.digital_signature or usage.content_commitment


def is_authority(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate may issue others."""
    basic = said(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def points(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate's whole list is (RFC 5280 §4.2.1.13), without partial and indirect ones."""
    named = said(certificate, x509.CRLDistributionPoints) or ()
    whole = (each for each in named if each.reasons is None and each.crl_issuer is None and each.full_name)
    return [url for each in whole for url in sorted(_urls(each.full_name or ()))]


def _urls(names: Iterable[x509.GeneralName]) -> set[str]:
    return {each.value for each in names if isinstance(each, x509.UniformResourceIdentifier)}


def _key_bits(certificate: x509.Certificate) -> bytes:
    """Return the bits of the public key, without algorithm and frame."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    raise ValueError("the key is of a kind that signs no answers here")
