"""Content that a reader does not see, and that could be woken after the signature (the "shadow" attacks).

What nothing refers to is left behind by writing the file anew. Here is what the file does refer to and nobody
misses; where only a person can say whether something belongs there, `signer.qpdf.content` tells of it.

The attacks: Mainka, Mladenov, Rohlmann, "Shadow Attacks: Hiding and Replacing Content in Signed PDFs" (2021).
"""

import pikepdf

from pki.words import N_, Sentence
from signer.qpdf.form_tree import fields_of

_HIDDEN = 1 << 1  # annotation flag, ISO 32000-2 Table 167


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


def _is_hidden(annotation: pikepdf.Object) -> bool:
    return bool(_flags(annotation) & _HIDDEN)


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
