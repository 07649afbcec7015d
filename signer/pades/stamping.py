"""pyHanko's time-stamp client over several authorities: the first good answer is taken."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import asyncio
from collections.abc import Callable, Iterable, Sequence

from asn1crypto import cms, x509
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.timestamps.common_utils import dummy_digest

from pki.words import N_, Sentence
from signer.errors import NoTimeStamp
from signer.level import Evidence
from signer.pades import stamps
from signer.pades.answers import PassedOver, Question
from signer.pades.authority import Authority, authority_at
from signer.pades.cms import Container
from signer.pades.context import Fetching
from signer.pades.posting import MAX_ANSWER_BYTES, check_address
from signer.pades.trusting import Judge

DIGESTS = ("sha256", "sha384", "sha512")
"""Digests that a time-stamp may be made over."""

_SLACKS = (512, 8 * 1024, MAX_ANSWER_BYTES, MAX_ANSWER_BYTES)
"""How much longer than any seen the next time-stamp may be, bytes, from trial to trial.

Authorities send other certificates from one call to the next. What is longer than `MAX_ANSWER_BYTES` is not
taken at all, so that the last rooms cannot be too small."""


_Running = dict[asyncio.Task[stamps.Stamp], Authority]


class TimeStamping(TimeStamper):
    """An RFC 3161 client for one document. Every time-stamp is checked before it is given to pyHanko.

    `surprised` is set when one came whose certificate was not expected: its status is not in the document.
    `beside` returns certificates (DER) that other containers of the document carry, the signature above all:
    they help where a time-stamp's own lead nowhere, as in verification.
    """

    def __init__(self, evidence: Evidence, beside: Callable[[], Iterable[bytes]] = tuple) -> None:
        super().__init__()
        self._beside = beside
        for url in evidence.authorities:
            check_address(url)
        self._evidence = evidence
        self._order = [authority_at(url) for url in evidence.authorities]
        self._seen: list[tuple[Authority, stamps.Stamp]] = []
        self._bound = False
        self.surprised = False
        first = next((each for each in self._order if each.free(evidence.tsa_budget)), None)
        if first is not None and first.last is not None:
            self._seen.append((first, stamps.read(first.last)))

    @property
    def expected(self) -> bytes | None:
        """A time-stamp like the one to come, DER; None while none is known.

        Set, only time-stamps by the same certificate are taken: the document stores the status of no other.
        """
        known = self._expected()
        return known[-1].encoded if known else None

    @expected.setter
    def expected(self, encoded: bytes) -> None:
        self._seen = [(self._order[0], stamps.read(encoded))]
        self._bound = True

    async def ready(self, algorithm: str) -> None:
        """Know what the next time-stamp will be like: from the last one, or else from a trial."""
        if not self._expected():
            await self.async_timestamp(dummy_digest(algorithm), algorithm)
        self.surprised = False
        self._certs.clear()
        for stamp in self._expected():
            for each in (stamp.container.signer, *self._others(stamp)):
                self.cert_registry.register(each)
            self._certs[stamp.container.signer.issuer_serial] = stamp.container.signer
            self._dummy_response_cache[algorithm] = cms.ContentInfo.load(stamp.encoded)

    def rooms(self) -> Sequence[int]:
        """Return how many bytes to leave for the next time-stamp, from trial to trial. After `ready`.

        A later room also reckons with what was seen since: ask again before each trial.
        """
        longest = max(len(stamp.encoded) for _, stamp in self._seen)
        return [min(longest + slack, MAX_ANSWER_BYTES) for slack in _SLACKS]

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """Return a time-stamp like the one to come; pyHanko measures by it."""
        await self.ready(md_algorithm)
        return self._dummy_response_cache[md_algorithm]

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a checked time-stamp over the digest; else `NoTimeStamp` says why each gave none."""
        authority, stamp = await self._first(message_digest, md_algorithm)
        expected = {_signer(each) for each in self._expected()}
        self.surprised |= bool(expected) and _signer(stamp) not in expected
        # Who answered is asked first from here on: a document then stores the status of one authority.
        self._order = [authority, *(each for each in self._order if each is not authority)]
        self._seen.append((authority, stamp))
        return cms.ContentInfo.load(stamp.encoded)

    def _expected(self) -> list[stamps.Stamp]:
        """Return the time-stamps seen of the authority that is asked first, the longest last."""
        found = [stamp for authority, stamp in self._seen if authority is self._order[0]]
        return sorted(found, key=lambda stamp: len(stamp.encoded))

    async def _first(self, digest: bytes, algorithm: str) -> tuple[Authority, stamps.Stamp]:
        """Ask one authority after the other, and the next one too when one is slow; take the first answer."""
        reasons: dict[str, Sentence] = {}
        running: _Running = {}
        try:
            async with asyncio.timeout(self._evidence.tsa_seconds):
                for place, each in enumerate(self._order, 1):
                    running[asyncio.create_task(self._asked(each, digest, algorithm))] = each
                    more = place < len(self._order)
                    found = await self._raced(running, reasons, until_slow=more)
                    if found is not None:
                        return found
        except TimeoutError:
            seconds = round(self._evidence.tsa_seconds, 1)
            for each in running.values():
                facts = {"url": each.name, "seconds": seconds}
                reasons[each.url] = Sentence(N_("{url} did not answer in {seconds} seconds"), facts)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        raise _none([reasons[each.url] for each in self._order if each.url in reasons])

    async def _raced(
        self, running: _Running, reasons: dict[str, Sentence], *, until_slow: bool
    ) -> tuple[Authority, stamps.Stamp] | None:
        """Wait for a time-stamp; None when all who were asked failed, or are slow and there are others."""
        patience = self._evidence.tsa_patience_seconds if until_slow else None
        found = None
        while running and found is None:
            done, _ = await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                return None
            for task in done:
                authority, error = running.pop(task), task.exception()
                if error is None:
                    found = authority, task.result()
                elif isinstance(error, PassedOver):
                    reasons[authority.url] = Sentence(error.template, error.facts)
                else:
                    raise error
        return found

    async def _asked(self, authority: Authority, digest: bytes, algorithm: str) -> stamps.Stamp:
        evidence = self._evidence
        question = Question(
            url=authority.name, digest=digest, algorithm=algorithm, policy=evidence.tsa_policy
        )
        stamp = await authority.ask(
            question, patience_seconds=evidence.tsa_patience_seconds, budget=evidence.tsa_budget
        )
        await self._check_trusted(authority, stamp)
        if self._bound and _signer(stamp) != _signer(self._seen[0][1]):
            raise PassedOver(
                "{url} stamped with another certificate than when signing was begun, whose status is not in "
                "the document",
                url=authority.name,
            )
        return stamp

    async def _check_trusted(self, authority: Authority, stamp: stamps.Stamp) -> None:
        """Raise `PassedOver` unless the certificate leads to an anchor, where anchors are known."""
        if self._evidence.anchors is None:
            return
        async with Fetching(self._evidence.timeout_seconds) as fetching:
            judge = Judge(
                anchors=self._evidence.anchors, revocation="ignore", fetching=fetching, moment=None,
                rules=self._evidence.rules,
            )  # fmt: skip
            trust = await judge.trust(stamp.container.signer, self._others(stamp), "stamp", stamp.time)
        if not trust.verdict.passed:
            raise PassedOver(
                "{url} is not trusted: {detail}", url=authority.name, detail=trust.verdict.reasons[0]
            )

    def _others(self, stamp: stamps.Stamp) -> tuple[x509.Certificate, ...]:
        """Return what may lead from a time-stamp to an anchor: what it carries itself, if that is enough."""
        container, anchors = stamp.container, self._evidence.anchors
        known = () if anchors is None else (*anchors.roots, *anchors.intermediates)
        if anchors is None or _leads(container, map(x509.Certificate.load, known)):
            return container.others
        return (*container.others, *map(x509.Certificate.load, self._beside()))


def _leads(container: Container, known: Iterable[x509.Certificate]) -> bool:
    """Tell whether names lead from a time-stamp's signer to one who issued himself, all of them at hand."""
    held = {each.subject.hashable: each for each in (*container.others, *known)}
    name = container.signer.issuer.hashable
    for _ in held:
        above = held.get(name)
        if above is None:
            return False
        name = above.issuer.hashable
    return True


def _signer(stamp: stamps.Stamp) -> bytes:
    return bytes(stamp.container.signer.dump())


def _none(reasons: Sequence[Sentence]) -> NoTimeStamp:
    why = reasons[0]
    for each in reasons[1:]:
        why = Sentence(N_("{one}; {other}"), {"one": why, "other": each})
    return NoTimeStamp(
        "There is no time-stamp: {why}.",
        hint="Is the address right, and is the authority running? Several can be named; they are asked in "
        "order.",
        why=why,
    )
