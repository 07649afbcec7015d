"""The demonstration's document looks and reads as NĐ 30/2020/NĐ-CP, Phụ lục I, wants it."""

import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from PIL import Image, ImageChops, ImageStat

import exchange.demo
from exchange.demo import draw_images
from exchange.demo.document import DEMO_DOCUMENT, set_document
from signer.drafting import draft

MM = 72 / 25.4
FOLDER = Path(exchange.demo.__file__).parent


@dataclass(frozen=True)
class Line:
    """One printed run of one size: its text, its size in points and its box, y upwards."""

    text: str
    size: float
    font: str
    left: float
    bottom: float
    right: float
    top: float


def runs(page: pypdfium2.PdfPage) -> Iterator[Line]:
    """Yield the page's text objects in the order they were set, as the page shows them."""
    text_page = page.get_textpage()
    for item in page.get_objects([pdfium.FPDF_PAGEOBJ_TEXT]):
        box = item.get_bounds()
        name = item.get_font().get_base_name()
        yield Line(text_page.get_text_bounded(*box), item.get_font_size(), name, *box)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return set_document(DEMO_DOCUMENT)


@pytest.fixture(scope="module")
def printed(pdf: bytes) -> list[Line]:
    return list(runs(pypdfium2.PdfDocument(pdf)[0]))


def page_text(pdf: bytes, page: int = 0) -> str:
    return str(pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_bounded())


def the(printed: list[Line], text: str) -> Line:
    return next(line for line in printed if text in line.text)


def test_the_blanks_for_number_and_date_can_be_read(pdf: bytes) -> None:
    command = ["pdftotext", "-layout", "-", "-"]
    text = subprocess.run(command, input=pdf, stdout=subprocess.PIPE, check=True).stdout.decode()
    assert re.search(r"Số: {5,}/UBND-VP {5,}Thanh Sơn, ngày {4,}tháng {4,}năm 2026", text)


def test_the_components_are_read_in_the_order_of_the_layout(pdf: bytes) -> None:
    order = (
        "ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc", "Số:", "Thanh Sơn, ngày", "V/v", "Kính gửi:", "Căn cứ",
        "Nơi nhận:", "- Lưu: VT, VP.", "CHỦ TỊCH", "Nguyễn Văn Ánh",
    )  # fmt: skip
    text = page_text(pdf)
    places = [text.rindex(words) if words == "CHỦ TỊCH" else text.index(words) for words in order]
    assert places == sorted(places)


