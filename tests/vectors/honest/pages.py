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


def plain() -> bytes:
    """A page without a form, with a plain table: what the simplest programs can extend."""
    content = b"BT /F1 14 Tf 90 700 Td (Van ban so 1) Tj ET"
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Producer (by hand) >>",
    ]
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    lines = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(places) + 1, lines)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\n" % (len(places) + 1)
    return out + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(out)
