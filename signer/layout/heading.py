"""The agencies that the head of a document names: read from its first page, or not found.

Rules over lines of text, in the reader's coordinates (NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, II.2 and mục IV,
box 2): capitals in the left column, right above the line of the number. Only what is seen on the page is
read: no form field, nothing that is drawn invisibly.
"""

import re
from collections.abc import Iterator, Sequence

from signer.agency import MAX_LINES, Heading
from signer.facts import LONGEST_NAME
from signer.layout import wording
from signer.layout.lines import Line
from signer.layout.page_text import PrintedPdf
from signer.shown import Printed

_HEAD = 0.7  # of the page's height: the agencies and the number stand above
_MIDDLE = 0.5  # of the page's width: the left column's middle is left of it
_SMALLEST = 0.01  # of the page's width: smaller letters are no name; 6 points on A4
_TO_NUMBER, _BETWEEN = 6.0, 3.5  # how far lines may be apart, in parts of the size
_SPACE = 0.1  # between words, in parts of the size: capitals are set close
_STATE = re.compile(r"CỘNG\s?H(?:ÒA|OÀ)|Độc\s?lập\s?-|ĐẢNG\s?CỘNG\s?SẢN")
_MARKS = re.compile(r"(?:TUYỆT |TỐI )?MẬT|(?:THƯỢNG )?KHẨN|H[ỎO][ẢA] TỐC.*")
"""Marks of secrecy and urgency, which may be printed in this column (boxes 10a and 10b)."""


def heading_of(printed: PrintedPdf) -> Heading:
    """Return what the first page names as its agencies; without lines, where it names none."""
    return head_of(printed)[0]


def head_of(printed: PrintedPdf) -> tuple[Heading, Printed]:
    """Return what the first page names as its agencies, and what it prints of number and date.

    No agencies where a picture or an area hides a letter of them, or it is clipped away: what people read
    there instead is not known.
    """
    lines, width = printed.seen_lines(1, above=_HEAD), printed.frame(1).width
    letters = [each for line in _block(lines, width) for each in line.glyphs if each.text.isalnum()]
    seen = printed.shown(1, letters)
    named = heading(lines, width) if len(seen) == len(letters) else Heading(lines=())
    return named, _issue(lines, width)


def _issue(lines: Sequence[Line], width: float) -> Printed:
    number, date = wording.number_line(lines, width), wording.date_line(lines, width)
    whole = None if number is None or number.printed is None else number.printed.partition("/")[0]
    return Printed(
        number=whole,
        symbol=None if number is None or number.symbol is None else number.symbol[:LONGEST_NAME],
        date={} if date is None else dict(date.printed),
    )


def heading(lines: Sequence[Line], page_width: float) -> Heading:
    """Find the block of the agencies among the lines of a page, from the top down."""
    block = _block(lines, page_width)
    bold = _bold_at_the_end(block)
    return Heading(
        lines=tuple(line.spaced(_SPACE)[:LONGEST_NAME] for line in block),
        bold=bold if bold < len(block) else 0,
    )


def _block(lines: Sequence[Line], page_width: float) -> list[Line]:
    number = next((place for place, line in enumerate(lines) if wording.is_number_line(line)), None)
    if number is None:
        return []
    return list(_upwards(lines[number], lines[:number], page_width))[::-1]


def _upwards(number: Line, above: Sequence[Line], page_width: float) -> Iterator[Line]:
    """Yield the lines of the block from the number upwards, as long as they touch and are in capitals."""
    last, reach, count = number.baseline, _TO_NUMBER, 0
    for line in reversed(above):
        part = _left_part(line, page_width)
        if part is None or part.size < _SMALLEST * page_width or _MARKS.fullmatch(part.spaced(_SPACE)):
            continue
        letters = [glyph.text for glyph in part.glyphs if glyph.text.isalpha()]
        if not letters:  # a rule, drawn with underscores
            continue
        near = part.baseline - last <= reach * part.size
        if not near or count == MAX_LINES or not all(letter.isupper() for letter in letters):
            return
        yield part
        last, reach, count = part.baseline, _BETWEEN, count + 1


def _left_part(line: Line, page_width: float) -> Line | None:
    """Return what stands in the left column; a long name may run close to the state's in the right one."""
    text, glyphs = line.text, list(line.glyphs)
    states = list(_STATE.finditer(text))
    if states:
        cut = line.at(states[-1].start()).left
        if cut >= _MIDDLE * page_width * 0.8:
            glyphs = [glyph for glyph in glyphs if glyph.left < cut]
    left = [
        glyph
        for column in (Line(tuple(glyphs)).columns() if glyphs else ())
        if column.centre < _MIDDLE * page_width
        for glyph in column.glyphs
    ]
    return Line(tuple(left)) if left else None


def _bold_at_the_end(block: Sequence[Line]) -> int:
    count = 0
    for line in reversed(block):
        letters = [glyph for glyph in line.glyphs if glyph.text.isalpha()]
        if 2 * sum(glyph.bold for glyph in letters) <= len(letters):
            break
        count += 1
    return count
