"""Certificates on hold: what is told of them, and what a hold says of the time after it was known."""

import datetime as dt
from typing import Any

import pytest
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


async def test_a_hold_of_before_lasts_until_somebody_calls_it_over() -> None:
    """A later list says that it was lifted, and not when (§5.3.1)."""
    hold, lifted = said(at(2026, 4, 2), at(2026, 4)), said(AFTER)
    assert (await with_lists(hold)).verdict.sub_indication == "TRY_LATER"
    assert (await with_lists(hold, lifted)).verdict.sub_indication == "TRY_LATER"
    assert (await with_lists(hold, said(BEFORE), lifted)).passed
    assert (await with_lists(hold, said(SIGNED))).passed


async def test_a_hold_of_before_and_a_revocation_of_after_stay_a_doubt() -> None:
    hold, final = said(at(2026, 4, 2), at(2026, 4)), said(AFTER, at(2026, 5, 10), COMPROMISED)
    assert (await with_lists(hold, final)).verdict.sub_indication == "TRY_LATER"
    assert (await with_lists(hold, said(BEFORE), final)).passed
    known = said(at(2026, 5, 2), at(2026, 4))
    assert (await with_lists(known, final)).verdict.sub_indication == "REVOKED"


@pytest.mark.parametrize("mode", ["require", "accept-missing"])
async def test_a_hold_of_an_authority_hides_no_revocation_and_is_hidden_by_nothing_unknown(mode: Any) -> None:
    held = revocations(ROOT, Row(CA, at(2026, 4), HELD), at=AFTER, until=SOON)
    pdf = await signed(stamp=stamps(SIGNED))
    gone = said(AFTER, at(2026, 3), COMPROMISED)
    report = await judged(stored(pdf, held, GOOD_CLOCKS, gone), revocation=mode)
    assert report.verdict.sub_indication == "REVOKED"
    report = await judged(stored(pdf, GOOD_CLOCKS, said(AFTER, at(2026, 4))), revocation=mode)
    assert (report.verdict.sub_indication, report.signatures[0].on_hold) == ("TRY_LATER", True)
