"""The exact bytes of one event: who did what to which digest, and when.

An entry holds digests and metadata, never content. Nothing in the log can be taken back, so what names a
person goes in only as a salted commitment: the salt lives in the office's database, and erasing it there
erases the link, while every proof stays good.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

import rfc8785

from exchange.errors import LogError
from pki.digest import Digest

VERSION = 1
"""The version of this format, the entry's `v`."""

TYPE = "congvan-audit"
"""The entry's `type`: what keeps its bytes from being taken for any other record."""

MAX_ENTRY = 8 * 1024
"""Bytes of an entry."""

MAX_TEXT = 256
"""Characters of any one text in an entry."""

MAX_ITEMS = 64
"""Parts of an entry, and facts, and commitments."""

MIN_SALT = 16
"""Bytes of a commitment's salt: fewer could be tried out together with the names of all citizens."""

EVENTS = frozenset(
    {
        # inside one agency: draft, sign, number, seal
        *("drafted", "signed", "numbered", "released", "sealed", "attached", "copied"),
        # between agencies: send, receive, receipt
        *("sent", "delivered", "undelivered", "received", "refused", "accepted", "receipt", "conflict"),
        # what becomes of it: statuses 04, 05, 06, 13, 15, 16
        *(
            "assigned",
            "started",
            "finished",
            "recalled",
            "updated",
            "replaced",
            "agreed",
            "declined",
            "expired",
        ),
        # the office itself
        *("opened", "moved", "timestamped", "erased", "configured"),
    }
)
"""One word for each kind of event, the same as the journey's step."""

Fact = str | int | bool

_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MAX_INTEGER = 2**53 - 1  # RFC 8785 §3.2.2.3: beyond this a reader of JSON may round


@dataclass(frozen=True, slots=True)
class Part:
    """One file that the event was about: its id in the message, and its digest."""

    id: str
    digest: Digest

    def __post_init__(self) -> None:
        _check_text("part", self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One event.

    `node` is the agency's code, `actor` the role or account that acted (never a person's name), `facts` what
    else belongs to the event in its own names, `commitments` what `commit` made of personal data.
    """

    time: datetime
    node: str
    actor: str
    event: str
    message_id: str | None = None
    state_from: str | None = None
    state_to: str | None = None
    parts: tuple[Part, ...] = ()
    evidence_digest: Digest | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    commitments: Mapping[str, Digest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise LogError("An entry's time needs a time zone.")
        if not _NODE.fullmatch(self.node):
            raise LogError("{node} is not an agency's code.", node=repr(self.node[:MAX_TEXT]))
        if self.event not in EVENTS:
            raise LogError("{event} is not one of the log's words.", event=repr(self.event[:MAX_TEXT]))
        _check_text("actor", self.actor)
        for name in ("message_id", "state_from", "state_to"):
            value = getattr(self, name)
            if value is not None:
                _check_text(name, value)
        if max(len(self.parts), len(self.facts), len(self.commitments)) > MAX_ITEMS:
            raise LogError("An entry has more than {limit} parts or facts.", limit=MAX_ITEMS)
        for name, fact in self.facts.items():
            _check_fact(name, fact)
        for name in self.commitments:
            _check_name(name)
        # A frozen entry that shares its maps with somebody could still change after it was logged.
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))
        object.__setattr__(self, "commitments", MappingProxyType(dict(self.commitments)))

    def encode(self) -> bytes:
        """Return the canonical JSON (RFC 8785) that is logged; `LogError` when it is too long."""
        optional = {
            "message_id": self.message_id,
            "state_from": self.state_from,
            "state_to": self.state_to,
            "parts": [{"id": part.id, "digest": str(part.digest)} for part in self.parts],
            "evidence_digest": self.evidence_digest and str(self.evidence_digest),
            "facts": dict(self.facts),
            "commitments": {name: str(value) for name, value in self.commitments.items()},
        }
        data = _canonical(
            {
                "v": VERSION,
                "type": TYPE,
                "time": _stamp(self.time),
                "node": self.node,
                "actor": self.actor,
                "event": self.event,
                **{name: value for name, value in optional.items() if value},
            }
        )
        if len(data) > MAX_ENTRY:
            raise LogError("An entry is longer than {limit} bytes.", limit=MAX_ENTRY)
        return data


def commit(salt: bytes, value: str) -> Digest:
    """Return SHA-256(salt ‖ value): a commitment to personal data, to be opened only with the salt."""
    if len(salt) < MIN_SALT:
        raise LogError("A commitment's salt has at least {size} bytes.", size=MIN_SALT)
    return Digest.of(salt + value.encode())


def parse(data: bytes) -> AuditEntry:
    """Read an entry; `LogError` unless its bytes are exactly what `encode` would write."""
    if len(data) > MAX_ENTRY:
        raise LogError("An entry is longer than {limit} bytes.", limit=MAX_ENTRY)
    try:
        fields = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise LogError("The entry is not JSON.") from error
    try:
        entry = _from_fields(fields)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise LogError("The entry does not have the fields of an audit entry.") from error
    # Also finds a name that stands twice, an unknown name, another version, 1.0 for 1, and another spelling.
    if entry.encode() != data:
        raise LogError("The entry is not spelt as an audit entry of version {version}.", version=VERSION)
    return entry


def _from_fields(fields: dict[str, object]) -> AuditEntry:
    """Read what JSON gave; may raise whatever wrong types raise. What it leaves out, the caller compares."""
    evidence = fields.get("evidence_digest")
    return AuditEntry(
        time=_read_time(_text(fields["time"])),
        node=_text(fields["node"]),
        actor=_text(fields["actor"]),
        event=_text(fields["event"]),
        message_id=_optional(fields, "message_id"),
        state_from=_optional(fields, "state_from"),
        state_to=_optional(fields, "state_to"),
        parts=tuple(map(_read_part, _list(fields.get("parts", [])))),
        evidence_digest=None if evidence is None else Digest.parse(_text(evidence)),
        facts={name: _read_fact(value) for name, value in _map(fields.get("facts", {})).items()},
        commitments={
            name: Digest.parse(_text(value)) for name, value in _map(fields.get("commitments", {})).items()
        },
    )


def _read_part(value: object) -> Part:
    part = _map(value)
    return Part(_text(part["id"]), Digest.parse(_text(part["digest"])))


def _read_fact(value: object) -> Fact:
    if not isinstance(value, str | int):  # bool is an int
        raise TypeError("a fact is a text, a whole number or a truth")
    return value


def _read_time(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise ValueError("not a time in UTC with microseconds")
    return datetime.fromisoformat(text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _optional(fields: dict[str, object], name: str) -> str | None:
    return _text(fields[name]) if name in fields else None


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _map(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not a map")
    return value


def _canonical(fields: dict[str, object]) -> bytes:
    return rfc8785.dumps(fields)  # type: ignore[arg-type]  # its own type of JSON is private


def _stamp(time: datetime) -> str:
    """Write RFC 3339 in UTC, always with microseconds: one spelling, and text sorts as time does."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise LogError("{name} cannot be the name of a fact.", name=repr(name[:MAX_TEXT]))


def _check_fact(name: str, fact: object) -> None:
    _check_name(name)
    if isinstance(fact, str):
        if fact:
            _check_text(name, fact)
    elif not isinstance(fact, int) or abs(fact) > _MAX_INTEGER:
        raise LogError("The value of {name} is no text, truth or whole number that JSON keeps.", name=name)


def _check_text(name: str, value: str) -> None:
    if not 0 < len(value) <= MAX_TEXT or _CONTROL.search(value):
        raise LogError("The text in {name} is empty, too long or has control characters.", name=name)
