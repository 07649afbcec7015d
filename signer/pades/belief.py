"""Is a certificate to be believed whose path is known? Purpose and status, as one verdict.

EN 319 102-1 §5.2.5: a missing status is never "good".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, Name
from cryptography.x509.oid import NameOID, ObjectIdentifier

from pki.answer import is_by_digest
from pki.certificate import read
from pki.lists import is_authority
from pki.public_key import is_long_enough
from pki.remembering import remembered_of
from pki.unreadable import UNREADABLE
from pki.words import N_, Sentence
from signer.facts import Link
from signer.pades import showing
from signer.pades.inquiry import Inquiry
from signer.pades.judged import Trust
from signer.pades.parsed import Parsed
from signer.pades.purposes import fits, told
from signer.pades.standing import Stored, standing
from signer.pades.uses import Standing, Use
from signer.policy import Revocation
from signer.report import PASSED, Verdict, failed, unknown, worst
from signer.rules import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """By what a status is found out: what the document stores, whom one may ask, whether one must know."""

    stored: Stored
    revocation: Revocation
    inquiry: Inquiry | None


async def believed(path: Sequence[Certificate], purpose: Purpose, use: Use, means: Means) -> Trust:
    """Judge the last certificate of a path that leads to an anchor, the root first."""
    names, links = _shown(*path)
    trust = Trust(
        verdict=worst((fits(path, purpose), *map(_strength, path), *map(_digest, path[1:]))),
        status="not-checked",
        path=names,
        links=links,
        notes=tuple(told(path[-1], purpose)),
    )
    if means.revocation == "ignore":
        return replace(trust, stored=means.stored.holds_all(path, use))
    return _with(trust, await standing(path, use, means.stored, means.inquiry), means.revocation)


def _with(trust: Trust, found: Standing, revocation: Revocation) -> Trust:
    trust = replace(
        trust,
        status=found.status,
        on_hold=found.on_hold,
        withdrawn=found.own,
        notes=(*trust.notes, *found.notes),
        heard=found.heard,
        stored=found.stored,
    )
    if found.status == "revoked" and found.on_hold:
        # EN 319 102-1 §5.2.6.4: it may yet be taken back, or become final.
        why = Sentence(N_("A certificate was on hold since {date}."), {"date": found.since})
        return replace(trust, verdict=worst((trust.verdict, unknown("TRY_LATER", why))))
    if found.status == "revoked" and found.invalid is not None:
        # RFC 5280 §5.3.2: the issuer itself does not know in whose hands the key was (docs/adr/0012).
        why = Sentence(
            N_("A certificate was revoked on {date}, and its issuer does not vouch for it from {since} on."),
            {"date": found.since, "since": found.invalid},
        )
        return replace(trust, verdict=worst((trust.verdict, unknown("REVOKED_NO_POE", why))))
    if found.status == "revoked" and found.since is not None:
        why = Sentence(N_("A certificate was revoked on {date}."), {"date": found.since})
        return replace(trust, verdict=failed("REVOKED", why))
    if found.status == "unknown" and revocation == "require":
        why = Sentence(
            N_("Whether a certificate was revoked could not be found out: {detail}"),
            {"detail": found.why or ""},
        )
        return replace(trust, verdict=worst((trust.verdict, unknown("TRY_LATER", why))))
    return trust


def carries_issuer(pool: Iterable[bytes], known: Collection[bytes]) -> bool:
    """Tell whether an authority is among certificates (DER), of those that are not known."""
    return any(_issues(each) for each in pool if each not in known)


def _issues(certificate: bytes) -> bool:
    try:
        return is_authority(read(certificate))
    except UNREADABLE:
        return False


def binds(parsed: Parsed, trust: Trust) -> bool:
    """Tell whether a signature whose value is right is one of what it covers alone, whoever made its key.

    For every value of RSA or ECDSA and every document there is a key by which the one is a signature of the
    other (Blake-Wilson and Menezes, 1999), unless the document names the key, too: by its certificate; or the
    key was certified before, as a path tells that is valid at the time the value had.
    """
    assert parsed.signer is not None
    if not (parsed.named or trust.links):
        return False
    try:
        return is_long_enough(read(parsed.signer.certificate).public_key())
    except UNREADABLE:
        return False


@remembered_of(256)
def _strength(certificate: Certificate) -> Verdict:
    """Judge a key: pyHanko measures those that signed certificates, and RSA alone."""
    if is_long_enough(certificate.public_key()):
        return PASSED
    words = N_("The key of “{name}” is too short, or of a kind that is not believed.")
    return unknown("CRYPTO_CONSTRAINTS_FAILURE", Sentence(words, {"name": said(certificate.subject)}))


@remembered_of(256)
def _digest(certificate: Certificate) -> Verdict:
    """Judge what a certificate is signed by, an anchor's not (RFC 5280 §6.1.1 d); EdDSA has its own."""
    digest = certificate.signature_hash_algorithm
    if digest is None or is_by_digest(digest):
        return PASSED
    words = N_("A certificate uses an algorithm that is too weak: {detail}")
    return unknown("CRYPTO_CONSTRAINTS_FAILURE", Sentence(words, {"detail": digest.name}))


_ATTRIBUTES: Mapping[ObjectIdentifier, str] = {
    NameOID.COMMON_NAME: "Common Name",
    NameOID.SURNAME: "Surname",
    NameOID.GIVEN_NAME: "Given Name",
    NameOID.SERIAL_NUMBER: "Serial Number",
    NameOID.COUNTRY_NAME: "Country",
    NameOID.LOCALITY_NAME: "Locality",
    NameOID.STATE_OR_PROVINCE_NAME: "State/Province",
    NameOID.STREET_ADDRESS: "Street Address",
    NameOID.ORGANIZATION_NAME: "Organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "Organizational Unit",
    NameOID.ORGANIZATION_IDENTIFIER: "Organization Identifier",
    NameOID.TITLE: "Title",
    NameOID.PSEUDONYM: "Pseudonym",
    NameOID.EMAIL_ADDRESS: "Email Address",
    NameOID.DOMAIN_COMPONENT: "Domain Component",
    NameOID.USER_ID: "User ID",
}


@remembered_of(256)
def _shown(*path: Certificate) -> tuple[tuple[str, ...], tuple[Link, ...]]:
    """Return the names and the certificates of a path as a report shows them."""
    links = (showing.link(each, each.public_bytes(Encoding.DER)) for each in path)
    return tuple(map(_called, path)), tuple(links)


@remembered_of(256)
def _called(certificate: Certificate) -> str:
    return said(certificate.subject)


def said(name: Name) -> str:
    """Return a name for people, the most particular part first: "Common Name: …, Organization: …"."""
    values: dict[str, list[str]] = {}
    for each in name:
        values.setdefault(_ATTRIBUTES.get(each.oid, each.oid.dotted_string), []).append(str(each.value))
    parts = [f"{kind}: {', '.join(reversed(found))}" for kind, found in values.items()]
    if parts and parts[-1].startswith("Country: "):
        parts.reverse()  # written the other way round
    return ("; " if any("," in part for part in parts) else ", ").join(reversed(parts))
