"""Proof that is added later: renew() stamps a document again, extend() adds what it was signed without.

A time-stamp is renewed before its certificate expires or its digest grows weak.
EN 319 142-1 §5.4.2: a signature can be checked for as long as somebody renews its proof in time.
"""

from dataclasses import dataclass, field, replace

from pki.errors import Undetermined, UsageError
from pki.words import N_, Sentence
from signer.errors import NotBelieved
from signer.lasting import Lasting, stamped_whole, told_again, vouching
from signer.level import Evidence, Level, Short
from signer.pades.stamping import DIGESTS
from signer.policy import Policy
from signer.report import Report
from signer.verifying import examine, refusal


@dataclass(frozen=True, slots=True)
class Renewed:
    """A document whose proof lasts as long as its newest time-stamp's certificate.

    `short` is there where not all of that proof can be checked without a network yet.
    """

    pdf: bytes = field(repr=False)
    report: Report
    short: Short | None = None


async def renew(pdf: bytes, evidence: Evidence, policy: Policy, *, digest: str = "sha256") -> Renewed:
    """Store the status of what proves a document now, and stamp all of it again.

    The document is examined by `policy` first, every signature and time-stamp of it, and so is the result.
    `digest` ("sha256", "sha384", "sha512") is the new time-stamp's own. The policy's anchors are taken; the
    evidence needs no others. What locks a document stays whole: a time-stamp is proof, no change.

    Raises `NotBelieved` or `Undetermined` (the document, or the result), `UsageError`, `TrustError` (no
    authority gave a time-stamp), `DocumentError`.
    """
    if digest not in DIGESTS:
        raise UsageError(
            "{digest} is no digest of time-stamps: {known}.", digest=digest, known=", ".join(DIGESTS)
        )
    _check_authority(evidence)
    before = await _before(pdf, policy)
    asked = replace(evidence, anchors=policy.anchors, rules=policy.rules, lower=True)
    made = await _stamped(pdf, asked, policy, digest)
    report = await _after(made.pdf, policy)
    if len(report.timestamps) != len(before.timestamps) + 1:
        raise NotBelieved("The time-stamp just made cannot be found in the file.", report=report)
    return Renewed(made.pdf, report, made.short)


async def extend(pdf: bytes, evidence: Evidence, policy: Policy, level: Level) -> Renewed:
    """Bring every signature of a document to a level, by what may still be added: proof.

    A signature without a proven time gets it from a time-stamp over the document (EN 319 142-1 §6.3, table 1:
    at B-T that, or one over the signature); so does everything at B-LTA. One that lacks a status gets that
    alone. What has the level already is returned as it is.

    Raises `Undetermined` when the level is not reached, and as `renew` does.
    """
    before = await _before(pdf, policy)
    if _reached(before, level):
        return Renewed(pdf, before)
    asked = replace(evidence, anchors=policy.anchors, rules=policy.rules)
    unproven = any(each.best_signature_time is None for each in before.signatures)
    if unproven or level is Level.B_LTA:
        made = await _stamped(pdf, asked, policy, "sha256")
    else:
        newest = before.timestamps[-1].field if before.timestamps else None
        made = Lasting(await told_again(pdf, asked, newest))
    report = await _after(made.pdf, policy)
    if level.stored:
        report = await _after(made.pdf, replace(policy, offline=True))
    if not _reached(report, level):
        raise Undetermined("Level {level} is not reached.", level=level.said, hint="Try again later.")
    return Renewed(made.pdf, report, made.short)


_ORDER = tuple(each.said for each in Level)


def _reached(report: Report, level: Level) -> bool:
    return all(
        each.level is None or _ORDER.index(each.level) >= _ORDER.index(level.said)
        for each in report.signatures
    )


async def _before(pdf: bytes, policy: Policy) -> Report:
    if policy.at is not None or policy.offline:
        raise UsageError("A document is renewed now and with a network, not for another time or without.")
    report = await examine(pdf, policy)
    if not report.passed:
        raise refusal(report, Sentence(N_("The document")))
    return report


async def _after(pdf: bytes, policy: Policy) -> Report:
    report = await examine(pdf, policy)
    if not report.passed:
        raise refusal(report, Sentence(N_("The document just renewed")))
    return report


async def _stamped(pdf: bytes, evidence: Evidence, policy: Policy, digest: str) -> Lasting:
    _check_authority(evidence)
    stamped = await stamped_whole(pdf, evidence, digest)
    newest = (await _after(stamped, policy)).timestamps[-1].field
    return await vouching(stamped, newest, Level.B_LTA, evidence)


def _check_authority(evidence: Evidence) -> None:
    if not evidence.authorities:
        raise UsageError("A renewal needs a time-stamp authority.", hint="Name one with --tsa URL.")
