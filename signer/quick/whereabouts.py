"""Where the reader sees each signature: the first page that lists its widget (`signer.pades.whereabouts`).

The pages are passed in their order, as the long way does it: what a widget says of its page (/P), and what a
branch says of its pages (/Count), nobody has to believe. A page that cannot list a widget that is looked for
is not read, only looked through.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from signer.facts import Spot
from signer.pades.lexing import Ref, Value
from signer.pades.objects import Plain
from signer.pades.paper import Paper, visible
from signer.quick.file import File
from signer.quick.form import Field
from signer.quick.unusual import Unusual, unusual

_MOST = 1000  # pages; the long way looks no further
_MOST_LISTED = 20_000  # annotations
_DEEPEST = 40  # levels of the page tree
_INHERITED = ("MediaBox", "CropBox", "Rotate")  # ISO 32000-2 table 31
_BLANK = rb"[\0\t\n\f\r ]"
_PAGE = re.compile(
    _BLANK + rb"*<<[^(%#]*/Type" + _BLANK + rb"*/Page(?=[\0\t\n\f\r /<>\[(])[^(%#]*>>" + _BLANK + rb"*"
)
_HEADED = re.compile(rb"\d+ 0 obj" + _PAGE.pattern)
_TOGETHER, _LONGEST = 64, 1 << 12  # pages; bytes of one
_LISTED = re.compile(rb"/Annots" + _BLANK + rb"*(?:\[|(\d{1,7}) (\d{1,5}) R)")
_DIGITS = re.compile(rb"\d+")
_LIST = re.compile(_BLANK + rb"*\[[^(%#]*\]" + _BLANK + rb"*")


def spots(file: File, fields: Mapping[str, Field]) -> dict[str, Spot]:
    """Return where signed fields are seen, for those that are."""
    return _spots(file, fields, _places(file, fields, [each for each in fields if fields[each].is_signed]))


def spots_of(file: File, fields: Mapping[str, Field], some: Collection[str]) -> dict[str, Spot]:
    """Return where some other fields are seen, for those that are."""
    return _spots(file, fields, _places(file, fields, some)) if some else {}


def _spots(file: File, fields: Mapping[str, Field], places: Mapping[str, Sequence[float]]) -> dict[str, Spot]:
    return dict(_found(file, {fields[called].number: (called, each) for called, each in places.items()}))


def unplaced(file: File, fields: Mapping[str, Field], spots: Mapping[str, Spot]) -> frozenset[str]:
    """Return the signed fields that have a place to be seen in, and were found on no page."""
    signed = [each for each in fields if fields[each].is_signed]
    return frozenset(_places(file, fields, signed).keys() - spots.keys())


def first_page(file: File) -> frozenset[int]:
    """Return the annotations that the first page lists, by their numbers."""
    node = file.dictionary(file.dictionary(file.root).get("Pages"))
    for _ in range(_DEEPEST):
        if "Kids" not in node:
            listed = file.followed(node.get("Annots"))
            found = listed if isinstance(listed, list) else ()
            return frozenset(each.number for each in found if isinstance(each, Ref))
        kids = file.followed(node["Kids"])
        node = file.dictionary(kids[0] if isinstance(kids, list) and kids else None)
    raise Unusual("a deep tree of pages")


def _places(file: File, fields: Mapping[str, Field], some: Collection[str]) -> dict[str, Sequence[float]]:
    found = {called: _numbers(file, fields[called].entries.get("Rect")) for called in some}
    return {called: each for called, each in found.items() if each and len(each) == 4 and _is_seen(each)}


def _is_seen(edges: Sequence[float]) -> bool:
    return edges[0] != edges[2] and edges[1] != edges[3]


def _found(file: File, wanted: dict[int, tuple[str, Sequence[float]]]) -> Iterator[tuple[str, Spot]]:
    if not wanted:
        return
    for page in _Pages(file, frozenset(wanted)).listing():
        for number in page.listed & wanted.keys():
            called, rectangle = wanted.pop(number)
            spot = page.paper.spot(rectangle)
            if spot is not None:
                yield called, spot
        if not wanted:
            return


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that lists widgets that are looked for."""

    listed: frozenset[int]
    paper: Paper


@dataclass(slots=True)
class _Branch:
    """A node of the tree of pages: its kids, what they inherit, and which of them is the next."""

    kids: Sequence[Value]
    inherited: Mapping[str, Value]
    at: int = 0


