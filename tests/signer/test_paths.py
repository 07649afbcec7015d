"""What is said of certificates: paths, purposes and status, by the judge that every verdict asks."""

import dataclasses
import datetime as dt

import pytest
from cryptography import x509
from cryptography.x509 import ReasonFlags, load_der_x509_certificate
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from pki.digest import Digest
from pki.query import Asking, Query
from pki.status import from_ocsp
from pki.trust import Anchors
from signer.pades import standing
from signer.pades.judged import Trust
from signer.pades.parsed import Signer
from signer.pades.standing import Stored
from signer.pades.trusting import Judge
from signer.policy import Policy, Revocation
from signer.quick.judging import _ODD as ODD
from signer.quick.proof import Proof
from signer.quick.trusting import Believing
from signer.rules import Freshness, Rooted, Rules
from tests.signer.path_cases import CHECKED, LEAF, MIDDLE, P1, P2, PATHS, Case
from tests.signer.path_samples import AT, DAY, Row, answer, issue, revocations
from tests.signer.status_cases import STATUS

AFTERWARDS = AT + 30 * DAY  # when the certificates are looked at, as of an earlier moment


def asking(case: Case, policy: str) -> Rules:
    return dataclasses.replace(rules(case), certificate_policies=(policy,))


def rules(case: Case) -> Rules:
    """Rules that trust the roots of a case for everything."""
    roots = tuple(Rooted(sha256=Digest.of(each.der).value.hex(), role="practice") for each in case.roots)
    return Rules(name="asking", sha256="0" * 64, roots=roots, stamping=("practice",))


async def judged(case: Case, rules: Rules | None = None, revocation: Revocation = "require") -> Trust:
    with_status = case.ocsps is not None or case.lists is not None
    judge = Judge(
        rules=rules,
        anchors=Anchors(tuple(each.der for each in case.roots)),
        revocation=revocation if with_status else "ignore",
        fetching=None,
        moment=AT,
        clock=AFTERWARDS,
        stored=Stored(case.ocsps or (), case.lists or ()),
    )
    others = tuple(each.loaded for each in case.others)
    return await judge.trust(case.leaf.loaded, others, case.purpose, case.proven)


async def nobody(query: Query, _asking: Asking) -> bytes:
    raise AssertionError(query.url)


async def judged_shortly(case: Case, rules: Rules | None = None) -> Trust | None:
    """What the short way says; nothing where it leaves the case to the long way."""
    anchors = Anchors(tuple(each.der for each in case.roots))
    with_status = case.ocsps is not None or case.lists is not None
    revocation: Revocation = "require" if with_status else "ignore"
    policy = Policy(anchors=anchors, revocation=revocation, offline=True, at=AT, rules=rules)
    proof = Proof(ocsps=case.ocsps or (), lists=case.lists or ())
    others = tuple(each.der for each in case.others)
    signer = Signer(case.leaf.der, ("sha256",), "sha256_ecdsa", others)
    try:
        believing = Believing(policy, proof, AFTERWARDS, nobody, lambda _revision: frozenset())
        return await believing.trust(signer, case.purpose, case.proven)
    except ODD:
        return None


CASES = PATHS | STATUS


@pytest.mark.parametrize("name", [each for each in PATHS if "not valid yet" in each])
async def test_it_is_told_from_when_a_certificate_is_valid(name: str) -> None:
    (why,) = (await judged(PATHS[name])).verdict.reasons
    assert why.template == "A certificate was not valid yet: it is valid from {begin} on."
    assert isinstance(why.facts["begin"], dt.datetime)


@pytest.mark.parametrize("name", CASES)
async def test_a_certificate_is_judged_as_the_rule_says(name: str) -> None:
    trust = await judged(CASES[name])
    assert trust.verdict.sub_indication == CASES[name].expected, [str(each) for each in trust.verdict.reasons]
    assert trust.verdict.passed is (CASES[name].expected is None)


@pytest.mark.parametrize("name", CASES)
async def test_the_short_way_says_the_same_or_nothing(name: str) -> None:
    trust = await judged_shortly(CASES[name])
    assert trust is None or trust.verdict.sub_indication == CASES[name].expected


@pytest.mark.parametrize("policy", [P1, P2])
@pytest.mark.parametrize("name", CASES)
async def test_a_policy_that_is_asked_for_is_found_the_short_way_or_not_at_all(
    name: str, policy: str
) -> None:
    case = CASES[name]
    rules = asking(case, policy)
    trust = await judged_shortly(case, rules)
    assert trust is None or trust.verdict == (await judged(case, rules)).verdict


@pytest.mark.parametrize(
    "fresh", [Freshness(signer=0, authority=0), Freshness(signer=86400), Freshness(authority=60)]
)
@pytest.mark.parametrize("name", STATUS)
async def test_a_status_is_as_fresh_as_the_policy_asks_the_short_way_or_not_at_all(
    name: str, fresh: Freshness
) -> None:
    case = CASES[name]
    asked = dataclasses.replace(rules(case), freshness=fresh)
    trust = await judged_shortly(case, asked)
    assert trust is None or trust.verdict == (await judged(case, asked)).verdict


