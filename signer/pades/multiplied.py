"""Light paint that is multiplied into a page, as highlights are drawn: what is beneath stays legible.

One layer of light paint is light, and many over each other are black: yellow, cyan and pink multiplied draw
any letter (ISO 32000-2 §11.3.5). So how much of it lies in one place is counted, in an appearance and on a
page.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import prod
from typing import TypeAlias

from pyhanko.pdf_utils import generic

from signer.pades import lexing
from signer.pades.door import Malformed
from signer.pades.entries import entry, unpacked

Box: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, right, top."""

_LEGIBLE = 0.5  # luminance of paint beneath which black letters can be read
COLOURED = 0.3  # by how much one of red, green and blue exceeds another, in what is seen to be no letter
_WHITE = 0.9  # luminance from which grey is seen to be no letter
_MARGIN = 0.2  # of its side: how far what lies beside each other may overlap, as lines of text do
_FULL = 0.5  # of the box around it: what fills less of it is no stretch of text, but an outline
MOST = 256
"""The most stretches of paint that lie on one page: each is compared with each."""
_PATH = frozenset({"m", "l", "c", "v", "y", "h", "re", "n", "i", "J", "j", "M", "d", "RG", "G", "w"})
_WORDS = frozenset({"q", "Q", "gs", "rg", "g", "k", "f", "f*"}) | _PATH


@dataclass(frozen=True, slots=True)
class Paint:
    """A stretch of paint: where, and in which colour (red, green, blue)."""

    box: Box
    colour: tuple[float, ...]


def stays_light(added: Sequence[Paint], there: Sequence[Paint] = ()) -> bool:
    """Tell whether paint is light wherever some was added, with all that lies over each other there."""
    whole = [*added, *there]
    if len(whole) > MOST:
        return False
    for one in added:
        inner = _inner(one.box)
        layers = [each.colour for each in whole if each is one or overlap(inner, _inner(each.box))]
        if luminance(*(prod(each) for each in zip(*layers, strict=True))) < _LEGIBLE:
            return False
    return True


