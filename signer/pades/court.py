"""How the parsed signatures of one file are judged, in order, once somebody says whom to trust.

EN 319 102-1 §5.6: document time-stamps from the last to the first, then signatures by the times they prove,
from the last to the first, too: a time-stamp on the seal proves that the layer it seals was there.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from pki.words import N_, Sentence
from signer.errors import Malformed
from signer.facts import Event, EventKind
from signer.pades import chronology, showing
from signer.pades.belief import binds
from signer.pades.judged import Judged, Trust, before_trust
from signer.pades.parsed import Parsed, Signer
from signer.report import PASSED, Verdict, failed, unknown, worst
from signer.rules import Purpose


class Trusting(Protocol):
    """Says whether signers are to be believed."""

    async def trust(
        self, signer: Signer, purpose: Purpose, proven: datetime | None, claimed: datetime | None = None
    ) -> Trust:
        """Judge a signer's certificate as of `proven`; `claimed` is what a time-stamp says of itself."""

    def keeps(self, trust: Trust, revision: int) -> bool:
        """Tell whether a revision of the document stored an answer on each certificate of a path."""

    def carried(self, certificates: Sequence[bytes]) -> Verdict:
        """Judge the certificates that containers carry, DER, by their bytes."""


LATE = unknown("TRY_LATER", Sentence(N_("There was no time left to judge this signature.")))
"""The verdict on a signature for which no time was left."""


def unread(error: Malformed) -> Verdict:
    """Return the verdict on what could not be read."""
    return failed("FORMAT_FAILURE", Sentence(error.template, error.facts))


def without_shared(parsed: Sequence[Parsed]) -> list[Parsed]:
    """Fail the signatures whose signed bytes end where another's do: two cannot share a range."""
    ends: dict[int, list[str]] = {}
    for each in parsed:
        if each.coverage is not None:
            ends.setdefault(each.coverage.end, []).append(each.field)
    shared = {name for names in ends.values() if len(names) > 1 for name in names}
    verdict = failed("FORMAT_FAILURE", Sentence(N_("Two signatures claim the same bytes.")))
    return [replace(each, verdict=verdict) if each.field in shared else each for each in parsed]


@dataclass(frozen=True, slots=True)
class _Proof:
    """A time-stamp that is believed: the bytes up to `end` were there at `time`.

    `revision` is the one that a time-stamp over the document covers.
    """

    end: int
    time: datetime
    revision: int | None = None


