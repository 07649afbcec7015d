"""Which dictionaries are pages of the document (ISO 32000-2 §7.7.3)."""

from signer.pades.lexing import Ref, Value
from signer.quick.file import File
from signer.quick.strings import name

_DEEPEST = 40  # levels of the page tree


def is_page(value: Value) -> bool:
    """Tell whether a value says that it is a page."""
    return isinstance(value, dict) and name(value.get("Type")) == "Page"


def is_in_tree(file: File, number: int, view: int) -> bool:
    """Tell whether a page is reached from the root of the pages (§7.7.3)."""
    node = Ref(number, 0)
    for _ in range(_DEEPEST):
        above = file.dictionary(node, view).get("Parent")
        if not isinstance(above, Ref):
            return file.dictionary(file.root, view).get("Pages") == node
        kids = file.followed(file.dictionary(above, view).get("Kids"), view)
        if not isinstance(kids, list) or node not in kids:
            return False
        node = above
    return False
