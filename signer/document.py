"""The stages of one document, each a frozen type, so that a wrong order is a type error.

    Draft -> Signed -> Numbered -> Sealed        Verified (made by `signer.verifying.accept` alone)

A stage says what was done, not that it is to be believed: whoever receives a file from outside asks
`signer.verifying`.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pki.errors import UsageError
from pki.words import Sentence
from signer.findings import Finding
from signer.level import Short
from signer.page import Place

# Numbers run past 9999 and old registers hold "12a"; symbols are groups of letters joined by - and /
# ("QĐ-BNV", "UBND-VP", "2026/NĐ-CP"): NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, mục II.3.
_NUMBER = re.compile(r"\d{1,10}[a-zđ]?", re.ASCII | re.IGNORECASE)
_SYMBOL = re.compile(r"[^\W_]+(?:[./&-][^\W_]+)*")
_SYMBOL_LENGTH = 60


class Findings(Protocol):
    """What every report on a document can do: say itself as plain values."""

    def as_json(self) -> dict[str, object]:
        """Return the report with the keys of the command line's contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentNumber:
    """Số, ký hiệu and the date of issue, as the register gave them.

    `number` is digits and at most one letter ("15", "12a"), `symbol` what stands after the first slash
    ("UBND-VP"). Raises `UsageError` for anything that NĐ 30/2020/NĐ-CP, Phụ lục I, II.3 would not print.
    """

    number: str
    symbol: str
    date: dt.date

    def __post_init__(self) -> None:
        if _NUMBER.fullmatch(self.number) is None:
            raise UsageError(
                "{number} is not a document number.",
                number=repr(self.number[:40]),
                hint="Give digits, with at most one letter after them: 15, 128, 12a.",
            )
        if len(self.symbol) > _SYMBOL_LENGTH or _SYMBOL.fullmatch(self.symbol) is None:
            raise UsageError(
                "{symbol} is not a document symbol.",
                symbol=repr(self.symbol[:40]),
                hint="Give letters and digits in groups joined by a hyphen: UBND-VP, QĐ-BNV.",
            )

    @property
    def printed_number(self) -> str:
        """The number as printed: below ten with a leading zero (Phụ lục I, II.3)."""
        return self.number.zfill(2) if self.number.isdigit() else self.number

    @property
    def day(self) -> str:
        """The day as printed: below ten with a leading zero (Phụ lục I, II.4)."""
        return f"{self.date.day:02d}"

    @property
    def month(self) -> str:
        """The month as printed: January and February with a leading zero (Phụ lục I, II.4)."""
        return f"{self.date.month:02d}" if self.date.month <= 2 else str(self.date.month)

    @property
    def year(self) -> str:
        """The year in four digits."""
        return f"{self.date.year:04d}"

    def __str__(self) -> str:
        return f"{self.printed_number}/{self.symbol}"


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
