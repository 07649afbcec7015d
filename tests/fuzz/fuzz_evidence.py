"""Evidence of verdicts, garbled: a forger makes nothing of it that nobody's issuers said.

The first byte chooses the document. Evidence that can be read is tried as it is, and as a forger would finish
it: for this document, with the report that follows from what it holds. It may then still lead to a yes, but
only for a document whose signer holds, and only by answers that issuers signed for this moment.
"""

import asyncio
import dataclasses
import datetime as dt
import random
from collections.abc import Iterator
from unittest.mock import patch

from pki.digest import Digest
from pki.errors import CongvanError
from pki.query import Source
from signer import repeating
from signer.bounded import Bounded
from signer.deciding import decide
from signer.errors import EvidenceRefused
from signer.evidence import Told, VerdictEvidence
from signer.policy import Policy
from signer.repeating import digest_of, examine_again
from signer.report import Report
from tests.fuzz.bending import Garble, bend_der, bend_words
from tests.fuzz.held import AT, EXPECTED, HELD, KNOWN, POLICY, check_passed

NAMES = tuple(EXPECTED["passed"])
FILES = tuple((HELD / f"{name}.pdf").read_bytes() for name in NAMES)
EVIDENCE = tuple((HELD / f"{name}.evidence.json").read_bytes() for name in NAMES)


@dataclasses.dataclass(frozen=True)
class Later:
    """A clock on the day after."""

    def now(self) -> dt.datetime:
        return AT + dt.timedelta(days=1)


async def _here(pdf: bytes, policy: Policy, now: dt.datetime, source: Source) -> Report:
    """Examine in this process, where coverage is seen; `signer.verifying` gives it to another one."""
    return await decide(pdf, policy, now, Bounded(policy, source))


def seeds() -> Iterator[bytes]:
    """Yield the evidence of each document, and of others instead."""
    for place in range(len(NAMES)):
        for each in EVIDENCE:
            yield bytes([place]) + each


def bend(data: bytes, chance: random.Random, garble: Garble) -> bytes:
    """Bend what is told, or a text; the file stays in its form."""
    head, rest = data[:1], data[1:]
    try:
        evidence = VerdictEvidence.parse(rest)
        return head + dataclasses.replace(evidence, **_bent(evidence, chance, garble)).encode()
    except (CongvanError, ValueError):
        return head + bend_words(rest, EVIDENCE, chance)


def _bent(evidence: VerdictEvidence, chance: random.Random, garble: Garble) -> dict[str, object]:
    told = list(evidence.told)
    if not told or chance.randrange(8) == 0:
        strange = VerdictEvidence.parse(chance.choice(EVIDENCE))
        name = chance.choice(("told", "basis", "moment", "document", "report"))
        return {name: getattr(strange, name)}
    if chance.randrange(8) == 0:
        away = dt.timedelta(seconds=chance.choice((-1, 1)) * 10 ** chance.randrange(9))
        return {"moment": evidence.moment + away}
    place = chance.randrange(len(told))
    match chance.randrange(5):
        case 0:
            del told[place]
        case 1:
            told.insert(chance.randrange(len(told)), told[place])
        case 2:
            told[place] = dataclasses.replace(told[place], answer=chance.choice(KNOWN), failure=None)
        case _:
            told[place] = _otherwise(told[place], chance, garble)
    return {"told": tuple(told)}


def _otherwise(told: Told, chance: random.Random, garble: Garble) -> Told:
    if told.answer is None:
        return dataclasses.replace(told, answer=chance.choice(KNOWN), failure=None)
    return dataclasses.replace(told, answer=bend_der(told.answer, KNOWN, chance, garble))


def one(data: bytes) -> None:
    """Repeat the verdict on a document by these bytes."""
    if not data:
        return
    place = data[0] % len(NAMES)
    try:
        evidence = VerdictEvidence.parse(data[1:])
    except EvidenceRefused:
        return
    assert evidence.encode() == data[1:], "evidence is spelled in two ways"
    asyncio.run(_repeat(place, evidence))


async def _repeat(place: int, evidence: VerdictEvidence) -> None:
    pdf = FILES[place]
    await _check(place, evidence)
    evidence = dataclasses.replace(evidence, document=Digest.of(pdf))
    try:
        measured = repeating._measured(POLICY, evidence.basis)
    except EvidenceRefused:
        return
    report = await _here(pdf, measured, evidence.moment, repeating._Telling(evidence.told))
    await _check(place, dataclasses.replace(evidence, report=digest_of(report)))


async def _check(place: int, evidence: VerdictEvidence) -> None:
    try:
        with patch.object(repeating, "examine_as_of", _here):
            report = await examine_again(FILES[place], POLICY, evidence, clock=Later())
    except EvidenceRefused:
        return
    assert digest_of(report) == evidence.report
    if report.passed:
        check_passed(NAMES[place], [each.answer or b"" for each in evidence.told])
