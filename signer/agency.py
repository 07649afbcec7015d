"""Which agency a document's header names, and whether it is the one that sealed: rules over words alone.

NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, II.2: the governing body, where one is named, and under it in bold the
issuing agency. Nobody spells them in one way: "UBND" is "Ủy ban nhân dân" or "Uỷ ban nhân dân", lines are
broken anywhere, a page's text loses spaces, old certificates have no accents. So names are compared by their
letters alone, and a contradiction counts only where both names are plainly those of agencies.

Without accents several places are written alike: xã Tân Thành, xã Tân Thạnh. Of provinces no two are, of what
is below them many.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pki.identity import ORGANISATION_WORDS
from signer.facts import LONGEST_NAME

Names = Sequence[str]

MAX_LINES = 8
"""Lines of the block that are read: names of two bodies, broken as often as the column is narrow."""


class Compared(StrEnum):
    """What became of comparing the header with the seal. Reports and programs share the values."""

    SAME = "same"
    """The seal is of the issuing agency."""
    ABOVE = "above"
    """The seal is of the governing body: its councils and boards seal with it (NĐ 30/2020, Điều 15)."""
    RELATED = "related"
    """One of the two names contains the other."""
    OTHER = "other"
    """The seal is of another agency."""
    UNCLEAR = "unclear"
    """One of the two names is not plainly an agency's: a foreign or worn name, a font that is no Unicode."""
    NOT_FOUND = "not-found"
    """The page names no agency where the layout has it, or not as text."""
    NOT_READ = "not-read"
    """The page could not be read."""
    UNACCENTED = "unaccented"
    """One of the two is written without accents, and so might other places be than the one that is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The block of the agencies, line by line from the top.

    `bold` is how many of the last lines stand out in bold: they are the issuing agency. 0: none stands out.
    Raises `ValueError` for more, or longer lines, than a reader of pages is to return.
    """

    lines: tuple[str, ...]
    bold: int = 0

    def __post_init__(self) -> None:
        if len(self.lines) > MAX_LINES or any(len(each) > LONGEST_NAME for each in self.lines):
            raise ValueError("no head of a document is so long")
        if not 0 <= self.bold <= max(0, len(self.lines) - 1):
            raise ValueError("no more lines stand out than others are there")

    @property
    def agency(self) -> str:
        """The issuing agency; the whole block where none of its lines stands out."""
        return " ".join(self.lines[-self.bold :])[:LONGEST_NAME]

    @property
    def above(self) -> str | None:
        """The governing body, where it can be told from the issuing agency."""
        return (" ".join(self.lines[: -self.bold])[:LONGEST_NAME] or None) if self.bold else None

    def readings(self) -> Iterator["Reading"]:
        """Yield how the block may be read.

        Where no bold tells the two bodies apart, each line that begins as a name may begin the second.
        """
        starts = [start for start in range(1, len(self.lines)) if is_clear(" ".join(self.lines[start:]))]
        told = len(self.lines) - self.bold
        for start in (told,) if told in starts else (0, *starts):
            sure = start == 0 or told in starts
            yield Reading(" ".join(self.lines[:start]), " ".join(self.lines[start:]), sure)


class Reading(NamedTuple):
    """The governing body's name (empty: there is none), the issuing agency's, and whether that is sure."""

    above: str
    agency: str
    sure: bool


def compared(heading: Heading, names: Names, units: Names = ()) -> Compared:
    """Compare what a header names with the names that a seal's certificate bears, or a policy gives it.

    The holder's `units` may be what is named, but say nothing against it.
    """
    if not heading.lines:
        return Compared.NOT_FOUND
    if any(map(is_disguised, names)):
        return Compared.OTHER
    readings = list(heading.readings())
    found = {_compared(reading, name) for reading in readings for name in names}
    found |= {_compared(reading, unit) for reading in readings for unit in units} & FITTING
    best = next((each for each in _BEST_FIRST if each in found), Compared.UNCLEAR)
    fits = best in FITTING or best is Compared.UNACCENTED
    return Compared.OTHER if fits and _elsewhere(heading.lines, names) else best


