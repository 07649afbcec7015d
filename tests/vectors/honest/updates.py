"""Updates as iText, Acrobat and DSS append them to signed files, written here from their descriptions."""

import io
from collections.abc import Awaitable, Callable, Iterator, Sequence

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.validation.dss import VRI

from tests.vectors.honest.freeing import proof_replaced
from tests.vectors.honest.pages import page
from tests.vectors.honest.people import Desk
from tests.vectors.honest.signing import renewed, signed

Made = Callable[[Desk], Awaitable[bytes]]
Writer = IncrementalPdfFileWriter
Edit = Callable[[Writer], None]
Rectangle = Sequence[float]


def updated(pdf: bytes, *edits: Edit) -> bytes:
    """The file with one more revision."""
    writer = Writer(io.BytesIO(pdf))
    for edit in edits:
        edit(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def filled(pdf: bytes, text: str) -> bytes:
    """The file with its text field filled: a new value, and a new stream that shows it."""

    def change(writer: Writer) -> None:
        field = _field(writer, "note")
        drawn = b"/Tx BMC q BT /Helv 12 Tf 2 7 Td (%b) Tj ET Q EMC" % text.encode("ascii")
        field[pdf_name("/V")] = generic.pdf_string(text)
        field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): _shown(writer, field, drawn)})
        writer.update_container(field)

    return updated(pdf, change)


def _field(writer: Writer, name: str) -> generic.DictionaryObject:
    fields = (each.get_object() for each in writer.root["/AcroForm"]["/Fields"])
    found: generic.DictionaryObject = next(each for each in fields if each["/T"] == name)
    return found


def _shown(writer: Writer, field: generic.DictionaryObject, drawn: bytes) -> generic.IndirectObject:
    left, bottom, right, top = (float(each) for each in field["/Rect"])
    entries = {
        "/Type": pdf_name("/XObject"),
        "/Subtype": pdf_name("/Form"),
        "/BBox": numbers((0, 0, right - left, top - bottom)),
        "/Resources": writer.root["/AcroForm"].raw_get("/DR"),
    }
    return writer.add_object(generic.StreamObject(named(entries), stream_data=drawn))


def named(entries: dict[str, generic.PdfObject]) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(key): value for key, value in entries.items()})


def numbers(values: Rectangle) -> generic.ArrayObject:
    return generic.ArrayObject(generic.FloatObject(each) for each in values)


def sheet_of(writer: Writer) -> generic.DictionaryObject:
    found: generic.DictionaryObject = writer.root["/Pages"]["/Kids"][0].get_object()
    return found


def annotated(subtype: str, rectangle: Rectangle, **more: generic.PdfObject) -> Edit:
    """Add a remark to the first page."""

    def change(writer: Writer) -> None:
        sheet = sheet_of(writer)
        entries = {
            "/Type": pdf_name("/Annot"),
            "/Subtype": pdf_name(subtype),
            "/Rect": numbers(rectangle),
            "/Contents": generic.pdf_string("Xem lại"),
            "/T": generic.pdf_string("Trần Văn Bình"),
            "/M": generic.pdf_string("D:20260203080000+07'00'"),
            "/F": generic.NumberObject(28 if subtype == "/Text" else 4),
            "/P": generic.IndirectObject(sheet.container_ref.idnum, 0, writer),
            **{f"/{key}": value for key, value in more.items()},
        }
        made = writer.add_object(named(entries))
        if "/Annots" not in sheet:
            sheet[pdf_name("/Annots")] = generic.ArrayObject()
        sheet["/Annots"].append(made)
        writer.update_container(sheet["/Annots"])
        if not isinstance(sheet.raw_get("/Annots"), generic.IndirectObject):
            writer.update_container(sheet)

    return change


NOTE = annotated("/Text", (500, 700, 520, 720), Name=pdf_name("/Comment"), C=numbers((1, 0.9, 0.2)))


def _quads(left: float, bottom: float, right: float, top: float) -> generic.ArrayObject:
    return numbers((left, top, right, top, left, bottom, right, bottom))


