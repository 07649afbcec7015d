"""One command as it was given, and what it came to."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from exchange.locale import language_of
from pki.clock import VIETNAM, SystemClock
from pki.errors import AnchorError, CongvanError, TokenError, Undetermined, UsageError
from pki.words import N_, Sentence, Translate

EXIT_YES, EXIT_NO, EXIT_USAGE, EXIT_UNKNOWN, EXIT_TOKEN, EXIT_EXCHANGE, EXIT_BUG = 0, 1, 2, 3, 4, 5, 70
_WORST_LAST = (EXIT_YES, EXIT_UNKNOWN, EXIT_NO, EXIT_USAGE, EXIT_EXCHANGE, EXIT_TOKEN, EXIT_BUG)


class Bug(CongvanError):
    """None of our errors was raised: whoever gave the command is told so, and what to do."""

    code = "bug"

    def __init__(self) -> None:
        super().__init__(
            N_("This is our bug: please report it."),
            hint="Send what stands on the error output with the report.",
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb found or did for one input: facts for `--json`, the same in words, line by line."""

    facts: Mapping[str, Any]
    lines: Sequence[Sentence | str] = field(default=())
    status: int = EXIT_YES


@dataclass(frozen=True, slots=True)
class Call:
    """One command, read once: its arguments, the language, the environment, how this program is started."""

    options: argparse.Namespace
    translate: Translate
    environment: Mapping[str, str]
    command: tuple[str, ...]

    @property
    def now(self) -> datetime:
        """The present moment in Viet Nam."""
        return SystemClock().now().astimezone(VIETNAM)

    @property
    def language(self) -> str:
        """The language of `translate`: `--lang`, else the locale's."""
        given: str | None = self.options.lang
        return given or language_of(self.environment)

    @property
    def home(self) -> Path:
        """The office's folder: `--home`, else $CONGVAN_HOME, else ~/.congvan."""
        given = self.options.home or self.environment.get("CONGVAN_HOME") or "~/.congvan"
        return Path(given).expanduser()


def worst(statuses: Sequence[int]) -> int:
    """Return the exit status of several results: a doubt is less than a no, a fault of ours is worst."""
    return max(statuses, key=_WORST_LAST.index)


def status_of(error: CongvanError) -> int:
    """Return the exit status that an error ends a command with."""
    from exchange.errors import ExchangeError
    from signer.errors import NoTimeStamp

    table: tuple[tuple[type[CongvanError], int], ...] = (
        (UsageError, EXIT_USAGE),
        (AnchorError, EXIT_USAGE),
        (Undetermined, EXIT_UNKNOWN),
        (NoTimeStamp, EXIT_UNKNOWN),  # nobody said no to the document: it can be had another time
        (TokenError, EXIT_TOKEN),
        (ExchangeError, EXIT_EXCHANGE),
        (Bug, EXIT_BUG),
    )
    return next((status for kind, status in table if isinstance(error, kind)), EXIT_NO)


def error_facts(error: CongvanError, translate: Translate) -> dict[str, Any]:
    """Return an error as `--json` shows it."""
    facts: dict[str, Any] = {
        "error": error.code,
        "message": Sentence.of(error).said(translate),
        "status": status_of(error),
    }
    if error.hint:
        facts["hint"] = Sentence(error.hint, error.facts).said(translate)
    return facts


def failure(error: CongvanError, path: Path, call: Call) -> Outcome:
    """Return an error as one file's result, among others that go on."""
    facts = {"file": str(path), **error_facts(error, call.translate)}
    told = facts["message"] if error.facts.get("path") == path else f"{path}: {facts['message']}"
    lines = [told, *([f"  {facts['hint']}"] if error.hint else [])]
    return Outcome(facts, lines, facts["status"])
