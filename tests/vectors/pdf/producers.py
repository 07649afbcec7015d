"""Vectors printed by real producers: word processors, browsers, typesetters, libraries, a scanner."""

import io
import json
import subprocess
import tempfile
from pathlib import Path

from texts import DECISION, DISPATCH, MONTH_PRINTED, MOTTO, NOTICE, STATE, Text, html
from word import write_docx

FONTS = Path(__file__).parents[3] / "signer" / "fonts"


def libreoffice_docx(out: Path) -> None:
    """LibreOffice, from .docx, with the heads in a table as offices make them. python-docx, soffice."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "cong-van.docx"
        write_docx(DISPATCH, source)
        out.write_bytes(_soffice(source, "pdf"))


def libreoffice_odt_pdfa(out: Path) -> None:
    """LibreOffice, from .odt, a quyết định as tagged PDF/A-2. python-docx, soffice."""
    options = (
        '{"SelectPdfVersion":{"type":"long","value":"2"},"UseTaggedPDF":{"type":"boolean","value":"true"}}'
    )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "quyet-dinh.docx"
        write_docx(DECISION, source)
        odt = Path(folder) / "quyet-dinh.odt"
        odt.write_bytes(_soffice(source, "odt"))
        out.write_bytes(_soffice(odt, f"pdf:writer_pdf_Export:{options}"))


def chromium(out: Path) -> None:
    """Chromium's "print to PDF" (Skia), the month already printed, dots for blanks. chromium."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(html(MONTH_PRINTED))
        quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
        sheet = ("--no-pdf-header-footer", f"--user-data-dir={folder}/profile", f"--print-to-pdf={out}")
        _run("chromium", *quiet, *sheet, str(page))


def weasyprint(out: Path) -> None:
    """WeasyPrint, a thông báo of two pages, its blanks gaps without characters. weasyprint, Pango."""
    import weasyprint as printer

    out.write_bytes(printer.HTML(string=html(NOTICE)).write_pdf())


def typst_pdf20(out: Path) -> None:
    """Typst, PDF 2.0, in the plainest layout. typst."""
    import typst

    source = f"""#set text(font: "Liberation Serif", size: 14pt, lang: "vi")
#align(center)[*{STATE}* \\ #underline[*{MOTTO}*]]
Số: #h(14mm) /GM-STNS #h(1fr) _Thanh Sơn, ngày #h(9mm) tháng #h(9mm) năm 2026_
#align(center)[*GIẤY MỜI*]
Sở Tài nguyên số trân trọng kính mời quý cơ quan dự cuộc họp triển khai công tác quý I.
#v(1cm)
#grid(columns: (1fr, 1fr), [*_Nơi nhận:_* \\ - Lưu: VT.], align(center)[*GIÁM ĐỐC* #v(32mm) *Đỗ Minh Thư*])
"""
    options = {"font_paths": [FONTS], "ignore_system_fonts": True, "pdf_standards": ["2.0"]}
    out.write_bytes(typst.compile(source.encode(), **options))


def reportlab(out: Path) -> None:
    """ReportLab, a báo cáo drawn string by string, the number's line in one piece. reportlab."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(out), pagesize=A4, invariant=True)
    _register()
    for x, y, font, size, words in _lines(DISPATCH):
        canvas.setFont(font, size)
        canvas.drawCentredString(x, y, words)
    canvas.save()


def form_fields(out: Path) -> None:
    """ReportLab, with form fields of its own already on the page. reportlab."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(out), pagesize=A4, invariant=True)
    _register()
    for x, y, font, size, words in _lines(DISPATCH):
        canvas.setFont(font, size)
        canvas.drawCentredString(x, y, words)
    canvas.acroForm.textfield(name="nguoi_lien_he", x=100, y=420, width=200, height=20, value="Nguyen Van A")
    canvas.acroForm.checkbox(name="dong_y", x=320, y=420, size=20, checked=True)
    canvas.save()


