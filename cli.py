"""The edge: settings read once, one verb, one exit status.

stdout carries the result, stderr the rest. `--json` prints one object a result with the same facts, for errors
too. Every rule lives in `pki`, `signer` and `exchange`; here are only their arguments, their files and their words.
"""

import argparse
import asyncio
import dataclasses
import getpass
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from exchange.locale import LANGUAGES, language_of, translator
from pki.clock import VIETNAM
from pki.errors import CongvanError, TokenError, Undetermined, UsageError
from pki.files import read_whole, write_whole
from pki.token import Token
from pki.words import N_, Sentence, Translate

if TYPE_CHECKING:
    from pki.sandbox import Sandbox
    from pki.trust import Anchors
    from signer.document import DocumentNumber
    from signer.level import Evidence, Level
    from signer.policy import Policy

EXIT_YES, EXIT_NO, EXIT_USAGE, EXIT_UNKNOWN, EXIT_TOKEN, EXIT_EXCHANGE, EXIT_BUG = 0, 1, 2, 3, 4, 5, 70
_WORST_LAST = (EXIT_YES, EXIT_UNKNOWN, EXIT_NO, EXIT_USAGE, EXIT_EXCHANGE, EXIT_TOKEN, EXIT_BUG)
"""Of several files the exit status is the worst one's: a doubt is less than a no, a fault of ours is worst."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb found or did for one input: facts for `--json`, the same in sentences for people."""

    facts: Mapping[str, Any]
    lines: Sequence[Sentence | str]
    status: int = EXIT_YES


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One command as it was given, read once."""

    options: argparse.Namespace
    translate: Translate
    environment: Mapping[str, str]

    @property
    def home(self) -> Path:
        """The office's folder: `--home`, else $CONGVAN_HOME, else ~/.congvan."""
        given = self.options.home or self.environment.get("CONGVAN_HOME") or "~/.congvan"
        return Path(given).expanduser()


# ---------------------------------------------------------------------------------------------- files in, files out


def _destinations(call: Call) -> list[tuple[Path, Path]]:
    """Pair each input with its output, and refuse what would overwrite something before any work is done."""
    sources: list[Path] = call.options.files
    output: Path = call.options.output
    if len(sources) > 1 or output.is_dir():
        if not output.is_dir():
            raise UsageError(
                "{output} is not a folder, and there are {count} files.",
                hint="Make the folder first, or give one file.",
                output=output,
                count=len(sources),
            )
        pairs = [(source, output / source.name) for source in sources]
    else:
        pairs = [(sources[0], output)]
    for source, target in pairs:
        if target.exists() and source.exists() and target.samefile(source):
            raise UsageError("{source} would be overwritten by its own result.", source=source)
        if target.exists() and not call.options.force:
            raise UsageError(
                "{path} exists already.",
                hint="Choose another name, or say --force to replace it.",
                path=target,
            )
    if len({target for _, target in pairs}) < len(pairs):
        raise UsageError("Two inputs have the same name and would share one output.")
    return pairs


Work = Callable[[bytes], Awaitable[tuple[bytes, Outcome]]]


async def _each(call: Call, work: Work) -> AsyncIterator[Outcome]:
    """Do one file after another; a failure is that file's result, and the others go on."""
    pairs = _destinations(call)
    for position, (source, target) in enumerate(pairs):
        _progress(position, len(pairs), source)
        try:
            result, outcome = await work(await asyncio.to_thread(read_whole, source))
            await asyncio.to_thread(write_whole, target, result, replace=call.options.force)
        except CongvanError as error:
            if len(pairs) == 1:
                raise
            yield _failure(error, source, call)
            continue
        facts = {"file": str(source), "output": str(target), **outcome.facts}
        yield Outcome(
            facts, [*outcome.lines, Sentence(N_("Written: {output}"), {"output": target})], outcome.status
        )


def _progress(position: int, count: int, source: Path) -> None:
    if count > 1 and sys.stderr.isatty():
        end = "\n" if position + 1 == count else ""
        print(f"\r\x1b[K[{position + 1}/{count}] {source.name}", end=end, file=sys.stderr, flush=True)


