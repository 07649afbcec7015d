"""Which dictionaries are pages of the document (ISO 32000-2 §7.7.3), and which node each of them names."""

from collections.abc import Iterable, Mapping, Sequence
from operator import contains, itemgetter
from typing import cast

from signer.pades.lexing import Ref, Value
from signer.quick.file import File
from signer.quick.strings import name
from signer.quick.unusual import unusual

_DEEPEST = 40  # levels of the page tree
_MOST_BRANCHES = 20_000
_NAMED, _NUMBER = b"/Parent %d 0 R", itemgetter(0)


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


def parents(file: File) -> dict[int | None, bytes]:
    """Return how each page, by its number, names the node that lists it.

    What a node lists that counts as many is taken for pages unread; `check_parents` goes into those that are
    none.
    """
    root = file.dictionary(file.root).get("Pages")
    found: dict[int | None, bytes] = {}
    waiting, passed = [root], set[int]()
    while waiting:
        number, below = _kids(file, waiting.pop())
        if number in passed or len(passed) > _MOST_BRANCHES:
            unusual("an odd tree of pages")
        passed.add(number)
        if len(set(below)) != len(below) or found.keys() & set(map(_NUMBER, below)):
            unusual("a page that is there twice")
        if file.dictionary(Ref(number, 0)).get("Count") != len(below):
            branches = [each for each in below if "Kids" in file.dictionary(each)]
            _check_named(file, branches, _NAMED % number)
            waiting += branches
            below = list(dict.fromkeys(below).keys() - set(branches))
        found.update(dict.fromkeys(map(_NUMBER, below), _NAMED % number))
    count = file.dictionary(root).get("Count")
    if type(count) is not int or count > len(found):
        unusual("more pages than are listed")  # some readers show one of them several times
    return found


def _kids(file: File, node: Value) -> tuple[int, list[Ref]]:
    """Return a node's number, and what it lists."""
    kids = file.followed(file.dictionary(node).get("Kids"))
    if not isinstance(node, Ref) or node.generation or not isinstance(kids, list) or not kids:
        unusual("an odd tree of pages")
    if not set(map(type, kids)) <= {Ref}:
        unusual("a page in a list")
    return node.number, cast(list[Ref], kids)


def are_plain(text: bytes, pages: Sequence[bytes], above: Sequence[bytes]) -> bool:
    """Tell whether these pages, as they are written, plainly name the nodes that list them, and once.

    `text` holds all of them.
    """
    once = text.count(b"/Parent") == len(pages) == len(above) and b"/Kids" not in text
    return once and all(map(contains, pages, above))


def check_parents(file: File, pages: Iterable[int], above: Mapping[int | None, bytes]) -> None:
    """Check, one by one, that pages name the node that lists them: some readers inherit from that one.

    So do the pages of those that are branches themselves.
    """
    passed = set[int]()
    for number in pages:
        waiting = [(Ref(number, 0), above[number])]
        while waiting:
            reference, named = waiting.pop()
            _check_named(file, [reference], named)
            if "Kids" in file.dictionary(reference):
                branch, below = _kids(file, reference)
                if branch in passed:
                    unusual("a branch of the pages that is listed twice")
                passed.add(branch)
                waiting += [(each, _NAMED % branch) for each in below]


def _check_named(file: File, nodes: Iterable[Ref], above: bytes) -> None:
    for each in nodes:
        named = file.dictionary(each).get("Parent")
        if not isinstance(named, Ref) or named.generation or _NAMED % named.number != above:
            unusual("a page that names another node than the one that lists it")
