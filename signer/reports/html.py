"""The report as one HTML page: the verdict first, no other file needed, nothing of the document believed.

The page loads nothing (Content-Security-Policy), runs nothing, and shows a stranger's text as text. It can be
read on a telephone, in the dark and on A4 paper.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from pki.words import N_, Sentence
from signer.facts import PageImage
from signer.policy import Policy
from signer.report import Report
from signer.reports import plain
from signer.reports.cards import card
from signer.reports.chain import chains
from signer.reports.markup import Markup, element, together
from signer.reports.pages import pictured
from signer.reports.reader import Reader
from signer.reports.technical import technical
from signer.reports.timeline import timeline
from signer.reports.verifier import Verifier

_STYLE = Path(__file__).with_name("report.css")


def html_page(
    name: str,
    report: Report,
    images: Sequence[PageImage],
    policy: Policy,
    reader: Reader,
    *,
    verifier: Verifier | None = None,
    examined: datetime | None = None,
) -> bytes:
    """Return the page for the document called `name`, UTF-8; `verifier` is who seals it.

    `examined` is when that was done, where the verdict is as of another moment: the report knows only that.
    """
    signatures = (*report.signatures, *report.timestamps)
    shown = (
        _verdict(_about(name, report, reader, verifier, examined), report, reader),
        _cards(report, reader),
        pictured(images, signatures, reader),
        chains(signatures, reader),
        timeline(report, signatures, reader, as_of=examined is not None),
        technical(report, signatures, policy, reader),
        _foot(reader, verifier),
    )
    title = reader.say(N_("Examination of {name}"), name=name)
    page = element(
        "html", _head(title, verifier), element("body", element("main", *shown)), lang=reader.language
    )
    return f"<!DOCTYPE html>\n{page}\n".encode()


def _head(title: str, verifier: Verifier | None) -> Markup:
    style = _STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        None if verifier is None else element("meta", **verifier.meta),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(style)),
    )


def _verdict(about: Iterable[Markup], report: Report, reader: Reader) -> Markup:
    answer = plain.ANSWERS[report.indication]
    sign = element("span", answer.sign, class_="sign", aria_hidden="true")
    words = element("div", element("h1", reader.say(answer.word)), element("p", reader.say(answer.document)))
    return element(
        "header",
        element("div", sign, words, class_="answer"),
        element("dl", *about),
        _reasons(report, reader),
        class_=f"verdict {answer.colour}",
    )


def _about(
    name: str, report: Report, reader: Reader, verifier: Verifier | None, examined: datetime | None
) -> Iterator[Markup]:
    facts = [(N_("File"), name)]
    if report.number is not None:
        number = report.number if report.symbol is None else f"{report.number}/{report.symbol}"
        if not report.passed:
            number += f" ({reader.say(N_('as the page says'))})"
        facts.append((N_("Number"), number))
        if report.date is not None:
            facts.append((N_("Date of issue"), reader.issued(report.date)))
    if report.header is not None and report.header.agency is not None:
        facts.append((N_("Agency in the header"), report.header.agency))
    if report.validation_time is not None:
        label = N_("Examined") if examined is None else N_("Judged as of")
        facts.append((label, reader.moment(report.validation_time)))
    if examined is not None:
        facts.append((N_("Examined"), reader.moment(examined)))
    if verifier is not None:
        facts.append((N_("Examined by"), verifier.name))
    for label, value in facts:
        yield together((element("dt", reader.say(label)), element("dd", element("bdi", value))))


def _reasons(report: Report, reader: Reader) -> Markup | None:
    """Return why, as far as no signature says it itself, and what to do."""
    said = {
        str(reason) for each in (*report.signatures, *report.timestamps) for reason in each.verdict.reasons
    }
    own: list[Sentence] = [each for each in (*report.verdict.reasons, *report.notes) if str(each) not in said]
    todo = plain.advice(report)
    if not own and todo is None:
        return None
    listed = element("ul", *(element("li", reader.say(each)) for each in own)) if own else None
    advised = None if todo is None else element("p", reader.say(todo), class_="advice")
    return element("div", listed, advised, class_="why")


def _cards(report: Report, reader: Reader) -> Markup | None:
    signatures = (*report.signatures, *report.timestamps)
    if not signatures:
        return None
    heading = N_("The two layers") if report.layer(1) and report.layer(2) else N_("The signatures")
    cards = [card(number, each, reader) for number, each in enumerate(signatures, 1)]
    return element("section", element("h2", reader.say(heading)), element("div", *cards, class_="cards"))


def _foot(reader: Reader, verifier: Verifier | None) -> Markup:
    words = N_("This page tells of one examination and proves nothing by itself: examine the document again.")
    sealed = None
    if verifier is not None:
        sealed = element(
            "p", reader.say(_SEALED, name=verifier.name, sha256=verifier.sha256), class_="sealed"
        )
    return element("footer", element("p", reader.say(words)), sealed, element("p", "congvan verify"))


_SEALED = N_(
    "{name} seals this page, with the certificate whose SHA-256 is {sha256}. The seal is in the file beside "
    "it that has the same name and .p7s behind it; congvan verify examines it."
)
