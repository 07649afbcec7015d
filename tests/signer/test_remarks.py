"""A certification that allows remarks (DocMDP P=3) allows notes and marks; nothing that hides or forges."""

import asyncio
import datetime as dt
import zlib
from dataclasses import replace

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.sign.fields import MDPPerm

from pki.trust import Anchors
from signer.policy import Policy
from signer.report import Changes, Indication
from signer.verifying import examine
from tests.vectors.honest.freeing import freed, proof_replaced
from tests.vectors.honest.pages import page
from tests.vectors.honest.people import Desk
from tests.vectors.honest.signing import renewed, signed
from tests.vectors.honest.updates import NOTE, Edit, Writer, annotated, named, numbers, sheet_of, updated

PLACE = (90, 698, 180, 714)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def trusting(desk: Desk) -> Policy:
    anchors = Anchors((desk.root.certificate.dump(),))
    return Policy(anchors=anchors, revocation="ignore", offline=True, require="any")


@pytest.fixture(scope="module")
def open_to_remarks(desk: Desk) -> bytes:
    return asyncio.run(signed(desk, page(), desk.anh, "a", certify=True, docmdp_permissions=MDPPerm.ANNOTATE))


@pytest.fixture(scope="module")
def with_proof(desk: Desk) -> bytes:
    async def make() -> bytes:
        return await renewed(desk, await signed(desk, page(), desk.anh, "a", stored=True, stamped=True))

    return asyncio.run(make())


def drawn(
    content: bytes,
    blending: str = "/Multiply",
    subtype: str = "/Highlight",
    packing: dict[str, object] | None = None,
    **more: object,
) -> Edit:
    """A remark that the document draws itself."""

    def change(writer: Writer) -> None:
        states = named({"/G0": named({"/BM": pdf_name(blending)})})
        entries = {
            "/Type": pdf_name("/XObject"),
            "/Subtype": pdf_name("/Form"),
            "/BBox": numbers(PLACE),
            "/Resources": named({"/ExtGState": states, **more}),
            **(packing or {}),
        }
        shown = writer.add_object(generic.StreamObject(named(entries), encoded_data=content))
        annotated(subtype, PLACE, AP=named({"/N": shown}))(writer)

    return change


def and_new_content(writer: Writer) -> None:
    """A remark that is honest, and a page that says something else."""
    NOTE(writer)
    sheet = sheet_of(writer)
    sheet[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"0 0 99 99 re f"))
    writer.update_container(sheet)


def in_place_of_a_field(writer: Writer) -> None:
    """What was signed is taken from the page, and a remark put in its place."""
    NOTE(writer)
    del sheet_of(writer)["/Annots"][0]


PAINTED = b"/G0 gs 1 0.8 0 rg 90 698 90 16 re f"
RED = (1, 0, 0)


def lined(*places: tuple[float, ...], colour: tuple[float, ...] = RED, **more: generic.PdfObject) -> Edit:
    """A line through stretches of text, each given by its box, or by eight numbers as they are."""
    quads = [
        each if len(each) == 8 else (each[0], each[3], each[2], each[3], each[0], each[1], each[2], each[1])
        for each in places
    ]
    listed = numbers([number for each in quads for number in each])
    return annotated("/StrikeOut", PLACE, QuadPoints=listed, C=numbers(colour), **more)


def twice(*edits: Edit) -> Edit:
    """Several remarks in one revision."""

    def change(writer: Writer) -> None:
        for edit in edits:
            edit(writer)

    return change


def note(left: float, bottom: float = 700) -> Edit:
    return annotated("/Text", (left, bottom, left + 20, bottom + 20), Name=pdf_name("/Comment"))


def predicted(content: bytes) -> Edit:
    """A remark whose look is a row that predicts nothing: pyHanko makes zeros of it."""
    columns = named({"/Predictor": generic.NumberObject(12), "/Columns": generic.NumberObject(len(content))})
    packing = {"/Filter": pdf_name("/FlateDecode"), "/DecodeParms": columns}
    return drawn(zlib.compress(b"\0" + content), packing=packing)