class Court:
    """Judges document time-stamps and then signatures, by the times that those after them prove.

    `now` is the moment that counts, `deadline` one on the clock of the running loop.
    """

    def __init__(self, trusting: Trusting, deadline: float, now: datetime) -> None:
        self._trusting = trusting
        self._deadline = deadline
        self._now = now
        self._proofs: list[_Proof] = []
        self._trusts: dict[tuple[object, ...], Trust] = {}

    async def all(self, parsed: Sequence[Parsed]) -> list[Judged]:
        """Judge all signatures of a file, and return them in order of revision."""
        order = sorted(parsed, key=lambda each: (not each.is_stamp, -each.revision))
        judged = [await self._one(each) for each in order]
        return sorted(judged, key=lambda each: each.revision)

    async def _one(self, parsed: Parsed) -> Judged:
        judged = before_trust(parsed)
        if not parsed.intact:
            return judged
        if asyncio.get_running_loop().time() > self._deadline:
            return replace(judged, verdict=worst((parsed.verdict, LATE)))
        try:
            async with asyncio.timeout_at(self._deadline):
                return await (self._stamp if parsed.is_stamp else self._signature)(parsed, judged)
        except TimeoutError:
            return replace(judged, verdict=worst((parsed.verdict, LATE)))
        except Malformed as error:
            return replace(judged, verdict=worst((parsed.verdict, unread(error))))

    def _over(self, parsed: Parsed) -> list[_Proof]:
        """Return the time-stamps found so far that cover all of a signature."""
        assert parsed.coverage is not None
        return [each for each in self._proofs if each.end > parsed.coverage.end]

    def _ordered(self, time: datetime, trust: Trust, proven: datetime | None) -> Verdict:
        since = trust.links[-1].not_before
        return chronology.ordered(time, since=since, proven=proven, now=self._now)

    async def _stamp(self, parsed: Parsed, judged: Judged) -> Judged:
        assert parsed.stamp is not None
        assert parsed.coverage is not None
        proven, time = _first(self._over(parsed)), parsed.stamp.time
        trust = await self._trust(parsed.stamp.signer, "stamp", proven, time)
        verdict = worst((parsed.verdict, trust.verdict, self._carried(parsed)))
        if verdict.passed:
            verdict = self._ordered(time, trust, proven)
        if verdict.passed:
            self._proofs.append(_Proof(parsed.coverage.end, time, parsed.revision))
        stamp = showing.stamped(parsed.stamp, EventKind.DOCUMENT_STAMP, trusted=verdict.passed)
        return replace(
            judged,
            verdict=verdict,
            proven=time if verdict.passed else None,
            path=trust.path,
            status=trust.status,
            on_hold=trust.on_hold,
            links=trust.links,
            events=showing.without_repeats((stamp, *trust.heard)),
            notes=_unknown(trust, _STAMP_UNKNOWN),
        )

    async def _signature(self, parsed: Parsed, judged: Judged) -> Judged:
        """Judge a signature, and keep what its time-stamps prove of what it covers.

        They are over its value alone, which may be a signature of anything by some key (`binds`): it is as
        old as they say, and what it covers is so only by a key that was there before, or that it names.
        """
        assert parsed.signer is not None
        assert parsed.coverage is not None
        over = self._over(parsed)
        dated = [each.revision for each in over if each.revision is not None]
        notes = [*parsed.said, *([] if parsed.named else [Sentence(_UNNAMED)])]
        own: list[_Proof] = []
        stored = False
        order, events = PASSED, list(judged.events)
        for stamp in parsed.signature_stamps:
            trust = await self._trust(stamp.signer, "stamp", _first(over), stamp.time)
            verdict = trust.verdict
            if not verdict.passed:
                notes += (Sentence(N_("The time-stamp on the signature is not trusted.")), *verdict.reasons)
            else:
                verdict = self._ordered(stamp.time, trust, _first(over))
                order = worst((order, verdict))
                notes += _unknown(trust, _STAMP_UNKNOWN)
            if verdict.passed:
                own.append(_Proof(parsed.coverage.end, stamp.time))
                stored |= trust.stored
            event = showing.stamped(stamp, EventKind.SIGNATURE_STAMP, trusted=verdict.passed)
            events += (event, *trust.heard)
        proven = _first((*over, *own))
        trust = await self._trust(parsed.signer, "sign", proven)
        verdict = trust.verdict
        if parsed.content_stamps:
            begun, verdict, said, heard = await self._begun(parsed, verdict, proven)
            order = worst((order, begun))
            notes += said
            events += heard
        notes += (*_unknown(trust, _UNKNOWN), *self._clock(parsed, trust, proven))
        verdict = worst((parsed.verdict, order, verdict, self._carried(parsed)))
        bound = verdict.passed or binds(parsed, trust)
        if parsed.verdict.passed and bound:
            self._proofs += own
        return replace(
            judged,
            verdict=verdict,
            proven=proven if bound else _first(over),
            path=trust.path,
            status=trust.status,
            on_hold=trust.on_hold,
            links=trust.links,
            events=showing.without_repeats((*events, *trust.heard)),
            level=_level(
                parsed,
                stamped=bool(dated or own),
                stored=trust.stored and (stored or bool(dated)),
                archived=any(self._trusting.keeps(trust, each) for each in dated),
            ),
            notes=(*notes, *trust.notes),
        )

    async def _begun(
        self, parsed: Parsed, verdict: Verdict, proven: datetime | None
    ) -> tuple[Verdict, Verdict, tuple[Sentence, ...], tuple[Event, ...]]:
        """Judge time-stamps that are signed: their order, the signer in their light; notes, and answers."""
        from signer.pades.begun import begun, settled  # few signatures have any

        assert parsed.signer is not None
        since = await begun(
            parsed.content_stamps,
            lambda each: self._trust(each.signer, "stamp", proven, each.time),
            proven,
            self._now,
        )
        return (
            since.verdict,
            settled(verdict, parsed.signer.certificate, since.after),
            since.notes,
            since.heard,
        )

    def _clock(self, parsed: Parsed, trust: Trust, proven: datetime | None) -> Iterator[Sentence]:
        since = trust.links[-1].not_before if trust.links else None
        return chronology.clock(parsed.signing_time, since=since, proven=proven, now=self._now)

    async def _trust(
        self, signer: Signer, purpose: Purpose, proven: datetime | None, claimed: datetime | None = None
    ) -> Trust:
        """Judge a signer, once: the layers are mostly stamped by one authority."""
        question = (purpose, proven, claimed, signer)
        if question not in self._trusts:
            self._trusts[question] = await self._trusting.trust(signer, purpose, proven, claimed)
        return self._trusts[question]

    def _carried(self, parsed: Parsed) -> Verdict:
        assert parsed.signer is not None
        signers = [parsed.signer, *(each.signer for each in parsed.signature_stamps)]
        return self._trusting.carried([each for signer in signers for each in signer.certificates])


def _first(proofs: Iterable[_Proof]) -> datetime | None:
    return min((each.time for each in proofs), default=None)


_UNNAMED = N_(
    "Nothing in the signature says which certificate it was made with: another one with the same key could be"
    " put in its place."
)
_UNKNOWN = N_("Whether the certificate was revoked is not known; the policy accepts that.")
_STAMP_UNKNOWN = N_(
    "Whether the certificate of a time-stamp was revoked is not known; the policy accepts that."
)


def _unknown(trust: Trust, words: str) -> tuple[Sentence, ...]:
    return (Sentence(words),) if trust.status == "unknown" and trust.verdict.passed else ()


def _level(parsed: Parsed, *, stamped: bool, stored: bool, archived: bool) -> str | None:
    """Return the level that the verified proof amounts to (EN 319 142-1 §6.1): what is forged is no proof.

    The time may be proven by a time-stamp on the signature or by one over the document (§6.3, table 1). What
    is archived has one over the document that covers an answer on each certificate (§5.4.3).
    """
    if not parsed.pades:
        return None
    if not stamped:
        return "B-B"
    if not stored:
        return "B-T"
    return "B-LTA" if archived else "B-LT"
