"""Number and date: as NĐ 30/2020 prints them, as the seal states them, as a report reads them back."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki.errors import UsageError
from signer.appearance import at_real_size, fitted, read_picture
from signer.document import DocumentNumber
from signer.errors import DocumentError
from signer.issue import Issue, issue_of, stated
from signer.numbering import filled
from tests.signer.stage_samples import SEAL_PNG, SIGNATURE_PNG, png

ALL = frozenset({"number", "day", "month", "year", "date"})


def numbered(number: str, day: dt.date) -> DocumentNumber:
    return DocumentNumber(number=number, symbol="QĐ-UBND", date=day)


@pytest.mark.parametrize("number", ["0", "00", "0a", "", "a", "12ab", "12345678901"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(UsageError, match="is not a document number"):
        numbered(number, dt.date(2026, 2, 3))


@pytest.mark.parametrize(
    ("number", "day", "printed"),
    [
        ("5", dt.date(2026, 2, 3), ("05", "03", "02")),
        ("12a", dt.date(2026, 12, 31), ("12a", "31", "12")),
        ("10234", dt.date(2026, 3, 10), ("10234", "10", "3")),
    ],
)
def test_small_numbers_are_printed_with_a_zero(number: str, day: dt.date, printed: tuple[str, ...]) -> None:
    values = filled(numbered(number, day), ALL, symbol_printed=True)
    assert (values["number"], values["day"], values["month"]) == printed


def test_only_the_fields_of_the_layout_are_filled() -> None:
    values = filled(numbered("5", dt.date(2026, 2, 3)), frozenset({"number"}), symbol_printed=False)
    assert values == {"number": "05/QĐ-UBND"}


@given(st.integers(1, 10**10 - 1), st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)))
def test_what_the_seal_states_is_read_back(number: int, day: dt.date) -> None:
    given_number = numbered(str(number), day)
    issue = Issue.parse(stated(given_number))
    assert (issue.number, issue.symbol, issue.date) == (
        given_number.printed_number,
        "QĐ-UBND",
        day.isoformat(),
    )


@given(st.integers(1, 10**6), st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.booleans())
def test_what_the_fields_show_is_read_back(number: int, day: dt.date, printed: bool) -> None:
    given_number = numbered(str(number), day)
    values = filled(given_number, ALL, symbol_printed=printed)
    texts = {name: (text, None) for name, text in values.items()}
    texts["number"] = (values["number"], "QĐ-UBND" if printed else None)
    issue = issue_of(texts, Issue())
    assert (issue.number, issue.symbol, issue.date) == (
        given_number.printed_number,
        "QĐ-UBND",
        day.isoformat(),
    )


def test_fields_that_make_no_date_give_none() -> None:
    assert issue_of({"day": ("31", None), "month": ("2", None), "year": ("2026", None)}, Issue()).date is None
    assert Issue.parse("reviewed and approved") == Issue()


@given(st.floats(20, 300), st.floats(20, 300))
def test_a_signature_keeps_its_proportions_and_its_middle(width: float, height: float) -> None:
    spot = fitted(read_picture(SIGNATURE_PNG), width, height)
    assert spot.width / spot.height == pytest.approx(300 / 120)
    assert spot.x * 2 + spot.width == pytest.approx(width)
    assert spot.width <= width + 1e-6
    assert spot.height <= height + 1e-6


def test_a_seal_is_as_large_as_its_resolution_says() -> None:
    assert at_real_size(read_picture(SEAL_PNG), 110, 110).width == pytest.approx(425 / 300 * 72, abs=0.1)


def test_a_seal_without_resolution_is_36_mm_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    spot = at_real_size(read_picture(png((400, 400), (220, 0, 0), None)), 110, 110)
    assert spot.width == pytest.approx(36 * 72 / 25.4)
    assert "seal.no-resolution" in caplog.text


def test_a_picture_with_endless_sides_is_refused() -> None:
    with pytest.raises(DocumentError, match="no side may be longer"):
        read_picture(png((4001, 20), (0, 0, 0), None))
