"""Time-stamps over the content that a signature signs: it came after them (EN 319 102-1 §5.3.4, §5.5.4)."""

import datetime as dt
from typing import Any

import pytest
from asn1crypto import cms
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper

from pki.certificate import read
from signer.report import Report
from tests.signer.by_letter import PLAIN, SIGNATURE, written
from tests.signer.moments import (
    ANH,
    CA,
    GOOD,
    NOW,
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
from tests.signer.path_samples import issue
from tests.signer.test_naming import PERSON

MINUTE = dt.timedelta(minutes=1)


class Astray(DummyTimeStamper):
    """Stamps something else."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        return await super().async_timestamp(bytes(len(message_digest)), md_algorithm)


async def report(*before: TimeStamper, stamp: dt.datetime | None = SIGNED, **chosen: Any) -> Report:
    pdf = await signed(before=before, stamp=None if stamp is None else stamps(stamp), **chosen)
    return await judged(stored(pdf, *GOOD))


def notes(found: Report) -> str:
    return " ".join(map(str, found.signatures[0].notes))


async def test_a_signature_came_after_what_it_signs() -> None:
    found = await report(stamps(SIGNED - MINUTE))
    assert found.passed
    assert "was made after 2026-05-01 06:59:00" in notes(found)
    found = await report(stamps(SIGNED - 5 * MINUTE), stamps(SIGNED - 3 * MINUTE))
    assert "was made after 2026-05-01 06:57:00" in notes(found)


@pytest.mark.parametrize("over", [False, True])
async def test_what_came_before_a_signature_is_not_younger_than_what_came_after(*, over: bool) -> None:
    pdf = await signed(before=[stamps(SIGNED + 2 * MINUTE)], stamp=None if over else stamps(SIGNED))
    pdf = await archived(pdf, SIGNED) if over else pdf
    found = await judged(stored(pdf, *GOOD))
    assert found.signatures[0].verdict.sub_indication == "TIMESTAMP_ORDER_FAILURE"
    assert (await report(stamps(SIGNED + MINUTE / 2))).passed  # clocks differ


async def test_what_is_not_trusted_or_of_something_else_is_told_and_condemns_nothing() -> None:
    stranger = stamper(issue("Nobody", ca=True))
    found = await report(stamps(SOON, stranger))
    assert (found.passed, "is not trusted, and proves nothing" in notes(found)) == (True, True)
    template = stamps(SOON)
    astray = Astray(template.tsa_cert, template.tsa_key, fixed_dt=SOON)
    found = await report(astray)
    assert (found.passed, "is none, and proves nothing" in notes(found)) == (True, True)


async def test_a_signature_of_after_its_certificate_is_no_good_and_no_doubt() -> None:
    ended = issue("Nguyễn Văn Ánh", CA, begin=at(2025), end=at(2026, 4))
    for before, sub in ((at(2026, 3), "OUT_OF_BOUNDS_NO_POE"), (at(2026, 5), "EXPIRED")):
        pdf = await signed(ended, before=[stamps(before)])
        found = await judged(stored(pdf, *GOOD))
        assert found.verdict.sub_indication == sub
    assert "made after 2026-05-01 07:00" in str(found.verdict.reasons[0])
    assert read(ANH.der).not_valid_after_utc > NOW


async def test_it_proves_nothing_in_the_signers_favour() -> None:
    """Whoever has a key of before may take an old time-stamp over what he signs now."""
    ended = issue("Nguyễn Văn Ánh", CA, begin=at(2025), end=at(2026, 4))
    found = await judged(stored(await signed(ended, before=[stamps(at(2025, 6))]), *GOOD))
    assert found.verdict.sub_indication == "OUT_OF_BOUNDS_NO_POE"
    assert found.signatures[0].best_signature_time is None
    assert found.signatures[0].level == "B-B"


def test_a_container_has_one_signer() -> None:
    """EN 319 142-1: exactly one; of several nobody could say whose signature the field shows."""

    def with_signers(count: int) -> bytes:
        def made(content: cms.ContentInfo) -> bytes:
            infos = content["content"]["signer_infos"]
            content["content"]["signer_infos"] = cms.SignerInfos([infos[0].copy() for _ in range(count)])
            return bytes(content.dump(force=True))

        return PERSON.sign(written({**PLAIN, 8: SIGNATURE}), made)

    assert PERSON.believes(with_signers(1))
    for count in (0, 2, 3):
        assert PERSON.refuses(with_signers(count))
