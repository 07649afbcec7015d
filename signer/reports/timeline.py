"""The time line: a picture of when the certificates were valid, and the events in their order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pki.words import N_
from signer.facts import Event, EventKind, Link
from signer.report import Report, SignatureReport
from signer.reports.markup import Markup, element
from signer.reports.reader import Reader

MOST_EVENTS = 60
"""Events and certificates that are shown."""

_WIDTH, _LEFT, _ROW, _TOP = 720, 210, 30, 34
_KINDS = {
    EventKind.CLAIMED: N_("Signed, as the signer says"),
    EventKind.SIGNATURE_STAMP: N_("Signature time-stamped by {by}"),
    EventKind.DOCUMENT_STAMP: N_("Document time-stamped by {by}"),
    EventKind.OCSP: N_("Status of “{about}” given by {by} (OCSP)"),
    EventKind.CRL: N_("Status of “{about}” given by {by} (list of the revoked)"),
    EventKind.REVOKED: N_("“{about}” revoked by {by}"),
}
_SIGNS = {
    EventKind.CLAIMED: "○",
    EventKind.SIGNATURE_STAMP: "●",
    EventKind.DOCUMENT_STAMP: "●",
    EventKind.OCSP: "»",
    EventKind.CRL: "»",
    EventKind.REVOKED: "✗",
}
_ORDER = list(EventKind)

Told = tuple[datetime, int, str, str, bool]
"""A moment, its place among those of one second, its sign, its words; whether it is more than a claim."""


def timeline(
    report: Report, signatures: Sequence[SignatureReport], reader: Reader, *, as_of: bool = False
) -> Markup | None:
    """Return the time line; None where nothing has a time.

    `as_of`: the moment of the verdict is not that of the examination.
    """
    verdict = _Verdict(report.validation_time, *(_AS_OF if as_of else _THEN))
    told = sorted({*_told(signatures, reader), *verdict.told(reader)})[:MOST_EVENTS]
    if len(told) < 2:
        return None
    heading = element("h2", reader.say(N_("What happened when")))
    listed = element("ol", *(_item(each, reader) for each in told), class_="events")
    note = element("p", reader.say(N_("All times are those of Viet Nam (UTC+7).")), class_="note")
    return element(
        "section", heading, _picture(verdict, signatures, told, reader), listed, note, class_="time"
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The moment that the verdict is as of, in a sentence and in a word."""

    moment: datetime | None
    sentence: str
    word: str

    def told(self, reader: Reader) -> Iterator[Told]:
        if self.moment is not None:
            yield self.moment.replace(microsecond=0), len(_ORDER), "■", reader.say(self.sentence), True


_THEN = (N_("Examined for this report"), N_("examined"))
_AS_OF = (N_("The moment that the verdict is as of"), N_("judged as of"))


def _told(signatures: Sequence[SignatureReport], reader: Reader) -> Iterator[Told]:
    for number, each in enumerate(signatures, 1):
        for event in each.events:
            about_it = f" ({number})" if event.kind in (EventKind.CLAIMED, EventKind.SIGNATURE_STAMP) else ""
            moment, place = event.moment.replace(microsecond=0), _ORDER.index(event.kind)
            yield moment, place, _SIGNS[event.kind], _words(event, reader) + about_it, event.trusted


def _words(event: Event, reader: Reader) -> str:
    said = reader.say(_KINDS[event.kind], by=event.by or "?", about=event.about or "?")
    if event.trusted or event.kind is EventKind.CLAIMED:
        return said
    return reader.say(N_("{event}: not trusted"), event=said)


def _item(told: Told, reader: Reader) -> Markup:
    moment, _, sign, words, proven = told
    time = element("time", reader.moment(moment), datetime=moment.isoformat(timespec="seconds"))
    mark = element("span", sign, class_="sign", aria_hidden="true")
    return element("li", mark, time, element("bdi", words), class_="proven" if proven else "claim")


def _picture(
    verdict: _Verdict, signatures: Sequence[SignatureReport], told: Sequence[Told], reader: Reader
) -> Markup | None:
    links = list({link.sha256: link for each in signatures for link in each.links}.values())[:MOST_EVENTS]
    if not links:
        return None
    scale = _Scale([each[0] for each in told], links)
    height = _TOP + _ROW * len(links) + 26
    bars = [_bar(link, place, scale) for place, link in enumerate(links)]
    moments = [scale.x(each[0]) for each in told]
    lines = [
        element("line", x1=x, x2=x, y1=_TOP - 8, y2=height - 22, class_="event")
        for x in sorted({round(x) for x in moments})
    ]
    ends = [
        element("text", reader.day(scale.begin), x=scale.x(scale.begin), y=height - 6, text_anchor="middle"),
        element("text", reader.day(scale.end), x=_WIDTH, y=height - 6, text_anchor="end"),
        element("text", reader.say(N_("Validity of the certificates")), x=0, y=16, class_="title"),
    ]
    if verdict.moment is not None:
        x = scale.x(verdict.moment)
        anchor = "end" if x > _WIDTH - 90 else "middle"
        ends.append(element("text", reader.say(verdict.word), x=x, y=16, text_anchor=anchor))
    drawn = element(
        "svg", *bars, *lines, *ends, viewBox=f"0 0 {_WIDTH} {height}", role="img",
        aria_label=reader.say(N_("Validity of the certificates")),
    )  # fmt: skip
    return element("div", drawn, class_="chart")


class _Scale:
    """Time from left to right: all events, and the certificate that ends first; longer ones are cut."""

    def __init__(self, moments: Sequence[datetime], links: Sequence[Link]) -> None:
        shortest = min(links, key=lambda each: each.not_after - each.not_before)
        self.begin, self.end = min(*moments, shortest.not_before), max(*moments, shortest.not_after)
        begin, end = self.begin.timestamp(), self.end.timestamp()
        margin = max((end - begin) / 20, 60.0)
        self._from, self._across = begin - margin, end - begin + 2 * margin

    def x(self, moment: datetime) -> float:
        part = (moment.timestamp() - self._from) / self._across
        return round(_LEFT + (_WIDTH - _LEFT) * min(max(part, 0.0), 1.0), 1)


def _bar(link: Link, place: int, scale: _Scale) -> Markup:
    y = _TOP + _ROW * place
    start, stop = scale.x(link.not_before), scale.x(link.not_after)
    name = link.name if len(link.name) <= 26 else link.name[:25] + "…"
    bar = element("rect", x=start, y=y, width=max(round(stop - start, 1), 2), height=18, rx=3, class_="valid")
    return element("g", element("text", name, x=0, y=y + 14), bar)
