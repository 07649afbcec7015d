"""The agency in the header of a real document, and the seal that it is held to."""

import dataclasses
import io
import mmap
import unicodedata
from pathlib import Path
from typing import Literal

import pikepdf
import pytest
from cryptography.x509.oid import NameOID
from reportlab.pdfgen.canvas import Canvas

from exchange.demo.document import DEMO_DOCUMENT, set_document
from pki.clock import SystemClock
from pki.digest import Digest
from pki.files import OpenFile, opened
from pki.token import Token
from signer.agency import Compared, Header, Heading
from signer.apart import first_page as reading
from signer.apart.asking import ask
from signer.apart.requests import Confines, ReadFirstPage
from signer.deciding import NOT_ASKED
from signer.document import Numbered
from signer.drafting import draft
from signer.errors import NotSignable
from signer.header import called, header_of, held_to_header, is_asked, is_refused, said
from signer.layout import heading as rules
from signer.layout.page_text import opened as printed
from signer.numbering import number
from signer.policies.reading import read_policy
from signer.policy import Limits, Policy
from signer.report import Indication, Report
from signer.rules import HeaderRule, Holder, Mark, Rooted, Rules
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.pki import test_identity
from tests.signer.drafting_samples import MM, centred, dispatch
from tests.signer.reports_held import held_by_etsi, held_by_schema, page_of
from tests.signer.stage_samples import NUMBER, Stages
from tests.signer.test_credentials import Unused

VECTORS = Path(__file__).parents[1] / "vectors" / "pdf"
Hands = tuple[Token, Token]


def heading_of(pdf: bytes | mmap.mmap) -> Heading:
    with printed(pdf, lambda _: 1.0) as pages:
        return rules.heading_of(pages)


@pytest.fixture
def hands(signatory: Token, agency: Token) -> Hands:
    return signatory, agency


def ruled(policy: Policy, header: HeaderRule = "tell", **rest: object) -> Policy:
    roots = tuple(
        Rooted(sha256=Digest.of(each).value.hex(), role="practice") for each in policy.anchors.roots
    )
    rules = Rules(name="thử", sha256="0" * 64, roots=roots, stamping=("practice",), header=header)
    return dataclasses.replace(policy, rules=dataclasses.replace(rules, **rest))


async def numbered(pdf: bytes, signatory: Token) -> Numbered:
    return number(await sign(draft(pdf), signatory), NUMBER)


async def sealed(pdf: bytes, signatory: Token, agency: Token, policy: Policy) -> bytes:
    """Seal whatever the header says: its policy only tells."""
    made = await seal(await numbered(pdf, signatory), agency, policy=ruled(policy))
    return made.pdf


def set_for(*agency: str, superior: str | None = None) -> bytes:
    return set_document(dataclasses.replace(DEMO_DOCUMENT, agency=agency, superior=superior))


HONEST = [
    (("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN"), None, Compared.SAME),
    (("UBND TỈNH THANH SƠN",), None, Compared.SAME),
    (("BAN CHỈ ĐẠO", "CHUYỂN ĐỔI SỐ"), "UBND TỈNH THANH SƠN", Compared.ABOVE),
    (("VĂN PHÒNG", "UBND TỈNH THANH SƠN"), None, Compared.RELATED),
    (("THE PEOPLE'S COMMITTEE",), None, Compared.UNCLEAR),
]


def of_the_page(report: Report) -> list[str]:
    """What is noted, but for what the policy leaves out."""
    return [str(each) for each in report.notes if each != NOT_ASKED]


@pytest.mark.parametrize(("agency_lines", "superior", "expected"), HONEST)
async def test_an_honest_header_is_believed_and_told(
    hands: Hands, policy: Policy, agency_lines: tuple[str, ...], superior: str | None, expected: Compared
) -> None:
    signatory, agency = hands
    source = set_for(*agency_lines, superior=superior)
    made = await seal(await numbered(source, signatory), agency, policy=policy)
    report = await examine(made.pdf, policy)
    assert report.passed, list(report.lines())
    assert report.two_layer
    assert report.header == Header(compared=expected, agency=" ".join(agency_lines), above=superior)
    assert bool(of_the_page(report)) is (expected is not Compared.SAME)
    assert f"Agency in the header: {' '.join(agency_lines)}" in "\n".join(report.lines())
    strict = await examine(made.pdf, ruled(policy, "require-match"))
    assert strict.passed is (expected is Compared.SAME)


