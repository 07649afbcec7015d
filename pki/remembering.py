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


def remembered_of(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function of certificates, by place, remember its last results.

    To find a certificate by all of its bytes takes microseconds, and a verdict asks a hundred times, mostly
    about the same few objects (`pki.certificate.read` makes each once): so these are looked for first.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        by_bytes: Any = lru_cache(most)(function)
        seen: dict[
            tuple[int, ...], tuple[Any, T]
        ] = {}  # holds the objects, so that no other gets their place

        def found(*objects: Any) -> T:
            place = tuple(map(id, objects))
            held = seen.get(place)
            if held is None:
                if len(seen) >= most:
                    seen.clear()
                held = seen[place] = objects, by_bytes(*objects)
            return held[1]

        _FORGOTTEN.extend((by_bytes.cache_clear, seen.clear))
        known: Any = found
        return known  # type: ignore[no-any-return]

    return decorate


def forget() -> None:
    """Remember nothing of what was seen so far."""
    for each in _FORGOTTEN:
        each()
