"""What was read for the verdict, as the facts a report shows: certificates and events."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TypedDict

from cryptography.x509 import Certificate, Name
from cryptography.x509.oid import NameOID

from pki.answer import Answer
from pki.certificate import read
from pki.remembering import remembered, remembered_of
from pki.unreadable import UNREADABLE
from signer.facts import LONGEST_NAME, MOST_ENCODED, Event, EventKind, Link
from signer.pades.parsed import Stamped

_CALLED = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)


@remembered_of(256)
def names(certificate: Certificate) -> tuple[str, str]:
    """Return what a certificate's subject and issuer are called."""
    return called(certificate.subject), called(certificate.issuer)


def called(name: Name) -> str:
    """Return what a certificate's subject or issuer is called: its common name, else the next best."""
    for kind in _CALLED:
        if found := name.get_attributes_for_oid(kind):
            return str(found[0].value)[:LONGEST_NAME]
    return name.rfc4514_string()[:LONGEST_NAME]


@remembered(256)
def link(certificate: Certificate, encoded: bytes) -> Link:
    """Return a certificate as a report shows it."""
    name, issuer = names(certificate)
    return Link(
        name=name,
        issuer=issuer,
        serial=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        encoded=encoded,
    )


def alone(certificate: bytes | None) -> tuple[Link, ...]:
    """Return a certificate (DER) that leads nowhere as a path of one; nothing if there is none to be read."""
    try:
        return () if certificate is None else (link(read(certificate), certificate),)
    except UNREADABLE:
        return ()


def heard(answer: Answer, certificate: Certificate, issuer: Certificate) -> Iterator[Event]:
    """Yield what an answer about a certificate tells: when it was known, and when it was revoked."""
    about, by = names(certificate)[0], names(issuer)[0]
    said = _evidence(answer.encoded)
    yield Event(
        kind=EventKind(answer.source.lower()),
        moment=answer.this_update,
        until=answer.next_update,
        trusted=True,
        by=by,
        about=about,
        **said,
    )
    if answer.revoked is not None:
        yield Event(
            kind=EventKind.REVOKED,
            moment=answer.revoked,
            trusted=True,
            by=by,
            about=about,
            **said,
        )


class _Evidence(TypedDict):
    sha256: str
    encoded: bytes


def _evidence(encoded: bytes) -> _Evidence:
    kept = encoded if len(encoded) <= MOST_ENCODED else b""
    return _Evidence(sha256=hashlib.sha256(encoded).hexdigest(), encoded=kept)


def stamped(stamp: Stamped, kind: EventKind, *, trusted: bool) -> Event:
    """Return the time that a time-stamp gives."""
    name = next((each.name for each in alone(stamp.signer.certificate)), None)
    return Event(kind=kind, moment=stamp.time, trusted=trusted, by=name, **_evidence(stamp.encoded))


def without_repeats(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events by their time, each once: one list tells of several certificates of a path."""
    return tuple(sorted(dict.fromkeys(events), key=lambda each: each.moment))