def five_hundred_pages(out: Path) -> None:
    """ReportLab, 500 pages. reportlab."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(out), pagesize=A4, invariant=True, pageCompression=1)
    for page in range(1, 501):
        canvas.drawString(85, 780, f"Annex, page {page} of 500")
        canvas.showPage()
    canvas.save()


def fpdf2(out: Path) -> None:
    """fpdf2, two pages of different sizes. fpdf2."""
    import datetime as dt

    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_creation_date(dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    pdf.add_font("Serif", fname=FONTS / "LiberationSerif-Regular.ttf")
    pdf.set_font("Serif", size=14)
    pdf.add_page()
    pdf.multi_cell(0, 8, f"{STATE}\n{MOTTO}\n\n" + "\n".join(NOTICE.body[:4]))
    pdf.add_page(orientation="landscape", format="A3")
    pdf.multi_cell(0, 8, "Phụ lục, khổ A3 nằm ngang.")
    pdf.output(str(out))


def cairo_pango(out: Path) -> None:
    """Cairo and Pango, through the system's own Python. python3-gi, python3-gi-cairo, Pango."""
    program = """
import cairo, gi, json, sys
gi.require_version("Pango", "1.0"); gi.require_version("PangoCairo", "1.0")
from gi.repository import Pango, PangoCairo
surface = cairo.PDFSurface(sys.argv[1], 595.28, 841.89)
context = cairo.Context(surface)
for x, y, style, size, words in json.load(sys.stdin):
    layout = PangoCairo.create_layout(context)
    layout.set_font_description(Pango.FontDescription(f"Liberation Serif {style} {size * 0.75}"))
    layout.set_text(words, -1)
    context.move_to(x - layout.get_pixel_size()[0] / 2, 841.89 - y - size)
    PangoCairo.show_layout(context, layout)
surface.finish()
"""
    styles = {"Serif": "", "Serif-Bold": "Bold", "Serif-Italic": "Italic"}
    lines = [(x, y, styles[font], size, words) for x, y, font, size, words in _lines(DISPATCH)]
    _run("/usr/bin/python3", "-c", program, str(out), stdin=json.dumps(lines).encode())


def ghostscript(out: Path) -> None:
    """Ghostscript's pdfwrite, distilled from libreoffice-docx.pdf. gs."""
    _run("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", f"-sOutputFile={out}",
         str(out.with_name("libreoffice-docx.pdf")))  # fmt: skip


def scan(out: Path) -> None:
    """A scanned page: one grey JPEG at 150 dots per inch, slightly askew, no text. pdftoppm, Pillow."""
    import pikepdf
    from PIL import Image

    source = out.with_name("libreoffice-docx.pdf")
    page = Image.open(io.BytesIO(_run("pdftoppm", "-r", "150", "-gray", "-f", "1", "-l", "1", str(source))))
    jpeg = io.BytesIO()
    page.rotate(0.6, Image.Resampling.BICUBIC, fillcolor=245).save(jpeg, "JPEG", quality=45)
    with pikepdf.new() as pdf:
        sheet = pdf.add_blank_page(page_size=(595.28, 841.89))
        picture = pikepdf.Stream(pdf, jpeg.getvalue())
        picture.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=page.width, Height=page.height,
            ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
        )  # fmt: skip
        sheet.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=picture))
        sheet.obj.Contents = pikepdf.Stream(pdf, b"q 595.28 0 0 841.89 0 0 cm /Scan Do Q")
        pdf.save(out, static_id=True)


def _run(*command: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


def _soffice(source: Path, target: str) -> bytes:
    """Convert with a profile of its own, so that a running office is not disturbed."""
    out = source.parent / "converted"
    profile = f"-env:UserInstallation=file://{source.parent}/profile"
    _run("soffice", profile, "--headless", "--convert-to", target, "--outdir", str(out), str(source))
    return (out / f"{source.stem}.{target.partition(':')[0]}").read_bytes()


def _register() -> None:
    """Let ReportLab know the fonts."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, file in (("Serif", "Regular"), ("Serif-Bold", "Bold"), ("Serif-Italic", "Italic")):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"LiberationSerif-{file}.ttf"))


def _lines(text: Text) -> list[tuple[float, float, str, float, str]]:
    """Place a document's lines by hand: centre x, baseline y, font, size, words."""
    left, right = 170.0, 405.0
    return [
        (left, 775, "Serif", 12, text.superior),
        (left, 760, "Serif-Bold", 12, text.agency[0]),
        (right, 775, "Serif-Bold", 12, STATE),
        (right, 760, "Serif-Bold", 13, MOTTO),
        (left, 730, "Serif", 13, text.number),
        (right, 730, "Serif-Italic", 13, text.date),
        (left, 712, "Serif", 12, f"V/v {text.subject}"),
        (300, 670, "Serif", 13, f"Kính gửi: {text.recipient}"),
        *((312, 630 - 20 * number, "Serif", 11, line[:95]) for number, line in enumerate(text.body)),
        (120, 500, "Serif-Italic", 12, "Nơi nhận:"),
        *((120, 486 - 13 * number, "Serif", 11, f"- {name};") for number, name in enumerate(text.copies)),
        *((430, 500 - 16 * number, "Serif-Bold", 13, title) for number, title in enumerate(text.titles)),
        (430, 370, "Serif-Bold", 13, text.signatory),
    ]
