"""The fonts of the fields write every Vietnamese letter, in every reader."""

import subprocess
from pathlib import Path

import pikepdf
import pytest

from signer.drafting import draft
from signer.errors import DocumentError
from signer.form.font import font
from signer.page import Place
from tests.signer import make_font
from tests.signer.drafting_samples import dispatch, rewritten

TEXT = "Đắk Lắk, ngày 05 tháng 3 năm 2026 - Ỷ/ỵ"


@pytest.mark.parametrize("italic", [False, True])
def test_the_fonts_in_the_tree_are_those_that_the_program_makes(italic: bool) -> None:
    shipped = font(italic=italic)
    program, table = make_font.make(shipped.name)
    assert program == shipped.program
    assert table.splitlines() == (make_font.FONTS / f"{shipped.name}.txt").read_text("ascii").splitlines()


def test_every_letter_of_a_number_or_date_has_a_code_of_its_own() -> None:
    codes = font().codes
    assert len(set(codes.values())) == len(codes)
    assert font().encode("15/QĐ-UBND") == b"15/Q" + bytes([codes["Đ"]]) + b"-UBND"
    assert font().encode("nga\N{COMBINING GRAVE ACCENT}y") == font().encode("ngày")


def test_a_letter_that_the_font_does_not_have_is_refused() -> None:
    with pytest.raises(DocumentError, match="The letter 中"):
        font().encode("15/中")


@pytest.mark.parametrize(
    "tool", [("pdftotext", "-layout", "{}", "-"), ("mutool", "draw", "-F", "text", "{}")]
)
def test_what_a_field_shows_can_be_read_and_copied_in_other_readers(
    tool: tuple[str, ...], tmp_path: Path
) -> None:
    def fill(pdf: pikepdf.Pdf) -> None:
        field = next(each for each in pdf.Root.AcroForm.Fields if each.T == "date")
        shown = f"BT /CvSerifItalic 12 Tf 2 4 Td <{font(italic=True).encode(TEXT).hex()}> Tj ET"
        field.AP.N.write(shown.encode("ascii"))
        field.AP.N.Resources = pikepdf.Dictionary(Font=pdf.Root.AcroForm.DR.Font)

    made = draft(dispatch(), {"date": Place.parse("1:250,300,300,20")}).pdf
    path = tmp_path / "filled.pdf"
    path.write_bytes(rewritten(made, fill))
    command = [part.format(path) for part in tool]
    assert TEXT in subprocess.run(command, check=True, capture_output=True, text=True).stdout
