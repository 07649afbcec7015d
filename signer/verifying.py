"""Believing a document: `examine` for people, `accept` for programs.

The rules are in `signer.deciding`.
"""

import asyncio

from pki.clock import SystemClock
from pki.errors import CongvanError, Undetermined
from pki.words import N_, Sentence
from signer.deciding import decide
from signer.document import Verified
from signer.errors import NotBelieved
from signer.pades.door import apart
from signer.policy import Policy
from signer.report import Indication, Report, failed, unknown

_GRACE = 5.0  # seconds the thread has to notice that its time is up


async def examine(pdf: bytes, policy: Policy) -> Report:
    """Judge a document by the policy and say what was found; never raises for a bad document."""
    now = SystemClock().now()
    if b"%PDF-" not in pdf[:1024]:
        return Report(
            verdict=failed("FORMAT_FAILURE", Sentence(N_("The file is not a PDF."))), validation_time=now
        )
    try:
        async with asyncio.timeout(policy.limits.seconds + _GRACE):
            return await apart(lambda _home: decide(pdf, policy))
    except TimeoutError:
        verdict = unknown("TRY_LATER", Sentence(N_("The document takes too long to examine.")))
        return Report(verdict=verdict, validation_time=now)


async def accept(pdf: bytes, policy: Policy) -> Verified:
    """Return the document as believed. The only maker of `Verified`.

    Raises `NotBelieved` with the report when the answer is no, `Undetermined` when it could not be found out.
    """
    report = await examine(pdf, policy)
    if report.passed:
        return Verified(pdf=pdf, report=report)
    raise refusal(report, "The document")


def refusal(report: Report, what: str) -> CongvanError:
    """Return the error for a report that is not a yes; its text gives the first reason."""
    why = next(iter(report.verdict.reasons), Sentence(N_("no reason is known")))
    if report.indication is Indication.INDETERMINATE:
        return Undetermined("{what} could not be checked to the end: {why}", what=what, why=why)
    return NotBelieved("{what} is not to be believed: {why}", report=report, what=what, why=why)