# ------------------------------------------------------------------------------------------- one document, one agency


async def _draft(call: Call) -> AsyncIterator[Outcome]:
    from signer.drafting import draft
    from signer.page import Place

    options = call.options
    given = {
        name: Place.parse(text)
        for name in ("number", "date", "sign", "seal")
        if (text := getattr(options, f"{name}_at")) is not None
    }

    async def work(pdf: bytes) -> tuple[bytes, Outcome]:
        drafted = await asyncio.to_thread(draft, pdf, given)
        places = {name: {"place": str(place), "found": place.found} for name, place in drafted.places.items()}
        lines = [
            Sentence(N_("  {name}: {place} ({found})"), {"name": name, **place})
            for name, place in places.items()
        ]
        facts = {
            "stage": "draft",
            "places": places,
            "printed": dict(drafted.printed),
            "notes": [note.said(call.translate) for note in drafted.notes],
        }
        return drafted.pdf, Outcome(facts, [*lines, *drafted.notes])

    async for outcome in _each(call, work):
        yield outcome


async def _sign(call: Call) -> AsyncIterator[Outcome]:
    from signer.document import Draft
    from signer.signing import sign

    image, level, evidence = await _image(call), _level(call), _evidence(call)
    async with _key(call) as token:
        signer = _signer(token)

        async def work(pdf: bytes) -> tuple[bytes, Outcome]:
            signed = await sign(Draft(pdf=pdf), token, image=image, level=level, evidence=evidence)
            facts = {"stage": "signed", "signer": signer, "level": level.name.replace("_", "-")}
            return signed.pdf, Outcome(
                facts, [Sentence(N_("Layer 1 signed by {signer}, level {level}."), facts)]
            )

        async for outcome in _each(call, work):
            yield outcome


async def _seal(call: Call) -> AsyncIterator[Outcome]:
    from signer.document import Signed
    from signer.numbering import number
    from signer.sealing import seal

    options = call.options
    if options.number is None:
        async for outcome in _seal_from_register(call):
            yield outcome
        return
    if len(options.files) > 1:
        raise UsageError(
            "One number cannot be given to {count} documents.",
            hint="Seal them one by one, or inside an office, where the register hands out the numbers.",
            count=len(options.files),
        )
    given = _given_number(call)
    image, level, evidence, policy = (
        await _image(call),
        _level(call),
        _evidence(call),
        _policy(call, sealing=True),
    )
    async with _key(call) as token:

        async def work(pdf: bytes) -> tuple[bytes, Outcome]:
            numbered = number(Signed(pdf=pdf), given)
            sealed = await seal(numbered, token, image=image, level=level, evidence=evidence, policy=policy)
            return sealed.pdf, _sealed_outcome(given, _signer(token))

        async for outcome in _each(call, work):
            yield outcome


def _sealed_outcome(given: "DocumentNumber", signer: str) -> Outcome:
    facts = {
        "stage": "sealed",
        "signer": signer,
        "number": given.printed_number,
        "symbol": given.symbol,
        "date": given.date.isoformat(),
    }
    return Outcome(facts, [Sentence(N_("No. {number}/{symbol} of {date}, sealed by {signer}."), facts)])


async def _verify(call: Call) -> AsyncIterator[Outcome]:
    policy = _policy(call)
    several = len(call.options.files) > 1
    for position, path in enumerate(call.options.files):
        _progress(position, len(call.options.files), path)
        try:
            yield await _verified(call, path, policy)
        except CongvanError as error:
            if not several:
                raise
            yield _failure(error, path, call)


async def _verified(call: Call, path: Path, policy: "Policy") -> Outcome:
    from signer.report import Indication
    from signer.verifying import examine

    data = await asyncio.to_thread(read_whole, path)
    if data.startswith(b"c2sp.org/tlog-proof@"):
        return _proof_outcome(call, path, data)
    if data.lstrip()[:1] == b"{":
        return _receipt_outcome(call, path, data)
    report = await examine(data, policy)
    statuses = {Indication.TOTAL_PASSED: EXIT_YES, Indication.INDETERMINATE: EXIT_UNKNOWN}
    facts = {"file": str(path), **report.as_json(call.translate)}
    lines = [f"{path}:", *report.lines(call.translate)]
    return Outcome(facts, lines, statuses.get(report.indication, EXIT_NO))


