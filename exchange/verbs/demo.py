"""demo: the whole journey between two throw-away agencies."""

import asyncio
import shlex
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from exchange.demo.journey import travel
from exchange.verbs.call import EXIT_NO, EXIT_YES, Call, Outcome
from exchange.verbs.saying import say as speak
from pki.files import read_whole
from pki.words import N_, Sentence


async def demo(call: Call) -> AsyncIterator[Outcome]:
    """Take a document through the whole journey between two throw-away agencies."""
    pdf = None if call.options.pdf is None else await asyncio.to_thread(read_whole, call.options.pdf)
    folder = call.options.home or Path(f"demo-{call.now:%Y%m%d-%H%M%S}")
    steps: list[str] = []

    def say(step: Sentence) -> None:
        steps.append(step.said(call.translate))
        if not call.options.json:
            speak(steps[-1])

    done = await travel(folder.absolute(), call.command, say, pdf)
    facts: dict[str, Any] = {
        "folder": str(done.folder),
        "steps": steps,
        "files": [path.name for path in done.files],
        "verify": done.report.as_json(call.translate),
        "commands": _commands(done.folder),
        "proof": {"log": done.proven.log.name, "index": done.proven.index, "size": done.proven.size},
    }
    lines: list[Sentence | str] = [
        *done.report.lines(call.translate),
        Sentence(N_("All files are in {folder}:"), facts),
        *(f"  {path.name}" for path in done.files),
        Sentence(N_("Examine them yourself, with any of:")),
        *(f"  {command}" for command in facts["commands"]),
    ]
    yield Outcome(facts, lines, EXIT_YES if done.report.passed else EXIT_NO)


def _commands(folder: Path) -> list[str]:
    """Return how the files that were left can be examined, as it is typed."""
    trust, card = ("--trust", folder / "trust.pem"), ("--card", folder / "8-card.json")
    calls: tuple[tuple[str | Path, ...], ...] = (
        (folder / "3-sealed.pdf", *trust, "--require", "two-layer"),
        (folder / "5-receipt.json", *card),
        (folder / "6-receipt.tlog-proof", *card),
    )
    return [shlex.join(("congvan", "verify", *map(str, each))) for each in calls]
