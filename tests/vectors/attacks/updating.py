"""Changes that an attacker makes to a signed file in a well-formed incremental update."""

from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.vectors.attacks.appending import EVIL

Change = Callable[[IncrementalPdfFileWriter], None]


def made(value: object) -> Any:
    """Plain values turned into pyHanko's: dict, list, str ("/Name" is a name), numbers, truth values."""
    if isinstance(value, generic.PdfObject):
        return value
    if isinstance(value, dict):
        return generic.DictionaryObject({pdf_name(key): made(each) for key, each in value.items()})
    if isinstance(value, list):
        return generic.ArrayObject(made(each) for each in value)
    if isinstance(value, str):
        return pdf_name(value) if value.startswith("/") else generic.pdf_string(value)
    return generic.BooleanObject(value) if isinstance(value, bool) else generic.NumberObject(value)


def drawing(writer: IncrementalPdfFileWriter, data: bytes = EVIL) -> generic.IndirectObject:
    """A form that shows the red rectangle in the place of the page."""
    entries = made({"/Type": "/XObject", "/Subtype": "/Form", "/BBox": [0, 0, 595, 842]})
    return writer.add_object(generic.StreamObject(entries, stream_data=data))


def form(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    found = writer.root["/AcroForm"]
    raw = writer.root.raw_get("/AcroForm")
    if isinstance(raw, generic.IndirectObject):
        writer.mark_update(raw)
    else:
        writer.update_root()
    return found


def field(writer: IncrementalPdfFileWriter, name: str) -> generic.DictionaryObject:
    reference = next(each for each in writer.root["/AcroForm"]["/Fields"] if each.get_object()["/T"] == name)
    writer.mark_update(reference)
    return reference.get_object()


def page(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    reference = writer.find_page_for_modification(0)[0]
    writer.mark_update(reference)
    return reference.get_object()


def content(writer: IncrementalPdfFileWriter) -> generic.IndirectObject:
    """The reference of the page's (first) content stream."""
    raw = writer.find_page_for_modification(0)[0].get_object().raw_get("/Contents")
    return raw.get_object().raw_get(0) if isinstance(raw.get_object(), generic.ArrayObject) else raw


# Incremental saving


def new_content(writer: IncrementalPdfFileWriter) -> None:
    """The page gets another content."""
    page(writer)[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=EVIL))


def content_in_place(writer: IncrementalPdfFileWriter) -> None:
    """The content is replaced under its own number."""
    reference = content(writer)
    stream = reference.get_object()
    stream._data, stream._encoded_data = EVIL, None
    for key in ("/Filter", "/DecodeParms"):
        stream.pop(key, None)
    writer.mark_update(reference)


def other_page(writer: IncrementalPdfFileWriter) -> None:
    """The page tree gets a page before the first."""
    pages = writer.root["/Pages"]
    new = made({"/Type": "/Page", "/Parent": writer.root.raw_get("/Pages"), "/MediaBox": [0, 0, 595, 842]})
    new[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=EVIL))
    pages["/Kids"].insert(0, writer.add_object(new))
    pages[pdf_name("/Count")] = generic.NumberObject(2)
    writer.update_container(pages["/Kids"])
    writer.update_container(pages)


def second_catalogue(writer: IncrementalPdfFileWriter) -> None:
    """The trailer names another catalogue, with an action when the file is opened."""
    root = generic.DictionaryObject(writer.root)
    root[pdf_name("/OpenAction")] = made({"/S": "/URI", "/URI": "https://example.invalid/"})
    writer.trailer["/Root"] = writer.add_object(root)
    writer._root = writer.trailer.raw_get("/Root")


def smaller_box(writer: IncrementalPdfFileWriter) -> None:
    """The page is cut."""
    page(writer)[pdf_name("/CropBox")] = made([0, 0, 300, 842])


def other_fonts(writer: IncrementalPdfFileWriter) -> None:
    """The page's resources are replaced: its text loses its fonts."""
    page(writer)[pdf_name("/Resources")] = made({"/Font": {}})


def layer_hidden(writer: IncrementalPdfFileWriter) -> None:
    """The catalogue gets optional content that hides groups."""
    group = writer.add_object(made({"/Type": "/OCG", "/Name": "x"}))
    writer.root[pdf_name("/OCProperties")] = made({"/OCGs": [group], "/D": {"/OFF": [group]}})
    writer.update_root()


