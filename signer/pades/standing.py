"""Did the certificates of a path hold when the signature was made? From stored and from asked answers.

EN 319 102-1 §5.2.5: a status proves nothing about what was done after it was known. So a stored answer older
than the proven time settles nothing while the issuer can be asked: whoever stole a key keeps old answers too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from cryptography.x509 import Certificate

from pki.certificate import read
from pki.clock import CLOCKS_DIFFER, moved
from pki.reach import NotFetched, Reach
from pki.remembering import remembered
from pki.revocation import named_hosts, status
from pki.status import Answer, from_list, from_ocsp
from pki.words import N_, Sentence
from signer.facts import NO_NEWER_STATUS, OLD_STATUS, Event, Link
from signer.pades import showing
from signer.pades.chronology import SLOW_CLOCK
from signer.pades.inquiry import Inquiry
from signer.pades.weighing import deciding
from signer.rules import Freshness

Status = Literal["good", "revoked", "unknown", "not-checked"]

MAX_STORED = 256
"""Answers of each kind that are read from one document."""

_MOST_REMEMBERED = 256 << 10  # bytes of one document's answers

_AUTHORITY_REUSED = timedelta(hours=1)  # an authority's own status is asked for this often


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether certificates held: `revoked` when one did not, `since` when one was, also after the use.

    It may be `on_hold` only, or be doubted by its issuer since `invalid`, before it was revoked. `notes` tell
    of revocations after the use; `why` tells why nothing is known; `heard` are the answers that decided.
    `own` says that it is the last certificate of the path that was revoked for good.
    """

    status: Status
    since: datetime | None = None
    on_hold: bool = False
    invalid: datetime | None = None
    own: bool = False
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


