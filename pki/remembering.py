"""What stays true is found out once: facts about certificates and answers, by all of their bytes.

That one certificate signed another, whom it names, what it may be used for: the same bytes always say the
same. What depends on the moment, on a policy or on a document is found out each time.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

LONGEST = 16 << 10
"""Bytes of a certificate beyond which nothing is remembered of it: a stranger chooses how long his are."""

_FORGOTTEN: list[Callable[[], None]] = []


def remembered(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function of hashable arguments remember its last results, `most` of them."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        known: Any = lru_cache(most)(function)  # its type loses the function's parameters
        _FORGOTTEN.append(known.cache_clear)
        found: Callable[P, T] = known
        return found

    return decorate


def forget() -> None:
    """Remember nothing of what was seen so far."""
    for each in _FORGOTTEN:
        each()
