"""Where number, date, signature and seal belong on the pages of a document.

First by the document's own text; what the text does not show (a scan, a foreign layout) by the standard
layout of NĐ 30/2020/NĐ-CP, Phụ lục I; and above both what the caller gives.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pki.errors import UsageError
from signer.errors import NotSignable, PlaceNotFound
from signer.form.fields import BASELINE, LINE_HEIGHT, Blank
from signer.layout import page_text, wording
from signer.layout.ink import Ink
from signer.page import POINTS_PER_MM, Box, Frame, Place

SEAL_SIDE = 36 * POINTS_PER_MM
"""The seal's side in points: the real size of the common seal, 36 mm across."""

SIGN_WIDTH, SIGN_HEIGHT = 46 * POINTS_PER_MM, 23 * POINTS_PER_MM
"""The room for the signature's picture in points, where the layout gives no less."""

SEARCHED_PAGES = 20
"""How many pages from the last backwards are read for the signatory's block; appendices come after it."""

GIVABLE = ("number", "date", "sign", "seal")
"""The names of the places that a caller may give."""

_SIDES = (72, 14_400)  # points of a page's sides; the upper limit is that of PDF 1.6 (Annex C)
_HEAD = 0.6  # the head of a document stands above this part of the page's height
_SMALLEST_SIGN = 10 * POINTS_PER_MM
_SQUEEZED = 0.6  # text may be set this much smaller than the line around it, and still be read
_WIDEST = {"number": 2, "day": 2, "month": 2, "year": 4}  # digits that must find room
_DIGIT = 0.5  # how wide a digit is, in parts of the size
_SIZE, _DATE_SIZE = 13.0, 14.0  # points; Phụ lục I, II.3 and II.4

