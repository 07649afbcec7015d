"""Where a page is blank, told by its picture: for scans, and layouts whose words say nothing of places."""

from dataclasses import dataclass, field
from itertools import pairwise

from PIL import Image, ImageOps

from signer.layout.wording import Signatory
from signer.page import POINTS_PER_MM, Box, Frame

_DARK = 112  # of 255 upside down: greyer is the paper, or a shadow on it
_INKED = 1.5  # mean of a row from which on something is written there; dust is less
_EDGES = 0.03  # of each side: scanners leave black borders there
_COLUMN = (0.52, 0.95)  # where the signatory's block stands, in parts of the page's width
_SPACE = (16 * POINTS_PER_MM, 75 * POINTS_PER_MM)  # what is left free to sign in, in points
_NAME_HEIGHT = (1.5 * POINTS_PER_MM, 9 * POINTS_PER_MM)


@dataclass(frozen=True, slots=True)
class Ink:
    """The picture of a page, white on black, and how the reader sees the page."""

    picture: Image.Image = field(repr=False)
    frame: Frame

    @classmethod
    def of(cls, picture: Image.Image, frame: Frame) -> "Ink":
        """Take a page's picture, in whatever colours and size."""
        dark = ImageOps.invert(picture.convert("L"))
        return cls(dark.point(lambda shade: 255 if shade >= _DARK else 0), frame)

    def is_blank(self, box: Box) -> bool:
        """Tell whether nothing is printed in a box, in the reader's coordinates, but for specks of dust."""
        part = self._part(box)
        rows = part.resize((1, part.height), Image.Resampling.BOX).tobytes()
        return max(rows) < 4 * _INKED

    def signing_space(self) -> Signatory | None:
        """Find the last free space between lines that is as high as a signature, over what may be a name."""
        left, right = (part * self.frame.width for part in _COLUMN)
        column = Box(left, _EDGES * self.frame.height, right, (1 - _EDGES) * self.frame.height)
        for above, name in reversed(list(pairwise(self._runs(column)))):
            space, height = above.bottom - name.top, name.height
            if _SPACE[0] <= space <= _SPACE[1] and _NAME_HEIGHT[0] <= height <= _NAME_HEIGHT[1]:
                inked = self._part(name).getbbox() or (0, 0, 0, 0)
                centre = left + (inked[0] + inked[2]) / 2 / self._scale
                return Signatory(centre=centre, bottom_of_title=above.bottom, top_of_name=name.top)
        return None

    def _runs(self, column: Box) -> list[Box]:
        """Return the written lines of a column from the top down."""
        part = self._part(column)
        rows = part.resize((1, part.height), Image.Resampling.BOX).tobytes()
        runs: list[Box] = []
        start: int | None = None
        for row, shade in enumerate([*rows, 0]):
            if shade >= _INKED and start is None:
                start = row
            elif shade < _INKED and start is not None:
                top, bottom = (column.top - edge / self._scale for edge in (start, row))
                runs.append(Box(column.left, bottom, column.right, top))
                start = None
        return runs

    def _part(self, box: Box) -> Image.Image:
        scale, height = self._scale, self.picture.height
        left, top = max(0, int(box.left * scale)), max(0, int(height - box.top * scale))
        right = min(self.picture.width, max(left + 1, round(box.right * scale)))
        bottom = min(height, max(top + 1, round(height - box.bottom * scale)))
        return self.picture.crop((left, top, right, bottom))

    @property
    def _scale(self) -> float:
        return self.picture.width / self.frame.width
