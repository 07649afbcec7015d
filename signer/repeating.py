"""A verdict made again from its evidence: at any later time, with no network, to the same report.

`examine_with_evidence` judges and keeps what was used; `examine_again` judges by that and by nothing else.
What the evidence says is believed as little as what a server says: each answer is verified again. What nobody
signed is *when* it was gathered: the report is as of the moment that the evidence names, and says so.
"""

import json
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace

from pki.clock import CLOCKS_DIFFER, Clock, SystemClock
from pki.digest import Digest
from pki.errors import Undetermined
from pki.our_desk import at_the_desk
from pki.query import Asking, Query, Source
from pki.reach import NotFetched
from pki.trust import Anchors
from pki.words import Sentence
from signer.errors import EvidenceRefused
from signer.evidence import Basis, Told, VerdictEvidence
from signer.policy import Policy
from signer.report import Report
from signer.verifying import examine_as_of


async def examine_with_evidence(
    pdf: bytes, policy: Policy, *, clock: Clock | None = None
) -> tuple[Report, VerdictEvidence]:
    """Judge a document as `signer.verifying.examine` does, and return what the verdict used.

    Raises `Undetermined` when the verdict cannot be repeated: when there was not time enough for it.
    """
    now, basis = (clock or SystemClock()).now(), _basis(policy)
    noting = _Noting(at_the_desk)
    report = await examine_as_of(pdf, _measured(policy, basis), now, noting)
    evidence = VerdictEvidence(
        document=Digest.of(pdf), moment=now, basis=basis, told=tuple(noting.told), report=digest_of(report)
    )
    try:
        await _repeated(pdf, policy, evidence)
    except EvidenceRefused as error:
        raise Undetermined(
            "The verdict came out otherwise when it was made again: there is no evidence for it.",
            hint="Was there too little time to judge the document? Try again.",
        ) from error
    return report, evidence


async def examine_again(
    pdf: bytes, policy: Policy, evidence: VerdictEvidence, *, clock: Clock | None = None
) -> Report:
    """Judge a document by its evidence, asking nobody: the report is the one that the evidence was kept of.

    `policy` says what is believed here: the anchors of the evidence must be among its own, and what it
    requires must be what was required. `EvidenceRefused` otherwise, and if the report comes out otherwise.
    """
    if evidence.document != Digest.of(pdf):
        raise EvidenceRefused("The evidence is of another document.")
    latest = max(evidence.moment, evidence.as_of)
    if latest > (clock or SystemClock()).now() + CLOCKS_DIFFER:
        raise EvidenceRefused("The evidence is of a moment that is still to come: {moment}.", moment=latest)
    return await _repeated(pdf, policy, evidence)


def digest_of(report: Report) -> Digest:
    """Return the SHA-256 of a report: of its JSON in English, ASCII, names sorted, without spaces.

    Not of RFC 8785's form, which has no spelling for every number that a stranger's page may hold.
    """
    return Digest.of(json.dumps(report.as_json(), sort_keys=True, separators=(",", ":")).encode())


async def _repeated(pdf: bytes, policy: Policy, evidence: VerdictEvidence) -> Report:
    measured = _measured(policy, evidence.basis)
    report = await examine_as_of(pdf, measured, evidence.moment, _Telling(evidence.told))
    if digest_of(report) != evidence.report:
        raise EvidenceRefused(
            "What the evidence holds does not lead to the verdict that it was kept of.",
            hint="It was altered, or another release of this program judges otherwise.",
        )
    return report


def _basis(policy: Policy) -> Basis:
    return Basis(
        roots=tuple(sorted(_by_digest(policy.anchors.roots))),
        intermediates=tuple(sorted(_by_digest(policy.anchors.intermediates))),
        revocation=policy.revocation,
        require=policy.require,
        policy_file=None if policy.rules is None else f"sha256:{policy.rules.sha256}",
        same_agency=policy.same_agency,
        at=policy.at,
        offline=policy.offline,
    )


def _by_digest(certificates: Sequence[bytes]) -> dict[str, bytes]:
    return {str(Digest.of(each)): each for each in certificates}


def _measured(policy: Policy, basis: Basis) -> Policy:
    """Return the policy held to what the verdict was measured by; `EvidenceRefused` if that is another."""
    ours = _basis(policy)
    for name in ("revocation", "require", "same_agency", "policy_file"):
        here, there = getattr(ours, name), getattr(basis, name)
        if here != there:
            raise EvidenceRefused(
                "The evidence is of a verdict with {name} “{there}”; here it is “{here}”.",
                name=name.replace("_", "-"), there=there, here=here,
            )  # fmt: skip
    if policy.at not in (None, basis.at):
        raise EvidenceRefused("The evidence has its own moment: no other can be judged by it.")
    anchors = Anchors(
        _among(policy.anchors.roots, basis.roots), _among(policy.anchors.intermediates, basis.intermediates)
    )
    return replace(policy, anchors=anchors, at=basis.at, offline=basis.offline)


def _among(ours: Sequence[bytes], named: Sequence[str]) -> tuple[bytes, ...]:
    """Return those of our certificates that are named, in that order: which others we trust matters not."""
    held = _by_digest(ours)
    for digest in named:
        if digest not in held:
            raise EvidenceRefused(
                "The evidence rests on a certificate that is not among the trust anchors here: {digest}.",
                hint="Give the anchors of that time with --trust, if you still believe them.",
                digest=digest,
            )
    return tuple(held[digest] for digest in named)


class _Noting:
    """A source that asks another one and notes what it is told."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.told: list[Told] = []

    async def __call__(self, query: Query, how: Asking) -> bytes:
        try:
            answer = await self._source(query, how)
        except NotFetched as error:
            self.told.append(Told(query=query, failure=Sentence.of(error)))
            raise
        self.told.append(Told(query=query, answer=answer))
        return answer


class _Telling:
    """A source that tells what was noted: each question is told in turn what it was told then."""

    def __init__(self, told: Sequence[Told]) -> None:
        self._told: defaultdict[Query, deque[Told]] = defaultdict(deque)
        for each in told:
            self._told[each.query].append(each)

    async def __call__(self, query: Query, how: Asking) -> bytes:
        del how
        if not self._told[query]:
            raise NotFetched("{url} is not in the evidence.", url=query.url)
        said = self._told[query].popleft()
        if said.answer is None:
            assert said.failure is not None
            raise NotFetched(said.failure.template, hint=None, **said.failure.facts)
        return said.answer
