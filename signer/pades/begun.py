"""After when a signature was made: time-stamps over its content that it signs itself (content-time-stamps).

EN 319 122-1 §5.2.8: the token was there before the signature. So EN 319 102-1 takes its time for the earliest
at which the signature can have been made (§5.3.4), and wants it to come before the time-stamps over the
signature (§5.5.4). It proves nothing in the signer's favour.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pki.certificate import read
from pki.clock import CLOCKS_DIFFER, moved
from pki.words import N_, Sentence
from signer.facts import Event
from signer.pades import chronology
from signer.pades.judged import Trust
from signer.pades.parsed import Stamped
from signer.report import PASSED, Verdict, failed, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """`after` is the latest time before the signature that is proven; `verdict` is on its order with others.

    `heard` are the answers about those who stamped.
    """

    after: datetime | None = None
    verdict: Verdict = PASSED
    notes: tuple[Sentence, ...] = ()
    heard: tuple[Event, ...] = ()


async def begun(
    stamps: Sequence[Stamped | None],
    trust: Callable[[Stamped], Awaitable[Trust]],
    proven: datetime | None,
    now: datetime,
) -> Begun:
    """Judge what a signature signs; None stands for what is no time-stamp over its content.

    One that is not trusted is told and condemns nothing: without it nothing would be missing.
    """
    found = Begun()
    for each in stamps:
        if each is None:
            found = replace(found, notes=(*found.notes, Sentence(_OTHER)))
            continue
        who = await trust(each)
        if not who.verdict.passed:
            found = replace(found, notes=(*found.notes, Sentence(_UNTRUSTED), *who.verdict.reasons))
            continue
        order = chronology.ordered(each.time, since=who.links[-1].not_before, proven=proven, now=now)
        found = replace(found, verdict=worst((found.verdict, order)), heard=(*found.heard, *who.heard))
        if order.passed:
            found = replace(found, after=max(filter(None, (found.after, each.time))))
    if found.after is None:
        return found
    return replace(found, notes=(*found.notes, Sentence(_AFTER, {"time": found.after})))


def settled(verdict: Verdict, certificate: bytes, after: datetime | None) -> Verdict:
    """Return a verdict on a signer's certificate (DER), known that the signature was made after a time.

    EN 319 102-1 §5.3.4: that nothing proves a time before its end is no doubt any more where the signature
    came after it.
    """
    if after is None or verdict.sub_indication != "OUT_OF_BOUNDS_NO_POE":
        return verdict
    end = read(certificate).not_valid_after_utc
    if after <= moved(end, CLOCKS_DIFFER):
        return verdict
    return failed("EXPIRED", Sentence(_EXPIRED, {"date": end, "time": after}))


_AFTER = N_("The signature was made after {time}, as a time-stamp shows that is signed with it.")
_OTHER = N_("What is signed as a time-stamp over the document's content is none, and proves nothing.")
_UNTRUSTED = N_("A time-stamp that is signed with the document's content is not trusted, and proves nothing.")
_EXPIRED = N_("The signer's certificate expired on {date}, and the signature was made after {time}.")