ROWS = [(90, 100 + 5 * row, 180, 105 + 5 * row) for row in range(70)]
EVIL: dict[str, Edit] = {
    "a white line": lined(PLACE, colour=(1, 1, 1)),
    "a pale line": lined(PLACE, colour=(1, 0.8, 0.8)),
    "a black line": lined(PLACE, colour=(0, 0, 0)),
    "a grey line": lined(PLACE, colour=(0.5,)),
    "a line of no colour": annotated("/StrikeOut", PLACE, QuadPoints=numbers((0, 9, 9, 9, 0, 0, 9, 0))),
    "a line of white ink": lined(PLACE, colour=(0, 0, 0, 0)),
    "a line nowhere": lined(),
    "a line of seven numbers": annotated("/StrikeOut", PLACE, QuadPoints=numbers([1] * 7), C=numbers(RED)),
    "a line across tall letters": lined((90, 600, 180, 714)),
    "a line across no letters": lined((90, 600, 180, 601)),
    "an upright line": lined((90, 714, 90, 698, 180, 714, 180, 698)),
    "a line over a narrow place": lined((90, 698, 91, 714)),
    "a crooked line": lined((90, 714, 180, 704, 90, 698, 180, 688)),
    "a thick line": lined(PLACE, BS=named({"/W": generic.NumberObject(60)})),
    "a thick border": lined(PLACE, Border=numbers((0, 0, 60))),
    "lines over each other": lined(PLACE, (100, 700, 190, 716)),
    "two remarks over each other": twice(lined(PLACE), lined((100, 700, 190, 716))),
    "many lines": lined(*ROWS[:65]),
    "many remarks": twice(
        *(lined((90 + 5 * at, 100, 94 + 5 * at, 105)) for at in range(2)),
        *(
            lined(*((left, *row[1:2], left + 9, row[3]) for row in ROWS[:60]))
            for left in (200, 220, 240, 260, 280)
        ),
    ),
    "free text": annotated("/FreeText", PLACE, DA=generic.pdf_string("/Helv 12 Tf 0 g")),
    "a stamp": annotated("/Stamp", PLACE),
    "a redaction": annotated("/Redact", PLACE),
    "ink": annotated("/Ink", PLACE),
    "a square": annotated("/Square", PLACE, IC=numbers((1, 1, 1))),
    "a link": annotated("/Link", PLACE),
    "a file": annotated("/FileAttachment", PLACE),
    "a watermark": annotated("/Watermark", PLACE),
    "a field": annotated("/Widget", PLACE),
    "a note that acts": annotated("/Text", (500, 700, 520, 720), A=named({"/S": pdf_name("/JavaScript")})),
    "a note in a layer": annotated("/Text", (500, 700, 520, 720), OC=named({"/Type": pdf_name("/OCG")})),
    "a large note": annotated("/Text", (0, 0, 595, 842)),
    "a note without a place": annotated("/Text", (500, 700)),
    "a note that is drawn": drawn(PAINTED, subtype="/Text"),
    "a row of notes": twice(*(note(90 + 30 * at) for at in range(3))),
    "a row of notes, up and down": twice(*(note(90 + 30 * at, 700 + 5 * at) for at in range(3))),
    "a page of notes": twice(*(note(100 * (at % 5), at) for at in range(501))),
    "a line that is drawn": drawn(PAINTED, subtype="/StrikeOut"),
    "a black mark": annotated("/Highlight", PLACE, C=numbers((0, 0, 0))),
    "a mark of no colour": annotated("/Highlight", PLACE, C=numbers((1, 1))),
    "paint that covers": drawn(PAINTED, blending="/Normal"),
    "paint without a state": drawn(b"1 0.8 0 rg 90 698 90 16 re f"),
    "paint after a state was left": drawn(b"q /G0 gs Q 1 0.8 0 rg 90 698 90 16 re f"),
    "black paint": drawn(PAINTED.replace(b"1 0.8 0", b"0 0 0")),
    "black after light paint": drawn(PAINTED + b" 0 g 0 0 9 9 re f"),
    "letters": drawn(PAINTED + b" BT /Helv 12 Tf (9) Tj ET"),
    "lines": drawn(PAINTED + b" 0 0 m 9 9 l S"),
    "a picture": drawn(PAINTED + b" /X Do"),
    "a pattern": drawn(PAINTED + b" /P scn f"),
    "black paint in a predicted row": predicted(b"0 g 90 698 90 16 re f"),
    "an unfinished string": drawn(PAINTED + b" ("),
    "fonts in its resources": drawn(PAINTED, **{"/Font": named({})}),
    "other content beside it": and_new_content,
    "in the place of a field": in_place_of_a_field,
}


@pytest.mark.parametrize("kind", EVIL)
async def test_what_may_hide_or_forge_is_no_remark(
    open_to_remarks: bytes, trusting: Policy, kind: str
) -> None:
    report = await examine(updated(open_to_remarks, EVIL[kind]), trusting)
    assert report.indication is Indication.TOTAL_FAILED
    assert report.signatures[0].changes is Changes.FORBIDDEN


HONEST: dict[str, Edit] = {
    "note": NOTE,
    "mark": drawn(PAINTED),
    "line": lined(PLACE),
    "line of a single letter": lined((90, 698, 95, 714)),
    "line counted around": lined((90, 698, 180, 698, 180, 714, 90, 714)),
    "line of ink": lined(PLACE, colour=(0, 1, 1, 0)),
    "line with a thin border": lined(
        PLACE, Border=numbers((0, 0, 1)), BS=named({"/W": generic.NumberObject(1)})
    ),
    "line of a page": lined(*ROWS[:60]),
    "notes side by side": twice(note(90), note(110), note(300), note(320)),
    "notes on each line": twice(*(note(500, 100 + 18 * at) for at in range(30))),
    "answers to a note": twice(note(90), note(90), note(90)),
    "lines side by side": twice(lined(PLACE), lined((90, 680, 180, 698))),
}


