"""The evidence of a verdict: all that it used beside the document, in one canonical file.

The format is docs/formats/evidence.md. It comes from anywhere: read, it is only what somebody says was used.
`signer.repeating` finds out whether the verdict follows from it.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import rfc8785

from pki.cache import MAX_ANSWER_BYTES
from pki.digest import Digest
from pki.errors import Undetermined
from pki.query import Query
from pki.words import Sentence
from signer.apart.questions import MAX_QUESTIONS
from signer.apart.values import Reading, Writing
from signer.apart.wire import parsed
from signer.errors import EvidenceRefused
from signer.policy import Require, Revocation

MAX_EVIDENCE_BYTES = 64 << 20
"""Several lists of national authorities, in base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One question of an examination, and what it was told: an answer, or why there was none."""

    query: Query
    answer: bytes | None = field(default=None, repr=False)
    failure: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a verdict was measured by: the fields of a `Policy`, the certificates by their SHA-256, sorted.

    `policy_file` is the SHA-256 of the file that the policy's rules are from.
    """

    roots: tuple[str, ...]
    intermediates: tuple[str, ...]
    revocation: Revocation
    require: Require
    policy_file: str | None
    same_agency: bool
    at: datetime | None
    offline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictEvidence:
    """What one examination used: of which document, when, by what measure, told what; and what it found.

    `told` is in the order of asking; `report` is the digest of the report (`signer.repeating.digest_of`).
    """

    document: Digest
    moment: datetime
    basis: Basis
    told: tuple[Told, ...]
    report: Digest

    @property
    def as_of(self) -> datetime:
        """The moment that the verdict is as of: the one that was asked for, else that of its making."""
        return self.basis.at or self.moment

    def encode(self) -> bytes:
        """Return the file: the same facts give the same bytes. `Undetermined` if it would be too large."""
        encoded: bytes = rfc8785.dumps(Writing().of(self._record()))
        if len(encoded) > MAX_EVIDENCE_BYTES:
            raise Undetermined("The evidence would be larger than {limit} bytes.", limit=MAX_EVIDENCE_BYTES)
        return encoded

    def _record(self) -> "_Record":
        return _Record(
            format="congvan-evidence-1",
            document=str(self.document),
            moment=self.moment,
            policy=self.basis,
            certificates=_spelled(
                each for one in self.told for each in (one.query.certificate, one.query.issuer)
            ),
            answers=_spelled(one.answer for one in self.told),
            asked=tuple(map(_asked, self.told)),
            report=str(self.report),
        )

    @classmethod
    def parse(cls, encoded: bytes) -> "VerdictEvidence":
        """Read a file; `EvidenceRefused` unless it is exactly what `encode` would write."""
        if len(encoded) > MAX_EVIDENCE_BYTES:
            raise EvidenceRefused("The evidence is larger than {limit} bytes.", limit=MAX_EVIDENCE_BYTES)
        try:
            evidence = _evidence(Reading().of(_Record, parsed(encoded)))
            exact = evidence.encode() == encoded
        except (ValueError, RecursionError, KeyError, Undetermined) as error:  # base64 and JSON of any form
            raise EvidenceRefused("The file is no evidence of a verdict, or it was damaged.") from error
        if not exact:
            raise EvidenceRefused("The evidence is not in its canonical form; it was altered.")
        return evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    kind: Literal["ocsp", "list"]
    url: str
    certificate: str | None
    issuer: str | None
    answer: str | None
    failure: Sentence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """The file's own fields: bytes stand in it once, in base64, and are named by their SHA-256."""

    format: Literal["congvan-evidence-1"]
    document: str
    moment: datetime
    policy: Basis
    certificates: tuple[str, ...]
    answers: tuple[str, ...]
    asked: tuple[_Asked, ...]
    report: str


def _spelled(contents: Iterable[bytes | None]) -> tuple[str, ...]:
    """Return each content once, in base64, in the order of their digests."""
    once = {str(Digest.of(each)): each for each in contents if each is not None}
    return tuple(base64.b64encode(once[digest]).decode() for digest in sorted(once))


def _asked(told: Told) -> _Asked:
    query = told.query
    assert query.kind != "issuers"  # nobody's business in an examination (signer.bounded)
    return _Asked(
        kind=query.kind,
        url=query.url,
        certificate=_digest(query.certificate),
        issuer=_digest(query.issuer),
        answer=_digest(told.answer),
        failure=told.failure,
    )


def _digest(content: bytes | None) -> str | None:
    return None if content is None else str(Digest.of(content))


def _evidence(record: _Record) -> VerdictEvidence:
    """Put contents in the places of their names; `ValueError` or `KeyError` for what names nothing."""
    if len(record.asked) > MAX_QUESTIONS:
        raise ValueError("an examination does not ask so many questions")
    held = dict(map(_content, (*record.certificates, *record.answers)))

    def named(digest: str | None) -> bytes | None:
        return None if digest is None else held[digest]

    def told(each: _Asked) -> Told:
        if (each.answer is None) is (each.failure is None):
            raise ValueError("a question has an answer or a failure")
        query = Query(
            kind=each.kind, url=each.url, certificate=named(each.certificate), issuer=named(each.issuer)
        )
        return Told(query=query, answer=named(each.answer), failure=each.failure)

    return VerdictEvidence(
        document=Digest.parse(record.document),
        moment=record.moment,
        basis=record.policy,
        told=tuple(map(told, record.asked)),
        report=Digest.parse(record.report),
    )


def _content(spelled: str) -> tuple[str, bytes]:
    try:
        content = base64.b64decode(spelled, validate=True)
    except binascii.Error as error:
        raise ValueError("it is no base64") from error
    if len(content) > MAX_ANSWER_BYTES:
        raise ValueError("no answer is so long")
    return str(Digest.of(content)), content