def _marked(subtype: str, colour: Rectangle) -> Edit:
    place = (90, 698, 180, 714)
    return annotated(subtype, place, QuadPoints=_quads(*place), C=numbers(colour))


def highlighted(writer: Writer) -> None:
    """Mark words as Acrobat does: with an appearance that is multiplied into the page."""
    drawn = named(
        {
            "/Type": pdf_name("/XObject"),
            "/Subtype": pdf_name("/Form"),
            "/BBox": numbers((90, 698, 180, 714)),
            "/Group": named({"/S": pdf_name("/Transparency")}),
            "/Resources": named({"/ExtGState": named({"/G0": named({"/BM": pdf_name("/Multiply")})})}),
        }
    )
    stream = generic.StreamObject(
        drawn, stream_data=b"1 0.82 0 rg /G0 gs 90 698 m 180 698 l 180 714 l 90 714 l h f"
    )
    look = named({"/N": writer.add_object(stream)})
    place = (90, 698, 180, 714)
    annotated("/Highlight", place, QuadPoints=_quads(*place), C=numbers((1, 0.82, 0)), AP=look)(writer)


def with_popup(writer: Writer) -> None:
    """A note with the window that shows it."""
    NOTE(writer)
    sheet = sheet_of(writer)
    note = sheet["/Annots"].raw_get(len(sheet["/Annots"]) - 1)
    window = writer.add_object(
        named(
            {
                "/Type": pdf_name("/Annot"),
                "/Subtype": pdf_name("/Popup"),
                "/Rect": numbers((520, 600, 590, 700)),
                "/Parent": note,
                "/Open": generic.BooleanObject(value=False),
            }
        )
    )
    note.get_object()[pdf_name("/Popup")] = window
    sheet["/Annots"].append(window)
    writer.update_container(sheet["/Annots"])


def annotations_apart(writer: Writer) -> None:
    """The page's list of annotations becomes an object of its own, as Acrobat does when it adds one."""
    sheet = sheet_of(writer)
    held = generic.ArrayObject(sheet["/Annots"])
    sheet[pdf_name("/Annots")] = writer.add_object(held)
    writer.update_container(sheet)


def extended(writer: Writer) -> None:
    """The extension that PAdES with a document time-stamp uses is declared."""
    adobe = named({"/BaseVersion": pdf_name("/1.7"), "/ExtensionLevel": generic.NumberObject(8)})
    writer.root[pdf_name("/Extensions")] = named({"/ADBE": adobe})
    writer.update_root()


def dated(writer: Writer) -> None:
    """Information dictionary and metadata say when the file was stored."""
    info = named(
        {
            "/ModDate": generic.pdf_string("D:20260203080000+07'00'"),
            "/Producer": generic.pdf_string("Another program"),
        }
    )
    writer.set_info(writer.add_object(info))


