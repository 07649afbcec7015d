"""Vectors with an unusual anatomy: written by hand, or other vectors rearranged with qpdf or pikepdf."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, String

_ROOT = Path(__file__).parents[3]


def typst_pdfa_2a(out: Path) -> None:
    """Typst, tagged PDF/A-2a: the demonstration's own document. typst."""
    sys.path.insert(0, str(_ROOT))
    from exchange.demo.document import DEMO_DOCUMENT, set_document

    out.write_bytes(set_document(DEMO_DOCUMENT))


def word_hybrid_xref(out: Path) -> None:
    """As Word writes: a classic table, then an empty one whose /XRefStm names what is compressed. By hand."""
    catalog = b"<</Type/Catalog/Pages 2 0 R/StructTreeRoot 8 0 R/MarkInfo<</Marked true>>>>"
    bodies = _plain_bodies(catalog)
    packed = zlib.compress(b"8 0 <</Type/StructTreeRoot/K[]/RoleMap<<>>>>")
    bodies[7] = _stream(b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", packed)
    file, offsets = _written(b"%PDF-1.5\r\n%\xb5\xb5\xb5\xb5\r\n", bodies)
    first, common = len(file), b"/Root 1 0 R/Info 6 0 R/ID[<%s><%s>]" % (b"A5" * 16, b"A5" * 16)
    file += _table({**offsets, 8: None}, b"<</Size 9%s>>" % common)
    file += b"startxref\r\n%d\r\n%%%%EOF\r\n" % first
    # What a reader of PDF 1.5 sees besides: object 8 lies in stream 7, and 9 is this stream itself.
    stream_at = len(file)
    entries = zlib.compress(struct.pack(">BIBBIB", 2, 7, 0, 1, stream_at, 0))
    table = b"/Type/XRef/Size 10/W[1 4 1]/Index[8 2]/Root 1 0 R/Filter/FlateDecode"
    file += b"9 0 obj\r\n%s\r\nendobj\r\n" % _stream(table, entries)
    second = len(file)
    trailer = b"<</Size 10%s/Prev %d/XRefStm %d>>" % (common, first, stream_at)
    file += b"xref\r\n0 0\r\ntrailer\r\n%s\r\nstartxref\r\n%d\r\n%%%%EOF" % (trailer, second)
    out.write_bytes(bytes(file))


def rotated_90(out: Path) -> None:
    """A page lying on its side, turned upright by /Rotate 90. pikepdf, from libreoffice-docx.pdf."""
    _lay_down(out.with_name("libreoffice-docx.pdf"), out, rotate=90, matrix=b"0 1 -1 0 841.89 0")


def rotated_270(out: Path) -> None:
    """As rotated_90, the other way, over two pages. pikepdf, from weasyprint.pdf."""
    _lay_down(out.with_name("weasyprint.pdf"), out, rotate=270, matrix=b"0 -1 1 0 0 595.28")


def object_streams(out: Path) -> None:
    """Object streams and a compressed cross-reference only. qpdf, from chromium.pdf."""
    _qpdf("--object-streams=generate", "--static-id", str(out.with_name("chromium.pdf")), str(out))


def linearized(out: Path) -> None:
    """Linearized ("fast web view"): two tables. qpdf, from libreoffice-docx.pdf."""
    _qpdf("--linearize", "--static-id", str(out.with_name("libreoffice-docx.pdf")), str(out))


def broken_xref(out: Path) -> None:
    """Every offset is wrong, and startxref too: a mail gateway added a line. From reportlab.pdf."""
    good = out.with_name("reportlab.pdf").read_bytes()
    header, _, rest = good.partition(b"\n")
    out.write_bytes(header + b"\n% passed the mail gateway of nobody, which added this line\n" + rest)


def old_pdf_13(out: Path) -> None:
    """PDF 1.3 as in 1999: lines end in CR, a Type 1 font not embedded, nothing compressed. By hand."""
    bodies = _plain_bodies(b"<</Type/Catalog/Pages 2 0 R>>")
    file, offsets = _written(b"%PDF-1.3\r%\xe2\xe3\xcf\xd3\r", bodies, end=b"\r")
    start = len(file)
    file += _table(offsets, b"<</Size 7/Root 1 0 R/Info 6 0 R>>", end=b"\r")
    out.write_bytes(bytes(file) + b"startxref\r%d\r%%%%EOF\r" % start)


def crop_box(out: Path) -> None:
    """A MediaBox that begins elsewhere, a smaller CropBox in it. pikepdf, from libreoffice-docx.pdf."""
    with pikepdf.open(out.with_name("libreoffice-docx.pdf")) as pdf:
        for page in pdf.pages:
            page.contents_add(b"q 1 0 0 1 -200 150 cm", prepend=True)
            page.contents_add(b"Q")
            page.MediaBox = Array([-240, 100, 440, 1050])
            page.CropBox = Array([-200, 150, 395.28, 991.89])
        pdf.save(out, static_id=True)


def inherited_pages(out: Path) -> None:
    """A page with no box and no resources of its own: inherited. pikepdf, from libreoffice-docx.pdf."""
    with pikepdf.open(out.with_name("libreoffice-docx.pdf")) as pdf:
        page = pdf.pages[0].obj
        leaf = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array([page]), Count=1))
        leaf.Resources, leaf.MediaBox = page.Resources, page.MediaBox
        del page.Resources, page.MediaBox
        page.Parent, leaf.Parent = leaf, pdf.Root.Pages
        pdf.Root.Pages.Kids = Array([leaf])
        pdf.Root.Pages.Rotate = 0
        pdf.save(out, static_id=True)


