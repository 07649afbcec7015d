"""The search for flips works: it finds one where a guard is off, and none where all are on."""

import random

import pytest

from signer.pades import new_fields
from signer.quick import filling as quick
from tests.fuzz import following, preparing
from tests.fuzz.flips import Agencies, Finding, Hunt, agencies
from tests.fuzz.preparing import Draft, drafted

NUMBERS = range(2)


@pytest.fixture(scope="module")
def who() -> Agencies:
    return agencies()


def without_a_place(draft: Draft) -> None:
    draft.swap(5, b"/Rect [100 700 200 720]", b"/Rect [90 590 90 590]")


@pytest.fixture
def filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents whose number has no place, and is filled in."""
    monkeypatch.setattr(preparing, "PREPARATIONS", [without_a_place] * 4)
    monkeypatch.setattr(following, "UPDATES", [following.filling])


def hunted(who: Agencies) -> list[Finding]:
    hunt = Hunt(who)
    found = [finding for number in NUMBERS for finding in hunt.document(number)]
    assert hunt.counted["documents believed"] == len(NUMBERS)
    return found


@pytest.mark.usefixtures("filled_in")
def test_a_guard_that_is_off_is_found(who: Agencies, monkeypatch: pytest.MonkeyPatch) -> None:
    for guard in ("_check_bounds", "_check_gone"):
        monkeypatch.setattr(new_fields, guard, lambda *_: None)
    monkeypatch.setattr(quick, "_check_box", lambda *_: None)
    found = hunted(who)
    assert found
    assert all(each.said.startswith("pdfium: page 1") and "filling" in each.chosen for each in found)


@pytest.mark.usefixtures("filled_in")
def test_nothing_is_found_while_all_guards_are_on(who: Agencies) -> None:
    assert not hunted(who)


def test_a_number_gives_the_same_document() -> None:
    first, second, other = (drafted(random.Random(number)) for number in (7, 7, 8))
    assert first.chosen == second.chosen
    assert first.written() == second.written() != other.written()
