"""What the times of a file say of each other: time-stamps against their order, signers' clocks against both.

EN 319 102-1 §5.5.4 and §5.6 want the times of time-stamps coherent. What a signer claims proves nothing; it
is told where it cannot be, never corrected.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pki.clock import CLOCKS_DIFFER, moved
from pki.words import N_, Sentence
from signer.report import PASSED, Verdict, unknown

SLOW_CLOCK = timedelta(minutes=15)
"""How much the clock of whoever verifies may be slow: nobody keeps the clocks of offices."""

_AS_UTC = timedelta(hours=7)  # Viet Nam is ahead of UTC by so much
_ABOUT = timedelta(minutes=10)


def ordered(stamped: datetime, *, since: datetime, proven: datetime | None, now: datetime) -> Verdict:
    """Judge the time of a time-stamp that is trusted otherwise, by a certificate that is valid `since`.

    `proven` is a time at which it was there already, by another time-stamp over it.
    """
    facts: dict[str, object] = {"time": stamped}
    if proven is not None and stamped > moved(proven, CLOCKS_DIFFER):
        facts["proven"] = proven
        why = Sentence(N_("A time-stamp of {time} was there already by {proven}, as another proves."), facts)
    elif stamped > moved(now, SLOW_CLOCK):
        why = Sentence(N_("A time-stamp gives a time that is still to come, {time}."), facts)
    elif stamped < moved(since, -CLOCKS_DIFFER):
        facts["since"] = since
        why = Sentence(N_("A time-stamp gives {time}, before its certificate begins, {since}."), facts)
    else:
        return PASSED
    return unknown("TIMESTAMP_ORDER_FAILURE", why)


def clock(
    claimed: datetime | None, *, since: datetime | None, proven: datetime | None, now: datetime
) -> Iterator[Sentence]:
    """Yield what is odd about the time that a signer claims: each a sentence for people.

    Signing programs that write the hour of Viet Nam as if it were UTC are seven hours ahead.
    """
    if claimed is None:
        return
    ahead = claimed - (now if proven is None else proven)
    if ahead > (SLOW_CLOCK if proven is None else CLOCKS_DIFFER):
        facts: dict[str, object] = {"claimed": claimed, "proven": proven}
        if proven is None:
            yield Sentence(N_("The claimed signing time is still to come: {claimed}."), facts)
        else:
            yield Sentence(
                N_("The claimed signing time, {claimed}, is after the time that is proven, {proven}."), facts
            )
        if abs(ahead - _AS_UTC) <= _ABOUT or (proven is None and ahead < _AS_UTC):
            yield Sentence(
                N_("Some signing programs write the hour of Viet Nam as if it were UTC: 7 hours more.")
            )
    if since is not None and claimed < moved(since, -CLOCKS_DIFFER):
        facts = {"claimed": claimed, "since": since}
        yield Sentence(
            N_("The claimed signing time, {claimed}, is before the signer's certificate begins, {since}."),
            facts,
        )
