"""For each code of `signer.findings` a change to a small document that makes it found."""

import io
from collections.abc import Callable, Mapping

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from signer.drafting import draft
from signer.findings import Code
from tests.signer.drafting_samples import dispatch, rewritten

Change = Callable[[pikepdf.Pdf], object]


def script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def appearance(pdf: pikepdf.Pdf, content: bytes = b"0 0 9 9 re f", **entries: object) -> pikepdf.Object:
    return pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 90, 20], **entries)


def annotation(subtype: str = "/Stamp", **entries: object) -> Change:
    """Put an annotation on page 1; with an appearance, unless `AP` says otherwise."""

    def change(pdf: pikepdf.Pdf) -> None:
        looks = entries.get("AP", Dictionary(N=appearance(pdf)))
        made = Dictionary(
            Type=Name.Annot, Subtype=Name(subtype), Rect=[60, 60, 150, 80], **entries | {"AP": looks}
        )
        made.F = entries.get("F", 4)
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(made)])

    return change


def clicked(**action: object) -> Change:
    return annotation("/Link", A=Dictionary(**action))


def of_catalog(**entries: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            pdf.Root[f"/{key}"] = value

    return change


def stream(content: bytes = b"", **entries: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        made = pdf.make_stream(content, **entries)
        pdf.pages[0].obj.Resources.XObject = Dictionary(X1=made)

    return change


def field(*, at: tuple[int, ...] = (60, 60, 150, 80), name: str = "cost", **entries: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        widget = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, Rect=list(at), AP=Dictionary(N=appearance(pdf)),
                FT=Name.Tx, T=String(name), **{"F": 4} | entries,
            )
        )  # fmt: skip
        page = pdf.pages[0].obj
        page.Annots = Array([*page.get("/Annots", []), widget])
        if "/AcroForm" not in pdf.Root:
            pdf.Root.AcroForm = Dictionary(Fields=[])
        pdf.Root.AcroForm.Fields.append(widget)

    return change


def both(*changes: Change) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        for each in changes:
            each(pdf)

    return change


def layer(*, usage: Dictionary | None = None, **shown: object) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Nền")))
        used = Dictionary(**{key: Array([group]) for key in shown})
        if usage is not None:
            group.Usage = usage
            used.AS = Array([Dictionary(Event=Name.Print, OCGs=[group], Category=[Name.Print])])
        pdf.Root.OCProperties = Dictionary(OCGs=[group], D=used)

    return change


def rule(pdf: pikepdf.Pdf) -> None:
    layer()(pdf)
    member = Dictionary(Type=Name.OCMD, OCGs=pdf.Root.OCProperties.OCGs, P=Name.AllOff)
    pdf.pages[0].obj.Resources.Properties = Dictionary(M1=member)


def attached(name: str) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        file = Dictionary(Type=Name.Filespec, F=String(name), EF=Dictionary(F=pdf.make_stream(b"MZ")))
        pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=[String("1"), file]))

    return change


