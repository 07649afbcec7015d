"""What times prove of each other: the order of time-stamps, revocations and what nobody knows, clocks.

Most of these were once believed, or refused, wrongly.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID

from pki import path
from pki.query import Asking, Query
from pki.reach import NotFetched
from signer.pades import bonds, certificates
from signer.report import Indication
from tests.signer.moments import (
    ANH,
    CA,
    CLOCKS,
    GOOD,
    GOOD_CA,
    GOOD_CLOCKS,
    GOOD_ROOT,
    NOW,
    ROOT,
    SEAL,
    SIGNED,
    SOON,
    STAMPER,
    archived,
    at,
    judged,
    nobody,
    signed,
    stamper,
    stamps,
    stored,
)  # fmt: skip
from tests.signer.path_samples import DAY, Row, Who, answer, issue, revocations

COMPROMISED, HELD = x509.ReasonFlags.key_compromise, x509.ReasonFlags.certificate_hold
LAST = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)  # RFC 5280 §4.1.2.5
CEASED = x509.ReasonFlags.cessation_of_operation


def gone(
    who: Who, when: dt.datetime, *, issuer: Who = CA, reason: Any = COMPROMISED, on: Any = None
) -> bytes:
    """A list on which somebody is revoked."""
    return revocations(issuer, Row(who, when, reason), at=on or when + dt.timedelta(days=20), until=SOON)


async def stamped(who: Who = ANH, **chosen: Any) -> bytes:
    return await signed(who, stamp=stamps(SIGNED), **chosen)


# -------------------------------------------------------------- revocations, and what nobody knows


@pytest.mark.parametrize("mode", ["require", "accept-missing"])
async def test_what_is_not_known_of_an_authority_hides_no_revocation(mode: Any) -> None:
    report = await judged(stored(await stamped(), gone(ANH, at(2026, 1)), GOOD_CLOCKS), revocation=mode)
    assert report.verdict.sub_indication == "REVOKED"


async def test_a_revoked_stamper_proves_nothing_though_nothing_is_known_of_its_authority() -> None:
    """The signer has expired since: without the time-stamp nothing says that it had not."""
    late = at(2028, 6)
    taken = gone(STAMPER, at(2026, 1), issuer=CLOCKS)
    pdf = stored(await stamped(), GOOD_ROOT, GOOD_CA, taken)
    report = await judged(pdf, now=late, revocation="accept-missing")
    assert report.verdict.sub_indication == "OUT_OF_BOUNDS_NO_POE"


async def test_an_unknown_status_of_a_stamper_is_told_where_it_is_accepted() -> None:
    report = await judged(stored(await stamped(), GOOD_ROOT, GOOD_CA), revocation="accept-missing")
    assert report.passed
    assert any("certificate of a time-stamp was revoked is not known" in str(each) for each in _notes(report))


async def test_why_a_status_is_not_known_is_a_whole_sentence() -> None:
    pdf = await stamped()
    old = gone(SEAL, at(2026, 1), on=at(2026, 2))
    asked = {"source": nobody}
    for whole, chosen in ((pdf, {}), (stored(pdf, GOOD_ROOT, old, GOOD_CLOCKS), {}), (pdf, asked)):
        reasons = (await judged(whole, **chosen)).verdict.reasons
        assert any("could not be found out: " in str(each) for each in reasons)
        assert all(str(each).endswith(".") and not str(each).endswith("..") for each in reasons)


@pytest.mark.parametrize("old", [at(2021), at(2026, 1)])
async def test_an_answer_that_promises_no_newer_one_is_no_answer_for_later(old: dt.datetime) -> None:
    root = revocations(ROOT, at=old, until=None)
    report = await judged(stored(await stamped(), root, GOOD_CA, GOOD_CLOCKS))
    assert report.verdict.sub_indication == "TRY_LATER"


async def test_an_old_answer_that_a_responder_gives_again_is_none() -> None:
    where = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://a/")
            )
        ]
    )
    person = issue("Lê Văn Chi", CA, (where, False), begin=at(2025), end=at(2028))
    pdf = stored(await signed(person), GOOD_ROOT)

    def replaying(made: dt.datetime) -> Any:
        said = answer(person, CA, at=made, until=None)

        async def source(query: Query, _asking: Asking) -> bytes:
            if query.kind != "ocsp":
                raise NotFetched("Nobody answers at {url}.", url=query.url)
            return said

        return source

    assert (await judged(pdf, source=replaying(at(2025, 1, 2)))).verdict.sub_indication == "TRY_LATER"
    assert (await judged(pdf, source=replaying(NOW))).passed


async def test_an_answer_of_a_time_still_to_come_calls_nobody_good() -> None:
    """It was made before anybody could know; that somebody was revoked it says all the same."""
    pdf = await stamped()

    async def with_list(made: bytes, **chosen: Any) -> str | None:
        return (await judged(stored(pdf, GOOD_ROOT, GOOD_CLOCKS, made), **chosen)).verdict.sub_indication

    minutes = dt.timedelta(minutes=1)
    for ahead, expected in ((14 * minutes, None), (16 * minutes, "TRY_LATER"), (60 * DAY, "TRY_LATER")):
        assert await with_list(revocations(CA, at=NOW + ahead, until=SOON)) == expected
        later = gone(ANH, NOW + ahead, on=NOW + ahead)
        assert await with_list(later) == expected
    assert await with_list(gone(ANH, at(2026, 4), on=NOW + 60 * DAY)) == "REVOKED"
    assert await with_list(revocations(CA, at=at(2026, 5, 20), until=SOON), at=at(2026, 5, 3)) is None


async def test_a_list_made_before_a_certificate_says_nothing_of_it() -> None:
    young = issue("Young CA", ROOT, ca=True, begin=at(2026, 4), end=at(2060))
    person = issue("Trần Văn Bình", young, begin=at(2026, 4, 2), end=at(2028))
    pdf = await signed(person, stamp=stamps(SIGNED), embed=[young])
    mine = revocations(young, at=at(2026, 5, 2), until=SOON)
    before, after = (revocations(ROOT, at=each, until=SOON) for each in (at(2026, 1), at(2026, 4, 20)))
    assert not (await judged(stored(pdf, before, mine, GOOD_CLOCKS))).passed
    assert (await judged(stored(pdf, after, mine, GOOD_CLOCKS))).passed


async def test_a_revoked_authority_vouches_for_nobody_after_its_revocation() -> None:
    taken = gone(CA, at(2026, 5, 10), issuer=ROOT)
    after, before = (revocations(CA, at=at(2026, 5, day), until=SOON) for day in (20, 9))
    pdf = await stamped()
    report = await judged(stored(pdf, taken, after, GOOD_CLOCKS))
    assert (report.verdict.sub_indication, report.signatures[0].level) == ("TRY_LATER", "B-T")
    assert (await judged(stored(pdf, taken, before, GOOD_CLOCKS))).passed


async def test_a_certificate_on_hold_just_then_is_not_believed_whatever_came_later() -> None:
    held = gone(ANH, at(2026, 4), reason=HELD, on=at(2026, 5, 2))
    lifted, final = revocations(CA, at=at(2026, 5, 20), until=SOON), gone(ANH, at(2026, 5, 15))
    pdf = await stamped()
    for lists, expected in (
        ((held,), "TRY_LATER"),
        ((held, lifted), "TRY_LATER"),
        ((held, final), "REVOKED"),
    ):
        report = await judged(stored(pdf, GOOD_ROOT, GOOD_CLOCKS, *lists))
        assert report.verdict.sub_indication == expected, lists
        assert report.passed is False
    after = gone(ANH, at(2026, 5, 10), reason=HELD)
    assert (await judged(stored(pdf, GOOD_ROOT, GOOD_CLOCKS, after))).passed


# ----------------------------------------------------------------------------------- time-stamps in order


async def test_a_time_stamp_of_the_future_proves_nothing() -> None:
    young = issue("Lê Văn Chi", CA, begin=at(2027), end=at(2029))
    report = await judged(await signed(young, stamp=stamps(at(2027, 8))), revocation="ignore")
    assert report.signatures[0].verdict.sub_indication == "TIMESTAMP_ORDER_FAILURE"
    assert report.signatures[0].best_signature_time is None
    over = await archived(stored(await stamped(), *GOOD), at(2027, 8))
    assert (await judged(over, revocation="ignore")).verdict.sub_indication == "TIMESTAMP_ORDER_FAILURE"


async def test_as_of_a_moment_before_it_a_time_stamp_is_still_to_come() -> None:
    report = await judged(stored(await stamped(), *GOOD), at=at(2026, 3))
    assert report.verdict.sub_indication == "TIMESTAMP_ORDER_FAILURE"


async def test_a_slow_clock_refuses_no_fresh_time_stamp() -> None:
    slow = SIGNED - dt.timedelta(minutes=14)
    assert (await judged(await stamped(), now=slow, revocation="ignore")).passed


async def test_a_time_stamp_before_its_own_certificate_proves_nothing() -> None:
    late = stamper(begin=at(2026, 5, 20))
    pdf = stored(await signed(stamp=stamps(SIGNED, late)), GOOD_ROOT, GOOD_CLOCKS, gone(ANH, at(2026, 5, 10)))
    report = await judged(pdf)
    assert report.verdict.indication is not Indication.TOTAL_PASSED
    assert report.signatures[0].best_signature_time is None


async def test_time_stamps_that_contradict_each_other_are_no_proof() -> None:
    inner = stored(await stamped(), GOOD_ROOT, GOOD_CLOCKS, gone(ANH, at(2026, 3)))
    report = await judged(await archived(inner, at(2026, 1)))
    assert report.verdict.sub_indication == "TIMESTAMP_ORDER_FAILURE"
    twice = await archived(await archived(await stamped(), at(2026, 5, 20)), at(2026, 5, 10), STAMPER)
    assert (await judged(twice, revocation="ignore")).verdict.sub_indication == "TIMESTAMP_ORDER_FAILURE"


@pytest.mark.parametrize(
    "options",
    [
        {"uses": ("key_encipherment",)},
        {"uses": ("key_cert_sign",)},
        {"ca": True, "uses": ("key_cert_sign", "digital_signature")},
    ],
    ids=["encipherment", "issuing", "authority"],
)
async def test_who_may_not_sign_does_not_stamp_either(options: Any) -> None:
    report = await judged(await signed(stamp=stamps(SIGNED, stamper(**options))), revocation="ignore")
    assert report.signatures[0].best_signature_time is None


# ------------------------------------------------------------------------- what one proves for another


async def test_a_time_stamp_on_the_seal_proves_that_the_layer_it_seals_was_there() -> None:
    """The leader's certificate was revoked, or expired, after the seal: the leader had signed before."""
    first = await signed()
    sealed = await signed(SEAL, first, field="layer2", stamp=stamps(SIGNED))
    left = gone(ANH, at(2026, 5, 10), reason=CEASED)
    report = await judged(stored(sealed, GOOD_ROOT, GOOD_CLOCKS, left), require="two-layer")
    assert report.passed
    assert [each.level for each in report.signatures] == ["B-B", "B-LT"]
    assert [each.best_signature_time for each in report.signatures] == [SIGNED, SIGNED]
    gone_before = gone(ANH, at(2026, 4))
    report = await judged(stored(sealed, GOOD_ROOT, GOOD_CLOCKS, gone_before), require="two-layer")
    assert report.verdict.sub_indication == "REVOKED"


