"""A practice OCSP responder's answers (RFC 6960)."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from asn1crypto import ocsp, x509

from pki.practice.crl import VALIDITY
from pki.practice.issue import DIGEST, signature_algorithm
from pki.practice.state import Revoked
from pki.token import Token

MAX_REQUESTS = 32
"""Certificates asked about in one request."""

MAX_NONCE_BYTES = 32
"""RFC 9654 §2.1: longer nonces are refused."""

_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


async def status_answer(
    request: bytes,
    responder: Token,
    *,
    issuer: bytes,
    issued: Collection[int],
    revoked: Mapping[int, Revoked],
    now: datetime,
) -> bytes:
    """Return the answer (DER) to a request about certificates that `issuer` issued.

    A bad request is answered too, with its fault. A serial number that was never issued, or another issuer,
    is "unknown".
    """
    try:
        asked, nonce = _read(request)
    except (ValueError, TypeError, KeyError):
        return _refusal("malformed_request")
    authority = x509.Certificate.load(issuer)
    now = now.replace(microsecond=0)
    answers = [
        {
            "cert_id": one,
            "cert_status": _status(one, authority, issued, revoked),
            "this_update": now,
            "next_update": now + VALIDITY,
        }
        for one in asked
    ]
    data: dict[str, Any] = {
        "responder_id": ocsp.ResponderId("by_key", _key_hash(responder.certificate)),
        "produced_at": now,
        "responses": answers,
    }
    if nonce is not None:
        data["response_extensions"] = [{"extn_id": "nonce", "extn_value": nonce}]
    return await _signed(ocsp.ResponseData(data), responder)


def _read(request: bytes) -> tuple[list[ocsp.CertId], bytes | None]:
    tbs = ocsp.OCSPRequest.load(request, strict=True)["tbs_request"]
    asked = [item["req_cert"] for item in tbs["request_list"]]
    if not 0 < len(asked) <= MAX_REQUESTS:
        raise ValueError("a request asks about at least one certificate, and not about very many")
    for one in asked:
        _ = one["serial_number"].native, one["hash_algorithm"]["algorithm"].native
        _ = one["issuer_name_hash"].native, one["issuer_key_hash"].native
    nonce: bytes | None = None
    for extension in tbs["request_extensions"]:
        if extension["extn_id"].native == "nonce":
            nonce = extension["extn_value"].parsed.native
        elif extension["critical"].native:
            raise ValueError("a critical extension is not known here")
    if nonce is not None and not 0 < len(nonce) <= MAX_NONCE_BYTES:
        raise ValueError("a nonce has 1 to 32 bytes")
    return asked, nonce


def _status(
    one: ocsp.CertId, authority: x509.Certificate, issued: Collection[int], revoked: Mapping[int, Revoked]
) -> ocsp.CertStatus:
    serial = one["serial_number"].native
    if not _is_about(one, authority) or serial not in issued:
        return ocsp.CertStatus("unknown", None)
    taken_back = revoked.get(serial)
    if taken_back is None:
        return ocsp.CertStatus("good", None)
    return ocsp.CertStatus(
        "revoked",
        {
            "revocation_time": taken_back.at.replace(microsecond=0),
            "revocation_reason": taken_back.reason,
        },
    )


def _is_about(one: ocsp.CertId, authority: x509.Certificate) -> bool:
    hasher = _HASHES.get(one["hash_algorithm"]["algorithm"].native)
    if hasher is None:
        return False
    names = hasher(authority.subject.dump()).digest()
    key = hasher(bytes(authority.public_key["public_key"])).digest()
    return (one["issuer_name_hash"].native, one["issuer_key_hash"].native) == (names, key)


async def _signed(data: ocsp.ResponseData, responder: Token) -> bytes:
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": data,
            "signature_algorithm": signature_algorithm(responder.certificate),
            "signature": await responder.sign(data.dump(), DIGEST),
            "certs": [x509.Certificate.load(responder.certificate)],
        }
    )
    answer = ocsp.OCSPResponse(
        {
            "response_status": "successful",
            "response_bytes": {"response_type": "basic_ocsp_response", "response": basic},
        }
    )
    der: bytes = answer.dump()
    return der


def _refusal(status: str) -> bytes:
    der: bytes = ocsp.OCSPResponse({"response_status": status}).dump()
    return der


def _key_hash(certificate: bytes) -> bytes:
    # RFC 6960 §4.2.1: the SHA-1 of the key's bits.
    digest: bytes = x509.Certificate.load(certificate).public_key.sha1
    return digest
