"""Sentences for people, kept apart from the language they are said in.

Rules make a `Sentence` (an English template and its facts); the edge says it in the reader's language.
`N_` marks a template for the catalogues and changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pki.errors import CongvanError

Translate = Callable[[str], str]

MOVING = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What moves a cursor or turns a line around, for a class of a regular expression.

It would let one agency's words pass for another's.
"""


def english(template: str) -> str:
    """Say a template as it is written."""
    return template


def N_(template: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    """Mark an English template for the translation catalogues; return it unchanged."""
    return template


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

        A fact that is itself a sentence or an error is said in the same language.
        """
        facts: dict[str, object] = {}
        for name, fact in self.facts.items():
            inner = Sentence.of(fact) if isinstance(fact, CongvanError) else fact
            facts[name] = inner.said(translate) if isinstance(inner, Sentence) else inner
        return translate(self.template).format(**facts)

    def __str__(self) -> str:
        return self.said(english)
