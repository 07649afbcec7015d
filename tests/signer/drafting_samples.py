"""Small documents in the layout of NĐ 30/2020, drawn for the tests of `draft`."""

import io
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pikepdf
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS = Path(__file__).parents[2] / "signer" / "form" / "fonts"
for style in ("Regular", "Bold", "Italic"):
    pdfmetrics.registerFont(TTFont(style, FONTS / f"LiberationSerif-{style}.ttf"))

MM = 72 / 25.4
NUMBER_LINE = "Số:            /UBND-VP"
DATE_LINE = "Hà Nội, ngày      tháng      năm 2026"
TITLE = ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")
NAME = "Nguyễn Văn An"


def dispatch(
    *,
    number: str = NUMBER_LINE,
    date: str = DATE_LINE,
    title: tuple[str, ...] = TITLE,
    name: str = NAME,
    pages: int = 1,
    appendices: int = 0,
    form: str = "NFC",
    write: Callable[[Canvas, tuple[float, float], str, str, float], None] | None = None,
) -> bytes:
    """Return a dispatch of an agency; its last page before the appendices carries the signatory's block."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=True)
    put = write or centred

    def say(x: float, y: float, text: str, font: str = "Regular", size: float = 13) -> None:
        put(canvas, (x * MM, A4[1] - y * MM), unicodedata.normalize(form, text), font, size)

    say(62, 24, "ỦY BAN NHÂN DÂN", "Bold")
    say(62, 29, "TỈNH THANH SƠN", "Bold")
    say(62, 38, number)
    say(145, 24, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Bold", 12)
    say(145, 29, "Độc lập - Tự do - Hạnh phúc", "Bold")
    say(145, 38, date, "Italic", 14)
    say(62, 44, "V/v báo cáo ngày 15 tháng 3 năm 2026", "Regular", 12)
    say(105, 60, "Kính gửi: Bộ Nội vụ", "Regular", 14)
    for _ in range(1, pages):
        say(105, 80, "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020;")
        canvas.showPage()
    say(105, 100, "Trân trọng./.")
    say(40, 130, "Nơi nhận:", "Italic", 12)
    for row, line in enumerate(title):
        say(150, 130 + 5 * row, line, "Bold", 14)
    say(150, 130 + 5 * len(title) + 30, name, "Bold", 14)
    canvas.showPage()
    for each in range(appendices):
        say(105, 30, f"PHỤ LỤC {each + 1}", "Bold", 14)
        say(105, 40, "BẢNG KÊ CHI TIẾT", "Bold", 14)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def centred(canvas: Canvas, at: tuple[float, float], text: str, font: str, size: float) -> None:
    """Write one line, letters in one run."""
    canvas.setFont(font, size)
    canvas.drawCentredString(*at, text)


def in_pieces(canvas: Canvas, at: tuple[float, float], text: str, font: str, size: float) -> None:
    """Write one line letter by letter, the even ones first, as no reader would expect."""
    canvas.setFont(font, size)
    start = at[0] - canvas.stringWidth(text, font, size) / 2
    for first in (0, 1):
        for index in range(first, len(text), 2):
            if text[index] != " ":
                canvas.drawString(start + canvas.stringWidth(text[:index], font, size), at[1], text[index])


def rewritten(pdf: bytes, change: Callable[[pikepdf.Pdf], object], **save: object) -> bytes:
    """Return the PDF after `change` was made to it."""
    target = io.BytesIO()
    with pikepdf.Pdf.open(io.BytesIO(pdf)) as opened:
        change(opened)
        opened.save(target, **save)
    return target.getvalue()


def turned(pdf: bytes, degrees: int, shift: tuple[float, float] = (0, 0)) -> bytes:
    """Return the PDF with its pages lying on their side in the file, and /Rotate setting them upright.

    With `shift`, the visible page begins at that point of user space.
    """

    def lay(opened: pikepdf.Pdf) -> None:
        for page in opened.pages:
            width, height = A4
            across, up = (height, width) if degrees % 180 else (width, height)
            matrix = {
                0: (1, 0, 0, 1, 0, 0),
                90: (0, 1, -1, 0, height, 0),
                180: (-1, 0, 0, -1, width, height),
                270: (0, -1, 1, 0, 0, width),
            }[degrees]
            moved = (*matrix[:4], matrix[4] + shift[0], matrix[5] + shift[1])
            page.contents_add(("q " + " ".join(map(str, moved)) + " cm\n").encode(), prepend=True)
            page.contents_add(b"\nQ")
            page.obj.MediaBox = [shift[0] - 20, shift[1] - 30, across + shift[0] + 40, up + shift[1] + 50]
            page.obj.CropBox = [shift[0], shift[1], across + shift[0], up + shift[1]]
            page.obj.Rotate = degrees

    return rewritten(pdf, lay)
