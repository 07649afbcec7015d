"""What cannot be signed safely is refused in one sentence, with the mend; nothing else ever escapes."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pki.errors import CongvanError
from signer.drafting import draft
from signer.errors import DocumentError, NotAPdf, NotSignable
from signer.qpdf import door, weighing
from signer.qpdf.form_tree import MAX_DEPTH, fields_of
from tests.signer.drafting_samples import dispatch, rewritten

BAD = Path(__file__).parents[1] / "vectors" / "bad"
CODES = json.loads((BAD / "expected.json").read_text("utf-8"))


def script() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def program() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("calc.exe"))


@pytest.mark.parametrize("name", sorted(CODES))
def test_every_bad_file_is_refused_with_its_code_and_a_mend(name: str) -> None:
    with pytest.raises(DocumentError) as refused:
        draft((BAD / name).read_bytes())
    assert refused.value.code == CODES[name]
    assert refused.value.hint
    assert "<_io" not in str(refused.value)


def refused_after(change: Callable[[pikepdf.Pdf], object], **save: object) -> str:
    with pytest.raises(NotSignable) as refused:
        draft(rewritten(dispatch(pages=2), change, **save))
    assert refused.value.hint
    return str(refused.value)


def test_a_file_that_opens_with_a_password_is_refused() -> None:
    sentence = refused_after(lambda _: None, encryption=pikepdf.Encryption(user="doc", owner="chu"))
    assert "opens only with a password" in sentence


def test_a_file_protected_by_its_owner_is_refused() -> None:
    sentence = refused_after(lambda _: None, encryption=pikepdf.Encryption(user="", owner="chu"))
    assert "needs the owner's password" in sentence


def link(page: int, action: pikepdf.Object, key: str = "/A") -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        annotation = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
        annotation[key] = action if key == "/A" else pikepdf.Dictionary(E=action)
        pdf.pages[page - 1].obj.Annots = pikepdf.Array([annotation])

    return change


def of_document(key: str, entry: pikepdf.Object) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: pdf.Root.__setitem__(key, entry)


@pytest.mark.parametrize("action", [script, program])
@pytest.mark.parametrize("key", ["/A", "/AA"])
def test_a_script_or_program_behind_an_annotation_is_refused_with_its_page(
    action: Callable[[], pikepdf.Object], key: str
) -> None:
    said = {
        script: "Page 2: The reader's program runs a script",
        program: "Page 2: An action starts a program",
    }
    assert refused_after(link(2, action(), key)).startswith(said[action])


def test_a_script_after_an_innocent_action_is_refused() -> None:
    first = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://example.org"), Next=script())
    assert refused_after(link(1, first)).startswith("Page 1: The reader's program runs a script")


@pytest.mark.parametrize("key", ["/OpenAction", "/AA", "/Names", "/Outlines"])
def test_a_script_of_the_document_is_refused(key: str) -> None:
    holder = script() if key == "/OpenAction" else pikepdf.Dictionary(JavaScript=pikepdf.Array([script()]))
    assert refused_after(of_document(key, holder)).startswith("The reader's program runs a script")


def test_a_script_whose_name_is_written_in_escapes_is_refused() -> None:
    hidden = rewritten(
        dispatch(),
        of_document("/OpenAction", script()),
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    escaped = hidden.replace(b"/JavaScript", b"/Java#53cript")
    assert escaped != hidden
    with pytest.raises(NotSignable, match="script"):
        draft(escaped)


def test_words_about_scripts_are_no_script() -> None:
    words = rewritten(dispatch(), lambda pdf: pdf.docinfo.__setitem__("/Subject", "/JavaScript, /Launch"))
    assert draft(words).pdf


def test_an_xfa_form_is_refused() -> None:
    form = pikepdf.Dictionary(Fields=[], XFA=pikepdf.String("<xdp/>"))
    assert "XFA" in refused_after(of_document("/AcroForm", form))


def test_a_field_that_has_the_name_of_one_of_ours_is_refused() -> None:
    field = pikepdf.Dictionary(T=pikepdf.String("number"), FT=pikepdf.Name.Tx)
    form = pikepdf.Dictionary(Fields=[field])
    assert "named number" in refused_after(of_document("/AcroForm", form))


def test_a_form_that_runs_in_circles_is_walked_once() -> None:
    def circle(pdf: pikepdf.Pdf) -> None:
        group = pdf.make_indirect(pikepdf.Dictionary(T=pikepdf.String("a"), FT=pikepdf.Name.Tx))
        group.Kids = pikepdf.Array([group, group])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[group])

    with pikepdf.Pdf.open(io.BytesIO(rewritten(dispatch(), circle))) as pdf:
        assert [field.name for field in fields_of(pdf)] == ["a"]


def test_a_form_deeper_than_any_real_one_is_refused() -> None:
    def nest(pdf: pikepdf.Pdf) -> None:
        group = pdf.make_indirect(pikepdf.Dictionary(T=pikepdf.String("a")))
        for _ in range(MAX_DEPTH):
            group = pdf.make_indirect(pikepdf.Dictionary(T=pikepdf.String("a"), Kids=[group]))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[group])

    assert "groups within each other" in refused_after(nest)


def test_a_page_of_no_papers_size_is_refused() -> None:
    assert "sides" in refused_after(
        lambda pdf: pdf.pages[0].obj.__setitem__("/MediaBox", [0, 0, 50_000, 800])
    )


def laughing(pdf: pikepdf.Pdf, deep: int, *, show: bytes = b"/F%d Do ") -> None:
    """A form that shows a form ten times, which shows a form ten times, and so on."""
    entries = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Form, "BBox": [0, 0, 9, 9]}
    form = pdf.make_stream(b"0 0 9 9 re n", **entries)
    for level in range(deep):
        resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({f"/F{level}": form}))
        form = pdf.make_stream((show.replace(b"%d", b"%d" % level)) * 10, **entries, Resources=resources)
    pdf.pages[1].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({f"/F{deep}": form}))
    pdf.pages[1].obj.Contents = pdf.make_stream(b"/F%d Do" % deep)


@pytest.mark.parametrize("show", [b"/F%d Do ", b"(F%d)Do ", b"/#46%d % and\nDo ", b"/F%d Do /#ff Do "])
def test_a_page_that_would_draw_for_hours_is_refused(show: bytes) -> None:
    sentence = refused_after(lambda pdf: laughing(pdf, 9, show=show))
    assert sentence.startswith("Page 2 has more drawing instructions")


def test_forms_within_forms_of_a_real_page_are_drafted() -> None:
    assert draft(rewritten(dispatch(pages=2), lambda pdf: laughing(pdf, 2))).pdf


@pytest.mark.parametrize("own_resources", [True, False])
def test_a_form_that_shows_itself_is_refused(own_resources: bool) -> None:
    def circle(pdf: pikepdf.Pdf) -> None:
        laughing(pdf, 1)
        names = pdf.pages[1].obj.Resources.XObject
        names.F0 = names.F1.Resources.XObject.F0 = names.F1
        if not own_resources:
            del names.F1["/Resources"]

    assert refused_after(circle).startswith("Page 2 has more drawing instructions")


def test_a_form_that_could_show_itself_but_does_not_is_drafted() -> None:
    def shared(pdf: pikepdf.Pdf) -> None:
        laughing(pdf, 1)
        names = pdf.pages[1].obj.Resources.XObject
        names.F1.Resources.XObject.F1 = names.F1

    assert draft(rewritten(dispatch(pages=2), shared)).pdf


def test_a_page_of_too_many_instructions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "MAX_INSTRUCTIONS", 1000)
    assert refused_after(lambda _: None).startswith("Page 1 has more drawing instructions")


def test_tiles_that_no_reader_could_finish_are_not_drawn() -> None:
    def tile(pdf: pikepdf.Pdf) -> None:
        pattern = pdf.make_stream(
            b"0 0 1 1 re f", PatternType=1, PaintType=1, TilingType=1, BBox=[0, 0, 1, 1]
        )
        pattern.XStep = pattern.YStep = Decimal("0.01")
        pattern.Resources = pikepdf.Dictionary()
        page = pdf.pages[1]
        page.obj.Resources.Pattern = pikepdf.Dictionary(P=pattern)
        page.contents_add(b"/Pattern cs /P scn 0 0 595 842 re f")

    findings = [str(each.line) for each in draft(rewritten(dispatch(pages=2), tile)).findings]
    assert findings[-1] == "Page 2: From here on, nobody looked for covered text."


@pytest.mark.parametrize("unit", [0, -2])
def test_a_page_of_no_rulers_unit_is_refused(unit: int) -> None:
    assert "measured in units" in refused_after(lambda pdf: pdf.pages[0].obj.__setitem__("/UserUnit", unit))


def test_a_file_over_the_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "LIMITS", door.Limits(bytes=1000, pages=1))
    with pytest.raises(NotSignable, match="the limit is 1000"):
        draft(dispatch())


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "LIMITS", door.Limits(pages=2))
    with pytest.raises(NotSignable, match="has 3 pages"):
        draft(dispatch(pages=3))


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.95])
def test_a_file_that_was_cut_off_is_refused(kept: float) -> None:
    source = dispatch(pages=4)
    with pytest.raises(NotAPdf, match="damaged"):
        draft(source[: int(len(source) * kept)])


def test_a_second_revision_that_was_cut_off_does_not_bring_back_the_first() -> None:
    source = dispatch() + b"\n4 0 obj\n<< /Type /Page /Contents [ 5 0"
    with pytest.raises(NotAPdf, match="parts of the document are missing"):
        draft(source)


@pytest.mark.parametrize("word", [b"startxref", b"trailer", b"xref\n"])
def test_a_file_that_lost_only_its_table_is_mended(word: bytes) -> None:
    source = rewritten(dispatch(), lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    made = draft(source.replace(word, b" " * len(word)))
    assert made.places == draft(source).places
    with pikepdf.Pdf.open(io.BytesIO(made.pdf), attempt_recovery=False) as pdf:
        assert pdf.trailer["/Size"] == len(pdf.objects) + 1


def test_a_file_that_lost_a_page_is_not_mended() -> None:
    whole = rewritten(dispatch(pages=3), lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    start = whole.rindex(b" 0 obj", 0, whole.rindex(b"/Type /Page "))
    torn = whole[:start] + whole[whole.index(b"endobj", start) + 6 :]
    with pytest.raises(NotAPdf, match="damaged"):
        draft(torn)


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_our_own_errors(source: bytes) -> None:
    for prefix in (b"", b"%PDF-1.7\n"):
        with suppress(CongvanError):
            draft(prefix + source)


def small() -> bytes:
    target = io.BytesIO()
    with pikepdf.Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(target)
    return target.getvalue()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=12)), min_size=1, max_size=8))
def test_no_damage_to_a_pdf_raises_anything_but_our_own_errors(changes: list[tuple[int, bytes]]) -> None:
    broken = bytearray(small())
    for place, changed in changes:
        start = place % len(broken)
        broken[start : start + len(changed)] = changed
    with suppress(CongvanError):
        draft(bytes(broken))
