"""What time it is. Nobody else asks the machine."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

VIETNAM = timezone(timedelta(hours=7), "+07")
"""Times people read are Vietnam's (QĐ 28/2018 Đ14 k4); stored and signed times are UTC."""


class Clock(Protocol):
    """The present moment, with a time zone."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)
