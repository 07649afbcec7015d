"""What time it is. Nobody else asks the machine."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

VIETNAM = timezone(timedelta(hours=7), "+07")
"""Times people read are Vietnam's (QĐ 28/2018 Đ14 k4); stored and signed times are UTC."""


CLOCKS_DIFFER = timedelta(seconds=60)
"""How far another clock may be from ours; and how much older than a signature a status may be that was
asked for while it was made."""

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def moved(moment: datetime, by: timedelta) -> datetime:
    """Return a moment so much later, or the first or the last there is if that lies beyond it.

    What has no end is written as ending on 9999-12-31 (RFC 5280 §4.1.2.5): no clock may differ from that.
    """
    try:
        return moment + by
    except OverflowError:
        return _LAST if by > timedelta(0) else _FIRST


def in_vietnam(moment: datetime) -> datetime:
    """Return a moment by the clocks of Viet Nam; as it is, where it ends on the last second of 9999."""
    try:
        return moment.astimezone(VIETNAM)
    except OverflowError:
        return moment


def within(moment: datetime, margin: timedelta) -> datetime:
    """Return a moment, or the nearest one that is so far from the first and the last there are."""
    return min(max(moment, _FIRST + margin), _LAST - margin)


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
