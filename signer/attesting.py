"""A report sealed by whoever made it: a signature in a file beside it, made here and examined here.

The seal says who stands for the report, and that no byte of it was changed; not that the report is right.
"""

from asyncio import AbstractEventLoop
from collections.abc import Sequence
from dataclasses import replace

from pki.clock import Clock, SystemClock
from pki.digest import Digest
from pki.errors import TokenError, TrustError
from pki.identity import Identity, identify
from pki.our_desk import at_the_desk
from pki.token import Token
from pki.words import N_, Sentence
from signer.level import Evidence
from signer.pades import detached
from signer.pades.credentials import check_signer
from signer.pades.door import apart
from signer.pades.judged import Judged
from signer.pades.judging import judge_alone
from signer.pades.parsed import Parsed
from signer.pades.token_signer import check_kind
from signer.policy import Policy
from signer.report import SignatureReport, failed
from signer.reports.verifier import named_in

__all__ = ["MAX_SEAL_BYTES", "attest", "check_kind", "check_verifier", "examine_attested"]

MAX_SEAL_BYTES = detached.MAX_BYTES
"""A longer file is no seal."""


async def check_verifier(certificate: bytes, chain: Sequence[bytes], policy: Policy) -> Identity:
    """Return whom a certificate (DER) names, once it is found fit to seal reports now.

    Checked as for signing: dates, purpose, key usage, the path to an anchor and the status of all that is on
    it. Of a policy that lets nobody be asked the status is not required. Raises as `check_signer`.
    """
    if policy.offline and policy.revocation == "require":
        policy = replace(policy, revocation="accept-missing")
    return await check_signer(certificate, chain, None, policy)


async def attest(report: bytes, token: Token, evidence: Evidence) -> bytes:
    """Return a seal over the bytes of a report, with a time-stamp where the evidence names authorities.

    It is read again before it is returned. Raises `TokenError`, and `NoTimeStamp`.
    """

    async def made(home: AbstractEventLoop) -> bytes:
        seal = await detached.made(report, token, evidence, home)
        verdict = detached.read(report, seal).verdict
        if not verdict.passed:
            raise TokenError("The seal just made is not right: {why}", why=verdict.reasons[0])
        return seal

    return await apart(made)


async def examine_attested(
    report: bytes, seal: bytes, policy: Policy, *, clock: Clock | None = None
) -> SignatureReport:
    """Judge the seal of a report by the policy; never raises for a bad one.

    1. The seal is over exactly these bytes (`signer.pades.detached.read`).
    2. It is no document: somebody may have signed one behind an HTML page.
    3. Where the report names its verifier, the seal is by that certificate.
    4. The certificate is believed at the time that a time-stamp proves, else at the policy's moment or now.
    """
    now = (clock or SystemClock()).now()

    async def judged(_home: AbstractEventLoop) -> Judged:
        parsed = _held_to_its_kind(detached.read(report, seal), report)
        return await judge_alone(parsed, policy, now, at_the_desk)

    return _said(await apart(judged))


def _held_to_its_kind(parsed: Parsed, report: bytes) -> Parsed:
    if not parsed.verdict.passed or parsed.signer is None:
        return parsed
    # What a PDF signature covers is cut out of the file, and its container seals that: readers find a header
    # up to here, and browsers what stands before it.
    if b"%PDF-" in report[:1024] and b"/ByteRange" in report:
        part = Sentence(N_("What is sealed is a part of a PDF document, and no report."))
        return replace(parsed, verdict=failed("FORMAT_FAILURE", part))
    named = named_in(report)
    if named in (None, Digest.of(parsed.signer.certificate).value.hex()):
        return parsed
    why = N_("The report names another verifier than the one who sealed it: SHA-256 {sha256}.")
    return replace(parsed, verdict=failed("SIG_CONSTRAINTS_FAILURE", Sentence(why, {"sha256": named})))


def _said(judged: Judged) -> SignatureReport:
    who = _identity(judged.certificate)
    return SignatureReport(
        field="",
        verdict=judged.verdict,
        signer=None if who is None else who.name,
        signer_kind=None if who is None else who.kind,
        title=None if who is None else who.title,
        organisation=None if who is None else who.organisation,
        issuer=judged.path[-2] if len(judged.path) > 1 else None,
        certificate=judged.certificate,
        level=judged.level,
        signing_time=judged.signing_time,
        best_signature_time=judged.proven,
        intact=judged.intact,
        notes=judged.notes,
        algorithm=judged.algorithm,
        path=judged.path,
        revocation=judged.status,
        on_hold=judged.on_hold,
        links=judged.links,
        events=judged.events,
    )


def _identity(certificate: bytes | None) -> Identity | None:
    try:
        return None if certificate is None else identify(certificate)
    except TrustError:
        return None  # a certificate that cannot be read has failed already
