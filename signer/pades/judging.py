"""Every signature of a file, judged: its bytes, its time, its certificate, and what came after it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from asn1crypto import x509

from pki.certificate import read
from pki.query import Source
from pki.words import N_, Sentence
from signer.errors import Malformed
from signer.pades import depending, reading, whereabouts
from signer.pades.belief import carries_issuer
from signer.pades.bonds import Bond, bonds
from signer.pades.certificates import leading
from signer.pades.context import Fetching
from signer.pades.court import LATE, Court, without_shared
from signer.pades.door import encoded, hostile
from signer.pades.judged import File, Judged, Trust, filled_in
from signer.pades.parsed import Carried, Parsed, Signer, pooled
from signer.pades.revisions import History
from signer.pades.standing import Stored
from signer.pades.trusting import Judge
from signer.policy import Policy
from signer.report import PASSED, Verdict, failed, unknown, worst
from signer.rules import Purpose
from signer.suites import of_signature, relied_on


async def judge(pdf: bytes, policy: Policy, now: datetime, source: Source) -> File:
    """Judge every signature of a file. Raises `Malformed` only when the file as a whole cannot be read.

    Runs on pyHanko's own loop. When the time is up, what is not judged yet is INDETERMINATE.
    """
    deadline = asyncio.get_running_loop().time() + policy.limits.seconds
    if len(pdf) > policy.limits.bytes:
        raise Malformed("The file is larger than {limit} bytes.", limit=policy.limits.bytes)
    reader, history = reading.open_pdf(pdf, hybrid=True), History(pdf)
    parsed, fields = [], reading.signature_fields(reader, policy.limits.signatures)
    for name, _value, reference in fields:
        if asyncio.get_running_loop().time() > deadline:
            parsed.append(Parsed(field=name, verdict=LATE))
        else:
            parsed.append(reading.parse(reader, history, name, reference))
    parsed = without_shared(parsed)
    proof = reading.stored_proof(reader)
    judge = _judge(policy, now, source, _leading(proof, parsed, policy), [each.carried for each in parsed])
    pool = pooled(parsed)

    @cache
    def answers(revision: int) -> frozenset[bytes]:
        with hostile():
            found = reading.stored_proof(reader.get_historical_resolver(revision))
            return frozenset(map(encoded, (*found.ocsps, *found.crls)))

    trusting = _Trusting(judge, proof.certificates, pool, answers)
    judged = await Court(trusting, deadline, policy.at or now).all(parsed)
    places = {name: reference for name, _value, reference in fields}
    spots = whereabouts.spots(reader, places)
    return File(
        judged=tuple(judged),
        texts=reading.texts(reader),
        spots=spots,
        unplaced=whereabouts.unplaced(places, spots),
        filled=whereabouts.spots(reader, reading.places_of(reader, filled_in(judged))),
        first_page=reading.texts_among(reader, whereabouts.first_page(reader)),
        notes=depending.said(reader, whole=any(map(_is_followed, parsed))),
    )


def _is_followed(parsed: Parsed) -> bool:
    return parsed.coverage is not None and not parsed.coverage.whole_file


async def judge_alone(parsed: Parsed, policy: Policy, now: datetime, source: Source) -> Judged:
    """Judge one signature that stands in no document, so that no proof is stored beside it.

    Runs on pyHanko's own loop.
    """
    deadline = asyncio.get_running_loop().time() + policy.limits.seconds
    judge = _judge(policy, now, source, reading.Stored(), [parsed.carried])
    (judged,) = await Court(_Trusting(judge), deadline, policy.at or now).all([parsed])
    return judged


def _leading(proof: reading.Stored, parsed: Sequence[Parsed], policy: Policy) -> reading.Stored:
    """Return the stored proof with no other certificates than those that lead to a root."""
    known = dict.fromkeys((*policy.anchors.intermediates, *pooled(parsed)))
    with hostile():
        roots, between = map(x509.Certificate.load, policy.anchors.roots), map(x509.Certificate.load, known)
        return replace(proof, certificates=leading(proof.certificates, roots, between))


def _judge(
    policy: Policy, now: datetime, source: Source, stored: reading.Stored, carried: Sequence[Carried]
) -> Judge:
    kept = Stored(tuple(map(encoded, stored.ocsps)), tuple(map(encoded, stored.crls)))
    # What was signed along comes first: nobody else adds to it, and anybody to what the document stores.
    ocsps = (*(one for each in carried for one in each.ocsps), *kept.ocsps)
    lists = (*(one for each in carried for one in each.lists), *kept.lists)
    return Judge(
        anchors=policy.anchors,
        revocation=policy.revocation,
        fetching=None if policy.offline else _fetching(policy, source),
        moment=policy.at or now,
        clock=now,
        certificates=stored.certificates,
        stored=Stored(ocsps, lists),
        kept=None if all(each == Carried() for each in carried) else kept,
        rules=policy.rules,
    )


def _fetching(policy: Policy, source: Source) -> Fetching:
    # A document's certificates are a stranger's until they lead to an anchor: no issuers are fetched.
    return Fetching(
        policy.limits.fetch_seconds, private=policy.allow_private_addresses, issuers=False, source=source
    )


@dataclass(frozen=True, slots=True)
class _Trusting:
    judge: Judge
    stored: tuple[x509.Certificate, ...] = ()
    """All certificates that the document stores, also those that lead to no root."""
    pool: tuple[bytes, ...] = ()
    """The certificates of all containers of the document, DER."""
    answers: Callable[[int], frozenset[bytes]] = lambda _revision: frozenset()
    """The answers that a revision of the document stored, DER."""

    async def trust(
        self, signer: Signer, purpose: Purpose, proven: datetime | None, claimed: datetime | None = None
    ) -> Trust:
        with hostile():
            trust = await self._trust(signer, purpose, proven, claimed)
            if not self.judge.settles(trust, purpose, proven) and self._knows_more_than(signer):
                # EN 319 102-1 §5.2.6.4: whoever carried it, an issuer is one. A token seldom brings its own.
                more = replace(signer, others=tuple(dict.fromkeys((*signer.others, *self.pool))))
                again = await self._trust(more, purpose, proven, claimed)
                trust = self.judge.better(trust, again, purpose, proven)
            suited = self._suited(signer, proven)
            return trust if suited.passed else replace(trust, verdict=worst((trust.verdict, suited)))

    def _knows_more_than(self, signer: Signer) -> bool:
        """Tell whether another container carries an authority that neither this one nor the store has."""
        anchors = self.judge.anchors
        known = {*signer.certificates, *anchors.roots, *anchors.intermediates}
        known.update(map(encoded, self.judge.certificates))
        return carries_issuer(self.pool, known)

    async def _trust(
        self, signer: Signer, purpose: Purpose, proven: datetime | None, claimed: datetime | None
    ) -> Trust:
        certificate, *others = map(x509.Certificate.load, signer.certificates)
        return await self.judge.trust(certificate, tuple(others), purpose, proven, claimed)

    def _suited(self, signer: Signer, proven: datetime | None) -> Verdict:
        """Judge the algorithms of a signature or time-stamp by those that the policy relies on."""
        if self.judge.rules is None or not self.judge.rules.suites:
            return PASSED
        certificate = read(signer.certificate)
        used = [of_signature(each, signer.scheme, certificate) for each in signer.digests]
        return relied_on(self.judge.rules.suites, used, proven, self.judge.now)

    def keeps(self, trust: Trust, revision: int) -> bool:
        return self.judge.stored.tells_of(trust.links, self.answers(revision))

    def carried(self, certificates: Sequence[bytes]) -> Verdict:
        with hostile():
            return self._carried([x509.Certificate.load(each) for each in certificates])

    def _carried(self, carried: Sequence[x509.Certificate]) -> Verdict:
        anchors = (*self.judge.anchors.roots, *self.judge.anchors.intermediates)
        pool = map(x509.Certificate.load, self.pool)
        others = (*self.judge.certificates, *carried, *pool, *self.stored)
        found = bonds(carried, others, map(x509.Certificate.load, anchors))
        if Bond.BROKEN in found:
            return failed("FORMAT_FAILURE", Sentence(N_("A certificate in the signature was changed.")))
        if Bond.LOOSE in found:
            return unknown(
                "NO_CERTIFICATE_CHAIN_FOUND",
                Sentence(N_("A certificate in the signature belongs to no known chain.")),
            )
        return PASSED