FITTING = frozenset({Compared.SAME, Compared.ABOVE, Compared.RELATED})
"""What does not speak against the seal."""

_BEST_FIRST = (Compared.SAME, Compared.ABOVE, Compared.RELATED, Compared.UNACCENTED, Compared.OTHER)
_SHORTEST = 6  # letters and accents of a name that is worth finding in another one


def _compared(reading: Reading, name: str) -> Compared:
    found = _among(reading.above, reading.agency, name)
    if not is_one_unaccented(reading.agency, name):
        return found if reading.sure or found not in FITTING else Compared.RELATED
    accented = _among(reading.above, reading.agency, name, accents=True)
    if accented in FITTING:  # abbreviations, written out
        return accented if reading.sure else Compared.RELATED
    if found not in FITTING:
        return found
    if _is_below_province(name if reading.agency.isascii() else f"{reading.above} {reading.agency}"):
        return Compared.UNACCENTED
    return found if reading.sure else Compared.RELATED


def is_one_unaccented(one: str, other: str) -> bool:
    """Tell whether one of two names is written without accents, and the other is not."""
    return one.isascii() is not other.isascii()


def _among(above: str, agency: str, name: str, *, accents: bool = False) -> Compared:
    over, ours, theirs = letters(above), letters(agency), letters(name)
    if not accents and (agency.isascii() or name.isascii()):
        over, ours, theirs = bare(over), bare(ours), bare(theirs)
    if not ours or not theirs:
        return Compared.UNCLEAR
    if theirs in (ours, over + ours, ours + over):
        return Compared.SAME
    if len(ours) >= _SHORTEST and theirs.startswith(ours) and theirs.removeprefix(ours) in over:
        return Compared.SAME
    if over and (theirs == over or _holds(over, theirs) or _is_placed(over, theirs)):
        return Compared.ABOVE
    if _holds(theirs, ours) or _holds(ours, theirs):
        return Compared.RELATED
    return Compared.OTHER if is_clear(agency) and is_clear(name) else Compared.UNCLEAR


def _holds(whole: str, part: str) -> bool:
    return len(part) >= _SHORTEST and part in whole


# ----------------------------------------------------------------------------------------- names as letters

_TONES = (
    "\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING TILDE}"
    "\N{COMBINING HOOK ABOVE}\N{COMBINING DOT BELOW}"
)
_QUALITIES = "\N{COMBINING BREVE}\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING HORN}"
_TONE_BEFORE = re.compile(f"(o|u)([{_TONES}])((?<=o[{_TONES}])[ae]|(?<=u[{_TONES}])y)")
_ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyzđ0123456789" + _TONES + _QUALITIES)
_WORD = re.compile(r"[^\W_]+")

_SHORT = {
    "ubnd": "ủy ban nhân dân",
    "hđnd": "hội đồng nhân dân",
    "ubmttq": "ủy ban mặt trận tổ quốc",
    "mttq": "mặt trận tổ quốc",
    "ub": "ủy ban",
    "đbqh": "đại biểu quốc hội",
    "gdđt": "giáo dục và đào tạo",
    "gd": "giáo dục",
    "đt": "đào tạo",
    "bhxh": "bảo hiểm xã hội",
    "kbnn": "kho bạc nhà nước",
    "tand": "tòa án nhân dân",
    "vksnd": "viện kiểm sát nhân dân",
    "vp": "văn phòng",
    "đhqg": "đại học quốc gia",
    "thpt": "trung học phổ thông",
    "thcs": "trung học cơ sở",
    "tnhh": "trách nhiệm hữu hạn",
    "tphcm": "thành phố hồ chí minh",
    "tp": "thành phố",
    "tx": "thị xã",
    "hcm": "hồ chí minh",
}
"""Abbreviations of one meaning; no syllable begins as they do. A name with others is not clear."""
_ABBREVIATED = re.compile(rf"\b({'|'.join(sorted(_SHORT, key=len, reverse=True))})")


