"""The small documents that are signed: one page with a text field, written in two ways."""

import io

import pikepdf
from pikepdf import Array, Dictionary, Name, String


def page(*, packed: bool = False, signature_field: bool = False, direct: bool = False) -> bytes:
    """A page with a text field; with object streams, with an empty signature field, with direct arrays."""
    with pikepdf.new() as pdf:
        sheet = pdf.add_blank_page(page_size=(595, 842))
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        resources = Dictionary(Font=Dictionary(Helv=font))
        sheet.obj.Resources = resources
        sheet.obj.Contents = pdf.make_stream(b"BT /Helv 14 Tf 90 700 Td (Van ban so 1) Tj ET")
        shown = pdf.make_stream(
            b"/Tx BMC EMC",
            Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 200, 24]), Resources=resources,
        )  # fmt: skip
        text = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("note"), F=4, P=sheet.obj,
                DA=String("/Helv 12 Tf 0 g"), Rect=Array([90, 600, 290, 624]), AP=Dictionary(N=shown),
            )
        )  # fmt: skip
        fields = [text]
        if signature_field:
            fields.append(
                pdf.make_indirect(
                    Dictionary(
                        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("waiting"), F=132,
                        P=sheet.obj, Rect=Array([300, 100, 480, 160]),
                    )
                )
            )  # fmt: skip
        sheet.obj.Annots = Array(fields) if direct else pdf.make_indirect(Array(fields))
        form = Dictionary(Fields=Array(fields), DA=String("/Helv 0 Tf 0 g"), DR=resources)
        pdf.Root.AcroForm = form if direct else pdf.make_indirect(form)
        output = io.BytesIO()
        mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
        pdf.save(output, object_stream_mode=mode, static_id=True)
    return output.getvalue()
