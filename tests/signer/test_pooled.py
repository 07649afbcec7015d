"""Certificates that one container of a file brings are known to the others (EN 319 102-1 §5.2.6.4)."""

from dataclasses import replace
from typing import Any

import pytest

from pki.digest import Digest
from signer.report import Report
from signer.rules import IssuerRule, Mark, Rooted, Rules
from tests.signer.moments import (
    ANH,
    CA,
    CLOCKS,
    GOOD,
    GOOD_CA,
    GOOD_CLOCKS,
    GOOD_ROOT,
    ROOT,
    SEAL,
    SIGNED,
    SOON,
    archived,
    at,
    judged,
    signed,
    stamper,
    stamps,
    stored,
)
from tests.signer.path_samples import Row, Who, answer, issue, revocations

BETWEEN = issue("Time CA", CLOCKS, ca=True, begin=at(2020), end=at(2060))
STAMPER = stamper(BETWEEN)
GOOD_BETWEEN = revocations(BETWEEN, at=at(2026, 5, 2), until=SOON)


async def test_the_issuer_of_a_stamper_may_be_carried_by_the_signature() -> None:
    for embed, proven in (((CA,), None), ((CA, BETWEEN), SIGNED)):
        pdf = await signed(stamp=stamps(SIGNED, STAMPER), embed=embed)
        report = await judged(stored(pdf, *GOOD, GOOD_BETWEEN), revocation="ignore")
        assert report.signatures[0].best_signature_time == proven


async def test_the_issuer_of_a_stamper_over_the_document_may_be_carried_by_a_signature() -> None:
    over = await archived(await signed(embed=(CA, BETWEEN)), at(2026, 5, 3), STAMPER)
    report = await judged(over, revocation="ignore")
    assert report.timestamps[0].verdict.passed
    assert report.signatures[0].best_signature_time == at(2026, 5, 3)


async def test_the_issuer_of_one_layer_may_be_carried_by_the_other() -> None:
    sealed = await signed(SEAL, await signed(), field="layer2", embed=())
    assert (await judged(sealed, revocation="ignore", require="two-layer")).passed
    alone = await signed(SEAL, await signed(embed=()), field="layer2", embed=())
    report = await judged(alone, revocation="ignore", require="two-layer")
    assert report.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert (await judged(alone, revocation="ignore", roots=(ROOT, CA))).passed


ELSEWHERE = issue("Another root", ca=True, begin=at(2020), end=at(2060))
AGAIN = issue("Issuing CA", ELSEWHERE, ca=True, key=CA.key, begin=at(2020), end=at(2060))
GOOD_ELSEWHERE = revocations(ELSEWHERE, at=SIGNED, until=SOON)


async def by_both(*lists: bytes, **chosen: Any) -> Report:
    """Two layers of one authority, one certificate of which is carried by the one, the other by the other."""
    first = await signed(stamp=stamps(SIGNED))
    pdf = await signed(SEAL, first, field="layer2", embed=(AGAIN,), stamp=stamps(SIGNED))
    pdf = stored(pdf, GOOD_CA, GOOD_CLOCKS, GOOD_ELSEWHERE, *lists)
    return await judged(pdf, roots=(ROOT, ELSEWHERE, CLOCKS), **chosen)


async def test_what_another_layer_carries_is_tried_where_a_path_does_not_hold() -> None:
    assert (await by_both(GOOD_ROOT)).passed
    gone = revocations(ROOT, Row(CA, at(2026, 4)), at=SIGNED, until=SOON)
    report = await by_both(gone)
    assert report.passed
    assert [each.links[0].encoded for each in report.signatures] == [ELSEWHERE.der] * 2
    gone_too = revocations(ELSEWHERE, Row(AGAIN, at(2026, 4)), at=SIGNED, until=SOON)
    assert (await by_both(gone, gone_too)).verdict.sub_indication == "REVOKED"


@pytest.mark.parametrize("listed", [CA, AGAIN], ids=["the first", "the other"])
async def test_it_is_tried_where_the_policy_lists_no_issuer_of_a_path(listed: Who) -> None:
    roots = tuple(
        Rooted(sha256=Digest.of(each.der).value.hex(), role="practice") for each in (ROOT, ELSEWHERE, CLOCKS)
    )
    mark = Mark(sha256=Digest.of(listed.der).value.hex())
    rules = Rules(
        name="one of two",
        sha256="0" * 64,
        roots=roots,
        stamping=("practice",),
        issuers=(IssuerRule(mark=mark, may=("sign", "seal")),),
    )
    report = await by_both(GOOD_ROOT, rules=rules)
    assert report.passed
    assert [each.links[1].encoded for each in report.signatures] == [listed.der] * 2
    nobody = replace(rules, issuers=(IssuerRule(mark=Mark(sha256="0" * 64), may=("sign",)),))
    report = await by_both(GOOD_ROOT, rules=nobody)
    assert report.verdict.sub_indication == "CHAIN_CONSTRAINTS_FAILURE"


async def test_an_authority_may_spell_its_name_otherwise_in_another_certificate() -> None:
    """RFC 5280 §7.1: names are the same in capitals. The short way compares their bytes, and steps aside."""
    spelled = issue("ISSUING ca", ELSEWHERE, ca=True, key=CA.key, begin=at(2020), end=at(2060))
    gone = revocations(ROOT, Row(CA, at(2026, 4)), at=SIGNED, until=SOON)
    by_it = answer(ANH, spelled, at=at(2026, 5, 2), until=SOON)
    for embed in ((CA, spelled), (spelled, CA)):
        pdf = await signed(stamp=stamps(SIGNED), embed=embed)
        pdf = stored(pdf, GOOD_CA, GOOD_CLOCKS, GOOD_ELSEWHERE, gone, ocsps=[by_it])
        assert (await judged(pdf, roots=(ROOT, ELSEWHERE, CLOCKS))).passed
        taken = revocations(spelled, Row(ANH, at(2026, 4)), at=at(2026, 5, 2), until=SOON)
        pdf = stored(pdf, GOOD_CA, GOOD_CLOCKS, GOOD_ELSEWHERE, GOOD_ROOT, taken)
        await judged(pdf, roots=(ROOT, ELSEWHERE, CLOCKS))  # both ways alike
