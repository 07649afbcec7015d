"""A signed statement of what happened to a message: evidence in the shape of ETSI EN 319 522-1 §6.2.

A positive receipt says "we hold these parts"; a refusal says why not. Both are signed by the receiving
node. The format, and the steps to verify one, are in docs/formats/receipt.md.
"""

import base64
import enum
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from exchange.envelope import MAX_PARTS, Envelope, message_id, new_id
from exchange.errors import MessageRefused
from exchange.jws import Signature, verify
from exchange.moment import stamp
from exchange.node import Node
from exchange.shape import Shape, parse_canonical
from pki.digest import Digest
from pki.words import Translate, english

KIND = "congvan-receipt"
VERSION = 1
_EVENT_BASE = "http://uri.etsi.org/19522/Event/"


class Event(enum.StrEnum):
    """The events of EN 319 522-1 §6.2 that a node issues; the letter is the standard's."""

    HANDOVER = "ContentHandover"  # E.1: filed in the recipient's own system
    SUBMISSION_REJECTED = "SubmissionRejection"  # A.2: malformed, or this id was used for something else
    CONSIGNMENT_FAILED = "ContentConsignmentFailure"  # D.2: the content is not what it should be

    @property
    def uri(self) -> str:
        """The event's identifier, as printed in the standard."""
        return _EVENT_BASE + self.value

    @property
    def positive(self) -> bool:
        """True for the one event after which the sender has nothing left to do."""
        return self is Event.HANDOVER


class Reason(enum.StrEnum):
    """Why not: the reasons of ETSI TS 102 640-2 annex D that a node gives, by name."""

    INVALID_FORMAT = "InvalidMessageFormat"
    INVALID_SIGNATURE = "InvalidUserSignature"
    POLICY = "PolicyViolation"
    UNKNOWN_RECIPIENT = "UnknownRecipient"
    EXPIRED = "RetentionPeriodExpired"
    DUPLICATE_ID = "DuplicateMessageIdentifier"  # ours: the annex has no name for it


@dataclass(frozen=True, slots=True)
class Because:
    """One reason, and its detail in words."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the recipient's node says about one message."""

    evidence_id: str
    event: Event
    time: datetime
    issuer: str
    issuer_certificate: bytes
    sender: str
    message_id: str
    envelope_digest: Digest
    parts: tuple[Digest, ...]
    reasons: tuple[Because, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the evidence with the field names of EN 319 522-3."""
        return {
            "EvidenceIdentifier": self.evidence_id,
            "EvidenceIssuerDetails": {
                "Certificate": base64.b64encode(self.issuer_certificate).decode(),
                "OrganId": self.issuer,
            },
            "EventReasons": [{"code": r.reason.value, "detail": r.detail} for r in self.reasons],
            "EventTime": stamp(self.time),
            "ERDSEventId": self.event.uri,
            "EnvelopeDigest": str(self.envelope_digest),
            "MessageIdentifier": self.message_id,
            "RecipientDetails": [{"OrganId": self.issuer}],
            "SenderDetails": {"OrganId": self.sender},
            "UserContentInfo": {
                "PartsInfo": [{"Identifier": i, "Digest": str(d)} for i, d in enumerate(self.parts, 1)]
            },
            "version": VERSION,
        }


@dataclass(frozen=True, slots=True)
class Issuer:
    """The node that states, the agency it speaks for, and the language it says reasons in."""

    code: str
    node: Node
    says: Translate = english


def state(
    event: Event,
    envelope: Envelope,
    digest: Digest,
    issuer: Issuer,
    now: datetime,
    *reasons: Because,
) -> Signature:
    """Sign what happened to `envelope` at `now`. Nothing leaves the node before its commit.

    The part digests are those of the verified manifest (a receipt is evidence of content, not of a name);
    `ValueError` for a positive event with reasons or a negative one without.
    """
    if event.positive == bool(reasons):
        raise ValueError("a refusal gives reasons, and a receipt has none")
    receipt = Receipt(
        evidence_id=new_id(now), event=event, time=now, issuer=issuer.code,
        issuer_certificate=issuer.node.certificate,
        sender=envelope.sender, message_id=envelope.message_id, envelope_digest=digest,
        parts=tuple(part.digest for part in envelope.parts), reasons=reasons,
    )  # fmt: skip
    return issuer.node.sign(KIND, receipt.as_json())


def check_receipt(
    text: bytes, certificate: bytes, issuer: str, envelope: Envelope, digest: Digest
) -> Receipt:
    """Return the receipt or refusal if it may count as one; `MessageRefused` if it is to be treated as none.

    1. The key of `certificate` (DER, the addressed peer's pinned one) signed it, and only that key.
    2. The issuer it names is that peer, with that certificate.
    3. It refers to the message we sent: sender, message id and envelope digest.
    4. Its part digests are those of our manifest, as a multiset.
    """
    receipt = read_receipt(verify(text, KIND, certificate).payload)
    if receipt.issuer != issuer or receipt.issuer_certificate != certificate:
        raise MessageRefused("The receipt names another issuer than {issuer}.", issuer=issuer)
    referred = (receipt.sender, receipt.message_id, receipt.envelope_digest)
    if referred != (envelope.sender, envelope.message_id, digest):
        raise MessageRefused("The receipt is about another message.")
    if Counter(receipt.parts) != Counter(part.digest for part in envelope.parts):
        raise MessageRefused("The receipt lists other parts than were sent.")
    return receipt


def read_receipt(payload: bytes) -> Receipt:
    """Read a receipt's payload; `MessageRefused` unless it is one of this version, whole and consistent."""
    shape = parse_canonical(payload, "receipt")
    shape.whole("version", VERSION, least=VERSION)
    issuer = shape.nested("EvidenceIssuerDetails")
    content = shape.nested("UserContentInfo")
    parts = content.each("PartsInfo", MAX_PARTS)
    receipt = Receipt(
        evidence_id=shape.convert("EvidenceIdentifier", 36, message_id),
        event=shape.convert("ERDSEventId", 100, _read_event),
        time=shape.moment("EventTime"),
        issuer=issuer.text("OrganId", 35),
        issuer_certificate=issuer.convert("Certificate", 8192, _read_base64),
        sender=_only_code(shape.nested("SenderDetails")),
        message_id=shape.convert("MessageIdentifier", 36, message_id),
        envelope_digest=shape.digest("EnvelopeDigest"),
        parts=tuple(_read_part(part, place) for place, part in enumerate(parts, 1)),
        reasons=tuple(_read_reason(reason) for reason in shape.each("EventReasons", 50)),
    )
    recipients = [_only_code(each) for each in shape.each("RecipientDetails", 1, least=1)]
    for each in (issuer, content, shape):
        each.done()
    if recipients != [receipt.issuer] or receipt.event.positive == bool(receipt.reasons):
        raise shape.wrong("RecipientDetails")
    return receipt


def _read_event(uri: str) -> Event:
    if not uri.startswith(_EVENT_BASE):
        raise ValueError("not an event of EN 319 522")
    return Event(uri.removeprefix(_EVENT_BASE))


def _read_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _only_code(shape: Shape) -> str:
    code = shape.text("OrganId", 35)
    shape.done()
    return code


def _read_part(shape: Shape, place: int) -> Digest:
    shape.whole("Identifier", place, least=place)
    digest = shape.digest("Digest")
    shape.done()
    return digest


def _read_reason(shape: Shape) -> Because:
    because = Because(shape.convert("code", 60, Reason), shape.text("detail", 1000))
    shape.done()
    return because
