"""What is signed must be checkable for as long as its level says, also when nobody can be asked any more.

EN 319 102-1 §5.2.5: how old a status may be is the verifier's constraint. Ours (`signer.pades.standing`) is
that a signer's status may be at most a minute older than the proven time, since what was known before a
signature was made does not rule out that its key was stolen by then. A time-stamp that comes late makes the
status in the signed revision too old; so it is asked for again, and stored in a revision of proof alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pki.errors import Undetermined
from pki.token import Token
from pki.trust import Anchors
from pki.words import N_, Sentence
from signer.errors import NoTimeStamp
from signer.level import Evidence, Level, Short
from signer.pades.archiving import archived
from signer.pades.context import Fetching
from signer.pades.door import apart, signing
from signer.pades.proving import carried, completed
from signer.pades.stamping import TimeStamping
from signer.pades.writing import Revision, write
from signer.policy import Policy
from signer.report import Indication, Report, Verdict
from signer.verifying import examine


@dataclass(frozen=True, slots=True)
class Lasting:
    """A signed document, and how far it stays behind the level asked for, if it does."""

    pdf: bytes = field(repr=False)
    short: Short | None = None


async def written(pdf: bytes, token: Token, revision: Revision) -> Lasting:
    """Add a signing revision and the proof of its level; raises as `signer.pades.writing.write`, `lasting`.

    Where the evidence allows a lower level, it is B-B when no authority gives a time-stamp. The key may then
    have been used once for nothing: its first signature was never in a document.
    """
    try:
        made = await apart(lambda home: write(pdf, token, revision, home))
    except NoTimeStamp as error:
        if not revision.evidence.lower:
            raise
        plain = revision.at(Level.B_B)
        made = await apart(lambda home: write(pdf, token, plain, home))
        return Lasting(made, without_stamp(revision.level, Level.B_B, error))
    return await lasting(made, revision.field, revision.level, revision.evidence)


async def lasting(pdf: bytes, name: str, level: Level, evidence: Evidence) -> Lasting:
    """Give the signature just made in the field `name` what its level needs beyond its own revision.

    At B-LTA that is a time-stamp over the document; from B-LT on the status is stored again if it does not
    reach to the time-stamps. Raises `Undetermined` when no status that is new enough can be had and
    `NoTimeStamp`, neither where a lower level is allowed; and `TrustError`.
    """
    if not level.stored or evidence.anchors is None:
        return Lasting(pdf)
    short = None
    if level is Level.B_LTA:
        try:
            pdf = await stamped_whole(pdf, evidence)
        except NoTimeStamp as error:
            if not evidence.lower:
                raise
            level, short = Level.B_LT, without_stamp(level, Level.B_LT, error)
    vouched = await vouching(pdf, name, level, evidence)
    return Lasting(vouched.pdf, vouched.short or short)


async def vouching(pdf: bytes, name: str, level: Level, evidence: Evidence) -> Lasting:
    """Store the present status of what proves the field `name`, unless what is stored is enough already."""
    anchors = evidence.anchors
    assert anchors is not None
    if await _lack(pdf, name, level, anchors) is None:
        return Lasting(pdf)
    more = await told_again(pdf, evidence, name)
    why = await _lack(more, name, level, anchors)
    if why is None:
        return Lasting(more)
    if not evidence.lower:
        raise Undetermined(
            "Level {level} is not reached: without a network the document could not be checked. {why}",
            hint="Its authority may publish a status only now and then. Sign at b-t, and bring the document "
            "to its level when there is a newer one: congvan extend.",
            level=level.said,
            why=why,
        )
    return Lasting(pdf, Short(asked=level, reached=Level.B_T, why=why))


def without_stamp(asked: Level, reached: Level, error: NoTimeStamp) -> Short:
    """Return what is said of a level that no time-stamp was to be had for."""
    return Short(asked=asked, reached=reached, why=Sentence.of(error))


async def stamped_whole(pdf: bytes, evidence: Evidence, digest: str = "sha256") -> bytes:
    """Return the document with a time-stamp over all of it; see `signer.pades.archiving.archived`."""
    anchors = evidence.anchors
    assert anchors is not None

    async def stamped() -> bytes:
        async with Fetching(evidence.timeout_seconds) as fetching:
            with signing():
                stamper = TimeStamping(evidence, lambda: carried(pdf))
                return await archived(pdf, stamper, anchors, fetching, digest=digest)

    return await apart(lambda _: stamped())


async def told_again(pdf: bytes, evidence: Evidence, name: str | None = None) -> bytes:
    """Return the document with one more revision of proof; see `signer.pades.proving.completed`."""
    anchors = evidence.anchors
    assert anchors is not None

    async def told() -> bytes:
        async with Fetching(evidence.timeout_seconds, anew=True) as fetching:
            with signing():
                return await completed(pdf, name, anchors, fetching)

    return await apart(lambda _: told())


async def _lack(pdf: bytes, name: str, level: Level, anchors: Anchors) -> Sentence | None:
    """Return why the level does not hold by what the document stores alone; None if it does.

    The judge is the verifier itself; a time-stamp over the document is judged by all that it proves. What is
    wrong with the document otherwise is for its examination to say.
    """
    policy = Policy(anchors=anchors, revocation="require", require="any", offline=True)
    report = await examine(pdf, policy)
    verdict, reached = report.verdict, level.said
    for each in report.signatures:
        if each.field == name:
            verdict, reached = each.verdict, each.level or ""
    if verdict.indication is Indication.TOTAL_FAILED:
        return None
    if verdict.passed and reached in (level.said, Level.B_LTA.said):
        return None
    return next(_reasons(report, verdict, name), Sentence(N_("no reason is known")))


def _reasons(report: Report, verdict: Verdict, name: str) -> Iterator[Sentence]:
    yield from verdict.reasons
    for stamp in report.timestamps:
        yield from stamp.verdict.reasons
    for each in report.signatures:
        if each.field == name:
            yield from each.notes[::-1]  # the last one says why a time-stamp is not trusted
