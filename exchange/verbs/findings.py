"""inspect: what a signer must know of a document, and nothing is done."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from exchange.verbs import given
from exchange.verbs.batch import each
from exchange.verbs.call import EXIT_NO, EXIT_YES, Call, Outcome
from pki.words import N_, Sentence
from signer.apart.asking import get_ready
from signer.apart.inspecting import InspectContent, inspect_apart
from signer.apart.turns import AHEAD
from signer.findings import Finding, Severity


async def inspect_files(call: Call) -> AsyncIterator[Outcome]:
    """Say what is found in each document as it is; the exit status is 1 where it would not be signed."""
    get_ready(InspectContent)
    content = given.content(call)

    async def work(path: Path, pdf: bytes) -> Outcome:
        findings = await inspect_apart(pdf, content)
        refused = any(finding.severity is Severity.REFUSED for finding in findings)
        lines = [f"{path}:", *warned(findings)]
        lines += [] if findings else [Sentence(N_("Nothing was found that a signer must know."))]
        facts = {"file": str(path), "refused": refused, "findings": told(findings, call)}
        return Outcome(facts, lines, EXIT_NO if refused else EXIT_YES)

    async for outcome in each(call, work, at_once=AHEAD):
        yield outcome


def told(findings: Iterable[Finding], call: Call) -> list[dict[str, Any]]:
    """Return findings as `--json` shows them."""
    return [
        {
            "code": finding.code.value,
            "severity": finding.severity.value,
            "page": finding.page,
            "object": finding.object,
            "field": finding.field,
            "message": finding.what.said(call.translate),
        }
        for finding in findings
    ]


def warned(findings: Iterable[Finding]) -> list[Sentence | str]:
    """Return a line for each finding; what refuses a document says so."""
    lines = {Severity.REFUSED: N_("✗ [{code}] {what}"), Severity.REPORTED: N_("⚠ [{code}] {what}")}
    return [Sentence(lines[each.severity], {"code": each.code.value, "what": each.line}) for each in findings]
