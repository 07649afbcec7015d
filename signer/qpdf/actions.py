"""Actions and scripts (ISO 32000-2 §12.6), by what they are and not by where they stand.

No structure element, page label or rendition has a type of these names, so that every dictionary with such
an /S is an action; a reader may come to it in ways that no standard tells.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from signer.findings import Code
from signer.qpdf.whole import Held, Whole, short

Found = tuple[Code, Mapping[str, object]]

_HARMLESS = frozenset({"GoTo", "GoToDp", "Trans"})
_TURNING = frozenset({"NextPage", "PrevPage", "FirstPage", "LastPage"})  # Table 215
_KINDS: Mapping[str, Code] = {
    "JavaScript": Code.SCRIPT,
    "Launch": Code.PROGRAM,
    "ImportData": Code.FORM_DATA,
    "SubmitForm": Code.FORM_DATA,
    "ResetForm": Code.FORM_DATA,
    "Hide": Code.CHANGING_ACTION,
    "SetOCGState": Code.CHANGING_ACTION,
    "SetState": Code.CHANGING_ACTION,  # PDF 1.2
    "Rendition": Code.MEDIA,
    "Movie": Code.MEDIA,
    "Sound": Code.MEDIA,
    "GoTo3DView": Code.MEDIA,
    "RichMediaExecute": Code.MEDIA,
    "GoToR": Code.OTHER_FILE,
    "GoToE": Code.OTHER_FILE,
}
_TRIGGERS = frozenset(
    {"/E", "/X", "/D", "/U", "/Fo", "/Bl", "/PO", "/PC", "/PV", "/PI", "/O", "/C", "/K", "/F", "/V"}
    | {"/WC", "/WS", "/DS", "/WP", "/DP"}
)  # ISO 32000-2 Tables 197 to 200
_HELD_UNDER = ("/A", "/PA", "/NA", "/Next", "/OpenAction")
_IN_A_ROW = 1000  # actions after one another


KEYS = frozenset({"/S", "/JS", "/JavaScript", "/OnInstantiate", "/AA", *_HELD_UNDER})
"""What `actions` looks at: no other dictionary needs to be asked."""


def actions(held: Held, whole: Whole) -> Iterator[Found]:
    """Yield what this dictionary does, or starts, as an action."""
    entries = held.entries
    if _is_script(entries, whole):
        yield Code.SCRIPT, {}
    kind = whole.word(entries.get("/S"))
    if kind is not None:
        yield from _by_kind(kind, entries, whole)
    for key in _HELD_UNDER:
        if key in entries:
            yield from _unknown(entries[key], whole)
    if any(whole.of(value) is not None for value in _triggered(entries.get("/AA"), whole)):
        yield Code.AUTOMATIC_ACTION, {}
    yield from _on_opening(entries.get("/OpenAction"), whole)


def _is_script(entries: Mapping[str, Any], whole: Whole) -> bool:
    """Tell whether a script stands here: as text or as a stream; some readers run it without any /S."""
    code = entries.get("/JS")
    tree = whole.of(entries.get("/JavaScript"))  # a name tree (§7.7.4)
    instantiated = whole.of(entries.get("/OnInstantiate"))  # of a 3D artwork (§13.6.3)
    return (
        isinstance(whole.of(code), str)
        or whole.is_stream(code)
        or isinstance(tree, dict | list)
        or instantiated is not None
    )


def _by_kind(kind: str, entries: Mapping[str, Any], whole: Whole) -> Iterator[Found]:
    if kind == "URI":
        address = whole.word(entries.get("/URI")) or ""
        plain = "".join(letter for letter in address if letter > " ").casefold()
        yield (
            (Code.SCRIPT, {})
            if plain.startswith(("javascript:", "vbscript:"))
            else (
                Code.LINK,
                {"to": short(address)},
            )
        )
    elif kind == "Named":
        name = whole.word(entries.get("/N")) or ""
        if name not in _TURNING:
            yield Code.UNKNOWN_ACTION, {"kind": short(name)}
    elif kind == "Thread" and "/F" in entries:
        yield Code.OTHER_FILE, {"to": "Thread"}
    elif kind in _KINDS:
        code = _KINDS[kind]
        told = {Code.OTHER_FILE: {"to": kind}, Code.SCRIPT: {}, Code.PROGRAM: {}}
        yield code, told.get(code, {"kind": kind})


def _unknown(value: Any, whole: Whole) -> Iterator[Found]:
    """Yield the action that is held here, if it is of no known type. Attributes of structure have no /S."""
    action = whole.dictionary(value)
    kind = whole.word(action.get("/S"))
    known = _HARMLESS | _KINDS.keys() | {"URI", "Named", "Thread"}
    if ("/S" in action and kind not in known) or (
        kind is None and whole.word(action.get("/Type")) == "Action"
    ):
        yield Code.UNKNOWN_ACTION, {"kind": short(kind or "")}


def _triggered(value: Any, whole: Whole) -> list[Any]:
    return [each for key, each in whole.dictionary(value).items() if key in _TRIGGERS]


def _on_opening(value: Any, whole: Whole) -> Iterator[Found]:
    """Yield what starts when the document is opened, unless it only goes to a page (§12.6.4.2)."""
    waiting = [value]
    for _ in range(_IN_A_ROW):
        if not waiting:
            return
        action = whole.dictionary(waiting.pop())
        if "/S" in action and whole.word(action["/S"]) not in _HARMLESS | {"Named"}:
            yield Code.AUTOMATIC_ACTION, {}
            return
        following = whole.of(action.get("/Next"))
        waiting += following if isinstance(following, list) else [following] if following else []
    if waiting:
        yield Code.AUTOMATIC_ACTION, {}
