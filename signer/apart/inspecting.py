"""Inspecting a file from anywhere: qpdf reads it in a process of its own."""

from dataclasses import dataclass, field
from typing import ClassVar

from signer.apart.asking import ask
from signer.apart.requests import Trade
from signer.findings import ContentPolicy, Finding, check
from signer.policy import Limits


@dataclass(frozen=True, slots=True)
class InspectContent:
    """Say what a signer must know of a document: answered by a tuple of `signer.findings.Finding`."""

    trade: ClassVar[Trade] = "inspecting"

    pdf: bytes = field(repr=False)
    policy: ContentPolicy
    covered: bool


async def inspect_apart(
    pdf: bytes, policy: ContentPolicy | None = None, *, covered: bool = True
) -> tuple[Finding, ...]:
    """Do what `signer.inspecting.inspect` does, and raise what it raises; a crash there takes nobody along.

    Raises `Undetermined` too, when the file takes more than `signer.policy.Limits` to read.
    """
    request = InspectContent(pdf, policy or ContentPolicy(), covered)
    return await ask(request, tuple[Finding, ...], Limits())


async def check_apart(pdf: bytes, policy: ContentPolicy | None = None) -> tuple[Finding, ...]:
    """Return what a signer must know of a document that may be signed; raise `NotSignable` for another.

    Nobody looks for covered text here: that is the drafter's to see.
    """
    found = await inspect_apart(pdf, policy, covered=False)
    check(found)
    return found
