"""Are the algorithms of a signature relied on at the time proven for it? EN 319 102-1 §5.2.7, TS 119 312.

A policy lists what it relies on, and until when; what it does not list it does not rely on. These rules come
on top of what is never believed (`signer.pades.cms.DIGESTS`, RSA under 2048 bits): a policy can forbid more,
and allows no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import Certificate, ObjectIdentifier
from cryptography.x509.oid import SignatureAlgorithmOID

from pki.words import N_, Sentence
from signer.report import PASSED, Verdict, unknown, worst
from signer.rules import Suite

DIGESTS = ("sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512")
"""The digests that a policy may list."""

SCHEMES = ("rsa-pkcs1", "rsa-pss", "ecdsa", "ed25519")
"""The signature schemes that a policy may list."""

CURVES = (
    "secp256r1", "secp384r1", "secp521r1", "secp256k1",
    "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
)  # fmt: skip
"""The curves that a policy may list."""

MEASURED = {"min_bits": ("rsa-pkcs1", "rsa-pss", "ecdsa"), "curves": ("ecdsa",)}
"""Of which schemes a key has a length, and of which a curve."""

_NAMES = {"rsassa_pkcs1v15": "rsa-pkcs1", "rsassa_pss": "rsa-pss"}  # as asn1crypto writes them, and as we do
_SIGNED_WITH: Mapping[ObjectIdentifier, str] = {
    SignatureAlgorithmOID.RSASSA_PSS: "rsa-pss",
    SignatureAlgorithmOID.ED25519: "ed25519",
} | {
    each: scheme
    for scheme, every in {
        "rsa-pkcs1": (
            SignatureAlgorithmOID.RSA_WITH_SHA256, SignatureAlgorithmOID.RSA_WITH_SHA384,
            SignatureAlgorithmOID.RSA_WITH_SHA512, SignatureAlgorithmOID.RSA_WITH_SHA3_256,
            SignatureAlgorithmOID.RSA_WITH_SHA3_384, SignatureAlgorithmOID.RSA_WITH_SHA3_512,
        ),
        "ecdsa": (
            SignatureAlgorithmOID.ECDSA_WITH_SHA256, SignatureAlgorithmOID.ECDSA_WITH_SHA384,
            SignatureAlgorithmOID.ECDSA_WITH_SHA512, SignatureAlgorithmOID.ECDSA_WITH_SHA3_256,
            SignatureAlgorithmOID.ECDSA_WITH_SHA3_384, SignatureAlgorithmOID.ECDSA_WITH_SHA3_512,
        ),
    }.items()
    for each in every
}  # fmt: skip
_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A digest, and the scheme and key that signed it; it was not made before `since`, as far as is known."""

    digest: str
    scheme: str
    bits: int = 0
    curve: str | None = None
    since: datetime

    @classmethod
    def signing(cls, digest: str, scheme: str, signer: Certificate, since: datetime) -> "Used":
        """Return what a signature by the key of a certificate uses."""
        try:
            key = signer.public_key()
        except (ValueError, UnsupportedAlgorithm):
            key = None  # of no kind that a policy can list
        return cls(
            digest=digest,
            scheme=scheme,
            bits=key.key_size if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else 0,
            curve=key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else None,
            since=since,
        )

    def __str__(self) -> str:
        key = self.curve or (f"{self.bits} bit" if self.bits else None)
        return " ".join(filter(None, (self.digest, self.scheme, key)))


def of_signature(digest: str, scheme: str, signer: Certificate) -> Used:
    """Return what a signature uses (names as `signer.pades.parsed.Signer` has them).

    It was not made before its certificate was valid.
    """
    return Used.signing(
        digest.replace("_", "-"), _NAMES.get(scheme, scheme), signer, signer.not_valid_before_utc
    )


def of_path(path: Sequence[Certificate]) -> list[Used]:
    """Return what the certificates of a path, the root first, are signed with; an anchor needs nothing."""
    return [
        Used.signing(_digest(each), _scheme(each), issuer, each.not_valid_before_utc)
        for issuer, each in pairwise(path)
    ]


def _digest(certificate: Certificate) -> str:
    try:
        digest = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return certificate.signature_algorithm_oid.dotted_string
    return "sha512" if digest is None else digest.name  # Ed25519 has its own, RFC 8032 §5.1


def _scheme(certificate: Certificate) -> str:
    oid = certificate.signature_algorithm_oid
    return _SIGNED_WITH.get(oid, oid.dotted_string)


def relied_on(
    suites: Sequence[Suite], used: Iterable[Used], proven: datetime | None, now: datetime
) -> Verdict:
    """Judge algorithms as of `proven`, the time before which they were used for sure, or else as of now."""
    if not suites:
        return PASSED
    return worst(_one(suites, each, proven or now) for each in used)


def _one(suites: Sequence[Suite], used: Used, moment: datetime) -> Verdict:
    end = min(_end(suites, used, each) for each in (used.digest, used.scheme))
    if end >= moment:
        return PASSED
    facts: dict[str, object] = {"algorithm": used, "date": end}
    if end == _NEVER:
        sub, words = "CRYPTO_CONSTRAINTS_FAILURE", N_("The policy does not rely on {algorithm}.")
    elif used.since > end:
        sub, words = "CRYPTO_CONSTRAINTS_FAILURE", N_("{algorithm} was used after {date}, its last day.")
    else:
        sub = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        words = N_(
            "{algorithm} is relied on until {date} only, and no time-stamp proves that it was used before."
        )
    return unknown(sub, Sentence(words, facts))


def _end(suites: Sequence[Suite], used: Used, name: str) -> datetime:
    """Return until when an algorithm is relied on: of several entries the one that lasts longest counts."""
    ends = [each.until or _FOR_EVER for each in suites if each.name == name and _fits(each, used)]
    return max(ends, default=_NEVER)


def _fits(suite: Suite, used: Used) -> bool:
    if suite.name != used.scheme:
        return True  # a digest has no parameter
    return used.bits >= suite.min_bits and (not suite.curves or used.curve in suite.curves)
