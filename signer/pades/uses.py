"""What a certificate was used for and when, and how it stood then."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pki.clock import moved
from pki.words import Sentence
from signer.facts import Event
from signer.pades.chronology import SLOW_CLOCK
from signer.rules import Freshness

Status = Literal["good", "revoked", "unknown", "not-checked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether certificates held: `revoked` when one did not, `since` when one was, also after the use.

    It may be `on_hold` only, or be doubted by its issuer since `invalid`, before it was revoked. `notes` tell
    of revocations after the use; `why` tells why nothing is known; `heard` are the answers that decided.
    `own` says that it is the last certificate of the path that was revoked for good; `stored`, that what the
    document stores says that all held, and is enough while nobody can be asked.
    """

    status: Status
    since: datetime | None = None
    on_hold: bool = False
    invalid: datetime | None = None
    own: bool = False
    stored: bool = False
    notes: tuple[Sentence, ...] = ()
    why: Sentence | None = None
    heard: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a certificate was used for and when.

    `moment` is the time for which its standing matters: the proven one, else the one of the examination.
    `claimed` is the time that a time-stamp itself gives, where nothing else proves it. `fresh` is how old a
    good answer may be at `moment`, besides what is said of it here. `clock` is what the clock shows while
    `now` may be another moment: nobody knows anything of after it.
    """

    moment: datetime
    now: datetime
    claimed: datetime | None = None
    fresh: Freshness = field(default_factory=Freshness)
    clock: datetime | None = None

    @property
    def last(self) -> datetime:
        """The last moment of which anything can be known."""
        return moved(max(self.now, self.clock or self.now), SLOW_CLOCK)
