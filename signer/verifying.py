"""Believing a document: `examine` for people, `accept` for programs.

The rules are in `signer.deciding`; they run in a process of their own (`signer.apart`), because a document
can be made to keep its reader busy for ever, to fill all memory, or to crash it. No PDF library is loaded
here.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from pki.clock import SystemClock
from pki.errors import CongvanError, Undetermined
from pki.files import OpenFile
from pki.our_desk import at_the_desk
from pki.query import Source
from pki.words import N_, Sentence
from signer.apart.asking import Exhausting, ask
from signer.apart.requests import Examine
from signer.bounded import Bounded
from signer.errors import NotBelieved
from signer.policy import Policy
from signer.report import Indication, Report, Verdict, failed, unknown

if TYPE_CHECKING:
    from signer.document import Verified


async def examine(pdf: bytes | OpenFile, policy: Policy) -> Report:
    """Judge a document by the policy and say what was found; never raises for a bad document.

    A document that takes more than `policy.limits`, or stops the process that reads it, is INDETERMINATE.
    Raises `Undetermined` only when no such process can be started. An open file is read by that process
    alone, and is never whole in memory; it must not be changed meanwhile.
    """
    now = SystemClock().now()
    try:
        return await examine_as_of(pdf, policy, now, at_the_desk)
    except Exhausting as error:
        verdict = unknown("TRY_LATER", Sentence.of(error))
        return Report(verdict=verdict, validation_time=policy.at or now)


async def examine_as_of(pdf: bytes | OpenFile, policy: Policy, now: datetime, source: Source) -> Report:
    """Judge a document as `examine` does, as if it were `now`, with what the source says of certificates.

    Raises `Exhausting` where `examine` says that.
    """

    def at_once(verdict: Verdict) -> Report:
        return Report(verdict=verdict, validation_time=policy.at or now)

    if b"%PDF-" not in (pdf.head(1024) if isinstance(pdf, OpenFile) else pdf[:1024]):
        return at_once(failed("FORMAT_FAILURE", Sentence(N_("The file is not a PDF."))))
    if len(pdf) > policy.limits.bytes:
        why = Sentence(N_("The file is larger than {limit} bytes."), {"limit": policy.limits.bytes})
        return at_once(failed("FORMAT_FAILURE", why))
    bounded = Bounded(policy, source)
    if isinstance(pdf, OpenFile):
        report = await ask(Examine(b"", policy, now), Report, policy.limits, bounded, pdf)
    else:
        report = await ask(Examine(pdf, policy, now), Report, policy.limits, bounded)
    if policy.require != "two-layer" and not report.filled:
        return report
    from signer.printed import (
        held_to_page,  # loads what only two layers, and fields that were filled in, are asked
    )

    return await held_to_page(report, pdf, policy)


async def accept(pdf: bytes, policy: Policy) -> "Verified":
    """Return the document as believed. The only maker of `Verified`.

    Raises `NotBelieved` with the report when the answer is no, `Undetermined` when it could not be found out.
    """
    from signer.document import Verified  # loads what drafting knows, for which a verdict does not wait

    report = await examine(pdf, policy)
    if report.passed:
        return Verified(pdf=pdf, report=report)
    raise refusal(report, Sentence(N_("The document")))


def refusal(report: Report, what: Sentence) -> CongvanError:
    """Return the error for a report that is not a yes; its text gives the first reason."""
    why = next(iter(report.verdict.reasons), Sentence(N_("no reason is known")))
    untrusted = report.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    hint = N_("If you trust its authority, name the root certificate with --trust.") if untrusted else None
    if report.indication is Indication.INDETERMINATE:
        return Undetermined("{what} could not be checked to the end: {why}", hint=hint, what=what, why=why)
    return NotBelieved("{what} is not to be believed: {why}", report=report, what=what, why=why)