async def test_a_layer_is_not_stamped_after_the_seal_over_it() -> None:
    first = await signed(stamp=stamps(at(2026, 5, 20)))
    sealed = await signed(SEAL, first, field="layer2", stamp=stamps(SIGNED))
    report = await judged(sealed, require="two-layer", revocation="ignore")
    assert report.verdict.sub_indication == "TIMESTAMP_ORDER_FAILURE"


async def test_a_time_stamp_that_nobody_needs_condemns_no_document() -> None:
    whole = stored(await stamped(), *GOOD)
    strange = issue("Strange root", ca=True, begin=at(2020), end=at(2060))
    foreign = stamper(issuer=strange)
    report = await judged(await archived(whole, at(2026, 5, 3), foreign))
    assert report.passed
    assert not report.timestamps[0].verdict.passed
    assert report.timestamps[0].best_signature_time is None
    assert "proves nothing here" in str(report.notes[0])


async def test_a_time_stamp_that_was_changed_condemns_the_document() -> None:
    over = await archived(stored(await stamped(), *GOOD), at(2026, 5, 3))
    start = over.rindex(b"/Contents <") + 11
    spot = start + len(over[start : over.index(b">", start)].rstrip(b"0")) - 3  # of the signature value
    changed = over[:spot] + (b"0" if over[spot : spot + 1] != b"0" else b"1") + over[spot + 1 :]
    assert not (await judged(changed)).passed