def described(writer: Writer) -> None:
    """XMP metadata are added that say when the file was stored."""
    body = (
        b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        b' xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:ModifyDate>2026-02-03T08:00:00+07:00</xmp:ModifyDate>'
        b"</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    )
    entries = named({"/Type": pdf_name("/Metadata"), "/Subtype": pdf_name("/XML")})
    writer.root[pdf_name("/Metadata")] = writer.add_object(generic.StreamObject(entries, stream_data=body))
    writer.update_root()


def default_look(writer: Writer) -> None:
    """The form is given the /DA that every form with text fields must have; DSS adds one."""
    form = writer.root["/AcroForm"]
    form[pdf_name("/SigFlags")] = generic.NumberObject(3)
    if "/DA" not in form:
        form[pdf_name("/DA")] = generic.pdf_string("/Helv 0 Tf 0 g ")
    writer.update_container(form)


def sizes_as_reals(writer: Writer) -> None:
    """The page is written again with its box as 595.0 842.0, as iText does when it adds a widget."""
    sheet = sheet_of(writer)
    sheet[pdf_name("/MediaBox")] = numbers(tuple(float(each) for each in sheet["/MediaBox"]))
    writer.update_container(sheet)


def same_again(writer: Writer) -> None:
    """Catalogue and page are written again as they were."""
    writer.update_root()
    writer.update_container(sheet_of(writer))


def unused_object(writer: Writer) -> None:
    """An object is added that nothing uses."""
    writer.add_object(generic.pdf_string("not used"))


def proof_merged(desk: Desk, *, apart: bool) -> Edit:
    """All proof is stored anew in one store, in place or as another object, as DSS does."""

    def change(writer: Writer) -> None:
        store = writer.root["/DSS"]
        again = writer.add_object(generic.StreamObject(stream_data=desk.authority.certificate.dump()))
        fresh = generic.DictionaryObject(store)
        fresh[pdf_name("/Certs")] = generic.ArrayObject([*store["/Certs"], again])
        if apart:
            writer.root[pdf_name("/DSS")] = writer.add_object(fresh)
            writer.update_root()
        else:
            store[pdf_name("/Certs")] = fresh["/Certs"]
            writer.update_container(store)
            writer.update_root()

    return change


def table_rewritten(desk: Desk, *, in_place: bool) -> Edit:
    """What was stored about one signature is stored again, with more, as iText does."""

    def change(writer: Writer) -> None:
        store = writer.root["/DSS"]
        table = store["/VRI"]
        for key in list(table):
            again = writer.add_object(generic.StreamObject(stream_data=desk.authority.certificate.dump()))
            entry = table[key]
            held = [*entry["/Cert"], again] if "/Cert" in entry else [again]
            if in_place:
                entry[pdf_name("/Cert")] = generic.ArrayObject(held)
                writer.update_container(entry)
            else:
                made = generic.DictionaryObject(entry)
                made[pdf_name("/Cert")] = generic.ArrayObject(held)
                made[pdf_name("/TU")] = generic.pdf_string("D:20260203080000Z")
                table[pdf_name(key)] = writer.add_object(made)
            writer.update_container(table)

    return change


def table_left_out(writer: Writer) -> None:
    """The store is written again without what belongs to single signatures, as DSS 6 does."""
    store = generic.DictionaryObject(writer.root["/DSS"])
    del store["/VRI"]
    writer.root[pdf_name("/DSS")] = writer.add_object(store)
    writer.update_root()


def table_direct(writer: Writer) -> None:
    """The store and all in it become direct objects of the catalogue."""
    store = generic.DictionaryObject(writer.root["/DSS"])
    if "/VRI" in store:
        table = generic.DictionaryObject(store["/VRI"])
        for key in list(table):
            table[pdf_name(key)] = generic.DictionaryObject(table[key])
        store[pdf_name("/VRI")] = table
    writer.root[pdf_name("/DSS")] = store
    writer.update_root()


def _after(*edits: Edit, packed: bool = False, **options: object) -> Made:
    async def make(desk: Desk) -> bytes:
        pdf = await signed(desk, page(packed=packed), desk.anh, "a", **options)
        for edit in edits:
            pdf = updated(pdf, edit)
        return pdf

    return make


def _with_proof(change: Callable[[Desk], Edit], *, packed: bool = False, then_renewed: bool = False) -> Made:
    async def make(desk: Desk) -> bytes:
        pdf = await signed(desk, page(packed=packed), desk.anh, "a", stored=True, stamped=True)
        pdf = await renewed(desk, with_table(pdf))
        pdf = updated(pdf, change(desk))
        return await renewed(desk, pdf) if then_renewed else pdf

    return make


def with_table(pdf: bytes) -> bytes:
    """The file with an entry of the store for its signature, where the store has none."""

    def change(writer: Writer) -> None:
        store = writer.root["/DSS"]
        if "/VRI" in store:
            return
        entry = VRI(certs=set(store["/Certs"]), ocsps=set(), crls=set(store["/CRLs"])).as_pdf_object()
        store[pdf_name("/VRI")] = writer.add_object(named({"/" + "A" * 40: writer.add_object(entry)}))
        writer.update_container(store)

    return updated(pdf, change)


async def _approved_then_annotated(desk: Desk) -> bytes:
    pdf = await signed(
        desk, page(signature_field=True), desk.anh, "a", certify=True, docmdp_permissions=MDPPerm.ANNOTATE
    )
    pdf = updated(pdf, NOTE)
    pdf = await signed(desk, pdf, desk.binh, "waiting")
    return updated(pdf, _marked("/Highlight", (1, 1, 0)))


async def _annotated_then_renewed(desk: Desk) -> bytes:
    pdf = await signed(
        desk, page(), desk.anh, "a", certify=True, docmdp_permissions=MDPPerm.ANNOTATE, stored=True,
        archived=True,
    )  # fmt: skip
    return await renewed(desk, updated(pdf, with_popup))


async def _freed(desk: Desk) -> bytes:
    return proof_replaced(await signed(desk, page(), desk.anh, "a", stored=True, stamped=True))


async def _apart_then_signed(desk: Desk) -> bytes:
    pdf = await signed(desk, page(direct=True), desk.anh, "a")
    writer = Writer(io.BytesIO(pdf))
    annotations_apart(writer)
    append_signature_field(writer, SigFieldSpec("b", box=(300, 100, 480, 160)))
    metadata = PdfSignatureMetadata(
        field_name="b", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", signer_key_usage=set()
    )
    made = PdfSigner(metadata, desk.signer(desk.binh))
    return bytes((await made.async_sign_pdf(writer)).getvalue())


def files() -> Iterator[tuple[str, str, Made]]:
    """Yield name, feature and maker of each file."""
    open_to_remarks = {"certify": True, "docmdp_permissions": MDPPerm.ANNOTATE}
    remarks = {
        "note": NOTE,
        "popup": with_popup,
        "highlight": _marked("/Highlight", (1, 1, 0)),
        "highlight-drawn": highlighted,
        "underline": _marked("/Underline", (0, 0.5, 0)),
        "strike-out": _marked("/StrikeOut", (1, 0, 0)),
        "squiggly": _marked("/Squiggly", (1, 0, 0)),
    }
    for name, edit in remarks.items():
        yield f"remark-{name}", "a remark under DocMDP P=3", _after(edit, **open_to_remarks)
    yield "remarks-three", "three remarks under P=3", _after(NOTE, highlighted, with_popup, **open_to_remarks)
    yield "remark-packed", "a remark under P=3, streams", _after(NOTE, packed=True, **open_to_remarks)
    yield "remark-approved", "P=3, remark, approval, remark", _approved_then_annotated
    yield "remark-renewed", "P=3, B-LTA, remark, renewed", _annotated_then_renewed
    yield "extensions", "/Extensions added", _after(extended)
    yield "information", "/Info with another date", _after(dated)
    yield "metadata", "/Metadata added", _after(described)
    yield "default-look", "/DA and /SigFlags", _after(default_look)
    yield "reals", "/MediaBox 595 to 595.0", _after(sizes_as_reals)
    yield "same-again", "objects written again unchanged", _after(same_again)
    yield "unused", "an object nobody uses", _after(unused_object)
    yield "annotations-apart", "/Annots direct to indirect, then an approval", _apart_then_signed
    yield (
        "store-merged",
        "DSS: proof merged in place",
        _with_proof(lambda desk: proof_merged(desk, apart=False)),
    )
    yield (
        "store-replaced",
        "DSS: another store",
        _with_proof(lambda desk: proof_merged(desk, apart=True), then_renewed=True),
    )
    yield (
        "table-rewritten",
        "iText: VRI entry rewritten",
        _with_proof(lambda desk: table_rewritten(desk, in_place=True)),
    )
    yield (
        "table-replaced",
        "iText: VRI entry replaced",
        _with_proof(lambda desk: table_rewritten(desk, in_place=False), then_renewed=True),
    )
    yield (
        "table-rewritten-packed",
        "iText: VRI entry rewritten, streams",
        _with_proof(lambda desk: table_rewritten(desk, in_place=True), packed=True),
    )
    yield "table-left-out", "DSS: VRI left out", _with_proof(lambda _: table_left_out)
    yield "table-direct", "DSS: store direct", _with_proof(lambda _: table_direct)
    yield "proof-freed", "iText: old proof freed", _freed
