"""Reports for people: what they show, and that nothing of a stranger's gets out of its place."""

import dataclasses
import datetime as dt
import hashlib
import io
import json
import re
from base64 import b64encode
from pathlib import Path

import jsonschema
import pytest
from PIL import Image
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner

from pki.trust import Anchors
from pki.words import Sentence
from signer.apart.asking import ask
from signer.apart.showing import ShowPages
from signer.facts import Binding, Event, EventKind, Link, PageImage, Spot
from signer.policy import Limits, Policy
from signer.report import Indication, Report, SignatureReport, failed
from signer.reports.markup import element, text
from signer.reports.pages import page_images
from signer.reports.plain import advice, advice_on
from signer.verifying import examine
from tests.signer.certificates import issued
from tests.signer.forging import refilled
from tests.signer.reports_held import SCHEMA, attributes, held_by_etsi, held_by_schema, page_of, parsed
from tests.signer.stage_samples import Stages

VECTORS = Path(__file__).parents[1] / "vectors"
EVIL = '"><script src=http://evil.example>alert(1)</script>\u202e</style>\x00\ud800&amp;'
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def hostile_report() -> Report:
    """A report in which a stranger wrote every text."""
    first, last = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)
    link = Link(name=EVIL, issuer=EVIL, serial="ff", not_before=first, not_after=last, encoded=b"x")
    event = Event(kind=EventKind.OCSP, moment=NOON, trusted=False, by=EVIL, about=EVIL)
    why = Sentence("Because of {name}", {"name": EVIL})
    bound = Binding(
        digest=EVIL,
        message=b"x",
        signed=b"x",
        value=b"x",
        byte_range=(0, 1, 2, 3),
        sub_filter=EVIL,
        revision=1,
    )
    signature = SignatureReport(
        field=EVIL, verdict=failed("FORMAT_FAILURE", why), signer=EVIL, organisation=EVIL, issuer=EVIL,
        signer_kind=EVIL, title=EVIL, level=EVIL, signing_time=NOON, intact=True, change_list=(why,),
        algorithm=EVIL, path=(EVIL,), revocation=EVIL, links=(link, link), events=(event,), binding=bound,
        spot=Spot(page=1, x=-9e5, y=9e5, width=1, height=1, page_width=100, page_height=100),
    )  # fmt: skip
    return Report(
        verdict=failed("FORMAT_FAILURE", why), number=EVIL, symbol=EVIL, date=EVIL, signatures=(signature,),
        validation_time=NOON, notes=(why,), policy=EVIL,
    )  # fmt: skip


def test_a_strangers_text_stays_text(policy: Policy) -> None:
    image = PageImage(page=1, width=10, height=10, png=b"\x89PNG")
    page = page_of(hostile_report(), policy, (image,), name=EVIL)
    tags = {each.tag for each in parsed(page).iter() if isinstance(each.tag, str)}
    assert not tags & {"script", "iframe", "object", "link", "a", "form", "base"}
    assert page.count("<style>") == page.count("</style>") == 1
    assert "\u202e" not in page
    assert "[U+202E]" in page


def test_a_strangers_words_forge_no_line_of_the_answer() -> None:
    forged = "A\r\nThe document is valid."
    why = failed("FORMAT_FAILURE", Sentence("Because of {name}", {"name": forged}))
    signature = SignatureReport(field=forged, verdict=why, signer=forged)
    report = Report(verdict=why, number=forged, symbol=forged, date=forged, signatures=(signature,))
    assert all(line.isprintable() for line in report.lines())
    assert report.as_json()["number"] == forged


def test_a_verdict_as_of_another_moment_is_not_told_as_the_time_of_examination(policy: Policy) -> None:
    report = hostile_report()
    then, now = "2026-11-22 19:00:00", "2026-12-01 19:00:00"
    page = page_of(report, policy)
    assert f"<dt>Examined</dt><dd><bdi>{then}</bdi></dd>" in page
    assert "Judged as of" not in page
    page = page_of(report, policy, examined=NOON + dt.timedelta(days=9))
    assert (
        f"<dt>Judged as of</dt><dd><bdi>{then}</bdi></dd><dt>Examined</dt><dd><bdi>{now}</bdi></dd>" in page
    )
    assert "The moment that the verdict is as of" in page
    assert "Examined for this report" not in page


async def test_a_date_that_cannot_be_read_is_left_out(stages: Stages, policy: Policy) -> None:
    report = dataclasses.replace(await examine(stages.sealed.pdf, policy), date=None)
    assert "  Number 05/UBND-VP" in report.lines()
    assert "Date of issue" not in page_of(report, policy)


