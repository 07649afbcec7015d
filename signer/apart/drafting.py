"""The step `draft` for a file from anywhere: pdfium and qpdf read it in a process of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from signer.apart.asking import ask
from signer.apart.requests import Trade
from signer.document import Draft
from signer.findings import ContentPolicy
from signer.page import Place
from signer.policy import Limits


@dataclass(frozen=True, slots=True)
class MakeDraft:
    """Make a document ready to be signed: answered by a `Draft`."""

    trade: ClassVar[Trade] = "drafting"

    pdf: bytes = field(repr=False)
    places: Mapping[str, Place] = field(default_factory=dict)
    content: ContentPolicy = field(default_factory=ContentPolicy)


async def draft_apart(
    source: bytes, places: Mapping[str, Place] | None = None, content: ContentPolicy | None = None
) -> Draft:
    """Do what `signer.drafting.draft` does, and raise what it raises; a crash there takes nobody along.

    Raises `Undetermined` too, when the file takes more than `signer.policy.Limits` to read.
    """
    return await ask(MakeDraft(source, places or {}, content or ContentPolicy()), Draft, Limits())