@dataclass(frozen=True, slots=True)
class Stored:
    """The answers a document stores, DER."""

    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    lists: tuple[bytes, ...] = field(default=(), repr=False)
    _found: dict[tuple[Certificate, Certificate], tuple[Answer, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def about(self, certificate: Certificate, issuer: Certificate) -> tuple[Answer, ...]:
        """Return the answers about a certificate that its issuer vouches for.

        They are asked for several times in one verdict, and a list may be of megabytes.
        """
        one = (certificate, issuer)
        if one not in self._found:
            size = sum(map(len, self.ocsps)) + sum(map(len, self.lists))
            self._found[one] = (_known if size <= _MOST_REMEMBERED else _about)(self, *one)
        return self._found[one]

    def holds_all(self, path: Sequence[Certificate], use: "Use") -> bool:
        """Tell whether what is stored is enough for a path, the root first, while nobody can be asked."""
        vouching: datetime | None = None
        for place, (issuer, certificate) in enumerate(pairwise(path), start=2):
            one = _One(certificate, issuer, use, is_authority=place < len(path), vouching=vouching)
            held = one.held(self)
            if held is None:
                return False
            vouching = _earliest(vouching, held.doubted)
        return True

    def tells_of(self, links: Sequence[Link], among: frozenset[bytes]) -> bool:
        """Tell whether an answer on each certificate of a path, the root first, is one of these, DER."""
        path = [read(each.encoded) for each in links]
        return all(
            any(answer.encoded in among for answer in self.about(certificate, issuer))
            for issuer, certificate in pairwise(path)
        )


def _about(stored: Stored, certificate: Certificate, issuer: Certificate) -> tuple[Answer, ...]:
    lists = stored.lists[:MAX_STORED]
    answers = [answer for each in lists for answer in from_list(each, certificate, issuer)]
    for each in stored.ocsps[:MAX_STORED]:
        answers += from_ocsp(each, certificate, issuer, lists)
    return tuple(answers)


# That these bytes are signed by this issuer stays true; how fresh they are is asked each time.
@remembered(64)
def _known(stored: Stored, certificate: Certificate, issuer: Certificate) -> tuple[Answer, ...]:
    return _about(stored, certificate, issuer)


async def standing(
    path: Sequence[Certificate], use: Use, stored: Stored, fetching: Inquiry | None
) -> Standing:
    """Return how a path, the root first, stood at the time of its use.

    A revocation for good anywhere counts before a hold anywhere, and a hold before what is not known: what is
    not known of an authority hides nothing that is known of those below. Of several doubts it is the first
    from the root on. An anchor's own status is nobody's to say.
    """
    notes: tuple[Sentence, ...] = ()
    heard: tuple[Event, ...] = ()
    doubt: Standing | None = None
    held: Standing | None = None
    vouching: datetime | None = None
    hosts = named_hosts(path[0])
    for place, (issuer, certificate) in enumerate(pairwise(path), start=2):
        one = _One(certificate, issuer, use, is_authority=place < len(path), vouching=vouching)
        found = await one.standing(stored, fetching, hosts)
        notes += found.notes
        heard += found.heard
        if found.status == "revoked":
            if not found.on_hold and found.invalid is None:
                return replace(found, own=place == len(path), heard=heard)
            held = held or found
        if found.status != "good":
            doubt = doubt or found
        vouching = _earliest(vouching, found.since)
    if doubt is not None:
        return replace(held or doubt, heard=heard)
    return Standing(status="good" if len(path) > 1 else "not-checked", notes=notes, heard=heard)


@dataclass(frozen=True, slots=True)
class _One:
    certificate: Certificate
    issuer: Certificate
    use: Use
    is_authority: bool
    vouching: datetime | None = None
    """Until when those above vouched: what an authority says after its revocation is not believed."""

    def held(self, stored: Stored) -> Answer | None:
        """Return the stored answer that says that the certificate held, and is new enough to say it."""
        held = deciding(self._counting(stored.about(self.certificate, self.issuer)), self.use.moment)
        if held is None or (held.doubted is not None and held.doubted <= self.use.moment):
            return None
        return held if self._settles(held) or held.revoked is not None or self._suffices(held) else None

    async def standing(self, stored: Stored, fetching: Inquiry | None, hosts: frozenset[str]) -> Standing:
        known = self._counting(stored.about(self.certificate, self.issuer))
        held = deciding(known, self.use.moment)
        if held is not None and self._settles(held):
            return self._said(held)
        failures: tuple[NotFetched, ...] = ()
        if fetching is not None:
            since = moved(self.use.moment, -_AUTHORITY_REUSED) if self.is_authority else self.use.moment
            reach = Reach(private=fetching.private, hosts=hosts)
            asked = await status(
                self.certificate, self.issuer, fetching.asking(since, reach), fetching.source
            )
            failures = asked.failures
            answers = self._counting(asked.answers)
            said = deciding((*known, *answers), self.use.moment)
            if said is not None and (said.revoked is not None or self._is_current(said, answers)):
                return self._said(said)
        if held is not None and (held.revoked is not None or self._suffices(held)):
            return self._said(held)
        return Standing(status="unknown", why=_why(held, failures, asked=fetching is not None))

    def _counting(self, answers: Iterable[Answer]) -> list[Answer]:
        """Leave out what is said after a certificate's end: its revocation may be forgotten by then.

        RFC 5280 §5 lets an authority drop what has expired from its lists, unless it says otherwise. Left out
        too is what was said before the certificate was there, after whoever says it was revoked (EN 319 102-1
        §5.6.2.2), and what is older than the policy allows (§5.2.5). A revocation never is. An answer of a
        time still to come calls nobody good, or revoked later: it was made before that could be known (RFC
        6960 §4.2.2.1).
        """
        last, begin = self.use.last, self._oldest()
        return [
            each
            for each in answers
            if (each.doubted is not None and (each.this_update <= last or each.doubted <= last))
            or (
                each.revoked is None
                and begin <= each.this_update
                and each.this_update <= min(last, self._end(each))
            )
        ]

    def _end(self, answer: Answer) -> datetime:
        """Return until when an answer must have been made: while the certificate is remembered for sure.

        Where it says that it forgets nobody so soon (EN 319 102-1 §5.6.2.2), as long as its issuer lasts.
        """
        ended = self.certificate.not_valid_after_utc
        if answer.reaches is not None and answer.reaches <= ended:
            ended = max(ended, self.issuer.not_valid_after_utc)
        return ended if self.vouching is None else min(ended, self.vouching)

    def _fresh(self) -> timedelta | None:
        """Return how old an answer may be by the policy."""
        fresh = self.use.fresh.authority if self.is_authority else self.use.fresh.signer
        return None if fresh is None else timedelta(seconds=fresh)

    def _oldest(self) -> datetime:
        fresh, begin = self._fresh(), moved(self.certificate.not_valid_before_utc, -CLOCKS_DIFFER)
        return begin if fresh is None else max(begin, moved(self.use.moment, -fresh - CLOCKS_DIFFER))

    def _lasts(self, answer: Answer, moment: datetime) -> bool:
        """Tell whether an answer may still be relied on at a moment.

        One that promises no newer one says that there always is one (RFC 6960 §4.2.2.1): it lasts as long as
        the policy says, and an authority's for as long as it is not asked again.
        """
        unsaid = self._fresh() or (_AUTHORITY_REUSED if self.is_authority else timedelta(0))
        last = answer.next_update or moved(answer.this_update, unsaid)
        return moment <= moved(last, CLOCKS_DIFFER)

    def _settles(self, held: Answer) -> bool:
        """Tell whether no newer answer matters: it is a revocation for good, or newer than the use."""
        if held.revoked is not None:
            return not held.on_hold
        return held.this_update >= self.use.moment

    def _said(self, answer: Answer) -> Standing:
        heard = tuple(showing.heard(answer, self.certificate, self.issuer))
        if answer.revoked is None:
            return Standing(status="good", heard=heard)
        if answer.revoked <= self.use.moment:
            return Standing(status="revoked", since=answer.revoked, on_hold=answer.on_hold, heard=heard)
        if answer.invalid is not None and answer.invalid <= self.use.moment:
            return Standing(status="revoked", since=answer.revoked, invalid=answer.invalid, heard=heard)
        note = Sentence(
            N_("A certificate was revoked on {date}, after the time that counts here."),
            {"date": answer.revoked},
        )
        return Standing(status="good", since=answer.doubted, notes=(note,), heard=heard)

    def _is_current(self, answer: Answer, asked: Iterable[Answer]) -> bool:
        """Tell whether an answer is newer than the use, or no older than the issuer's present word."""
        if answer.this_update >= self.use.moment:
            return True
        # A stored answer of the same second is another one, and says the same.
        return any(
            each.this_update <= answer.this_update and self._lasts(each, self.use.now) for each in asked
        )

    def _suffices(self, answer: Answer) -> bool:
        """Tell whether a stored good answer is enough while nobody can be asked.

        An authority's list is made for weeks: it counts for the time it was made for. A signer's status must
        be of the moment of signing. What a time-stamp says of its own time is believed as long as its
        authority's status is fresh, as at the time of its making.
        """
        use, made = self.use, answer.this_update
        if self.is_authority:
            return moved(made, -CLOCKS_DIFFER) <= use.moment and self._lasts(answer, use.moment)
        if use.claimed is not None:
            return made >= moved(use.claimed, -CLOCKS_DIFFER) and self._lasts(answer, use.now)
        return made >= moved(use.moment, -CLOCKS_DIFFER)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min(filter(None, moments), default=None)


def _why(held: Answer | None, failures: Sequence[NotFetched], *, asked: bool) -> Sentence:
    if failures:
        failure = Sentence(failures[0].template, failures[0].facts)
        return (
            failure
            if held is None
            else Sentence(NO_NEWER_STATUS, {"date": held.this_update, "failure": failure})
        )
    if held is not None:
        return Sentence(OLD_STATUS, {"date": held.this_update})
    if asked:
        return Sentence(N_("its issuer gave no answer that can be believed."))
    return Sentence(N_("no status is stored, and nobody is asked."))
