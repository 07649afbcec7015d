"""An envelope: who sends what to whom, signed by the sender's node; the parts travel beside it.

pack() writes one, unpack() reads one and trusts nothing. The format, and the steps to verify one, are in
docs/formats/envelope.md. The header is QCVN 102's, so that an edXML packet is a re-packaging.
"""

import datetime as dt
import re
import secrets
from dataclasses import dataclass, field

from exchange.errors import MessageRefused
from exchange.jws import MAX_BYTES, Signature, unverified, verify
from exchange.moment import stamp
from exchange.node import Node
from exchange.settings import AgencyCode
from exchange.shape import Shape, parse_canonical
from exchange.status import StatusNote
from exchange.urgency import Urgency
from pki.digest import Digest
from pki.errors import UsageError

KIND = "congvan-envelope"
VERSION = 1
MAX_PARTS = 64
MAX_RECIPIENTS = 10_000
_MAX_LIFETIME = dt.timedelta(days=31)
STATUS_URGENCY = Urgency.KHAN
"""The lane of status notes: somebody waits for them."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_id(now: dt.datetime) -> str:
    """Return a UUIDv7 (RFC 9562 §5.7): milliseconds of `now`, then randomness."""
    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def message_id(text: str) -> str:
    """Return `text` if it is a message id; `ValueError` otherwise."""
    if not _ID.fullmatch(text):
        raise ValueError("not a message id")
    return text


@dataclass(frozen=True, slots=True)
class Part:
    """One file that travels beside the envelope; part 1 is the document itself."""

    name: str
    media_type: str
    size: int
    digest: Digest

    def as_json(self) -> dict[str, object]:
        """Return the part as the manifest lists it."""
        return {
            "digest": str(self.digest), "media_type": self.media_type, "name": self.name, "size": self.size,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What QCVN 102 says about a document; lengths are those of the standard and of NĐ 30/2020 PL VI."""

    number: str
    symbol: str
    date: dt.date
    subject: str
    type_name: str = "Công văn"
    place: str = ""
    signer_name: str = ""
    signer_position: str = ""
    due: dt.date | None = None
    to_places: tuple[str, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        for name, least, most in _TEXTS:
            value: str = getattr(self, name)
            if not least <= len(value) <= most or not value.isprintable():
                raise UsageError(
                    "{field} of the document is one line of {least} to {most} characters.",
                    field=name, least=least, most=most,
                )  # fmt: skip

    def document_id(self, code: str) -> str:
        """Return the packet's document id as exchanged today: `OrganId,yyyy/MM/dd,số/kýhiệu`."""
        return f"{code},{_day(self.date)},{self.number}/{self.symbol}"

    def as_json(self, code: str, urgency: Urgency) -> dict[str, object]:
        """Return the header with QCVN 102's own names."""
        value: dict[str, object] = {
            "Code": {"CodeNotation": self.symbol, "CodeNumber": self.number},
            "DocumentId": self.document_id(code),
            "DocumentType": {"TypeName": self.type_name},
            "OtherInfo": {"Priority": int(urgency)},
            "PromulgationInfo": {"Place": self.place, "PromulgationDate": _day(self.date)},
            "SignerInfo": {"FullName": self.signer_name, "Position": self.signer_position},
            "Subject": self.subject,
            "ToPlaces": list(self.to_places),
        }
        return value | ({"DueDate": _day(self.due)} if self.due else {})


_TEXTS = (
    ("number", 1, 11), ("symbol", 1, 60), ("subject", 1, 500), ("type_name", 1, 100), ("place", 0, 50),
    ("signer_name", 0, 50), ("signer_position", 0, 100),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message: a document with its parts, or a status note about one. Exactly one of the two."""

    message_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    created: dt.datetime
    expires: dt.datetime
    urgency: Urgency
    header: Header | None = None
    parts: tuple[Part, ...] = ()
    status: StatusNote | None = None

    def as_json(self) -> dict[str, object]:
        """Return the envelope's payload."""
        value: dict[str, object] = {
            "created": stamp(self.created),
            "expires": stamp(self.expires),
            "from": {"OrganId": self.sender, "OrganName": self.sender_name},
            "message_id": self.message_id,
            "parts": [part.as_json() for part in self.parts],
            "to": list(self.recipients),
            "v": VERSION,
        }
        if self.header:
            value["document"] = self.header.as_json(self.sender, self.urgency)
        if self.status:
            value["status"] = self.status.as_json()
        return value


def pack(envelope: Envelope, node: Node) -> Signature:
    """Sign an envelope; what we would not read back ourselves is our bug."""
    signature = node.sign(KIND, envelope.as_json())
    assert read_envelope(signature.payload) == envelope
    return signature


def said_sender(text: bytes, limit: int = MAX_BYTES) -> str:
    """Return the sender that an envelope claims, before anything is believed."""
    shape = parse_canonical(unverified(text, KIND, limit), "envelope")
    return shape.nested("from").text("OrganId", 35)


def unpack(text: bytes, certificate: bytes, limit: int = MAX_BYTES) -> tuple[Envelope, Signature]:
    """Return the envelope that the key of `certificate` (DER) signed; `MessageRefused` for anything else."""
    signature = verify(text, KIND, certificate, limit)
    return read_envelope(signature.payload), signature


def read_envelope(payload: bytes) -> Envelope:
    """Read a payload; `MessageRefused` unless it is an envelope of this version, whole and consistent."""
    shape = parse_canonical(payload, "envelope")
    shape.whole("v", VERSION, least=VERSION)
    sender = shape.nested("from")
    code = _code(sender, "OrganId")
    header, urgency = _read_document(shape, code)
    envelope = Envelope(
        message_id=shape.convert("message_id", 36, message_id),
        sender=code,
        sender_name=sender.text("OrganName", 200),
        recipients=tuple(shape.texts("to", MAX_RECIPIENTS, 35, least=1)),
        created=shape.moment("created"),
        expires=shape.moment("expires"),
        urgency=urgency,
        header=header,
        parts=tuple(_read_part(part) for part in shape.each("parts", MAX_PARTS)),
        status=StatusNote.read(shape.nested("status")) if "status" in shape.fields else None,
    )
    sender.done()
    shape.done()
    _check(envelope, shape)
    return envelope


def _check(envelope: Envelope, shape: Shape) -> None:
    if (envelope.header is None) == (envelope.status is None):
        raise shape.wrong("document")
    if bool(envelope.parts) != bool(envelope.header):
        raise shape.wrong("parts")
    if len({part.digest for part in envelope.parts}) != len(envelope.parts):
        raise shape.wrong("parts")
    if len(set(envelope.recipients)) != len(envelope.recipients):
        raise shape.wrong("to")
    if not dt.timedelta(0) < envelope.expires - envelope.created <= _MAX_LIFETIME:
        raise shape.wrong("expires")


def _read_part(shape: Shape) -> Part:
    part = Part(
        name=shape.text("name", 200),
        media_type=shape.text("media_type", 100),
        size=shape.whole("size", 2**53 - 1, least=1),
        digest=shape.digest("digest"),
    )
    if "/" in part.name or "\\" in part.name or not part.name.isprintable() or part.name.startswith("."):
        raise shape.wrong("name")
    shape.done()
    return part


def _read_document(shape: Shape, sender: str) -> tuple[Header | None, Urgency]:
    if "document" not in shape.fields:
        return None, STATUS_URGENCY
    document = shape.nested("document")
    code, kind = document.nested("Code"), document.nested("DocumentType")
    place, signer = document.nested("PromulgationInfo"), document.nested("SignerInfo")
    other = document.nested("OtherInfo")
    document_id = document.text("DocumentId", 150)
    try:
        header = Header(
            number=code.text("CodeNumber", 11),
            symbol=code.text("CodeNotation", 60),
            date=place.convert("PromulgationDate", 10, _read_day),
            subject=document.text("Subject", 500),
            type_name=kind.text("TypeName", 100),
            place=place.text("Place", 50, least=0),
            signer_name=signer.text("FullName", 50, least=0),
            signer_position=signer.text("Position", 100, least=0),
            due=document.convert("DueDate", 10, _read_day) if "DueDate" in document.fields else None,
            to_places=tuple(document.texts("ToPlaces", 200, 150)),
        )
    except UsageError as error:
        raise MessageRefused("The envelope's header is not as QCVN 102 wants it: {why}", why=error) from error
    urgency = Urgency(other.whole("Priority", int(max(Urgency))))
    for each in (document, code, kind, place, signer, other):
        each.done()
    if header.document_id(sender) != document_id:
        raise document.wrong("DocumentId")
    return header, urgency


def _code(shape: Shape, name: str) -> str:
    try:
        return str(AgencyCode(shape.text(name, 35)))
    except UsageError as error:
        raise shape.wrong(name) from error


def _day(day: dt.date) -> str:
    return day.strftime("%Y/%m/%d")


def _read_day(text: str) -> dt.date:
    day = dt.datetime.strptime(text, "%Y/%m/%d").date()  # noqa: DTZ007 - a day, not a moment
    if _day(day) != text:
        raise ValueError("not a day as QCVN 102 writes it")
    return day
