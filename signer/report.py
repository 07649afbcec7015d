"""What an examination found: for each signature, and for the document as a whole; as values and as JSON."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pki.words import N_, Sentence, Translate, day, in_one_line
from signer.agency import Header
from signer.facts import Binding, Event, Link, Spot, iso

SCHEMA = "congvan-report/1"
"""The version of the JSON form: keys are added to it, never renamed (docs/formats/report.md)."""


class Indication(StrEnum):
    """The three answers of EN 319 102-1 §5.1.3, worst last."""

    TOTAL_PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL_FAILED"


_GRAVITY = {each: place for place, each in enumerate(Indication)}


class Changes(StrEnum):
    """What later revisions changed, measured by what the signature allows."""

    NONE = "none"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An indication, its sub-indication (None when passed) and why, in words."""

    indication: Indication
    sub_indication: str | None = None
    reasons: tuple[Sentence, ...] = ()

    @property
    def gravity(self) -> int:
        """How bad the answer is; a yes is 0."""
        return _GRAVITY[self.indication]

    @property
    def passed(self) -> bool:
        """Whether the answer is an unqualified yes."""
        return self.indication is Indication.TOTAL_PASSED


PASSED = Verdict(indication=Indication.TOTAL_PASSED)


def failed(sub_indication: str, *reasons: Sentence) -> Verdict:
    """Return a verdict of TOTAL_FAILED."""
    return Verdict(indication=Indication.TOTAL_FAILED, sub_indication=sub_indication, reasons=reasons)