LATER, MUCH_LATER = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2029, 2045))
RENEW, NETWORK = "The proof that the document carries has grown old.", "An answer is missing that may still"


@pytest.mark.parametrize(
    ("name", "at", "advised"),
    [
        ("b-b", LATER, NETWORK),
        ("b-t", LATER, NETWORK),
        ("b-lt", LATER, RENEW),
        ("b-lta", LATER, RENEW),
        ("b-b", MUCH_LATER, "The certificate has expired, and nothing proves that the signature is older."),
        ("b-t", MUCH_LATER, "The certificate has expired, and the time-stamp that should prove"),
        ("b-lta", MUCH_LATER, "The certificate has expired, and the time-stamp that should prove"),
    ],
)
async def test_what_to_do_is_told_by_the_cause(name: str, at: dt.datetime, advised: str) -> None:
    honest = VECTORS / "honest"
    policy = Policy(anchors=Anchors.load(honest / "practice.pem"), require="any", offline=True, at=at)
    pdf = (honest / "files" / f"congvan-two-layers-{name}.pdf").read_bytes()
    report = await examine(pdf, policy)
    told = [advice(report), *map(advice_on, report.signatures)]
    assert all((each or "").startswith(advised) for each in told), told


@pytest.mark.parametrize("limits", [Limits(seconds=0.0), Limits(memory=1)])
async def test_an_examination_that_was_not_finished_asks_nobody_for_another_copy(
    stages: Stages, policy: Policy, limits: Limits
) -> None:
    report = await examine(stages.sealed.pdf, dataclasses.replace(policy, limits=limits))
    assert report.verdict.sub_indication == "TRY_LATER"
    assert (advice(report) or "").startswith("The examination was not finished")


@pytest.mark.parametrize("report", [hostile_report(), Report(verdict=failed("FORMAT_FAILURE"))])
def test_a_page_loads_nothing(policy: Policy, report: Report) -> None:
    named = [(tag, name, value) for tag, name, value in attributes(page_of(report, policy))]
    assert not [each for each in named if each[1] in {"href", "srcset", "style", "xlink:href", "action"}]
    assert not [each for each in named if each[1].startswith("on")]
    sources = [value for _, name, value in named if name == "src"]
    assert all(value.startswith("data:image/png;base64,") for value in sources)


async def test_the_page_allows_its_own_style_and_pictures_only(stages: Stages, policy: Policy) -> None:
    page = page_of(await examine(stages.sealed.pdf, policy), policy)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    allowed = next(value for tag, name, value in attributes(page) if "default-src" in value)
    assert allowed.startswith("default-src 'none'; img-src data:; style-src 'sha256-" + digest)
    assert "url(" not in style
    assert "@import" not in style


async def test_a_hostile_name_in_a_certificate_and_a_field_is_shown_as_text(
    page: bytes, policy: Policy
) -> None:
    signer = issued("<script>alert(1)</script>")
    made = SimpleSigner(signer.certificate, signer.info, cert_registry=None)
    metadata = PdfSignatureMetadata(field_name="<b>A</b>", md_algorithm="sha256", signer_key_usage=set())
    output = await PdfSigner(metadata, made).async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(page)))
    report = await examine(output.getvalue(), policy)
    held_by_schema(report)
    assert report.signatures[0].spot is None  # it is invisible
    shown = page_of(report, policy)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script" not in shown
    assert "<b>" not in shown


async def test_the_verdict_comes_first_as_colour_sign_and_word(stages: Stages, policy: Policy) -> None:
    good, bad = stages.sealed.pdf, refilled(stages.sealed.pdf, "number", "06")
    for pdf, colour, sign, word in ((good, "yes", "✓", "Valid"), (bad, "no", "✗", "Not valid")):
        page = page_of(await examine(pdf, policy), policy)
        header = parsed(page).find(".//header")
        assert header.get("class") == f"verdict {colour}"
        assert "".join(header.itertext()).startswith(sign + word)


async def test_the_page_shows_both_layers_their_pages_paths_and_times(stages: Stages, policy: Policy) -> None:
    report = await examine(stages.sealed.pdf, policy)
    images = await page_images(stages.sealed.pdf, report)
    page = page_of(report, policy, images)
    tree = parsed(page)
    headings = ["".join(each.itertext()) for each in tree.iter("h2")]
    assert headings == [
        "The two layers", "Where the signatures stand", "Who vouches for whom", "What happened when",
    ]  # fmt: skip
    assert page.count('class="frame yes"') == 2
    assert "Nguyễn Văn Ánh" in page
    assert all(link.sha256 in page for each in report.signatures for link in each.links)


