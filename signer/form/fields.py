"""What the form fields of a drafted file look like, as plain PDF objects.

Text fields for the number and the date, signature fields `layer1` (the signatory) and `layer2` (the agency).
All are there before the first signature, because a certified file may be filled in but gain nothing new
(ISO 32000-2 §12.8.2.2). Each has an empty appearance, so that nothing shows before the seal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from signer.form.font import ASCENT, DESCENT, font
from signer.form.names import DATE_PARTS, LAYER_1, LAYER_2
from signer.form.objects import Name, Object, PageRef, Ref, Stream
from signer.page import Frame, Place

LINE_HEIGHT = 1.2
"""The height of a text field, in parts of its font's size."""

BASELINE = (LINE_HEIGHT - (ASCENT - DESCENT)) / 2 - DESCENT
"""How far the baseline stands above the field's lower edge, in parts of the size: text that is centred from
ascent to descent, as readers do, then stands on the line of the printed words around it."""

_PRINT = 4  # annotation flag (ISO 32000-2 Table 167): a field that does not print would be lost on paper

_TOOLTIPS = {
    "number": "Số văn bản",
    "date": "Ngày, tháng, năm ban hành",
    "day": "Ngày ban hành",
    "month": "Tháng ban hành",
    "year": "Năm ban hành",
    LAYER_1: "Chữ ký số của người có thẩm quyền",
    LAYER_2: "Chữ ký số của cơ quan, tổ chức",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A gap in a printed line that waits for text: where it is, its font size in points, and its style.

    `covers` says that dots are printed there, which the text must cover.
    """

    place: Place
    size: float
    italic: bool = False
    align: Literal["left", "centre"] = "centre"
    covers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Objects to be added to a document, by label, and which of them are fields and fonts.

    `fields` are in drawing order: the seal over the signature (NĐ 30/2020/NĐ-CP, Phụ lục I, II.8). Each is
    its own widget. `fonts` go into the /DR of the form under their labels. `pages` says on which page a
    field's widget is.
    """

    objects: Mapping[str, Object]
    fields: tuple[str, ...]
    pages: Mapping[str, int]
    fonts: tuple[str, ...]


def plan(
    blanks: Mapping[str, Blank],
    *,
    sign: Place,
    seal: Place,
    symbol: str | None,
    printed: Mapping[str, str] | None = None,
    frames: Mapping[int, Frame],
) -> Form:
    """Return the objects of all fields of a document.

    What the page prints beside a blank is kept in the field's mapping name, for whoever fills it: in the
    number's the `symbol` ("UBND-VP"), in those of day, month and year the `printed` parts of the date, in
    this order ("2026", "3/2026"). A number or date that is printed whole, and so has no field, the seal's
    field keeps ("15/UBND-VP;05/3/2026"). `frames` must hold every page that a place names.
    """
    printed = printed or {}
    beside = {"number": symbol or ""} | dict.fromkeys(DATE_PARTS, _parts(printed))
    objects: dict[str, Object] = {}
    fonts = [] if not blanks else [font()]
    if any(blank.italic for blank in blanks.values()):
        fonts.append(font(italic=True))
    for each in fonts:
        objects |= each.objects()
    for name, blank in blanks.items():
        frame = frames[blank.place.page]
        entries = _text_entries(blank, frame.unit)
        if beside.get(name):
            entries["/TM"] = beside[name]
        objects |= _widget(name, blank.place, frame, entries, covers=blank.covers)
    objects |= _widget(LAYER_1, sign, frames[sign.page], {"/FT": Name("/Sig")})
    locking: dict[str, Object] = {"/FT": Name("/Sig"), "/Lock": Ref("lock")}
    if whole := _whole(printed, blanks):
        locking["/TM"] = whole
    objects |= _widget(LAYER_2, seal, frames[seal.page], locking)
    # All fields and no further changes (ISO 32000-2 Table 236, /P from PDF 2.0): without it a number
    # changed after the seal would still count as permitted form filling.
    objects["lock"] = {"/Type": Name("/SigFieldLock"), "/Action": Name("/All"), "/P": 1}
    places = {name: blank.place for name, blank in blanks.items()} | {LAYER_1: sign, LAYER_2: seal}
    return Form(
        objects=objects,
        fields=tuple(places),
        pages={name: place.page for name, place in places.items()},
        fonts=tuple(each.name for each in fonts),
    )


def _parts(printed: Mapping[str, str]) -> str:
    return "/".join(printed[part] for part in DATE_PARTS if part in printed)


def _whole(printed: Mapping[str, str], blanks: Mapping[str, Blank]) -> str:
    """Return the printed number, a semicolon and the printed date, each only where no field is part of it."""
    number = "" if "number" in blanks else printed.get("number", "")
    dated = any(name in blanks for name in ("date", *DATE_PARTS))
    date = "" if dated else "/".join(printed.get(part, "") for part in DATE_PARTS)
    return f"{number};{date}" if number or date.strip("/") else ""


def _text_entries(blank: Blank, unit: float) -> dict[str, Object]:
    name = font(italic=blank.italic).name
    return {
        "/FT": Name("/Tx"),
        "/DA": f"/{name} {blank.size / unit:g} Tf 0 g".encode("ascii"),
        "/Q": 1 if blank.align == "centre" else 0,
    }


def _widget(
    name: str, place: Place, frame: Frame, entries: Mapping[str, Object], *, covers: bool = False
) -> dict[str, Object]:
    """Return a field that is its own widget, and its empty appearance."""
    rect = frame.to_user(place.box)
    widget: dict[str, Object] = {
        "/Type": Name("/Annot"),
        "/Subtype": Name("/Widget"),
        "/T": name,
        "/TU": _TOOLTIPS[name],
        "/F": _PRINT,
        "/Rect": [round(edge, 3) for edge in rect],
        "/P": PageRef(place.page),
        "/AP": {"/N": Ref(f"{name}.appearance")},
        **entries,
    }
    look: dict[str, Object] = {"/BG": [1, 1, 1]} if covers else {}
    if frame.rotation:
        look["/R"] = frame.rotation  # turned back, so that it stands upright to the reader
    if look:
        widget["/MK"] = look
    # A text field is set in the page's units, as is its /DA. A signature's picture is drawn in points, at its
    # real size: the reader fits the /BBox into /Rect (ISO 32000-2 §12.5.5), and so into the page's units.
    unit = frame.unit if widget["/FT"] == "/Sig" else 1.0
    return {name: widget, f"{name}.appearance": _empty(rect.width * unit, rect.height * unit, frame.rotation)}


def _empty(width: float, height: float, rotation: int) -> Stream:
    """Return an appearance that shows nothing, in the orientation that a filled one needs."""
    upright = (height, width) if rotation % 180 else (width, height)
    entries: dict[str, Object] = {
        "/Type": Name("/XObject"),
        "/Subtype": Name("/Form"),
        "/BBox": [0, 0, *(round(length, 3) for length in upright)],
        "/Resources": {},
    }
    if rotation:
        # ISO 32000-2 §12.5.5 fits the turned box into /Rect by itself; only the turn must be said.
        entries["/Matrix"] = {90: [0, 1, -1, 0, 0, 0], 180: [-1, 0, 0, -1, 0, 0], 270: [0, -1, 1, 0, 0, 0]}[
            rotation
        ]
    return Stream(entries, b"")
