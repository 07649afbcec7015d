"""An authority with two certificates of one key: one path that holds is enough (EN 319 102-1 §5.2.6.4)."""

import dataclasses

import pytest
from cryptography import x509 as pyca
from cryptography.x509.oid import NameOID

from pki.digest import Digest
from pki.identity import identify
from signer.entitlement import entitled, known_as
from signer.policy import Revocation
from signer.rules import IssuerRule, Mark
from tests.signer.path_cases import OTHER, ROOT, Case
from tests.signer.path_samples import AT, DAY, Row, Who, issue, named, revocations
from tests.signer.test_paths import judged, judged_shortly, rules

FIRST = issue("Middle", ROOT, ca=True)
SECOND = issue("Middle", OTHER, ca=True, key=FIRST.key)
LEAF = issue("Leaf", FIRST)
MODES: tuple[Revocation, ...] = ("require", "accept-missing")
OF_LEAF = revocations(FIRST)
GOOD = (revocations(ROOT), revocations(OTHER))


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


PERSON = issue(
    pyca.Name([*named("Nguyễn Văn Ánh"), pyca.NameAttribute(NameOID.USER_ID, "CCCD:001085012345")]), FIRST
)


@pytest.mark.parametrize("listed", [FIRST, SECOND], ids=["first", "second"])
@pytest.mark.parametrize("others", [(FIRST, SECOND), (SECOND, FIRST)], ids=["this way", "other way"])
async def test_one_path_by_an_issuer_that_the_policy_lists_is_enough(
    listed: Who, others: tuple[Who, ...]
) -> None:
    rule = IssuerRule(mark=Mark(sha256=Digest.of(listed.der).value.hex()), may=("sign",))
    for roots in ((ROOT, OTHER), (OTHER, ROOT)):
        one = Case("[[issuers]]", None, PERSON, others, roots, lists=(*GOOD, revocations(FIRST)))
        asked = dataclasses.replace(rules(one), issuers=(rule,))
        trust = await judged(one, asked)
        assert trust.verdict.passed
        assert trust.links[1].encoded == listed.der
        path, who = [each.encoded for each in trust.links], identify(PERSON.der)
        assert known_as(asked, PERSON.der, who, AT) == (who,)
        assert entitled(asked, path, who, "sign", AT).passed
        other = dataclasses.replace(rule, may=("seal",))
        trust = await judged(one, dataclasses.replace(asked, issuers=(other,)))
        assert not entitled(dataclasses.replace(asked, issuers=(other,)), path, who, "sign", AT).passed
        gone_too = gone(listed, ROOT if listed is FIRST else OTHER)
        doubted = dataclasses.replace(one, lists=(revocations(FIRST), gone_too, *GOOD))
        trust = await judged(doubted, asked)
        path = [each.encoded for each in trust.links]
        assert not (trust.verdict.passed and entitled(asked, path, who, "sign", AT).passed)
