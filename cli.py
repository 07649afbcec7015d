"""The edge: read the command line, run one verb, print what it found, exit with one status.

stdout carries the result, stderr the rest. `--json` prints one object a result with the same facts, for
errors too. The verbs are listed in `exchange.verbs.table` and done beside it; every rule is in `pki`,
`signer` and `exchange`.
"""

import exchange.verbs.quiet  # noqa: F401 - before anything that takes time

# isort: split
import argparse
import gc
import gettext
import io
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from exchange.locale import FOLDER, LANGUAGES, language_of, translator
from exchange.verbs.call import EXIT_UNKNOWN, EXIT_YES, Bug, Call, worst
from exchange.verbs.saying import complain, say, say_outcome
from exchange.verbs.table import COMMON, GROUPS, VERBS, Argument, Run, Verb
from pki.errors import CongvanError, UsageError
from pki.words import N_, Translate

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
)
"""What argparse says by itself: it asks gettext for these, in the language that `_speak` set."""


def _speak(language: str) -> None:
    """Let argparse, which asks the process-wide gettext, use our catalogue too."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain("congvan", str(FOLDER))
    gettext.textdomain("congvan")


class _Parser(argparse.ArgumentParser):
    """Complains as every other error does, in JSON too, instead of exiting by itself."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        from difflib import get_close_matches  # nobody else needs it

        choices = list(map(str, action.choices))
        near = get_close_matches(str(value), choices, 1)
        raise UsageError(
            "{name}: “{value}” is none of: {choices}",
            hint=N_("Did you mean “{near}”?") if near else "See: {program} --help",
            name=(*action.option_strings, action.metavar or action.dest)[0],
            value=str(value)[:80],
            choices=", ".join(choices),
            near="".join(near),
            program=self.prog,
        )

    def _print_message(self, message: str, file: object = None) -> None:
        say(message.removesuffix("\n"), aside=file is sys.stderr)

    def error(self, message: str) -> NoReturn:
        raise UsageError("{message}", hint="See: {program} --help", message=message, program=self.prog)


class _Version(argparse.Action):
    """Says the version; what finds it out is loaded for nothing else."""

    def __call__(self, parser: argparse.ArgumentParser, *_given: object) -> NoReturn:
        from importlib.metadata import version

        say(f"congvan {version('congvan')}")
        parser.exit()


class _Later:
    """The parser of a verb, made once the verb is named: of all the others only their sentence is needed."""

    def __init__(self, grow: Callable[[argparse.ArgumentParser], None], **settings: Any) -> None:
        self._grow = grow
        self._settings = settings

    def parse_known_args(self, *given: Any) -> tuple[argparse.Namespace, list[str]]:
        parser = _Parser(**self._settings)
        self._grow(parser)
        return parser.parse_args(*given), []  # an unknown option is this verb's, whose --help tells more


def _parser(translate: Translate) -> argparse.ArgumentParser:
    say = translate(N_("Two-layer signatures for official documents, and their provable exchange."))
    parser = _Parser(prog="congvan", description=say, allow_abbrev=False)
    parser.add_argument(
        "--version", action=_Version, nargs=0, help=translate(N_("say which version this is"))
    )
    _add(parser, COMMON, translate)
    _add_verbs(parser, "", translate)
    return parser


def _add_verbs(parser: argparse.ArgumentParser, group: str, translate: Translate) -> None:
    """Add the verbs of a group, and the groups themselves where it is none."""
    verbs: Any = parser.add_subparsers(required=True, metavar="VERB", parser_class=_Later)
    named = set()
    for verb in VERBS:
        above, _, name = verb.words.rpartition(" ")
        if above == group:
            say, grow = translate(verb.sentence), partial(_add_arguments, verb=verb, translate=translate)
            verbs.add_parser(name, grow=grow, help=say, description=say, allow_abbrev=False)
        elif not group and above not in named:
            named.add(above)
            say, grow = translate(GROUPS[above]), partial(_add_verbs, group=above, translate=translate)
            verbs.add_parser(above, grow=grow, help=say, allow_abbrev=False)


def _add_arguments(parser: argparse.ArgumentParser, verb: Verb, translate: Translate) -> None:
    _add(parser, verb.arguments, translate)
    # Suppressed: an option given before the verb must not be undone by its default after it.
    after = ((names, {**settings, "default": argparse.SUPPRESS}) for names, settings in COMMON)
    _add(parser.add_argument_group(translate(N_("every verb"))), after, translate)
    parser.set_defaults(verb=verb)


def _add(parser: argparse._ActionsContainer, arguments: Iterable[Argument], translate: Translate) -> None:
    for names, settings in arguments:
        told = {name: settings[name]() for name in ("choices",) if callable(settings.get(name))}
        parser.add_argument(*names, **{**settings, **told, "help": translate(settings["help"])})


# ---------------------------------------------------------------------------------------------- the one door


def _early(words: Sequence[str], environment: Mapping[str, str]) -> tuple[str, bool]:
    """Return the language and whether JSON is wanted, before arguments are read: their errors need both."""
    given = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "--lang"]
    given += [word.partition("=")[2] for word in words if word.startswith("--lang=")]
    chosen = [language for language in given if language in LANGUAGES]
    return chosen[-1] if chosen else language_of(environment), "--json" in words


def _loaded(verb: Verb) -> Run:
    """Load what runs a verb. None of it is ever garbage: the collector would only look through it in vain."""
    gc.disable()
    try:
        return verb.load()
    finally:
        gc.freeze()
        gc.enable()


async def _run(run: Run, call: Call) -> int:
    """Run a verb. One that only tells ends when its reader left (`| head`); what it acts on, it finishes."""
    statuses = [EXIT_YES]
    async with aclosing(run(call)) as outcomes:
        async for outcome in outcomes:
            heard = say_outcome(outcome, call.translate, as_json=call.options.json)
            statuses.append(outcome.status)
            if not heard and call.options.verb.only_tells(call.options):
                statuses.append(EXIT_UNKNOWN)  # nobody got this one, nor those that would have come
                break
    return worst(statuses)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language, as_json = _early(words, os.environ)
    translate = translator(language)
    _speak(language)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may be no text
    try:
        if words[:1] == ["help"]:
            words = [*words[1:], "--help"]
        options = _parser(translate).parse_args(words)
        level = logging.INFO if options.verbose else logging.WARNING
        logging.basicConfig(level=level, format="congvan: %(levelname)s %(name)s: %(message)s")
        import asyncio  # a third of what `--help` would load, which does without

        command = (sys.executable, str(Path(__file__).absolute()))
        return asyncio.run(_run(_loaded(options.verb), Call(options, translate, os.environ, command)))
    except CongvanError as error:
        return complain(error, translate, as_json=as_json)
    except KeyboardInterrupt:
        return 128 + 2
    except Exception:
        logging.getLogger("congvan").exception("our bug: please report it")
        return complain(Bug(), translate, as_json=as_json)


if __name__ == "__main__":
    sys.exit(main())