FOREIGN = [
    (("ỦY BAN NHÂN DÂN", "TỈNH HÒA THÀNH"), None),
    (("BỘ NỘI VỤ",), None),
    (("SỞ TÀI NGUYÊN SỐ",), "UBND TỈNH HÒA THÀNH"),
]


@pytest.mark.parametrize(("agency_lines", "superior"), FOREIGN)
async def test_a_header_of_another_agency_is_not_believed(
    signatory: Token, agency: Token, policy: Policy, agency_lines: tuple[str, ...], superior: str | None
) -> None:
    pdf = await sealed(set_for(*agency_lines, superior=superior), signatory, agency, policy)
    report = await examine(pdf, policy)
    assert (report.indication, report.verdict.sub_indication) == (
        Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE",
    )  # fmt: skip
    assert not report.two_layer
    assert all(each.verdict.passed for each in report.signatures)
    (why,) = map(str, report.verdict.reasons)
    assert " ".join(agency_lines) in why
    assert "Ủy ban nhân dân tỉnh Thanh Sơn" in why
    held_by_schema(report)
    held_by_etsi(report, policy)
    assert " ".join(agency_lines) in page_of(report, policy)
    told = await examine(pdf, ruled(policy, "tell"))
    assert told.passed
    assert told.two_layer
    assert of_the_page(told) == [why]


async def test_what_another_agency_is_named_in_is_not_sealed(
    signatory: Token, agency: Token, policy: Policy
) -> None:
    waiting = await numbered(set_for("BỘ NỘI VỤ"), signatory)
    with pytest.raises(NotSignable, match="BỘ NỘI VỤ"):
        await seal(waiting, Unused(agency), policy=policy)


async def test_a_policy_says_which_agency_a_seal_is_of(
    signatory: Token, agency: Token, policy: Policy
) -> None:
    pdf = await sealed(set_for("SỞ TÀI NGUYÊN SỐ"), signatory, agency, policy)
    mark = Mark(sha256=Digest.of(agency.certificate).value.hex())
    named = Holder(mark=mark, may="seal", agency="Sở Tài nguyên số tỉnh Thanh Sơn")
    given = dataclasses.replace(
        ruled(policy, "refuse-mismatch", holders=(named,)), same_agency=False
    )  # fmt: skip
    report = await examine(pdf, given)
    assert report.passed
    assert report.header is not None
    assert report.header.compared is Compared.RELATED
    assert not (await examine(pdf, policy)).passed


def of_department(name: str, body: str, policy: Policy, *lines: str, bold: int = 0) -> Compared:
    """What becomes of a header under the seal of `name`, whose certificate names a body above it as O."""
    subject = [(NameOID.COMMON_NAME, name), (NameOID.ORGANIZATION_NAME, body)]
    heading = Heading(lines=lines, bold=bold)
    return header_of(heading, test_identity.certificate(subject), policy, SystemClock().now()).compared


def test_a_department_does_not_seal_for_the_body_that_its_certificate_names(policy: Policy) -> None:
    body, department, office = "Ủy ban nhân dân tỉnh Thanh Sơn", "Sở Nội vụ", "Văn phòng UBND tỉnh Thanh Sơn"
    above = "UBND TỈNH THANH SƠN"
    assert of_department(department, body, policy, above) is Compared.OTHER
    assert of_department(department, body, policy, above, "SỞ Y TẾ", bold=1) is Compared.OTHER
    assert of_department(department, body, policy, above, "SỞ NỘI VỤ", bold=1) is Compared.SAME
    assert of_department(office, body, policy, above) is Compared.SAME
    assert of_department("Con dấu số 2", body, policy, above) is Compared.SAME
    assert of_department(body, "Tỉnh Thanh Sơn", policy, above) is Compared.SAME


async def test_a_name_without_accents_is_told(hands: Hands, policy: Policy) -> None:
    signatory, agency = hands
    waiting = await numbered(set_for("UBND TINH THANH SON"), signatory)
    report = await examine((await seal(waiting, agency, policy=policy)).pdf, policy)
    assert report.passed
    assert report.header is not None
    assert report.header.compared is Compared.SAME
    (told,) = of_the_page(report)
    assert "one of them is written without accents" in told