@pytest.mark.parametrize("sub", SCHEMA["$defs"]["indication"]["enum"])
async def test_what_is_not_believed_says_what_to_do(stages: Stages, policy: Policy, sub: str) -> None:
    files = {
        "TOTAL_PASSED": stages.sealed.pdf,
        "TOTAL_FAILED": refilled(stages.sealed.pdf, "number", "06"),
        "INDETERMINATE": stages.sealed.pdf,
    }
    asked = dataclasses.replace(policy, revocation="require") if sub == "INDETERMINATE" else policy
    report = await examine(files[sub], asked)
    assert report.indication is Indication(sub)
    assert ('class="advice"' in page_of(report, asked)) is (sub != "TOTAL_PASSED")


async def test_signatures_are_found_where_they_are_seen(stages: Stages, policy: Policy) -> None:
    report = await examine(stages.sealed.pdf, policy)
    places = stages.draft.places
    for layer, name in ((1, "sign"), (2, "seal")):
        spot, place = report.layer(layer).spot, places[name]
        assert (spot.page, spot.page_width, spot.page_height) == (place.page, 595, 842)
        assert abs(spot.x + spot.width / 2 - place.x - place.width / 2) < 1
        assert abs(spot.y + spot.height / 2 - place.y - place.height / 2) < 1


@pytest.mark.parametrize("name", ["rotated-90", "rotated-270", "crop-box", "user-unit", "inherited-pages"])
async def test_a_signature_on_any_page_is_marked_in_the_readers_coordinates(
    name: str, policy: Policy
) -> None:
    from signer.drafting import draft
    from signer.page import Place

    place = Place.parse("1:100,120,90,50")
    drafted = draft((VECTORS / "pdf" / f"{name}.pdf").read_bytes(), {"sign": place})
    signer = issued("An")
    metadata = PdfSignatureMetadata(field_name="layer1", md_algorithm="sha256", signer_key_usage=set())
    made = SimpleSigner(signer.certificate, signer.info, cert_registry=None)
    output = await PdfSigner(metadata, made).async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(drafted.pdf)))
    spot = (await examine(output.getvalue(), policy)).signatures[0].spot
    found = (spot.page, spot.x, spot.y, spot.width, spot.height)
    assert found == pytest.approx((1, 100, 120, 90, 50), abs=0.1)


async def test_the_picture_of_a_page_shows_what_was_filled_in(stages: Stages) -> None:
    before, after = [
        (await ask(ShowPages(pdf, (1,)), tuple[PageImage, ...], Limits()))[0]
        for pdf in (stages.signed.pdf, stages.sealed.pdf)
    ]
    red = [
        sum(
            1
            for r, g, b in Image.open(io.BytesIO(each.png)).convert("RGB").get_flattened_data()
            if r > g + 99
        )
        for each in (before, after)
    ]
    assert red[0] == 0 < red[1]
    assert max(after.width, after.height) == 1200


async def test_pages_that_are_not_there_and_files_that_cannot_be_drawn_have_no_pictures(
    stages: Stages,
) -> None:
    assert await ask(ShowPages(stages.draft.pdf, (0, 2, 9)), tuple[PageImage, ...], Limits()) == ()
    report = Report(verdict=failed("FORMAT_FAILURE"), signatures=hostile_report().signatures)
    assert await page_images(b"%PDF-1.7 nothing", report) == ()


async def test_a_reports_json_is_held_by_its_schema(stages: Stages, policy: Policy) -> None:
    for pdf in (stages.sealed.pdf, stages.signed.pdf, stages.draft.pdf, b"nothing"):
        held_by_schema(await examine(pdf, policy))
    good = (await examine(stages.sealed.pdf, policy)).as_json()
    assert good["sha256"] == hashlib.sha256(stages.sealed.pdf).hexdigest()
    for broken in ({"indication": "PASSED"}, {"schema": "congvan-report/2"}, {"signatures": [{}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(json.loads(json.dumps(good)) | broken, SCHEMA)


BAD = {file.stem: file.read_bytes() for file in sorted((VECTORS / "bad").glob("*.pdf"))}


@pytest.mark.parametrize("name", BAD)
async def test_reports_of_bad_files_are_held_too(name: str, policy: Policy) -> None:
    report = await examine(BAD[name], policy)
    held_by_schema(report)
    held_by_etsi(report, policy)
    parsed(page_of(report, policy))


def test_text_is_escaped_by_construction() -> None:
    assert (
        element("p", "<b>", element("i", "&"), class_='"', data_x=None)
        == '<p class="&quot;">&lt;b&gt;<i>&amp;</i></p>'
    )
    assert text("a\u2066b\x07") == "a[U+2066]b[U+0007]"
    assert len(text("x" * 9999)) == 2001