def overlap(one: Box, other: Box) -> bool:
    """Tell whether two boxes have a place in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inner(box: Box) -> Box:
    wide, high = (box[2] - box[0]) * _MARGIN, (box[3] - box[1]) * _MARGIN
    return box[0] + wide, box[1] + high, box[2] - wide, box[3] - high


def around(numbers: Sequence[float]) -> Box:
    """Return the box around points, given as x and y in turns."""
    x, y = numbers[::2], numbers[1::2]
    return min(x), min(y), max(x), max(y)


def luminance(red: float, green: float, blue: float) -> float:
    """Return how light a colour is, from 0 to 1."""
    return 0.299 * red + 0.587 * green + 0.114 * blue


def of(colour: Sequence[float]) -> tuple[float, ...]:
    """Return a colour as red, green and blue; nothing for what is no colour."""
    match colour:
        case [grey]:
            return (grey, grey, grey)
        case [_, _, _]:
            return tuple(colour)
        case [cyan, magenta, yellow, black]:
            return tuple((1 - each) * (1 - black) for each in (cyan, magenta, yellow))
    return ()


def is_light(colour: Sequence[float]) -> bool:
    """Tell whether a colour is light, and is seen to be no letter: grey ones would be."""
    found = of(colour)
    if not found or luminance(*found) < _LEGIBLE:
        return False
    return max(found) - min(found) >= COLOURED or luminance(*found) >= _WHITE


def drawn(shown: generic.StreamObject) -> list[Paint] | None:
    """Return what a form paints, in its own space; None where it does more than multiply light paths."""
    resources = entry(shown, "/Resources", generic.DictionaryObject())
    if not isinstance(resources, generic.DictionaryObject) or not resources.keys() <= {
        "/ExtGState",
        "/ProcSet",
    }:
        return None
    states = entry(resources, "/ExtGState", generic.DictionaryObject())
    multiplying = frozenset(
        name[1:]
        for name in states
        if isinstance(states[name], generic.DictionaryObject)
        and entry(states[name], "/BM") == "/Multiply"
        and states[name].keys() <= {"/Type", "/BM", "/CA", "/ca", "/AIS"}
    )
    content = unpacked(shown)
    try:
        found = None if content is None else _Content(multiplying).read(content)
    except Malformed:
        return None
    return found if found is not None and stays_light(found) else None


@dataclass
class _Content:
    """A content stream that fills light paths, each while a state is set that multiplies, on its way."""

    multiplying: frozenset[str]
    multiplied: bool = False
    colour: tuple[float, ...] = ()
    paths: list[list[float]] = field(default_factory=list)
    saved: list[tuple[bool, tuple[float, ...]]] = field(default_factory=list)
    found: list[Paint] = field(default_factory=list)

    def read(self, content: bytes) -> list[Paint] | None:
        """Return what is filled; None for everything else that is done."""
        operands: list[lexing.Value] = []
        for each in _tokens(content):
            if not isinstance(each, _Operator):
                operands.append(each)
                continue
            if not self._does(each, operands):
                return None
            operands.clear()
        return self.found

    def _does(self, operator: str, operands: list[lexing.Value]) -> bool:
        numbers = [float(one) for one in operands if isinstance(one, int | float)]
        match operator:
            case "q":
                self.saved.append((self.multiplied, self.colour))
            case "Q" if self.saved:
                self.multiplied, self.colour = self.saved.pop()
            case "gs" if len(operands) == 1 and operands[0] in self.multiplying:
                self.multiplied = True
            case "rg" | "g" | "k":
                self.colour = of(numbers) if is_light(numbers) else ()
            case "f" | "f*":
                return self._fills()
            case _:
                return self._leads(operator, numbers if len(numbers) == len(operands) else [])
        return True

    def _fills(self) -> bool:
        if not self.multiplied or not self.colour or not all(map(_is_full, self.paths)):
            return False
        if points := list(chain.from_iterable(self.paths)):
            self.found.append(Paint(around(points), self.colour))
        self.paths = []
        return True

    def _leads(self, operator: str, numbers: list[float]) -> bool:
        """Go on with a path; tell whether that is what the operator does, or nothing that is seen."""
        match operator:
            case "n":
                self.paths = []
            case "re" if len(numbers) == 4:
                x, y, width, height = numbers
                self.paths.append([x, y, x + width, y, x + width, y + height, x, y + height])
            case "m" if len(numbers) == 2:
                self.paths.append(numbers)
            case "l" | "c" | "v" | "y" if self.paths and numbers and not len(numbers) % 2:
                self.paths[-1] += numbers
            case _:
                return operator in _PATH - {"re", "m", "l", "c", "v", "y"}
        return True


def _is_full(path: Sequence[float]) -> bool:
    """Tell whether a path fills the box around it, as a stretch of text does, with ends cut or rounded.

    By the points that it leads to, and those by which it is bent (ISO 32000-2 §8.5.2).
    """
    x, y = path[::2], path[1::2]
    left, bottom, right, top = around(path)
    turns = zip(x, y, (*x[1:], x[0]), (*y[1:], y[0]), strict=True)
    area = abs(sum(one * up - across * other for one, other, across, up in turns)) / 2
    return area >= _FULL * (right - left) * (top - bottom)


class _Operator(str):
    """A word of a content stream that does something (ISO 32000-2 annex A)."""

    __slots__ = ()


def _tokens(content: bytes) -> Iterator[lexing.Value | _Operator]:
    at = lexing.gap(content, 0)
    while at < len(content):
        end = at
        while (end < len(content) and content[end : end + 1].isalpha()) or content[end : end + 1] == b"*":
            end += 1
        word = content[at:end].decode("latin-1")
        if word in _WORDS:
            yield _Operator(word)
        else:
            each, end = lexing.value(content, at)
            yield each
        at = lexing.gap(content, end)