def unknown(sub_indication: str, *reasons: Sentence) -> Verdict:
    """Return a verdict of INDETERMINATE."""
    return Verdict(indication=Indication.INDETERMINATE, sub_indication=sub_indication, reasons=reasons)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest verdict (the first of those), with the reasons of all."""
    verdicts = list(verdicts)
    gravest = max(verdicts, key=lambda each: each.gravity, default=PASSED)
    reasons = dict.fromkeys(str(reason) for each in verdicts for reason in each.reasons)
    sentences = {str(reason): reason for each in verdicts for reason in each.reasons}
    return Verdict(
        indication=gravest.indication,
        sub_indication=gravest.sub_indication,
        reasons=tuple(sentences[text] for text in reasons),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """One signature: who, when, how strong, and whether it is to be believed.

    `signing_time` is what the signer claims, `best_signature_time` what a time-stamp proves (else None).
    `revocation` is "good", "revoked", "unknown" or "not-checked"; what is revoked may be `on_hold` only.
    `layer` is 1 or 2 where the signature plays that part in a two-layer document. `spot` is None where no
    page shows it. `links` are the certificates of `path`, the root first; the signer's alone where no path
    was found.
    """

    field: str
    verdict: Verdict
    layer: int | None = None
    signer: str | None = None
    signer_kind: str | None = None
    title: str | None = None
    organisation: str | None = None
    issuer: str | None = None
    certificate: bytes | None = dataclasses.field(default=None, repr=False)
    level: str | None = None
    signing_time: datetime | None = None
    best_signature_time: datetime | None = None
    intact: bool = False
    changes: Changes = Changes.NONE
    change_list: tuple[Sentence, ...] = ()
    notes: tuple[Sentence, ...] = ()
    algorithm: str | None = None
    path: tuple[str, ...] = ()
    revocation: str = "not-checked"
    on_hold: bool = False
    spot: Spot | None = None
    binding: Binding | None = None
    links: tuple[Link, ...] = ()
    events: tuple[Event, ...] = ()

    def as_json(self, translate: Translate = str) -> dict[str, object]:
        """Return the signature with the keys of the command line's contract, and some more."""
        return {
            "field": self.field,
            "layer": self.layer,
            "indication": self.verdict.indication.value,
            "sub_indication": self.verdict.sub_indication,
            "signer": self.signer,
            "signer_kind": self.signer_kind,
            "title": self.title,
            "organisation": self.organisation,
            "issuer": self.issuer,
            "level": self.level,
            "signing_time": iso(self.signing_time),
            "best_signature_time": iso(self.best_signature_time),
            "intact": self.intact,
            "changes": self.changes.value,
            "change_list": [each.said(translate) for each in self.change_list],
            "reasons": [each.said(translate) for each in (*self.verdict.reasons, *self.notes)],
            "algorithm": self.algorithm,
            "path": list(self.path),
            "revocation": self.revocation,
            "on_hold": self.on_hold,
            "spot": None if self.spot is None else self.spot.as_json(),
            "binding": None if self.binding is None else self.binding.as_json(),
            "certificates": [each.as_json() for each in self.links],
            "events": [each.as_json() for each in self.events],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A document: its verdict, whether it is two-layered, its number and date, and each signature.

    `timestamps` are document time-stamps (B-LTA), apart because nobody signs with them. `sha256` is that of
    the file. `fields` are those that hold number and date, `elsewhere` those of them that the first page does
    not list. `filled` says, of a document that is not of two layers, where text fields are seen that were
    filled in after a signature. `policy` names the policy file that was held to,
    and the digest of its bytes. `header` is there where the header was asked about: where two layers are
    required, and are there.
    """

    verdict: Verdict
    two_layer: bool = False
    number: str | None = None
    symbol: str | None = None
    date: str | None = None
    fields: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    filled: Mapping[str, Spot] = dataclasses.field(default_factory=dict)
    signatures: tuple[SignatureReport, ...] = ()
    timestamps: tuple[SignatureReport, ...] = ()
    validation_time: datetime | None = None
    notes: tuple[Sentence, ...] = ()
    sha256: str | None = None
    policy: str | None = None
    header: Header | None = None

    @property
    def indication(self) -> Indication:
        """The indication of the document as a whole."""
        return self.verdict.indication

    @property
    def passed(self) -> bool:
        """Whether the document is to be believed."""
        return self.verdict.passed

    def layer(self, number: int) -> SignatureReport | None:
        """Return the signature that plays layer 1 or 2, if one does."""
        return next((each for each in self.signatures if each.layer == number), None)

    def as_json(self, translate: Translate = str) -> dict[str, object]:
        """Return the report with the keys of the command line's contract (`file` is the caller's)."""
        return {
            "schema": SCHEMA,
            "indication": self.verdict.indication.value,
            "sub_indication": self.verdict.sub_indication,
            "two_layer": self.two_layer,
            "number": self.number,
            "symbol": self.symbol,
            "date": self.date,
            "signatures": [each.as_json(translate) for each in self.signatures],
            "document_timestamps": [each.as_json(translate) for each in self.timestamps],
            "reasons": [each.said(translate) for each in (*self.verdict.reasons, *self.notes)],
            "validation_time": iso(self.validation_time),
            "sha256": self.sha256,
            "policy": self.policy,
            "header": None if self.header is None else self.header.as_json(),
        }

    def lines(self, translate: Translate = str) -> Iterator[str]:
        """Yield the report for a terminal: the answer first, then each signature, then why."""
        yield _ANSWERS[self.verdict.indication].said(translate)
        if self.number is not None:
            shown = self.number if self.symbol is None else f"{self.number}/{self.symbol}"
            words = N_("Number {number}") if self.date is None else N_("Number {number}, date {date}")
            yield "  " + Sentence(words, {"number": shown, "date": day(self.date)}).said(translate)
        if self.header is not None and self.header.agency is not None:
            words = N_("Agency in the header: {agency}")
            yield "  " + Sentence(words, {"agency": self.header.agency}).said(translate)
        for each in (*self.signatures, *self.timestamps):
            yield from _signature_lines(each, translate)
        shown_already = {str(reason) for each in self.signatures for reason in each.verdict.reasons}
        for reason in (*self.verdict.reasons, *self.notes):
            if str(reason) not in shown_already:
                yield "  " + reason.said(translate)


_ANSWERS = {
    Indication.TOTAL_PASSED: Sentence(N_("The document is valid.")),
    Indication.INDETERMINATE: Sentence(N_("Whether the document is valid could not be found out.")),
    Indication.TOTAL_FAILED: Sentence(N_("The document is not valid.")),
}

_MARKS = {Indication.TOTAL_PASSED: "✓", Indication.INDETERMINATE: "?", Indication.TOTAL_FAILED: "✗"}


def _signature_lines(each: SignatureReport, translate: Translate) -> Iterator[str]:
    who = each.signer or translate(N_("unknown signer"))
    layer = "" if each.layer is None else f"[{each.layer}] "
    level = "" if each.level is None else f" · {each.level}"
    state = each.verdict.indication.value
    if each.verdict.sub_indication is not None:
        state += f"/{each.verdict.sub_indication}"
    yield in_one_line(f"  {_MARKS[each.verdict.indication]} {layer}{each.field}: {who}{level} · {state}")
    moment = each.best_signature_time or each.signing_time
    if moment is not None:
        words = N_("time-stamped {time}") if each.best_signature_time else N_("claims to be signed {time}")
        yield "      " + Sentence(words, {"time": moment}).said(translate)
    sentences = (*each.verdict.reasons, *each.notes, *each.change_list)
    yield from dict.fromkeys("      " + sentence.said(translate) for sentence in sentences)
