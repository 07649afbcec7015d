"""A place has one text form, and a frame turns it into the page's own coordinates and back."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki.errors import UsageError
from signer.errors import PlaceNotFound
from signer.page import Box, Frame, Place

lengths = st.floats(0.01, 14_400).map(lambda value: round(value, 2))
places = st.builds(Place, page=st.integers(1, 10_000), x=lengths, y=lengths, width=lengths, height=lengths)


@given(places)
def test_a_place_is_read_back_from_its_text(place: Place) -> None:
    assert Place.parse(str(place)) == place


@given(st.text(max_size=40))
def test_no_text_is_read_as_a_place_with_anything_but_a_clear_error(text: str) -> None:
    with suppress(UsageError):
        assert Place.parse(text).page >= 1


@pytest.mark.parametrize(
    "text",
    ["", "1", "1:2,3,4", "0:1,1,1,1", "1:1,1,0,1", "1:1,1,1,-1", "1:nan,1,1,1", "1:1e3,1,1,1", "٣:1,1,1,1"],
)
def test_a_place_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="place"):
        Place.parse(text)


@given(st.sampled_from([0, 90, 180, 270]), st.sampled_from([0.5, 1, 2.5]), lengths, lengths)
def test_a_turned_page_gives_back_the_place_it_took(
    rotation: int, unit: float, left: float, bottom: float
) -> None:
    frame = Frame(Box(-120, 35, 475, 877), rotation, unit)
    box = Box(left, bottom, left + 102.05, bottom + 16.5)
    assert frame.to_reader(frame.to_user(box)) == pytest.approx(box, abs=1e-6)


def test_the_lower_left_corner_of_a_page_turned_clockwise_is_its_lower_right_in_the_file() -> None:
    frame = Frame(Box(0, 0, 842, 595), 90)
    assert (frame.width, frame.height) == (595, 842)
    assert frame.to_user(Box(0, 0, 10, 20)) == Box(822, 0, 842, 10)


def test_a_page_in_larger_units_is_as_large_as_the_paper_it_is_printed_on() -> None:
    frame = Frame(Box(0, 0, 421, 297.5), 90, 2)
    assert (frame.width, frame.height) == (595, 842)
    assert frame.to_user(Box(0, 0, 10, 20)) == Box(411, 0, 421, 5)


def test_a_box_over_the_edge_is_moved_in_and_keeps_its_size() -> None:
    over = Place(page=1, x=-40, y=820, width=102, height=102)
    assert Frame(Box(0, 0, 595, 842)).moved_in(over) == Place(page=1, x=0, y=740, width=102, height=102)


def test_a_box_larger_than_the_page_is_refused() -> None:
    with pytest.raises(PlaceNotFound, match="does not fit on page 3"):
        Frame(Box(0, 0, 90, 842)).moved_in(Place(page=3, x=0, y=0, width=102, height=102))
