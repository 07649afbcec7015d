"""Certificates on hold: what is told of them, and what a hold says of the time after it was known."""

import datetime as dt

from cryptography import x509
from lxml import etree

from pki.trust import Anchors
from signer.policy import Policy
from signer.report import Report
from signer.reports import plain
from tests.signer.moments import (
    ANH,
    CA,
    GOOD_CLOCKS,
    GOOD_ROOT,
    ROOT,
    SIGNED,
    SOON,
    at,
    judged,
    signed,
    stamps,
    stored,
)
from tests.signer.path_samples import Row, revocations
from tests.signer.reports_held import held_by_etsi, held_by_schema

HELD, COMPROMISED = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.key_compromise
BEFORE, AFTER = at(2026, 4, 20), at(2026, 5, 20)


def said(made: dt.datetime, since: dt.datetime | None = None, reason: x509.ReasonFlags = HELD) -> bytes:
    """A list of that time, on which the signer is revoked, or not."""
    rows = [] if since is None else [Row(ANH, since, reason)]
    return revocations(CA, *rows, at=made, until=SOON)


async def with_lists(*lists: bytes) -> Report:
    return await judged(stored(await signed(stamp=stamps(SIGNED)), GOOD_ROOT, GOOD_CLOCKS, *lists))


async def test_a_hold_is_told_apart_from_a_revocation_for_good() -> None:
    held, final = (
        await with_lists(said(AFTER, at(2026, 4))),
        await with_lists(said(AFTER, at(2026, 4), COMPROMISED)),
    )
    for report, on_hold, shown in ((held, True, "on hold"), (final, False, "revoked")):
        (one,) = report.signatures
        assert (one.revocation, one.on_hold) == ("revoked", on_hold)
        assert one.as_json()["on_hold"] is on_hold
        assert plain.standing(one) == shown
        held_by_schema(report)
        root = held_by_etsi(report, Policy(anchors=Anchors((ROOT.der,)), require="any"))
        (asked,) = root.xpath("//*[contains(text(), ':constraint:certificate-not-revoked')]/..")
        assert ("indeterminate" in etree.tostring(asked).decode()) is on_hold
