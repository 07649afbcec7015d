"""Pages as pictures: pdfium draws them in a process of its own."""

from dataclasses import dataclass, field
from typing import ClassVar

from signer.apart.requests import Trade


@dataclass(frozen=True, slots=True)
class ShowPages:
    """Draw pages, counted from 1: answered by a tuple of `signer.facts.PageImage`."""

    trade: ClassVar[Trade] = "drafting"

    pdf: bytes = field(repr=False)
    pages: tuple[int, ...]
