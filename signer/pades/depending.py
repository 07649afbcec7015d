"""What makes the pages that are seen depend on the reader's program, the day or the paper: told, not judged.

All of it was there when the document was signed, or the comparison of revisions refuses it. The signature
stands for the bytes; that two people may see different pages in them is said, because a signer who inspected
the document (`signer.inspecting`) would have been told, and of a document from elsewhere nobody was.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from collections.abc import Callable, Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.rw_common import PdfHandler

from pki.words import N_, Sentence
from signer.errors import Malformed
from signer.pades.door import hostile
from signer.pades.entries import entry

_MOST_PAGES = 100_000  # branches of the tree of pages
_IN_A_ROW = 100  # actions after one another
_GOING = frozenset({"/GoTo", "/Named"})
"""Actions that show another place of the document when it is opened, and change nothing of it."""


def said(document: PdfHandler, *, whole: bool) -> tuple[Sentence, ...]:
    """Say what of the document is seen otherwise elsewhere; a part that cannot be read is passed over.

    `whole`: all pages are looked at, too. Where something follows a signature they were read before.
    """
    found = []
    for rule, sentence in (*_RULES, *((_OF_PAGES,) if whole else ())):
        try:
            with hostile():
                if rule(document.root):
                    found.append(sentence)
        except Malformed:
            continue
    return tuple(found)


def _has_strange_parents(root: generic.DictionaryObject) -> bool:
    """Tell whether a page, or a branch, names another node above it than the one that lists it.

    From there it has its box, its turn and its resources (ISO 32000-2 §7.7.3.4): Poppler takes them from the
    node that lists it, pdfium and MuPDF from the one that it names.
    """
    waiting, passed = [root.raw_get("/Pages")], 0
    while waiting and passed < _MOST_PAGES:
        node, passed = waiting.pop(), passed + 1
        kids = entry(node.get_object(), "/Kids", ())
        for kid in list.__iter__(kids) if isinstance(kids, generic.ArrayObject) else ():
            below = kid.get_object()
            above = below.raw_get("/Parent") if "/Parent" in below else None
            if not isinstance(above, generic.IndirectObject) or above.idnum != node.idnum:
                return True
            if "/Kids" in below:
                waiting.append(kid)
    return False


def _has_layers(root: generic.DictionaryObject) -> bool:
    return bool(_listed(_held(root, "/OCProperties"), "/OCGs"))


def _shows_layers_by_chance(root: generic.DictionaryObject) -> bool:
    """Tell whether layers are off, or go on and off by themselves (ISO 32000-2 §8.11.4.3, §8.11.4.4)."""
    properties = _held(root, "/OCProperties")
    used = _held(properties, "/D")
    off = _listed(used, "/OFF") or entry(used, "/BaseState", "/ON") != "/ON"
    return bool(off or _listed(used, "/AS") or _listed(properties, "/Configs"))


def _is_portfolio(root: generic.DictionaryObject) -> bool:
    return entry(root, "/Collection") is not None


def _is_drawn_elsewhere(root: generic.DictionaryObject) -> bool:
    form = _held(root, "/AcroForm")
    return entry(form, "/XFA") is not None or bool(entry(root, "/NeedsRendering"))


def _is_drawn_anew(root: generic.DictionaryObject) -> bool:
    return bool(entry(_held(root, "/AcroForm"), "/NeedAppearances"))


def _acts(root: generic.DictionaryObject) -> bool:
    """Tell whether something runs by itself when the document is opened, or another event comes (§12.6.3)."""
    names = _held(root, "/Names")
    if any(key in names for key in ("/JavaScript", "/AlternatePresentations")) or _held(root, "/AA"):
        return True
    return any(entry(each, "/S") not in _GOING or "/JS" in each for each in _on_opening(root))


def _on_opening(root: generic.DictionaryObject) -> Iterator[generic.DictionaryObject]:
    waiting = [entry(root, "/OpenAction")]
    for _ in range(_IN_A_ROW):
        if not waiting:
            return
        action = waiting.pop()
        if isinstance(action, generic.DictionaryObject):
            yield action
            following = entry(action, "/Next")
            waiting += following if isinstance(following, generic.ArrayObject) else [following]


def _held(holder: generic.DictionaryObject, key: str) -> generic.DictionaryObject:
    found = entry(holder, key)
    return found if isinstance(found, generic.DictionaryObject) else generic.DictionaryObject()


def _listed(holder: generic.DictionaryObject, key: str) -> Any:
    found = entry(holder, key)
    return found if isinstance(found, generic.ArrayObject) else ()


_RULES: tuple[tuple[Callable[[generic.DictionaryObject], bool], Sentence], ...] = (
    (
        _has_layers,
        Sentence(N_("The document has layers: what is seen depends on which of them the reader shows.")),
    ),
    (
        _shows_layers_by_chance,
        Sentence(
            N_("Layers are off, or switch by themselves: paper, or another reader, may show something else.")
        ),
    ),
    (
        _is_portfolio,
        Sentence(N_("The file is a portfolio: readers show an embedded file instead of its pages.")),
    ),
    (
        _is_drawn_elsewhere,
        Sentence(N_("An XFA form is drawn by the reader's program, not by the pages that are signed.")),
    ),
    (_is_drawn_anew, Sentence(N_("Each reader draws the form in its own way."))),
    (_acts, Sentence(N_("An action starts by itself when the document is read, printed or touched."))),
)
_OF_PAGES = (
    _has_strange_parents,
    Sentence(N_("Some readers take size, turn or fonts of a page from another place than others.")),
)
