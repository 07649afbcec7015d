"""renew(): the next time-stamp over a document, before the last one expires or its digest grows weak.

EN 319 142-1 §5.4.2: a signature can be checked for as long as somebody renews its proof in time.
"""

from dataclasses import dataclass, field, replace

from pki.errors import UsageError
from signer.errors import NotBelieved
from signer.level import Evidence
from signer.pades.archiving import archived
from signer.pades.context import Fetching
from signer.pades.door import apart, signing
from signer.pades.stamping import DIGESTS, TimeStamping
from signer.policy import Policy
from signer.report import Report
from signer.verifying import examine, refusal


@dataclass(frozen=True, slots=True)
class Renewed:
    """A document whose proof lasts as long as its newest time-stamp's certificate."""

    pdf: bytes = field(repr=False)
    report: Report


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
    if not evidence.authorities:
        raise UsageError("A renewal needs a time-stamp authority.", hint="Name one with --tsa URL.")
    if policy.at is not None or policy.offline:
        raise UsageError("A document is renewed now and with a network, not for another time or without.")
    before = await examine(pdf, policy)
    if not before.passed:
        raise refusal(before, "The document")
    asked = replace(evidence, anchors=policy.anchors)
    renewed = await apart(lambda _: _stamped(pdf, asked, policy, digest))
    report = await examine(renewed, policy)
    if not report.passed:
        raise refusal(report, "The document just renewed")
    if len(report.timestamps) != len(before.timestamps) + 1:
        raise NotBelieved("The time-stamp just made cannot be found in the file.", report=report)
    return Renewed(renewed, report)


async def _stamped(pdf: bytes, evidence: Evidence, policy: Policy, digest: str) -> bytes:
    async with Fetching(evidence.timeout_seconds) as fetching:
        with signing():
            return await archived(pdf, TimeStamping(evidence), policy.anchors, fetching, digest=digest)
