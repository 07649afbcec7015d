"""An authority with two certificates of one key: one path that holds is enough (EN 319 102-1 §5.2.6.4)."""

import pytest

from signer.policy import Revocation
from tests.signer.path_cases import OTHER, ROOT, Case
from tests.signer.path_samples import AT, DAY, Row, Who, issue, revocations
from tests.signer.test_paths import judged, judged_shortly

FIRST = issue("Middle", ROOT, ca=True)
SECOND = issue("Middle", OTHER, ca=True, key=FIRST.key)
LEAF = issue("Leaf", FIRST)
MODES: tuple[Revocation, ...] = ("require", "accept-missing")
OF_LEAF = revocations(FIRST)


def case(
    *lists: bytes, others: tuple[Who, ...] = (FIRST, SECOND), roots: tuple[Who, ...] = (ROOT, OTHER)
) -> Case:
    return Case("EN 319 102-1 §5.2.6.4", None, LEAF, others, roots, lists=lists)


def gone(authority: Who, issuer: Who) -> bytes:
    return revocations(issuer, Row(authority), at=AT)


@pytest.mark.parametrize("others", [(FIRST, SECOND), (SECOND, FIRST)], ids=["first", "second"])
@pytest.mark.parametrize("roots", [(ROOT, OTHER), (OTHER, ROOT)], ids=["root", "other"])
async def test_what_is_wrong_with_one_path_hides_no_other(
    others: tuple[Who, ...], roots: tuple[Who, ...]
) -> None:
    for revoked, issuer, good in ((FIRST, ROOT, OTHER), (SECOND, OTHER, ROOT)):
        for lists in ((gone(revoked, issuer), revocations(good)), (revocations(good),)):
            trust = await judged(case(OF_LEAF, *lists, others=others, roots=roots))
            assert trust.verdict.passed
            assert len(trust.path) == 3
            assert trust.links[0].encoded == good.der


async def test_the_least_grave_of_several_that_do_not_hold_is_told() -> None:
    both = case(OF_LEAF, gone(FIRST, ROOT), gone(SECOND, OTHER))
    assert (await judged(both)).verdict.sub_indication == "REVOKED"
    doubted = case(OF_LEAF, gone(FIRST, ROOT))
    assert (await judged(doubted)).verdict.sub_indication == "TRY_LATER"


async def test_a_revoked_signer_is_mended_by_no_path() -> None:
    """Its second authority may sign no lists: by that path nothing would be known."""
    silent = issue("Middle", OTHER, ca=True, key=FIRST.key, uses=("key_cert_sign",))
    taken = revocations(FIRST, Row(LEAF))
    for others in ((FIRST, silent), (silent, FIRST)):
        for mode in MODES:
            revoked = case(taken, revocations(ROOT), revocations(OTHER), others=others)
            trust = await judged(revoked, revocation=mode)
            assert trust.verdict.sub_indication == "REVOKED"


async def test_the_short_way_leaves_several_paths_to_the_long_one() -> None:
    good = (OF_LEAF, revocations(ROOT), revocations(OTHER))
    assert await judged_shortly(case(*good)) is None
    ended = issue("Middle", OTHER, ca=True, key=FIRST.key, end=AT - DAY)
    assert await judged_shortly(case(*good, others=(FIRST, ended))) is not None
