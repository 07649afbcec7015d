"""Content that a reader does not see, and that could be woken after the signature (the "shadow" attacks).

What nothing refers to is left behind by writing the file anew. Here is what the file does refer to: removed
where nobody misses it, told to the drafter where only a person can say whether it belongs there.

The attacks: Mainka, Mladenov, Rohlmann, "Shadow Attacks: Hiding and Replacing Content in Signed PDFs" (2021).
"""

from collections.abc import Iterable, Iterator

import pikepdf

from pki.words import N_, Sentence
from signer.qpdf.form_tree import fields_of

_HIDDEN, _PRINTED, _NOT_ON_SCREEN = 1 << 1, 1 << 2, 1 << 5  # annotation flags, ISO 32000-2 Table 167
_FILLED_IN = frozenset({"/Tx", "/Ch", "/Btn"})
_NAMED = 5  # names told in one sentence
_NAME_LENGTH = 40


def remove(pdf: pikepdf.Pdf) -> list[Sentence]:
    """Remove what no reader shows unless the file is changed, and return what the drafter should know of it.

    Hidden annotations that are no form fields; the looks an annotation takes under the mouse, or in a state
    it is not in (PDF/A allows none of them: ISO 19005-2 §6.3.3).
    """
    fields = {field.entries.objgen for field in fields_of(pdf)}
    hidden = 0
    for page in pdf.pages:
        annotations = _annotations(page.obj)
        shown = [each for each in annotations if not _is_hidden(each) or each.objgen in fields]
        if len(shown) < len(annotations):
            page.obj["/Annots"] = pikepdf.Array(shown)
            hidden += len(annotations) - len(shown)
        for each in shown:
            _keep_one_look(each)
    if not hidden:
        return []
    return [Sentence(N_("Hidden annotations were left out: {count}."), {"count": hidden})]


def empty_spare_pages(pdf: pikepdf.Pdf) -> list[Sentence]:
    """Empty the pages that are in the file but not among its pages, and return how many.

    Only a private entry can refer to them; what does finds an empty page.
    """
    shown = {page.objgen for page in pdf.pages}
    spare = [
        thing
        for thing in pdf.objects
        if isinstance(thing, pikepdf.Dictionary)
        and thing.get("/Type") == "/Page"
        and thing.objgen not in shown
    ]
    for page in spare:
        for key in set(page.keys()) - {"/Type"}:
            del page[key]
    if not spare:
        return []
    return [Sentence(N_("Pages that no reader shows were emptied: {count}."), {"count": len(spare)})]


def told(pdf: pikepdf.Pdf) -> list[Sentence]:
    """Return what a reader may see otherwise than the drafter did, and what can be changed until the seal."""
    notes = list(_of_layers(pdf.Root.get("/OCProperties")))
    fields = list(fields_of(pdf))
    hidden = _names(field.name for field in fields if _is_hidden(field.entries))
    if hidden:
        notes.append(Sentence(N_("The document has hidden form fields: {fields}."), {"fields": hidden}))
    open_ones = _names(f.name for f in fields if f.kind in _FILLED_IN and "/Kids" not in f.entries)
    if open_ones:
        own = N_("The document has form fields of its own, which can be filled in until the seal: {fields}.")
        notes.append(Sentence(own, {"fields": open_ones}))
    notes += (
        Sentence(N_("Page {page} prints something that the screen does not show."), {"page": number})
        for number, page in enumerate(pdf.pages, 1)
        if any(_is_only_printed(each) for each in _annotations(page.obj))
    )
    return notes


def _of_layers(properties: object) -> Iterator[Sentence]:
    """Say which layers are not what everybody sees (ISO 32000-2 §8.11.4)."""
    if not isinstance(properties, pikepdf.Dictionary):
        return
    layers, used = _dictionaries(properties.get("/OCGs")), properties.get("/D")
    if not isinstance(used, pikepdf.Dictionary):
        return
    off = {each.objgen for each in _dictionaries(used.get("/OFF"))}
    if used.get("/BaseState") == "/OFF":
        off |= {each.objgen for each in layers} - {each.objgen for each in _dictionaries(used.get("/ON"))}
    names = _names(str(each.get("/Name", "")) for each in layers if each.objgen in off)
    if names:
        switched = N_(
            "The document has layers that are switched off, and that any reader can switch on: {layers}."
        )
        yield Sentence(switched, {"layers": names})
    if _dictionaries(used.get("/AS")) or _dictionaries(properties.get("/Configs")):
        yield Sentence(N_("The document has layers that some readers show and others do not."))


def _is_hidden(annotation: pikepdf.Object) -> bool:
    return bool(_flags(annotation) & _HIDDEN)


def _is_only_printed(annotation: pikepdf.Object) -> bool:
    return _flags(annotation) & (_HIDDEN | _NOT_ON_SCREEN | _PRINTED) == _NOT_ON_SCREEN | _PRINTED


def _flags(annotation: pikepdf.Object) -> int:
    flags = annotation.get("/F", 0)
    return flags if isinstance(flags, int) else 0


def _keep_one_look(annotation: pikepdf.Object) -> None:
    """Leave the one appearance that is shown; buttons keep one for each of their states."""
    looks = annotation.get("/AP")
    if not isinstance(looks, pikepdf.Dictionary):
        return
    for name in ("/D", "/R"):
        if name in looks and "/N" in looks:
            del looks[name]
    states = looks.get("/N")
    parent = annotation.get("/Parent", pikepdf.Dictionary())
    kind = annotation.get("/FT", parent.get("/FT") if isinstance(parent, pikepdf.Dictionary) else None)
    if isinstance(states, pikepdf.Dictionary) and kind != "/Btn":
        shown = states.get(str(annotation.get("/AS", "/Off")))
        if isinstance(shown, pikepdf.Stream):
            looks["/N"] = shown
        else:
            del annotation["/AP"]


def _annotations(page: pikepdf.Object) -> list[pikepdf.Object]:
    return _dictionaries(page.get("/Annots"))


def _dictionaries(array: object) -> list[pikepdf.Object]:
    things = list(array) if isinstance(array, pikepdf.Array) else []
    return [thing for thing in things if isinstance(thing, pikepdf.Dictionary)]


def _names(names: Iterable[str]) -> str:
    """Return the first names in one line, whatever letters a stranger put in them."""
    unique = list(dict.fromkeys(" ".join(name.split())[:_NAME_LENGTH] or "?" for name in names))
    printable = ["".join(letter if letter.isprintable() else "?" for letter in name) for name in unique]
    return ", ".join(printable[:_NAMED]) + (", …" if len(printable) > _NAMED else "")
