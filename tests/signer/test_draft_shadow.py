"""What a "shadow" attack hides in a file before the signature is removed, or told to whoever drafts.

The classes are those of Mainka, Mladenov, Rohlmann, "Shadow Attacks" (2021): hide, replace, hide and replace.
"""

import io
from collections.abc import Callable

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageChops
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from signer.document import Draft
from signer.drafting import draft
from signer.errors import NotSignable
from signer.layout.covered import hidden_text
from tests.signer.drafting_samples import dispatch, rewritten

MARK = b"(another amount)"


def drafted(change: Callable[[pikepdf.Pdf], object]) -> Draft:
    source = rewritten(dispatch(pages=2), change)
    made = draft(source)
    for before, after in zip(pictures(source), pictures(made.pdf), strict=True):
        assert ImageChops.difference(before, after).getbbox() is None
    return made


def pictures(pdf: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=0.5).to_pil() for page in document]
    finally:
        document.close()


def notes(made: Draft) -> list[str]:
    return [str(note) for note in made.notes]


def findings(made: Draft) -> list[str]:
    return [str(finding.line) for finding in made.findings]


def holds(made: Draft, mark: bytes = MARK) -> bool:
    with pikepdf.Pdf.open(io.BytesIO(made.pdf)) as pdf:
        return any(
            mark in bytes(thing.read_bytes()) for thing in pdf.objects if isinstance(thing, pikepdf.Stream)
        )


def look(pdf: pikepdf.Pdf, content: bytes = MARK + b" Tj") -> pikepdf.Object:
    return pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 90, 20])


def annotation(pdf: pikepdf.Pdf, subtype: str, looks: pikepdf.Object, **entries: object) -> pikepdf.Object:
    made = pdf.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name(subtype), Rect=[60, 60, 150, 80], AP=looks, **entries)
    )
    pdf.pages[1].obj.Annots = Array([made])
    return made


def field(pdf: pikepdf.Pdf, looks: pikepdf.Object, **entries: object) -> None:
    widget = annotation(pdf, "/Widget", looks, FT=Name.Tx, T=String("cost"), **entries)
    pdf.Root.AcroForm = Dictionary(Fields=[widget])


def test_a_page_that_only_a_private_entry_knows_is_emptied() -> None:
    def hide(pdf: pikepdf.Pdf) -> None:
        spare = Dictionary(Type=Name.Page, MediaBox=[0, 0, 9, 9], Contents=pdf.make_stream(MARK))
        kids = Array([pdf.make_indirect(spare)])
        pdf.Root.Shadow = Dictionary(Type=Name.Catalog, Pages=Dictionary(Type=Name.Pages, Count=1, Kids=kids))

    made = drafted(hide)
    assert not holds(made)
    assert notes(made) == ["Pages that no reader shows were emptied: 1."]


def test_a_hidden_annotation_is_left_out_and_told() -> None:
    made = drafted(lambda pdf: annotation(pdf, "/Stamp", Dictionary(N=look(pdf)), F=2))
    assert not holds(made)
    assert notes(made) == ["Hidden annotations were left out: 1."]


def test_a_hidden_field_is_told_by_its_name() -> None:
    made = drafted(lambda pdf: field(pdf, Dictionary(N=look(pdf)), F=2))
    assert "Page 2, field cost: The form has a hidden field." in findings(made)


def test_a_look_that_shows_only_under_the_mouse_is_left_out() -> None:
    made = drafted(lambda pdf: field(pdf, Dictionary(N=look(pdf, b"q Q"), R=look(pdf), D=look(pdf)), F=4))
    assert not holds(made)


def test_of_several_looks_only_the_one_that_is_shown_stays() -> None:
    def two(pdf: pikepdf.Pdf) -> None:
        field(pdf, Dictionary(N=Dictionary(a=look(pdf, b"q Q"), b=look(pdf))), AS=Name.a, F=4)

    assert not holds(drafted(two))


def test_a_check_box_keeps_the_looks_of_both_its_states() -> None:
    def box(pdf: pikepdf.Pdf) -> None:
        looks = Dictionary(N=Dictionary(Yes=look(pdf), Off=look(pdf, b"q Q")))
        widget = annotation(pdf, "/Widget", looks, FT=Name.Btn, T=String("agreed"), AS=Name.Off, F=4)
        pdf.Root.AcroForm = Dictionary(Fields=[widget])

    assert holds(drafted(box))


