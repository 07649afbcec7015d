"""A policy file, read into frozen values (docs/formats/policy.md); no other file is looked at here."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from cryptography import x509

from pki.digest import Digest
from pki.errors import UsageError
from pki.identity import is_person_number
from pki.toml import NotToml, parse_toml
from pki.words import N_, Sentence
from signer.policies.shape import Table, text_of
from signer.policy import Revocation
from signer.rules import Act, Freshness, HeaderRule, Holder, IssuerRule, Mark, Role, Rules, Suite
from signer.suites import CURVES, DIGESTS, MEASURED, SCHEMES

MAX_BYTES = 4 << 20
"""The largest policy file read."""

VERSION = 1
"""The version of the format."""

_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorEntry:
    """Anchors of one role: in which files or folders they are, and the digests that pin them.

    A digest is of the certificate (DER) or of the file as a whole, whichever its publisher states.
    """

    role: Role
    files: tuple[str, ...]
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A trusted list (ETSI TS 119 612): its file, who may sign it (SHA-256), what its authorities are for."""

    role: Role
    file: str
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """What a policy file says. `rules` know no roots yet: those come with the certificates."""

    path: Path
    description: str
    revocation: Revocation
    same_agency: bool
    anchors: tuple[AnchorEntry, ...]
    lists: tuple[ListEntry, ...]
    intermediates: tuple[str, ...]
    rules: Rules


def read_policy(content: bytes, path: Path) -> PolicyFile:
    """Read a policy file; `path` names it in errors. `UsageError` for whatever is not as it should be."""
    try:
        raw = parse_toml(content)
    except NotToml as error:
        raise UsageError(
            "{file} is no policy file: {detail}",
            hint="For a start: congvan policy show NAME -o FILE.", file=path, detail=error.why,
        ) from error  # fmt: skip
    top = Table(path, raw)
    if top.take("version", _whole, _VERSION_WANTED) != VERSION:
        raise top.wrong("version", _VERSION_WANTED)
    name = top.text("name")
    if name is None:
        raise top.wrong("name", Sentence(N_("a text of one line")))
    read = PolicyFile(
        path=path,
        description=top.text("description") or "",
        revocation=top.one_of("revocation", get_args(Revocation), "require"),
        same_agency=top.flag("same_agency", default=True),
        anchors=tuple(_anchors(each) for each in top.tables("anchors")),
        lists=tuple(_list(each) for each in top.tables("lists")),
        intermediates=top.texts("intermediates"),
        rules=_rules(top, Rules(name=name, sha256=Digest.of(content).value.hex())),
    )
    top.end()
    if not read.anchors and not read.lists:
        raise top.wrong("anchors", Sentence(N_("there: trust starts from an anchor")))
    return read


_VERSION_WANTED = Sentence(N_("the number {version}"), {"version": VERSION})


def _whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError("no whole number")
    return value


def _anchors(table: Table) -> AnchorEntry:
    entry = AnchorEntry(
        role=table.one_of("role", get_args(Role)), files=table.texts("files"), sha256=table.digests("sha256")
    )
    if not entry.files:
        raise table.wrong("files", Sentence(N_("a list of texts of one line")))
    if not entry.sha256 and entry.role != "practice":
        raise table.wrong("sha256", Sentence(N_("there: only practice does without the digest of a root")))
    table.end()
    return entry


def _list(table: Table) -> ListEntry:
    file, signers = table.text("file"), table.digests("signers")
    if file is None:
        raise table.wrong("file", Sentence(N_("a text of one line")))
    if not signers:
        raise table.wrong("signers", Sentence(N_("there: a list is believed by who signed it")))
    entry = ListEntry(role=table.one_of("role", ("public-service", "public")), file=file, signers=signers)
    table.end()
    return entry


def _rules(top: Table, rules: Rules) -> Rules:
    freshness = top.table("freshness")
    signer, authority = (freshness.number(f"{name}_hours") for name in ("signer", "authority"))
    freshness.end()
    document = top.table("document")
    header = document.one_of("header", get_args(HeaderRule), rules.header)
    document.end()
    holders = tuple(_holder(each) for each in top.tables("holders"))
    # Where some are listed, whoever writes the file decides about the others: neither answer goes unsaid.
    default: Literal["accept"] | None = None if holders else "accept"
    return replace(
        rules,
        stamping=top.some_of("time_stamps_by", get_args(Role), ("time-stamp",)),
        issuers=tuple(_issuer(each) for each in top.tables("issuers")),
        holders=holders,
        unlisted=top.one_of("unlisted", ("accept", "refuse"), default),
        certificate_policies=top.oids("certificate_policies"),
        suites=tuple(_suite(each) for each in top.tables("algorithms")),
        freshness=Freshness(
            signer=None if signer is None else signer * _HOUR,
            authority=None if authority is None else authority * _HOUR,
        ),
        header=header,
    )


def _issuer(table: Table) -> IssuerRule:
    mark = Mark(
        sha256=table.digest("sha256"),
        key_sha256=table.digest("key_sha256"),
        subject=table.maybe("subject", _subject, _SUBJECT_WANTED),
    )
    if mark == Mark():
        raise table.wrong("sha256", _MARK_WANTED)
    rule = IssuerRule(mark=mark, may=table.some_of("may", get_args(Act)))
    table.end()
    return rule


def _holder(table: Table) -> Holder:
    mark = Mark(
        sha256=table.digest("sha256"),
        key_sha256=table.digest("key_sha256"),
        person_id=table.maybe("person_id", _person_id, _PERSON_WANTED),
        organisation_id=table.text("organisation_id"),
    )
    if mark == Mark():
        raise table.wrong("sha256", _MARK_WANTED)
    holder = Holder(
        mark=mark,
        may=table.one_of("may", get_args(Act)),
        name=table.text("name"),
        title=table.text("title"),
        agency=table.text("agency"),
        agency_id=table.text("agency_id"),
        since=table.moment("from"),
        until=table.moment("until", last=True),
    )
    if holder.since is not None and holder.until is not None and holder.until < holder.since:
        raise table.wrong("until", Sentence(N_("after “from”")))
    table.end()
    return holder


def _subject(value: object) -> str:
    """Return a name that a certificate can have: written otherwise it would be no certificate's, ever."""
    text = text_of(value)
    if x509.Name.from_rfc4514_string(text).rfc4514_string() != text:
        raise ValueError("not as RFC 4514 writes it")
    return text


def _person_id(value: object) -> str:
    text = text_of(value)
    if not is_person_number(text):
        raise ValueError("no certificate has such a number of a person")
    return text


_SUBJECT_WANTED = Sentence(N_("a name as certificates have it, such as CN=…,O=…,C=VN without spaces between"))
_PERSON_WANTED = Sentence(N_("a person's number with its kind, such as CCCD:001085012345"))
_MARK_WANTED = Sentence(N_("there, or another mark that tells the certificate"))


def _suite(table: Table) -> Suite:
    name = table.one_of("name", (*DIGESTS, *SCHEMES))
    suite = Suite(
        name=name,
        min_bits=table.number("min_bits") or 0,
        curves=table.words("curves", CURVES),
        until=table.moment("until", last=True),
    )
    if name in DIGESTS and (suite.min_bits or suite.curves):
        raise table.wrong("name", Sentence(N_("a signature scheme where its key is measured")))
    for key, schemes in MEASURED.items():
        if getattr(suite, key) and name not in schemes:
            wanted = Sentence(N_("left out: keys for {name} have none"), {"name": name})
            raise table.wrong(key, wanted)
    table.end()
    return suite
