"""What a policy file says, as values: what roots vouch for, who may sign for whom, with what, how fresh.

`signer.policies` reads them from a file; `signer.entitlement` and `signer.suites` hold signatures to them.
They cross to the process that reads the document, so each is a plain frozen value (`signer.apart.values`).
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki.digest import Digest
from pki.identity import Identity
from pki.trust import Anchors

Role = Literal["public-service", "public", "time-stamp", "practice"]
"""What a root is trusted for: certificates of state bodies, of the public, of time-stamp authorities; or, in
practice, for trying out."""

Act = Literal["sign", "seal"]
"""Layer 1 by a person, layer 2 by an organisation."""

Purpose = Literal["sign", "stamp"]
"""What a certificate was used for: on documents, or on time-stamps."""


HeaderRule = Literal["refuse-mismatch", "require-match", "tell"]
"""What comes of a header that names another agency than the seal: it is refused if it surely does, or unless
it names the same, or only told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooted:
    """One anchor by the SHA-256 of its certificate (hex), and what it is trusted for."""

    sha256: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a certificate is known; what is None is not asked for, and at least one is asked for.

    `sha256` and `key_sha256` (hex) are of the certificate and its SubjectPublicKeyInfo (RFC 5280 §4.1.2.7),
    both DER. `subject` is the subject's name as RFC 4514 writes it. The numbers are a person's and an
    organisation's, as `pki.identity` reads them.
    """

    sha256: str | None = None
    key_sha256: str | None = None
    subject: str | None = None
    person_id: str | None = None
    organisation_id: str | None = None

    def fits(self, certificate: x509.Certificate, who: Identity | None = None) -> bool:
        """Tell whether the certificate bears all that is asked for; its numbers are in `who`."""
        asked: tuple[tuple[str | None, Callable[[], str | None]], ...] = (
            (self.sha256, Digest.of(certificate.public_bytes(Encoding.DER)).value.hex),
            (self.key_sha256, lambda: key_sha256(certificate)),
            (_composed(self.subject), lambda: _composed(certificate.subject.rfc4514_string())),
            (_plain(self.person_id), lambda: _plain(None if who is None else who.person_id)),
            (_plain(self.organisation_id), lambda: _plain(None if who is None else who.organisation_id)),
        )
        wanted = [(known, found) for known, found in asked if known is not None]
        return bool(wanted) and all(known == found() for known, found in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerRule:
    """An authority whose certificates may do this."""

    mark: Mark
    may: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose a certificate is: it may do this for this agency, from one moment until another (both belong).

    `name` and `title` are the person's; `agency` and `agency_id` name the agency as seals do. What is None is
    left as the certificate has it.
    """

    mark: Mark
    may: Act
    name: str | None = None
    title: str | None = None
    agency: str | None = None
    agency_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """An algorithm that is relied on until a moment, or with no end known (the shape of ETSI TS 119 312).

    `name` is a digest's ("sha256") or a signature scheme's ("rsa-pkcs1", "rsa-pss", "ecdsa"); `min_bits` and
    `curves` ("secp256r1") are what a scheme's key must have.
    """

    name: str
    min_bits: int = 0
    curves: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old a status may be at the time it is needed for, seconds; None: as its issuer says.

    EN 319 102-1 §5.2.5, the maximum accepted revocation freshness.
    """

    signer: int | None = None
    authority: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one policy file asks for beyond its anchors. `sha256` (hex) is of the file: it names the policy.

    `stamping` are the roles whose anchors time-stamps may lead to. `issuers` and `suites` are not asked about
    where there are none. `unlisted` says whether a certificate without a holder may do anything.
    `certificate_policies` are OIDs, one of which a signer's path must be valid for (RFC 5280 §6.1).
    `header` is what the document's header comes to where two layers are required.
    """

    name: str
    sha256: str
    roots: tuple[Rooted, ...] = ()
    stamping: tuple[Role, ...] = ("time-stamp",)
    issuers: tuple[IssuerRule, ...] = ()
    holders: tuple[Holder, ...] = ()
    unlisted: Literal["accept", "refuse"] = "accept"
    certificate_policies: tuple[str, ...] = ()
    suites: tuple[Suite, ...] = ()
    freshness: Freshness = field(default_factory=Freshness)
    header: HeaderRule = "refuse-mismatch"

    def anchors_for(self, anchors: Anchors, purpose: Purpose) -> Anchors:
        """Return the anchors that a path for this purpose may lead to, with all that helps on the way."""
        fitting = {each.sha256 for each in self.roots if each.role in self._roles(purpose)}
        roots = tuple(each for each in anchors.roots if Digest.of(each).value.hex() in fitting)
        return Anchors(roots, anchors.intermediates)

    def _roles(self, purpose: Purpose) -> tuple[Role, ...]:
        return self.stamping if purpose == "stamp" else ("public-service", "public", "practice")


def key_sha256(certificate: x509.Certificate) -> str | None:
    """Return the SHA-256 (hex) of a certificate's SubjectPublicKeyInfo; None for a key of no known kind."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return Digest.of(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).value.hex()


def _composed(name: str | None) -> str | None:
    """Write a name as names are compared (RFC 4518 §2.3): a letter with accents may be several signs."""
    return None if name is None else unicodedata.normalize("NFC", name)


def _plain(number: str | None) -> str | None:
    """Write a number as it is compared: without white space, in capitals."""
    return "".join(number.split()).upper() if number else None
