"""Certificates that one container of a file brings are known to the others (EN 319 102-1 §5.2.6.4)."""

from tests.signer.moments import (
    CA,
    CLOCKS,
    GOOD,
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
from tests.signer.path_samples import issue, revocations

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
