"""A draft is one clean revision that looks as before, with empty fields for all that is still to come."""

import datetime as dt
import io
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops
from reportlab.pdfbase import pdfmetrics

from pki.errors import UsageError
from signer.document import DocumentNumber, Signed
from signer.drafting import draft
from signer.errors import DocumentError, WrongStage
from signer.form.font import font
from signer.numbering import number
from signer.page import Place
from tests.signer.drafting_samples import DATE_LINE, NUMBER_LINE, dispatch, rewritten, turned

VECTORS = Path(__file__).parents[1] / "vectors" / "pdf"
ALL = sorted(json.loads((VECTORS / "expected.json").read_text("utf-8")))


def pages(pdf: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            document[index].render(scale=0.7).to_pil().convert("RGB")
            for index in range(min(len(document), 4))
        ]
    finally:
        document.close()


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.Pdf.open(io.BytesIO(pdf))


class Fields(dict[str, pikepdf.Object]):
    """The fields of a file by name; the file stays open as long as they are looked at."""

    def __init__(self, pdf: bytes) -> None:
        self.pdf = opened(pdf)
        super().__init__({str(field.T): field for field in self.pdf.Root.AcroForm.Fields})


@pytest.mark.parametrize("name", ALL)
def test_every_producers_file_looks_as_before_and_is_sound(name: str, tmp_path: Path) -> None:
    source = (VECTORS / name).read_bytes()
    made = draft(source).pdf
    for before, after in zip(pages(source), pages(made), strict=True):
        assert ImageChops.difference(before, after).getbbox() is None
    (tmp_path / "draft.pdf").write_bytes(made)
    subprocess.run(["qpdf", "--check", tmp_path / "draft.pdf"], check=True, capture_output=True)


@pytest.mark.parametrize(
    "name", ["object-streams.pdf", "word-hybrid-xref.pdf", "revisions.pdf", "broken-xref.pdf"]
)
def test_a_draft_is_one_revision_with_a_classic_table(name: str) -> None:
    made = draft((VECTORS / name).read_bytes()).pdf
    assert made.count(b"%%EOF") == made.count(b"\nstartxref") == made.count(b"\nxref\n") == 1
    assert not any(word in made for word in (b"/XRefStm", b"/ObjStm", b"/Prev "))


def test_objects_that_nothing_refers_to_are_left_behind() -> None:
    def hide(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Hidden = pdf.make_indirect(pikepdf.String("wake me"))

    referred = rewritten(dispatch(), hide, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    dormant = re.sub(rb"/Hidden \d+ 0 R", lambda found: b" " * len(found[0]), referred)
    assert b"wake me" in dormant
    assert b"wake me" in draft(referred).pdf
    assert b"wake me" not in draft(dormant).pdf


def test_the_same_source_gives_the_same_draft() -> None:
    assert draft(dispatch()).pdf == draft(dispatch()).pdf


def test_drafts_made_in_several_threads_are_those_of_one() -> None:
    sources = [dispatch(title=("CHỦ TỊCH",), name=name) for name in ("Lê An", "Vũ Bình", "Đỗ Cường")] * 4
    with ThreadPoolExecutor(4) as threads:
        assert [made.pdf for made in threads.map(draft, sources)] == [draft(each).pdf for each in sources]


def test_the_seals_field_locks_every_field_and_forbids_further_changes() -> None:
    made = Fields(draft(dispatch()).pdf)
    lock = made["layer2"].Lock
    assert lock.is_indirect
    assert (lock.Type, lock.Action, lock.P) == ("/SigFieldLock", "/All", 1)


def test_every_field_prints_stands_on_its_page_and_shows_nothing_yet() -> None:
    pdf = opened(draft(dispatch(pages=2)).pdf)
    for field in pdf.Root.AcroForm.Fields:
        assert field.F == 4
        assert field.AP.N.read_bytes() == b""
        assert field.P.objgen in {page.objgen for page in pdf.pages}
        assert field in list(field.P.Annots)
        assert "/V" not in field
        assert str(field.TU)


def test_the_printed_symbol_is_kept_with_the_number_field() -> None:
    printed, blank = Fields(draft(dispatch()).pdf), Fields(draft(dispatch(number="Số:")).pdf)
    assert printed["number"].TM == "UBND-VP"
    assert "/TM" not in blank["number"]


def kept(pdf: bytes) -> dict[str, str]:
    return {name: str(field.TM) for name, field in Fields(pdf).items() if "/TM" in field}


@pytest.mark.parametrize(
    ("number", "date", "names"),
    [
        (NUMBER_LINE, DATE_LINE, {"number": "UBND-VP", "day": "2026", "month": "2026"}),
        (NUMBER_LINE, "Hà Nội, ngày ..... tháng 3 năm 2026", {"number": "UBND-VP", "day": "3/2026"}),
        ("Số:", "Hà Nội, ngày 05 tháng ..... năm 2026", {"month": "05/2026"}),
        ("Số: 15/UBND-VP", "Hà Nội, ngày 05 tháng 3 năm 2026", {"layer2": "15/UBND-VP;05/3/2026"}),
        ("Số: 15", DATE_LINE, {"day": "2026", "month": "2026", "layer2": "15;"}),
    ],
)
def test_what_is_printed_beside_the_fields_is_kept_with_them(
    number: str, date: str, names: dict[str, str]
) -> None:
    assert kept(draft(dispatch(number=number, date=date)).pdf) == names


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ({}, "symbol UBND-VP"),
        ({"number": "Số: 16/QĐ-UBND"}, "number 16/QĐ-UBND"),
        ({"number": "Số: 15/UBND-VP"}, "number 15/UBND-VP"),
        ({"number": "Số:", "date": "Hà Nội, ngày      tháng      năm 2025"}, "date …/…/2025"),
        ({"number": "Số:", "date": "Hà Nội, ngày .... tháng 4 năm 2026"}, "date …/4/2026"),
        ({"number": "Số:", "date": "Hà Nội, ngày 04 tháng .... năm 2026"}, "date 04/…/2026"),
        ({"number": "Số:", "date": "Hà Nội, ngày 04 tháng 3 năm 2026"}, "date 04/3/2026"),
    ],
)
def test_a_number_or_date_other_than_the_printed_one_is_refused(lines: dict[str, str], word: str) -> None:
    given = DocumentNumber(number="15", symbol="QĐ-UBND", date=dt.date(2026, 3, 5))
    with pytest.raises(DocumentError, match=f"The page prints the {word}"):
        number(Signed(draft(dispatch(**lines)).pdf), given)


