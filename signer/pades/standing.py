"""Did the certificates of a path hold when the signature was made? From stored and from asked answers.

EN 319 102-1 §5.2.5: a status proves nothing about what was done after it was known. So a stored answer older
than the proven time settles nothing while the issuer can be asked: whoever stole a key keeps old answers too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from cryptography.x509 import Certificate

from pki.answer import Answer
from pki.certificate import read
from pki.clock import moved
from pki.lists import from_list
from pki.reach import NotFetched, Reach
from pki.remembering import remembered
from pki.revocation import named_hosts, status
from pki.status import from_ocsp
from pki.words import N_, Sentence
from signer.facts import NO_NEWER_STATUS, OLD_STATUS, Event, Link
from signer.pades.counting import AUTHORITY_REUSED, Counted
from signer.pades.inquiry import Inquiry
from signer.pades.uses import Standing, Status, Use
from signer.pades.weighing import deciding

MAX_STORED = 256
"""Answers of each kind that are read from one document."""

_MOST_REMEMBERED = 256 << 10  # bytes of one document's answers


@dataclass(frozen=True, slots=True)
class Stored:
    """The answers a document stores, DER."""

    ocsps: tuple[bytes, ...] = field(default=(), repr=False)
    lists: tuple[bytes, ...] = field(default=(), repr=False)
    # By the places of both, beside themselves, which keeps them there: see `pki.remembering.remembered_of`.
    _found: dict[tuple[int, int], tuple[Certificate, Certificate, tuple[Answer, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def about(self, certificate: Certificate, issuer: Certificate) -> tuple[Answer, ...]:
        """Return the answers about a certificate that its issuer vouches for.

        They are asked for several times in one verdict, and a list may be of megabytes.
        """
        place = id(certificate), id(issuer)
        held = self._found.get(place)
        if held is None:
            size = sum(map(len, self.ocsps)) + sum(map(len, self.lists))
            about = _known if size <= _MOST_REMEMBERED else _about
            held = self._found[place] = certificate, issuer, about(self, certificate, issuer)
        return held[2]

    def holds_all(self, path: Sequence[Certificate], use: Use) -> bool:
        """Tell whether what is stored is enough for a path, the root first, while nobody can be asked."""
        vouching: datetime | None = None
        for place, (issuer, certificate) in enumerate(pairwise(path), start=2):
            one = Counted(certificate, issuer, use, is_authority=place < len(path), vouching=vouching)
            held = deciding(one.counting(self.about(certificate, issuer)), use.moment)
            if held is None or not one.holds(held):
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
    # A list of megabytes is read once, however often the store names it.
    lists, responses = (tuple(dict.fromkeys(each))[:MAX_STORED] for each in (stored.lists, stored.ocsps))
    answers = [answer for each in lists for answer in from_list(each, certificate, issuer)]
    for each in responses:
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
    enough = True
    hosts = frozenset() if fetching is None else named_hosts(path[0])
    for place, (issuer, certificate) in enumerate(pairwise(path), start=2):
        one = Counted(certificate, issuer, use, is_authority=place < len(path), vouching=vouching)
        found = await _asked(one, stored, fetching, hosts)
        notes += found.notes
        heard += found.heard
        if found.status == "revoked":
            if not found.on_hold and found.invalid is None:
                return replace(found, own=place == len(path), heard=heard, stored=stored.holds_all(path, use))
            held = held or found
        if found.status != "good":
            doubt = doubt or found
        vouching = _earliest(vouching, found.since)
        enough &= found.stored
    if doubt is not None:
        return replace(held or doubt, heard=heard, stored=enough)
    status_of: Status = "good" if len(path) > 1 else "not-checked"
    return Standing(status=status_of, notes=notes, heard=heard, stored=enough)


async def _asked(one: Counted, stored: Stored, fetching: Inquiry | None, hosts: frozenset[str]) -> Standing:
    """Return how one certificate stood: by what is stored, else by what its issuer says."""
    known = one.counting(stored.about(one.certificate, one.issuer))
    held = deciding(known, one.use.moment)
    enough = held is not None and one.holds(held)
    if held is not None and one.settles(held):
        return one.said(held, stored=enough)
    failures: tuple[NotFetched, ...] = ()
    if fetching is not None:
        since = moved(one.use.moment, -AUTHORITY_REUSED) if one.is_authority else one.use.moment
        reach = Reach(private=fetching.private, hosts=hosts)
        asked = await status(one.certificate, one.issuer, fetching.asking(since, reach), fetching.source)
        failures = asked.failures
        answers = one.counting(asked.answers)
        said = deciding((*known, *answers), one.use.moment)
        if said is not None and (said.revoked is not None or one.is_current(said, answers)):
            return one.said(said, stored=enough)
    if held is not None and (held.revoked is not None or one.suffices(held)):
        return one.said(held, stored=enough)
    return Standing(status="unknown", why=_why(held, failures, asked=fetching is not None), stored=enough)


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
