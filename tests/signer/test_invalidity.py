"""Since when a revoked certificate was no good by its issuer's word (RFC 5280 §5.3.2)."""

import datetime as dt

import pytest
from asn1crypto import core, ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from pki.status import from_ocsp
from signer.report import Report
from tests.signer.moments import (
    ANH,
    CA,
    CLOCKS,
    GOOD_CA,
    GOOD_CLOCKS,
    GOOD_ROOT,
    ROOT,
    SIGNED,
    SOON,
    STAMPER,
    at,
    judged,
    signed,
    stamps,
    stored,
)
from tests.signer.path_samples import Row, Who, answer, revocations

LATE, BEFORE, AFTER = at(2026, 5, 20), at(2026, 4, 20), at(2026, 5, 10)
STOLEN, LEFT = x509.ReasonFlags.key_compromise, x509.ReasonFlags.affiliation_changed


def gone(
    who: Who,
    issuer: Who,
    since: dt.datetime | None,
    reason: x509.ReasonFlags = STOLEN,
    on: dt.datetime = LATE,
) -> bytes:
    """A list by which somebody was revoked after the signature, and was no good since some time."""
    return revocations(issuer, Row(who, AFTER, reason, since), at=on, until=SOON)


async def with_lists(*lists: bytes, ocsps: tuple[bytes, ...] = ()) -> Report:
    return await judged(stored(await signed(stamp=stamps(SIGNED)), *lists, ocsps=ocsps))


@pytest.mark.parametrize("reason", [STOLEN, LEFT])
async def test_a_signature_of_after_the_theft_is_not_believed_though_the_revocation_came_later(
    reason: x509.ReasonFlags,
) -> None:
    report = await with_lists(GOOD_ROOT, GOOD_CLOCKS, gone(ANH, CA, BEFORE, reason))
    assert report.verdict.sub_indication == "REVOKED_NO_POE"
    assert report.signatures[0].revocation == "revoked"
    assert "from 2026-04-20" in str(report.verdict.reasons[0])


@pytest.mark.parametrize("since", [None, at(2026, 5, 5), at(2026, 5, 15)])
async def test_a_signature_of_before_the_theft_stays_good(since: dt.datetime | None) -> None:
    assert (await with_lists(GOOD_ROOT, GOOD_CLOCKS, gone(ANH, CA, since))).passed


async def test_what_one_answer_leaves_out_another_tells() -> None:
    short = answer(ANH, CA, revoked=AFTER, at=LATE, until=SOON)
    report = await with_lists(GOOD_ROOT, GOOD_CLOCKS, gone(ANH, CA, BEFORE), ocsps=(short,))
    assert report.verdict.sub_indication == "REVOKED_NO_POE"


async def test_an_authority_vouches_for_nobody_once_it_is_doubted() -> None:
    """Whoever had its key makes lists, too."""
    assert (
        await with_lists(gone(CA, ROOT, BEFORE), GOOD_CA, GOOD_CLOCKS)
    ).verdict.sub_indication == "REVOKED_NO_POE"
    since = at(2026, 5, 1, 12)
    later = await with_lists(gone(CA, ROOT, since), GOOD_CA, GOOD_CLOCKS)
    assert later.verdict.sub_indication == "TRY_LATER"
    in_time = revocations(CA, at=at(2026, 5, 1, 6), until=SOON)
    assert (await with_lists(gone(CA, ROOT, since), in_time, GOOD_CLOCKS)).passed


async def test_a_doubted_stamper_proves_nothing() -> None:
    report = await with_lists(GOOD_ROOT, GOOD_CA, gone(STAMPER, CLOCKS, BEFORE))
    assert report.signatures[0].best_signature_time is None


