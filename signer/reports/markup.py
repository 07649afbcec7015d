"""HTML that is escaped by construction: what is not `Markup` is text, whoever wrote it.

Plain functions instead of a template language: nothing to install, every part is a typed value, and there is
no switch by which escaping could be forgotten.
"""

import html
import re
from collections.abc import Iterable

MOST_TEXT = 2000
"""Characters of one text of a stranger's; what is longer is cut."""

_VOID = frozenset({"img", "meta"})
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
"""Controls, halves of letters, and what turns a line around (Unicode TR 36 §2.6): shown by their numbers."""


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Part = str | Markup | None
Value = str | int | float | None


def visible(raw: str) -> str:
    """Return a stranger's text cut to a length, each letter of it as itself or as its number."""
    raw = raw if len(raw) <= MOST_TEXT else raw[:MOST_TEXT] + "…"
    return _UNSEEN.sub(lambda each: f"[U+{ord(each[0]):04X}]", raw)


def text(raw: str) -> Markup:
    """Return a stranger's text as markup."""
    return Markup(html.escape(visible(raw)))


def together(parts: Iterable[Part]) -> Markup:
    """Return the parts one after another; None is nothing."""
    return Markup(
        "".join(each if isinstance(each, Markup) else text(each) for each in parts if each is not None)
    )


def element(tag: str, /, *parts: Part, **attributes: Value) -> Markup:
    """Return an element; attributes that are None are left out, `_` in their names is a hyphen.

    A last `_` is dropped, for names that Python keeps for itself (`class_`).
    """
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{said}>")
    return Markup(f"<{tag}{said}>{together(parts)}</{tag}>")
