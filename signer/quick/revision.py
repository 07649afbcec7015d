"""One revision beside the one before it: what it wrote, and who named that before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from signer.pades.lexing import Ref, Value
from signer.pades.objects import Packed
from signer.pades.sections import Section
from signer.quick.file import File
from signer.quick.mentions import Mention, check_there, references
from signer.quick.pages import is_in_tree, is_page
from signer.quick.strings import differing, same
from signer.quick.unusual import unusual

_TRAILER = frozenset(
    {"Size", "Root", "Info", "ID", "Prev"} | {"Type", "Index", "W", "Filter", "DecodeParms", "Length"}
)


@dataclass
class Revision:
    """The revision of one view, compared with the view before it."""

    file: File
    view: int
    section: Section
    mentions: Mapping[int, list[Mention]]
    replaced: set[int] = field(default_factory=set)
    fresh: set[int] = field(default_factory=set)
    explained: set[int] = field(default_factory=set)

    def sort(self) -> None:
        """Tell new objects from replaced ones. A new one must not have been waited for (shadow attacks)."""
        section, before = self.section, self.file.chain[self.view + 1].trailer
        odd = section.trailer.keys() - _TRAILER
        if section.freed - {0, section.number} or any(
            not same(section.trailer[key], before.get(key)) for key in odd
        ):
            unusual("the trailer is odd, or objects were freed")
        information = section.trailer.get("Info")
        if information != before.get("Info"):
            unusual("the information dictionary moved")
        if isinstance(information, Ref) and self.is_stream(information.number):
            unusual("the information dictionary is none")
        size = before.get("Size")
        frame = {each.stream for each in section.entries.values() if isinstance(each, Packed)}
        frame |= set() if section.number is None else {section.number}
        for number in frame | set(section.entries):
            known = self.file.spoken_of(number, self.view + 1)
            if type(size) is not int or (known and number in frame) or (not known and number < size):
                unusual("an object takes a number that could have been taken before")
            if not known and self.uses(number):
                unusual("an object takes a place that was waiting for it")
            if number not in frame:
                (self.replaced if known else self.fresh).add(number)

    def check_there(self) -> None:
        """Check that all that the revision names, in its objects and its trailer, is there."""
        check_there(self.file, dict(self.section.trailer), self.view)
        for number in self.section.entries:
            check_there(self.file, self.file.value(number, self.view), self.view)

    def uses(self, number: int) -> list[Mention]:
        """Return where an object was named before this revision."""
        return [each for each in self.mentions[number] if each.view > self.view]

    def check_uses(self, number: int, allowed: frozenset[tuple[str, ...]]) -> None:
        """Leave the short way if an object was named in other places than these, directly or in a list."""
        for each in self.uses(number):
            if each.keys not in allowed and not (isinstance(each.value, list) and not each.keys):
                unusual("a replaced object is used as something else, too")
            if each.keys == ("Annots",) and not (
                is_page(each.value) and is_in_tree(self.file, each.holder, self.view + 1)
            ):
                unusual("a list of annotations that is not a page's")
            if each.keys == ("Fields",) and not self._is_form(each.holder):
                unusual("a list of fields that is not the form's alone")
            if isinstance(each.value, list):
                if each.holder not in self.mentions:
                    unusual("a list that nobody looked for")
                self.check_uses(each.holder, allowed)

    def showing(self, number: int) -> set[int]:
        """Return the pages that list an annotation, or that name a list of annotations as theirs."""
        pages: set[int] = set()
        for each in self.uses(number):
            if each.keys == ("Annots",):
                pages.add(each.holder)
            elif isinstance(each.value, list):
                pages |= {above.holder for above in self.uses(each.holder) if above.keys == ("Annots",)}
        return pages

    def _is_form(self, number: int) -> bool:
        named = self.file.dictionary(self.file.root, self.view + 1).get("AcroForm")
        return named == Ref(number, 0) and all(each.keys == ("AcroForm",) for each in self.uses(number))

    def differing(self, number: int) -> set[str]:
        """Return the keys under which a replaced dictionary changed; only dictionaries may be replaced."""
        was, now = (self.file.value(number, view) for view in (self.view + 1, self.view))
        if not isinstance(was, dict) or not isinstance(now, dict) or self.is_stream(number):
            unusual("something else than a dictionary was replaced")
        return differing(was, now)

    def is_stream(self, number: int) -> bool:
        """Tell whether an object is a stream, or was one."""
        found = (self.file.found(number, view) for view in (self.view, self.view + 1))
        return any(each is not None and each.data is not None for each in found)

    def explain(self, *values: Value) -> None:
        """Take for explained what is new and is led to from here."""
        waiting = [number for value in values for _, number in references(value)]
        while waiting:
            number = waiting.pop()
            if number in self.fresh and number not in self.explained:
                self.explained.add(number)
                waiting += [inner for _, inner in references(self.file.value(number, self.view))]
