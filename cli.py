"""The edge: read the command line, run one verb, print what it found, exit with one status.

stdout carries the result, stderr the rest. `--json` prints one object a result with the same facts, for
errors too. What the verbs do is in `exchange.verbs`; every rule is in `pki`, `signer` and `exchange`.
"""

import argparse
import asyncio
import gettext
import importlib
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from exchange.locale import FOLDER, LANGUAGES, language_of, translator
from exchange.verbs.call import EXIT_BUG, EXIT_YES, Call, Outcome, error_facts, worst
from pki.clock import VIETNAM
from pki.errors import CongvanError, UsageError
from pki.words import N_, Sentence, Translate
from signer.findings import ACCEPTABLE
from signer.policies import SHIPPED

Argument = tuple[tuple[str, ...], Mapping[str, Any]]


def _arg(*names: str, **settings: Any) -> Argument:
    return names, settings


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the table: the words typed, a sentence, `module:function` that runs it, its arguments."""

    words: str
    sentence: str
    run: str
    arguments: tuple[Argument, ...] = ()

    def load(self) -> Callable[[Call], AsyncIterator[Outcome]]:
        """Import what runs the verb: only that, so that `--help` needs no PDF library."""
        module, _, name = self.run.partition(":")
        function: Callable[[Call], AsyncIterator[Outcome]] = getattr(
            importlib.import_module(f"exchange.verbs.{module}"), name
        )
        return function


def _when(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


# --------------------------------------------------------------------------------------- the table of verbs

_FILES = _arg("files", nargs="+", type=Path, metavar="FILE", help=N_("the documents"))
_FORCE = _arg("--force", action="store_true", help=N_("replace what exists"))
_OUT = (
    _arg(
        "-o", "--output", type=Path, required=True, metavar="OUT", help=N_("a file, or a folder for several")
    ),
    _FORCE,
)
_SAVE = (_arg("-o", "--output", type=Path, metavar="OUT", help=N_("write it to this file")), _FORCE)
_KEY = _arg("--key", metavar="URI", help=N_("the key: pkcs11:… (RFC 7512) or a .p12 file"))
_POLICY_HELP = N_("a policy file, or the name of a policy that is shipped")
_POLICY = _arg("--policy", metavar="NAME|FILE", help=_POLICY_HELP)
_POLICY_NAMED = _arg("policy", metavar="NAME|FILE", help=_POLICY_HELP)
_TRUST = (
    _POLICY,
    _arg("--trust", type=Path, action="append", metavar="PEM|DIR", help=N_("trust anchors")),
    _arg(
        "--revocation",
        choices=("require", "accept-missing", "ignore"),
        help=N_("what a missing revocation status means"),
    ),
    _arg(
        "--allow-private-addresses",
        action="store_true",
        help=N_("ask for a status inside private networks too"),
    ),
)
_TSA = (
    _arg("--tsa", action="append", metavar="URL",
         help=N_("a time-stamp authority (RFC 3161); several: in order")),
    _arg("--tsa-budget", type=int, metavar="N", help=N_("requests an hour to each authority, at most")),
)  # fmt: skip
_WHEN_NO_PROOF = _arg(
    "--when-no-proof", choices=("refuse", "later"), default="refuse",
    help=N_("no time-stamp or fresh status now: make nothing, or a lower level to be extended later"),
)  # fmt: skip
_SIGNING = (
    _KEY,
    *_OUT,
    _arg("--image", type=Path, metavar="PNG", help=N_("the image of the signature or seal")),
    _arg("--level", choices=("b-b", "b-t", "b-lt", "b-lta"), default="b-b", help=N_("PAdES baseline level")),
    *_TSA,
    _WHEN_NO_PROOF,
    *_TRUST,
)
_SPLIT = (
    _arg("--begin", type=Path, metavar="STATE", help=N_("the key is elsewhere: -o gets the bytes to sign")),
    _arg("--certificate", type=Path, action="append", metavar="PEM", help=N_("whose key, and the issuers")),
    _arg("--finish", type=Path, metavar="STATE", help=N_("finish what --begin kept in this file")),
    _arg("--signature", type=Path, metavar="VALUE", help=N_("the signature value made elsewhere")),
)
_CONTENT = (
    _arg("--strict", action="store_true", help=N_("refuse whatever is found in the document")),
    _arg(
        "--accept",
        action="append",
        metavar="CODE",
        choices=ACCEPTABLE,
        help=N_("report a finding of this code instead of refusing; may be repeated"),
    ),
)
_PLACES = tuple(
    _arg(f"--{name}-at", metavar="PAGE:X,Y,W,H", help=N_("a place, in points from the lower-left corner"))
    for name in ("number", "date", "sign", "seal")
)
_DIRECTORY = _arg("directory", type=Path, metavar="DIR", help=N_("the folder of the practice hierarchy"))
_ID = _arg("id", metavar="ID", help=N_("the message"))
_SENDER = _arg("--sender", metavar="CODE", help=N_("whose message, if two have this id"))
_MOST = _arg("--most", type=int, default=100, metavar="N", help=N_("how many at most"))
_SERIES = _arg("--series", default="chung", help=N_("the series of numbers"))

VERBS = (
    Verb("demo", N_("the whole journey between two throw-away agencies"), "office:demo", (
        _arg("--pdf", type=Path, metavar="FILE", help=N_("take this document instead of the project's own")),
    )),
    Verb("init", N_("make an office in --home"), "office:init", (
        _arg("--agency", required=True, metavar="CODE", help=N_("the agency's code, such as H26.05.01")),
        _arg("--name", required=True, help=N_("the agency's name")),
        _arg("--listen", default="127.0.0.1:8443", metavar="HOST:PORT", help=N_("where its server listens")),
        _arg("--url", metavar="URL", help=N_("how others reach it, if not by that address")),
        _arg("--organisation", metavar="TEXT", help=N_("the name in its seal's certificate, if another")),
    )),
    Verb("serve", N_("serve the office: exchange, outbox, audit log"), "office:serve_office"),
    Verb("peer card", N_("say what another office needs to know this one"), "office:peer_card", (
        *_SAVE, _arg("--url", metavar="URL", help=N_("how others reach this office")),
    )),
    Verb("peer add", N_("pin another office by its card"), "office:peer_add", (
        _arg("card", type=Path, metavar="CARD", help=N_("the other office's card")), _FORCE,
    )),
    Verb("peer list", N_("the agencies this office knows"), "office:peer_list"),
    Verb("peer remove", N_("forget an agency"), "office:peer_remove", (
        _arg("code", metavar="CODE", help=N_("the agency's code")),
    )),
    Verb("pki sandbox", N_("make a practice hierarchy, its keys in SoftHSM tokens"), "keys:make", (
        _DIRECTORY,
        _arg("--keys", choices=("rsa-2048", "p-256"), default="rsa-2048", help=N_("the kind of keys")),
    )),
    Verb("pki serve", N_("a practice hierarchy's TSA, OCSP and CRL on loopback"), "keys:serve", (
        _DIRECTORY,
    )),
    Verb("token list", N_("the modules and tokens that are here"), "keys:tokens", (
        _arg("--module", type=Path, action="append", metavar="SO", help=N_("a PKCS#11 module")),
    )),
    Verb("token check", N_("try a key and say what it can do"), "keys:check", (
        _arg("key", metavar="URI", help=N_("the key: pkcs11:… (RFC 7512) or a .p12 file")),
    )),
    Verb("draft", N_("make PDFs ready to be signed without breaking later"), "documents:draft_files", (
        _FILES, *_OUT, *_PLACES, *_CONTENT,
    )),
    Verb("inspect", N_("say what a signer must know of documents"), "findings:inspect_files", (
        _FILES, *_CONTENT,
    )),
    Verb("sign", N_("layer 1: the signatory's own signature"), "documents:sign_files", (
        _FILES, *_SIGNING, *_SPLIT, *_CONTENT,
    )),
    Verb("seal", N_("layer 2: number, date and the agency's seal"), "documents:seal_files", (
        _FILES, *_SIGNING, *_SPLIT, *_CONTENT,
        _arg("--number", metavar="N", help=N_("the number; inside an office the register hands it out")),
        _arg("--symbol", metavar="S", help=N_("the symbol, such as UBND-VP (default: what the page prints)")),
        _arg("--date", type=date.fromisoformat, metavar="D", help=N_("date of issue (default: today)")),
        _SERIES,
    )),
    Verb("verify", N_("examine documents, receipts and proofs"), "documents:verify_files", (
        _FILES, *_TRUST,
        _arg("--require", choices=("two-layer", "any"), default="any", help=N_("what a document must carry")),
        _arg("--at", type=_when, metavar="TIME", help=N_("judge as of this moment (ISO 8601)")),
        _arg("--offline", action="store_true", help=N_("ask nobody: only what files and anchors say")),
        _arg("--save-evidence", type=Path, metavar="EVIDENCE",
             help=N_("write all that the verdict used, to make it again later")),
        _arg("--evidence", type=Path, metavar="EVIDENCE",
             help=N_("make a verdict again from what it used, asking nobody")),
        _arg("--log-key", metavar="VKEY|FILE", help=N_("the public key of the log behind a proof")),
        _arg("--card", type=Path, metavar="CARD", help=N_("the card of the office that issued a receipt")),
        _arg("--html", type=Path, metavar="OUT", help=N_("write a report for people: a file, or a folder")),
        _arg("--etsi-xml", type=Path, metavar="OUT",
             help=N_("write an ETSI TS 119 102-2 report: a file, or a folder")),
        _FORCE,
    )),
    Verb("renew", N_("stamp documents again before their proof expires"), "documents:renew_files", (
        _FILES, *_OUT, *_TSA, *_TRUST,
        _arg("--digest", choices=("sha256", "sha384", "sha512"), default="sha256",
             help=N_("the new time-stamp's digest")),
    )),
    Verb("extend", N_("bring signed documents to a higher level"), "levels:extend_files", (
        _FILES, *_OUT, *_TSA, *_TRUST,
        _arg("--level", choices=("b-t", "b-lt", "b-lta"), default="b-lt", help=N_("PAdES baseline level")),
    )),
    Verb("send", N_("send a sealed document to other agencies"), "office:send", (
        _arg("file", type=Path, metavar="FILE", help=N_("the sealed document")),
        _arg("--to", action="append", required=True, metavar="CODE", help=N_("a recipient's code")),
        _arg("--subject", metavar="TEXT", help=N_("trích yếu: what the document is about")),
        _arg("--urgency", default="thuong", help=N_("thuong, khan, thuong-khan or hoa-toc")),
        _arg("--as-it-is", action="store_true", help=N_("also at a lower level than this office sends")),
        _arg("--attach", type=Path, action="append", metavar="FILE", help=N_("a file that goes with it")),
    )),
    Verb("outbox", N_("what was sent, and how far it has come"), "office:outbox", (_MOST,)),
    Verb("inbox", N_("what came in"), "office:inbox", (_MOST,)),
    Verb("accept", N_("accept a document into the register (status 03)"), "office:accept", (
        _ID, _SENDER, *_SAVE, _POLICY,
    )),
    Verb("refuse", N_("send a document back (status 02)"), "office:refuse", (
        _ID, _SENDER, _arg("--reason", required=True, help=N_("why, in one line; the sender reads it")),
    )),
    Verb("status", N_("where a document stands, and its evidence"), "office:status", (
        _ID, *_SAVE,
        _arg("--evidence", type=Path, metavar="DIR", help=N_("write receipts and proofs into this folder")),
    )),
    Verb("register", N_("the register of outgoing documents"), "office:register", (
        _arg("--year", type=int, metavar="Y", help=N_("the year (default: this one)")), _SERIES,
    )),
    Verb("policy check", N_("what a policy file asks for, and whether its anchors are here"),
         "policies:check", (_POLICY_NAMED,)),
    Verb("policy show", N_("print a policy that is shipped, as a start for your own"), "policies:show", (
        _arg("name", choices=SHIPPED, help=N_("its name")), *_SAVE,
    )),
    Verb("audit verify", N_("recompute the whole audit log"), "office:audit_verify"),
    Verb("audit prove", N_("write the proof of one entry"), "office:audit_prove", (
        _arg("what", metavar="ID|INDEX", help=N_("a message, or an entry's index")), *_OUT,
    )),
)  # fmt: skip

GROUPS = {
    "audit": N_("the audit log"),
    "peer": N_("the agencies this office knows"),
    "pki": N_("practice hierarchies"),
    "policy": N_("policy files"),
    "token": N_("tokens and keys"),
}
"""The first words of verbs that have two."""

_COMMON = (
    _arg("--home", type=Path, metavar="DIR", help=N_("the office (default: $CONGVAN_HOME or ~/.congvan)")),
    _arg("--sandbox", type=Path, metavar="DIR", help=N_("a practice hierarchy")),
    _arg("--json", action="store_true", help=N_("print one JSON object a result")),
    _arg("--lang", choices=LANGUAGES, help=N_("the language of the messages")),
    _arg("--verbose", action="store_true", help=N_("say more on stderr")),
)
"""What every verb takes, before or after its name."""


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
    _add(parser, _COMMON, translate)
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
        after = ((names, {**settings, "default": argparse.SUPPRESS}) for names, settings in _COMMON)
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
