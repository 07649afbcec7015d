"""The documents as a clerk makes them in Word: heads in a bare table, underscores for the rules."""

from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Mm, Pt
from texts import MOTTO, STATE, Text


def write_docx(text: Text, path: Path) -> None:
    """Write the document as a .docx file."""
    document = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(14)
    normal.paragraph_format.space_after = Pt(0)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.top_margin = section.bottom_margin = Mm(20)
    _head(document, text)
    _middle(document, text)
    document.add_paragraph()
    _foot(document, text)
    document.save(path)


def _head(document, text: Text) -> None:  # noqa: ANN001 - python-docx gives its parts no public types
    table = document.add_table(2, 2)
    table.autofit = False
    for column, width in zip(table.columns, (Mm(62), Mm(103)), strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width
    left, right = table.rows[0].cells
    names = [(text.superior, False)] * bool(text.superior) + [(name, True) for name in text.agency]
    for name, bold in names:
        _write(left, name, 13, bold=bold)
    _write(left, "_______", 8, bold=True)
    _write(right, STATE, 13, bold=True)
    _write(right, MOTTO, 14, bold=True)
    _write(right, "_" * 42, 8, bold=True)
    left, right = table.rows[1].cells
    _write(left, text.number, 13)
    if not text.kind:
        _write(left, f"V/v {text.subject}", 13)
    _write(right, text.date, 14, italic=True)


def _middle(document, text: Text) -> None:  # noqa: ANN001
    if text.kind:
        _write(document, text.kind, 14, bold=True).paragraph_format.space_before = Pt(18)
        _write(document, text.subject, 14, bold=True)
    if text.recipient:
        _write(document, f"Kính gửi: {text.recipient}", 14).paragraph_format.space_before = Pt(18)
    for number, line in enumerate(text.body):
        paragraph = document.add_paragraph(line)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        paragraph.paragraph_format.first_line_indent = Cm(1.27)
        paragraph.paragraph_format.space_before = Pt(18 if number == 0 else 6)


def _foot(document, text: Text) -> None:  # noqa: ANN001
    left, right = document.add_table(1, 2).rows[0].cells
    run = left.paragraphs[0].add_run("Nơi nhận:")
    run.font.size, run.bold, run.italic = Pt(12), True, True
    for name in text.copies:
        left.add_paragraph().add_run(f"- {name};").font.size = Pt(11)
    for title in text.titles:
        _write(right, title, 14, bold=True)
    for _ in range(5):  # a clerk makes room for the signature with empty lines
        _write(right, " ", 14)
    _write(right, text.signatory, 14, bold=True)


def _write(where, words: str, size: float, *, bold: bool = False, italic: bool = False):  # noqa: ANN001, ANN202
    """Write a centred line; a cell's first, empty paragraph is used up before others are added."""
    first = where.paragraphs[0] if where.paragraphs else None
    empty = first is not None and not first.runs and len(where.paragraphs) == 1
    paragraph = first if empty else where.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(words)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    return paragraph