# --------------------------------------------------------------------------------------- dates and clocks


async def test_an_expired_anchor_that_signs_itself_is_out_of_bounds() -> None:
    expired = issue("Lê Văn Chi", CA, begin=at(2020), end=at(2026))
    report = await judged(await signed(expired), roots=[expired])
    assert report.verdict.sub_indication == "OUT_OF_BOUNDS_NO_POE"
    valid = await judged(await signed(embed=()), roots=[ANH])
    assert (valid.passed, valid.signatures[0].revocation) == (True, "not-checked")


@pytest.mark.parametrize(
    ("claimed", "stamp", "words"),
    [
        (at(2026, 5, 1, 7), SIGNED, ["after the time that is proven", "as if it were UTC"]),
        (at(2026, 5, 1, 6, 55), SIGNED, ["after the time that is proven", "as if it were UTC"]),
        (at(2026, 5, 1, 2), SIGNED, ["after the time that is proven"]),
        (at(2026, 5, 1, 0, 1), SIGNED, []),
        (at(2026, 4, 1), SIGNED, []),
        (at(2030), None, ["still to come"]),
        (NOW + dt.timedelta(hours=6), None, ["still to come", "as if it were UTC"]),
        (NOW + dt.timedelta(minutes=14), None, []),
        (at(2020), None, ["before the signer's certificate begins"]),
    ],
    ids=str,
)
async def test_a_clock_that_cannot_be_right_is_told_and_changes_no_verdict(
    claimed: dt.datetime, stamp: dt.datetime | None, words: list[str]
) -> None:
    pdf = await signed(stamp=None if stamp is None else stamps(stamp), claimed=claimed)
    report = await judged(pdf, revocation="ignore")
    assert report.passed
    assert report.signatures[0].signing_time == claimed
    told = [str(each) for each in report.signatures[0].notes if "igning" in str(each)]
    assert len(told) == len(words)
    assert all(word in each for word, each in zip(words, told, strict=True))


