"""Answers of after a certificate's end: only where they say that they forget nobody so soon."""

import datetime as dt

import pytest
from asn1crypto import core
from cryptography import x509

from pki.lists import from_list
from pki.status import from_ocsp
from signer.report import Report
from tests.signer.moments import CA, GOOD_CLOCKS, GOOD_ROOT, SIGNED, SOON, at, judged, signed, stamps, stored
from tests.signer.path_samples import Row, answer, issue, revocations
from tests.signer.test_invalidity import extended

END, AFTER = at(2026, 5, 15), at(2026, 5, 20)
PERSON = issue("Lê Văn Chi", CA, begin=at(2025), end=END)


def remembering(since: dt.datetime | None, *rows: Row) -> bytes:
    """A list of after the end."""
    oid = x509.ObjectIdentifier("2.5.29.60")
    more = [] if since is None else [(x509.UnrecognizedExtension(oid, _time(since)), False)]
    return revocations(CA, *rows, at=AFTER, until=SOON, more=more)


def _time(when: dt.datetime) -> bytes:
    return bytes(core.GeneralizedTime(when).dump())


async def with_list(one: bytes, *, ocsps: tuple[bytes, ...] = ()) -> Report:
    pdf = stored(await signed(PERSON, stamp=stamps(SIGNED)), GOOD_ROOT, GOOD_CLOCKS, one, ocsps=ocsps)
    return await judged(pdf)


@pytest.mark.parametrize(
    ("since", "expected"),
    [(None, "TRY_LATER"), (at(2020), None), (END, None), (at(2026, 5, 16), "TRY_LATER")],
)
async def test_a_list_of_after_the_end_counts_where_it_forgets_nobody(
    since: dt.datetime | None, expected: str | None
) -> None:
    """EN 319 102-1 §5.6.2.2, X.509 §9.5.2.8."""
    assert (await with_list(remembering(since))).verdict.sub_indication == expected
    gone = remembering(since, Row(PERSON, at(2026, 4)))
    assert (await with_list(gone)).verdict.sub_indication == "REVOKED"


def test_an_answer_tells_it_by_its_archive_cutoff() -> None:
    value = core.ParsableOctetString(_time(END))
    cutoff = {"extn_id": "1.3.6.1.5.5.7.48.1.6", "critical": False, "extn_value": value}
    (found,) = from_ocsp(extended(answer(PERSON, CA, at=AFTER), cutoff), PERSON.issued, CA.issued)
    assert found.reaches == END


@pytest.mark.parametrize("odd", [b"\x05\x00", b"\x18\x0f2026\xff", b"", b"\x18\x0f20261301000000Z"])
def test_a_list_that_says_it_in_no_time_is_as_any_other(odd: bytes) -> None:
    oid = x509.ObjectIdentifier("2.5.29.60")
    more = [(x509.UnrecognizedExtension(oid, odd), False)]
    (found,) = from_list(revocations(CA, at=AFTER, until=SOON, more=more), PERSON.issued, CA.issued)
    assert found.reaches is None
