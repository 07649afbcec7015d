"""How an official document words its number, its date and its signatory, and which gaps it leaves there.

Rules over lines of text, in the reader's coordinates; the wording is that of NĐ 30/2020/NĐ-CP, Phụ lục I,
Phần I, II.3 (number), II.4 (place and date) and II.7 (signatory).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from signer.layout.lines import Glyph, Line

# All repetitions are possessive: a line of fifty thousand dots costs one walk, not fifty thousand.
_FILLER = r"[\s._…·]*+"  # what people leave where something is to be written
_ROW = re.compile(_FILLER)
_DRAWN = "._…·"
_NUMBER = re.compile(
    rf"(?:^|(?<=\t))(?P<word>S[ốỐ]\s?:?){_FILLER}(?P<number>\d{{1,10}}+[a-zđ]?+)?+{_FILLER}"
    r"(?:(?P<slash>/)\s?(?P<symbol>[^\W_]++(?:[./&-][^\W_]++)*+)?|(?<=\t)|$)"
)
_DATE = re.compile(
    rf"(?P<ngày>ngày){_FILLER}(?P<day>\d{{1,2}}+)?+{_FILLER}"
    rf"(?P<tháng>tháng){_FILLER}(?P<month>\d{{1,2}}+)?+{_FILLER}"
    rf"(?P<năm>năm){_FILLER}(?P<year>\d{{1,4}}+)?+",
    re.IGNORECASE,
)
_FILLED_DATE = re.compile(r",\s?ngày", re.IGNORECASE)

_TITLE = re.compile(
    r"^(?:TM|KT|TL|TUQ|Q)\s?[./]|\b(?:TRƯỞNG|CHỦ TỊCH|GIÁM ĐỐC|CHỦ NHIỆM|CHÁNH|BÍ THƯ|TƯ LỆNH|THỦ TƯỚNG"
    r"|CHỈ HUY|KIỂM TOÁN|ĐẠI DIỆN|CHỦ TỌA|CHỦ TRÌ|THƯ KÝ|CHÍNH ỦY|TỔNG CỤC)\b"
)
_NAME_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[.'’-])*+")
_TITLES_TRIED = 20  # on one page, from the last upwards
_RIGHT_HALF = 0.56  # where the middle of the signatory's block begins, in parts of the page's width
_TOUCHING = 2.0  # lines of one block are no further apart, in parts of the size
_SIGNING_SPACE = 260.0  # points between the title and the name at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Room between two letters of a line; the style is that of the letters around it, the rest in points."""

    left: float
    right: float
    baseline: float
    size: float
    italic: bool
    open: bool = False
    """Whether the line ends here, so that the text begins at the left instead of standing in the middle."""
    drawn: bool = False
    """Whether dots or a rule are printed in the room, over which text could not be read."""

    @property
    def width(self) -> float:
        """How wide the room is."""
        return self.right - self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    """The line "Số: 15/UBND-VP": what is printed of it, and where the rest belongs."""

    printed: str | None = None
    symbol: str | None = None
    gap: Gap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateLine:
    """The line "Hà Nội, ngày 05 tháng 3 năm 2026": its printed parts and its gaps, by day, month and year."""

    printed: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, Gap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """The signatory's block, in points: where the title ends, where the name begins, and their middle."""

    centre: float
    bottom_of_title: float
    top_of_name: float | None


def number_line(lines: Sequence[Line], page_right: float) -> NumberLine | None:
    """Find the line of the number among the lines of the document's head."""
    for line in lines:
        match = _number_in(line)
        if match is not None:
            return _number_of(line, match, page_right)
    return None


def is_number_line(line: Line) -> bool:
    """Tell whether a line is the one of the number, filled or blank."""
    return _number_in(line) is not None


def _number_in(line: Line) -> re.Match[str] | None:
    match = _NUMBER.search(line.text)
    return match if match is not None and (":" in match["word"] or match["slash"]) else None


def _number_of(line: Line, match: re.Match[str], page_right: float) -> NumberLine:
    symbol, number = match["symbol"], match["number"]
    if number is not None:
        return NumberLine(printed=f"{number}/{symbol}" if symbol else number, symbol=symbol)
    word = line.at(match.end("word") - 1)
    if match["slash"]:
        gap = _gap(line, match.end("word"), line.at(match.start("slash")).left)
        return NumberLine(symbol=symbol, gap=gap)
    end = _end_of_line(line, match.end("word"), word, page_right)
    return NumberLine(gap=_gap(line, match.end("word"), end, open_end=True))


def _end_of_line(line: Line, start: int, word: Glyph, page_right: float) -> float:
    """Return how far text may run after `word`: to the next column, or as far as 25 letters are wide."""
    following = re.search(r"[^\s._…·]", line.text[start:])
    limit = line.at(start + following.start()).left - word.size if following else page_right - 2 * word.size
    return min(limit, word.right + 12 * word.size)


