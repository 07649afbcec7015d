"""One signature on one card: who, when, how strong, whether to believe it, and what to do if not."""

from collections.abc import Iterator

from pki.words import N_
from signer.report import Changes, SignatureReport
from signer.reports import plain
from signer.reports.markup import Markup, Part, element, together
from signer.reports.reader import Reader


def badge(each: SignatureReport, reader: Reader) -> Markup:
    """Return an answer as a colour, a sign and a word."""
    answer = plain.ANSWERS[each.verdict.indication]
    sign = element("span", answer.sign, aria_hidden="true")
    return element("span", sign, " ", reader.say(answer.word), class_=f"badge {answer.colour}")


def part(each: SignatureReport, reader: Reader) -> str:
    """Return which part a signature plays."""
    if is_stamp(each):
        return reader.say(N_("Document time-stamp"))
    return reader.say(plain.PARTS.get(each.layer or 0, N_("Another signature")))


def is_stamp(each: SignatureReport) -> bool:
    """Tell whether it is a document time-stamp (ISO 32000-2 §12.8.5)."""
    return each.binding is not None and each.binding.sub_filter == "/ETSI.RFC3161"


def card(number: int, each: SignatureReport, reader: Reader) -> Markup:
    """Return the card of a signature; `number` is that of its mark on the page."""
    heading = element("h3", element("span", str(number), class_="mark"), " ", part(each, reader))
    colour = plain.ANSWERS[each.verdict.indication].colour
    body = element("dl", *(row for row in _rows(each, reader)))
    return element(
        "article",
        element("header", heading, badge(each, reader)),
        body,
        _why(each, reader),
        _changes(each, reader),
        class_=f"card {colour}",
    )


def row(name: str, *value: Part) -> Markup:
    """Return one row of a list of facts."""
    return together((element("dt", name), element("dd", *value)))


def _rows(each: SignatureReport, reader: Reader) -> Iterator[Markup]:
    say = reader.say
    who = each.signer or (each.links[-1].name if each.links else say(N_("unknown signer")))
    yield row(say(N_("Who")), element("bdi", element("strong", who)))
    if each.title:
        yield row(say(N_("Title")), element("bdi", each.title))
    if each.organisation and each.organisation != who:
        yield row(say(N_("Organisation")), element("bdi", each.organisation))
    if each.signer_kind is not None and each.layer is None and not is_stamp(each):
        yield row(say(N_("Kind")), say(plain.KINDS.get(each.signer_kind, each.signer_kind)))
    yield row(say(N_("When")), *_when(each, reader))
    if each.level is not None:
        yield row(say(N_("Level")), f"PAdES {each.level}")
    if each.links:
        yield row(say(N_("Certificate by")), element("bdi", each.links[-1].issuer))
    yield row(say(N_("Certificate's status")), say(plain.standing(each)))
    if each.spot is None:
        yield row(say(N_("On page")), say(N_("shown on no page")))
    else:
        yield row(say(N_("On page")), str(each.spot.page))


def _when(each: SignatureReport, reader: Reader) -> Iterator[Part]:
    if each.best_signature_time is not None:
        yield reader.say(N_("{time}, proven by a time-stamp"), time=reader.moment(each.best_signature_time))
    elif each.signing_time is not None:
        yield reader.say(
            N_("{time}, as the signer says; nothing proves it"), time=reader.moment(each.signing_time)
        )
    else:
        yield reader.say(N_("not said"))


def _why(each: SignatureReport, reader: Reader) -> Markup | None:
    reasons = dict.fromkeys(reader.say(reason) for reason in (*each.verdict.reasons, *each.notes))
    what_to_do = plain.advice_on(each)
    if not reasons and what_to_do is None:
        return None
    listed = element("ul", *(element("li", reason) for reason in reasons)) if reasons else None
    todo = None if what_to_do is None else element("p", reader.say(what_to_do), class_="advice")
    return element("div", listed, todo, class_="why")


def _changes(each: SignatureReport, reader: Reader) -> Markup | None:
    if not each.intact:
        return None
    words = dict.fromkeys(reader.say(change) for change in each.change_list)
    said = element("p", reader.say(plain.CHANGES[each.changes]))
    if each.changes is Changes.NONE and not words:
        return element("div", said, class_="changes")
    return element("div", said, element("ul", *(element("li", word) for word in words)), class_="changes")
