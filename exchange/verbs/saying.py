"""What a command says: results on stdout, the rest on stderr.

Each result is one write: whoever takes only its first line (`| head -1`) has taken all of it. Much of what is
said is a stranger's text: what would move the cursor or turn a line around is not shown.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from exchange.verbs.call import Outcome, error_facts
from pki.errors import CongvanError, Undetermined
from pki.files import why
from pki.words import MOVING, N_, Sentence, Translate, in_one_line

_UNSHOWN = re.compile(rf"(?![\t\n])[{MOVING}]")


def say(line: str, *, aside: bool = False) -> bool:
    """Print a line, or several; return whether there still is a reader.

    Once nobody reads, nothing more is printed, and nothing else fails for it. Raises `Undetermined` for a
    result that cannot be written where somebody waits for it, as on a full disk.
    """
    stream: TextIO | None = sys.stderr if aside else sys.stdout
    if stream is None:  # closed from the start: whoever did that wants the exit status alone
        return True
    try:
        stream.write(_UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", line) + "\n")
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if aside or isinstance(error, BrokenPipeError):
            return False
        raise Undetermined(
            "The result cannot be written: {reason}.",
            hint="What the command did is done. See what became of it before you repeat it.",
            reason=why(error),
        ) from error
    return True


def say_outcome(outcome: Outcome, translate: Translate, *, as_json: bool) -> bool:
    """Print a result, in words or as one object; return as `say` does."""
    if as_json:
        return _say_json(outcome.facts)
    return not outcome.lines or say("\n".join(_told(outcome.lines, translate)))


def complain(error: CongvanError, translate: Translate, *, as_json: bool) -> int:
    """Print an error; return the exit status for it."""
    facts = error_facts(error, translate)
    if as_json:
        _say_json(facts)
    say(f"congvan: {translate(N_('error'))}: {facts['message']}", aside=True)
    if "hint" in facts:
        say(f"congvan: {translate(N_('hint'))}: {facts['hint']}", aside=True)
    status: int = facts["status"]
    return status


def _told(lines: Iterable[Sentence | str], translate: Translate) -> Iterable[str]:
    for line in lines:
        yield in_one_line(line.said(translate) if isinstance(line, Sentence) else line)


def _say_json(facts: Mapping[str, Any]) -> bool:
    """Print an object, in which whatever would not be shown stands escaped: a program is told it exactly."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str)
    return say(_UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
