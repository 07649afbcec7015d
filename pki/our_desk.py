"""This process's own desk (`pki.desk`), on a loop in a thread of its own.

So answers are shared by documents that are worked on in different threads, and whoever stops waiting stops
nobody else's request. It is there from the first question on: who asks nobody starts no thread, and loads
nothing that asks.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pki.query import Asking, Query

if TYPE_CHECKING:
    from pki.desk import Desk

T = TypeVar("T")


async def at_the_desk(query: Query, how: Asking) -> bytes:
    """Ask this process's desk, from any loop: the usual `Source`. Raises `NotFetched`."""
    return await _desk_does(lambda desk: _sharing(desk).answer(query, how))


async def forget() -> None:
    """Forget every answer and failure that this process keeps: the responders are known to have changed."""
    await _desk_does(lambda desk: desk.forget())


def keep_in(folder: Path | None) -> None:
    """Share answers with other processes, and with later ones, through a folder; None stops that.

    For the edge to call: which folder it is, is nobody's business below.
    """
    global _shared  # noqa: PLW0603 - a process has one desk, and one place for its answers
    _shared = folder


_shared: Path | None = None


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Return where a person's cache is; None if it is switched off or there is no place for it.

    `$CONGVAN_CACHE` names the folder, or switches the cache off when it is empty; else it is in
    `$XDG_CACHE_HOME` (if absolute: XDG Base Directory Specification 0.8) or `~/.cache`.
    """
    named = environment.get("CONGVAN_CACHE")
    if named is not None:
        return Path(named).absolute() if named else None
    above = Path(environment.get("XDG_CACHE_HOME", ""))
    if not above.is_absolute():
        home = Path(environment.get("HOME", ""))
        if not home.is_absolute():
            return None
        above = home / ".cache"
    return above / "congvan"


def _sharing(desk: "Desk") -> "Desk":
    """Let the desk use the folder that was named last."""
    from pki.cache import Cache

    desk.cache = None if _shared is None else Cache(_shared)
    return desk


async def _desk_does(work: "Callable[[Desk], Coroutine[Any, Any, T]]") -> T:
    with _STARTING:
        loop, desk = _desk(os.getpid())
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(desk), loop))


_STARTING = threading.Lock()


@cache
def _desk(process_id: int) -> "tuple[asyncio.AbstractEventLoop, Desk]":
    """Start the thread that asks; a process made by fork has no threads, and starts its own."""
    from pki.desk import Desk

    del process_id
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="status desk", daemon=True).start()
    return loop, Desk()
