"""The edge: read the command line, run one verb, print what it found, exit with one status.

stdout carries the result, stderr the rest. `--json` prints one object a result with the same facts, for
errors too. The verbs are listed in `exchange.verbs.table` and done beside it; every rule is in `pki`,
`signer` and `exchange`.
"""

import argparse
import asyncio
import gettext
import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from exchange.locale import FOLDER, LANGUAGES, language_of, translator
from exchange.verbs.call import EXIT_BUG, EXIT_YES, Call, Outcome, error_facts, worst
from exchange.verbs.table import COMMON, GROUPS, VERBS, Argument, Verb
from pki.errors import CongvanError, UsageError
from pki.words import N_, Sentence, Translate

_ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("invalid %(type)s value: %(value)r"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
)
"""What argparse says by itself: it asks gettext for these, in the language that `_speak` set."""


def _speak(language: str) -> None:
    """Let argparse, which asks the process-wide gettext, use our catalogue too."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain("congvan", str(FOLDER))
    gettext.textdomain("congvan")


class _Parser(argparse.ArgumentParser):
    """Complains as every other error does, in JSON too, instead of exiting by itself."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("{message}", hint="See: {program} --help", message=message, program=self.prog)


def _parser(translate: Translate) -> argparse.ArgumentParser:
    say = translate(N_("Two-layer signatures for official documents, and their provable exchange."))
    parser = _Parser(prog="congvan", description=say, allow_abbrev=False)
    _add(parser, COMMON, translate)
    groups: dict[str, Any] = {"": parser.add_subparsers(required=True, metavar="VERB", parser_class=_Parser)}
    for verb in VERBS:
        group, _, name = verb.words.rpartition(" ")
        if group not in groups:
            inner = groups[""].add_parser(group, help=translate(GROUPS[group]), allow_abbrev=False)
            groups[group] = inner.add_subparsers(required=True, metavar="VERB", parser_class=_Parser)
        sentence = translate(verb.sentence)
        sub = groups[group].add_parser(name, help=sentence, description=sentence, allow_abbrev=False)
        _add(sub, verb.arguments, translate)
        # Suppressed: an option given before the verb must not be undone by its default after it.
        after = ((names, {**settings, "default": argparse.SUPPRESS}) for names, settings in COMMON)
        _add(sub.add_argument_group(translate(N_("every verb"))), after, translate)
        sub.set_defaults(verb=verb)
    return parser


def _add(parser: argparse._ActionsContainer, arguments: Iterable[Argument], translate: Translate) -> None:
    for names, settings in arguments:
        parser.add_argument(*names, **{**settings, "help": translate(settings["help"])})


# ---------------------------------------------------------------------------------------------- the one door


def _early(words: Sequence[str], environment: Mapping[str, str]) -> tuple[str, bool]:
    """Return the language and whether JSON is wanted, before arguments are read: their errors need both."""
    given = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "--lang"]
    given += [word.partition("=")[2] for word in words if word.startswith("--lang=")]
    chosen = [language for language in given if language in LANGUAGES]
    return chosen[-1] if chosen else language_of(environment), "--json" in words


def _print(outcome: Outcome, translate: Translate, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(outcome.facts, ensure_ascii=False, sort_keys=True, default=str), flush=True)
        return
    for line in outcome.lines:
        print(line.said(translate) if isinstance(line, Sentence) else line, flush=True)


def _complain(error: CongvanError, translate: Translate, *, as_json: bool) -> int:
    facts = error_facts(error, translate)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str))
    print(f"congvan: {translate(N_('error'))}: {facts['message']}", file=sys.stderr)
    if "hint" in facts:
        print(f"congvan: {translate(N_('hint'))}: {facts['hint']}", file=sys.stderr)
    status: int = facts["status"]
    return status


async def _run(verb: Verb, call: Call) -> int:
    statuses = [EXIT_YES]
    async for outcome in verb.load()(call):
        _print(outcome, call.translate, as_json=call.options.json)
        statuses.append(outcome.status)
    return worst(statuses)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language, as_json = _early(words, os.environ)
    translate = translator(language)
    _speak(language)
    try:
        options = _parser(translate).parse_args(words)
        level = logging.INFO if options.verbose else logging.WARNING
        logging.basicConfig(level=level, format="congvan: %(levelname)s %(name)s: %(message)s")
        command = (sys.executable, str(Path(__file__).absolute()))
        return asyncio.run(_run(options.verb, Call(options, translate, os.environ, command)))
    except CongvanError as error:
        return _complain(error, translate, as_json=as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; that is no fault
        return EXIT_YES
    except KeyboardInterrupt:
        return 128 + 2
    except Exception:
        logging.getLogger("congvan").exception("our bug: please report it")
        return EXIT_BUG


if __name__ == "__main__":
    sys.exit(main())