# The standard layout on A4, from the upper left corner: left, top, width, height in millimetres.
_STEPS_DOWN = {"number": 30, "date": 30, "sign": 10}  # of 2 mm each, where the standard place is printed over
_STANDARD = {"number": (40, 33, 45, 6), "date": (105, 33, 85, 6), "sign": (127, 215, 46, 23)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where everything goes.

    `blanks` are the text fields by name; `symbol` is what the page prints after the number; `printed` are
    the parts that the page shows already; `frames` has the frame of every page that a place names.
    """

    blanks: Mapping[str, Blank]
    sign: Place
    seal: Place
    symbol: str | None = None
    printed: Mapping[str, str] = field(default_factory=dict)
    frames: Mapping[int, Frame] = field(repr=False)

    def by_name(self) -> dict[str, Place]:
        """Return every place by its name: the text fields', "sign" and "seal"."""
        texts = {name: blank.place for name, blank in self.blanks.items()}
        return {**texts, "sign": self.sign, "seal": self.seal}


def _one_point(page: int) -> float:
    del page
    return 1.0


def find_places(
    pdf: bytes, given: Mapping[str, Place] | None = None, *, unit_of: Callable[[int], float] = _one_point
) -> Places:
    """Find the places on the pages of a PDF; those that are `given` are taken as they are.

    `unit_of` gives the /UserUnit of a page, counted from 1, in points.
    Raises `PlaceNotFound` when a given place is not on its page, or when the page leaves too little room
    where its text says a number or date belongs; `NotSignable` for a page of a size that no paper has;
    `UsageError` for a name that no place has.
    """
    given = given or {}
    for name in given:
        if name not in GIVABLE:
            raise UsageError(
                "There is no place {name}.", name=name, hint="Places are number, date, sign, seal."
            )
    with page_text.opened(pdf, unit_of) as printed:
        return _Search(printed, given).places()


class _Search:
    """One search through one open document."""

    def __init__(self, printed: page_text.PrintedPdf, given: Mapping[str, Place]) -> None:
        self._printed = printed
        self._given = given
        self._frames: dict[int, Frame] = {}
        self._inks: dict[int, Ink | None] = {}
        first = self._frame(1)
        self._head = [line for line in printed.lines(1) if line.baseline > _HEAD * first.height]

    def places(self) -> Places:
        for place in self._given.values():
            self._refuse_off_page(place)
        number = wording.number_line(self._head, self._frame(1).width) or wording.NumberLine()
        date = wording.date_line(self._head, self._frame(1).width) or wording.DateLine()
        sign = self._given.get("sign") or self._sign()
        seal = self._given.get("seal") or seal_beside(sign, self._frame(sign.page))
        blanks = self._number(number) | self._date(date)
        _refuse_overlaps(blanks, sign, seal)
        return Places(
            blanks=blanks,
            sign=sign,
            seal=seal,
            symbol=self._symbol(number),
            printed=({"number": number.printed} if number.printed else {}) | date.printed,
            frames=self._frames,
        )

    def _frame(self, page: int) -> Frame:
        if page not in self._frames:
            frame = self._printed.frame(page)
            if not all(_SIDES[0] <= side <= _SIDES[1] for side in (frame.width, frame.height)):
                raise NotSignable(
                    "Page {page} is {width:.0f} x {height:.0f} points; its sides must be {least} to {most}.",
                    page=page,
                    width=frame.width,
                    height=frame.height,
                    least=_SIDES[0],
                    most=_SIDES[1],
                    hint="Print the document on A4.",
                )
            self._frames[page] = frame
        return self._frames[page]

    def _refuse_off_page(self, place: Place) -> None:
        if place.page > self._printed.page_count:
            raise PlaceNotFound(
                "The place {place} is on page {page}; the document has {count} pages.",
                place=str(place),
                page=place.page,
                count=self._printed.page_count,
            )
        frame = self._frame(place.page)
        if not frame.holds(place):
            raise PlaceNotFound(
                "The place {place} is not on the page, which is {width:.0f} x {height:.0f} points.",
                place=str(place),
                width=frame.width,
                height=frame.height,
                hint="Give X,Y,W,H in points from the page's lower-left corner.",
            )

    def _number(self, line: wording.NumberLine) -> dict[str, Blank]:
        if "number" in self._given:
            return {"number": _given_blank(self._given["number"], _SIZE)}
        if line.printed is not None:
            return {}
        if line.gap is not None:
            return {"number": _blank("number", line.gap)}
        return {"number": Blank(place=self._standard("number", 1), size=_SIZE, align="left")}

    def _date(self, line: wording.DateLine) -> dict[str, Blank]:
        if "date" in self._given:
            return {"date": replace(_given_blank(self._given["date"], _DATE_SIZE), italic=True)}
        if line.gaps or line.printed:
            return {part: _blank(part, gap) for part, gap in line.gaps.items()}
        return {"date": Blank(place=self._standard("date", 1), size=_DATE_SIZE, italic=True)}

    def _symbol(self, line: wording.NumberLine) -> str | None:
        """Return the printed symbol, if the number's field stands right before it."""
        given = self._given.get("number")
        if given is None or line.gap is None:
            return line.symbol
        before = given.page == 1 and given.box.right <= line.gap.right + line.gap.size
        return line.symbol if before and given.y <= line.gap.baseline <= given.box.top else None

    def _sign(self) -> Place:
        last = self._printed.page_count
        for page in range(last, max(0, last - SEARCHED_PAGES), -1):
            frame = self._frame(page)
            block = wording.signatory(self._printed.lines(page), frame.width)
            if block is not None:
                return frame.moved_in(_between(block, page))
        if not self._printed.lines(last):  # a scan: its picture says where there is room to sign
            ink = self._ink(last)
            block = ink.signing_space() if ink else None
            if block is not None:
                return replace(self._frame(last).moved_in(_between(block, last)), found="default")
        return self._standard("sign", last)

    def _standard(self, name: Literal["number", "date", "sign"], page: int) -> Place:
        """Return the standard place, or the first one below that is blank."""
        frame = self._frame(page)
        left, top, width, height = _STANDARD[name]
        across, down = frame.width / 210, frame.height / 297
        box = Box(left * across, 0, (left + width) * across, height * down)
        standard = replace(Place.over(page, box, "default"), y=frame.height - (top + height) * down)
        ink = self._ink(page)
        lower = (replace(standard, y=standard.y - step * 2 * down) for step in range(_STEPS_DOWN[name]))
        return next(
            (place for place in lower if frame.holds(place) and (not ink or ink.is_blank(place.box))),
            standard,
        )

    def _ink(self, page: int) -> Ink | None:
        if page not in self._inks:  # at most the first and the last page
            picture = self._printed.picture(page)
            self._inks[page] = Ink.of(picture, self._frame(page)) if picture else None
        return self._inks[page]


def _refuse_overlaps(blanks: Mapping[str, Blank], sign: Place, seal: Place) -> None:
    """Raise `PlaceNotFound` where a standard place lies over another place: the page is too small for it."""
    places = {**{name: blank.place for name, blank in blanks.items()}, "sign": sign, "seal": seal}
    for name, place in places.items():
        for other, there in places.items():
            wanted = {name, other} == {"sign", "seal"}  # the seal belongs over the signature
            if name != other and not wanted and place.found == "default" and _overlap(place, there):
                raise PlaceNotFound(
                    "The page does not show where the {place} belongs, and its standard place is taken by "
                    "the {other}.",
                    place=name,
                    other=other,
                    hint="Give the place (--number-at, --date-at, --sign-at, --seal-at).",
                )


def _overlap(one: Place, other: Place) -> bool:
    a, b = one.box, other.box
    across = a.left < b.right and b.left < a.right
    return one.page == other.page and across and a.bottom < b.top and b.bottom < a.top


def seal_beside(sign: Place, frame: Frame) -> Place:
    """Return where the seal goes, at its real size: over the left third of the signature (PL I, II.8)."""
    seal = replace(
        sign,
        x=sign.x + sign.width / 3 - SEAL_SIDE,
        y=sign.y + sign.height / 2 - SEAL_SIDE / 2,
        width=SEAL_SIDE,
        height=SEAL_SIDE,
        found="default" if sign.found == "default" else "text",
    )
    return frame.moved_in(seal)


def _between(block: wording.Signatory, page: int) -> Place:
    """Return the room in the middle between title and name (Phụ lục I, II.7 d)."""
    name = block.top_of_name
    room = block.bottom_of_title - name if name is not None else SIGN_HEIGHT + 4
    height = min(max(room - 4, _SMALLEST_SIGN), SIGN_HEIGHT)
    middle = block.bottom_of_title - room / 2
    box = Box(
        block.centre - SIGN_WIDTH / 2, middle - height / 2, block.centre + SIGN_WIDTH / 2, middle + height / 2
    )
    return Place.over(page, box, "text")


def _blank(part: str, gap: wording.Gap) -> Blank:
    if gap.width < _WIDEST[part] * _DIGIT * _SQUEEZED * gap.size:
        raise PlaceNotFound(
            "Page 1 leaves {room:.1f} mm for the {part}, which is too little.",
            room=max(gap.width, 0) / POINTS_PER_MM,
            part=part,
            hint="Leave at least 8 mm blank there, or give the place (--number-at, --date-at).",
        )
    bottom = gap.baseline - BASELINE * gap.size
    box = Box(gap.left, bottom, gap.right, bottom + LINE_HEIGHT * gap.size)
    place = Place.over(1, box, "text")
    align: Literal["left", "centre"] = "left" if gap.open else "centre"
    return Blank(place=place, size=gap.size, italic=gap.italic, align=align, covers=gap.drawn)


def _given_blank(place: Place, size: float) -> Blank:
    return Blank(place=place, size=round(min(size, place.height / LINE_HEIGHT), 1))
