"""Files judged in this process, both ways, and what must hold of every verdict."""

import asyncio
import dataclasses
import datetime as dt
import json
import logging
from pathlib import Path

import pikepdf

from pki.fetch import NotFetched
from pki.query import Asking, Query, Source
from pki.trust import Anchors
from signer import deciding
from signer.errors import Malformed
from signer.pades import judging as long
from signer.pades.judged import File
from signer.policy import Limits, Policy
from signer.quick import judging as short
from signer.report import Report
from tests.fuzz.looking import look

HONEST = Path(__file__).parents[1] / "vectors" / "honest"
AT = dt.datetime.fromisoformat(json.loads((HONEST / "expected.json").read_text(encoding="utf-8"))["at"])
POLICY = Policy(
    anchors=Anchors.load(HONEST / "root.pem"),
    revocation="ignore",
    offline=True,
    require="any",
    at=AT,
    limits=Limits(seconds=3600),  # by the clock: a busy machine must not change a verdict
)
UNREAD = frozenset({
    "This part of the PDF cannot be read: {detail}.",
    "A page's list of annotations, or of pages, is not made of references.",
})  # fmt: skip
"""What the long way says of signed objects that the short way has no need to read (test_quick_mutated.py)."""
logging.getLogger("pikepdf").setLevel(logging.ERROR)


def vector(name: str) -> bytes:
    """One of the honest files."""
    return (HONEST / "files" / f"{name}.pdf").read_bytes()


async def nobody(query: Query, _asking: Asking) -> bytes:
    """Say nothing of any certificate."""
    raise NotFetched("Nobody is asked about {url}.", url=query.url)


@dataclasses.dataclass(frozen=True)
class Measure:
    """What files are judged by, and who tells of certificates. A clock is looked at nowhere."""

    policy: Policy
    source: Source = nobody

    def report(self, pdf: bytes, *, tolerating: frozenset[str] = UNREAD) -> Report | None:
        """Judge a file both ways: the short one says nothing, or what the long one says.

        Return the report on what they say, None where the file as a whole cannot be read. Whatever is raised
        is a finding.
        """
        quick, slow = self.quick(pdf), self.slow(pdf)
        if quick is not None:
            said = slow.judged if slow is not None else ()
            unread = any(reason.template in tolerating for each in said for reason in each.verdict.reasons)
            assert unread or quick == slow, f"two ways: {quick}, {slow}"
        found = quick or slow
        return None if found is None else deciding._report(found, self.policy, self.policy.at or AT)

    def quick(self, pdf: bytes) -> File | None:
        """What the short way says."""
        said = asyncio.run(short.judge(pdf, self.policy, AT, self.source))
        return None if said is None else dataclasses.replace(said, sha256=None)

    def slow(self, pdf: bytes) -> File | None:
        """What the long way says; nothing of a file that it cannot read."""
        try:
            return asyncio.run(long.judge(pdf, self.policy, AT, self.source))
        except Malformed:
            return None


HONESTLY = Measure(POLICY)


def check(pdf: bytes, looks: frozenset[object]) -> None:
    """Judge a file: both ways say the same, and if it is believed it shows one of these looks."""
    report = HONESTLY.report(pdf)
    if report is None or not report.passed:
        return
    try:
        seen = look(pdf)
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise AssertionError("believed, and qpdf cannot show it") from error
    assert seen in looks, f"believed, and shows otherwise: {seen}"
