"""Every object of a file as plain values, seen once, wherever it hangs: nothing is missed for its place.

qpdf spells one object after another as JSON, with references left as they are: circles need no care, objects
packed into streams and names written in escapes look like all others, and each object costs the same.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import pikepdf

_REFERENCE = re.compile(r"(\d+) (\d+) R")
_KEPT = 4096  # objects kept at hand, for what many refer to
_SHORT = 60  # letters of a stranger's name
_NAMED = 5  # names told in one sentence

TRAILER = 0
"""The number under which the trailer is seen: no object has it (ISO 32000-2 §7.5.4)."""


class Held(NamedTuple):
    """One dictionary, the number of the object it stands in, and whether it is a stream's."""

    entries: Mapping[str, Any]
    number: int
    is_stream: bool


class Whole:
    """A file, to be read from one end to the other. For one reading, by one thread."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._refers: dict[int, list[int]] = {}
        self._streams: set[int] = set()
        self._load = lru_cache(_KEPT)(self._loaded)
        self.pages = {page.obj.objgen[0]: number for number, page in enumerate(pdf.pages, 1)}
        self.root = self.dictionary(_value(pdf.trailer).get("/Root"))

    def dictionaries(self) -> Iterator[Held]:
        """Yield every dictionary of the file, the trailer's first; direct ones too."""
        yield from self._within(TRAILER, _value(self._pdf.trailer), is_stream=False)
        for thing in self._pdf.objects:
            if isinstance(thing, pikepdf.Object):
                is_stream = isinstance(thing, pikepdf.Stream)
                if is_stream:
                    self._streams.add(thing.objgen[0])
                yield from self._within(thing.objgen[0], _value(thing), is_stream=is_stream)

    def _within(self, number: int, value: Any, *, is_stream: bool) -> Iterator[Held]:
        waiting, refers = [value], self._refers.setdefault(number, [])
        while waiting:
            each = waiting.pop()
            if isinstance(each, dict):
                yield Held(each, number, is_stream and each is value)
                waiting += each.values()
            elif isinstance(each, list):
                waiting += each
            elif isinstance(each, str) and each.endswith(" R") and (found := _REFERENCE.fullmatch(each)):
                refers.append(int(found[1]))

    def of(self, value: Any) -> Any:
        """Return a value, followed if it is a reference; None where there is nothing."""
        if not isinstance(value, str) or not value.endswith(" R"):
            return value
        found = _REFERENCE.fullmatch(value)
        return self._load(int(found[1]), int(found[2])) if found else value

    def _loaded(self, number: int, generation: int) -> Any:
        return _value(self._pdf.get_object((number, generation)))

    def is_stream(self, value: Any) -> bool:
        """Tell whether a value refers to a stream."""
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        return found is not None and isinstance(
            self._pdf.get_object((int(found[1]), int(found[2]))), pikepdf.Stream
        )

    def dictionary(self, value: Any) -> Mapping[str, Any]:
        """Return the dictionary that a value is or refers to, an empty one for everything else."""
        found = self.of(value)
        return found if isinstance(found, dict) else {}

    def array(self, value: Any) -> list[Any]:
        """Return the array that a value is or refers to, an empty one for everything else."""
        found = self.of(value)
        return found if isinstance(found, list) else []

    def word(self, value: Any) -> str | None:
        """Return a name without its slash, or a string: malformed files take one for the other."""
        found = self.of(value)
        if not isinstance(found, str):
            return None
        if found.startswith(("/", "n:/")):
            return found.partition("/")[2]
        return bytes.fromhex(found[2:]).decode("latin-1") if found.startswith("b:") else found[2:]

    def flags(self, value: Any) -> int:
        """Return a set of flags, also one that is written as a fraction; none for what is no number."""
        found = self.of(value)
        return int(found) if isinstance(found, int | float) else 0

    def reached(self) -> set[int]:
        """Return the numbers of all objects that the trailer leads to. After `dictionaries`."""
        return set(self._nearest({TRAILER: 0}))

    def nearest_pages(self) -> Mapping[int, int]:
        """Return for each object the page it is the fewest steps away from. After `dictionaries`."""
        return self._nearest(self.pages)

    def _nearest(self, sources: Mapping[int, int]) -> dict[int, int]:
        nearest = dict(sources)
        level: list[int] = list(sources)
        while level:
            below = []
            for number in level:
                for other in self._refers.get(number, ()):
                    if other not in nearest:
                        nearest[other] = nearest[number]
                        below.append(other)
            level = below
        return nearest


def _value(thing: object) -> Any:
    if not isinstance(thing, pikepdf.Object):
        return thing  # a number or truth value that stands alone
    return json.loads(thing.to_json(dereference=True, schema_version=2))


def short(name: str) -> str:
    """Return a stranger's name as one line of letters that a terminal shows."""
    line = " ".join(name.split())[:_SHORT] or "?"
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def listed(names: Iterable[str]) -> str:
    """Return the first names in one line, whatever letters a stranger put in them."""
    unique = list(dict.fromkeys(short(name) for name in names))
    return ", ".join(unique[:_NAMED]) + (", …" if len(unique) > _NAMED else "")
