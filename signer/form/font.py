"""The fonts of the text fields: embedded, simple, and able to write every Vietnamese letter.

Regular for the number, italic for the date, as NĐ 30/2020/NĐ-CP, Phụ lục I, II.3 and II.4 print them.
`tests/signer/make_font.py` made the font programs and says why they are symbolic.
"""

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from signer.errors import DocumentError
from signer.form.objects import Name, Object, Ref, Stream

ASCENT, DESCENT = 0.891, -0.216
"""How far the letters reach above and below the baseline, in parts of the font's size."""

_SYMBOLIC, _ITALIC, _SERIF = 4, 64, 2  # ISO 32000-2 Table 121
_BBOX = (-234, -216, 942, 905)  # of the letters kept, both fonts, in 1/1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A simple font of at most 224 letters; `name` is also its resource name, after a slash."""

    name: str
    italic: bool
    program: bytes = field(repr=False)
    codes: dict[str, int] = field(repr=False)
    widths: dict[int, int] = field(repr=False)

    def encode(self, text: str) -> bytes:
        """Return the text in the font's codes, as a content stream shows it.

        Raises `DocumentError` for a letter the font does not have.
        """
        composed = unicodedata.normalize("NFC", text).replace("\N{NO-BREAK SPACE}", " ")
        try:
            return bytes(self.codes[letter] for letter in composed)
        except KeyError as error:
            raise DocumentError(
                "The letter {letter} cannot be printed in a number or date.", letter=error.args[0]
            ) from error

    def width(self, text: str, size: float) -> float:
        """Return how wide the text is at this size, in points. Raises as `encode`."""
        return sum(self.widths[code] for code in self.encode(text)) * size / 1000

    def objects(self) -> dict[str, Object]:
        """Return the PDF objects of the font; the one to refer to has the font's own name."""
        first, last = min(self.widths), max(self.widths)
        tag = "CVSERI+" if self.italic else "CVSERF+"
        shared = {"/FontName": Name(f"/{tag}{self.name}"), "/Type": Name("/FontDescriptor")}
        return {
            self.name: {
                "/Type": Name("/Font"),
                "/Subtype": Name("/TrueType"),
                "/BaseFont": Name(f"/{tag}{self.name}"),
                "/FirstChar": first,
                "/LastChar": last,
                "/Widths": [self.widths.get(code, 0) for code in range(first, last + 1)],
                "/FontDescriptor": Ref(f"{self.name}.descriptor"),
                "/ToUnicode": Ref(f"{self.name}.unicode"),
            },
            f"{self.name}.descriptor": shared
            | {
                "/Flags": _SYMBOLIC | _SERIF | (_ITALIC if self.italic else 0),
                "/FontBBox": list(_BBOX),
                "/ItalicAngle": -16.33 if self.italic else 0,
                "/Ascent": round(ASCENT * 1000),
                "/Descent": round(DESCENT * 1000),
                "/CapHeight": 662,
                "/StemV": 80,
                "/FontFile2": Ref(f"{self.name}.program"),
            },
            f"{self.name}.program": Stream({"/Length1": len(self.program)}, self.program),
            f"{self.name}.unicode": Stream({}, self._to_unicode()),
        }

    def _to_unicode(self) -> bytes:
        """Return the CMap that lets the filled-in text be searched and copied (ISO 32000-2 §9.10.3)."""
        rows = [f"<{code:02X}> <{ord(letter):04X}>" for letter, code in self.codes.items()]
        blocks = [
            rows[start : start + 100] for start in range(0, len(rows), 100)
        ]  # a block holds 100 at most
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /CvSerif-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{body}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


@cache
def font(*, italic: bool = False) -> Font:
    """Return the upright or the italic font, read once."""
    name = "CvSerifItalic" if italic else "CvSerif"
    folder = files("signer.form") / "fonts"
    rows = [line.split() for line in (folder / f"{name}.txt").read_text("ascii").splitlines()]
    return Font(
        name=name,
        italic=italic,
        program=(folder / f"{name}.ttf").read_bytes(),
        codes={chr(int(letter, 16)): int(code, 16) for code, letter, _ in rows},
        widths={int(code, 16): int(width) for code, _, width in rows},
    )
