"""Number, date, signature and seal are found by the text that stands on the page."""

import io
import json
from contextlib import suppress
from itertools import combinations
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from pki.errors import UsageError
from signer.errors import PlaceNotFound
from signer.layout.places import SEAL_SIDE, Places, find_places
from signer.page import Place
from tests.signer.drafting_samples import A4, DATE_LINE, dispatch, in_pieces, turned

VECTORS = Path(__file__).parents[1] / "vectors" / "pdf"
EXPECTED = json.loads((VECTORS / "expected.json").read_text("utf-8"))
LAID_OUT = sorted(name for name, what in EXPECTED.items() if what["layout"])


def centre(place: Place) -> float:
    return place.x + place.width / 2


@pytest.mark.parametrize("name", LAID_OUT)
def test_the_places_are_found_in_the_work_of_every_producer(name: str) -> None:
    found, expected = find_places((VECTORS / name).read_bytes()), EXPECTED[name]
    assert sorted(found.blanks) == sorted(expected["blanks"])
    assert found.symbol == expected["symbol"]
    assert found.sign.page == expected["sign_page"]
    assert {place.found for place in found.by_name().values()} == {"text"}


@pytest.mark.parametrize(
    ("number", "symbol", "fields"),
    [
        ("Số:            /UBND-VP", "UBND-VP", 1),
        ("Số: ........../QĐ-UBND", "QĐ-UBND", 1),
        ("Số: ……… /TTr-STNMT", "TTr-STNMT", 1),
        ("Số: ______/2026/NĐ-CP", "2026/NĐ-CP", 1),
        ("SỐ:          /UBND", "UBND", 1),
        ("Số:", None, 1),
        ("Số: .............", None, 1),
        ("Số: 15/UBND-VP", "UBND-VP", 0),
    ],
)
def test_the_number_belongs_after_its_word(number: str, symbol: str | None, fields: int) -> None:
    found = find_places(dispatch(number=number))
    assert found.symbol == symbol
    assert len({"number"} & set(found.blanks)) == fields
    assert all(blank.place.found == "text" for blank in found.blanks.values())


def test_a_number_that_is_printed_already_is_recorded_and_gets_no_field() -> None:
    found = find_places(dispatch(number="Số: 15/UBND-VP", date="Hà Nội, ngày 05 tháng 3 năm 2026"))
    assert not found.blanks
    assert found.printed == {"number": "15/UBND-VP", "day": "05", "month": "3", "year": "2026"}


@pytest.mark.parametrize(
    ("date", "blanks"),
    [
        (DATE_LINE, ["day", "month"]),
        ("Hà Nội, ngày      tháng      năm", ["day", "month", "year"]),
        ("Hà Nội, ngày … tháng … năm 2026", ["day", "month"]),
        ("Hà Nội, ngày .... tháng 3 năm 2026", ["day"]),
        ("Hà Nội, ngày 05 tháng ....... năm ........", ["month", "year"]),
    ],
)
def test_only_the_missing_parts_of_the_date_get_fields(date: str, blanks: list[str]) -> None:
    assert sorted(set(find_places(dispatch(date=date)).blanks) - {"number"}) == sorted(blanks)


def test_the_fields_stand_in_the_gaps_in_the_style_of_the_line() -> None:
    found = find_places(dispatch())
    number, day, month = (found.blanks[name] for name in ("number", "day", "month"))
    assert (number.size, number.italic, day.size, day.italic) == (13, False, 14, True)
    assert number.place.box.right < A4[0] / 2 < day.place.x
    assert day.place.box.right < month.place.x
    assert number.place.width > 30


def places_of(pdf: bytes) -> dict[str, list[float]]:
    return {
        name: [place.page, place.x, place.y, place.width, place.height]
        for name, place in find_places(pdf).by_name().items()
    }


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("shift", [(0, 0), (140, 60), (-75.5, -200)])
def test_a_turned_and_shifted_page_has_its_places_where_the_reader_sees_them(
    degrees: int, shift: tuple[float, float]
) -> None:
    upright, lying = places_of(dispatch()), places_of(turned(dispatch(), degrees, shift))
    assert lying.keys() == upright.keys()
    assert all(lying[name] == pytest.approx(upright[name], abs=0.1) for name in upright)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_letters_are_the_same_words(form: str) -> None:
    found = places_of(dispatch(form=form))
    assert all(found[name] == pytest.approx(place, abs=1) for name, place in places_of(dispatch()).items())


def test_letters_written_one_by_one_in_any_order_are_the_same_words() -> None:
    found = places_of(dispatch(write=in_pieces))
    assert all(found[name] == pytest.approx(place, abs=1) for name, place in places_of(dispatch()).items())


def test_the_signature_stands_in_the_middle_between_title_and_name() -> None:
    sign = find_places(dispatch()).sign
    title, name = A4[1] - 135 * 72 / 25.4, A4[1] - 170 * 72 / 25.4
    assert centre(sign) == pytest.approx(150 * 72 / 25.4, abs=1)
    assert name < sign.y < sign.box.top < title


def test_the_seal_covers_the_left_third_of_the_signature_at_its_real_size() -> None:
    found = find_places(dispatch())
    assert found.seal.width == found.seal.height == pytest.approx(SEAL_SIDE, abs=0.01)
    assert found.seal.box.right == pytest.approx(found.sign.x + found.sign.width / 3, abs=0.1)
    assert found.seal.y + SEAL_SIDE / 2 == pytest.approx(found.sign.y + found.sign.height / 2, abs=0.1)


