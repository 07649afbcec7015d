"""Which agency a document's header names, and what became of comparing it with the seal, as values.

NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, II.2: the governing body, where one is named, and under it in bold the
issuing agency.
"""

from dataclasses import dataclass
from enum import StrEnum

from signer.facts import LONGEST_NAME

MAX_LINES = 8
"""Lines of the block that are read: names of two bodies, broken as often as the column is narrow."""


class Compared(StrEnum):
    """What became of comparing the header with the seal. Reports and programs share the values."""

    SAME = "same"
    """The seal is of the issuing agency."""
    ABOVE = "above"
    """The seal is of the governing body: its councils and boards seal with it (NĐ 30/2020, Điều 15)."""
    RELATED = "related"
    """One of the two names contains the other."""
    OTHER = "other"
    """The seal is of another agency."""
    UNCLEAR = "unclear"
    """One of the two names is not plainly an agency's: a foreign or worn name, a font that is no Unicode."""
    NOT_FOUND = "not-found"
    """The page names no agency where the layout has it, or not as text."""
    NOT_READ = "not-read"
    """The page could not be read."""
    UNACCENTED = "unaccented"
    """One of the two is written without accents, and so might other places be than the one that is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The block of the agencies, line by line from the top.

    `bold` is how many of the last lines stand out in bold: they are the issuing agency. 0: none stands out.
    Raises `ValueError` for more, or longer lines, than a reader of pages is to return.
    """

    lines: tuple[str, ...]
    bold: int = 0

    def __post_init__(self) -> None:
        if len(self.lines) > MAX_LINES or any(len(each) > LONGEST_NAME for each in self.lines):
            raise ValueError("no head of a document is so long")
        if not 0 <= self.bold <= max(0, len(self.lines) - 1):
            raise ValueError("no more lines stand out than others are there")

    @property
    def agency(self) -> str:
        """The issuing agency; the whole block where none of its lines stands out."""
        return " ".join(self.lines[-self.bold :])[:LONGEST_NAME]

    @property
    def above(self) -> str | None:
        """The governing body, where it can be told from the issuing agency."""
        return (" ".join(self.lines[: -self.bold])[:LONGEST_NAME] or None) if self.bold else None


FITTING = frozenset({Compared.SAME, Compared.ABOVE, Compared.RELATED})
"""What does not speak against the seal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a report says of the header: the agencies it names, and what became of comparing them."""

    compared: Compared
    agency: str | None = None
    above: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {"agency": self.agency, "above": self.above, "compared": self.compared.value}
