"""What each revision did to the one before it: the few things that honest programs do, or it is unusual.

Whoever asks about a signature adds up the steps after it: so every revision is looked at once, however many
signatures a file has. What is allowed here is a part of what `signer.pades.differences` allows; the sections
themselves were read by the letter before (`signer.pades.revisions`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from signer.pades.lexing import Name, Ref, Value
from signer.pades.objects import Packed
from signer.pades.sections import Section
from signer.quick import form, proof
from signer.quick.file import File
from signer.quick.form import Field
from signer.quick.mentions import Mention, references
from signer.quick.pages import is_in_tree, is_page
from signer.quick.strings import differing, name, same
from signer.quick.unusual import unusual

_TRAILER = frozenset(
    {"Size", "Root", "Info", "ID", "Prev"} | {"Type", "Index", "W", "Filter", "DecodeParms", "Length"}
)
_FILLED = frozenset({"V", "AP", "Ff", "F", "DA", "Q"})
_SIGNED = frozenset({"V", "AP", "F"})
_NEW_FIELD = frozenset(
    {"FT", "T", "TU", "TM", "Ff", "V", "Lock", "SV", "DA", "Q"}
    | {"Type", "Subtype", "F", "Rect", "AP", "P", "BS", "Border", "StructParent", "NM", "M"}
)
_SIGNATURE = frozenset(
    {"Type", "Filter", "SubFilter", "Contents", "ByteRange", "Reference", "M", "Name", "Location", "Reason"}
    | {"ContactInfo", "Prop_Build", "Prop_AuthTime", "Prop_AuthType", "R", "V"}
)
_RENEWED = frozenset({"ModDate", "Producer"})
"""What every program that stores a file writes anew in its information dictionary."""

_METADATA = frozenset({"Type", "Subtype", "Length", "Filter", "DecodeParms"})

_EXTENSION = frozenset({"Type", "BaseVersion", "ExtensionLevel", "ExtensionRevision", "URL"})
_CATALOGUE_USES = frozenset({("Root",), ("Reference", "Data")})
"""Where the catalogue may be named: in cross-reference streams, and by a signature over all fields."""

_FIELD_USES = frozenset({("Fields",), ("AcroForm", "Fields"), ("Annots",), ("Obj",), ("K", "Obj")})
"""Where a field may be named: in the form, on its page, in the structure of a tagged document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one revision did: fields filled and signed, new ones that are seen, whether proof was stored.

    A document time-stamp is proof; its field is not among those signed.
    """

    filled: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    stamped: bool = False


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

    def step(self) -> Step:
        """Return what the revision did; raises `Unusual` unless all of it is known."""
        self._sort()
        self._check_catalogue()
        self._explain_store()
        step = self._explain_form()
        self._explain_rest()
        if (self.fresh | self.replaced) - self.explained:
            unusual("an object was written that is nothing known")
        return step

    def _sort(self) -> None:
        """Tell new objects from replaced ones. A new one must not have been waited for (shadow attacks)."""
        section, before = self.section, self.file.chain[self.view + 1].trailer
        odd = section.trailer.keys() - _TRAILER
        if section.freed - {0} or any(not same(section.trailer[key], before.get(key)) for key in odd):
            unusual("the trailer is odd, or objects were freed")
        information = section.trailer.get("Info")
        if information != before.get("Info"):
            unusual("the information dictionary moved")
        if isinstance(information, Ref) and self._is_stream(information.number):
            unusual("the information dictionary is none")
        size = before.get("Size")
        frame = {each.stream for each in section.entries.values() if isinstance(each, Packed)}
        frame |= set() if section.number is None else {section.number}
        for number in frame | set(section.entries):
            known = self.file.spoken_of(number, self.view + 1)
            if type(size) is not int or (known and number in frame) or (not known and number < size):
                unusual("an object takes a number that could have been taken before")
            if not known and self._uses(number):
                unusual("an object takes a place that was waiting for it")
            if number not in frame:
                (self.replaced if known else self.fresh).add(number)

    def _uses(self, number: int) -> list[Mention]:
        return [each for each in self.mentions[number] if each.view > self.view]

    def _check_uses(self, number: int, allowed: frozenset[tuple[str, ...]]) -> None:
        """Leave the short way if an object was named in other places than these, directly or in a list."""
        for each in self._uses(number):
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
                self._check_uses(each.holder, allowed)

    def _showing(self, number: int) -> set[int]:
        """Return the pages that list an annotation, or that name a list of annotations as theirs."""
        pages: set[int] = set()
        for each in self._uses(number):
            if each.keys == ("Annots",):
                pages.add(each.holder)
            elif isinstance(each.value, list):
                pages |= {above.holder for above in self._uses(each.holder) if above.keys == ("Annots",)}
        return pages

    def _is_of_store(self, number: int, holders: frozenset[int]) -> bool:
        """Tell whether only the store of proof, which these objects make up, names an object."""
        return all(
            each.keys[:1] == ("DSS",)
            if each.holder == self.file.root.number
            else each.holder in holders and self._is_of_store(each.holder, holders - {each.holder})
            for each in self._uses(number)
        )

    def _is_form(self, number: int) -> bool:
        named = self.file.dictionary(self.file.root, self.view + 1).get("AcroForm")
        return named == Ref(number, 0) and all(each.keys == ("AcroForm",) for each in self._uses(number))

    def _differing(self, number: int) -> set[str]:
        """Return the keys under which a replaced dictionary changed; only dictionaries may be replaced."""
        was, now = (self.file.value(number, view) for view in (self.view + 1, self.view))
        if not isinstance(was, dict) or not isinstance(now, dict) or self._is_stream(number):
            unusual("something else than a dictionary was replaced")
        return differing(was, now)

    def _is_stream(self, number: int) -> bool:
        found = (self.file.found(number, view) for view in (self.view, self.view + 1))
        return any(each is not None and each.data is not None for each in found)

    def _explain(self, *values: Value) -> None:
        """Take for explained what is new and is led to from here."""
        waiting = [number for value in values for _, number in references(value)]
        while waiting:
            number = waiting.pop()
            if number in self.fresh and number not in self.explained:
                self.explained.add(number)
                waiting += [inner for _, inner in references(self.file.value(number, self.view))]

    def _explain_store(self) -> None:
        proof.check_store(self.file, self.view + 1, self.view)
        holders = proof.holders(self.file, self.view + 1)
        for number in self.replaced & holders.keys():
            if self._is_stream(number):
                unusual("a stream was replaced")
            self._check_uses(number, frozenset({(holders[number],)}))
            if not self._is_of_store(number, frozenset(holders)):
                unusual("a part of the store of proof is used as something else, too")
            self.explained.add(number)
        for number in self.replaced & proof.of_one(self.file, self.view + 1):
            self._differing(number)
            if not self._is_of_store(number, frozenset(holders)):
                unusual("what is stored for one signature is used as something else, too")
            self.explained.add(number)
            self._explain(self.file.value(number, self.view))
        store = proof.store(self.file, self.view)
        self._explain(self.file.dictionary(self.file.root, self.view).get("DSS"), dict(store))
        self._explain(*(self.file.followed(each, self.view) for each in store.values()))

    def _explain_form(self) -> Step:
        before, after = (form.fields(self.file, view) for view in (self.view + 1, self.view))
        self._check_frame()
        if any(called not in after or after[called].number != each.number for called, each in before.items()):
            unusual("a field was taken away")
        filled: set[str] = set()
        signed: set[str] = set()
        for called, each in before.items():
            if each.number in self.replaced:
                kind = self._changed(each, after[called])
                (filled if kind == "Tx" else signed).add(called)
        new = {called: each for called, each in after.items() if called not in before}
        seen = {called for called, each in new.items() if self._added(each)}
        stamps = {called for called in (*signed, *new) if self._is_stamp(after[called])}
        self._explain_pages({each.number for each in new.values()})
        if stamps & (seen | signed):
            unusual("a time-stamp in a field that is seen, or was there")
        return Step(
            filled=frozenset(filled),
            signed=frozenset((signed | new.keys()) - stamps),
            new=frozenset(new.keys() - stamps),
            seen=frozenset(seen),
            stamped=bool(stamps),
        )

    def _check_catalogue(self) -> None:
        """Check that nobody uses the catalogue as something else, such as a page's resources.

        What is added to it, or replaced below it, would be drawn.
        """
        for each in self._uses(self.file.root.number):
            if each.keys not in _CATALOGUE_USES:
                unusual("the catalogue is used as something else, too")

    def _check_frame(self) -> None:
        """Check the catalogue and the form: nothing but fields and proof may be added to them."""
        root = self.file.root.number
        if root in self.replaced:
            changed = self._differing(root)
            if not changed <= {"DSS", "AcroForm", "Extensions"}:
                unusual("the catalogue was changed")
            if "Extensions" in changed:
                self._check_extensions()
            self.explained.add(root)
        was, now = (form.form(self.file, view) for view in (self.view + 1, self.view))
        if differing(was, now) - {"Fields"}:
            unusual("the form was changed")
        where = [
            self.file.dictionary(self.file.root, view).get("AcroForm") for view in (self.view + 1, self.view)
        ]
        if isinstance(where[0], Ref) or isinstance(where[1], Ref):
            if where[0] != where[1]:
                unusual("the form moved")
            assert isinstance(where[0], Ref)
            if where[0].number in self.replaced:
                self._differing(where[0].number)
                self._check_uses(where[0].number, frozenset({("AcroForm",)}))
                self.explained.add(where[0].number)
        had, has = (
            self.file.followed(each.get("Fields"), view)
            for each, view in ((was, self.view + 1), (now, self.view))
        )
        if not isinstance(had, list) or not isinstance(has, list) or not same(has[: len(had)], had):
            unusual("the list of fields was changed")

    def _check_extensions(self) -> None:
        """Check that extensions (ISO 32000-2 §7.12) were only added, as programs do that store proof."""
        was, now = (self.file.dictionary(self.file.root, view) for view in (self.view + 1, self.view))
        had, has = was.get("Extensions", {}), now.get("Extensions")
        if not isinstance(had, dict) or not isinstance(has, dict) or any(True for _ in references(has)):
            unusual("odd extensions")
        if any(key not in has or not same(had[key], has[key]) for key in had):
            unusual("an extension was changed")
        for key in has.keys() - had.keys():
            entries = has[key]
            if key != "Type" and (not isinstance(entries, dict) or not entries.keys() <= _EXTENSION):
                unusual("an extension that is none")

    def _changed(self, was: Field, now: Field) -> str:
        """Check a field that was filled in or signed; return its kind."""
        kind, changed = was.kind, self._differing(was.number)
        if "Kids" in was.entries or "Parent" in was.entries or "V" not in changed:
            unusual("a field was changed, but not filled in")
        if kind not in ("Tx", "Sig") or not changed <= (_FILLED if kind == "Tx" else _SIGNED):
            unusual("more of a field was changed than its value")
        self._check_uses(was.number, _FIELD_USES)
        if len(self._showing(was.number)) > 1:
            unusual("a field that several pages show")
        self.explained.add(was.number)
        if kind == "Tx" and not isinstance(now.entries.get("V"), bytes):
            unusual("an odd value of a field")
        if kind == "Sig":
            if "V" in was.entries:
                unusual("a field was signed again")
            self._check_signature(now.entries)
        if "AP" in changed:
            self._check_appearance(now.entries)
        self._explain(now.entries.get("V"), now.entries.get("AP"))
        return str(kind)

    def _added(self, new: Field) -> bool:
        """Check a new field, which must be signed at once; return whether it is seen."""
        entries = new.entries
        if new.number not in self.fresh or new.kind != "Sig" or not entries.keys() <= _NEW_FIELD:
            unusual("an odd new field")
        if name(entries.get("Subtype", Name("Widget"))) != "Widget":
            unusual("a new field that is another annotation, too")
        rectangle = entries.get("Rect")  # without one, MuPDF paints over the whole page
        if (
            not isinstance(rectangle, list)
            or len(rectangle) != 4
            or not all(type(each) in (int, float) for each in rectangle)
        ):
            unusual("an odd rectangle")
        self._check_signature(entries)
        if "AP" in entries:
            self._check_appearance(entries)
        self.explained.add(new.number)
        self._explain(*(entries.get(key) for key in ("V", "AP", "Lock", "SV")))
        return any(rectangle) or "AP" in entries

    def _check_signature(self, entries: Mapping[str, Value]) -> None:
        value = entries.get("V")
        if not isinstance(value, Ref) or value.number not in self.fresh:
            unusual("a signature that is no new object")
        signature = self.file.dictionary(value, self.view)
        if not signature.keys() <= _SIGNATURE:
            unusual("a signature with odd entries")
        listed = signature.get("Reference", [])
        for each in listed if isinstance(listed, list) else ():
            parameters = each.get("TransformParams") if isinstance(each, dict) else None
            if not isinstance(parameters, dict):
                unusual("odd parameters of a signature")

    def _check_appearance(self, entries: Mapping[str, Value]) -> None:
        shown = entries["AP"]
        normal = shown.get("N") if isinstance(shown, dict) and shown.keys() == {"N"} else None
        if (
            not isinstance(normal, Ref)
            or normal.number not in self.fresh
            or not self._is_stream(normal.number)
        ):
            unusual("an odd appearance")

    def _is_stamp(self, signed: Field) -> bool:
        return name(self.file.dictionary(signed.entries["V"], self.view).get("Type")) == "DocTimeStamp"

    def _explain_pages(self, new: set[int]) -> None:
        """Explain pages, and lists of annotations and of fields, to which new fields were added."""
        shown: list[int] = []
        for number in self.replaced - self.explained:
            was, now = (self.file.value(number, view) for view in (self.view + 1, self.view))
            if isinstance(was, list) and isinstance(now, list):
                self._check_uses(number, frozenset({("Annots",), ("Fields",), ("AcroForm", "Fields")}))
                shown += self._check_grown(was, now, new) * len(self._showing(number))
                self.explained.add(number)
            elif is_page(was) and self._differing(number) == {"Annots"}:
                assert isinstance(was, dict)
                assert isinstance(now, dict)
                had = self.file.followed(was.get("Annots", []), self.view + 1)
                has = self.file.followed(now.get("Annots"), self.view)
                shown += self._check_grown(had, has, new)
                self.explained.add(number)
                place = now.get("Annots")
                if isinstance(place, Ref) and place.number in self.fresh:
                    self.explained.add(place.number)
        if len(set(shown)) != len(shown):
            unusual("a new field that several pages show")

    def _check_grown(self, had: Value, has: Value, new: set[int]) -> list[int]:
        """Return the new fields that were added to a list; raises `Unusual` for anything else."""
        if not isinstance(had, list) or not isinstance(has, list) or not same(has[: len(had)], had):
            unusual("a list was changed otherwise than by new fields")
        added = [each.number for each in has[len(had) :] if isinstance(each, Ref)]
        if len(added) != len(has) - len(had) or not new.issuperset(added):
            unusual("something else than a new field was put on a page")
        if len(set(added)) != len(added):
            unusual("a new field that is listed twice")
        return added

    def _explain_rest(self) -> None:
        """Explain the information dictionary, the XMP metadata, and objects written as they were."""
        information = self.section.trailer.get("Info")
        metadata = self.file.dictionary(self.file.root, self.view + 1).get("Metadata")
        for number in self.replaced - self.explained:
            if information == Ref(number, 0):
                if not self._differing(number) <= _RENEWED:
                    unusual("the properties of the document were changed")
                self._check_uses(number, frozenset({("Info",)}))  # cross-reference streams name it so
            elif metadata == Ref(number, 0):
                self._check_metadata(number)
            elif self._differing(number):
                unusual("an object was changed that is nothing known")
            self.explained.add(number)

    def _check_metadata(self, number: int) -> None:
        """Check that the XMP metadata, which the catalogue alone names, say what they said before."""
        from signer.quick.xmp import said  # loads a reader of XML, which most documents do not need

        for view in (self.view + 1, self.view):
            entries = self.file.dictionary(Ref(number, 0), view)
            if not entries.keys() <= _METADATA or name(entries.get("Subtype")) != "XML":
                unusual("odd XMP metadata")
        if any(each.holder != self.file.root.number for each in self._uses(number)):
            unusual("XMP metadata that are used as something else, too")
        self._check_uses(number, frozenset({("Metadata",)}))
        was, now = (said(self.file.data(number, view)) for view in (self.view + 1, self.view))
        if was != now:
            unusual("the XMP metadata were changed")
