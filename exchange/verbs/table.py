"""The table of verbs: what is typed, what it is for, what runs it, and its arguments.

The words are public: other programs run them. They are added to, never renamed.
"""

import importlib
from argparse import Namespace
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from exchange.locale import LANGUAGES
from exchange.verbs.call import Call, Outcome
from pki.clock import VIETNAM
from pki.errors import UsageError
from pki.words import N_
from signer.policies import SHIPPED

_MOST_LISTED = 100_000

Argument = tuple[tuple[str, ...], Mapping[str, Any]]
Run = Callable[[Call], AsyncGenerator[Outcome, None]]


def _arg(*names: str, **settings: Any) -> Argument:
    return names, settings


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the table: the words typed, a sentence, `module:function` that runs it, its arguments.

    `unless`: of a verb that does nothing but tell, the options by which it leaves more behind; else None.
    """

    words: str
    sentence: str
    run: str
    arguments: tuple[Argument, ...] = ()
    unless: tuple[str, ...] | None = None

    def only_tells(self, options: Namespace) -> bool:
        """Return whether nothing is left to do once nobody reads what is told."""
        return self.unless is not None and all(getattr(options, name) is None for name in self.unless)

    def load(self) -> Run:
        """Import what runs the verb: only that, so that `--help` needs no PDF library."""
        module, _, name = self.run.partition(":")
        run: Run = getattr(importlib.import_module(f"exchange.verbs.{module}"), name)
        return run


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time
        except ValueError:
            continue
    raise UsageError("“{text}” is no day.", hint="Write it as 2026-11-22 or 22/11/2026.", text=text[:40])


def _when(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        day = _day(text)
        moment = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def _many(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _MOST_LISTED:
        raise UsageError("“{text}” is no number from 1 to {most}.", text=text[:40], most=_MOST_LISTED)
    return int(text)


def _acceptable() -> tuple[str, ...]:
    from signer.findings import ACCEPTABLE  # for the few verbs that ask

    return ACCEPTABLE


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
        choices=_acceptable,
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
_MOST = _arg("--most", type=_many, default=100, metavar="N", help=N_("how many at most: the newest"))
_NOTE = _arg("--note", metavar="TEXT", help=N_("a note in one line; the sender reads it"))
_ATTACHMENTS = _arg(
    "--attachments", type=Path, metavar="DIR", help=N_("write what goes with the document into this folder")
)
_SERIES = _arg("--series", default="chung", help=N_("the series of numbers"))

VERBS = (
    Verb("demo", N_("the whole journey between two throw-away agencies"), "demo:demo", (
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
    Verb("pki sandbox", N_("make a practice hierarchy, its keys in SoftHSM tokens"), "practice:make", (
        _DIRECTORY,
        _arg("--keys", choices=("rsa-2048", "p-256"), default="rsa-2048", help=N_("the kind of keys")),
    )),
    Verb("pki serve", N_("a practice hierarchy's TSA, OCSP and CRL on loopback"), "practice:serve", (
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
    ), unless=()),
    Verb("sign", N_("layer 1: the signatory's own signature"), "documents:sign_files", (
        _FILES, *_SIGNING, *_SPLIT, *_CONTENT,
    )),
    Verb("seal", N_("layer 2: number, date and the agency's seal"), "documents:seal_files", (
        _FILES, *_SIGNING, *_SPLIT, *_CONTENT,
        _arg("--number", metavar="N", help=N_("the number; inside an office the register hands it out")),
        _arg("--symbol", metavar="S", help=N_("the symbol, such as UBND-VP (default: what the page prints)")),
        _arg("--date", type=_day, metavar="DAY",
             help=N_("date of issue, as 2026-11-22 or 22/11/2026 (default: today)")),
        _SERIES,
    )),
    Verb("verify", N_("examine documents, receipts, proofs and sealed reports"), "verifying:verify_files", (
        _FILES, *_TRUST,
        _arg("--require", choices=("two-layer", "any"), default="any", help=N_("what a document must carry")),
        _arg("--at", type=_when, metavar="TIME",
             help=N_("judge as of this moment (ISO 8601); a bare day means its beginning in Viet Nam")),
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
        _arg("--json-report", type=Path, metavar="OUT",
             help=N_("write what --json prints: a file, or a folder")),
        _arg("--report-key", metavar="URI",
             help=N_("seal each report that is written with this key, in a file OUT.p7s")),
        _arg("--report-tsa", action="append", metavar="URL",
             help=N_("a time-stamp authority for the seals (RFC 3161); several: in order")),
        _arg("--seal", type=Path, metavar="P7S",
             help=N_("the seal of a report (default: the file with .p7s behind the name)")),
        _FORCE,
    ), unless=("save_evidence", "html", "etsi_xml", "json_report")),
    Verb("renew", N_("stamp documents again before their proof expires"), "documents:renew_files", (
        _FILES, *_OUT, *_TSA, *_TRUST,
        _arg("--digest", choices=("sha256", "sha384", "sha512"), default="sha256",
             help=N_("the new time-stamp's digest")),
    )),
    Verb("extend", N_("bring signed documents to a higher level"), "levels:extend_files", (
        _FILES, *_OUT, *_TSA, *_TRUST,
        _arg("--level", choices=("b-t", "b-lt", "b-lta"), default="b-lt", help=N_("PAdES baseline level")),
    )),
    Verb("send", N_("send a sealed document to other agencies"), "letters:send", (
        _arg("file", type=Path, metavar="FILE", help=N_("the sealed document")),
        _arg("--to", action="append", required=True, metavar="CODE", help=N_("a recipient's code")),
        _arg("--subject", metavar="TEXT", help=N_("trích yếu: what the document is about")),
        _arg("--urgency", default="thuong", help=N_("thuong, khan, thuong-khan or hoa-toc")),
        _arg("--as-it-is", action="store_true", help=N_("also at a lower level than this office sends")),
        _arg("--attach", type=Path, action="append", metavar="FILE", help=N_("a file that goes with it")),
    )),
    Verb("outbox", N_("what was sent, and how far it has come"), "letters:outbox", (_MOST,)),
    Verb("inbox", N_("what came in"), "letters:inbox", (_MOST,)),
    Verb("accept", N_("accept a document into the register (status 03)"), "letters:accept", (
        _ID, _SENDER, *_SAVE, _ATTACHMENTS, _POLICY,
    )),
    Verb("refuse", N_("send a document back (status 02)"), "letters:refuse", (
        _ID, _SENDER, _arg("--reason", required=True, help=N_("why, in one line; the sender reads it")),
    )),
    Verb("assign", N_("say that somebody is to handle a document (status 04)"), "letters:assign", (
        _ID, _SENDER, _NOTE,
    )),
    Verb("finish", N_("say that a document has been dealt with (status 06)"), "letters:finish", (
        _ID, _SENDER, _NOTE,
    )),
    Verb("status", N_("where a document stands, and its evidence"), "letters:status", (
        _ID, _SENDER, *_SAVE, _ATTACHMENTS,
        _arg("--evidence", type=Path, metavar="DIR", help=N_("write receipts and proofs into this folder")),
    )),
    Verb("register", N_("the register of outgoing documents"), "books:register", (
        _arg("--year", type=int, metavar="Y", help=N_("the year (default: this one)")), _SERIES,
        *_SAVE,
        _arg("--number", type=_many, metavar="N", help=N_("with -o: write out the document of this number")),
        _arg("--begin", type=_many, metavar="N", help=N_("go on from a paper book: this year begins at N")),
    )),
    Verb("policy check", N_("what a policy file asks for, and whether its anchors are here"),
         "policies:check", (_POLICY_NAMED,)),
    Verb("policy show", N_("print a policy that is shipped, as a start for your own"), "policies:show", (
        _arg("name", choices=SHIPPED, help=N_("its name")), *_SAVE,
    )),
    Verb("audit verify", N_("recompute the whole audit log"), "books:audit_verify"),
    Verb("audit prove", N_("write the proof of one entry"), "books:audit_prove", (
        _arg("what", metavar="ID|INDEX", help=N_("a message, or an entry's index")), _SENDER, *_OUT,
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

COMMON = (
    _arg("--home", type=Path, metavar="DIR", help=N_("the office (default: $CONGVAN_HOME or ~/.congvan)")),
    _arg("--sandbox", type=Path, metavar="DIR", help=N_("a practice hierarchy")),
    _arg("--json", action="store_true", help=N_("print one JSON object a result")),
    _arg("--lang", choices=LANGUAGES, help=N_("the language of the messages")),
    _arg("--verbose", action="store_true", help=N_("say more on stderr")),
)
"""What every verb takes, before or after its name."""
