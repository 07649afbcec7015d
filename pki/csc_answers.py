"""What a signing service says, by the CSC API 2.0.0.2: read strictly, believed in nothing but its shape.

No network here: JSON values in, values of ours out, or `TokenError`.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pki.chain import chain_of
from pki.digest import Digest
from pki.errors import TokenError, TokenNotFound, TrustError
from pki.pin import Secret
from pki.public_key import PublicKey

Answer = Mapping[str, Any]

HASHES = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
"""OIDs of digest algorithms (RFC 5754 §2)."""

_RSA = "1.2.840.113549.1.1.1"
_SIGNING = {
    "rsa": {
        "sha256": "1.2.840.113549.1.1.11",
        "sha384": "1.2.840.113549.1.1.12",
        "sha512": "1.2.840.113549.1.1.13",
    },
    "ec": {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"},
}
_MOST = 64  # certificates, algorithms or authentication objects of one credential
_LONGEST_ID = 1024


@dataclass(frozen=True, slots=True)
class AuthObject:
    """One thing that authorises a signature: an `id` to name it by; `once` is a password good for one use."""

    id: str
    once: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key at a service (CSC API §11.5).

    `algorithms` are OIDs. `mode` "explicit": `asks` are sent with each authorisation; "oauth2code": the
    access token authorises. `bound` (SCAL2): an authorisation is for certain digests. `at_once`: how many
    signatures one authorisation is good for.
    """

    certificate: bytes
    chain: tuple[bytes, ...]
    public_key: PublicKey
    algorithms: frozenset[str]
    mode: Literal["explicit", "oauth2code"]
    asks: tuple[AuthObject, ...]
    bound: bool
    at_once: int

    def algorithm(self, digest_algorithm: str) -> str:
        """Return the OID to ask for; one that names its digest, where the service offers it."""
        wanted = _SIGNING[self.public_key.kind].get(digest_algorithm)
        if wanted in self.algorithms:
            return str(wanted)
        if self.public_key.kind == "rsa" and _RSA in self.algorithms and digest_algorithm in HASHES:
            return _RSA  # with hashAlgorithmOID beside it
        raise TokenError(
            "The signing service offers this key no signature with {digest}, only: {offered}.",
            digest=digest_algorithm,
            offered=", ".join(sorted(self.algorithms)),
        )


def check_version(answer: Answer) -> None:
    """Raise `TokenError` unless the service speaks version 2 (CSC API §11.1)."""
    version = answer.get("specs")
    if not isinstance(version, str) or not version.startswith("2."):
        raise TokenError(
            "The signing service speaks version {version} of the CSC API; version 2 is wanted.",
            version=repr(version)[:20],
        )


def only_credential(answer: Answer) -> str:
    """Return the one credential there is (CSC API §11.4); `TokenNotFound` if there is none, or a choice."""
    ids = _texts(answer.get("credentialIDs"), "credentialIDs")
    if len(ids) != 1:
        raise TokenNotFound(
            "The signing service has {count} keys for this user: {ids}.",
            hint="Name one in the key URI: credential=…",
            count=len(ids),
            ids=", ".join(ids)[:400] or "-",
        )
    return ids[0]


def read_credential(answer: Answer) -> Credential:
    """Read a credential with its certificates; `TokenError` if it cannot be used."""
    key, cert, auth = (_object(answer.get(name), name) for name in ("key", "cert", "auth"))
    if key.get("status") != "enabled":
        raise TokenError("The key is disabled by its signing service.")
    if (status := cert.get("status", "valid")) != "valid":
        raise TokenError("The signing service says of the certificate: {status}.", status=str(status)[:40])
    mode = auth.get("mode")
    if mode not in ("explicit", "oauth2code"):
        raise TokenError(
            "The signing service wants an authorisation that is not known here: {mode}.", mode=repr(mode)[:40]
        )
    certificates = [
        _binary(each, "certificates") for each in _texts(cert.get("certificates"), "certificates")
    ]
    if not certificates:
        raise TokenNotFound("The signing service gave no certificate for the key.")
    at_once = answer.get("multisign")
    try:
        return Credential(
            certificate=certificates[0],
            chain=chain_of(certificates[0], certificates[1:]),
            public_key=PublicKey.of(certificates[0]),
            algorithms=frozenset(_texts(key.get("algo"), "algo")),
            mode=mode,
            asks=_asks(auth) if mode == "explicit" else (),
            bound=str(answer.get("SCAL", "1")) == "2",
            at_once=at_once if isinstance(at_once, int) and at_once > 1 else 1,
        )
    except (TrustError, ValueError) as error:
        raise TokenError("The certificate from the signing service cannot be used.") from error


def _asks(auth: Answer) -> tuple[AuthObject, ...]:
    """Return what must be sent; only passwords that are all wanted together are known here."""
    found = auth.get("objects", [])
    objects = [_object(each, "objects") for each in _list(found, "objects")]
    words = str(auth.get("expression", "")).upper().replace("(", " ").replace(")", " ").split()
    kinds = {str(each.get("type")) for each in objects}
    if {"OR", "XOR"} & set(words) or kinds - {"Password"}:
        raise TokenError(
            "The signing service authorises by {expression} ({kinds}); only PIN and OTP are known here.",
            expression=" ".join(words)[:80] or "-",
            kinds=", ".join(sorted(kinds))[:80],
        )
    return tuple(
        AuthObject(_texts([each.get("id")], "id")[0], once="generator" in each or each.get("id") == "OTP")
        for each in objects
    )


def read_authorisation(answer: Answer) -> tuple[Secret | None, str | None]:
    """Return the SAD, or the handle to ask again with while a person still decides (CSC API §11.6)."""
    sad, handle = answer.get("SAD"), answer.get("handle")
    if isinstance(sad, str) and sad:
        return Secret(sad), None
    if isinstance(handle, str) and handle:
        return None, handle
    raise _malformed("SAD")


def read_signatures(answer: Answer, digests: Sequence[Digest], key: PublicKey) -> list[bytes]:
    """Return the signature values in the order of the digests, each checked against the certificate's key."""
    texts = _texts(answer.get("signatures"), "signatures")
    if len(texts) != len(digests):
        raise _malformed("signatures")
    return [
        _fitting(_binary(text, "signatures"), digest, key)
        for text, digest in zip(texts, digests, strict=True)
    ]


def _fitting(value: bytes, digest: Digest, key: PublicKey) -> bytes:
    for each in (value, key.as_der(value)):
        if key.verifies(each, digest):
            return each
    raise TokenError(
        "The signing service returned a signature that does not fit its certificate.",
        hint="Nothing was signed. Tell the provider of the service.",
    )


def _malformed(name: str) -> TokenError:
    return TokenError("The signing service's answer has no {name} that can be read.", name=name)


def _object(value: object, name: str) -> Answer:
    if not isinstance(value, dict):
        raise _malformed(name)
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise _malformed(name)
    return value


def _texts(value: object, name: str) -> list[str]:
    texts = _list(value, name)
    longest = _LONGEST_ID if name not in ("certificates", "signatures") else 1 << 16
    if not all(isinstance(each, str) and 0 < len(each) <= longest and each.isprintable() for each in texts):
        raise _malformed(name)
    return texts


def _binary(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise _malformed(name) from error