@pytest.mark.parametrize(
    "date", ["ngày      tháng 03 năm 2026", "ngày 5 tháng      năm 2026", "ngày 05 tháng 3 năm 2026"]
)
def test_the_number_and_date_that_are_printed_are_accepted_in_either_spelling(date: str) -> None:
    given = DocumentNumber(number="7", symbol="QĐ-UBND", date=dt.date(2026, 3, 5))
    made = draft(dispatch(number="Số: 07/QĐ-UBND", date=f"Hà Nội, {date}"))
    assert number(Signed(made.pdf), given).number == given


@pytest.mark.parametrize(
    ("number", "date", "white"),
    [
        ("Số:.........../UBND-VP", "Hà Nội, ngày …… tháng 3 năm 2026", {"number", "day"}),
        ("Số: ____________", "Hà Nội, ngày      tháng      năm .......", {"number", "year"}),
        (NUMBER_LINE, DATE_LINE, set()),
    ],
)
def test_fields_over_printed_dots_have_a_white_ground_to_cover_them(
    number: str, date: str, white: set[str]
) -> None:
    made = Fields(draft(dispatch(number=number, date=date)).pdf)
    assert {name for name, field in made.items() if "/BG" in field.get("/MK", {})} == white
    assert all([float(part) for part in made[name].MK.BG] == [1, 1, 1] for name in white)


def test_a_ground_covers_every_dot_and_no_word() -> None:
    field = draft(dispatch(number="Số:.........../UBND-VP")).places["number"].box
    dots = 11 * pdfmetrics.stringWidth(".", "Regular", 13)
    assert field.width == pytest.approx(dots, abs=0.05)


def test_the_signature_is_drawn_before_the_seal_over_it() -> None:
    pdf = opened(draft(dispatch()).pdf)
    annotations = [str(each.T) for each in pdf.pages[0].Annots]
    assert annotations.index("layer1") < annotations.index("layer2")


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_field_on_a_turned_page_stands_upright_to_the_reader(degrees: int) -> None:
    made = draft(turned(dispatch(), degrees))
    made_fields = Fields(made.pdf)
    sign = made_fields["layer1"]
    assert int(sign.MK.R) == degrees
    left, bottom, right, top = (float(edge) for edge in sign.Rect)
    lying = (made.places["sign"].height, made.places["sign"].width)
    assert (right - left, top - bottom) == pytest.approx(lying if degrees % 180 else lying[::-1], abs=0.02)
    assert [float(edge) for edge in sign.AP.N.BBox][2:] == pytest.approx(lying[::-1], abs=0.02)


def test_a_page_in_units_of_two_points_has_its_fields_where_and_as_large_as_on_paper() -> None:
    plain, double = (
        draft((VECTORS / f"{name}.pdf").read_bytes()) for name in ("libreoffice-docx", "user-unit")
    )
    ours, theirs = Fields(double.pdf), Fields(plain.pdf)
    for name, place in plain.places.items():
        assert double.places[name].box == pytest.approx(place.box, abs=0.1)
    for name, field in ours.items():
        halves = [float(edge) / 2 for edge in theirs[name].Rect]
        assert [float(edge) for edge in field.Rect] == pytest.approx(halves, abs=0.1)
    assert float(str(ours["number"].DA).split()[1]) * 2 == float(str(theirs["number"].DA).split()[1])
    assert [float(side) for side in ours["layer2"].AP.N.BBox] == pytest.approx(
        [0, 0, 102.05, 102.05], abs=0.1
    )


