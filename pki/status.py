"""What a responder says of a certificate (OCSP, RFC 6960), verified.

An answer counts when it is about this certificate, by its issuer or by a responder the issuer appointed, and
signed so. Whether it is fresh enough is the reader's matter: it depends on what the certificate was used for.
"""

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from pki.answer import Answer, before, is_by_digest, newest
from pki.certificate import KNOWN, said
from pki.chain import is_issued_by
from pki.clock import CLOCKS_DIFFER, moved
from pki.entries import Told, told
from pki.lists import from_list
from pki.public_key import HASHES, is_long_enough
from pki.unreadable import UNREADABLE

_KNOWN = KNOWN | {x509.OCSPNoCheck.oid}
_PSS = SignatureAlgorithmOID.RSASSA_PSS
_MOST_UNSIGNED = 16 << 10
"""Bytes of a response besides what is signed in it: thousands of certificates take the library a minute."""
_LONGEST = 64 << 10
"""Bytes of a response: some hundred answers. A PDF packs megabytes of a repeated one into little."""


def from_ocsp(
    response: bytes, certificate: x509.Certificate, issuer: x509.Certificate, lists: Iterable[bytes] = ()
) -> list[Answer]:
    """Return what an OCSP response (DER) says of a certificate; nothing if it says nothing to be believed.

    `lists` are CRLs that may tell whether the responder's own certificate was revoked.
    """
    if len(response) > _LONGEST:
        return []
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
        if not about or len(response) - len(read.tbs_response_bytes) > _MOST_UNSIGNED:
            return []
        if not _is_authentic(read, issuer, lists, max(map(_known_at, about.values()))):
            return []
        told(read.extensions)
        whys = (told(each.single_extensions) for each in _alone(read, about))
        return [_from_single(*each, response) for each in zip(about.values(), whys, strict=True)]
    except UNREADABLE:
        return []


def _known_at(single: ocsp.OCSPSingleResponse) -> datetime:
    return single.this_update_utc


def _alone(response: ocsp.OCSPResponse, places: Collection[int]) -> list[ocsp.OCSPResponse]:
    """Return answers of a response, each by itself: there its extensions can be read (RFC 6960 §4.4.5)."""
    if len(list(response.responses)) == 1:
        return [response]
    from pki.singles import alone  # nearly every response holds one answer

    return alone(response, places)


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
        invalid=None if since is None else before(why.invalid, since),
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


def _is_authentic(
    response: ocsp.OCSPResponse, issuer: x509.Certificate, lists: Iterable[bytes], known: datetime
) -> bool:
    """Tell whether the issuer, or a responder it appointed, signed the response (RFC 6960 §4.2.2.2).

    `known` is when what it says was known.
    """
    return any(
        _names(response, responder)
        and _is_signed(response, responder)
        and (
            responder == issuer
            or (
                _is_appointed(responder, issuer, response.produced_at_utc)
                and _held(responder, issuer, response.produced_at_utc, known, lists)
            )
        )
        for responder in (issuer, *response.certificates)
    )


def _names(response: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == responder.subject
    # RFC 6960 §4.2.1: KeyHash is the SHA-1 of the key's bits.
    return response.responder_key_hash == hashlib.sha1(_key_bits(responder), usedforsecurity=False).digest()


def _is_appointed(responder: x509.Certificate, issuer: x509.Certificate, moment: datetime) -> bool:
    """Tell whether the issuer made somebody a responder, who was one at that moment."""
    digest = responder.signature_hash_algorithm
    if not is_issued_by(responder, issuer) or not (digest is None or is_by_digest(digest)):
        return False
    if any(each.critical and each.oid not in _KNOWN for each in responder.extensions):  # RFC 5280 §4.2
        return False
    if not responder.not_valid_before_utc <= moment <= responder.not_valid_after_utc:
        return False
    purposes = said(responder, x509.ExtendedKeyUsage) or ()
    return ExtendedKeyUsageOID.OCSP_SIGNING in purposes and may_sign_answers(responder)


def _held(
    responder: x509.Certificate,
    issuer: x509.Certificate,
    moment: datetime,
    known: datetime,
    lists: Iterable[bytes],
) -> bool:
    """Tell whether a responder's own certificate held when it answered (RFC 6960 §4.2.2.2.1).

    Without id-pkix-ocsp-nocheck a list must tell. Whoever stole the key keeps old lists too: one that calls
    it good counts only if it lasted when that was `known` which is answered, and was made while the
    certificate was valid: what has expired may be forgotten (RFC 5280 §5).
    """
    if said(responder, x509.OCSPNoCheck) is not None:
        return True
    told = [answer for each in lists for answer in from_list(each, responder, issuer)]
    own = newest(each for each in told if each.revoked is not None or _reaches(each, responder, known))
    # Whoever stole its key dates answers back.
    return own is not None and (own.doubted is None or (own.doubted > moment and not own.compromised))


def _reaches(good: Answer, responder: x509.Certificate, known: datetime) -> bool:
    begin, end = responder.not_valid_before_utc, responder.not_valid_after_utc
    remembered = good.reaches is not None and good.reaches <= end
    made = good.this_update >= moved(begin, -CLOCKS_DIFFER) and (remembered or good.this_update <= end)
    return made and moved(good.next_update or good.this_update, CLOCKS_DIFFER) >= known


def _is_signed(response: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    key = responder.public_key()
    try:
        return is_long_enough(key) and _verifies(key, response)
    except InvalidSignature:
        return False


def _verifies(key: object, response: ocsp.OCSPResponse) -> bool:
    signature, signed = response.signature, response.tbs_response_bytes
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signature, signed)
        return True
    if isinstance(key, rsa.RSAPublicKey) and response.signature_algorithm_oid == _PSS:
        return _is_signed_by_pss(signature, signed, key)
    digest = response.signature_hash_algorithm
    if digest is None or not is_by_digest(digest):
        return False
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    else:
        return False
    return True


def _is_signed_by_pss(signature: bytes, signed: bytes, key: rsa.RSAPublicKey) -> bool:
    """Tell whether a signature is by RSASSA-PSS (RFC 4055 §3.1), with one digest for text and mask.

    The library tells no parameters of a response's. They are not signed, and a signature is right by one
    digest alone.
    """
    for digest in HASHES.values():
        with suppress(InvalidSignature):
            key.verify(signature, signed, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest)
            return True
    return False


def may_sign_answers(service: x509.Certificate) -> bool:
    """Tell whether a responder's or stamper's key usage goes with its purpose (RFC 5280 §4.2.1.12)."""
    usage = said(service, x509.KeyUsage)
    return usage is None or usage.digital_signature or usage.content_commitment


def _key_bits(certificate: x509.Certificate) -> bytes:
    """Return the bits of the public key, without algorithm and frame."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return key.public_bytes_raw()
    raise ValueError("the key is of a kind that signs no answers here")