def signature_removed(writer: IncrementalPdfFileWriter) -> None:
    """The seal's field is emptied."""
    del field(writer, "layer2")["/V"]


def form_removed(writer: IncrementalPdfFileWriter) -> None:
    del writer.root["/AcroForm"]
    writer.update_root()


# Shadow attacks


def appearances_anew(writer: IncrementalPdfFileWriter) -> None:
    """Readers are told to draw fields from their values: another look, where value and look differ."""
    form(writer)[pdf_name("/NeedAppearances")] = made(True)


def larger_default(writer: IncrementalPdfFileWriter) -> None:
    form(writer)[pdf_name("/DA")] = made("/Helv 90 Tf 1 0 0 rg")


def other_quadding(writer: IncrementalPdfFileWriter) -> None:
    form(writer)[pdf_name("/Q")] = made(2)


def font_redefined(writer: IncrementalPdfFileWriter) -> None:
    """What the form calls /CvSerif is now another font."""
    fonts = form(writer)["/DR"]["/Font"]
    fonts[pdf_name("/CvSerif")] = fonts.raw_get("/CvSerifItalic")
    writer.update_container(fonts)


def font_replaced(writer: IncrementalPdfFileWriter) -> None:
    """The font object of the form is replaced in its place."""
    reference = form(writer)["/DR"]["/Font"].raw_get("/CvSerif")
    reference.get_object()[pdf_name("/FirstChar")] = made(60)
    writer.mark_update(reference)


def font_added(writer: IncrementalPdfFileWriter) -> None:
    """The form gets one font more: harmless, but nothing is left to be set in it after a seal."""
    fonts = form(writer)["/DR"]["/Font"]
    fonts[pdf_name("/Extra")] = writer.add_object(
        made({"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"})
    )
    writer.update_container(fonts)


def number_redrawn(writer: IncrementalPdfFileWriter) -> None:
    """The number shows something else than its value."""
    field(writer, "number")[pdf_name("/AP")] = made({"/N": drawing(writer)})


def number_hidden(writer: IncrementalPdfFileWriter) -> None:
    field(writer, "number")[pdf_name("/F")] = made(2)


def number_changed(writer: IncrementalPdfFileWriter) -> None:
    field(writer, "number")[pdf_name("/V")] = made("99")


def symbol_changed(writer: IncrementalPdfFileWriter) -> None:
    field(writer, "number")[pdf_name("/TM")] = made("CP")


def lock_removed(writer: IncrementalPdfFileWriter) -> None:
    del field(writer, "layer2")["/Lock"]


def seal_hidden(writer: IncrementalPdfFileWriter) -> None:
    field(writer, "layer2")[pdf_name("/F")] = made(2)


def seal_enlarged(writer: IncrementalPdfFileWriter) -> None:
    """The seal's widget covers the page."""
    field(writer, "layer2")[pdf_name("/Rect")] = made([0, 0, 595, 842])


# Annotations


def annotated(kind: str) -> Change:
    """An annotation of this kind is laid over the text, with the red rectangle as its look."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        entries = {"/Type": "/Annot", "/Subtype": kind, "/Rect": [50, 300, 450, 600], "/F": 4}
        note = made({**entries, "/Contents": "1.000.000", "/AP": {"/N": drawing(writer)}})
        target = page(writer)
        if "/Annots" not in target:
            target[pdf_name("/Annots")] = generic.ArrayObject()
        target["/Annots"].append(writer.add_object(note))
        writer.update_container(target["/Annots"])

    change.__name__ = f"annotated_{kind[1:].lower()}"
    return change


def linked(writer: IncrementalPdfFileWriter) -> None:
    """A link over the page."""
    action = {"/S": "/URI", "/URI": "https://example.invalid/"}
    entries = {"/Type": "/Annot", "/Subtype": "/Link", "/Rect": [0, 0, 595, 842], "/A": action}
    page(writer)["/Annots"].append(writer.add_object(made(entries)))
    writer.update_container(page(writer)["/Annots"])


# New fields


def added(name: str = "evil", **more: object) -> Change:
    """A new signature field with these entries; its look is the red rectangle unless they say otherwise."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        entries: dict[str, object] = {
            "/FT": "/Sig",
            "/T": name,
            "/Type": "/Annot",
            "/Subtype": "/Widget",
            "/F": 132,
            "/Rect": [0, 0, 0, 0],
        }
        entries |= {f"/{key}": value for key, value in more.items()}
        if "AP" not in more:
            entries["/AP"] = {"/N": drawing(writer)}
        entries = {
            key: value(writer) if callable(value) else value
            for key, value in entries.items()
            if value is not None
        }
        reference = writer.add_object(made(entries))
        fields = form(writer)["/Fields"]
        fields.append(reference)
        writer.update_container(fields)
        writer.register_annotation(writer.find_page_for_modification(0)[0], reference)

    return change


