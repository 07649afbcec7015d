"""Whoever reads a report: their language, and how it writes a moment."""

from dataclasses import dataclass
from datetime import datetime

from pki.clock import in_vietnam
from pki.words import Sentence, Translate, day, written

_WRITTEN = {"vi": "%d/%m/%Y %H:%M:%S", "en": "%Y-%m-%d %H:%M:%S"}


@dataclass(frozen=True, slots=True)
class Reader:
    """A language ("vi" or "en") and its catalogue."""

    language: str
    translate: Translate

    def say(self, words: Sentence | str, **facts: object) -> str:
        """Return a sentence, or an English template with its facts, in the reader's language."""
        return (words if isinstance(words, Sentence) else Sentence(words, facts)).said(self.translate)

    def moment(self, moment: datetime) -> str:
        """Return a moment by the clocks of Viet Nam, to the second."""
        return in_vietnam(moment).strftime(_WRITTEN.get(self.language, _WRITTEN["en"]))

    def issued(self, date: str) -> str:
        """Return the date of a document, as its page says it (ISO 8601, or whatever stands there)."""
        return self.say("{day}", day=day(date))

    def day(self, moment: datetime) -> str:
        """Return the day of a moment in Viet Nam."""
        return written(in_vietnam(moment).date(), self.translate)
