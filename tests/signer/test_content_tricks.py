"""Attempts to get a script, or content that changes, past the inspection: each is found where it hides."""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String

from pki.errors import CongvanError
from signer.drafting import draft
from signer.errors import NotSignable
from signer.findings import Code
from signer.inspecting import inspect
from tests.signer.content_samples import (
    Change,
    annotation,
    appearance,
    clicked,
    field,
    of_catalog,
    script,
    with_loose,
)
from tests.signer.drafting_samples import dispatch, rewritten

PLAIN = pikepdf.ObjectStreamMode.disable
PACKED = pikepdf.ObjectStreamMode.generate
HARMLESS = {"S": Name.GoTo, "D": String("chapter")}


def codes(pdf: bytes) -> set[Code]:
    return {each.code for each in inspect(pdf, covered=False)}


def after_another(pdf: pikepdf.Pdf) -> None:
    following = Array([Dictionary(**HARMLESS, Next=Array([Dictionary(**HARMLESS), script()]))])
    clicked(**HARMLESS, Next=following)(pdf)


def type_elsewhere(pdf: pikepdf.Pdf) -> None:
    clicked(S=pdf.make_indirect(Name.JavaScript), JS=pdf.make_indirect(String("app.alert(1)")))(pdf)


def code_as_stream(pdf: pikepdf.Pdf) -> None:
    clicked(JS=pdf.make_stream(b"app.alert(1)"))(pdf)


def in_a_field_above(pdf: pikepdf.Pdf) -> None:
    above = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("a"), AA=Dictionary(C=script())))
    field(Parent=above)(pdf)


def in_a_structure_element(pdf: pikepdf.Pdf) -> None:
    element = Dictionary(Type=Name.StructElem, S=Name.JavaScript, JS=String("app.alert(1)"))
    pdf.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=pdf.make_indirect(element))


def behind_a_destination(pdf: pikepdf.Pdf) -> None:
    element = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, A=script()))
    pdf.Root.OpenAction = Array([element, Name.Fit])


