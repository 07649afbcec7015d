"""Số and ký hiệu of a document, with its date of issue."""

import datetime as dt
import re
from dataclasses import dataclass

from pki.errors import UsageError

# Numbers run past 9999 and old registers hold "12a"; symbols are groups of letters joined by - and /
# ("QĐ-BNV", "UBND-VP", "2026/NĐ-CP"): NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, mục II.3.
_NUMBER = re.compile(r"(?!0+[a-zđ]?$)\d{1,10}[a-zđ]?", re.ASCII | re.IGNORECASE)
_SYMBOL = re.compile(r"[^\W_]+(?:[./&-][^\W_]+)*")
_SYMBOL_LENGTH = 60


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
