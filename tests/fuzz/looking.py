"""What a page shows, by qpdf's reading: another reader than the one that is tested."""

import hashlib
import io

import pikepdf

REMARKS = frozenset({"/Text", "/Popup", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly"})
Look = tuple[object, ...]


def look(pdf: bytes) -> Look:
    """Return what the first page is made of, without remarks and widgets that have no area."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        page = opened.pages[0]
        page.contents_coalesce()
        content = page.Contents.read_bytes()
        fonts = dict(page.resources.get("/Font", pikepdf.Dictionary()).items())
        return (
            len(opened.pages),
            content,
            tuple(float(each) for each in page.mediabox),
            tuple(float(each) for each in page.cropbox),
            str(page.obj.get("/Rotate", 0)),
            str(page.obj.get("/UserUnit", 1)),
            tuple(sorted((name, str(fonts[name].get("/BaseFont"))) for name in fonts)),
            tuple(sorted(_shown(each) for each in page.obj.get("/Annots", ()) if _shown(each))),
        )


def _shown(annotation: pikepdf.Object) -> str:
    """What an annotation looks like, but for the look of fields, which may be filled in."""
    kind = str(annotation.get("/Subtype", ""))
    left, bottom, right, top = (float(each) for each in annotation.get("/Rect", (0, 0, 0, 0)))
    if kind in REMARKS or (kind == "/Widget" and (left == right or bottom == top)):
        return ""
    drawn = "" if "/FT" in annotation and annotation.FT != "/Sig" else _drawn(annotation)
    return f"{kind} {left} {bottom} {right} {top} {annotation.get('/F', 0)} {drawn}"


def _drawn(annotation: pikepdf.Object) -> str:
    look = annotation.get("/AP", pikepdf.Dictionary()).get("/N")
    if not isinstance(look, pikepdf.Stream):
        return "" if look is None else str(sorted(look.keys()))
    placed = [str(look.get(name)) for name in ("/BBox", "/Matrix")]
    return f"{hashlib.sha256(look.read_bytes()).hexdigest()} {placed}"
