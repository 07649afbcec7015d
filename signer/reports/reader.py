"""Whoever reads a report: their language, and how it writes a moment."""

from dataclasses import dataclass
from datetime import datetime

from pki.clock import VIETNAM
from pki.words import Sentence, Translate

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
        return moment.astimezone(VIETNAM).strftime(_WRITTEN.get(self.language, _WRITTEN["en"]))

    def day(self, moment: datetime) -> str:
        """Return the day of a moment in Viet Nam."""
        return self.moment(moment).split()[0]
