"""Lines of text put together from letters, whatever order and pieces the page was written in.

Word writes "S" and "ố:" apart, some programs write the accents as letters of their own (NFD), tables write
one cell after the other: only where the letters stand can be relied on.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

SPACE, COLUMN = 0.22, 1.5
"""Gaps in parts of the font's size: from the first on words are apart, from the second on columns are."""

_SAME_LINE = 0.3  # how far baselines may differ, in parts of the size
_SAME_PLACE = 0.12  # letters printed twice to look bold are no further apart, in parts of the size


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """A letter with its accents: from where to where it reaches along its baseline, and its size, in points.

    All in the coordinates of the reader, from the lower-left corner of the page.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    italic: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Letters that stand on one baseline, from left to right, at least one."""

    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        """The line in words: a space between words, a tab between columns."""
        return "".join(piece for piece, _ in self._pieces())

    def spaced(self, gap: float) -> str:
        """Return the line in words that are apart by such a gap, in parts of the size."""
        return "".join(
            f" {glyph.text}" if each >= gap else glyph.text for each, glyph in _with_gaps(self.glyphs)
        )

    def at(self, start: int) -> Glyph:
        """Return the letter that the character at this index of `text` belongs to."""
        passed = 0
        for piece, glyph in self._pieces():
            passed += len(piece)
            if start < passed:
                return glyph
        return self.glyphs[-1]

    def between(self, start: int, stop: int) -> list[Glyph]:
        """Return the letters of `text` from the index `start` on, before the index `stop`."""
        found, passed = [], 0
        for piece, glyph in self._pieces():
            if start <= passed < stop and not piece.isspace():
                found.append(glyph)
            passed += len(piece)
        return found

    def columns(self) -> tuple["Line", ...]:
        """Return the parts of the line that stand in columns of their own."""
        parts: list[list[Glyph]] = []
        for gap, glyph in _with_gaps(self.glyphs):
            if not parts or gap >= COLUMN:
                parts.append([])
            parts[-1].append(glyph)
        return tuple(Line(tuple(part)) for part in parts)

    @property
    def left(self) -> float:
        """Where the first letter begins."""
        return self.glyphs[0].left

    @property
    def right(self) -> float:
        """Where the last letter ends."""
        return self.glyphs[-1].right

    @property
    def centre(self) -> float:
        """The middle between left and right."""
        return (self.left + self.right) / 2

    @property
    def baseline(self) -> float:
        """How high the line stands."""
        return self.glyphs[0].baseline

    @property
    def size(self) -> float:
        """The size of its largest letters."""
        return max(glyph.size for glyph in self.glyphs)

    def _pieces(self) -> Iterator[tuple[str, Glyph]]:
        for gap, glyph in _with_gaps(self.glyphs):
            between = "\t" if gap >= COLUMN else " " if gap >= SPACE else ""
            if between:
                yield between, glyph
            yield glyph.text, glyph


def lines_of(glyphs: Iterable[Glyph]) -> tuple[Line, ...]:
    """Put letters, in the order in which they were written, together to lines, from the top down."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(_composed(glyphs), key=lambda glyph: -glyph.baseline):
        if rows and rows[-1][0].baseline - glyph.baseline <= _SAME_LINE * glyph.size:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    return tuple(Line(tuple(_once(sorted(row, key=lambda glyph: glyph.left)))) for row in rows)


def _composed(glyphs: Iterable[Glyph]) -> Iterator[Glyph]:
    """Join each accent to the letter before it (Unicode NFC)."""
    last: Glyph | None = None
    for glyph in glyphs:
        if glyph.size <= 0:
            continue
        if last is not None and unicodedata.combining(glyph.text[0]):
            last = replace(last, text=unicodedata.normalize("NFC", last.text + glyph.text))
            continue
        if last is not None:
            yield last
        last = glyph
        if not unicodedata.is_normalized(
            "NFC", glyph.text
        ):  # most are: a copy of each would cost the most here
            last = replace(glyph, text=unicodedata.normalize("NFC", glyph.text))
    if last is not None:
        yield last


def _once(glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    """Leave out letters printed a second time over themselves."""
    last: Glyph | None = None
    for glyph in glyphs:
        twice = (
            last is not None and glyph.text == last.text and glyph.left - last.left < _SAME_PLACE * glyph.size
        )
        if not twice:
            yield glyph
            last = glyph


def _with_gaps(glyphs: Sequence[Glyph]) -> Iterator[tuple[float, Glyph]]:
    """Yield each letter with the gap before it, in parts of its size."""
    right = glyphs[0].left
    for glyph in glyphs:
        yield (glyph.left - right) / glyph.size, glyph
        right = max(right, glyph.right)