def spare_page(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Shadow = pdf.make_indirect(Dictionary(Type=Name.Page, Contents=pdf.make_stream(b"0 0 9 9 re f")))


def font(pdf: pikepdf.Pdf) -> None:
    made = Dictionary(Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/Arial"))
    pdf.pages[0].obj.Resources.Font.Other = made


def alternates(pdf: pikepdf.Pdf) -> None:
    other = pdf.make_stream(b"\0", Subtype=Name.Image, Width=1, Height=1)
    picture = pdf.make_stream(b"\0", Subtype=Name.Image, Width=1, Height=1)
    picture.Alternates = Array([Dictionary(Image=other, DefaultForPrinting=True)])
    pdf.pages[0].obj.Resources.XObject = Dictionary(X1=picture)


def hover(pdf: pikepdf.Pdf) -> None:
    annotation(AP=Dictionary(N=appearance(pdf), R=appearance(pdf, b"")))(pdf)


MADE: Mapping[Code, Change] = {
    Code.SCRIPT: clicked(S=Name.JavaScript, JS=String("app.alert(1)")),
    Code.PROGRAM: clicked(S=Name.Launch, F=String("calc.exe")),
    Code.XFA: of_catalog(AcroForm=Dictionary(Fields=[], XFA=String("<xdp/>"))),
    Code.EXTERNAL_CONTENT: stream(F=String("elsewhere.bin")),
    Code.AUTOMATIC_ACTION: of_catalog(OpenAction=Dictionary(S=Name.URI, URI=String("https://example.org"))),
    Code.CHANGING_ACTION: clicked(S=Name.Hide, T=String("cost")),
    Code.FORM_DATA: clicked(S=Name.ResetForm),
    Code.UNKNOWN_ACTION: clicked(S=Name("/Tomorrow")),
    Code.MEDIA: annotation("/RichMedia"),
    Code.PORTFOLIO: of_catalog(Collection=Dictionary(View=Name.D)),
    Code.EMBEDDED_PROGRAM: attached("hoá đơn.pdf.EXE"),
    Code.OTHER_PICTURE: alternates,
    Code.POSTSCRIPT: stream(b"showpage", Type=Name.XObject, Subtype=Name.PS),
    Code.LAYER_OFF: layer(OFF=True),
    Code.LAYER_BY_EVENT: layer(usage=Dictionary(Print=Dictionary(PrintState=Name.OFF))),
    Code.LAYER_RULE: rule,
    Code.PRINT_ONLY: annotation(F=4 | 32),
    Code.OTHER_LOOKS: hover,
    Code.DORMANT_PAGE: spare_page,
    Code.NEEDS_APPEARANCES: of_catalog(AcroForm=Dictionary(Fields=[], NeedAppearances=True)),
    Code.FIELD_OVER_PLACE: both(field(name="number"), field()),
    Code.LAYERS: layer(),
    Code.HIDDEN_FIELD: field(F=2),
    Code.HIDDEN_ANNOTATION: annotation(F=2),
    Code.SCREEN_ONLY: annotation(F=0),
    Code.OPEN_FIELD: field(),
    Code.FIELD_OVER_FIELD: both(field(), field(name="other", at=(100, 70, 200, 90))),
    Code.LINK: clicked(S=Name.URI, URI=String("https://example.org")),
    Code.OTHER_FILE: clicked(S=Name.GoToR, F=String("other.pdf"), D=[0, Name.Fit]),
    Code.EMBEDDED_FILE: attached("phu-luc.csv"),
    Code.FONT_NOT_EMBEDDED: font,
    Code.PRIVATE_DATA: of_catalog(PieceInfo=Dictionary(Illustrator=Dictionary(Private=1))),
    Code.REQUIREMENTS: of_catalog(Requirements=Array([Dictionary(S=Name.EnableJavaScripts)])),
    Code.USAGE_RIGHTS: of_catalog(Perms=Dictionary(UR3=Dictionary(Type=Name.Sig))),
}
"""What can be made by changing a sound file; the other codes are about its bytes, or about what is drawn."""


def drafted() -> bytes:
    """A draft that has nothing to tell but our own standard font."""
    return draft(dispatch()).pdf


def with_loose(pdf: bytes, body: bytes = b"<< /Type /XObject /Length 0 >> stream\n\nendstream") -> bytes:
    """Add a revision with an object that nothing refers to."""
    with pikepdf.Pdf.open(io.BytesIO(pdf)) as opened:
        size, root = int(opened.trailer["/Size"]), opened.Root.objgen[0]
    before = pdf.rindex(b"startxref")
    last = int(pdf[before:].split()[1])
    start = len(pdf) + 1
    added = b"\n%d 0 obj\n%s\nendobj\n" % (size, body)
    table = (
        b"xref\n%d 1\n%010d 00000 n \ntrailer << /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    )
    return pdf + added + table % (size, start, size + 1, root, last, len(pdf) + len(added))


def without_table(pdf: bytes) -> bytes:
    return pdf.replace(b"startxref", b"startxxxx")


def made(code: Code) -> bytes:
    """Return a file in which this is found."""
    plain = rewritten(dispatch(), lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    if code is Code.REPAIRED:
        return without_table(plain)
    if code is Code.DORMANT_OBJECT:
        return with_loose(plain)
    return rewritten(dispatch(), MADE[code])
