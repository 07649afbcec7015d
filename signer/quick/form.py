"""The form of a document (ISO 32000-2 §12.7): its text and signature fields, in any view of the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from signer.pades.lexing import Name, Ref, Value
from signer.quick.file import File
from signer.quick.strings import name, text
from signer.quick.unusual import unusual

_MOST = 20_000  # fields
_DEPENDING = frozenset(
    {"OCProperties", "Collection", "NeedsRendering", "AA", "JavaScript", "AlternatePresentations"}
)
_GOING = frozenset({"Type", "S", "D", "SD"})
"""What an action has that goes to another place of the document (ISO 32000-2 table 202)."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field at the root of the form, which is its own widget."""

    number: int
    entries: Mapping[str, Value]

    @property
    def kind(self) -> str | None:
        """What kind of field it is."""
        return name(self.entries.get("FT"))

    @property
    def is_signed(self) -> bool:
        """Whether it is a signature field that was signed."""
        return self.kind == "Sig" and "V" in self.entries


def form(file: File, view: int = 0) -> Mapping[str, Value]:
    """Return the form; empty where there is none."""
    found = file.dictionary(file.root, view).get("AcroForm")
    return {} if found is None else file.dictionary(found, view)


def check_frame(file: File) -> None:
    """Leave the short way if what is seen may depend on the reader (`signer.pades.depending` tells of it)."""
    root = file.dictionary(file.root)
    names, opening = file.followed(root.get("Names")), file.followed(root.get("OpenAction"))
    if not _DEPENDING.isdisjoint({*root, *(names if isinstance(names, dict) else ())}):
        unusual("layers, a portfolio or a script")
    if isinstance(opening, dict) and (name(opening.get("S")) != "GoTo" or not opening.keys() <= _GOING):
        unusual("an action on opening")
    if "XFA" in form(file) or form(file).get("NeedAppearances", False) is not False:
        unusual("a form that readers draw by themselves")


def fields(file: File, view: int = 0) -> Mapping[str, Field]:
    """Return the fields at the root of the form by name. Signature fields must be there and plain."""
    if view not in file.forms:
        file.forms[view] = _fields(file, view)
    known: Mapping[str, Field] = file.forms[view]
    return known


def _fields(file: File, view: int) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for number, entries in _listed(file, form(file, view).get("Fields"), view):
        if "Kids" in entries:
            _no_signatures(file, entries, view)
        if "T" not in entries:
            unusual("a field without a name")
        if not isinstance(entries.get("FT"), Name) and not ("Kids" in entries and "FT" not in entries):
            unusual("a field of an odd kind")
        if entries.get("V", entries) is None:
            unusual("a field without a value where one should be")
        called = text(file.followed(entries["T"], view))
        if called in found:
            unusual("two fields of one name")
        found[called] = Field(number, entries)
    return found


def _listed(file: File, listed: Value, view: int) -> Iterator[tuple[int, Mapping[str, Value]]]:
    each_one = file.followed(listed, view)
    if each_one is None:
        return
    if not isinstance(each_one, list) or len(each_one) > _MOST:
        unusual("an odd list of fields")
    for each in each_one:
        if not isinstance(each, Ref):
            unusual("a field that stands in a list itself")
        yield each.number, file.dictionary(each, view)


def _no_signatures(file: File, parent: Mapping[str, Value], view: int) -> None:
    """Leave the short way if a field that has others below it is, or holds, a signature field."""
    waiting, passed = [parent], 0
    while waiting:
        entries = waiting.pop()
        passed += 1
        if name(file.followed(entries.get("FT"), view)) == "Sig" or passed > _MOST:
            unusual("a signature field inside another field")
        waiting += [kid for _, kid in _listed(file, entries.get("Kids"), view)]


def texts(found: Mapping[str, Field]) -> frozenset[str]:
    """Return the names of the text fields."""
    return frozenset(called for called, each in found.items() if each.kind == "Tx")


def filled(file: File, found: Mapping[str, Field]) -> dict[str, tuple[str, str | None]]:
    """Return value and mapping name (/TM) of each text field that has a value."""
    values = {}
    for called, each in found.items():
        value = file.followed(each.entries.get("V"))
        if each.kind == "Tx" and isinstance(value, bytes):
            mapped = each.entries.get("TM")
            values[called] = (text(value), None if mapped is None else text(file.followed(mapped)))
    return values


def locks_all(file: File, field: Field, view: int) -> bool:
    """Tell whether a signature field locks the whole document when it is signed (ISO 32000-2 table 236)."""
    lock = file.followed(field.entries.get("Lock"), view)
    if not isinstance(lock, dict):
        return False
    action, permission = (file.followed(lock.get(key), view) for key in ("Action", "P"))
    return name(action) == "All" and permission == 1
