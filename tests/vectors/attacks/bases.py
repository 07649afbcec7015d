"""The honest files that the attacks begin with."""

import dataclasses
import io

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.signer.certificates import Keyed, issued

MISSING = 90
"""An object number that the prepared file names and does not have."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bases:
    """One document after layer 1 and after the seal; one that was prepared before anybody signed it.

    `root` is the root of the prepared document's signer and of the stranger.
    """

    signed: bytes
    sealed: bytes
    prepared: bytes
    stranger: Keyed
    root: Keyed


async def bases(signed: bytes, sealed: bytes) -> Bases:
    root = issued("Gốc")
    prepared = await by_another_program(_prepared(), "approval", issued("Trần Thị Bình", root), root)
    stranger = issued("Ủy ban nhân dân tỉnh Thanh Sơn")
    return Bases(signed=signed, sealed=sealed, prepared=prepared, stranger=stranger, root=root)


async def by_another_program(pdf: bytes, field: str, who: Keyed, root: Keyed) -> bytes:
    """The file signed with pyHanko, in a field that is there or a new one that shows nothing."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    if field not in {each.get_object()["/T"] for each in writer.root["/AcroForm"]["/Fields"]}:
        append_signature_field(writer, SigFieldSpec(field))
    store = SimpleCertificateStore()
    store.register(root.certificate)
    metadata = PdfSignatureMetadata(
        field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", signer_key_usage=set()
    )
    signer = PdfSigner(metadata, SimpleSigner(who.certificate, who.info, cert_registry=store))
    return bytes((await signer.async_sign_pdf(writer)).getvalue())


def _prepared() -> bytes:
    """A page with what shadow attacks plant: a missing part of its content, a field with two looks."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        resources = Dictionary(Font=Dictionary(Helv=font))
        page.obj.Resources = resources
        text = pdf.make_stream(b"BT /Helv 20 Tf 100 700 Td (Noi dung) Tj ET ")
        page.obj.Contents = Array([text, text])  # the second is to name what is missing
        shown = pdf.make_stream(
            b"/Tx BMC BT /Helv 20 Tf 2 8 Td (1.000 dong) Tj ET EMC",
            Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 300, 30]), Resources=resources,
        )  # fmt: skip
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T=String("sum"),
                F=4,
                V=String("9.000.000.000 dong"),
                DA=String("/Helv 20 Tf 0 g"),
                Rect=Array([100, 450, 400, 480]),
                AP=Dictionary(N=shown),
            )
        )
        page.obj.Annots = Array([field])
        form = Dictionary(Fields=Array([field]), DA=String("/Helv 0 Tf 0 g"), DR=resources)
        pdf.Root.AcroForm = pdf.make_indirect(form)
        output = io.BytesIO()
        pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.disable, static_id=True)
    pdf_bytes = output.getvalue()
    number = pdf_bytes[pdf_bytes.index(b"/Contents [ ") + 12 :].split()[0]
    named = b"/Contents [ %s 0 R %s 0 R ]" % (number, number)
    missing = b"/Contents [ %s 0 R %d 0 R]" % (number, MISSING)
    assert pdf_bytes.count(named) == 1
    assert len(number) == 1
    return pdf_bytes.replace(named, missing)