def five_numbers(writer: IncrementalPdfFileWriter) -> None:
    """A rectangle of five numbers is invisible to pyHanko; the field is named like one of the date's."""
    added("year", Rect=[0, 300, 595, 842, 0])(writer)


def text_in_rectangle(writer: IncrementalPdfFileWriter) -> None:
    added("year", Rect=[0, 300, 595, "842"])(writer)


def indirect_rectangle(writer: IncrementalPdfFileWriter) -> None:
    number = writer.add_object(made(842))
    added("year", Rect=[0, 300, 595, number])(writer)


def over_the_page(writer: IncrementalPdfFileWriter) -> None:
    """An unsigned field that covers the page (sneaky signature attack)."""
    added(Rect=[0, 0, 595, 842])(writer)


def small_but_drawn(writer: IncrementalPdfFileWriter) -> None:
    """An unsigned field without extent that has a look."""
    added()(writer)


def with_script(writer: IncrementalPdfFileWriter) -> None:
    """A field that shows nothing, but runs a script."""
    script = {"/S": "/JavaScript", "/JS": "this.getField('number').value = '99'"}
    added(AP=None, AA={"/PO": script})(writer)


def with_ground(writer: IncrementalPdfFileWriter) -> None:
    """A field without a look, but with a ground that readers paint."""
    added(AP=None, Rect=[50, 300, 450, 600], MK={"/BG": [1, 0, 0]})(writer)


def text_field(writer: IncrementalPdfFileWriter) -> None:
    added(FT="/Tx", Rect=[50, 300, 450, 600], V="1.000.000", DA="/Helv 20 Tf 0 g")(writer)


def borrowed_content(writer: IncrementalPdfFileWriter) -> None:
    """A new signature takes the page's content for its parameters, and so replaces it.

    pyHanko holds whatever /TransformParams names to be explained.
    """
    reference = content(writer)
    content_in_place(writer)
    signature = {
        "/Type": "/DocTimeStamp",
        "/Reference": [{"/Type": "/SigRef", "/TransformParams": reference}],
    }
    added("proof", AP=None, V=lambda writer: writer.add_object(made(signature)))(writer)


def borrowed_page(writer: IncrementalPdfFileWriter) -> None:
    """As before, with the page itself."""
    new_content(writer)
    reference = writer.find_page_for_modification(0)[0]
    signature = {
        "/Type": "/DocTimeStamp",
        "/Reference": [{"/Type": "/SigRef", "/TransformParams": reference}],
    }
    added("proof", AP=None, V=lambda writer: writer.add_object(made(signature)))(writer)


# Metadata


def title_changed(writer: IncrementalPdfFileWriter) -> None:
    """The XMP metadata names another title."""
    data = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Keywords>FORGED'
        b"</pdf:Keywords></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    entries = made({"/Type": "/Metadata", "/Subtype": "/XML"})
    writer._update_meta = lambda: None
    writer.root[pdf_name("/Metadata")] = writer.add_object(generic.StreamObject(entries, stream_data=data))
    writer.update_root()


def information_changed(writer: IncrementalPdfFileWriter) -> None:
    """The information dictionary names another title."""
    writer._update_meta = lambda: None
    writer._info.get_object()[pdf_name("/Title")] = made("FORGED")
    writer.mark_update(writer._info)


def seal_renamed(writer: IncrementalPdfFileWriter) -> None:
    """The signature dictionary of the seal is replaced by one with another name."""
    reference = field(writer, "layer2").raw_get("/V")
    reference.get_object()[pdf_name("/Name")] = made("Chính phủ")
    writer.mark_update(reference)


def nothing(writer: IncrementalPdfFileWriter) -> None:
    """An update that changes nothing that is shown."""
    writer.add_object(made("x"))