def date_line(lines: Sequence[Line], page_right: float) -> DateLine | None:
    """Find the line of place and date among the lines of the document's head.

    A line with gaps wins over a filled one; a filled one counts only after a place name ("Hà Nội, ngày …"),
    because other dates are quoted in a document's head.
    """
    found = [(line, match) for line in lines for match in _DATE.finditer(line.text)]
    for line, match in found:
        if not (match["day"] and match["month"] and match["year"]):
            return _date_of(line, match, page_right)
    for line, match in found:
        if _FILLED_DATE.search(line.text[: match.end("ngày")]):
            return _date_of(line, match, page_right)
    return None


def _date_of(line: Line, match: re.Match[str], page_right: float) -> DateLine:
    result = DateLine()
    for part, word, following in (("day", "ngày", "tháng"), ("month", "tháng", "năm"), ("year", "năm", None)):
        last = line.at(match.end(word) - 1)
        if match[part] is not None and not (part == "year" and len(match[part]) < 4):
            result.printed[part] = match[part]
        elif following is not None:
            result.gaps[part] = _gap(line, match.end(word), line.at(match.start(following)).left)
        elif match[part] is None:
            end = min(_end_of_line(line, match.end(word), last, page_right), last.right + 3.5 * last.size)
            result.gaps[part] = _gap(line, match.end(word), end, open_end=True)
        else:  # "năm 20…": no room is right for the whole year, nor for half of it
            result.gaps[part] = _gap(line, match.end(word), last.right)
    return result


def _gap(line: Line, start: int, right: float, *, open_end: bool = False) -> Gap:
    """Return the room from the letter before the index `start` of the line's text up to `right`."""
    before = line.at(start - 1)
    margin = 0.1 * before.size  # the room that letters leave to each other
    left, end = before.right + margin, right - margin
    drawn = _drawn(line, start)
    if drawn:  # all of the dots, though they begin at the very letter before
        left, end = min(left, drawn[0].left), max(end, drawn[-1].right)
    return Gap(
        left=left,
        right=end,
        baseline=before.baseline,
        size=before.size,
        italic=before.italic,
        open=open_end,
        drawn=bool(drawn),
    )


def _drawn(line: Line, start: int) -> list[Glyph]:
    """Return the dots or rules that follow the index `start` of the line's text."""
    filler = _ROW.match(line.text, start)
    assert filler is not None  # it matches nothing too
    return [glyph for glyph in line.between(start, filler.end()) if glyph.text in _DRAWN]


def signatory(lines: Sequence[Line], page_width: float) -> Signatory | None:
    """Find the last block of a title in capitals, on the right half of the page, and the name below it.

    What stands below the title is the name, or nothing: a title over other text is a heading.
    """
    parts = [part for line in lines for part in line.columns()]
    right = [part for part in parts if part.centre > _RIGHT_HALF * page_width]
    titles = [index for index, part in enumerate(right) if _is_title(part.text)]
    for first in titles[: -_TITLES_TRIED - 1 : -1]:
        block = [right[first]]
        for part in right[first + 1 :]:
            if not (_is_capital(part.text) and _touch(block[-1], part)):
                break
            block.append(part)
        below = _below(block[-1], parts)
        if below is None or _is_name_under(block[-1], below):
            return _signatory_of(block, below)
    return None


def _below(title: Line, parts: Sequence[Line]) -> Line | None:
    """Return the first words under the title; remarks in brackets ("(Đã ký)") count as nothing."""
    for part in parts:
        if part.baseline < title.baseline and part.left < title.centre < part.right:
            text = part.text
            if not text.startswith("(") and any(letter.isalpha() for letter in text):
                return part
    return None


def _is_name_under(title: Line, part: Line) -> bool:
    words = part.text.split()
    return (
        title.baseline - part.baseline <= _SIGNING_SPACE
        and 2 <= len(words) <= 8
        and all(_NAME_WORD.fullmatch(word) for word in words)
        and sum(word[0].isupper() for word in words) >= len(words) - 1  # "Đại tá Nguyễn Văn An"
    )


def _signatory_of(block: Sequence[Line], name: Line | None) -> Signatory:
    middles = [part.centre for part in (*block, *([name] if name else ()))]
    return Signatory(
        centre=sum(middles) / len(middles),
        bottom_of_title=block[-1].baseline - 0.22 * block[-1].size,
        top_of_name=name.baseline + 0.9 * name.size if name else None,
    )


def _is_title(text: str) -> bool:
    return _is_capital(text) and _TITLE.search(text) is not None


def _is_capital(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) > 1 and all(letter.isupper() for letter in letters) and "CỘNG HÒA" not in text


def _touch(above: Line, below: Line) -> bool:
    return above.baseline - below.baseline <= _TOUCHING * above.size
