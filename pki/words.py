"""Sentences for people, kept apart from the language they are said in.

Rules make a `Sentence` (an English template and its facts); the edge says it in the reader's language.
`N_` marks a template for the catalogues and changes nothing.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from pki.clock import in_vietnam
from pki.errors import CongvanError

Translate = Callable[[str], str]

MOVING = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What moves a cursor or turns a line around, for a class of a regular expression.

It would let one agency's words pass for another's.
"""


_MOVES = re.compile(rf"(?!\t)[{MOVING}]")
_LINE_ENDS = re.compile(r"\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")


def in_one_line(text: str) -> str:
    """Return a stranger's text as it may stand in a line of ours: it ends no line, and moves no cursor."""
    return _MOVES.sub("\N{REPLACEMENT CHARACTER}", _LINE_ENDS.sub("\N{RETURN SYMBOL}", text))


def english(template: str) -> str:
    """Say a template as it is written."""
    return template


def N_(template: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    """Mark an English template for the translation catalogues; return it unchanged."""
    return template


_MOMENT = N_("{moment:%Y-%m-%d %H:%M:%S} (UTC+7)")
_DAY = N_("{day:%Y-%m-%d}")


def written(when: date, translate: Translate) -> str:
    """Return a day, or a moment by the clocks of Viet Nam, as people write it in the language."""
    if not isinstance(when, datetime):
        return translate(_DAY).format(day=when)
    return translate(_MOMENT).format(moment=in_vietnam(when))


def day(text: str | None) -> date | str:
    """Return the day that a text is in ISO 8601; any other text as it stands, and a dash for none."""
    with suppress(ValueError):
        return date.fromisoformat(text or "")
    return text or "–"


@dataclass(frozen=True, slots=True)
class Sentence:
    """An English template with `{named}` facts, said in a language by `said`."""

    template: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, error: CongvanError) -> "Sentence":
        """Return what an error says."""
        return cls(error.template, error.facts)

    def said(self, translate: Translate) -> str:
        """Return the sentence in the language of `translate` (a gettext function).

        A fact that is itself a sentence, an error, a day or a moment is said in the same language. Any other
        text may be a stranger's: it stays in its line, so that it cannot pass for another line of ours.
        """
        facts = {name: _said(fact, translate) for name, fact in self.facts.items()}
        return translate(self.template).format(**facts)

    def __str__(self) -> str:
        return self.said(english)


def _said(fact: object, translate: Translate) -> object:
    match fact:
        case CongvanError():
            return Sentence.of(fact).said(translate)
        case Sentence():
            return fact.said(translate)
        case date():  # a datetime is one
            return written(fact, translate)
        case int() | float():  # a template may say how a number is written
            return fact
    return in_one_line(str(fact))