def test_the_fields_write_with_fonts_that_are_in_the_file() -> None:
    pdf = opened(draft(dispatch()).pdf)
    fonts = pdf.Root.AcroForm.DR.Font
    used = {str(field.DA).split()[0] for field in pdf.Root.AcroForm.Fields if field.FT == "/Tx"}
    assert used == {"/CvSerif", "/CvSerifItalic"} == set(fonts.keys())
    assert fonts.CvSerif.FontDescriptor.FontFile2.read_bytes() == font().program


def test_a_form_that_was_there_is_kept_and_can_still_be_filled_in() -> None:
    source = (VECTORS / "form-fields.pdf").read_bytes()
    before, after = Fields(source), Fields(draft(source).pdf)
    assert before.keys() < after.keys()
    assert all(after[name].FT == before[name].FT and "/AP" in after[name] for name in before)


def test_the_claim_to_pdf_a_and_the_tags_are_kept() -> None:
    pdf = opened(draft((VECTORS / "typst-pdfa-2a.pdf").read_bytes()).pdf)
    assert pdf.open_metadata().pdfa_status == "2A"
    assert pdf.Root.MarkInfo.Marked
    told = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
    for field in pdf.Root.AcroForm.Fields:
        element = told[int(field.StructParent)]
        assert (element.S, element.K.Obj.objgen) == ("/Form", field.objgen)


def with_form(pdf: pikepdf.Pdf, value: str) -> None:
    helvetica = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    field = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T=pikepdf.String("cost"),
        V=pikepdf.String(value), Rect=[50, 50, 200, 70], DA=pikepdf.String("/Helv 12 Tf 0 g"), F=4,
    )  # fmt: skip
    widget = pdf.make_indirect(field)
    resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=pdf.make_indirect(helvetica)))
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[widget], NeedAppearances=True, DR=resources)
    pdf.pages[0].obj.Annots = pikepdf.Array([widget])
    pdf.Root.Perms = pikepdf.Dictionary(UR3=pikepdf.Dictionary(Type=pikepdf.Name.Sig))


def test_values_that_readers_would_draw_are_drawn_once_and_for_all() -> None:
    made = Fields(draft(rewritten(dispatch(), lambda pdf: with_form(pdf, "1 250 000"))).pdf)
    assert "/NeedAppearances" not in made.pdf.Root.AcroForm
    assert b"1 250 000" in made["cost"].AP.N.read_bytes()


def test_a_widget_that_no_form_lists_says_nothing_on_the_terminal() -> None:
    def stray(pdf: pikepdf.Pdf) -> None:
        with_form(pdf, "1")
        pdf.Root.AcroForm.Fields = pikepdf.Array()

    with pytest.warns(pikepdf.PageCopyWarning):
        source = rewritten(dispatch(), stray)
    program = "import sys; from signer.drafting import draft; draft(sys.stdin.buffer.read())"
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, input=source, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_usage_rights_that_the_next_change_would_break_are_taken_out() -> None:
    made = Fields(draft(rewritten(dispatch(), lambda pdf: with_form(pdf, "1"))).pdf)
    assert "/Perms" not in made.pdf.Root


def test_a_value_that_only_the_readers_program_can_draw_is_refused() -> None:
    with pytest.raises(DocumentError, match="field cost shows its value only"):
        draft(rewritten(dispatch(), lambda pdf: with_form(pdf, "Đồng Nai")))


def test_a_draft_cannot_be_drafted_again() -> None:
    with pytest.raises(WrongStage, match="layer1, layer2"):
        draft(draft(dispatch()).pdf)


def test_the_places_used_are_told_with_what_is_printed_already() -> None:
    made = draft(dispatch(), {"seal": Place.parse("1:20,20,103,103")})
    assert {name: place.found for name, place in made.places.items()} == {
        "number": "text", "day": "text", "month": "text", "sign": "text", "seal": "given",
    }  # fmt: skip
    assert (made.printed, made.notes) == ({"year": "2026"}, ())


def test_a_place_taken_from_the_standard_layout_is_told_to_the_drafter() -> None:
    notes = [str(note) for note in draft((VECTORS / "scan.pdf").read_bytes()).notes]
    assert [note.split()[7] for note in notes] == ["number", "date", "sign"]


def test_a_date_given_as_one_place_is_one_field() -> None:
    made = Fields(draft(dispatch(), {"date": Place.parse("1:300,690,200,18")}).pdf)
    assert {"day", "month", "year", "date"} & set(made) == {"date"}
    assert [float(edge) for edge in made["date"].Rect] == [300, 690, 500, 708]


def test_an_unknown_place_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match="stamp"):
        draft(dispatch(), {"stamp": Place.parse("1:300,690,200,18")})
