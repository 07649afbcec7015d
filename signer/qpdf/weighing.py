"""Pages made to exhaust whoever reads them: a few kilobytes that draw for hours, or fill the memory.

A form that shows a form ten times, which shows a form ten times, and so on: ISO 32000-2 sets no limit, and
pdfium follows them all, even where they run in a circle.
"""

import re
from collections import Counter
from typing import NamedTuple, TypeAlias

import pikepdf

from signer.errors import NotSignable

MAX_INSTRUCTIONS = 16_000_000
"""Bytes of drawing instructions of one page, each as often as it is run; a page of text has some 20 000, a
dense map some millions. pdfium needs seconds for as many."""

ObjGen: TypeAlias = tuple[int, int]

_TOO_HEAVY = MAX_INSTRUCTIONS + 1
_SHOWING = 50  # what showing a form costs, as if it were bytes of instructions
_DEEPEST = 30  # forms within forms
_ESCAPE = re.compile(rb"#([0-9a-fA-F]{2})")


def refuse_heavy_pages(pdf: pikepdf.Pdf) -> None:
    """Raise `NotSignable` for the first page with more drawing instructions than any real one."""
    scales = _Scales()
    for number, page in enumerate(pdf.pages, 1):
        if scales.weight_of_page(page) > MAX_INSTRUCTIONS:
            raise NotSignable(
                "Page {page} has more drawing instructions than {limit} bytes.",
                page=number,
                limit=MAX_INSTRUCTIONS,
                hint="Print that page as a picture, or send it as a separate attachment.",
            )


class _Named(NamedTuple):
    """The forms that a page or form can show, by name, and which one it is."""

    owner: ObjGen
    forms: dict[str, pikepdf.Stream]


class _Scales:
    """Weighs each form once, and once more for each owner of the forms it names."""

    def __init__(self) -> None:
        self._lengths: dict[ObjGen, int] = {}
        self._known: dict[tuple[ObjGen, ObjGen], int] = {}

    def weight_of_page(self, page: pikepdf.Page) -> int:
        """Return how many bytes of instructions this page runs."""
        contents = page.obj.get("/Contents")
        parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        length = sum(self._length(part) for part in parts if isinstance(part, pikepdf.Stream))
        if length > MAX_INSTRUCTIONS:
            return length
        named = _Named((page.obj.objgen[0], page.obj.objgen[1]), _forms(page.resources))
        return length + self._shown(page.obj, named, 0)

    def _shown(self, holder: pikepdf.Object, named: _Named, depth: int) -> int:
        """Return what the forms weigh that are shown by the instructions of a page or form."""
        total = 0
        for name, times in _showings(holder).items() if named.forms else ():
            if name in named.forms:
                total += times * self._weight(named.forms[name], named, depth + 1)
        return total

    def _weight(self, form: pikepdf.Stream, above: _Named, depth: int) -> int:
        own, itself = form.get("/Resources"), (form.objgen[0], form.objgen[1])
        named = _Named(itself, _forms(own)) if isinstance(own, pikepdf.Dictionary) else above
        key = itself, named.owner
        if key not in self._known:
            self._known[key] = _TOO_HEAVY  # what a form within itself would weigh
            length = self._length(form) + _SHOWING
            heavy = depth > _DEEPEST or length > MAX_INSTRUCTIONS
            self._known[key] = _TOO_HEAVY if heavy else length + self._shown(form, named, depth)
        return self._known[key]

    def _length(self, stream: pikepdf.Stream) -> int:
        key = (stream.objgen[0], stream.objgen[1])
        if key not in self._lengths:
            self._lengths[key] = len(stream.read_bytes())
        return self._lengths[key]


def _showings(holder: pikepdf.Object) -> Counter[str]:
    """Return the names that the operator Do is given, and how often (ISO 32000-2 §8.8)."""
    shown: Counter[str] = Counter()
    for instruction in pikepdf.parse_content_stream(holder, operators="Do"):
        operand = instruction.operands[-1] if len(instruction.operands) else None
        if isinstance(operand, pikepdf.Name):
            shown[_spelt(operand)] += 1
        elif isinstance(operand, pikepdf.String):  # no standard allows it, but pdfium takes it for a name
            shown[f"/{operand}"] += 1
    return shown


def _spelt(name: pikepdf.Name) -> str:
    """Return a name as the keys of a dictionary have it: it may be in no encoding (ISO 32000-2 §7.3.5)."""
    plain = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), name.unparse())
    return plain.decode("utf-8", "surrogateescape")


def _forms(resources: pikepdf.Object) -> dict[str, pikepdf.Stream]:
    objects = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    return {
        name: each
        for name, each in (objects.items() if isinstance(objects, pikepdf.Dictionary) else ())
        if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Form"
    }
