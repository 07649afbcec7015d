"""A page as an office writes it, pictures of a signature and a seal, and one document in each stage."""

import datetime as dt
import io
from dataclasses import dataclass

from PIL import Image, ImageDraw
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from signer.document import DocumentNumber, Draft, Numbered, Sealed, Signed

NUMBER = DocumentNumber(number="5", symbol="UBND-VP", date=dt.date(2026, 2, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """One document in each stage of its way."""

    draft: Draft
    signed: Signed
    numbered: Numbered
    sealed: Sealed


def dispatch_page() -> bytes:
    """A page as an office writes it, with gaps for number, day and month."""
    for name, style in (("Serif", "Regular"), ("Slanted", "Italic")):
        pdfmetrics.registerFont(TTFont(name, f"signer/form/fonts/LiberationSerif-{style}.ttf"))
    output = io.BytesIO()
    page = Canvas(output, pagesize=(595, 842), invariant=True)
    page.setFont("Serif", 13)
    page.drawString(100, 760, "Số:          /UBND-VP")
    page.drawString(100, 500, "Nội dung công văn")
    page.drawString(380, 300, "CHỦ TỊCH")
    page.drawString(360, 200, "Nguyễn Văn Ánh")
    page.setFont("Slanted", 13)
    page.drawString(300, 740, "Hà Nội, ngày        tháng        năm 2026")
    page.save()
    return output.getvalue()


def png(size: tuple[int, int], colour: tuple[int, int, int], dpi: int | None) -> bytes:
    """A ring in one colour on a transparent ground."""
    with Image.new("RGBA", size) as image:
        ImageDraw.Draw(image).ellipse((4, 4, size[0] - 4, size[1] - 4), outline=(*colour, 255), width=8)
        output = io.BytesIO()
        image.save(output, "PNG", **({} if dpi is None else {"dpi": (dpi, dpi)}))
    return output.getvalue()


SIGNATURE_PNG = png((300, 120), (0, 0, 200), None)
SEAL_PNG = png((425, 425), (220, 0, 0), 300)