async def _pki_sandbox(call: Call) -> AsyncIterator[Outcome]:
    from pki.sandbox import make_sandbox

    sandbox = await make_sandbox(call.options.directory, keys=call.options.keys)
    facts = {
        "trust": str(sandbox.trust),
        "signatory": sandbox.signatory,
        "agency": sandbox.agency,
        "tsa": sandbox.tsa,
        "ocsp": sandbox.ocsp,
        "crl": sandbox.crl,
        "environment": dict(sandbox.environment),
    }
    lines: list[Sentence | str] = [
        Sentence(N_("A practice hierarchy is in {directory}."), {"directory": sandbox.directory}),
        *(f"  {name}: {value}" for name, value in facts.items() if isinstance(value, str)),
        *(f"  {name}={value}" for name, value in sandbox.environment.items()),
    ]
    yield Outcome(facts, lines)


async def _pki_serve(call: Call) -> AsyncIterator[Outcome]:
    from pki.responder import serve_sandbox
    from pki.sandbox import load_sandbox

    sandbox = await asyncio.to_thread(load_sandbox, call.options.directory)
    with _stopped() as stop:
        async with serve_sandbox(call.options.directory):
            facts = {"tsa": sandbox.tsa, "ocsp": sandbox.ocsp, "crl": sandbox.crl}
            lines = [f"{name}: {url}" for name, url in facts.items()]
            yield Outcome(facts, lines)
            await stop.wait()


@contextmanager
def _stopped() -> Iterator[asyncio.Event]:
    """Lend an event that SIGINT and SIGTERM set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _demo(call: Call) -> AsyncIterator[Outcome]:
    from exchange.demo.journey import travel

    folder = call.options.home or Path(f"demo-{datetime.now(VIETNAM):%Y%m%d-%H%M%S}")
    pdf = None if call.options.pdf is None else await asyncio.to_thread(read_whole, call.options.pdf)
    steps: list[str] = []

    def say(step: Sentence) -> None:
        steps.append(step.said(call.translate))
        if not call.options.json:
            print(steps[-1], flush=True)

    done = await travel(folder.absolute(), (sys.executable, str(Path(__file__).absolute())), say, pdf)
    facts = {
        "folder": str(done.folder),
        "steps": steps,
        "files": [path.name for path in done.files],
        "verify": done.report.as_json(call.translate),
        "proof": {"log": done.proven.log.name, "index": done.proven.index, "size": done.proven.size},
    }
    lines = [
        *done.report.lines(call.translate),
        Sentence(N_("All files are in {folder}:"), {"folder": done.folder}),
        *(f"  {path.name}" for path in done.files),
    ]
    yield Outcome(facts, lines, EXIT_YES if done.report.passed else EXIT_NO)


async def _serve(call: Call) -> AsyncIterator[Outcome]:
    from exchange.service import serve

    with _stopped() as stop:

        def ready(url: str) -> None:
            _print(Outcome({"url": url}, [Sentence(N_("Listening at {url}"), {"url": url})]), call)

        await serve(call.home, stop, ready=ready)
    return
    yield  # an async generator without results of its own: what it says, it says when it is ready


def _proof_outcome(call: Call, path: Path, data: bytes) -> Outcome:
    from exchange.audit.proof import verify_proof

    key = _log_key(call)
    proven = verify_proof(data, key)
    facts = {
        "file": str(path),
        "indication": "TOTAL_PASSED",
        "log": proven.log.name,
        "index": proven.index,
        "size": proven.size,
        "entry": json.loads(proven.data),
    }
    lines = [
        f"{path}:",
        Sentence(N_("The event is in the log {log}: entry {index} of {size}."), facts),
        json.dumps(facts["entry"], ensure_ascii=False, sort_keys=True, indent=2),
    ]
    return Outcome(facts, lines)


def _log_key(call: Call) -> str:
    given = call.options.log_key
    if given is None:
        raise UsageError(
            "A proof is checked against the public key of its log.",
            hint="Give it with --log-key: the key's text, or a file that holds it.",
        )
    path = Path(given)
    return read_whole(path, 4096).decode("utf-8", "replace").strip() if path.is_file() else given


# ----------------------------------------------------------------------------------- keys, levels, policies, as given


def _key(call: Call) -> AbstractAsyncContextManager[Token]:
    from pki.keys import open_key

    sandbox = _sandbox(call)
    environment = None if sandbox is None else sandbox.environment
    return open_key(call.options.key, environment=environment, ask_pin=getpass.getpass)


def _sandbox(call: Call) -> "Sandbox | None":
    """Return the practice hierarchy that `--sandbox` or the key's own module-path names, if any."""
    from pki.sandbox import load_sandbox
    from pki.uri import KeyUri

    if call.options.sandbox is not None:
        return load_sandbox(call.options.sandbox)
    module = KeyUri.parse(key).module_path if (key := getattr(call.options, "key", None)) else None
    folders = () if module is None else tuple(module.absolute().parents)[:2]
    return next((load_sandbox(folder) for folder in folders if (folder / "sandbox.json").is_file()), None)


