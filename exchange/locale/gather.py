"""Gather the sentences that people read, and compile their catalogues.

    python exchange/locale/gather.py           update congvan.po and compile congvan.mo
    python exchange/locale/gather.py --check   fail where a sentence lacks its Vietnamese, or one is stale

A sentence is the literal first argument of `N_`, `Sentence` or an error of the tree, or its `hint`. Facts in
braces must be the same in both languages: a translation that names another fact would fail when it is said.
"""

import ast
import io
import string
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "vi" / "LC_MESSAGES"
PO, MO = FOLDER / "congvan.po", FOLDER / "congvan.mo"
_MARKS = {"N_", "Sentence"}
_ROOT_ERROR = "CongvanError"


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _errors(trees: Iterable[ast.Module]) -> set[str]:
    """Return the names of all errors of the tree, found by their bases."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {_ROOT_ERROR}
    while found := {name for name, above in bases.items() if above & known} - known:
        known |= found
    return known


def sentences(tree: ast.Module, errors: Collection[str]) -> Iterator[str]:
    """Yield each template of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            marked = node.args[:1] if name in _MARKS or name in errors else []
            hints = [word.value for word in node.keywords if word.arg == "hint"]
            yield from (text for argument in (*marked, *hints) if (text := _literal(argument)))


def gathered() -> Catalog:
    """Return a fresh catalogue of every sentence in the packages and the command line."""
    catalog = Catalog(project="congvan", charset="utf-8")
    paths = [path for room in ("pki", "signer", "exchange") for path in (ROOT / room).rglob("*.py")]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted([ROOT / "cli.py", *paths])}
    errors = _errors(trees.values())
    for path, tree in trees.items():
        for text in sentences(tree, errors):
            catalog.add(text, locations=[(str(path.relative_to(ROOT)), 0)])
    return catalog


def _facts(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def _complaints(catalog: Catalog) -> Iterator[str]:
    for message in catalog:
        if not message.id:
            continue
        said = str(message.string or "")
        if not said or message.fuzzy:
            yield f"not translated: {message.id!r}"
        elif _facts(said) != _facts(str(message.id)):
            yield f"other facts than the English: {message.id!r}"


def _written(catalog: Catalog) -> tuple[bytes, bytes]:
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)
    write_mo(mo, catalog)
    return po.getvalue(), mo.getvalue()


def main() -> int:
    """Update, or check, the Vietnamese catalogue."""
    with PO.open("rb") as file:
        catalog = read_po(file, locale="vi")
    catalog.update(gathered(), no_fuzzy_matching=True, update_creation_date=False)
    po, mo = _written(catalog)
    if "--check" not in sys.argv:
        PO.write_bytes(po)
        MO.write_bytes(mo)
    complaints = list(_complaints(catalog))
    if "--check" in sys.argv and (po != PO.read_bytes() or mo != MO.read_bytes()):
        complaints.append("the catalogues are stale: run `make words`")
    for complaint in complaints:
        print(complaint)  # noqa: T201 - a command's output
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
