"""The reports that `verify` writes beside its answer."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from exchange.verbs.batch import targets_of
from exchange.verbs.call import Call
from pki.errors import UsageError
from pki.files import write_together, write_whole
from pki.words import N_, Sentence
from signer.apart.asking import get_ready
from signer.policy import Policy
from signer.report import Report

if TYPE_CHECKING:
    from exchange.verbs.attesting import Seal  # loads pyHanko: only whoever seals reports does

_FORMS = {"json_report": ".json", "html": ".html", "etsi_xml": ".xml"}
"""The reports by their options, and how their names end in a folder."""


def seal_of(path: Path) -> Path:
    """Return where the seal of a file is: beside it."""
    return path.with_name(path.name + ".p7s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written about one document: as facts, and in words."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Which reports were asked for, and the file for each document; `seal` is there while its key is open."""

    call: Call
    targets: Mapping[str, Mapping[Path, Path]] = field(default_factory=dict)
    evidence: Path | None = None
    seal: "Seal | None" = None

    @classmethod
    def asked(cls, call: Call) -> Self:
        """Read the options. Raises `UsageError`, before anything is examined, if a file is in the way."""
        options = call.options
        if options.html is not None:
            from signer.apart.showing import ShowPages

            get_ready(ShowPages)
        targets = {
            name: targets_of(options.files, output, force=options.force, suffix=suffix)
            for name, suffix in _FORMS.items()
            if (output := getattr(options, name)) is not None
        }
        reports = cls(call=call, targets=targets, evidence=options.save_evidence)
        _check(call, reports.files)
        return reports

    @property
    def files(self) -> list[Path]:
        """All files that will be written, but for seals."""
        found = [each for targets in self.targets.values() for each in targets.values()]
        return found if self.evidence is None else [*found, self.evidence]

    @property
    def asked_for(self) -> bool:
        """Whether any report was asked for."""
        return bool(self.targets)

    async def write(
        self, path: Path, pdf: bytes, report: Report, policy: Policy, evidence: bytes | None = None
    ) -> Written:
        """Write what was asked for about one document: all of it with its seals, or nothing."""
        made = {
            name: (targets[path], await self._made(name, path, pdf, report, policy))
            for name, targets in self.targets.items()
        }
        facts: dict[str, Any] = {name: str(target) for name, (target, _) in made.items()}
        files = dict(made.values())
        if self.evidence is not None and evidence is not None:
            files[self.evidence] = evidence
        lines = [Sentence(N_("Written: {output}"), {"output": each}) for each in files]
        if self.seal is not None and files:
            # The seals come first: what a power cut leaves is a seal without its report, which says nothing.
            seals = {seal_of(each): await self.seal.over(data) for each, data in files.items()}
            files = {**seals, **files}
            facts |= {"verifier": self.seal.verifier.as_json(), "seals": list(map(str, seals))}
            lines += [Sentence(N_("Sealed: {output}"), {"output": each}) for each in seals]
        await asyncio.to_thread(_write, files, force=self.call.options.force)
        return Written(facts=facts, lines=tuple(lines))

    async def _made(self, name: str, path: Path, pdf: bytes, report: Report, policy: Policy) -> bytes:
        verifier = None if self.seal is None else self.seal.verifier
        if name == "html":
            return await self._html(path.name, pdf, report, policy)
        if name == "etsi_xml":
            from signer.reports.etsi import etsi_xml

            return await asyncio.to_thread(etsi_xml, report, policy, verifier)
        said: dict[str, Any] = {"file": str(path), **report.as_json(self.call.translate)}
        if verifier is not None:
            said["verifier"] = verifier.as_json()
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str) + "\n"
        # A file's name may be no text: its bytes then stand as escapes of JSON, as they do on the terminal.
        return text.encode(errors="backslashreplace")

    async def _html(self, name: str, pdf: bytes, report: Report, policy: Policy) -> bytes:
        from signer.reports.html import html_page
        from signer.reports.pages import page_images
        from signer.reports.reader import Reader

        images = await page_images(pdf, report)
        reader = Reader(self.call.language, self.call.translate)
        verifier = None if self.seal is None else self.seal.verifier
        as_of = policy.at is not None or self.call.options.evidence is not None
        examined = self.call.now if as_of else None
        return await asyncio.to_thread(
            html_page, name, report, images, policy, reader, verifier=verifier, examined=examined
        )

    def sealing(self, seal: "Seal") -> "Reports":
        """Return the same reports, to be sealed."""
        return replace(self, seal=seal)


def _check(call: Call, files: Iterable[Path]) -> None:
    """Raise `UsageError` where two results would be one file, or a seal is in the way or has no report."""
    files = list(files)
    options = call.options
    sealed = options.report_key is not None
    if sealed and not files:
        raise UsageError(
            "There is no report to be sealed.",
            hint="Name one: --json-report, --html, --etsi-xml or --save-evidence.",
        )
    if options.report_tsa and not sealed:
        raise UsageError("--report-tsa stamps the seal of a report.", hint="Name its key: --report-key URI.")
    seals = [seal_of(each) for each in files] if sealed else []
    every = [*files, *seals]
    twice = next((each for each in every if every.count(each) > 1), None)
    if twice is not None:
        raise UsageError("Two results would be written to {path}.", path=twice)
    for each in seals:
        if each.exists() and not options.force:
            raise UsageError(
                "{path} exists already.",
                hint="Choose another name, or say --force to replace it.", path=each,
            )  # fmt: skip


def _write(files: Mapping[Path, bytes], *, force: bool) -> None:
    if len(files) > 1:
        write_together(files, replace=force)
    else:
        for each, data in files.items():
            write_whole(each, data, replace=force)
