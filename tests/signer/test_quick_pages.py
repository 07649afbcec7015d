"""Pages of a long document are passed many at a time, and found as they would be one by one."""

import pytest

from signer.quick.whereabouts import _Pages
from tests.signer.prepared_samples import BASE, Objects, Signers

PAGES = 90
FIRST = 20  # the number of the first page
PAGE = b"<< /Type /Page /Parent 2 0 R /Resources << >> >>"
SEEN = b"<< /Type /Page /Parent 2 0 R /Annots [7 0 R] /Resources << >> >>"


def long(**odd: bytes) -> Objects:
    """A document of many pages of which the last but one shows the seal; some are odd."""
    kids = range(FIRST, FIRST + PAGES)
    pages = dict.fromkeys(kids, PAGE)
    pages[FIRST + PAGES - 2] = SEEN
    pages |= {FIRST + int(place.lstrip("_")): page for place, page in odd.items()}
    listed = b" ".join(b"%d 0 R" % number for number in kids)
    below = dict.fromkeys((201, 202, 203), PAGE.replace(b"2 0 R", b"%d 0 R" % (FIRST + 40)))
    named = b"".join(odd.values())
    return {
        2: b"<< /Type /Pages /Count %d /Kids [3 0 R %s] /MediaBox [0 0 595 842] >>" % (PAGES + 1, listed),
        3: BASE[3].replace(b" 7 0 R]", b"]"),
        **pages,
        **{number: page for number, page in below.items() if b"%d 0 R" % number in named},
    }


ODD = {
    "none": {},
    "a branch": {"_40": b"<< /Type /Pages /Parent 2 0 R /Count 2 /Kids [201 0 R 203 0 R] >>"},
    "a page with kids": {"_40": b"<< /Type /Page /Parent 2 0 R /Kids [201 0 R 203 0 R] >>"},
    "a branch with another page": {"_40": b"<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [202 0 R] >>"},
    "another order of entries": {"_40": b"<< /Resources << >> /Type/Page/Parent 2 0 R >>"},
    "a page that is turned": {"_40": PAGE.replace(b"/Parent", b"/Rotate 90 /Parent")},
}


@pytest.mark.parametrize("case", ODD)
def test_a_signature_is_found_on_the_page_that_the_long_way_finds(signers: Signers, case: str) -> None:
    pdf = signers.sealed(long(**ODD[case]))
    quick, slow = signers.person.quick(pdf), signers.person.slow(pdf)
    assert slow is not None
    assert quick is not None
    assert quick.spots == slow.spots
    assert quick.spots["layer2"].page > 1


def test_of_two_pages_that_show_a_signature_the_first_one_is_found(signers: Signers) -> None:
    """Signed so: a seal that comes later is on one page (`test_shown_once.py`)."""
    listed = SEEN.replace(b"7 0 R", b"6 0 R")
    objects = {**long(_40=listed, _60=listed), 3: BASE[3].replace(b"6 0 R 7 0 R]", b"]")}
    pdf = signers.sealed(objects)
    quick, slow = signers.person.quick(pdf), signers.person.slow(pdf)
    assert quick is not None
    assert slow is not None
    assert quick.spots == slow.spots
    assert quick.spots["layer1"].page == 42


@pytest.mark.parametrize("case", ["none", "another order of entries", "a page that is turned"])
def test_nearly_all_pages_are_passed_together(
    signers: Signers, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    passed: list[int] = []
    one_by_one = _Pages._passes
    monkeypatch.setattr(_Pages, "_passes", lambda pages, each: passed.append(1) or one_by_one(pages, each))
    assert signers.person.quick(signers.sealed(long(**ODD[case]))) is not None
    assert 0 < len(passed) < 10


def test_pages_before_an_odd_one_are_not_looked_at_again_and_again(
    signers: Signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    together = _Pages._are_pages
    monkeypatch.setattr(
        _Pages, "_are_pages", lambda pages, kids: looked.append(len(kids)) or together(pages, kids)
    )
    half = {f"_{place}": PAGE.replace(b" /Parent", b" /Note (%) /Parent") for place in range(0, PAGES - 4, 2)}
    signers.person.quick(signers.sealed(long(**half)))
    assert PAGES <= sum(looked) < 4 * PAGES
