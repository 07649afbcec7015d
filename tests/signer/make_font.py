"""Make CvSerif*.ttf and CvSerif*.txt from Liberation Serif: `python tests/signer/make_font.py`.

The files are kept in signer/form/fonts, so that drafting needs no font tools; a test makes them anew and
compares. Each is a *symbolic* simple TrueType font: one (3,0) cmap from 0xF000 + code, no /Encoding.
This is the only form that PDF/A-1, -2 and -3 all allow with more letters than WinAnsi has
(ISO 19005-1 §6.3.7, ISO 19005-2 §6.2.11.6). The name is our own because the licence reserves theirs.
"""

import io
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

FONTS = Path(__file__).parents[2] / "signer" / "form" / "fonts"
SOURCES = {"CvSerif": "LiberationSerif-Regular.ttf", "CvSerifItalic": "LiberationSerif-Italic.ttf"}

_ASCII = "".join(map(chr, range(0x20, 0x7F)))
_TONED = "aăâeêioôơuưy"
_TONES = "\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING HOOK ABOVE}\N{COMBINING TILDE}"
_TONES += "\N{COMBINING DOT BELOW}"
# Never met in a number, a symbol, a place name or a date; their codes hold Vietnamese letters instead.
_LEFT_OUT = "^`{|}~\\"


def letters() -> str:
    """Return the characters of the font in the order of their codes from 0x20 on: ASCII where it can be."""
    from unicodedata import normalize

    lower = "ăâđêôơư" + "".join(normalize("NFC", vowel + tone) for vowel in _TONED for tone in _TONES)
    vietnamese = iter(lower + lower.upper())
    row = [next(vietnamese) if letter in _LEFT_OUT else letter for letter in _ASCII]
    return "".join(row) + "\x7f" + "".join(vietnamese)


def make(name: str) -> tuple[bytes, str]:
    """Return the program of the font `name` and its table: code, character, width in 1/1000 of the size."""
    font = TTFont(FONTS / SOURCES[name], recalcTimestamp=False)
    codes = {0x20 + place: letter for place, letter in enumerate(letters()) if letter != "\x7f"}
    options = Options(
        hinting=False,
        layout_features=[],
        name_IDs=[0, 1, 2, 4, 6, 13, 14],
        notdef_outline=True,
        glyph_names=False,
    )
    options.drop_tables += ["DSIG", "GDEF", "GPOS", "GSUB", "FFTM", "gasp"]
    glyph_of = font.getBestCmap()
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(letter) for letter in codes.values()])
    subsetter.subset(font)
    symbols = CmapSubtable.newSubtable(4)
    symbols.platformID, symbols.platEncID, symbols.language = 3, 0, 0
    symbols.cmap = {0xF000 + code: glyph_of[ord(letter)] for code, letter in codes.items()}
    font["cmap"].tables = [symbols]
    for record in font["name"].names:
        if record.nameID in (1, 4, 6):
            record.string = name
    per_em = font["head"].unitsPerEm
    table = "".join(
        f"{code:02X} {ord(letter):04X} {round(font['hmtx'][glyph_of[ord(letter)]][0] * 1000 / per_em)}\n"
        for code, letter in codes.items()
    )
    program = io.BytesIO()
    font.save(program)
    return program.getvalue(), table


if __name__ == "__main__":
    for each in SOURCES:
        made, codes_and_widths = make(each)
        (FONTS / f"{each}.ttf").write_bytes(made)
        (FONTS / f"{each}.txt").write_text(codes_and_widths, encoding="ascii")