async def test_a_digest_that_does_not_count_still_tells_what_was_changed() -> None:
    first = await signed(digest="sha1")
    sealed = await signed(SEAL, first, field="layer2", digest="sha1")
    report = await judged(sealed, require="two-layer", revocation="ignore")
    assert (report.verdict.indication, report.verdict.sub_indication) == (
        Indication.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE",
    )  # fmt: skip
    assert [each.intact for each in report.signatures] == [True, True]
    changed = sealed.replace(b"/Type /Page\n", b"/Type /Pag3\n", 1).replace(
        b"/Type /Page ", b"/Type /Pag3 ", 1
    )
    assert changed != sealed
    assert (await judged(changed, revocation="ignore")).verdict.indication is Indication.TOTAL_FAILED


async def test_whose_kind_cannot_be_told_makes_no_layer_and_no_proof_of_the_contrary() -> None:
    nobody_knows = issue("Kho 17", CA, begin=at(2025), end=at(2028))
    sealed = await signed(SEAL, await signed(nobody_knows), field="layer2")
    report = await judged(sealed, require="two-layer", revocation="ignore")
    assert (report.verdict.indication, report.verdict.sub_indication) == (
        Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE",
    )  # fmt: skip


async def test_what_has_no_end_ends_on_the_last_second_there_is() -> None:
    ever = issue("Nguyễn Văn Ánh", CA, begin=at(2025), end=LAST)
    lists = [revocations(issuer, at=at(2026, 5, 2), until=LAST) for issuer in (ROOT, CA, CLOCKS)]
    clock = stamper(end=LAST)
    pdf = stored(await signed(ever, stamp=stamps(SIGNED, clock)), *lists)
    assert (await judged(pdf)).verdict.passed
    assert (await judged(stored(await signed(ever), *lists))).verdict.sub_indication == "TRY_LATER"
    assert (await judged(await signed(ever), revocation="ignore")).verdict.passed


async def test_the_last_and_the_first_moment_may_be_asked_about() -> None:
    root = issue("Root", ca=True, begin=at(2020), end=LAST)
    pdf = await signed(issue("Nguyễn Văn Ánh", root, begin=at(2025), end=LAST), embed=())
    chosen: dict[str, Any] = {"roots": (root,), "revocation": "ignore"}
    assert (await judged(pdf, at=LAST, **chosen)).verdict.passed
    assert (await judged(pdf, at=at(1), **chosen)).verdict.sub_indication == "OUT_OF_BOUNDS_NO_POE"
    for moment in (LAST, at(1)):
        found = (await judged(await stamped(), at=moment, revocation="ignore")).verdict
        assert found.indication is Indication.INDETERMINATE


@pytest.mark.parametrize("own_key", [True, False])
async def test_a_crowd_of_stored_certificates_is_tried_once_each(
    own_key: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = None if own_key else ec.generate_private_key(ec.SECP256R1())
    crowd = [issue("Issuing CA", ca=True, begin=at(2020), end=at(2060), key=key).der for _ in range(300)]
    pdf = stored(await stamped(embed=()), *GOOD, certificates=[*crowd, CA.der])
    checks = 0

    def counted(function: Callable[..., bool]) -> Callable[..., bool]:
        def called(*given: Any) -> bool:
            nonlocal checks
            checks += 1
            return function(*given)

        return called

    monkeypatch.setattr(certificates, "is_signed_by", counted(certificates.is_signed_by))
    monkeypatch.setattr(bonds, "is_issued_by", counted(bonds.is_issued_by))
    monkeypatch.setattr(path, "is_issued_by", counted(path.is_issued_by))
    assert (await judged(pdf)).verdict.passed
    assert checks < 2 * 2 * len(crowd)  # the short way is tried twice, the long way too


def _notes(report: Any) -> list[Any]:
    return [note for each in report.signatures for note in each.notes]
