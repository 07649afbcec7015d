"""Days and moments in sentences: by the clocks of Viet Nam, as the reader's language writes them."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.locale import translator
from pki.errors import UsageError
from pki.words import Sentence, Translate, day, english, in_one_line, written

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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a.pdf:\nThe document is valid.", "a.pdf:⏎The document is valid."),
        ("một\r\nhai\rba\x85bốn\u2028năm", "một⏎hai⏎ba⏎bốn⏎năm"),
        ("\x1b[2J\u202egpj\x9b", "�[2J�gpj�"),
        ("Số:\t15", "Số:\t15"),
    ],
)
def test_a_strangers_text_ends_no_line_and_moves_no_cursor(text: str, shown: str) -> None:
    assert in_one_line(text) == shown
    for fact in (text, Path(text), UsageError("{text}", text=text), Sentence("{text}", {"text": text})):
        assert Sentence("“{fact}”", {"fact": fact}).said(VI) == f"“{shown}”"


def test_numbers_are_written_as_the_template_says() -> None:
    assert str(Sentence("{a:.1f} {b:x} {c}", {"a": 2.25, "b": 255, "c": None})) == "2.2 ff None"
