"""Files in, files out: several inputs are a batch in which the others go on when one fails."""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from exchange.verbs.call import Bug, Call, Outcome, failure
from pki.errors import CongvanError, UsageError
from pki.files import check_writable, read_whole, write_whole
from pki.words import N_, Sentence, in_one_line

Examine = Callable[[Path, bytes], Awaitable[Outcome]]
Make = Callable[[bytes], Awaitable[tuple[bytes, Outcome]]]

logger = logging.getLogger(__name__)


async def each(call: Call, work: Examine, *, at_once: int = 1) -> AsyncIterator[Outcome]:
    """Do `work` on the files; of several, a failure is that file's own result. Outcomes come in their order.

    `at_once`: how many may be worked on at the same time. Whoever uses a key takes one after another.
    """

    async def read(path: Path) -> Outcome:
        return await work(path, await asyncio.to_thread(read_whole, path))

    async for outcome in each_path(call, read, at_once=at_once):
        yield outcome


async def each_path(
    call: Call, work: Callable[[Path], Awaitable[Outcome]], *, at_once: int = 1
) -> AsyncIterator[Outcome]:
    """Do as `each` does, with files that were not read."""
    paths: Sequence[Path] = call.options.files

    async def one(path: Path) -> Outcome:
        try:
            return await work(path)
        except CongvanError as error:
            if len(paths) == 1:
                raise
            return failure(error, path, call)
        except Exception:
            if len(paths) == 1:
                raise
            # It may be this one's fault alone: the others are not left without an answer for it.
            logger.exception("our bug: please report it")
            return failure(Bug(), path, call)

    begun: deque[asyncio.Task[Outcome]] = deque()
    waiting = iter(paths)
    try:
        for _ in _with_progress(paths):
            begun += (asyncio.create_task(one(each)) for each in islice(waiting, at_once - len(begun)))
            yield await begun.popleft()
    finally:
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)  # what they hold open is closed before we go


async def each_written(call: Call, make: Make) -> AsyncIterator[Outcome]:
    """Make one file from each, whole or not at all. Nothing is done if anything would be overwritten."""
    targets = targets_of(call.options.files, call.options.output, force=call.options.force)

    async def work(path: Path, data: bytes) -> Outcome:
        result, outcome = await make(data)
        await asyncio.to_thread(write_whole, targets[path], result, replace=call.options.force)
        written = {"file": str(path), "output": str(targets[path])}
        lines = [*outcome.lines, Sentence(N_("Written: {output}"), written)]
        return replace(outcome, facts={**written, **outcome.facts}, lines=lines)

    async for outcome in each(call, work):
        yield outcome


def targets_of(
    sources: Sequence[Path], output: Path, *, force: bool, suffix: str | None = None
) -> dict[Path, Path]:
    """Return the file to be written for each source: `output`, or one in it by the source's name.

    In a folder the file's name ends with `suffix` instead of its own, if one is given. Raises `UsageError`
    for what would be overwritten (unless `force`) or written twice.
    """
    if len(sources) > 1 and not output.is_dir():
        raise UsageError(
            "{output} is not a folder, and there are {count} files.",
            hint="Make the folder first, or give one file.", output=output, count=len(sources),
        )  # fmt: skip
    names = {each: each.name if suffix is None else each.stem + suffix for each in sources}
    pairs = {source: output / names[source] if output.is_dir() else output for source in sources}
    if len(set(pairs.values())) < len(sources):
        raise UsageError("Two inputs have the same name and would share one output.")
    for source, target in pairs.items():
        if target.exists() and source.exists() and target.samefile(source):
            raise UsageError("{source} would be overwritten by its own result.", source=source)
        check_writable(target, replace=force)
    return pairs


def _with_progress(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield each path; of several, a terminal shows how far we are."""
    shown = len(paths) > 1 and sys.stderr.isatty()
    for position, path in enumerate(paths, 1):
        if shown:
            name = in_one_line(path.name)
            print(f"\r\x1b[K[{position}/{len(paths)}] {name} ", end="", file=sys.stderr, flush=True)
        yield path
    if shown:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
