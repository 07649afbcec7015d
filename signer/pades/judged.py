"""What judging comes to, as values: a certificate that is believed or not, a signature, a file."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pki.words import Sentence
from signer.facts import Binding, Event, EventKind, Link, Spot
from signer.pades.parsed import Change, Parsed
from signer.pades.uses import Status
from signer.report import PASSED, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What was found about one certificate: the verdict, its status, and the path, the root first.

    `on_hold`: what is revoked is on hold only (RFC 5280 §5.3.1).

    `stored` says that the document holds a verified status of every certificate of the path, new enough to be
    checked by while nobody can be asked. `links` are the path's certificates, `heard` the answers about them.
    `withdrawn`: the certificate itself is revoked for good, which no other path mends.
    """

    verdict: Verdict
    status: Status
    on_hold: bool = False
    path: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    heard: tuple[Event, ...] = ()
    notes: tuple[Sentence, ...] = ()
    stored: bool = False
    withdrawn: bool = False


def best(found: Sequence[tuple[Trust, Verdict]]) -> Trust:
    """Return the least grave of what was found along several paths, by their verdicts; the first of these."""
    return min(found, key=lambda each: each[1].gravity)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One signature or document time-stamp, judged. `certificate` is DER; `path` names the root first."""

    field: str
    verdict: Verdict
    is_stamp: bool
    revision: int
    certificate: bytes | None = dataclasses.field(default=None, repr=False)
    level: str | None = None
    signing_time: datetime | None = None
    proven: datetime | None = None
    intact: bool = False
    change: Change = dataclasses.field(default_factory=Change)
    algorithm: str | None = None
    path: tuple[str, ...] = ()
    status: Status = "not-checked"
    on_hold: bool = False
    locks: bool = False
    stated: str | None = None
    binding: Binding | None = None
    links: tuple[Link, ...] = ()
    events: tuple[Event, ...] = ()
    notes: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, judged: its signatures in order of revision, and its text fields (value, mapping name).

    `spots` says where the signatures are seen, by their fields; `unplaced` are the fields of those that have
    a place to be seen in, and were found on no page.
    """

    judged: tuple[Judged, ...]
    texts: dict[str, tuple[str, str | None]]
    spots: dict[str, Spot] = dataclasses.field(default_factory=dict)
    unplaced: frozenset[str] = frozenset()
    filled: dict[str, Spot] = dataclasses.field(default_factory=dict)
    """Where the text fields are seen that were filled in after a signature."""
    first_page: frozenset[str] = frozenset()
    """The text fields with a value that the first page lists."""
    sha256: str | None = None
    """The digest of the whole file, where it was made on the way."""
    verdict: Verdict = PASSED
    notes: tuple[Sentence, ...] = ()
    """What is told of the document besides, and is no reason against it."""


def filled_in(judged: Sequence[Judged]) -> frozenset[str]:
    """Return the text fields that were filled in after one of these signatures."""
    return frozenset[str]().union(*(each.change.fields & each.change.texts for each in judged))


def before_trust(parsed: Parsed) -> Judged:
    """Return a signature as its bytes have it, before anybody is trusted."""
    return Judged(
        field=parsed.field,
        verdict=parsed.verdict,
        is_stamp=parsed.is_stamp,
        revision=parsed.revision,
        certificate=None if parsed.signer is None else parsed.signer.certificate,
        signing_time=parsed.signing_time,
        intact=parsed.intact,
        change=parsed.change,
        algorithm=parsed.algorithm,
        locks=parsed.locks,
        stated=parsed.stated,
        binding=parsed.binding,
        events=_claimed(parsed),
    )


def _claimed(parsed: Parsed) -> tuple[Event, ...]:
    if parsed.signing_time is None:
        return ()
    return (Event(kind=EventKind.CLAIMED, moment=parsed.signing_time, trusted=False),)
