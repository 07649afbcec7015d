"""One text form for moments: RFC 3339 in UTC with microseconds, so that text sorts as time does."""

import re
from datetime import UTC, datetime

from pki.clock import VIETNAM

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z")


def stamp(moment: datetime) -> str:
    """Return `2026-11-22T05:15:00.000000Z`; `ValueError` for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment has a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read what `stamp` writes, and nothing else; `ValueError` otherwise."""
    if not _FORM.fullmatch(text):
        raise ValueError(f"not a moment: {text[:40]!r}")
    read = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if stamp(read) != text:  # a year before 1000 would be written shorter, and sort elsewhere
        raise ValueError(f"not a moment: {text!r}")
    return read


def vietnam_year(at: datetime) -> int:
    """Return the year in Viet Nam: numbers begin again there on 1 January (NĐ 30/2020 Đ15.1)."""
    return at.astimezone(VIETNAM).year