def _anchors(call: Call) -> "Anchors":
    """Return the trust anchors: `--trust`, else the practice hierarchy's, else the office's own."""
    from pki.trust import Anchors

    if given := call.options.trust:
        return Anchors.load(*given)
    if (sandbox := _sandbox(call)) is not None:
        return Anchors.load(sandbox.trust)
    folder = call.home / "trust"
    return Anchors.load(folder) if folder.is_dir() and any(folder.iterdir()) else Anchors(())


def _policy(call: Call, *, sealing: bool = False) -> "Policy":
    from signer.policy import Policy

    options = call.options
    revocation = options.revocation
    if revocation is None:
        # Practice keys may be used while nobody answers for them; a real key never.
        revocation = "accept-missing" if sealing and _sandbox(call) is not None else "require"
    return Policy(
        anchors=_anchors(call),
        revocation=revocation,
        require=getattr(options, "require", "any"),
        at=getattr(options, "at", None),
        offline=getattr(options, "offline", False),
    )


def _level(call: Call) -> "Level":
    from signer.level import Level

    return Level(call.options.level)


def _evidence(call: Call) -> "Evidence":
    from signer.level import Evidence

    tsa = call.options.tsa
    if tsa is None and _level(call).stamped and (sandbox := _sandbox(call)) is not None:
        tsa = sandbox.tsa
    if tsa is None and _level(call).stamped:
        raise UsageError(
            "Level {level} needs a time-stamp authority.",
            hint="Name one with --tsa URL.",
            level=call.options.level,
        )
    return Evidence(tsa_url=tsa, anchors=_anchors(call) if _level(call).stored else None)


async def _image(call: Call) -> bytes | None:
    return None if call.options.image is None else await asyncio.to_thread(read_whole, call.options.image)


def _signer(token: Token) -> str:
    from pki.identity import identify

    return identify(token.certificate).name


def _given_number(call: Call) -> "DocumentNumber":
    from signer.document import DocumentNumber

    options = call.options
    today = datetime.now(VIETNAM).date()
    return DocumentNumber(number=options.number, symbol=options.symbol, date=options.date or today)


# ------------------------------------------------------------------------------------------------ the table of verbs


@dataclasses.dataclass(frozen=True, slots=True)
class Verb:
    """One row: the words typed, a sentence, what runs, and its arguments."""

    words: str
    sentence: str
    run: Callable[[Call], AsyncIterator[Outcome]]
    arguments: tuple[tuple[tuple[str, ...], Mapping[str, Any]], ...] = ()


def _arg(*names: str, **settings: Any) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    return names, settings