async def test_the_short_way_knows_that_a_status_is_too_old() -> None:
    case = CASES["an authority's list within its time"]
    for fresh, sub in ((Freshness(), None), (Freshness(signer=0, authority=0), "TRY_LATER")):
        trust = await judged_shortly(case, dataclasses.replace(rules(case), freshness=fresh))
        assert trust is not None
        assert trust.verdict.sub_indication == sub


@pytest.mark.parametrize(
    ("name", "under"),
    [
        ("one policy all the way", {P1}),
        ("any policy all the way", {P1, P2}),
        ("policies that nobody requires", ()),
    ],
)
async def test_the_short_way_knows_a_policy_that_is_asserted_all_the_way(name: str, under: set[str]) -> None:
    case = CASES[name]
    for policy in (P1, P2):
        trust = await judged_shortly(case, asking(case, policy))
        assert (trust is not None and trust.verdict.passed) is (policy in under)


async def test_that_a_certificate_is_for_logging_in_is_told() -> None:
    for name, told in (("a person who logs in signs a document", 1), ("a purpose that is not known", 0)):
        for trust in (await judged(CASES[name]), await judged_shortly(CASES[name])):
            assert trust is not None
            assert len([each for each in trust.notes if "are for logging in" in str(each)]) == told


async def test_the_short_way_knows_the_plain_cases() -> None:
    known = ["a plain path", "good lists of both authorities", "the leaf is revoked"]
    assert None not in [await judged_shortly(CASES[name]) for name in known]


def test_what_a_long_list_says_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict asks for it several times, and the list may be of megabytes."""
    monkeypatch.setattr(standing, "_MOST_REMEMBERED", 0)
    stored = Stored(lists=(revocations(MIDDLE),))
    certificate, issuer = (load_der_x509_certificate(each.der) for each in (LEAF, MIDDLE))
    first = stored.about(certificate, issuer)
    assert [each.source for each in first] == ["CRL"]
    assert stored.about(certificate, issuer) is first
    assert stored.about(issuer, certificate) == ()


@pytest.mark.parametrize(("reason", "believed"), [("key_compromise", False), ("superseded", True)])
def test_whoever_stole_a_responders_key_dates_no_answer_back(reason: str, believed: bool) -> None:
    """Its certificate was good when the answer says that it was made."""
    now = dt.datetime.now(dt.UTC)
    row = Row(CHECKED, now + DAY, ReasonFlags[reason])
    said = revocations(MIDDLE, row, at=now + 2 * DAY, until=now + 9 * DAY)
    certificate, issuer = (load_der_x509_certificate(each.der) for each in (LEAF, MIDDLE))
    assert bool(from_ocsp(answer(LEAF, MIDDLE, CHECKED), certificate, issuer, [said])) is believed


def test_an_answer_that_is_stored_hundreds_of_times_is_read_once() -> None:
    """Anybody may name a list of megabytes again and again: others behind it are read all the same."""
    good, bad = revocations(MIDDLE), revocations(MIDDLE, Row(LEAF))
    stored = Stored((answer(LEAF, MIDDLE),) * 2, (good,) * standing.MAX_STORED + (bad,))
    found = stored.about(*(load_der_x509_certificate(each.der) for each in (LEAF, MIDDLE)))
    assert [(each.source, each.revoked is not None) for each in found] == [
        ("CRL", False), ("CRL", True), ("OCSP", False),
    ]  # fmt: skip


BMP, UTF8 = _ASN1Type.BMPString, _ASN1Type.UTF8String


@pytest.mark.parametrize(
    ("kind", "name", "plain"),
    [
        (BMP, "Nguyễn Văn Ánh", True),
        (UTF8, "Nguyễn Văn Ánh – 2", True),
        (_ASN1Type.T61String, "Nguyen Van Anh", True),
        (_ASN1Type.T61String, "Nguyễn Văn Ánh", False),
        (_ASN1Type.IA5String, "Nguyễn Văn Ánh", False),
        (BMP, "Nguyễn Văn Ánh \N{GRINNING FACE}", False),
        (BMP, "\ufffeNguyễn Văn Ánh", False),
        (UTF8, "Nguyễn Văn Ánh \N{GRINNING FACE}", False),
        (UTF8, "Nguyễn Văn Ánh \N{REPLACEMENT CHARACTER}", False),
        (UTF8, "Nguyễn Văn Ánh \N{HEBREW LETTER ALEF}", False),
        (UTF8, "Nguyễn Văn Ánh \ue000", False),
    ],
)
async def test_a_name_that_readers_read_differently_is_left_to_the_long_way(
    kind: _ASN1Type, name: str, plain: bool
) -> None:
    root = issue("Root", ca=True)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, _type=kind)])
    case = Case("", None, issue(named, root), (), (root,))
    short = await judged_shortly(case)
    assert (short is not None) is plain
    if short is not None:
        assert short == await judged(case)
