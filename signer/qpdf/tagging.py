"""Fields told to the structure tree of a tagged file, so that a screen reader meets them (PDF/UA, PDF/A-2a).

Each widget becomes a Form element under the document's root element (ISO 32000-2 §14.7.5.3, §14.8.4.8.4).
"""

from collections.abc import Iterable

import pikepdf


def tag(pdf: pikepdf.Pdf, widgets: Iterable[pikepdf.Object]) -> None:
    """Give every widget its place in the structure tree, if the document has one that can be added to."""
    tree = pdf.Root.get("/StructTreeRoot")
    if not isinstance(tree, pikepdf.Dictionary):
        return
    parent = _first_element(tree)
    if parent is None or not isinstance(tree.get("/ParentTree"), pikepdf.Dictionary):
        return  # a broken tree stays as it is: an element that nothing finds again would break it further
    numbers = pikepdf.NumberTree(tree["/ParentTree"])
    following = max([-1, *numbers.keys()]) + 1
    for key, widget in enumerate(widgets, following):
        element = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name("/StructElem"),
                S=pikepdf.Name("/Form"),
                P=parent,
                Pg=widget["/P"],
                Alt=widget["/TU"],
                K=pikepdf.Dictionary(Type=pikepdf.Name("/OBJR"), Obj=widget, Pg=widget["/P"]),
            )
        )
        parent["/K"].append(element)
        widget["/StructParent"] = key
        numbers[key] = element
        tree["/ParentTreeNextKey"] = key + 1
        if "/Tabs" not in widget["/P"]:
            widget["/P"]["/Tabs"] = pikepdf.Name(
                "/S"
            )  # tab order follows the structure (ISO 14289-1 §7.18.3)


def _first_element(tree: pikepdf.Object) -> pikepdf.Object | None:
    """Return the outermost structure element, its children as an array."""
    child = tree.get("/K")
    if isinstance(child, pikepdf.Array) and len(child):
        child = child[0]
    if not isinstance(child, pikepdf.Dictionary) or not child.is_indirect:
        return None
    kids = child.get("/K")
    if not isinstance(kids, pikepdf.Array):
        child["/K"] = pikepdf.Array([] if kids is None else [kids])
    return child
