"""Number, symbol and date of issue, as a signed file shows them in its fields and as its seal states them."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from signer.number import DocumentNumber

Texts = Mapping[str, tuple[str, str | None]]
"""Text fields by name: value, and mapping name (/TM), where the number field keeps the printed symbol."""

_STATED = re.compile(
    r"(?P<number>[^/;\s]{1,11})/(?P<symbol>[^;\s]{1,60}); (?P<date>\d{4}-\d{2}-\d{2})", re.ASCII
)
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # Unicode's categories
_SPELT = re.compile(r"\D*(\d{1,2})\D+(\d{1,2})\D+(\d{4})\D*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Number, symbol and date (ISO 8601) of a document; what is not known is None."""

    number: str | None = None
    symbol: str | None = None
    date: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Issue":
        """Read what `stated` wrote into the seal; anything else is nothing."""
        match = _STATED.fullmatch(text)
        return cls() if match is None else cls(**match.groupdict())


def stated(number: DocumentNumber) -> str:
    """Return the text the seal states beside the fields, which cannot tell a year that the page prints."""
    return f"{number}; {number.date.isoformat()}"


def unseen(texts: Texts, fields: Iterable[str]) -> list[str]:
    """Return which of these fields hold characters that nobody sees, such as control characters.

    Some readers take what stands between two of them for the name of a language (ISO 32000-2 §7.9.2.2), and
    others for a part of the number.
    """
    held = {name: texts[name][0] for name in sorted(fields) if name in texts}
    return [name for name, text in held.items() if not _UNSEEN.isdisjoint(map(unicodedata.category, text))]


def issue_of(texts: Texts, seal: Issue) -> Issue:
    """Return what the fields show, completed by what the seal states."""
    number, symbol = texts.get("number", (None, None))
    if number is not None and symbol is None:
        number, _, rest = number.partition("/")
        symbol = rest or None
    return Issue(
        number=number or seal.number,
        symbol=symbol or seal.symbol,
        date=_date(texts, seal) or seal.date,
    )


def _date(texts: Texts, seal: Issue) -> str | None:
    spelt = _SPELT.fullmatch(texts.get("date", ("", None))[0])
    if spelt is not None:
        day, month, year = spelt.groups()
    else:
        year = texts.get("year", (None, None))[0] or (seal.date or "")[:4]
        day, month = (texts.get(name, ("", None))[0] for name in ("day", "month"))
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
