"""Which answers about one certificate count for a use of it, and which of them is new enough to settle it.

EN 319 102-1 §5.2.5: a status proves nothing about what was done after it was known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.x509 import Certificate

from pki.answer import Answer
from pki.clock import CLOCKS_DIFFER, moved
from pki.words import N_, Sentence
from signer.pades import showing
from signer.pades.uses import Standing, Use

AUTHORITY_REUSED = timedelta(hours=1)  # an authority's own status is asked for this often


@dataclass(frozen=True, slots=True)
class Counted:
    """One certificate of a path, whose use the answers about it are measured by."""

    certificate: Certificate
    issuer: Certificate
    use: Use
    is_authority: bool
    vouching: datetime | None = None
    """Until when those above vouched: what an authority says after its revocation is not believed."""

    def holds(self, held: Answer) -> bool:
        """Tell whether a stored answer that decides says that the certificate held, and is new enough."""
        if held.doubted is not None and held.doubted <= self.use.moment:
            return False
        return self.settles(held) or held.revoked is not None or self.suffices(held)

    def counting(self, answers: Iterable[Answer]) -> list[Answer]:
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
        unsaid = self._fresh() or (AUTHORITY_REUSED if self.is_authority else timedelta(0))
        last = answer.next_update or moved(answer.this_update, unsaid)
        return moment <= moved(last, CLOCKS_DIFFER)

    def settles(self, held: Answer) -> bool:
        """Tell whether no newer answer matters: it is a revocation for good, or newer than the use."""
        if held.revoked is not None:
            return not held.on_hold
        return held.this_update >= self.use.moment

    def said(self, answer: Answer, *, stored: bool) -> Standing:
        """Return how the certificate stood by an answer that decides; what is stored is enough, or not."""
        heard = tuple(showing.heard(answer, self.certificate, self.issuer))
        if answer.revoked is None:
            return Standing(status="good", heard=heard, stored=stored)
        if answer.revoked <= self.use.moment:
            return Standing(
                status="revoked", since=answer.revoked, on_hold=answer.on_hold, heard=heard, stored=stored
            )
        if answer.invalid is not None and answer.invalid <= self.use.moment:
            return Standing(
                status="revoked", since=answer.revoked, invalid=answer.invalid, heard=heard, stored=stored
            )
        note = Sentence(
            N_("A certificate was revoked on {date}, after the time that counts here."),
            {"date": answer.revoked},
        )
        return Standing(status="good", since=answer.doubted, notes=(note,), heard=heard, stored=stored)

    def is_current(self, answer: Answer, asked: Iterable[Answer]) -> bool:
        """Tell whether an answer is newer than the use, or no older than the issuer's present word."""
        if answer.this_update >= self.use.moment:
            return True
        # A stored answer of the same second is another one, and says the same.
        return any(
            each.this_update <= answer.this_update and self._lasts(each, self.use.now) for each in asked
        )

    def suffices(self, answer: Answer) -> bool:
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