def test_the_signatory_is_sought_before_the_appendices() -> None:
    found = find_places(dispatch(pages=3, appendices=2))
    assert (found.sign.page, found.seal.page, found.blanks["number"].place.page) == (3, 3, 1)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        (("CHỦ TỊCH",), "Trần Thị Bình"),
        (("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "PGS.TS Lê Văn Cường"),
        (("TUQ. GIÁM ĐỐC", "TRƯỞNG PHÒNG", "TỔ CHỨC CÁN BỘ"), "ĐỖ VĂN DŨNG"),
        (("TL. BỘ TRƯỞNG", "CHÁNH VĂN PHÒNG"), ""),
    ],
)
def test_titles_of_every_kind_of_authority_are_known(title: tuple[str, ...], name: str) -> None:
    sign = find_places(dispatch(title=title, name=name)).sign
    assert (sign.found, round(centre(sign))) == ("text", round(150 * 72 / 25.4))
    assert sign.box.top < A4[1] - (130 + 5 * (len(title) - 1)) * 72 / 25.4


def test_a_page_without_words_gets_the_standard_places() -> None:
    found = find_places((VECTORS / "scan.pdf").read_bytes())
    assert sorted(found.blanks) == ["date", "number"]
    assert {place.found for place in found.by_name().values()} == {"default"}


def test_on_a_scan_the_signature_stands_over_the_name_and_number_and_date_on_blank_paper() -> None:
    source = (VECTORS / "scan.pdf").read_bytes()
    found = find_places(source).by_name()
    assert centre(found["sign"]) == pytest.approx(432, abs=4)  # of the name that the scan shows
    assert 315 < found["sign"].y < found["sign"].box.top < 415  # between title and name
    page = pypdfium2.PdfDocument(source)[0].render(scale=2).to_pil().convert("L")
    for name in ("number", "date"):
        box = found[name].box
        part = page.crop(
            (box.left * 2, page.height - box.top * 2, box.right * 2, page.height - box.bottom * 2)
        )
        assert min(part.tobytes()) > 128


sides = st.floats(72, 1500)


@settings(max_examples=60, deadline=None)
@drawn(sides, sides, st.sampled_from([0, 90, 180, 270]))
def test_standard_places_are_on_the_page_and_not_over_each_other(
    width: float, height: float, rotation: int
) -> None:
    canvas = Canvas(target := io.BytesIO(), pagesize=(width, height))
    canvas.setPageRotation(rotation)
    canvas.showPage()
    canvas.save()
    with suppress(PlaceNotFound):
        found = find_places(target.getvalue())
        places = found.by_name()
        assert all(found.frames[1].holds(place) for place in places.values())
        for one, other in combinations(("number", "date", "seal"), 2):
            a, b = places[one].box, places[other].box
            assert a.right <= b.left or b.right <= a.left or a.top <= b.bottom or b.top <= a.bottom


@pytest.mark.parametrize("size", [A4, (A4[1], A4[0]), (420, 595), (842, 1191), (612, 792)])
def test_an_empty_page_of_every_common_paper_has_its_standard_places(size: tuple[float, float]) -> None:
    canvas = Canvas(target := io.BytesIO(), pagesize=size)
    canvas.showPage()
    canvas.save()
    assert sorted(find_places(target.getvalue()).by_name()) == ["date", "number", "seal", "sign"]


def test_a_standard_place_that_a_given_one_takes_is_refused_with_the_mend() -> None:
    given = {"seal": Place.parse("1:100,700,102.1,102.1")}
    with pytest.raises(PlaceNotFound, match=r"number.* is taken by the seal") as refused:
        find_places((VECTORS / "five-hundred-pages.pdf").read_bytes(), given)
    assert "--number-at" in str(refused.value.hint)


def test_a_given_place_wins_and_the_rest_is_found() -> None:
    given = {
        "date": Place(page=1, x=300, y=700, width=200, height=18),
        "seal": Place.parse("1:50,50,102,102"),
    }
    found = find_places(dispatch(), given)
    assert sorted(found.blanks) == ["date", "number"]
    assert (found.by_name()["date"], found.seal) == (given["date"], given["seal"])
    assert found.sign.found == "text"


def test_the_symbol_is_kept_only_for_a_number_that_stands_before_it() -> None:
    before, elsewhere = Place.parse("1:140,728,30,16"), Place.parse("1:300,400,90,16")
    assert find_places(dispatch(), {"number": before}).symbol == "UBND-VP"
    assert find_places(dispatch(), {"number": elsewhere}).symbol is None


@pytest.mark.parametrize("text", ["2:10,10,50,20", "1:580,10,50,20", "1:10,-5,50,20", "1:0,0,9999,20"])
def test_a_given_place_off_the_page_is_refused(text: str) -> None:
    with pytest.raises(PlaceNotFound, match="The place"):
        find_places(dispatch(), {"number": Place.parse(text)})


def test_a_place_of_another_name_is_refused() -> None:
    with pytest.raises(UsageError, match="no place stamp"):
        find_places(dispatch(), {"stamp": Place.parse("1:1,1,9,9")})


@pytest.mark.parametrize("line", [{"number": "Số: /UBND-VP"}, {"date": "Hà Nội, ngày tháng  năm 20…"}])
def test_a_gap_too_narrow_to_write_in_is_refused_with_the_mend(line: dict[str, str]) -> None:
    with pytest.raises(PlaceNotFound, match="too little") as refused:
        find_places(dispatch(**line))
    assert "--number-at" in str(refused.value.hint)


def test_a_heading_over_text_is_no_signatory() -> None:
    found: Places = find_places(
        dispatch(title=("CHỦ TỊCH",), name="căn cứ Luật Tổ chức chính quyền địa phương")
    )
    assert found.sign.found == "default"
