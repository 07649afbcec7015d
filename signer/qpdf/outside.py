"""What comes from outside the signed pages: other files, files within the file, and what readers compute."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from signer.findings import Code
from signer.qpdf.actions import Found
from signer.qpdf.whole import Held, Whole, short

_PLAYED = frozenset({"3D", "RichMedia", "Movie", "Screen", "Sound"})  # annotations, ISO 32000-2 Table 171
_PROGRAMS = frozenset(
    {"app", "bat", "bin", "cmd", "com", "cpl", "dll", "dmg", "docm", "elf", "exe", "gadget", "hta", "iso"}
    | {"jar", "js", "jse", "lnk", "msc", "msi", "msix", "pif", "pl", "pptm", "ps1", "py", "reg", "scf", "scr"}
    | {"sh", "so", "sys", "url", "vb", "vbe", "vbs", "wsf", "wsh", "xlsm"}
)
"""How the names of files end that a system runs."""

_RIGHTS = ("/UR", "/UR3")


KEYS = frozenset(
    {"/Subtype", "/Subtype2", "/OPI", "/Alternates", "/AlternatePresentations", "/XFA", "/NeedsRendering"}
    | {"/EF", "/F", "/FFilter", "/PieceInfo", "/Type"}
)
"""What `outside` looks at."""


def outside(held: Held, whole: Whole) -> Iterator[Found]:
    """Yield what this dictionary fetches, replaces, embeds or plays."""
    entries = held.entries
    if _is_fetched(held, whole):
        yield Code.EXTERNAL_CONTENT, {}
    if whole.dictionary(entries.get("/OPI")) or whole.array(entries.get("/Alternates")):
        yield Code.OTHER_PICTURE, {}
    if held.is_stream and "PS" in (whole.word(entries.get("/Subtype")), whole.word(entries.get("/Subtype2"))):
        yield Code.POSTSCRIPT, {}
    kind = whole.word(entries.get("/Subtype"))
    if kind in _PLAYED and "/Rect" in entries:
        yield Code.MEDIA, {"kind": kind}
    if whole.of(entries.get("/AlternatePresentations")) is not None:
        yield Code.MEDIA, {"kind": "AlternatePresentations"}
    if whole.of(entries.get("/XFA")) is not None or whole.of(entries.get("/NeedsRendering")) is True:
        yield Code.XFA, {}
    yield from _files(entries, whole)
    if "/PieceInfo" in entries:
        yield Code.PRIVATE_DATA, {}


def _is_fetched(held: Held, whole: Whole) -> bool:
    """Tell whether content lies in another file (§7.3.8.2), or is a page of another one (§8.10.4)."""
    entries = held.entries
    if held.is_stream and any(whole.of(entries.get(key)) is not None for key in ("/F", "/FFilter")):
        return True
    return held.is_stream and whole.word(entries.get("/Subtype")) == "Form" and "/Ref" in entries


def _files(entries: Mapping[str, Any], whole: Whole) -> Iterator[Found]:
    """Yield the file that a file specification embeds or names (§7.11)."""
    names = [whole.word(entries.get(key)) for key in ("/UF", "/F", "/Unix", "/DOS", "/Mac")]
    named = [name for name in names if name]
    if whole.dictionary(entries.get("/EF")):
        kinds = {PurePosixPath(name.rstrip(" .").casefold()).suffix[1:] for name in named}
        code = Code.EMBEDDED_PROGRAM if kinds & _PROGRAMS else Code.EMBEDDED_FILE
        yield code, {"file": short(named[0] if named else "")}
    elif whole.word(entries.get("/Type")) in ("Filespec", "F"):
        yield Code.OTHER_FILE, {"to": short(named[0] if named else "")}


def of_catalog(whole: Whole) -> Iterator[Found]:
    """Yield what the catalogue asks of readers."""
    root = whole.root
    if whole.of(root.get("/Collection")) is not None:
        yield Code.PORTFOLIO, {}
    if whole.of(root.get("/Requirements")) is not None:
        yield Code.REQUIREMENTS, {}
    if any(key in whole.dictionary(root.get("/Perms")) for key in _RIGHTS):
        yield Code.USAGE_RIGHTS, {}
    if whole.of(whole.dictionary(root.get("/AcroForm")).get("/NeedAppearances")) is True:
        yield Code.NEEDS_APPEARANCES, {}
