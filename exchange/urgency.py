"""The four lanes: how urgent a document is, and what that means for its delivery."""

import enum
import random
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from pki.errors import UsageError


class Urgency(enum.IntEnum):
    """The degrees of NĐ 30/2020; the value is edXML's `Priority`."""

    THUONG = 0
    KHAN = 1
    THUONG_KHAN = 2
    HOA_TOC = 3

    @property
    def word(self) -> str:
        """The name used on the command line and in JSON: `hoa-toc`."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def of(cls, word: str) -> "Urgency":
        """Read `thuong`, `khan`, `thuong-khan` or `hoa-toc`, as NĐ 30/2020 writes them too (“hỏa tốc”).

        `UsageError` otherwise.
        """
        bare = unicodedata.normalize("NFD", word.strip().casefold())
        plain = "".join(each for each in bare if not unicodedata.combining(each)).replace(" ", "-")
        for urgency in cls:
            if urgency.word == plain:
                return urgency
        raise UsageError(
            "“{word}” is not a degree of urgency.",
            hint="Say thuong, khan, thuong-khan or hoa-toc.",
            word=word,
        )


@dataclass(frozen=True, slots=True)
class Lane:
    """How deliveries of one urgency are repeated: first wait, longest wait, and when to give up."""

    base: timedelta
    cap: timedelta
    lifetime: timedelta

    def wait(self, attempt: int) -> timedelta:
        """Return how long to wait after failed attempt number `attempt` (from 1).

        Equal jitter: the doubled wait, capped, times a uniform factor from 0.5 to 1, so that peers who lost
        the same server do not all come back in the same moment.
        """
        doubled: timedelta = self.base * (1 << min(attempt - 1, 20))
        longest = min(self.cap, doubled)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


LANES: Mapping[Urgency, Lane] = MappingProxyType({
    Urgency.THUONG: Lane(timedelta(seconds=30), timedelta(hours=1), timedelta(hours=72)),
    Urgency.KHAN: Lane(timedelta(seconds=10), timedelta(minutes=10), timedelta(hours=24)),
    Urgency.THUONG_KHAN: Lane(timedelta(seconds=10), timedelta(minutes=10), timedelta(hours=24)),
    Urgency.HOA_TOC: Lane(timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=2)),
})  # fmt: skip
"""The one table of lanes."""