def _when(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


_FILES = _arg("files", nargs="+", type=Path, metavar="FILE", help=N_("the documents"))
_OUT = (
    _arg(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help=N_("the result; a folder for several files"),
    ),
    _arg("--force", action="store_true", help=N_("replace an existing result")),
)
_KEY = _arg("--key", required=True, metavar="URI", help=N_("the key: pkcs11:… (RFC 7512) or a .p12 file"))
_TRUST = (
    _arg("--trust", type=Path, action="append", metavar="PEM|DIR", help=N_("trust anchors")),
    _arg(
        "--revocation",
        choices=("require", "accept-missing", "ignore"),
        help=N_("what a missing status means"),
    ),
)
_SIGNING = (
    _KEY,
    *_OUT,
    _arg("--image", type=Path, metavar="PNG", help=N_("the image of the signature or seal")),
    _arg("--level", choices=("b-b", "b-t", "b-lt", "b-lta"), default="b-b", help=N_("PAdES baseline level")),
    _arg("--tsa", metavar="URL", help=N_("time-stamp authority (RFC 3161)")),
    *_TRUST,
)
_PLACES = tuple(
    _arg(f"--{name}-at", metavar="PAGE:X,Y,W,H", help=N_("a place in points from the lower-left corner"))
    for name in ("number", "date", "sign", "seal")
)

VERBS = (
    Verb("pki sandbox", N_("make a practice hierarchy, its keys in SoftHSM tokens"), _pki_sandbox, (
        _arg("directory", type=Path, metavar="DIR", help=N_("an empty or new folder")),
        _arg("--keys", choices=("rsa-2048", "p-256"), default="rsa-2048", help=N_("the kind of keys")),
    )),
    Verb("pki serve", N_("answer for a practice hierarchy: TSA, OCSP and CRL on loopback"), _pki_serve, (
        _arg("directory", type=Path, metavar="DIR", help=N_("the practice hierarchy")),
    )),
    Verb("demo", N_("the whole journey between two throw-away agencies"), _demo, (
        _arg("--pdf", type=Path, metavar="FILE", help=N_("take this document instead of the project's own")),
    )),
    Verb("serve", N_("serve the office: exchange, outbox, audit log"), _serve),
    Verb("draft", N_("make PDFs ready to be signed without breaking later"), _draft, (_FILES, *_OUT, *_PLACES)),
    Verb("sign", N_("layer 1: the signatory's own signature"), _sign, (_FILES, *_SIGNING)),
    Verb("seal", N_("layer 2: number, date and the agency's seal"), _seal, (
        _FILES, *_SIGNING,
        _arg("--number", metavar="N", help=N_("the number; inside an office the register hands it out")),
        _arg("--symbol", metavar="S", help=N_("the symbol, for instance UBND-VP; what the page prints if left out")),
        _arg("--date", type=date.fromisoformat, metavar="D", help=N_("the date of issue, YYYY-MM-DD; today if left out")),
    )),
    Verb("verify", N_("examine documents, receipts and proofs"), _verify, (
        _FILES, *_TRUST,
        _arg("--require", choices=("two-layer", "any"), default="any", help=N_("what a document must carry")),
        _arg("--at", type=_when, metavar="TIME", help=N_("judge as of this moment (ISO 8601)")),
        _arg("--offline", action="store_true", help=N_("ask nobody: only what the files and the anchors say")),
        _arg("--log-key", metavar="VKEY|FILE", help=N_("the public key of the log behind a proof")),
    )),
)  # fmt: skip


GROUPS = {"pki": N_("practice hierarchies"), "token": N_("tokens and keys")}
"""The first words of verbs that have two."""


class _Parser(argparse.ArgumentParser):
    """Exit status 2 and the same complaint as every other error."""

    def error(self, message: str) -> NoReturn:
        raise UsageError("{message}", message=message, hint="See: {program} --help", program=self.prog)


def _parser(translate: Translate) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="congvan",
        description=translate(
            N_("Two-layer signatures for official documents, and their provable exchange.")
        ),
    )
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help=translate(N_("the office (default: $CONGVAN_HOME or ~/.congvan)")),
    )
    parser.add_argument("--sandbox", type=Path, metavar="DIR", help=translate(N_("a practice hierarchy")))
    parser.add_argument("--json", action="store_true", help=translate(N_("print one JSON object a result")))
    parser.add_argument("--lang", choices=LANGUAGES, help=translate(N_("the language of the messages")))
    parser.add_argument("--verbose", action="store_true", help=translate(N_("say more on stderr")))
    groups: dict[str, Any] = {"": parser.add_subparsers(required=True, metavar="VERB", parser_class=_Parser)}
    for verb in VERBS:
        group, _, name = verb.words.rpartition(" ")
        if group not in groups:
            inner = groups[""].add_parser(group, help=translate(GROUPS[group]))
            groups[group] = inner.add_subparsers(required=True, metavar="VERB", parser_class=_Parser)
        sub = groups[group].add_parser(
            name, help=translate(verb.sentence), description=translate(verb.sentence)
        )
        for names, settings in verb.arguments:
            sub.add_argument(*names, **{**settings, "help": translate(settings["help"])})
        sub.set_defaults(verb=verb.run)
    return parser


