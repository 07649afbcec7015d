"""Whether a certificate may sign now, asked before its key is used: what we sign must be believed later."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from asn1crypto import x509

from pki.clock import SystemClock
from pki.errors import CongvanError, TrustError, Undetermined
from pki.identity import Identity, identify
from signer.entitlement import entitled, known_as
from signer.pades.context import Fetching
from signer.pades.door import apart
from signer.pades.judged import Trust
from signer.pades.trusting import Judge
from signer.policy import Policy

Part = Literal["person", "organisation"]

_USAGES = frozenset({"non_repudiation", "digital_signature"})


async def check_signer(
    certificate: bytes, chain: Sequence[bytes], part: Part | None, policy: Policy | None = None
) -> Identity:
    """Return whom a certificate (DER) names, once it is found fit to sign as this part.

    None is no part in a document: whoever seals a report may be either, and needs no entitlement to sign
    documents.

    Checked are its dates, its purpose (a service's or an authority's certificate signs no documents), its key
    usage and whose it is; with a policy that names anchors also the path to one of them (`chain` helps) and
    the status of every certificate on it, and by the rules of a policy file whether it is entitled. Raises
    `TrustError`, or `Undetermined` when the policy requires a status that nobody tells.
    """
    now, rules = SystemClock().now(), None if policy is None else policy.rules
    who, *_ = known_as(rules, certificate, identify(certificate), now)
    parsed = x509.Certificate.load(certificate)
    _check_dates(parsed, who.name, now)
    _check_purpose(parsed, who)
    _check_part(who, part)
    if policy is not None and policy.anchors.roots:
        others = tuple(x509.Certificate.load(each) for each in chain)
        trust = await apart(lambda _: _trust(parsed, others, policy))
        if not trust.verdict.passed:
            raise _refusal(trust, who.name)
        if part is None:
            return who
        verdict = entitled(
            rules, [each.encoded for each in trust.links], who, "sign" if part == "person" else "seal", now
        )
        if not verdict.passed:
            raise TrustError("{why}", why=verdict.reasons[0])
    return who


def _check_dates(certificate: x509.Certificate, name: str, now: datetime) -> None:
    # RFC 5280 §4.1.2.5: both ends belong to the period.
    if now > certificate.not_valid_after:
        raise TrustError(
            "The certificate of {name} has expired, on {date}.",
            hint="Ask its authority for a new one.",
            name=name,
            date=certificate.not_valid_after,
        )
    if now < certificate.not_valid_before:
        raise TrustError(
            "The certificate of {name} is not valid yet, only from {date} on.",
            hint="Is this computer's clock right?",
            name=name,
            date=certificate.not_valid_before,
        )


def _check_purpose(certificate: x509.Certificate, who: Identity) -> None:
    if who.basis == "service":
        raise TrustError(
            "The certificate of {name} is a service's or an authority's; it signs no documents.",
            name=who.name,
        )
    # RFC 5280 §4.2.1.3: without the extension a key may be used for anything.
    usage = certificate.key_usage_value
    if usage is not None and not _USAGES & usage.native:
        raise TrustError(
            "The certificate of {name} was not issued for signatures (key usage).", name=who.name
        )


def _check_part(who: Identity, part: Part | None) -> None:
    if part in (None, who.kind):
        return
    if part == "organisation":
        raise TrustError("The key of {name} is not an organisation's; it cannot seal.", name=who.name)
    raise TrustError(
        "The key of {name} is not a person's; layer 1 is a person's own signature.",
        hint="An organisation's key seals: congvan seal.",
        name=who.name,
    )


async def _trust(
    certificate: x509.Certificate, others: tuple[x509.Certificate, ...], policy: Policy
) -> Trust:
    async with Fetching(policy.limits.fetch_seconds) as fetching:
        judge = Judge(
            anchors=policy.anchors,
            revocation=policy.revocation,
            fetching=None if policy.offline else fetching,
            moment=None,
            rules=policy.rules,
        )
        return await judge.trust(certificate, others, "sign", None)


def _refusal(trust: Trust, name: str) -> CongvanError:
    why = trust.verdict.reasons[0]
    if trust.status == "revoked":
        return TrustError("The certificate of {name} is revoked: {why}", name=name, why=why)
    if trust.verdict.sub_indication == "TRY_LATER":
        return Undetermined(
            "It could not be found out whether {name} may still sign: {why}",
            hint="Try again later, or allow a missing status: --revocation accept-missing.",
            name=name,
            why=why,
        )
    return TrustError("The certificate of {name} is not to be believed: {why}", name=name, why=why)