@dataclass
class _Pages:
    """The pages of a file in order (§7.7.3), of which those are read that may list one of these widgets."""

    file: File
    wanted: frozenset[int]
    annotations: int = 0

    def listing(self) -> Iterator[_Page]:
        """Yield the pages that list one of the widgets. What is odd on the way there is unusual."""
        file = self.file
        branches = [_Branch([file.dictionary(file.root).get("Pages")], {})]
        passed = steps = 0
        while branches and passed < _MOST:
            branch = branches[-1]
            plain = self._plain(branch.kids, branch.at, branch.at + _MOST - passed)
            branch.at += plain
            passed += plain
            steps += plain
            if branch.at >= len(branch.kids):
                branches.pop()
                continue
            if passed >= _MOST:
                return
            reference, above = branch.kids[branch.at], branch.inherited
            branch.at += 1
            steps += 1
            if not isinstance(reference, Ref) or steps > 2 * _MOST:
                unusual("an odd tree of pages")
            if self._passes(reference):
                passed += 1
                continue
            node = file.dictionary(reference)
            inherited = {key: node.get(key, above.get(key)) for key in _INHERITED}
            if any(node.get(key, node) is None for key in ("Annots", "UserUnit", "Kids", *_INHERITED)):
                unusual("something of a page is there, and nothing")
            if "Kids" in node:
                if len(branches) > _DEEPEST:
                    unusual("a deep tree of pages")
                branches.append(_Branch(self._list(node["Kids"]), inherited))
                continue
            passed += 1
            listed = self._widgets(node)
            if listed:
                yield _Page(listed, self._paper(passed, node, inherited))

    def _plain(self, kids: Sequence[Value], start: int, stop: int) -> int:
        """Return how many of a row of kids, one after another, are plainly pages without annotations.

        It says of none what `_passes` would not say, in fewer steps; where one of many is odd, those before
        it are looked at again by fewer and fewer, so that no page is looked at often.
        """
        place, many = start, 1
        while place < min(stop, len(kids)):
            some = kids[place : min(place + many, stop)]
            if not self._are_pages(some):
                break
            place += len(some)
            many = min(2 * many, _TOGETHER)
        return place - start

    def _are_pages(self, kids: Sequence[Value]) -> bool:
        pdf, (offsets, spoken_of) = self.file.pdf, self.file.long_table
        numbers = [kid.number for kid in kids if isinstance(kid, Ref) and not kid.generation]
        starts = [offsets[number] for number in numbers if number in offsets]
        if len(starts) != len(kids) or not spoken_of.isdisjoint(numbers):
            return False
        stops = [pdf.find(b"endobj", at, at + _LONGEST) for at in starts]
        texts = [pdf[at:stop] for at, stop in zip(starts, stops, strict=True)]  # no page where none stops
        together = b"".join(texts)
        if -1 in stops or b"/Annots" in together or b"/Kids" in together:
            return False
        heads = [b"%d 0 obj" % number for number in numbers]
        return all(map(bytes.startswith, texts, heads)) and None not in map(_HEADED.fullmatch, texts)

    def _names(self, text: bytes) -> bool:
        """Tell whether the number of a widget that is looked for stands in a text, as whatever."""
        return not self.wanted.isdisjoint(map(int, _DIGITS.findall(text)))

    def _passes(self, reference: Ref) -> bool:
        """Tell whether an object is plainly a page that lists none of the widgets."""
        text = _text(self.file, reference)
        if text is None or _PAGE.fullmatch(text) is None or b"/Kids" in text:
            return False
        if b"/Annots" not in text:
            return True
        self.annotations += text.count(b"R")
        listed = _LISTED.search(text)
        if listed is None:
            return False
        if listed[1] is None:
            return not self._names(text)
        lists = _text(self.file, Ref(int(listed[1]), int(listed[2])))
        if lists is None or _LIST.fullmatch(lists) is None or self._names(lists):
            return False
        self.annotations += lists.count(b"R")
        return self.annotations < _MOST_LISTED

    def _list(self, value: Value) -> list[Value]:
        found = self.file.followed(value)
        return found if isinstance(found, list) else unusual("an odd list of a page")

    def _widgets(self, page: Mapping[str, Value]) -> frozenset[int]:
        listed = self._list(page.get("Annots", []))
        self.annotations += len(listed)
        if self.annotations >= _MOST_LISTED:
            unusual("too many annotations")
        found = [each for each in listed if isinstance(each, Ref) and each.number in self.wanted]
        for each in found:
            self.file.named(each)
        return frozenset(each.number for each in found)

    def _paper(self, number: int, page: Mapping[str, Value], inherited: Mapping[str, Value]) -> Paper:
        crop, media = (_numbers(self.file, inherited[key]) for key in ("CropBox", "MediaBox"))
        rotation, unit = self.file.followed(inherited["Rotate"]), self.file.followed(page.get("UserUnit", 1))
        if type(rotation) not in (int, type(None)) or type(unit) not in (int, float):
            unusual("an odd page")
        assert isinstance(rotation, int | None)
        assert isinstance(unit, int | float)
        return Paper(number, visible(crop, media), rotation or 0, float(unit))


def _text(file: File, reference: Ref) -> bytes | None:
    """Return what an object that lies in the file holds, as it is written; None where it lies elsewhere."""
    place = file.named(reference)
    if not isinstance(place, Plain):
        return None
    text = file.pdf[place.offset : max(place.offset, file.pdf.find(b"endobj", place.offset))]
    header = b"%d %d obj" % reference
    if not text.startswith(header):
        unusual("an object is not where it should be")
    return text[len(header) :]


def _numbers(file: File, value: Value) -> tuple[float, ...] | None:
    listed = file.followed(value)
    if listed is None and value is None:
        return None
    if not isinstance(listed, list):
        unusual("an odd rectangle")
    edges = [file.followed(each) for each in listed]
    return tuple(
        float(each) if type(each) in (int, float) else unusual("an odd edge")  # type: ignore[arg-type]
        for each in edges
    )