def test_fields_that_stay_open_until_the_seal_are_told() -> None:
    made = drafted(lambda pdf: field(pdf, Dictionary(N=look(pdf, b"q Q")), V=String("9"), F=4))
    assert "Form fields can be filled in until the seal: cost." in findings(made)


def refused(change: Callable[[pikepdf.Pdf], object]) -> str:
    with pytest.raises(NotSignable) as error:
        draft(rewritten(dispatch(pages=2), change))
    return str(error.value)


def test_what_is_printed_but_not_shown_is_refused() -> None:
    said = refused(lambda pdf: annotation(pdf, "/Stamp", Dictionary(N=look(pdf)), F=4 | 32))
    assert said == "Page 2: Paper shows something that the screen does not."


def layer(pdf: pikepdf.Pdf, name: str = "Bản khác", **shown: object) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(name)))
    lists = {key: Array([group]) if value is True else value for key, value in shown.items()}
    pdf.Root.OCProperties = Dictionary(OCGs=[group], D=Dictionary(**lists))


@pytest.mark.parametrize("shown", [{"OFF": True}, {"BaseState": Name.OFF}])
def test_a_layer_that_is_switched_off_is_refused_by_its_name(shown: dict[str, object]) -> None:
    said = refused(lambda pdf: layer(pdf, **shown))
    assert said == "Layers are switched off, and any reader can switch them on: Bản khác."


def for_print(pdf: pikepdf.Pdf, state: Name) -> None:
    layer(pdf)
    group = pdf.Root.OCProperties.OCGs[0]
    group.Usage = Dictionary(Print=Dictionary(PrintState=state))
    pdf.Root.OCProperties.D.AS = Array([Dictionary(Event=Name.Print, OCGs=[group], Category=[Name.Print])])


def test_a_layer_that_paper_does_not_show_is_refused() -> None:
    assert "shown to some and not to others" in refused(lambda pdf: for_print(pdf, Name.OFF))


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: layer(pdf, ON=True),
        lambda pdf: layer(pdf, BaseState=Name.OFF, ON=True),
        lambda pdf: for_print(pdf, Name.ON),
    ],
)
def test_a_layer_that_everybody_sees_is_only_told(change: Callable[[pikepdf.Pdf], None]) -> None:
    assert "Layers can be switched off by any reader: Bản khác." in findings(drafted(change))


def test_a_strangers_names_are_told_in_one_short_line() -> None:
    told = refused(lambda pdf: layer(pdf, "a\n\x1b[2J\u202e" + "b" * 500, OFF=True))
    assert told.isprintable()
    assert len(told) < 140


def over(*drawn: Callable[[Canvas], object]) -> list[str]:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=True)
    for each in drawn:
        each(canvas)
    canvas.save()
    return [said for said in findings(draft(target.getvalue())) if "covered" in said]


def words(canvas: Canvas, mode: int = 0) -> None:
    text = canvas.beginText(100, 400)
    text.setTextRenderMode(mode)
    text.setFont("Helvetica", 14)
    text.textLine("one thousand")
    canvas.drawText(text)


def picture(canvas: Canvas) -> None:
    canvas.drawInlineImage(Image.new("RGB", (60, 20), "white"), 90, 390, 120, 40)


def area(canvas: Canvas, opacity: float = 1.0) -> None:
    canvas.setFillAlpha(opacity)
    canvas.setFillGray(0)
    canvas.rect(90, 390, 120, 40, stroke=0, fill=1)


@pytest.mark.parametrize("cover", [picture, area])
def test_text_under_a_picture_or_a_black_bar_is_told(cover: Callable[[Canvas], None]) -> None:
    assert over(words, cover) == ["Page 1: Text is covered by a picture or a filled area."]


def test_text_that_can_be_seen_is_not_told() -> None:
    assert over(picture, words) == []
    assert over(words, lambda canvas: area(canvas, 0.3)) == []


def test_a_search_that_ran_out_of_time_says_so() -> None:
    found = [(page, str(said)) for page, said in hidden_text(dispatch(), seconds=0)]
    assert found == [(1, "From here on, nobody looked for covered text.")]


def test_what_a_program_read_off_a_scan_is_not_told() -> None:
    assert over(lambda canvas: words(canvas, 3), picture) == []