def test_an_answer_tells_it_too() -> None:
    """RFC 6960 §4.4.5: what an entry of a list says an answer may say."""
    plain = answer(ANH, CA, revoked=AFTER, at=LATE)
    extension = {
        "extn_id": "2.5.29.24",
        "critical": False,
        "extn_value": core.ParsableOctetString(_time(BEFORE)),
    }
    (found,) = from_ocsp(extended(plain, extension), ANH.issued, CA.issued)
    assert (found.revoked, found.invalid, found.doubted) == (AFTER, BEFORE, BEFORE)
    (found,) = from_ocsp(plain, ANH.issued, CA.issued)
    assert (found.revoked, found.invalid, found.doubted) == (AFTER, None, AFTER)


def test_an_answer_that_must_not_be_passed_over_is_none() -> None:
    odd = {"extn_id": "1.2.3.4.5", "critical": True, "extn_value": core.ParsableOctetString(b"\x05\x00")}
    assert from_ocsp(extended(answer(ANH, CA, at=LATE), odd), ANH.issued, CA.issued) == []


def test_a_response_of_thousands_of_answers_is_none() -> None:
    """Hundreds of such, which a PDF packs into little, left no time to judge an honest file."""
    ours = answer(ANH, CA, revoked=AFTER, at=LATE)
    assert from_ocsp(together([ours] * 100), ANH.issued, CA.issued)
    assert from_ocsp(together([ours] * 1000), ANH.issued, CA.issued) == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_several_answers_that_about_the_certificate_tells_it(place: int) -> None:
    """RFC 6960 §4.2.1: a response holds an answer for each certificate that was asked about."""
    ours, when = answer(ANH, CA, revoked=AFTER, at=LATE), _time(BEFORE)
    date = {"extn_id": "2.5.29.24", "critical": False, "extn_value": core.ParsableOctetString(when)}
    odd = {"extn_id": "1.2.3.4.5", "critical": True, "extn_value": core.ParsableOctetString(b"\x05\x00")}
    long = {**odd, "extn_value": core.ParsableOctetString(core.OctetString(b"long" * 100).dump())}
    others = [extended(answer(STAMPER, CA, at=LATE), long) for _ in range(2)]
    among = together([*others[:place], extended(ours, date), *others[place:]])
    (found,) = from_ocsp(among, ANH.issued, CA.issued)
    assert (found.revoked, found.invalid, found.encoded) == (AFTER, BEFORE, among)
    (found,) = from_ocsp(together([*others[:place], ours, *others[place:]]), ANH.issued, CA.issued)
    assert (found.revoked, found.invalid) == (AFTER, None)
    plain = [answer(STAMPER, CA, at=LATE)] * 2
    among = together([*plain[:place], extended(ours, odd), *plain[place:]])
    assert from_ocsp(among, ANH.issued, CA.issued) == []


def _time(when: dt.datetime) -> bytes:
    return bytes(core.GeneralizedTime(when).dump())


def extended(response: bytes, extension: dict[str, object]) -> bytes:
    """The response with an extension of its one answer, signed anew."""
    changed = ocsp.OCSPResponse.load(response)
    basic = changed["response_bytes"]["response"].parsed
    (single,) = basic["tbs_response_data"]["responses"]
    single["single_extensions"] = [extension]
    return signed_anew(changed)


def together(responses: list[bytes]) -> bytes:
    """One response, signed anew, with the answers of all."""
    changed, *more = map(ocsp.OCSPResponse.load, responses)
    answers = changed["response_bytes"]["response"].parsed["tbs_response_data"]["responses"]
    for each in more:
        answers.append(each["response_bytes"]["response"].parsed["tbs_response_data"]["responses"][0])
    return signed_anew(changed)


def signed_anew(changed: ocsp.OCSPResponse) -> bytes:
    basic = changed["response_bytes"]["response"].parsed
    signed = basic["tbs_response_data"].dump(force=True)
    basic["signature"] = CA.key.sign(signed, ec.ECDSA(hashes.SHA256()))
    changed["response_bytes"]["response"] = core.ParsableOctetString(basic.dump(force=True))
    return bytes(changed.dump(force=True))
