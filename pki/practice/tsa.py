"""A practice time-stamping authority's answers (RFC 3161, RFC 5816)."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, tsp, x509
from asn1crypto.algos import DigestAlgorithm

from pki.practice.issue import DIGEST, signature_algorithm
from pki.token import Token

POLICY = "1.3.6.1.4.1.32473.1.1"
"""The practice authority's policy, under the number kept for examples (RFC 5612)."""

_LENGTHS = {"sha256": 32, "sha384": 48, "sha512": 64}


class _Rejection(core.Sequence):  # type: ignore[misc]  # an untyped library's class
    """TimeStampResp without a token, which asn1crypto's own cannot be (RFC 3161 §2.4.2: it is optional)."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012 - asn1crypto reads the plain attribute


class _Refused(Exception):
    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


async def stamp_answer(request: bytes, authority: Token, now: datetime) -> bytes:
    """Return the answer (DER) to a time-stamp request; to a bad one, a rejection with its fault."""
    try:
        asked = _read(request)
    except _Refused as refused:
        return _rejection(refused.failure)
    info = _info(asked, now)
    token = await _signed(info, authority, with_certificates=bool(asked["cert_req"].native))
    answer = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
    der: bytes = answer.dump()
    return der


def _read(request: bytes) -> tsp.TimeStampReq:
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        algorithm = asked["message_imprint"]["hash_algorithm"]["algorithm"].native
        imprint = asked["message_imprint"]["hashed_message"].native
        version, policy = asked["version"].native, asked["req_policy"].native
        extensions = len(asked["extensions"])
        _ = asked["nonce"].native, asked["cert_req"].native
    except (ValueError, TypeError, KeyError) as error:
        raise _Refused("bad_data_format") from error
    if version != "v1":
        raise _Refused("bad_request")
    if algorithm not in _LENGTHS:
        raise _Refused("bad_alg")
    if len(imprint) != _LENGTHS[algorithm]:
        raise _Refused("bad_data_format")
    if policy not in (None, POLICY):
        raise _Refused("unaccepted_policy")
    if extensions:
        raise _Refused("unaccepted_extensions")
    return asked


def _info(asked: tsp.TimeStampReq, now: datetime) -> tsp.TSTInfo:
    said: dict[str, Any] = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": asked["message_imprint"],
        "serial_number": secrets.randbits(120) | 1 << 120,
        "gen_time": now.replace(microsecond=0),
        "accuracy": {"seconds": 1},
        "ordering": False,
    }
    if asked["nonce"].native is not None:
        said["nonce"] = asked["nonce"]
    return tsp.TSTInfo(said)


async def _signed(info: tsp.TSTInfo, authority: Token, *, with_certificates: bool) -> cms.ContentInfo:
    certificate = x509.Certificate.load(authority.certificate)
    content = info.dump()
    attributes = _attributes(content, certificate)
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
            ),
            "digest_algorithm": {"algorithm": DIGEST},
            "signed_attrs": attributes,
            "signature_algorithm": signature_algorithm(authority.certificate),
            "signature": await authority.sign(attributes.dump(), DIGEST),
        }
    )
    said: dict[str, Any] = {
        "version": "v3",  # RFC 5652 §5.1: the content is no id-data
        "digest_algorithms": [DigestAlgorithm({"algorithm": DIGEST})],
        "encap_content_info": {
            "content_type": "tst_info",
            "content": core.ParsableOctetString(content),
        },
        "signer_infos": [signer],
    }
    if with_certificates:  # RFC 3161 §2.4.1: certReq absent or false means none
        chain = [x509.Certificate.load(der) for der in (authority.certificate, *authority.chain)]
        said["certificates"] = chain
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(said)})


def _attributes(content: bytes, certificate: x509.Certificate) -> cms.CMSAttributes:
    identifier = tsp.ESSCertIDv2(
        {
            "hash_algorithm": {"algorithm": "sha256"},
            "cert_hash": hashlib.sha256(certificate.dump()).digest(),
            "issuer_serial": {
                "issuer": [x509.GeneralName("directory_name", certificate.issuer)],
                "serial_number": certificate.serial_number,
            },
        }
    )
    return cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.new(DIGEST, content).digest()]}),
            # RFC 5816 §2.2: which certificate signed, so that no other can be put in its place.
            cms.CMSAttribute(
                {
                    "type": "signing_certificate_v2",
                    "values": [tsp.SigningCertificateV2({"certs": [identifier]})],
                }
            ),
        ]
    )


def _rejection(failure: str) -> bytes:
    der: bytes = _Rejection({"status": {"status": "rejection", "fail_info": {failure}}}).dump()
    return der