# ------------------------------------------------------------------------------------------------- words and statuses


def _status_of(error: CongvanError) -> int:
    from exchange.errors import ExchangeError

    table: tuple[tuple[type[CongvanError], int], ...] = (
        (UsageError, EXIT_USAGE),
        (Undetermined, EXIT_UNKNOWN),
        (TokenError, EXIT_TOKEN),
        (ExchangeError, EXIT_EXCHANGE),
    )
    return next((status for kind, status in table if isinstance(error, kind)), EXIT_NO)


def _said(template: str, facts: Mapping[str, object], translate: Translate) -> str:
    return Sentence(template, facts).said(translate)


def _error_facts(error: CongvanError, translate: Translate) -> dict[str, Any]:
    facts = {"error": error.code, "message": _said(error.template, error.facts, translate)}
    if error.hint:
        facts["hint"] = _said(error.hint, error.facts, translate)
    return facts


def _failure(error: CongvanError, path: Path, call: Call) -> Outcome:
    """Return an error as one file's result, among others that go on."""
    facts = {"file": str(path), **_error_facts(error, call.translate), "status": _status_of(error)}
    lines = [f"{path}: {facts['message']}", *([facts["hint"]] if error.hint else [])]
    return Outcome(facts, lines, _status_of(error))


def _print(outcome: Outcome, call: Call) -> None:
    if call.options.json:
        print(json.dumps(outcome.facts, ensure_ascii=False, sort_keys=True, default=str), flush=True)
        return
    for line in outcome.lines:
        print(line.said(call.translate) if isinstance(line, Sentence) else line, flush=True)


def _complain(error: CongvanError, call: Call) -> int:
    facts = _error_facts(error, call.translate)
    if call.options.json:
        print(json.dumps({**facts, "status": _status_of(error)}, ensure_ascii=False, sort_keys=True))
    print(f"congvan: {call.translate(N_('error'))}: {facts['message']}", file=sys.stderr)
    if hint := facts.get("hint"):
        print(f"congvan: {call.translate(N_('hint'))}: {hint}", file=sys.stderr)
    return _status_of(error)


def _language(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language asked for, before the arguments are read: their errors are said in it too."""
    early = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    early.add_argument("--lang", choices=LANGUAGES)
    try:
        given: str | None = early.parse_known_args(list(words))[0].lang
    except argparse.ArgumentError:
        given = None
    return given or language_of(environment)


async def _run(call: Call) -> int:
    statuses = [EXIT_YES]
    async for outcome in call.options.verb(call):
        _print(outcome, call)
        statuses.append(outcome.status)
    return max(statuses, key=_WORST_LAST.index)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = _language(words, os.environ)
    call = Call(_parser(translator(language)).parse_args(words), translator(language), os.environ)
    logging.basicConfig(
        level=logging.INFO if call.options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        return asyncio.run(_run(call))
    except CongvanError as error:
        return _complain(error, call)
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