def test_it_is_one_tagged_a4_page_of_pdf_a_2a_without_fields(pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_metadata() as metadata:
        assert metadata.pdfa_status == "2A"
        assert document.Root.MarkInfo.Marked
        assert "/AcroForm" not in document.Root
        assert [round(float(side) / MM) for side in document.pages[0].MediaBox] == [0, 0, 210, 297]


@pytest.mark.parametrize(
    ("text", "sizes", "style"),
    [
        ("ỦY BAN NHÂN DÂN", (12, 13), "Bold"),
        ("CỘNG HÒA XÃ HỘI", (12, 13), "Bold"),
        ("Độc lập - Tự do", (13, 14), "Bold"),
        ("Số:", (13, 13), ""),
        ("Thanh Sơn, ngày", (13, 14), "Italic"),
        ("V/v", (12, 13), ""),
        ("Kính gửi", (13, 14), ""),
        ("Văn bản điện tử", (13, 14), ""),
        ("Nơi nhận:", (12, 12), "BoldItalic"),
        ("- Như trên", (11, 11), ""),
        ("CHỦ TỊCH", (13, 14), "Bold"),
        ("Nguyễn Văn Ánh", (13, 14), "Bold"),
    ],
)
def test_each_component_has_its_size_and_style(
    printed: list[Line], text: str, sizes: tuple[int, int], style: str
) -> None:
    line = the(printed, text)
    assert sizes[0] <= line.size <= sizes[1]
    assert line.font.partition("LiberationSerif")[2].removeprefix("-") == style


def test_everything_keeps_to_the_margins(printed: list[Line]) -> None:
    assert min(line.left for line in printed) >= 30 * MM - 1
    assert max(line.right for line in printed) <= (210 - 15) * MM + 1
    assert max(line.top for line in printed) <= (297 - 20) * MM


def test_no_text_overlaps_another(printed: list[Line]) -> None:
    for number, one in enumerate(printed):
        for other in printed[number + 1 :]:
            across = min(one.right, other.right) - max(one.left, other.left)
            along = min(one.top, other.top) - max(one.bottom, other.bottom)
            assert across <= 0.5 or along <= 0.5, (one.text, other.text)


def test_the_rules_have_the_lengths_of_the_decree(pdf: bytes, printed: list[Line]) -> None:
    rules = [o.get_bounds() for o in pypdfium2.PdfDocument(pdf)[0].get_objects([pdfium.FPDF_PAGEOBJ_PATH])]
    (left_of_agency, *_), (left_of_state, *_) = rules
    agency, state = the(printed, "TỈNH THANH SƠN"), the(printed, "Độc lập")
    for (left, _, right, top), over, least, most in (
        (rules[0], agency, 0.33, 0.5),
        (rules[1], state, 0.97, 1.03),
    ):
        assert least <= (right - left) / (over.right - over.left) <= most
        assert top < over.bottom
        assert (left + right) / 2 == pytest.approx((over.left + over.right) / 2, abs=1.5)
    assert left_of_agency < left_of_state


def test_there_is_room_for_the_signature_and_the_seal(printed: list[Line]) -> None:
    title = next(line for line in printed if line.text.strip() == "CHỦ TỊCH")
    assert title.bottom - the(printed, "Nguyễn Văn Ánh").top >= 30 * MM


def test_only_later_pages_carry_a_number_and_the_signature_stays_whole() -> None:
    long = replace(DEMO_DOCUMENT, paragraphs=DEMO_DOCUMENT.paragraphs * 3)
    pages = list(pypdfium2.PdfDocument(set_document(long)))
    assert len(pages) >= 2
    first, second = (list(runs(page)) for page in pages[:2])
    assert max(line.top for line in first) <= (297 - 20) * MM
    number = max(second, key=lambda line: line.top)
    assert (number.text, number.size) == ("2", 14)
    assert (number.left + number.right) / 2 == pytest.approx((30 + 165 / 2) * MM, abs=2)
    last = page_text(set_document(long), len(pages) - 1)
    assert "Nơi nhận:" in last
    assert "Nguyễn Văn Ánh" in last


def test_several_recipients_stand_each_on_a_line_that_ends_as_the_decree_says() -> None:
    several = replace(DEMO_DOCUMENT, recipients=("Sở Tài nguyên số tỉnh Thanh Sơn", "Sở Nội vụ"))
    assert re.search(
        r"Kính gửi:\s+- Sở Tài nguyên số tỉnh Thanh Sơn;\s+- Sở Nội vụ\.", page_text(set_document(several))
    )


def test_markup_in_a_text_is_printed_and_not_obeyed() -> None:
    sly = replace(DEMO_DOCUMENT, subject='#panic("a") $x$ *b*')
    assert 'V/v #panic("a") $x$ *b*' in page_text(set_document(sly))


def test_draft_finds_every_place_by_the_text_of_the_page(pdf: bytes) -> None:
    drafted = draft(pdf)
    assert {name for name, place in drafted.places.items() if place.found == "text"} == {
        "number", "day", "month", "sign", "seal"
    }  # fmt: skip
    assert drafted.printed == {"year": "2026"}


def test_equal_facts_give_equal_bytes(pdf: bytes) -> None:
    assert set_document(DEMO_DOCUMENT) == pdf


@pytest.mark.parametrize(
    "change",
    [{"signatory": " "}, {"copies": ()}, {"prepared_at": datetime(2026, 1, 1)}],  # noqa: DTZ001
)
def test_a_document_with_an_empty_name_or_a_zoneless_time_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no name and no text empty|time zone"):
        replace(DEMO_DOCUMENT, **change)


@pytest.mark.parametrize(
    ("name", "millimetres", "colour"),
    [("signature", (42, 20), 2), ("seal", (36, 36), 0), ("seal-recipient", (36, 36), 0)],
)
def test_an_image_has_its_size_its_colour_and_a_clear_background(
    name: str, millimetres: tuple[int, int], colour: int
) -> None:
    with Image.open(FOLDER / f"{name}.png") as image:
        assert image.mode == "RGBA"
        across, down = (side / dpi * 25.4 for side, dpi in zip(image.size, image.info["dpi"], strict=True))
        assert (across, down) == pytest.approx(millimetres, abs=0.1)
        pixels = [image.getpixel((x, y)) for x in range(image.width) for y in range(image.height)]
    assert isinstance(pixels[0], tuple)
    assert pixels[0][3] == 0
    inked = [pixel for pixel in pixels if isinstance(pixel, tuple) and pixel[3]]
    assert {max(range(3), key=pixel.__getitem__) for pixel in inked} == {colour}


def test_the_images_are_what_the_script_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw_images, "_HERE", tmp_path)
    draw_images.main()
    for name in ("signature.png", "seal.png", "seal-recipient.png"):
        with Image.open(FOLDER / name) as kept, Image.open(tmp_path / name) as drawn:
            difference = ImageChops.difference(kept.getchannel("A"), drawn.getchannel("A"))
        assert ImageStat.Stat(difference).mean[0] < 0.5
