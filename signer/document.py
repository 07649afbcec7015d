"""The stages of one document, each a frozen type, so that a wrong order is a type error.

    Draft -> Signed -> Numbered -> Sealed        Verified (made by `signer.verifying.accept` alone)

A stage says what was done, not that it is to be believed: whoever receives a file from outside asks
`signer.verifying`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pki.words import Sentence
from signer.findings import Finding
from signer.level import Short
from signer.number import DocumentNumber
from signer.page import Place


class Findings(Protocol):
    """What every report on a document can do: say itself as plain values."""

    def as_json(self) -> dict[str, object]:
        """Return the report with the keys of the command line's contract."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A PDF with its form fields, ready for layer 1.

    `places` says where each field was put, by the name of the field; `printed` what the page shows already
    and therefore needs no field; `notes` what drafting did that the person who drafts should know; `findings`
    what the signer should know of the document.
    """

    pdf: bytes = field(repr=False)
    places: Mapping[str, Place] = field(default_factory=dict)
    printed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Sentence, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """A document that carries layer 1, the signatory's own signature.

    `short` is there where its level is lower than the one that was asked for; `findings` are
    those of the inspection before.
    """

    pdf: bytes = field(repr=False)
    short: Short | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbered:
    """A signed document that has its number; the page shows it once the seal is set."""

    pdf: bytes = field(repr=False)
    number: DocumentNumber


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document that carries both layers: the signatory's signature and the agency's seal over it.

    `short` is there where the seal's level is lower than the one that was asked for.
    """

    pdf: bytes = field(repr=False)
    number: DocumentNumber
    short: Short | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """A document that was examined and believed. `signer.verifying.accept` is its only maker."""

    pdf: bytes = field(repr=False)
    report: Findings
