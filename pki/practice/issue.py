"""Issuing certificates for a practice hierarchy, with the profiles of real ones (RFC 5280, EN 319 412).

The keys are wherever the caller keeps them: an issuer is a name, a public key and a way to sign.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from asn1crypto import keys, x509
from asn1crypto.algos import SignedDigestAlgorithm

DIGEST = "sha256"
_SERIAL_BYTES = 18  # RFC 5280 §4.1.2.2 allows 20; these are random, so nobody can prepare a collision

Sign = Callable[[bytes, str], Awaitable[bytes]]
"""Sign bytes with a digest algorithm; like `Token.sign`."""

Profile = Literal["root", "issuing", "signatory", "seal", "tsa", "ocsp", "web"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who signs certificates and lists: a name, a public key (SubjectPublicKeyInfo, DER) and the way to sign.

    The URLs tell a verifier where the issuer's own certificate, its list and its status service are.
    """

    name: x509.Name
    public_key: bytes
    sign: Sign
    certificate_url: str
    crl_url: str
    ocsp_url: str | None = None

    @property
    def key_identifier(self) -> bytes:
        """Return the SHA-1 of the key's bits (RFC 5280 §4.2.1.2, method 1)."""
        return _key_identifier(self.public_key)

    @property
    def signature_algorithm(self) -> SignedDigestAlgorithm:
        """Return the algorithm its signatures are made with."""
        return _algorithm(keys.PublicKeyInfo.load(self.public_key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a certificate is to say."""

    profile: Profile
    subject: x509.Name
    public_key: bytes
    not_before: datetime
    not_after: datetime


def new_serial() -> int:
    """Return a fresh serial number: positive, random, and of a constant length in DER."""
    return secrets.randbits(_SERIAL_BYTES * 8 - 2) | 1 << (_SERIAL_BYTES * 8 - 2)


def name(**parts: str | None) -> x509.Name:
    """Return a distinguished name of the parts that are there, in this order."""
    return x509.Name.build({key: value for key, value in parts.items() if value is not None})


def signature_algorithm(certificate: bytes) -> SignedDigestAlgorithm:
    """Return the algorithm that the key of a certificate (DER) signs with here."""
    return _algorithm(x509.Certificate.load(certificate).public_key)


async def issue(request: Request, issuer: Issuer) -> bytes:
    """Return a certificate, DER, signed by `issuer` (its own, for a root)."""
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": new_serial(),
            "signature": issuer.signature_algorithm,
            "issuer": issuer.name,
            "validity": {
                "not_before": _time(request.not_before),
                "not_after": _time(request.not_after),
            },
            "subject": request.subject,
            "subject_public_key_info": keys.PublicKeyInfo.load(request.public_key),
            "extensions": _extensions(request, issuer),
        }
    )
    certificate = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": issuer.signature_algorithm,
            "signature_value": await issuer.sign(tbs.dump(), DIGEST),
        }
    )
    der: bytes = certificate.dump()
    return der


def _extensions(request: Request, issuer: Issuer) -> list[x509.Extension]:
    extensions = [
        _extension("key_identifier", _key_identifier(request.public_key)),
        *_PROFILES[request.profile],
    ]
    if request.profile == "root":
        # Names the host its hierarchy lives at, so that a verifier that trusts it may ask there, on loopback.
        place = {"access_method": "ca_repository", "access_location": _uri(issuer.certificate_url)}
        return [*extensions, _extension("subject_information_access", [place])]
    extensions.append(
        _extension(
            "authority_key_identifier", x509.AuthorityKeyIdentifier({"key_identifier": issuer.key_identifier})
        )
    )
    if request.profile != "ocsp":  # with id-pkix-ocsp-nocheck there is nothing to ask (RFC 6960 §4.2.2.2.1)
        extensions.append(_extension("crl_distribution_points", [_distribution_point(issuer.crl_url)]))
    places = [("ca_issuers", issuer.certificate_url)]
    if issuer.ocsp_url is not None and request.profile != "ocsp":
        places.insert(0, ("ocsp", issuer.ocsp_url))
    extensions.append(
        _extension(
            "authority_information_access",
            [{"access_method": method, "access_location": _uri(url)} for method, url in places],
        )
    )
    return extensions


def _extension(identifier: str, value: object, *, critical: bool = False) -> x509.Extension:
    return x509.Extension({"extn_id": identifier, "critical": critical, "extn_value": value})


def _authority(path_length: int | None) -> list[x509.Extension]:
    return [
        _extension("basic_constraints", {"ca": True, "path_len_constraint": path_length}, critical=True),
        _extension("key_usage", {"key_cert_sign", "crl_sign"}, critical=True),
    ]


def _leaf(usage: set[str]) -> list[x509.Extension]:
    return [
        _extension("basic_constraints", {"ca": False}, critical=True),
        _extension("key_usage", usage, critical=True),
    ]


_PROFILES: dict[Profile, list[x509.Extension]] = {
    "root": _authority(None),
    "issuing": _authority(0),
    "signatory": _leaf({"digital_signature", "non_repudiation"}),
    "seal": _leaf({"digital_signature", "non_repudiation"}),
    # RFC 3161 §2.3: this purpose alone, and critical.
    "tsa": [
        *_leaf({"digital_signature", "non_repudiation"}),
        _extension("extended_key_usage", ["time_stamping"], critical=True),
    ],
    "ocsp": [
        *_leaf({"digital_signature"}),
        _extension("extended_key_usage", ["ocsp_signing"]),
        _extension("ocsp_no_check", None),
    ],
    # A key that may not sign documents; for tests that must see it refused.
    "web": [
        *_leaf({"key_encipherment"}),
        _extension("extended_key_usage", ["server_auth"], critical=True),
    ],
}


def _distribution_point(url: str) -> x509.DistributionPoint:
    return x509.DistributionPoint({"distribution_point": ("full_name", [_uri(url)])})


def _uri(url: str) -> x509.GeneralName:
    return x509.GeneralName("uniform_resource_identifier", url)


def _time(moment: datetime) -> x509.Time:
    # RFC 5280 §4.1.2.5: UTCTime until 2049; no fractions of a second.
    kind = "utc_time" if moment.year < 2050 else "general_time"
    return x509.Time(kind, moment.replace(microsecond=0))


def _algorithm(public_key: keys.PublicKeyInfo) -> SignedDigestAlgorithm:
    kind = "rsa" if public_key.algorithm == "rsa" else "ecdsa"
    return SignedDigestAlgorithm({"algorithm": f"{DIGEST}_{kind}"})


def _key_identifier(public_key: bytes) -> bytes:
    digest: bytes = keys.PublicKeyInfo.load(public_key).sha1
    return digest
