"""Every signature of a file, judged: its bytes, its time, its certificate, and what came after it."""

import asyncio
import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asn1crypto import x509

from pki.words import N_, Sentence
from signer.pades import cms, reading
from signer.pades.certificates import Bond, bond, by_subject
from signer.pades.changes import Change
from signer.pades.context import Fetching
from signer.pades.door import Malformed, hostile
from signer.pades.revisions import History
from signer.pades.standing import Status
from signer.pades.trusting import Judge, Purpose, Trust
from signer.policy import Policy
from signer.report import PASSED, Verdict, failed, unknown, worst


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
    locks: bool = False
    stated: str | None = None
    notes: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, judged: its signatures in order of revision, and its text fields (value, mapping name)."""

    judged: tuple[Judged, ...]
    texts: dict[str, tuple[str, str | None]]
    verdict: Verdict = PASSED


async def judge(pdf: bytes, policy: Policy) -> File:
    """Judge every signature of a file. Raises `Malformed` only when the file as a whole cannot be read.

    Runs on pyHanko's own loop. When the time is up, what is not judged yet is INDETERMINATE.
    """
    deadline = asyncio.get_running_loop().time() + policy.limits.seconds
    if len(pdf) > policy.limits.bytes:
        raise Malformed("The file is larger than {limit} bytes.", limit=policy.limits.bytes)
    reader, history = reading.open_pdf(pdf), History(pdf)
    parsed = []
    for name, _value, reference in reading.signature_fields(reader, policy.limits.signatures):
        if asyncio.get_running_loop().time() > deadline:
            parsed.append(reading.Parsed(field=name, verdict=_LATE))
        else:
            parsed.append(reading.parse(reader, history, name, reference))
    parsed = _without_shared(parsed)
    stored = reading.stored_proof(reader)
    judge = Judge(
        anchors=policy.anchors,
        revocation=policy.revocation,
        fetching=None if policy.offline else _fetching(policy),
        moment=policy.at,
        certificates=stored.certificates,
        ocsps=stored.ocsps,
        crls=stored.crls,
    )
    judged = await _Court(judge, deadline, stored).all(parsed)
    return File(judged=tuple(judged), texts=reading.texts(reader))


def _fetching(policy: Policy) -> Fetching:
    # A document's certificates are a stranger's until they lead to an anchor: no issuers are fetched.
    return Fetching(policy.limits.fetch_seconds, private=policy.allow_private_addresses, issuers=False)


def _without_shared(parsed: Iterable[reading.Parsed]) -> list[reading.Parsed]:
    parsed = list(parsed)
    shared = reading.shared(parsed)
    verdict = failed("FORMAT_FAILURE", Sentence(N_("Two signatures claim the same bytes.")))
    return [replace(each, verdict=verdict) if each.field in shared else each for each in parsed]


_LATE = unknown("TRY_LATER", Sentence(N_("There was no time left to judge this signature.")))


def _unread(error: Malformed) -> Verdict:
    return failed("FORMAT_FAILURE", Sentence(error.template, error.facts))


def _before_trust(parsed: reading.Parsed) -> Judged:
    return Judged(
        field=parsed.field,
        verdict=parsed.verdict,
        is_stamp=parsed.is_stamp,
        revision=parsed.revision,
        certificate=None if parsed.container is None else parsed.container.signer.dump(),
        signing_time=parsed.signing_time,
        intact=parsed.intact,
        change=parsed.change,
        algorithm=parsed.algorithm,
        locks=parsed.locks,
        stated=parsed.stated,
    )


class _Court:
    """Judges document time-stamps from the last to the first, then signatures by the times they prove."""

    def __init__(self, judge: Judge, deadline: float, stored: reading.Stored) -> None:
        self._judge = judge
        self._deadline = deadline
        self._stored = stored
        self._proofs: list[tuple[int, datetime]] = []  # end of the covered bytes, time
        self._trusts: dict[tuple[object, ...], Trust] = {}

    async def all(self, parsed: Sequence[reading.Parsed]) -> list[Judged]:
        stamps = sorted((each for each in parsed if each.is_stamp), key=lambda each: -each.revision)
        judged = [await self._one(each) for each in stamps]
        judged += [await self._one(each) for each in parsed if not each.is_stamp]
        return sorted(judged, key=lambda each: each.revision)

    async def _one(self, parsed: reading.Parsed) -> Judged:
        try:
            with hostile():
                judged = _before_trust(parsed)
        except Malformed as error:
            return Judged(
                field=parsed.field, verdict=_unread(error), is_stamp=parsed.is_stamp, revision=parsed.revision
            )
        if not parsed.intact:
            return judged
        try:
            with hostile():
                async with asyncio.timeout_at(self._deadline):
                    return await (self._stamp if parsed.is_stamp else self._signature)(parsed, judged)
        except TimeoutError:
            return replace(judged, verdict=worst((parsed.verdict, _LATE)))
        except Malformed as error:
            return replace(judged, verdict=worst((parsed.verdict, _unread(error))))

    def _proven(self, parsed: reading.Parsed) -> datetime | None:
        assert parsed.coverage is not None
        end = parsed.coverage.end
        return min((time for covered, time in self._proofs if covered > end), default=None)

    async def _stamp(self, parsed: reading.Parsed, judged: Judged) -> Judged:
        assert parsed.stamp is not None
        assert parsed.coverage is not None
        trust = await self._trust(parsed.stamp.container, "stamp", self._proven(parsed), parsed.stamp.time)
        verdict = worst((parsed.verdict, trust.verdict, self._carried(parsed)))
        if verdict.passed:
            self._proofs.append((parsed.coverage.end, parsed.stamp.time))
        return replace(
            judged, verdict=verdict, proven=parsed.stamp.time, path=trust.path, status=trust.status
        )

    async def _signature(self, parsed: reading.Parsed, judged: Judged) -> Judged:
        assert parsed.container is not None
        archived = self._proven(parsed)
        proven, notes = archived, []
        for stamp in parsed.signature_stamps:
            trust = await self._trust(stamp.container, "stamp", archived, stamp.time)
            if trust.verdict.passed:
                proven = min(filter(None, (proven, stamp.time)))
            else:
                notes.append(Sentence(N_("The time-stamp on the signature is not trusted.")))
                notes += trust.verdict.reasons
        trust = await self._trust(parsed.container, "sign", proven)
        if trust.status == "unknown" and trust.verdict.passed:
            notes.append(
                Sentence(N_("Whether the certificate was revoked is not known; the policy accepts that."))
            )
        return replace(
            judged,
            verdict=worst((parsed.verdict, trust.verdict, self._carried(parsed))),
            proven=proven,
            path=trust.path,
            status=trust.status,
            level=_level(parsed, trust, stamped=proven is not None, archived=archived is not None),
            notes=(*notes, *trust.notes),
        )

    async def _trust(
        self,
        container: cms.Container,
        purpose: Purpose,
        proven: datetime | None,
        claimed: datetime | None = None,
    ) -> Trust:
        """Judge the signer of a container, once: the layers are mostly stamped by one authority."""
        question = (purpose, proven, claimed, *(each.dump() for each in container.certificates))
        if question not in self._trusts:
            self._trusts[question] = await self._judge.trust(
                container.signer, container.others, purpose, proven, claimed
            )
        return self._trusts[question]

    def _carried(self, parsed: reading.Parsed) -> Verdict:
        """Judge the certificates carried in the containers by their bytes."""
        assert parsed.container is not None
        containers = [parsed.container, *(each.container for each in parsed.signature_stamps)]
        carried = [each for container in containers for each in container.certificates]
        anchors = (*self._judge.anchors.roots, *self._judge.anchors.intermediates)
        known = [*map(x509.Certificate.load, anchors), *self._stored.certificates, *carried]
        bonds = {bond(each, by_subject(known), frozenset(anchors)) for each in carried}
        if Bond.BROKEN in bonds:
            return failed("FORMAT_FAILURE", Sentence(N_("A certificate in the signature was changed.")))
        if Bond.LOOSE in bonds:
            return unknown(
                "NO_CERTIFICATE_CHAIN_FOUND",
                Sentence(N_("A certificate in the signature belongs to no known chain.")),
            )
        return PASSED


def _level(parsed: reading.Parsed, trust: Trust, *, stamped: bool, archived: bool) -> str | None:
    """Return the level that the verified proof amounts to (EN 319 142-1 §6.1): what is forged is no proof."""
    if not parsed.pades:
        return None
    if not stamped or not parsed.signature_stamps:
        return "B-B"
    if not trust.stored:
        return "B-T"
    return "B-LTA" if archived else "B-LT"
