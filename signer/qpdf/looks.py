"""Annotations and fields not seen as they are signed: hidden, on paper only, other under the mouse."""

from collections.abc import Iterator, Mapping
from typing import Any

from signer.findings import Code
from signer.qpdf.actions import Found
from signer.qpdf.form_tree import MAX_DEPTH
from signer.qpdf.whole import Held, Whole

# Annotation flags, ISO 32000-2 Table 167.
_HIDDEN, _PRINTED, _NOT_ON_SCREEN, _TOGGLED = 1 << 1, 1 << 2, 1 << 5, 1 << 8
_WITHOUT_LOOK = frozenset({"Link", "Popup"})


def looks(held: Held, whole: Whole) -> Iterator[Found]:
    """Yield how this annotation may be seen otherwise; nothing for what is no annotation."""
    entries = held.entries
    kind = whole.word(entries.get("/Subtype"))
    if "/Rect" not in entries or kind is None or kind in _WITHOUT_LOOK:
        return
    flags, appearances = whole.flags(entries.get("/F")), whole.dictionary(entries.get("/AP"))
    shown = appearances.get("/N")
    empty = not appearances or _area(entries, whole) == 0
    if flags & _TOGGLED and not empty:
        yield Code.OTHER_LOOKS, {}
    if flags & _HIDDEN or flags & (_NOT_ON_SCREEN | _PRINTED) == _NOT_ON_SCREEN:
        if not (empty and kind == "Widget"):  # a signature that was never meant to be seen
            yield (Code.HIDDEN_FIELD if kind == "Widget" else Code.HIDDEN_ANNOTATION), {}
    elif flags & _NOT_ON_SCREEN:
        yield Code.PRINT_ONLY, {}
    elif not flags & _PRINTED and not empty:
        yield Code.SCREEN_ONLY, {}
    if not appearances:
        return
    button = _field_kind(entries, whole) == "Btn"  # its looks under the mouse say that it is pressed
    states = 1 if whole.is_stream(shown) else len(whole.dictionary(shown))
    if "/R" in appearances or (not button and ("/D" in appearances or states > 1)):
        yield Code.OTHER_LOOKS, {}


def _area(entries: Mapping[str, Any], whole: Whole) -> float:
    edges = [whole.of(edge) for edge in whole.array(entries.get("/Rect"))]
    if len(edges) != 4 or not all(isinstance(edge, int | float) for edge in edges):
        return 1.0  # nobody can say; so it may be seen
    return float(abs((edges[2] - edges[0]) * (edges[3] - edges[1])))


def _field_kind(entries: Mapping[str, Any], whole: Whole) -> str | None:
    """Return the type of a field, which it may have from the groups above it (§12.7.4.1)."""
    for _ in range(MAX_DEPTH):
        if "/FT" in entries:
            return whole.word(entries["/FT"])
        if "/Parent" not in entries:
            break
        entries = whole.dictionary(entries.get("/Parent"))
    return None


def font_name(held: Held, whole: Whole) -> str | None:
    """Return the name of a font that the file does not hold, None for everything else (§9.6 to §9.8)."""
    entries = held.entries
    kinds = {"Type1", "MMType1", "TrueType", "CIDFontType0", "CIDFontType2"}
    if "/BaseFont" not in entries or whole.word(entries.get("/Subtype")) not in kinds:
        return None
    descriptor = whole.dictionary(entries.get("/FontDescriptor"))
    if any(whole.is_stream(descriptor.get(key)) for key in ("/FontFile", "/FontFile2", "/FontFile3")):
        return None
    return whole.word(entries["/BaseFont"]) or ""
