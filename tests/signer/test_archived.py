"""Level B-LTA is told of what a time-stamp over the document covers (EN 319 142-1 §5.4.3)."""

from tests.signer.moments import (
    CA,
    CLOCKS,
    GOOD_CA,
    GOOD_ROOT,
    SIGNED,
    SOON,
    STAMPER,
    archived,
    at,
    judged,
    signed,
    stamps,
    stored,
)
from tests.signer.path_samples import revocations

OVER, LATER = at(2026, 5, 3), at(2026, 5, 20)
OF_CLOCKS = revocations(CLOCKS, at=at(2026, 5, 25), until=SOON)
GOOD = (GOOD_ROOT, GOOD_CA, OF_CLOCKS)


async def level(pdf: bytes) -> str | None:
    report = await judged(pdf)
    assert report.passed
    return report.signatures[0].level


async def stamped() -> bytes:
    return await signed(stamp=stamps(SIGNED))


async def test_what_stands_under_a_time_stamp_is_archived() -> None:
    pdf = await archived(stored(await stamped(), *GOOD), OVER)
    assert await level(pdf) == "B-LTA"
    assert await level(stored(pdf, *GOOD)) == "B-LTA"
    assert await level(await archived(pdf, LATER, STAMPER)) == "B-LTA"


async def test_proof_that_came_after_the_last_time_stamp_is_not() -> None:
    pdf = await archived(await stamped(), OVER)
    assert await level(stored(pdf, *GOOD)) == "B-LT"
    assert await level(await archived(stored(pdf, *GOOD), LATER, STAMPER)) == "B-LTA"


async def test_part_of_the_proof_is_not_enough() -> None:
    pdf = await archived(stored(await stamped(), GOOD_CA, OF_CLOCKS), OVER)
    assert await level(stored(pdf, *GOOD)) == "B-LT"


async def test_proof_that_was_replaced_since_is_not_what_was_stamped() -> None:
    pdf = await archived(stored(await stamped(), *GOOD), OVER)
    newer = revocations(CA, at=LATER, until=SOON)
    assert await level(stored(pdf, GOOD_ROOT, newer, OF_CLOCKS)) == "B-LT"
    assert await level(stored(pdf, GOOD_ROOT, GOOD_CA, newer, OF_CLOCKS)) == "B-LTA"


async def test_a_time_stamp_that_is_not_trusted_archives_nothing() -> None:
    pdf = await archived(stored(await stamped(), *GOOD), at(2024))
    report = await judged(pdf, revocation="ignore")
    assert report.signatures[0].level == "B-LT"


async def test_the_proof_of_a_time_stamp_is_part_of_the_proof() -> None:
    """At B-LT nothing is asked for, of the stamper's status either (EN 319 142-1 §6.3)."""
    for lists, expected in ((GOOD, "B-LT"), ((GOOD_ROOT, GOOD_CA), "B-T")):
        report = await judged(stored(await stamped(), *lists), revocation="ignore")
        assert report.signatures[0].level == expected
