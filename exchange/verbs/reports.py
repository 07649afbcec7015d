"""The reports that `verify` writes beside its answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from exchange.verbs.batch import targets_of
from exchange.verbs.call import Call
from pki.files import write_whole
from pki.words import N_, Sentence
from signer.apart.asking import get_ready
from signer.policy import Policy
from signer.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Which reports were asked for, and the file for each document."""

    call: Call
    pages: Mapping[Path, Path] = field(default_factory=dict)
    archived: Mapping[Path, Path] = field(default_factory=dict)

    @classmethod
    def asked(cls, call: Call) -> Self:
        """Read the options. Raises `UsageError`, before anything is examined, if a file is in the way."""
        if call.options.html is not None:
            from signer.apart.showing import ShowPages

            get_ready(ShowPages)
        return cls(
            call=call,
            pages=_targets(call, call.options.html, ".html"),
            archived=_targets(call, call.options.etsi_xml, ".xml"),
        )

    @property
    def asked_for(self) -> bool:
        """Whether any report was asked for."""
        return bool(self.pages or self.archived)

    async def write(self, path: Path, pdf: bytes, report: Report, policy: Policy) -> dict[str, str]:
        """Write what was asked for about one document; return the files by the names of their options."""
        written = {}
        if path in self.pages:
            page = await self._html(path.name, pdf, report, policy)
            written["html"] = await self._save(self.pages[path], page)
        if path in self.archived:
            from signer.reports.etsi import etsi_xml

            xml = await asyncio.to_thread(etsi_xml, report, policy)
            written["etsi_xml"] = await self._save(self.archived[path], xml)
        return written

    def line(self, written: str) -> Sentence | str:
        """Say that a report was written."""
        return Sentence(N_("Written: {output}"), {"output": written})

    async def _html(self, name: str, pdf: bytes, report: Report, policy: Policy) -> bytes:
        from signer.reports.html import html_page
        from signer.reports.pages import page_images
        from signer.reports.reader import Reader

        images = await page_images(pdf, report)
        reader = Reader(self.call.language, self.call.translate)
        return await asyncio.to_thread(html_page, name, report, images, policy, reader)

    async def _save(self, target: Path, data: bytes) -> str:
        await asyncio.to_thread(write_whole, target, data, replace=self.call.options.force)
        return str(target)


def _targets(call: Call, output: Path | None, suffix: str) -> Mapping[Path, Path]:
    options = call.options
    return {} if output is None else targets_of(options.files, output, force=options.force, suffix=suffix)