@pytest.mark.parametrize("edit", HONEST.values(), ids=HONEST)
async def test_notes_and_light_marks_are_remarks(
    open_to_remarks: bytes, trusting: Policy, edit: Edit
) -> None:
    report = await examine(updated(open_to_remarks, edit), trusting)
    assert report.passed
    assert report.signatures[0].changes is Changes.ALLOWED
    assert any("emark" in str(each) for each in report.signatures[0].change_list)


@pytest.mark.parametrize(
    "options",
    [
        {},
        *({"certify": True, "docmdp_permissions": each} for each in (MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS)),
    ],
    ids=["approval", "P=1", "P=2"],
)
async def test_without_that_permission_no_remark_is_allowed(
    desk: Desk, trusting: Policy, options: dict[str, object]
) -> None:
    pdf = updated(await signed(desk, page(), desk.anh, "a", **options), NOTE)
    assert (await examine(pdf, trusting)).indication is Indication.TOTAL_FAILED


async def test_an_honest_remark_does_not_cover_for_an_evil_one(
    open_to_remarks: bytes, trusting: Policy
) -> None:
    pdf = updated(updated(open_to_remarks, NOTE), EVIL["free text"])
    assert (await examine(pdf, trusting)).indication is Indication.TOTAL_FAILED


async def test_a_remark_is_not_made_evil_later(open_to_remarks: bytes, trusting: Policy) -> None:
    def grown(writer: Writer) -> None:
        note = sheet_of(writer)["/Annots"][-1]
        note[pdf_name("/Subtype")] = pdf_name("/Stamp")
        writer.update_container(note)

    pdf = updated(updated(open_to_remarks, NOTE), grown)
    assert (await examine(pdf, trusting)).indication is Indication.TOTAL_FAILED


def without_store(writer: Writer) -> None:
    del writer.root["/DSS"]
    writer.update_root()


def odd_store(writer: Writer) -> None:
    writer.root["/DSS"][pdf_name("/Pages")] = writer.root.raw_get("/Pages")
    writer.update_container(writer.root["/DSS"])


def odd_list(writer: Writer) -> None:
    writer.root["/DSS"][pdf_name("/Certs")] = generic.ArrayObject([writer.root.raw_get("/Pages")])
    writer.update_container(writer.root["/DSS"])


def store_for_page(writer: Writer) -> None:
    """The page is named in the store, and written anew."""
    sheet = sheet_of(writer)
    sheet[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=b"0 0 99 99 re f"))
    stream = generic.StreamObject(named({"/X": sheet.raw_get("/Contents")}), stream_data=b"0")
    writer.root["/DSS"]["/Certs"].append(writer.add_object(stream))
    writer.update_container(writer.root["/DSS"]["/Certs"])
    writer.update_container(sheet)


async def test_a_store_that_forks_without_end_ends(with_proof: bytes, trusting: Policy) -> None:
    def forking(writer: Writer) -> None:
        last = generic.ArrayObject()
        for _ in range(40):
            reference = writer.add_object(last)
            last = generic.ArrayObject([reference, reference])
        entry = named({"/TS": writer.add_object(last)})
        writer.root["/DSS"][pdf_name("/VRI")] = named({"/" + "A" * 40: entry})
        writer.update_container(writer.root["/DSS"])

    report = await examine(updated(with_proof, forking), trusting)
    assert report.verdict.sub_indication != "TRY_LATER"


@pytest.mark.parametrize("edit", [without_store, odd_store, odd_list, store_for_page])
async def test_the_store_of_proof_is_no_way_around(with_proof: bytes, trusting: Policy, edit: Edit) -> None:
    assert (await examine(updated(with_proof, edit), trusting)).indication is Indication.TOTAL_FAILED


async def test_only_proof_may_be_taken_out_of_use(with_proof: bytes, trusting: Policy) -> None:
    assert (await examine(proof_replaced(with_proof), trusting)).passed
    for number in range(1, 9):
        report = await examine(freed(with_proof, number), trusting)
        assert report.indication is Indication.TOTAL_FAILED, number


async def test_proof_that_was_taken_away_is_missing(with_proof: bytes, trusting: Policy) -> None:
    strict = replace(trusting, revocation="require")
    assert (await examine(with_proof, strict)).passed
    emptied = updated(with_proof, _emptied)
    report = await examine(emptied, replace(strict, at=dt.datetime(2027, 1, 1, tzinfo=dt.UTC)))
    assert report.indication is Indication.INDETERMINATE


def _emptied(writer: Writer) -> None:
    writer.root["/DSS"][pdf_name("/CRLs")] = generic.ArrayObject()
    writer.update_container(writer.root["/DSS"])
