"""Files judged in this process, both ways, and what must hold of every verdict."""

import asyncio
import datetime as dt
import json
import logging
from pathlib import Path

import pikepdf

from pki.fetch import NotFetched
from pki.query import Asking, Query
from pki.trust import Anchors
from signer.deciding import decide
from signer.policy import Policy
from signer.report import Report
from tests.fuzz.looking import look

HONEST = Path(__file__).parents[1] / "vectors" / "honest"
AT = dt.datetime.fromisoformat(json.loads((HONEST / "expected.json").read_text(encoding="utf-8"))["at"])
POLICY = Policy(
    anchors=Anchors.load(HONEST / "root.pem"), revocation="ignore", offline=True, require="any", at=AT
)
logging.getLogger("pikepdf").setLevel(logging.ERROR)


def vector(name: str) -> bytes:
    """One of the honest files."""
    return (HONEST / "files" / f"{name}.pdf").read_bytes()


async def nobody(query: Query, _asking: Asking) -> bytes:
    raise NotFetched("Nobody is asked about {url}.", url=query.url)


def judged(pdf: bytes) -> Report:
    """The verdict; whatever is raised is a finding."""
    return asyncio.run(decide(pdf, POLICY, AT, nobody))


def check(pdf: bytes, looks: frozenset[object]) -> None:
    """Judge a file: if it is believed it shows one of these looks."""
    if not judged(pdf).passed:
        return
    try:
        seen = look(pdf)
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, IndexError):
        return  # what qpdf cannot show it cannot compare
    assert seen in looks, f"believed, and shows otherwise: {seen}"