def revisions(out: Path) -> None:
    """Three revisions: a remark was added, then changed; the old one still lies in the file. By hand."""
    catalog = b"<</Type/Catalog/Pages 2 0 R>>"
    file, offsets = _written(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", _plain_bodies(catalog), end=b"\n")
    start = len(file)
    file += _table(offsets, b"<</Size 7/Root 1 0 R/Info 6 0 R>>", end=b"\n")
    file += b"startxref\n%d\n%%%%EOF\n" % start
    page = _plain_bodies(catalog)[3].replace(b"/Contents", b"/Annots[7 0 R]/Contents")
    for words in (b"first remark", b"second remark"):
        note = b"<</Type/Annot/Subtype/Text/Rect[500 300 520 320]/Contents(%s)/F 4>>" % words
        places = {}
        for number, body in ((3, page), (7, note)):
            places[number] = len(file)
            file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = len(file)
        file += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % place for place in places.items())
        file += b"trailer\n<</Size 8/Root 1 0 R/Info 6 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            start,
            table,
        )
        start = table
    out.write_bytes(bytes(file))


def user_unit(out: Path) -> None:
    """A page measured in units of two points. pikepdf, from libreoffice-docx.pdf."""
    with pikepdf.open(out.with_name("libreoffice-docx.pdf")) as pdf:
        for page in pdf.pages:
            page.contents_add(b"q 0.5 0 0 0.5 0 0 cm", prepend=True)
            page.contents_add(b"Q")
            page.MediaBox = Array([0, 0, 297.64, 420.945])
            page.obj.UserUnit = 2
        pdf.save(out, min_version="1.6", static_id=True)


def rich_catalog(out: Path) -> None:
    """Outlines, a link, page labels, a layer, an attached file. pikepdf, from weasyprint.pdf."""
    with pikepdf.open(out.with_name("weasyprint.pdf")) as pdf:
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Thông báo", 0))
        attached = pikepdf.AttachedFileSpec(
            pdf, b"so,ten\n1,An\n", filename="phu-luc.csv", mime_type="text/csv"
        )
        pdf.attachments["phu-luc.csv"] = attached
        link = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([90, 300, 200, 320]),
            Border=Array([0, 0, 0]),
            Dest=Array([pdf.pages[-1].obj, Name.Fit]),
        )
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])
        pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D)]))
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Nền")))
        pdf.Root.OCProperties = Dictionary(
            OCGs=Array([layer]), D=Dictionary(ON=Array([layer]), Order=Array([layer]))
        )
        pdf.save(out, static_id=True)


def _qpdf(*arguments: str) -> None:
    subprocess.run(("qpdf", *arguments), check=True)


def _lay_down(source: Path, out: Path, *, rotate: int, matrix: bytes) -> None:
    """Turn each page's content on its side, and let /Rotate stand it up again."""
    with pikepdf.open(source) as pdf:
        for page in pdf.pages:
            page.contents_add(b"q %s cm" % matrix, prepend=True)
            page.contents_add(b"Q")
            page.MediaBox = Array([0, 0, 841.89, 595.28])
            if Name.CropBox in page:
                del page.CropBox
            page.rotate(rotate, relative=False)
        pdf.save(out, static_id=True)


def _plain_bodies(catalog: bytes) -> dict[int, bytes]:
    """Return the six objects of a one-page file: catalog, pages, page, content, font, information."""
    lines = (b"PEOPLE'S COMMITTEE OF THANH SON PROVINCE", b"A plain page of an old producer.", b"Chairman")
    content = b"BT /F1 12 Tf 85 780 Td 24 TL " + b" ".join(b"(%s) Tj T*" % line for line in lines) + b" ET"
    return {
        1: catalog,
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Resources<</Font<</F1 5 0 R>>"
        b"/ProcSet[/PDF/Text]>>/Contents 4 0 R>>",
        4: _stream(b"", content),
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>",
        6: b"<</Producer(nobody's typewriter 1.0)/CreationDate(D:19990302010203Z)>>",
    }


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\r\nstream\r\n%s\r\nendstream" % (entries, len(data), data)


def _written(
    header: bytes, bodies: dict[int, bytes], end: bytes = b"\r\n"
) -> tuple[bytearray, dict[int, int | None]]:
    """Write the objects one after the other; return the file so far and each object's offset."""
    file, offsets = bytearray(header), {}
    for number, body in bodies.items():
        offsets[number] = len(file)
        file += b"%d 0 obj%s%s%sendobj%s" % (number, end, body, end, end)
    return file, offsets


def _table(offsets: dict[int, int | None], trailer: bytes, end: bytes = b"\r\n") -> bytes:
    """Write a classic cross-reference table (ISO 32000-1, 7.5.4: 20 bytes an entry) and its trailer."""
    rows = [b"0000000000 65535 f"]
    rows += [b"0000000000 00000 f" if at is None else b"%010d 00000 n" % at for at in offsets.values()]
    two = end if len(end) == 2 else b" " + end
    table = b"xref%s0 %d%s" % (end, len(rows), end) + b"".join(row + two for row in rows)
    return table + b"trailer%s%s%s" % (end, trailer, end)
