"""How agencies' names are spelled: by letters alone, and whether a name is plainly an agency's.

Nobody spells them in one way: "UBND" is "Ủy ban nhân dân" or "Uỷ ban nhân dân", a page's text loses spaces,
old certificates have no accents.
"""

import re
import unicodedata

from pki.identity import ORGANISATION_WORDS

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


def is_one_unaccented(one: str, other: str) -> bool:
    """Tell whether one of two names is written without accents, and the other is not."""
    return one.isascii() is not other.isascii()


def is_unaccented(name: str) -> bool:
    """Tell whether an agency's name is written without accents, and not in abbreviations alone."""
    words = _ABBREVIATED.sub(" ", name.casefold())
    return name.isascii() and is_clear(name) and any(map(str.isalpha, words))
