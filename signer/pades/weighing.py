"""Which of several answers about one certificate decides: revocations, holds, and what was said between.

A hold may be taken back (RFC 5280 §5.3.1), and lists that say so tell nothing of when it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from pki.answer import Answer, newest
from pki.clock import CLOCKS_DIFFER, moved


def deciding(answers: Iterable[Answer], moment: datetime) -> Answer | None:
    """Return the answer that decides for a moment: the one that holds, unless there was a hold just then.

    That a hold was lifted later says nothing of the time between. Where it was known at the moment or later,
    and the revocation became final, it counts from the hold on; a hold of before may have been lifted and
    come to another end since, and stays a doubt.
    """
    answers = list(answers)
    said = _with_earliest_doubt(newest(answers), answers)
    holds = [each for each in answers if _held_then(each, answers, moment)]
    if not holds or said is None:
        return said
    hold = min(holds, key=lambda each: each.revoked or moment)
    if said.revoked is None or said.on_hold:
        return hold
    known = [each for each in holds if each.this_update >= moment]
    if not known:
        return said if said.revoked <= moment else hold
    return replace(said, revoked=min(said.revoked, *(each.revoked or moment for each in known)))


def _with_earliest_doubt(said: Answer | None, answers: Sequence[Answer]) -> Answer | None:
    """Return a revocation for good with what any answer says of the time before it: not every one does."""
    if said is None or said.revoked is None or said.on_hold:
        return said
    invalid = min((each.invalid for each in answers if each.invalid and not each.on_hold), default=None)
    return said if invalid is None or invalid >= said.revoked else replace(said, invalid=invalid)


def _held_then(hold: Answer, answers: Sequence[Answer], moment: datetime) -> bool:
    """Tell whether an answer is of a hold that began by the moment, and that nobody calls over by then."""
    if not hold.on_hold or hold.revoked is None or hold.revoked > moment:
        return False
    last = moved(moment, CLOCKS_DIFFER)
    return not any(each.revoked is None and hold.this_update < each.this_update <= last for each in answers)
