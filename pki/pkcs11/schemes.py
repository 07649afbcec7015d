"""How a token makes each kind of signature: found out from what it lists, not assumed.

A scheme is what verifiers see (`pki.token.Scheme`); a way is how one token gets there: over our digest, or by
hashing the message itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pki.pkcs11.cryptoki import SIGN, Mechanism
from pki.pkcs11.faults import GONE, Fault
from pki.pkcs11.library import Library
from pki.pkcs11.wire import Refusal
from pki.token import Scheme

SCHEMES: Mapping[str, tuple[Scheme, ...]] = {
    "rsa": ("rsassa_pkcs1v15", "rsassa_pss"),
    "ec": ("ecdsa",),
    "ed25519": ("ed25519",),
}
"""What a key of each kind can be used for; the first is the usual one."""

_DIGESTS = ("sha256", "sha384", "sha512")

_WITH_DIGEST: Mapping[Scheme, Mechanism] = {
    "rsassa_pkcs1v15": Mechanism.RSA_PKCS,
    "rsassa_pss": Mechanism.RSA_PKCS_PSS,
    "ecdsa": Mechanism.ECDSA,
}
_HASHING: Mapping[Scheme, tuple[Mechanism, ...]] = {
    "rsassa_pkcs1v15": (
        Mechanism.SHA256_RSA_PKCS,
        Mechanism.SHA384_RSA_PKCS,
        Mechanism.SHA512_RSA_PKCS,
    ),
    "rsassa_pss": (
        Mechanism.SHA256_RSA_PKCS_PSS,
        Mechanism.SHA384_RSA_PKCS_PSS,
        Mechanism.SHA512_RSA_PKCS_PSS,
    ),
    "ecdsa": (Mechanism.ECDSA_SHA256, Mechanism.ECDSA_SHA384, Mechanism.ECDSA_SHA512),
    "ed25519": (Mechanism.EDDSA,) * len(_DIGESTS),  # RFC 8032: the message itself is signed
}
"""Mechanisms that take the message, in the order of `_DIGESTS`."""

# CKM_ of the hash, CKG_ of the mask generation with the same hash, salt as long as the hash (RFC 8017 §9.1).
_PSS = {
    "sha256": (Mechanism.SHA256, 2, 32),
    "sha384": (Mechanism.SHA384, 3, 48),
    "sha512": (Mechanism.SHA512, 4, 64),
}

# RFC 8017 §9.2 note 1: DigestInfo of each hash, up to the hash value.
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How one token signs in one scheme.

    `mechanism` takes our digest; where it is `None`, `hashing` has the mechanisms that take the message.
    """

    scheme: Scheme
    mechanism: Mechanism | None
    hashing: Mapping[str, Mechanism] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The mechanism's name in the standard, for people."""
        return f"CKM_{(self.mechanism or next(iter(self.hashing.values()))).name}"

    def call(
        self, algorithm: str, digest: bytes, message: bytes | None
    ) -> tuple[Mechanism, bytes, tuple[int, int, int] | None]:
        """Return mechanism, data and PSS parameters of a signature; `Refusal` if the token cannot make it."""
        pss = _PSS[algorithm] if self.scheme == "rsassa_pss" else None
        if self.mechanism is not None:
            prefix = _DIGEST_INFO[algorithm] if self.scheme == "rsassa_pkcs1v15" else b""
            return self.mechanism, prefix + digest, pss
        if algorithm not in self.hashing or message is None:
            raise Refusal("digest-unsupported", digest=algorithm)
        return self.hashing[algorithm], message, pss


def ways(library: Library, slot: int, kind: str) -> dict[Scheme, Way]:
    """Return the ways in which a token signs with keys of this kind, the usual one first."""
    signing = _signing(library, slot)
    found: dict[Scheme, Way] = {}
    for scheme in SCHEMES.get(kind, ()):
        pairs = zip(_DIGESTS, _HASHING[scheme], strict=True)
        hashing = {digest: each for digest, each in pairs if each in signing}
        mechanism = _WITH_DIGEST.get(scheme)
        if mechanism in signing:
            found[scheme] = Way(scheme, mechanism)
        elif hashing:
            found[scheme] = Way(scheme, None, hashing)
    return found


def encoded(scheme: Scheme, size: int, signature: bytes) -> bytes:
    """Return a signature value as verifiers want it; `Refusal` if its length cannot be right.

    `size` is the length of the RSA modulus or of twice the curve's order, in bytes; 0 where unknown. A token
    gives r and s of ECDSA side by side; verifiers want ECDSA-Sig-Value (RFC 3279 §2.2.3).
    """
    wrong = len(signature) != size if size else not signature or (scheme == "ecdsa" and len(signature) % 2)
    if wrong:
        raise Refusal("length-wrong", length=len(signature), expected=size)
    if scheme != "ecdsa":
        return signature
    half = len(signature) // 2
    body = b"".join(_integer(number) for number in (signature[:half], signature[half:]))
    return b"\x30" + _length(len(body)) + body


def _signing(library: Library, slot: int) -> set[int]:
    """Ask both ways: some drivers describe mechanisms that they do not list, and refuse them at signing."""
    wanted = {*_WITH_DIGEST.values(), *(each for table in _HASHING.values() for each in table)}
    return {each for each in wanted.intersection(library.mechanisms(slot)) if _signs(library, slot, each)}


def _signs(library: Library, slot: int, mechanism: int) -> bool:
    try:
        return bool(library.mechanism_flags(slot, mechanism) & SIGN)
    except Fault as fault:
        if fault.code in GONE:
            raise
        return False


def _integer(value: bytes) -> bytes:
    """Write an unsigned number as a DER INTEGER."""
    number = int.from_bytes(value, "big")
    body = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + _length(len(body)) + body


def _length(length: int) -> bytes:
    return bytes([length]) if length < 128 else b"\x81" + bytes([length])
