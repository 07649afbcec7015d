"""What the first page shows: the agencies of its header, and what its filled fields look like.

A text field keeps its value and, apart from it, what readers draw (ISO 32000-2 §12.7.4.3): nothing in a
PDF makes the two agree. Number and date are filled with the seal, so only who seals can make them differ;
programs would file one number, and people read another.
"""

import dataclasses
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pki.words import N_, Sentence
from signer.agency import Heading
from signer.facts import LONGEST_NAME, Spot
from signer.report import Report, SignatureReport, Verdict, unknown, worst

_PARTS = frozenset({"day", "month", "year"})

MAX_FIELDS = 16
"""Filled text fields of one page; a drafted document has at most four."""

MAX_OVER = 16
"""Signatures that are looked under; where there are more, of those that were made first it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A text field: its name, its value, and the text that its place shows, left to right.

    The value is empty where something is drawn for a field that was not filled in.
    `shown` is None where what is drawn cannot be read as text. `hides` are letters of the page that are not
    seen any more, because the field was drawn over them; None where nobody can tell. `hides_more`: whether it
    hides something else that is drawn. Raises `ValueError` for longer texts than a
    reader of pages is to return.
    """

    field: str
    value: str
    shown: str | None
    hides: str | None = ""
    hides_more: bool = False

    def __post_init__(self) -> None:
        texts = (self.field, self.value, self.shown or "", self.hides or "")
        if any(len(each) > LONGEST_NAME for each in texts):
            raise ValueError("no number and no date is so long")

    @property
    def differs(self) -> bool:
        """Whether the page shows another text than the value."""
        return bool(self.value) and self.shown is not None and _letters(self.shown) != _letters(self.value)

    @property
    def is_shown_alone(self) -> bool:
        """Whether the page shows letters or digits where the field holds nothing."""
        return not self.value and self.shown is not None and any(map(str.isalnum, self.shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What the page itself prints of its number, its symbol, and its date by day, month and year."""

    number: str | None = None
    symbol: str | None = None
    date: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = (self.number or "", self.symbol or "", *self.date.values())
        if any(len(each) > LONGEST_NAME for each in texts) or not self.date.keys() <= _PARTS:
            raise ValueError("no number and no date is so long")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage:
    """What was read of a first page. Raises `ValueError` for more fields than a page is read for."""

    heading: Heading
    printed: Printed = Printed()
    filled: tuple[Filled, ...] = ()
    hidden: tuple[str | None, ...] = ()
    """What each signature that was asked for hides of its page's text; None where nobody can tell."""
    more: tuple[bool, ...] = ()
    """Whether it hides something else that is drawn there."""

    def __post_init__(self) -> None:
        if len(self.hidden) > MAX_OVER or any(len(each or "") > LONGEST_NAME for each in self.hidden):
            raise ValueError("no document has so many signatures that are looked under, or so much below one")
        if len(self.filled) > MAX_FIELDS:
            raise ValueError("no page of a document has so many fields")

    def below(self, count: int) -> Sequence[tuple[str | None, bool]]:
        """Return what is hidden in so many places, and whether more is; fewer answers are none."""
        if not len(self.hidden) == len(self.more) == count:
            return [(None, False)] * count
        return list(zip(self.hidden, self.more, strict=True))


def held_to_fields(report: Report, filled: Sequence[Filled]) -> Report:
    """Return the report with what comes of fields that show something else than their values.

    The bytes are as they were sealed, and a program cannot tell which of the two is meant: INDETERMINATE
    (EN 319 102-1 §5.2.8).
    """
    verdicts = list(_contradictions(filled))
    unread = tuple(
        Sentence(_UNREAD, {"field": each.field, "value": each.value}) for each in filled if each.shown is None
    )
    alone = tuple(
        Sentence(_ALONE, {"field": each.field, "shown": each.shown}) for each in filled if each.is_shown_alone
    )
    shown = Counter(each.field for each in filled)
    there = shown.keys() - set(report.elsewhere)
    twice = tuple(Sentence(_TWICE, {"field": each}) for each, count in shown.items() if count > 1)
    elsewhere = tuple(Sentence(_ELSEWHERE, {"field": each}) for each in report.fields if each not in there)
    return replace(
        report,
        verdict=worst((report.verdict, *verdicts)),
        two_layer=report.two_layer and not verdicts,
        notes=(*report.notes, *unread, *alone, *elsewhere, *twice, *_below(filled)),
    )


def _below(filled: Sequence[Filled]) -> Iterator[Sentence]:
    for each in filled:
        if each.hides is None:
            yield Sentence(_UNLOOKED, {"field": each.field})
        elif each.hides_more and not each.hides:
            yield Sentence(_MORE, {"field": each.field})


def held_to_print(report: Report, printed: Printed) -> Report:
    """Return the report with what the page prints otherwise than the document states.

    Beside the fields a document keeps its symbol, and what is printed of its date, where nobody sees it
    (`signer.issue`): nothing in a PDF makes that agree with the page.
    """
    year, month, day = (report.date or "--").split("-")
    stated = {"number": report.number, "symbol": report.symbol, "day": day, "month": month, "year": year}
    found = {"number": printed.number, "symbol": printed.symbol, **printed.date}
    notes = [
        Sentence(_PRINTED, {"printed": text, "kept": stated[name]})
        for name, text in found.items()
        if text and stated[name] and _bare(text) != _bare(stated[name] or "")
    ]
    return replace(report, notes=(*report.notes, *notes))


def _bare(text: str) -> str:
    return _letters(text).casefold().lstrip("0")


def made_over(report: Report) -> tuple[SignatureReport, ...]:
    """Return the signatures that are seen and were made after layer 1, in the order of their revisions."""
    first = report.layer(1)
    after = 0 if first is None or first.binding is None else first.binding.revision
    return tuple(
        each
        for each in report.signatures
        if each.spot is not None and each.binding is not None and each.binding.revision > after
    )


def spots_of(over: Sequence[SignatureReport]) -> tuple[Spot, ...]:
    """Return where those of these signatures are seen that are looked under: the last ones."""
    return tuple(each.spot for each in over[-MAX_OVER:] if each.spot is not None)


def told_of_filled(report: Report, fields: Sequence[str], page: FirstPage) -> Report:
    """Return the report on a document that is not of two layers with what its filled fields hide.

    Who left them open allowed it, whatever they look like; that a person saw it nobody says.
    """
    looked, left_out = fields[:MAX_OVER], ", ".join(fields[MAX_OVER:])[:LONGEST_NAME]
    found = zip(looked, page.below(len(looked)), strict=True)
    notes = [_of_field(field, *below) for field, below in found]
    notes += [Sentence(_UNLOOKED, {"field": left_out})] if left_out else []
    return replace(report, notes=(*report.notes, *(each for each in notes if each is not None)))


def _of_field(field: str, hidden: str | None, more: bool) -> Sentence | None:
    if hidden:
        return Sentence(_HIDES, {"field": field, "hidden": hidden})
    return _of_signature(field, hidden, more)


def told_of_no_page(report: Report, over: Sequence[SignatureReport]) -> Report:
    """Return the report on a document whose pages could not be read, and should have been looked at."""
    looked_for = report.fields or report.filled or over
    return replace(report, notes=(*report.notes, Sentence(_UNREADABLE))) if looked_for else report


def told_of_hidden(report: Report, over: Sequence[SignatureReport], page: FirstPage) -> Report:
    """Return the report with what the signatures made after layer 1 hide of the page that it covers.

    A seal lies over the signature and what stands around it (NĐ 30/2020, Phụ lục I, II.8), so that no rule
    says how much is too much: a person must look.
    """
    left_out = [Sentence(_UNLOOKED, {"field": each.field}) for each in over[:-MAX_OVER]]
    found = zip(over[-MAX_OVER:], page.below(min(len(over), MAX_OVER)), strict=True)
    notes = (_of_signature(each.field, *below) for each, below in found)
    return replace(report, notes=(*report.notes, *left_out, *(each for each in notes if each is not None)))


def _of_signature(field: str, hidden: str | None, more: bool) -> Sentence | None:
    if hidden is None:
        return Sentence(_UNLOOKED, {"field": field})
    if hidden:
        return Sentence(_UNDER, {"field": field, "hidden": hidden})
    return Sentence(_MORE, {"field": field}) if more else None


def _contradictions(filled: Sequence[Filled]) -> Iterator[Verdict]:
    for each in filled:
        if each.differs:
            facts = {"field": each.field, "shown": each.shown, "value": each.value}
            yield unknown("SIG_CONSTRAINTS_FAILURE", Sentence(_DIFFERS, facts))
        if each.hides:
            facts = {"field": each.field, "hidden": each.hides}
            yield unknown("SIG_CONSTRAINTS_FAILURE", Sentence(_HIDES, facts))


_DIFFERS = N_("The field {field} holds “{value}”, but the page shows “{shown}” there.")
_HIDES = N_("The field {field} was filled in so that it hides what the page says there: “{hidden}”.")
_UNDER = N_(
    "The signature in {field} lies over text of the page, which is not seen there any more: “{hidden}”."
)
_MORE = N_(
    "What is in {field} lies over something that is drawn on the page, and is not seen there any more."
)
_UNLOOKED = N_("What the field {field} hides of its page could not be found out.")
_UNREADABLE = N_(
    "The pages could not be read: whether they show what fields hold, and what fields and signatures hide, "
    "nobody found out."
)
_ALONE = N_("The field {field} holds nothing, but the page shows “{shown}” there.")
_ELSEWHERE = N_(
    "The field {field} is not seen on the first page: what it holds was held to nothing that is shown."
)
_TWICE = N_(
    "The first page shows several fields that are called {field}: which one counts is not seen there."
)
_PRINTED = N_("The page prints “{printed}” where the document states “{kept}”.")
_UNREAD = N_("The field {field} holds “{value}”; what the page shows there could not be read as text.")


def _letters(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())
