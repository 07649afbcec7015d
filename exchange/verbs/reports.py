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
from signer.apart.requests import ShowPages
from signer.policy import Policy
from signer.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Which reports were asked for, and the file for each document."""

    call: Call
    pages: Mapping[Path, Path] = field(default_factory=dict)

    @classmethod
    def asked(cls, call: Call) -> Self:
        """Read the options. Raises `UsageError`, before anything is examined, if a file is in the way."""
        options = call.options
        if options.html is None:
            return cls(call=call)
        get_ready(ShowPages)
        pages = targets_of(options.files, options.html, force=options.force, suffix=".html")
        return cls(call=call, pages=pages)

    async def write(self, path: Path, pdf: bytes, report: Report, policy: Policy) -> dict[str, str]:
        """Write what was asked for about one document; return the files by the names of their options."""
        if path not in self.pages:
            return {}
        page = await self._html(path.name, pdf, report, policy)
        await self._save(self.pages[path], page)
        return {"html": str(self.pages[path])}

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

    async def _save(self, target: Path, data: bytes) -> None:
        await asyncio.to_thread(write_whole, target, data, replace=self.call.options.force)