def test_a_commune_without_accents_is_one_once_the_policy_says_so(policy: Policy) -> None:
    """Tân Thành, Tân Thạnh and Tân Thanh are communes; a certificate of old may call each “Tan Thanh”."""
    subject = [(NameOID.COMMON_NAME, "UY BAN NHAN DAN XA TAN THANH")]
    certificate, now = test_identity.certificate(subject), SystemClock().now()
    heading = Heading(lines=("UBND TỈNH THANH SƠN", "UBND XÃ TÂN THÀNH"), bold=1)
    header = header_of(heading, certificate, policy, now)
    assert header.compared is Compared.UNACCENTED
    assert "several places may be written so" in str(said(header, "UY BAN NHAN DAN XA TAN THANH"))
    assert is_refused(header, policy)
    assert is_refused(header, ruled(policy, "require-match"))
    assert not is_refused(header, ruled(policy, "tell"))
    for name, is_ours in (("Tân Thành", True), ("Tân Thạnh", False)):
        mark = Mark(sha256=Digest.of(certificate).value.hex())
        holder = Holder(mark=mark, may="seal", agency=f"Ủy ban nhân dân xã {name}")
        listed = ruled(policy, "refuse-mismatch", holders=(holder,))
        found = header_of(heading, certificate, listed, now)
        assert (found.compared is Compared.SAME) is is_ours
        assert is_refused(found, listed) is not is_ours


def test_of_a_header_without_accents_it_is_told_what_mends_it(policy: Policy) -> None:
    """No entry for the certificate does: what the header means it does not say itself."""
    for name in ("UBND xa Tan Thanh", "Ủy ban nhân dân xã Tân Thạnh"):
        certificate = test_identity.certificate([(NameOID.COMMON_NAME, name)])
        heading = Heading(lines=("UBND XA TAN THANH",))
        header = header_of(heading, certificate, policy, SystemClock().now())
        assert header.compared is Compared.UNACCENTED
        assert "([document], header)" in str(said(header, name))
        assert not is_refused(header, ruled(policy, "tell"))


@pytest.mark.parametrize(
    ("named", "sealed", "told"),
    [
        ("UBND TINH THANH SON", "UBND tinh Thanh Son", "both are written without accents"),
        ("UBND TP HCM", "UBND TPHCM", "and the seal is of it"),
        ("FPT", "FPT", "and the seal is of it"),
    ],
)
def test_that_both_are_without_accents_is_told(named: str, sealed: str, told: str) -> None:
    assert told in str(said(Header(compared=Compared.SAME, agency=named), sealed))


def test_a_seal_is_called_by_both_its_names() -> None:
    assert called("Sở Nội vụ", "UBND tỉnh Thanh Sơn") == "Sở Nội vụ – UBND tỉnh Thanh Sơn"
    assert called("Sở Nội vụ", "Sở Nội vụ") == called("Sở Nội vụ", None) == "Sở Nội vụ"


@pytest.mark.parametrize("require", ["any", "layer-1"])
async def test_a_header_is_asked_about_for_two_layers_alone(
    stages: Stages, policy: Policy, require: Literal["any", "layer-1"]
) -> None:
    report = await examine(stages.sealed.pdf, dataclasses.replace(policy, require=require))
    assert report.header is None
    assert report.as_json()["header"] is None


async def test_a_page_that_names_no_agency_is_told_and_not_refused(stages: Stages, policy: Policy) -> None:
    report = await examine(stages.sealed.pdf, policy)
    assert report.passed
    assert report.header == Header(compared=Compared.NOT_FOUND)
    assert "No agency was found" in of_the_page(report)[0]
    assert not (await examine(stages.sealed.pdf, ruled(policy, "require-match"))).passed


