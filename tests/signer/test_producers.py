"""Every file of `tests/vectors/pdf` goes the whole way, and other people's verifiers agree.

The keys are real SoftHSM tokens. `pdfsig` (Poppler), `mutool` and `qpdf` know nothing of this program.
"""

import asyncio
import datetime as dt
import io
import json
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw

import exchange.demo
from pki.errors import CongvanError
from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from pki.trust import Anchors
from signer.document import DocumentNumber, Draft
from signer.drafting import draft
from signer.numbering import number
from signer.page import Place
from signer.policy import Policy
from signer.report import Changes, Indication, Report
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.test_header import ruled

VECTORS = Path(__file__).parents[1] / "vectors"
IMAGES = Path(exchange.demo.__file__).parent
EXPECTED: dict[str, dict[str, Any]] = json.loads((VECTORS / "pdf" / "expected.json").read_text())
REFUSED: dict[str, str] = json.loads((VECTORS / "bad" / "expected.json").read_text())
IN_LAYOUT = [name for name, expected in EXPECTED.items() if expected["layout"]]
DATE = dt.date(2026, 11, 9)
OF_A_COMMUNE = {"chromium.pdf", "object-streams.pdf"}
"""Their header names another agency than the practice seal, which is only told here."""


@dataclass(frozen=True, kw_only=True)
class Journey:
    """One vector before, between and after."""

    source: bytes
    draft: Draft
    sealed: bytes
    report: Report


def source(name: str) -> bytes:
    return (VECTORS / "pdf" / name).read_bytes()


def number_of(name: str) -> DocumentNumber:
    return DocumentNumber(number="7", symbol=EXPECTED[name].get("symbol", "UBND-VP"), date=DATE)


@pytest.fixture(scope="module")
def travelled(sandbox: Sandbox) -> dict[str, Journey | Exception]:
    """Every vector's journey, or what stopped it; the two tokens are opened once."""
    return asyncio.run(_travel(sandbox))


async def _travel(sandbox: Sandbox) -> dict[str, Journey | Exception]:
    policy = Policy(anchors=Anchors.load(sandbox.trust), revocation="ignore")
    journeys: dict[str, Journey | Exception] = {}
    async with open_key(sandbox.signatory) as person, open_key(sandbox.agency) as agency:

        async def one(name: str) -> Journey:
            drafted = await asyncio.to_thread(draft, source(name))
            signed = await sign(drafted, person, image=(IMAGES / "signature.png").read_bytes())
            numbered = number(signed, number_of(name))
            image = (IMAGES / "seal.png").read_bytes()
            held = ruled(policy, "tell") if name in OF_A_COMMUNE else policy
            sealed = await seal(numbered, agency, image=image, policy=held)
            report = await examine(sealed.pdf, held)
            return Journey(source=source(name), draft=drafted, sealed=sealed.pdf, report=report)

        for name in EXPECTED:
            journeys[name] = await _or_error(one, name)
    return journeys


async def _or_error(step: Callable[[str], Awaitable[Journey]], name: str) -> Journey | Exception:
    """One vector that fails must not hide how the others fare."""
    try:
        return await step(name)
    except Exception as error:  # noqa: BLE001 - it is raised again in that vector's own tests
        return error


@pytest.fixture(params=sorted(EXPECTED))
def journey(request: pytest.FixtureRequest, travelled: dict[str, Journey | Exception]) -> Journey:
    outcome = travelled[request.param]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@pytest.fixture
def sealed_file(journey: Journey, tmp_path: Path) -> Path:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(journey.sealed)
    return path


def said(*command: str | Path) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return done.stdout.decode()


def test_a_document_of_every_producer_is_believed_on_both_layers(journey: Journey) -> None:
    report = journey.report
    assert (report.indication, report.two_layer) == (Indication.TOTAL_PASSED, True), report.as_json()
    assert [(each.layer, each.intact) for each in report.signatures] == [(1, True), (2, True)]
    assert [each.changes for each in report.signatures] == [Changes.ALLOWED, Changes.NONE]


def test_pdfsig_finds_both_signatures_valid(sealed_file: Path) -> None:
    text = said("pdfsig", "-nocert", sealed_file)
    assert text.count("Signature is Valid.") == 2, text
    assert text.count("Total document signed") == 1, text


def test_mutool_finds_both_signatures_whole(sealed_file: Path) -> None:
    text = said("mutool", "sign", "-v", sealed_file)
    assert text.count("Verifying signature") == 2, text
    assert text.count("The signature is valid but there have been edits since signing.") == 1, text
    assert text.count("The document is unchanged since signing.") == 1, text


def test_qpdf_finds_nothing_to_repair(sealed_file: Path) -> None:
    assert "WARNING" not in said("qpdf", "--check", sealed_file)


def test_outside_the_fields_every_page_looks_as_before(journey: Journey) -> None:
    before, after = (opened(pdf) for pdf in (journey.source, journey.sealed))
    assert len(before) == len(after)
    for page in pages_to_look_at(journey):
        old, new = (picture(document, page) for document in (before, after))
        assert old.size == new.size
        for place in on_page(journey, page):
            for image in (old, new):
                ImageDraw.Draw(image).rectangle(pixels(place, journey, image), fill=128)
        assert ImageChops.difference(old, new).getextrema() == (0, 0), page