def spelled(name: str) -> str:
    """Return a name in small letters (NFC), its abbreviations written out, a space between words."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).replace(
        "&", " và "
    )
    return " ".join(_WORD.findall(_ABBREVIATED.sub(lambda match: f" {_SHORT[match[1]]} ", composed)))


def letters(name: str) -> str:
    """Return the letters of a name without spaces (NFD), "Uỷ" as "Ủy" and "hoà" as "hòa"."""
    words = unicodedata.normalize("NFD", spelled(name)).split()
    return "".join(_TONE_BEFORE.sub(r"\1\3\2", word) for word in words)


def bare(name: str) -> str:
    """Return letters without accents, as certificates spell that know ASCII alone."""
    return "".join(each for each in name.replace("đ", "d") if each not in _TONES + _QUALITIES)


_KINDS = frozenset(tuple(letters(each) for each in word.split()) for word in ORGANISATION_WORDS)
_SYLLABLE = re.compile(r"(?:ngh|[bcdghklmnpqrstvx]{0,2})[aeiouy]+(?:ch|ng|nh|[ckmnpt])?")
"""A syllable of Vietnamese without its accents."""
_BARE_KINDS = frozenset(tuple(map(bare, words)) for words in _KINDS)


def is_clear(name: str) -> bool:
    """Tell whether a name is plainly an agency's: in words of Vietnamese, and begun as theirs are."""
    words = [letters(each) for each in spelled(name).split()]
    if name.isascii():
        words = [bare(each) for each in words]
    kinds = _BARE_KINDS if name.isascii() else _KINDS
    begun = any(tuple(words[:count]) in kinds for count in (1, 2, 3))
    return begun and all(frozenset(each) <= _ALPHABET and _is_word(bare(each)) for each in words)


def is_disguised(name: str) -> bool:
    """Tell whether a name is made to look like another: letters of several scripts, accents of no letter.

    "tỉnh А" with a Cyrillic letter is no tỉnh A. No agency writes its name so, and what a page's font makes
    of its letters is the page's matter: a certificate has no font.
    """
    composed = unicodedata.normalize("NFC", name)
    beyond = [
        each for each in composed if each.isalpha() and each > "\N{LATIN SMALL LETTER Y WITH DIAERESIS}"
    ]
    foreign = any(not unicodedata.name(each, "").startswith("LATIN ") for each in beyond)
    latin = any("a" <= each <= "z" for each in composed.casefold())
    loose = any(unicodedata.category(each).startswith("M") for each in composed)
    return latin and (foreign or loose)


def _is_word(text: str) -> bool:
    """Tell whether a text is made of syllables (a page may run words together), or is a number."""
    return len(text) == 1 or text.isdigit() or not _SYLLABLE.sub("", text)


# ---------------------------------------------------------------------------------------------------- places

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


_BODIES = tuple(
    letters(word) for word in (*ORGANISATION_WORDS, "cơ quan", "đoàn", "đội", "tổ", "tiểu ban", "số")
)
"""What a name goes on with, behind a place, that is of another body or a number of it."""
_BARE_BODIES = tuple(bare(letters(each)) for each in (*_BODIES, *_UNITS))
"""The same without accents, where the place above it may follow as well."""


def _is_below_province(name: str) -> bool:
    """Tell whether a name, with its accents, is of a place below a province; pages run words together."""
    text = letters(name).replace(letters("xã hội"), " ")
    return any(letters(unit) in text for unit in _UNITS if unit not in _OF_PROVINCES)


def _elsewhere(header: Names, seal: Names) -> bool:
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


def _is_placed(body: str, name: str) -> bool:
    """Tell whether a name is a body's with nothing but its place behind: UBND xã A, tỉnh B."""
    units = map(letters, _UNITS)
    marks = map(bare, units) if name.isascii() else units
    return (
        len(body) >= _SHORTEST and name.startswith(body) and name.removeprefix(body).startswith(tuple(marks))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a report says of the header: the agencies it names, and what became of comparing them."""

    compared: Compared
    agency: str | None = None
    above: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {"agency": self.agency, "above": self.above, "compared": self.compared.value}
