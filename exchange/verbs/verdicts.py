"""verify, for a document: the verdict, with its evidence written or by the evidence given."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from exchange.verbs.call import EXIT_NO, EXIT_UNKNOWN, EXIT_YES, Call, Outcome
from exchange.verbs.reports import Reports
from pki.digest import Digest
from pki.errors import UsageError
from pki.files import OpenFile, read_whole
from pki.words import N_, Sentence
from signer.policy import Policy
from signer.report import Indication, Report
from signer.verifying import examine

_STATUSES = {Indication.TOTAL_PASSED: EXIT_YES, Indication.INDETERMINATE: EXIT_UNKNOWN}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How documents are judged in one call, and what is written beside the answer."""

    call: Call
    policy: Policy
    reports: Reports

    @classmethod
    def asked(cls, call: Call, policy: Policy) -> Self:
        """Read the options. Raises `UsageError`, before anything is examined, if they do not go together."""
        saved, given = call.options.save_evidence, call.options.evidence
        if saved is not None and given is not None:
            raise UsageError("Evidence is either given or written: not both.")
        if (saved is not None or given is not None) and len(call.options.files) > 1:
            raise UsageError("Evidence is of one document.", hint="Verify the documents one by one.")
        if call.options.seal is not None and len(call.options.files) > 1:
            raise UsageError("A seal is of one report.", hint="Verify the reports one by one.")
        if saved is not None and call.options.at is not None and call.options.at > call.now:
            raise UsageError(
                "Evidence is not kept of a moment that is still to come: {moment}.", moment=call.options.at
            )
        if saved is not None and saved.is_dir():
            raise UsageError(
                "{path} is a folder; evidence is written to a file.", hint="Name a file in it.", path=saved
            )
        if saved is not None and saved.exists() and not call.options.force:
            raise UsageError(
                "{path} exists already.",
                hint="Choose another name, or say --force to replace it.",
                path=saved,
            )
        return cls(call, policy, Reports.asked(call))

    @property
    def evidenced(self) -> bool:
        """Whether evidence is written or given: there is none of receipts and proofs."""
        return self.call.options.save_evidence is not None or self.call.options.evidence is not None

    @property
    def alone(self) -> bool:
        """Whether nothing but the verdict is asked for: then a document need not be in memory."""
        return not self.evidenced and not self.reports.asked_for

    async def outcome_unread(self, path: Path, file: OpenFile) -> Outcome:
        """Judge a document that is not in memory, where nothing but the verdict is asked for."""
        report = await examine(file, self.policy)
        facts = {"file": str(path), **report.as_json(self.call.translate)}
        lines: list[Sentence | str] = [f"{path}:", *as_of(self.call), *self._said(report)]
        return Outcome(facts, lines, _STATUSES.get(report.indication, EXIT_NO))

    async def outcome(self, path: Path, pdf: bytes) -> Outcome:
        """Judge a document. The facts are the same with evidence and without; the words say more."""
        lines: list[Sentence | str] = [f"{path}:"]
        evidence: bytes | None = None
        if self.call.options.evidence is not None:
            report = await self._again(pdf, lines)
        elif self.call.options.save_evidence is not None:
            from signer.repeating import examine_with_evidence

            report, kept = await examine_with_evidence(pdf, self.policy)
            evidence = kept.encode()
        else:
            report = await examine(pdf, self.policy)
        if self.call.options.evidence is None:
            lines += as_of(self.call)
        if self.reports.seal is not None and report.sha256 is None:
            report = replace(report, sha256=Digest.of(pdf).value.hex())  # what is sealed says of which bytes
        written = await self.reports.write(path, pdf, report, self.policy, evidence)
        facts = {"file": str(path), **report.as_json(self.call.translate), **written.facts}
        lines += [*self._said(report), *written.lines]
        return Outcome(facts, lines, _STATUSES.get(report.indication, EXIT_NO))

    def _said(self, report: Report) -> Iterator[str]:
        """Yield the report, and what its reader can do where it is no yes."""
        yield from report.lines(self.call.translate)
        if not report.passed:
            from signer.reports.plain import advice  # most documents are valid

            if (todo := advice(report)) is not None:
                yield "  → " + self.call.translate(todo)

    async def _again(self, pdf: bytes, lines: list[Sentence | str]) -> Report:
        from signer.evidence import MAX_EVIDENCE_BYTES, VerdictEvidence
        from signer.repeating import examine_again

        path: Path = self.call.options.evidence
        evidence = VerdictEvidence.parse(await asyncio.to_thread(read_whole, path, MAX_EVIDENCE_BYTES))
        report = await examine_again(pdf, self.policy, evidence)
        facts = {"moment": evidence.as_of, "path": str(path)}
        lines.append(
            Sentence(N_("  This is the verdict as of {moment}, from {path}; nobody was asked since."), facts)
        )
        return report


def as_of(call: Call) -> Iterator[Sentence]:
    """Yield that the verdict is not as of now, where another moment was asked for."""
    if call.options.at is not None:
        yield Sentence(
            N_("  This is the verdict as of {moment}, not as of now."), {"moment": call.options.at}
        )