def in_a_named_destination(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = String("start")
    named = Dictionary(D=Array([pdf.pages[0].obj, Name.Fit]), Next=script())
    pdf.Root.Names = Dictionary(Dests=Dictionary(Names=Array([String("start"), named])))


def in_a_thumbnail(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Thumb = pdf.make_stream(b"\0", Subtype=Name.Image, Width=1, Height=1, A=script())


def in_a_content_stream(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Contents = pdf.make_stream(b"q Q", AA=Dictionary(O=script()))


def in_a_navigation_node(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.PresSteps = Dictionary(Type=Name.NavNode, NA=script())


def in_a_second_catalogue(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Extensions = pdf.make_indirect(Dictionary(Type=Name.Catalog, OpenAction=script()))


def in_a_tree_of_names(pdf: pikepdf.Pdf) -> None:
    leaf = pdf.make_indirect(Dictionary(Limits=Array([String("a"), String("a")]), Names=Array([])))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Kids=Array([leaf])))


def in_circles(pdf: pikepdf.Pdf) -> None:
    first = pdf.make_indirect(Dictionary(**HARMLESS))
    first.Next = pdf.make_indirect(Dictionary(**HARMLESS, Next=Array([first, script()])))
    pdf.Root.OpenAction = first


def in_the_information(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Keywords"] = Dictionary(Parent=Dictionary(Parent=script()))


def in_private_data(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.PieceInfo = Dictionary(Any=Dictionary(Private=pdf.make_indirect(script())))


def in_deep_arrays(pdf: pikepdf.Pdf) -> None:
    held: pikepdf.Object = script()
    for _ in range(300):
        held = Array([held])
    pdf.Root.Deep = held


SCRIPTS: list[Change] = [
    after_another, type_elsewhere, code_as_stream, in_a_field_above, in_a_structure_element,
    behind_a_destination, in_a_named_destination, in_a_thumbnail, in_a_content_stream, in_a_navigation_node,
    in_a_second_catalogue, in_a_tree_of_names, in_circles, in_the_information, in_private_data,
    in_deep_arrays,
    clicked(S=String("JavaScript")),
    clicked(S=Name.URI, URI=String(" JaVa\nScript:app.alert(1)")),
    clicked(S=Name.Rendition, JS=String("app.alert(1)")),
    clicked(S=Name.GoTo, JS=Name("/app.alert")),
    of_catalog(Outlines=Dictionary(First=Dictionary(A=script()))),
    of_catalog(OpenAction=Array([script()])),
    annotation("/3D", OnInstantiate=String("app.alert(1)")),
]  # fmt: skip


@pytest.mark.parametrize("packed", [PLAIN, PACKED])
@pytest.mark.parametrize("hide", SCRIPTS)
def test_a_script_is_found_wherever_it_hides(hide: Change, packed: pikepdf.ObjectStreamMode) -> None:
    source = rewritten(dispatch(), hide, object_stream_mode=packed)
    assert Code.SCRIPT in codes(source)
    with pytest.raises(NotSignable):
        draft(source)


@pytest.mark.parametrize("spelt", [b"/Java#53cript", b"/#4a#61vaScript", b"/J#61vaScrip#74"])
def test_a_name_in_escapes_is_the_same_name(spelt: bytes) -> None:
    source = rewritten(dispatch(), clicked(S=Name.JavaScript), object_stream_mode=PLAIN)
    assert Code.SCRIPT in codes(source.replace(b"/JavaScript", spelt))


def test_a_name_cut_off_by_a_zero_is_a_fault() -> None:
    source = rewritten(dispatch(), clicked(S=Name.JavaScript), object_stream_mode=PLAIN)
    assert Code.REPAIRED in codes(source.replace(b"/JavaScript", b"/JavaScript#00"))


def test_a_key_given_twice_is_a_fault_and_drafting_keeps_one() -> None:
    source = rewritten(dispatch(), clicked(S=Name.GoTo, Z=String("put here")), object_stream_mode=PLAIN)
    twice = source.replace(b"/S /GoTo", b"/S /JavaScript /S /GoTo")
    assert twice != source
    assert Code.REPAIRED in codes(twice)
    assert b"JavaScript" not in draft(twice).pdf


def test_a_script_that_nothing_refers_to_is_found_before_signing_and_lost_in_drafting() -> None:
    loose = with_loose(dispatch(), b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>")
    assert Code.SCRIPT in codes(loose)
    assert Code.SCRIPT not in codes(draft(loose).pdf)


def test_a_script_under_a_private_key_of_the_trailer_is_found_and_lost_in_drafting() -> None:
    source = rewritten(dispatch(), lambda pdf: pdf.trailer.__setitem__("/Mine", script()))
    altered = (
        source if b"/Mine" in source else source.replace(b"trailer <<", b"trailer << /Mine << /JS (1) >>")
    )
    assert Code.SCRIPT in codes(altered)


def indirect_subtype(pdf: pikepdf.Pdf) -> None:
    annotation("/Stamp")(pdf)
    pdf.pages[0].obj.Annots[0].Subtype = pdf.make_indirect(Name.RichMedia)


def filtered_elsewhere(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Contents = pdf.make_stream(b"", FFilter=Name.FlateDecode)


def page_of_another_file(pdf: pikepdf.Pdf) -> None:
    drawn = appearance(pdf, Ref=Dictionary(F=String("other.pdf"), Page=0))
    pdf.pages[0].obj.Resources.XObject = Dictionary(X1=drawn)


def form_in_a_field(pdf: pikepdf.Pdf) -> None:
    field(XFA=pdf.make_stream(b"<xdp/>"))(pdf)


def layer_of_indirect_lists(pdf: pikepdf.Pdf) -> None:
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("a")))
    off = pdf.make_indirect(Array([group]))
    pdf.Root.OCProperties = pdf.make_indirect(
        Dictionary(OCGs=pdf.make_indirect(Array([group])), D=pdf.make_indirect(Dictionary(OFF=off)))
    )


def program_by_its_other_name(pdf: pikepdf.Pdf) -> None:
    file = Dictionary(F=String("a.pdf"), UF=String("a.exe . "), EF=Dictionary(F=pdf.make_stream(b"MZ")))
    pdf.pages[0].obj.AF = Array([file])


def opening_by_an_event(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = pdf.make_indirect(Dictionary(O=pdf.make_indirect(Dictionary(**HARMLESS))))


def link_on_opening(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(
        **HARMLESS, Next=Dictionary(S=Name.URI, URI=String("https://example.org"))
    )


CHANGING: Mapping[Change, Code] = {
    indirect_subtype: Code.MEDIA,
    filtered_elsewhere: Code.EXTERNAL_CONTENT,
    page_of_another_file: Code.EXTERNAL_CONTENT,
    form_in_a_field: Code.XFA,
    layer_of_indirect_lists: Code.LAYER_OFF,
    program_by_its_other_name: Code.EMBEDDED_PROGRAM,
    opening_by_an_event: Code.AUTOMATIC_ACTION,
    link_on_opening: Code.AUTOMATIC_ACTION,
    annotation(F=32 | 4 | 256): Code.PRINT_ONLY,
    annotation(F=4 | 256): Code.OTHER_LOOKS,
    annotation(F=Decimal("36.0")): Code.PRINT_ONLY,
    clicked(Type=Name.Action, N=Name.Print): Code.UNKNOWN_ACTION,
    clicked(S=Name.Named, N=Name.SaveAs): Code.UNKNOWN_ACTION,
    clicked(S=Name.SetOCGState, State=Array([])): Code.CHANGING_ACTION,
    of_catalog(Names=Dictionary(AlternatePresentations=Dictionary())): Code.MEDIA,
}


@pytest.mark.parametrize(("hide", "code"), CHANGING.items())
def test_content_that_changes_is_found_however_it_is_written(hide: Change, code: Code) -> None:
    assert code in codes(rewritten(dispatch(), hide))


def wrapped(pdf: pikepdf.Pdf, action: pikepdf.Object, ways: list[str]) -> pikepdf.Object:
    """Put an action into something, that into something else, and so on."""
    wrap: Mapping[str, Callable[[pikepdf.Object], pikepdf.Object]] = {
        "array": lambda held: Array([0, held]),
        "entry": lambda held: Dictionary(K=held),
        "typed": lambda held: Dictionary(Type=Name.StructElem, S=Name.P, P=held),
        "stream": lambda held: pdf.make_stream(b"", Parent=held),
        "object": pdf.make_indirect,
    }
    for way in ways:
        action = wrap[way](action)
    return action


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ways=st.lists(st.sampled_from(["array", "entry", "typed", "stream", "object"]), max_size=12),
    kind=st.sampled_from(["/JavaScript", "/Launch", "/Hide", "/ImportData", "/Rendition", "/GoTo3DView"]),
    key=st.sampled_from(["/A", "/AA", "/Dests", "/K", "/Anything", "/Legal", "/Threads"]),
    packed=st.booleans(),
    of_page=st.booleans(),
)
def test_an_action_is_found_however_deep_it_is_nested(
    ways: list[str], kind: str, key: str, packed: bool, of_page: bool
) -> None:
    def hide(pdf: pikepdf.Pdf) -> None:
        holder = pdf.pages[0].obj if of_page else pdf.Root
        holder[key] = wrapped(pdf, Dictionary(S=Name(kind)), ways)

    found = codes(rewritten(small(), hide, object_stream_mode=PACKED if packed else PLAIN))
    assert found & {Code.SCRIPT, Code.PROGRAM, Code.CHANGING_ACTION, Code.FORM_DATA, Code.MEDIA}


def small() -> bytes:
    target = io.BytesIO()
    with pikepdf.Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(target)
    return target.getvalue()


SPOILT_KEYS = sorted(
    {
        "/A",
        "/AA",
        "/AP",
        "/AS",
        "/Alternates",
        "/EF",
        "/F",
        "/FT",
        "/JS",
        "/N",
        "/Next",
        "/OCGs",
        "/OPI",
        "/P",
    }
    | {"/Parent", "/Rect", "/S", "/Subtype", "/Type", "/URI", "/VE", "/OpenAction", "/BaseFont", "/Kids"}
    | {"/FontDescriptor", "/Fields", "/D", "/Annots", "/AcroForm", "/OCProperties", "/Names"}
)
SPOILT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from(["/Btn", "/Form", "(u:x)", "<FF00>", "[[]]", "<<>>"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(SPOILT_KEYS),
        SPOILT,
        max_size=8,
    )
)
def test_no_malformed_types_raise_anything_but_our_own_errors(entries: dict[str, object]) -> None:
    def spoil(pdf: pikepdf.Pdf) -> None:
        made = Dictionary()
        for key, value in entries.items():
            if value is not None:
                made[key] = pikepdf.Object.parse(value.encode()) if isinstance(value, str) else value
        pdf.pages[0].obj.Annots = Array([made, pdf.make_indirect(Dictionary(made))])
        pdf.Root.AcroForm = Dictionary(Fields=Array([made]))
        pdf.Root.OCProperties = made
        pdf.Root.Names = made

    with suppress(CongvanError):
        inspect(rewritten(small(), spoil), covered=False)