async def test_a_page_that_is_not_read_is_told_and_not_refused(
    stages: Stages, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel ends the reader of the page, and of nothing else: it got no memory."""
    whole = Confines.of
    monkeypatch.setattr(reading, "SECONDS", 0.001)

    def confined(limits: Limits, size: int) -> Confines:
        confines = whole(limits, size)
        return dataclasses.replace(confines, memory=1) if limits.seconds < 1 else confines

    monkeypatch.setattr(Confines, "of", confined)
    report = await examine(stages.sealed.pdf, policy)
    assert report.passed
    assert report.header == Header(compared=Compared.NOT_READ)
    assert "could not be read" in of_the_page(report)[0]


async def test_both_ways_and_both_doors_say_the_same(
    signatory: Token, agency: Token, policy: Policy, tmp_path: Path
) -> None:
    pdf = await sealed(set_for("BỘ NỘI VỤ"), signatory, agency, policy)
    file = tmp_path / "sealed.pdf"
    file.write_bytes(pdf)
    by_bytes = await examine(pdf, policy)
    with opened(file) as unread:
        assert isinstance(unread, OpenFile)
        by_path = await examine(unread, policy)
    at_length = await examine(pdf, ruled(policy, "refuse-mismatch"))  # a policy file is judged the long way
    for each in (by_path, at_length):
        assert (each.verdict, each.header, each.two_layer) == (
            by_bytes.verdict, by_bytes.header, by_bytes.two_layer,
        )  # fmt: skip


async def test_a_report_by_a_reader_that_was_taken_over_stops_nobody(stages: Stages, policy: Policy) -> None:
    report = await examine(stages.sealed.pdf, dataclasses.replace(policy, require="any"))
    for certificate in (None, b"none"):
        signatures = tuple(dataclasses.replace(each, certificate=certificate) for each in report.signatures)
        lying = dataclasses.replace(report, signatures=signatures)
        assert is_asked(lying, policy) is (certificate is not None)
        if certificate is not None:
            told = held_to_header(lying, Heading(lines=("BỘ NỘI VỤ",)), policy)
            assert told.header == Header(compared=Compared.NOT_READ)


# --------------------------------------------------------------------------------------- reading the page


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_block_is_read_line_by_line_however_accents_are_written(form: str) -> None:
    heading = heading_of(dispatch(form=form))
    assert tuple(unicodedata.normalize("NFC", each) for each in heading.lines) == (
        "ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN",
    )  # fmt: skip
    assert heading.bold == 0


PRODUCED = {
    "chromium": (("ỦY BAN NHÂN DÂN", "XÃ SUỐI MƠ"), 0),
    "libreoffice-docx": (("UBND TỈNH THANH SƠN", "SỞ TÀI NGUYÊN SỐ"), 1),
    "libreoffice-odt-pdfa": (("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN"), 0),
    "rotated-90": (("UBND TỈNH THANH SƠN", "SỞ TÀI NGUYÊN SỐ"), 1),
    "rotated-270": (("UBND TỈNH THANH SƠN", "VĂN PHÒNG"), 1),
    "crop-box": (("UBND TỈNH THANH SƠN", "SỞ TÀI NGUYÊN SỐ"), 1),
    "user-unit": (("UBND TỈNH THANH SƠN", "SỞ TÀI NGUYÊN SỐ"), 1),
    "cairo-pango": (("UBND TỈNH THANH SƠN", "SỞ TÀI NGUYÊN SỐ"), 1),
    "weasyprint": (("UBND TỈNH THANH SƠN", "VĂN PHÒNG"), 1),
    "typst-pdfa-2a": (("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN"), 0),
    "scan": ((), 0),
    "old-pdf-13": ((), 0),
    "five-hundred-pages": ((), 0),
    "fpdf2": ((), 0),
    "typst-pdf20": ((), 0),
}


@pytest.mark.parametrize("name", PRODUCED)
def test_the_pages_of_many_programs_are_read(name: str) -> None:
    heading = heading_of((VECTORS / f"{name}.pdf").read_bytes())
    assert (heading.lines, heading.bold) == PRODUCED[name]


def with_writing(how: str) -> bytes:
    """A dispatch over whose left column another agency is written, in a way that nobody sees."""

    def write(canvas: Canvas, at: tuple[float, float], text: str, font: str, size: float) -> None:
        centred(canvas, at, text, font, size)
        if text != "TỈNH THANH SƠN":
            return
        canvas.saveState()
        if how == "white":
            canvas.setFillGray(1)
        if how == "transparent":
            canvas.setFillAlpha(0.05)
        mode = 3 if how == "invisible" else 0
        across = -300.0 if how == "off the page" else at[0]
        high = {"tiny": 3.0}.get(how, size)
        canvas.setFont(font, high)
        line = canvas.beginText(across - 40, at[1] - 3 * MM)
        line.setTextRenderMode(mode)
        line.setFont(canvas._fontname, high)
        line.textOut("BỘ NỘI VỤ")
        canvas.drawText(line)
        canvas.restoreState()

    return dispatch(write=write)


@pytest.mark.parametrize("how", ["white", "transparent", "invisible", "off the page", "tiny"])
def test_what_nobody_sees_names_no_agency(how: str) -> None:
    assert heading_of(with_writing(how)).lines == ("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN")


def test_what_is_seen_does() -> None:
    assert heading_of(with_writing("plainly")).lines == ("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN", "BỘ NỘI VỤ")


def with_drawn(content: bytes, *, first: bool = False) -> bytes:
    """A dispatch on whose page something else is drawn, after all the rest or before it."""
    with pikepdf.open(io.BytesIO(dispatch())) as pdf:
        page, output = pdf.pages[0], io.BytesIO()
        left, bottom, right, top = map(float, page.MediaBox)
        box = f"{left} {(bottom + top) / 2} {(right - left) / 2} {(top - bottom) / 2} re".encode()
        page.contents_add(pdf.make_stream(b"q " + content % box + b" Q"), prepend=first)
        pdf.save(output)
        return output.getvalue()


def test_what_is_covered_names_no_agency() -> None:
    assert heading_of(with_drawn(b"1 g %s f")).lines == ()


def clipped(before: bytes) -> bytes:
    """A dispatch all of whose text is clipped by this."""
    with pikepdf.open(io.BytesIO(dispatch())) as pdf:
        page, output = pdf.pages[0], io.BytesIO()
        page.contents_add(pdf.make_stream(b"q " + before), prepend=True)
        page.contents_add(pdf.make_stream(b" Q"))
        pdf.save(output)
        return output.getvalue()


@pytest.mark.parametrize(
    "clip",
    [
        b"0 0 50 50 re W n ",
        b"0 0 600 900 re 10 10 580 880 re W* n ",
        b"0 0 600 700 re W n ",
        b"BT 7 Tr /F1 1 Tf 1 1 Td (x) Tj ET ",
    ],
)
def test_what_is_clipped_away_names_no_agency(clip: bytes) -> None:
    assert heading_of(clipped(clip)).lines == ()


@pytest.mark.parametrize("clip", [b"0 0 600 900 re W n ", b"0 0 m 600 0 l 600 900 l 0 900 l h W n "])
def test_a_clip_around_the_page_takes_nothing_away(clip: bytes) -> None:
    assert heading_of(clipped(clip)).lines == ("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN")


def test_a_single_letter_that_is_covered_makes_another_name() -> None:
    covered = with_drawn(b"%s n 1 g 142 757 10 14 re f")
    assert heading_of(covered).lines == ()


@pytest.mark.parametrize(
    ("content", "first"), [(b"1 g %s f", True), (b"0 G %s S", False), (b"%s W n", False)]
)
def test_what_something_lies_under_or_around_is_seen(*, content: bytes, first: bool) -> None:
    assert heading_of(with_drawn(content, first=first)).lines == ("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN")


def test_what_is_filled_in_names_no_agency() -> None:
    """Number and date are filled in after layer 1: what stands in them is no header."""
    drafted = draft(dispatch())
    with pikepdf.open(io.BytesIO(drafted.pdf)) as pdf:
        field = next(each for each in pdf.Root.AcroForm.Fields if each.T == "number")
        left, bottom, right, top = map(float, field.Rect)
        field.Rect = pikepdf.Array([left - 60, bottom + 4 * MM, right + 60, top + 4 * MM])
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        shown = pdf.make_stream(b"/Tx BMC BT /Helv 13 Tf 2 4 Td (BO NOI VU) Tj ET EMC")
        shown.Type, shown.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        shown.BBox = pikepdf.Array([0, 0, right - left + 120, top - bottom])
        shown.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))
        field.AP = pikepdf.Dictionary(N=shown)
        output = io.BytesIO()
        pdf.save(output)
    assert heading_of(output.getvalue()).lines == ("ỦY BAN NHÂN DÂN", "TỈNH THANH SƠN")


def test_a_mapped_file_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(dispatch())
    with file.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert heading_of(mapped) == heading_of(file.read_bytes())
        with printed(mapped, lambda _: 1.0) as pages:
            assert pages.picture(1) is not None


async def test_a_file_that_is_no_pdf_is_not_read() -> None:
    assert await reading.first_page_apart(b"%PDF-1.7 and nothing else", Limits()) is None
    with pytest.raises(Exception, match="cannot be read"):
        await ask(ReadFirstPage(b"%PDF-1.7 and nothing else"), Report, Limits())


# ---------------------------------------------------------------------------------------- the policy file


@pytest.mark.parametrize("rule", ["refuse-mismatch", "require-match", "tell"])
def test_a_policy_file_says_what_a_header_comes_to(rule: str) -> None:
    anchors = '[[anchors]]\nrole = "practice"\nfiles = ["root.crt"]\n'
    text = f'version = 1\nname = "thử"\n[document]\nheader = "{rule}"\n{anchors}'
    assert read_policy(text.encode(), Path("policy.toml")).rules.header == rule
    plain = read_policy(text.replace(f'[document]\nheader = "{rule}"\n', "").encode(), Path("policy.toml"))
    assert plain.rules.header == "refuse-mismatch"
