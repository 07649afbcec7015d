"""The places that agencies' names bear: whether two names are of one, and of which level it is.

Without accents several places are written alike: xã Tân Thành, xã Tân Thạnh. Of provinces no two are, of what
is below them many.
"""

import re
from collections.abc import Sequence

from pki.identity import ORGANISATION_WORDS
from signer.spelling import bare, letters, spelled

Names = Sequence[str]

SHORTEST = 6
"""Letters and accents of a name that is worth finding in another one."""

_UNITS = ("tỉnh", "thành phố", "huyện", "quận", "thị xã", "thị trấn", "xã", "phường")
_PROVINCE = "thành phố"
_OF_PROVINCES = ("tỉnh", "thành phố")
_LEVELS = {"tỉnh": _PROVINCE, "phường": "xã", "thị trấn": "xã"}
"""Units of one level: no place is both, so tỉnh A and thành phố B are as far apart as tỉnh A and tỉnh B."""
_PLACE = re.compile(
    rf"(?<!\w)(?P<unit>{'|'.join(_UNITS)}) "
    rf"(?!ủy|uỷ|đoàn|đội|hội\b)(?P<name>.+?)(?=\s(?:{'|'.join(_UNITS)})\s|$)"
)
_BARE_LEVELS = {
    "tinh": _PROVINCE,
    "thanh pho": _PROVINCE,
    "huyen": "huyện",
    "thi xa": "thị xã",
    "thi tran": "xã",
    "xa": "xã",
    "phuong": "xã",
}
_BARE_PLACE = re.compile(
    r"(?<!\w)(?P<unit>(?<!may )tinh(?! nguyen)|thanh pho|huyen|thi xa|thi tran|(?<!thi )xa(?! hoi)"
    r"|(?<!dia )phuong) (?=(?P<name>.+))"
)
"""A place in a name without accents, with all that stands behind it; "quan" is mostly no quận."""


_BARE_DISTRICT = re.compile(r"(?:nhan dan|nhân dân) quan \w")
"""A quận without accents, where nothing else stands so: UBND quan Thanh Xuan."""


_BODIES = tuple(
    letters(word) for word in (*ORGANISATION_WORDS, "cơ quan", "đoàn", "đội", "tổ", "tiểu ban", "số")
)
"""What a name goes on with, behind a place, that is of another body or a number of it."""
_BARE_BODIES = tuple(bare(letters(each)) for each in (*_BODIES, *_UNITS))
"""The same without accents, where the place above it may follow as well."""


def is_below_province(name: str) -> bool:
    """Tell whether a name, with its accents, is of a place below a province; pages run words together."""
    text = letters(name).replace(letters("xã hội"), " ")
    return any(letters(unit) in text for unit in _UNITS if unit not in _OF_PROVINCES)


def is_below_province_bare(name: str) -> bool:
    """Tell it of a name without accents, as far as its words stand apart."""
    text = spelled(name)
    levels = {_BARE_LEVELS[match["unit"]] for match in _BARE_PLACE.finditer(text)}
    return is_below_province(name) or bool(levels - {_PROVINCE}) or bool(_BARE_DISTRICT.search(text))


def is_elsewhere(header: Names, seal: Names) -> bool:
    """Tell whether header and seal name places of one level, and none that is the same: tỉnh A, tỉnh B."""
    # A line may end within a name, or a name with its line: both readings of the block are its places.
    block = " ".join(header)
    here, there = _places((*header, block) if not block.isascii() else (block,)), _places(seal)
    return any(
        not any(_one_place(ours, theirs) for ours in here[unit] for theirs in there[unit])
        for unit in here.keys() & there.keys()
    )


def _places(names: Names) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in names:
        for part in re.split(r"[,;()/]", name):
            for match in _PLACE.finditer(spelled(part)):
                found.setdefault(_LEVELS.get(match["unit"], match["unit"]), set()).add(letters(match["name"]))
            for match in _BARE_PLACE.finditer(spelled(part)) if name.isascii() else ():
                found.setdefault(_BARE_LEVELS[match["unit"]], set()).add(letters(match["name"]))
    return found


def _one_place(ours: str, theirs: str) -> bool:
    """Tell whether two places are one, though a body's name or a number may go on behind either of them.

    Not every name that begins as another goes on so: xã Tân Hòa and xã Tân Hòa Thành are neighbours.
    """
    bodies = _BODIES
    if ours.isascii() or theirs.isascii():  # "Hà Nam" by a certificate that knows ASCII alone
        ours, theirs, bodies = bare(ours), bare(theirs), _BARE_BODIES
    longer, shorter = sorted((ours, theirs), key=len, reverse=True)
    rest = longer.removeprefix(shorter)
    return longer == shorter or (rest != longer and (rest[0].isdigit() or rest.startswith(bodies)))


def is_placed(body: str, name: str) -> bool:
    """Tell whether a name is a body's with nothing but its place behind: UBND xã A, tỉnh B."""
    units = map(letters, _UNITS)
    marks = map(bare, units) if name.isascii() else units
    return (
        len(body) >= SHORTEST and name.startswith(body) and name.removeprefix(body).startswith(tuple(marks))
    )