def test_the_number_the_signature_and_the_seal_can_be_seen(journey: Journey) -> None:
    before, after = (opened(pdf) for pdf in (journey.source, journey.sealed))
    for name in ("number", "sign", "seal"):
        place = journey.draft.places[name]
        old, new = (picture(document, place.page) for document in (before, after))
        window = pixels(place, journey, new)
        assert ImageChops.difference(old.crop(window), new.crop(window)).getbbox() is not None, name


def test_what_the_catalog_says_of_the_document_is_kept(journey: Journey) -> None:
    with pikepdf.open(io.BytesIO(journey.source)) as old, pikepdf.open(io.BytesIO(journey.sealed)) as new:
        for key in ("/MarkInfo", "/Lang", "/Outlines", "/PageLabels", "/OCProperties", "/StructTreeRoot"):
            assert (key in old.Root) == (key in new.Root), key
        assert sorted(old.attachments) == sorted(new.attachments)
        with old.open_metadata() as claimed, new.open_metadata() as kept:
            assert kept.pdfa_status == claimed.pdfa_status
        if "/AcroForm" in old.Root:
            names = {str(field.T) for field in old.Root.AcroForm.Fields}
            assert names <= {str(field.T) for field in new.Root.AcroForm.Fields}


def test_the_seal_is_drawn_at_its_real_size(journey: Journey) -> None:
    place = journey.draft.places["seal"]
    with pikepdf.open(io.BytesIO(journey.sealed)) as pdf:
        page = pdf.pages[place.page - 1].obj
        field = next(field for field in pdf.Root.AcroForm.Fields if str(field.get("/T")) == "layer2")
        left, bottom, right, top = (float(edge) * float(page.get("/UserUnit", 1)) for edge in field.Rect)
    assert (right - left, top - bottom) == pytest.approx((36 * 72 / 25.4,) * 2, abs=0.2)


@pytest.mark.parametrize("name", IN_LAYOUT)
def test_the_places_are_found_by_the_text_on_the_page(name: str) -> None:
    expected = EXPECTED[name]
    places = draft(source(name)).places
    assert {key for key, place in places.items() if place.found == "text"} == {
        *expected["blanks"], "sign", "seal"
    }  # fmt: skip
    assert {places[key].page for key in expected["blanks"]} == {expected["page"]}
    assert places["sign"].page == places["seal"].page == expected["sign_page"]


# Poppler does not know /UserUnit, and the box of a turned page's words is not what the reader sees.
UPRIGHT = [name for name in IN_LAYOUT if not name.startswith(("rotated", "user-unit", "crop-box"))]


@pytest.mark.parametrize("name", UPRIGHT)
def test_the_number_goes_between_the_words_that_poppler_sees(name: str, tmp_path: Path) -> None:
    place = draft(source(name)).places["number"]
    words = printed_words(source(name), tmp_path)
    slash = next(box for text, box in words if text.endswith("/" + EXPECTED[name]["symbol"]))
    label = next(box for text, box in words if text.startswith("Số:") and abs(box[3] - slash[3]) < 2)
    height = 841.89
    assert label[0] < place.x
    assert place.x + place.width <= slash[2]
    assert slash[1] - 3 <= height - place.y - place.height / 2 <= slash[3] + 3


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_file_that_cannot_be_signed_safely_is_refused(name: str) -> None:
    with pytest.raises(CongvanError) as refused:
        draft((VECTORS / "bad" / name).read_bytes())
    assert refused.value.code == REFUSED[name]
    assert "<_io" not in str(refused.value)


def opened(pdf: bytes) -> pypdfium2.PdfDocument:
    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()  # else form fields are not drawn
    return document


def pages_to_look_at(journey: Journey) -> list[int]:
    """The pages with fields, the first, and the second; an annex of 500 would only take longer."""
    count = len(pypdfium2.PdfDocument(journey.source))
    return sorted({1, min(2, count)} | {place.page for place in journey.draft.places.values()})


def on_page(journey: Journey, page: int) -> list[Place]:
    return [place for place in journey.draft.places.values() if place.page == page]


def picture(document: pypdfium2.PdfDocument, page: int) -> Image.Image:
    shown: Image.Image = document[page - 1].render(scale=0.6).to_pil()
    return shown.convert("L")


def pixels(place: Place, journey: Journey, image: Image.Image) -> tuple[int, int, int, int]:
    """A place's rectangle in an image of its page, two pixels wider all around."""
    page = pypdfium2.PdfDocument(journey.source)[place.page - 1]
    with pikepdf.open(io.BytesIO(journey.source)) as pdf:
        unit = float(pdf.pages[place.page - 1].obj.get("/UserUnit", 1))
    scale = image.width / (page.get_width() * unit)
    left, top = place.x * scale, image.height - (place.y + place.height) * scale
    return (
        round(left) - 2,
        round(top) - 2,
        round(left + place.width * scale) + 2,
        round(top + place.height * scale) + 2,
    )


def printed_words(pdf: bytes, folder: Path) -> list[tuple[str, tuple[float, float, float, float]]]:
    """The words of page 1 as poppler sees them, with left, top, right, bottom from the upper-left corner."""
    path = folder / "page.pdf"
    path.write_bytes(pdf)
    listed = said("pdftotext", "-f", "1", "-l", "1", "-bbox", path, "-")
    words = []
    for line in listed.splitlines():
        head, tag, text = line.partition('">')
        if tag and "<word " in head:
            edges = [float(part) for part in head.split('"')[1::2]]
            edges += [float(head.rpartition('"')[2])] if len(edges) < 4 else []
            words.append((text.removesuffix("</word>"), (edges[0], edges[1], edges[2], edges[3])))
    return words
