"""Days and moments in sentences: by the clocks of Viet Nam, as the reader's language writes them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.locale import translator
from pki.errors import UsageError
from pki.words import Sentence, Translate, day, english, written

VI, EN = translator("vi"), translator("en")
EVENING = datetime(2026, 12, 31, 17, 30, 5, 999999, tzinfo=UTC)


def test_a_moment_is_said_by_the_clocks_of_viet_nam() -> None:
    assert written(EVENING, EN) == "2027-01-01 00:30:05 (UTC+7)"
    assert written(EVENING, VI) == "01/01/2027 00:30:05 (giờ Việt Nam)"
    assert written(EVENING.astimezone(timezone(timedelta(hours=-5))), EN) == "2027-01-01 00:30:05 (UTC+7)"


def test_a_day_is_written_as_the_language_does() -> None:
    assert (written(date(2026, 2, 3), EN), written(date(2026, 2, 3), VI)) == ("2026-02-03", "03/02/2026")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-02-03", date(2026, 2, 3)), ("2026-02-30", "2026-02-30"), ("…", "…"), ("", "–"), (None, "–")],
)
def test_what_is_no_day_stays_as_it_stands(text: str | None, expected: object) -> None:
    assert day(text) == expected


def test_facts_within_facts_are_said_in_one_language() -> None:
    inner = UsageError("only from {date} on", date=EVENING)
    said = Sentence("{at}; {day}; {inner}", {"at": EVENING, "day": date(2026, 2, 3), "inner": inner}).said(VI)
    assert (
        said
        == "01/01/2027 00:30:05 (giờ Việt Nam); 03/02/2026; only from 01/01/2027 00:30:05 (giờ Việt Nam) on"
    )


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from([VI, EN, english]))
def test_every_moment_can_be_said(moment: datetime, translate: Translate) -> None:
    assert written(moment, translate).count(":") == 2
