"""The agencies we know, each by a pinned certificate; the port that carries an envelope to one."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.audit.note import VerifierKey
from exchange.envelope import Part
from exchange.errors import PeerError
from exchange.moment import stamp
from exchange.settings import AgencyCode, agency_name, web_address
from exchange.shape import Shape
from exchange.store.port import Conflict, Row, Transaction
from pki.digest import Digest
from pki.errors import CongvanError, UsageError
from pki.unreadable import UNREADABLE
from pki.words import N_, Sentence

CARD_VERSION = 1
MAX_CARD_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """An agency we exchange with, as its card says. The certificate (DER) is pinned.

    `organisation` is the name or identifier that its seal's certificate shows, or "" where that is the
    agency's own name or code.
    """

    code: str
    name: str
    url: str
    certificate: bytes
    log_key: str
    organisation: str = ""

    @property
    def fingerprint(self) -> Digest:
        """The SHA-256 of the certificate: compare it by telephone before trusting a card."""
        return Digest.of(self.certificate)

    def as_json(self) -> dict[str, object]:
        """Return the card: what another office needs to know this one. Nothing in it is secret."""
        pem = x509.load_der_x509_certificate(self.certificate).public_bytes(Encoding.PEM)
        return {
            "v": CARD_VERSION,
            "code": self.code,
            "name": self.name,
            "url": self.url,
            "certificate": pem.decode(),
            "log": self.log_key,
            "fingerprint": str(self.fingerprint),
            **({"organisation": self.organisation} if self.organisation else {}),
        }

    def is_named_by(self, names: Iterable[str]) -> bool:
        """Return whether one of the names and identifiers in a seal's certificate is this agency's.

        What the card says its seal shows, and that alone; else the agency's name, or the identifier
        `…-<code>` that certificates make of an agency's code (EN 319 412-1 §5.1.4: `GOVVN-H99`).
        """
        shown = [folded(each) for each in names]
        if self.organisation:
            return folded(self.organisation) in shown
        coded = re.compile(rf"[a-z]{{5}}-{re.escape(folded(self.code))}")
        return folded(self.name) in shown or any(map(coded.fullmatch, shown))


def read_card(data: bytes) -> Peer:
    """Read a card; `UsageError` if it is not one, whole and consistent."""
    try:
        shape = Shape(json.loads(data[: MAX_CARD_BYTES + 1]), "card")
        peer = _read(shape)
    except UsageError:
        raise
    except CongvanError as error:
        raise _no_card(error) from error
    except (ValueError, RecursionError) as error:
        raise _no_card(Sentence(N_("it is no JSON."))) from error
    return peer


def is_card(data: bytes) -> bool:
    """Tell whether a file is a card, good or not: it names a log, and is signed by nobody."""
    try:
        said = json.loads(data[: MAX_CARD_BYTES + 1])
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and {"v", "code", "log", "certificate"} <= said.keys()


def _no_card(why: object) -> UsageError:
    return UsageError(
        "This is not an office's card: {why}",
        hint="The office itself writes its card: congvan peer card -o FILE.", why=why,
    )  # fmt: skip


def _read(shape: Shape) -> Peer:
    shape.whole("v", CARD_VERSION, least=CARD_VERSION)
    peer = Peer(
        code=str(AgencyCode(shape.text("code", 35))),
        name=agency_name(shape.text("name", 200)),
        url=web_address(shape.text("url", 300)),
        certificate=shape.convert("certificate", 8192, _read_certificate),
        log_key=str(VerifierKey.parse(shape.text("log", 512))),
        organisation=agency_name(shape.text("organisation", 200)) if "organisation" in shape.fields else "",
    )
    if shape.digest("fingerprint") != peer.fingerprint:
        raise shape.wrong("fingerprint")
    shape.done()
    return peer


def _read_certificate(pem: str) -> bytes:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
    except UNREADABLE as error:
        raise ValueError("no certificate that can be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a P-256 certificate")  # noqa: TRY004 - one error for every wrong card
    return certificate.public_bytes(Encoding.DER)


async def add_peer(tx: Transaction, peer: Peer, now: datetime, *, replace: bool) -> bool:
    """Pin a peer; return False if it stands there already, exactly so.

    `PeerError` if the agency is known with another card (unless `replace`), or the certificate is another's.
    """
    row = await tx.row("peer", code=peer.code)
    if row is not None and peer_of(row) == peer:
        return False
    if row is not None and not replace:
        raise PeerError(
            "{code} is known already, with another card.",
            hint="If the agency really has a new one, remove the old peer first, or say so explicitly.",
            code=peer.code,
        )
    try:
        await tx.run(
            "peer_add", code=peer.code, name=peer.name, url=peer.url, certificate=peer.certificate,
            fingerprint=str(peer.fingerprint), log_key=peer.log_key, organisation=peer.organisation,
            added=stamp(now),
        )  # fmt: skip
    except Conflict as error:
        raise PeerError("Another agency is known by the certificate on this card.") from error
    return True


async def find_peer(tx: Transaction, code: str) -> Peer:
    """Return a known peer; `PeerError` if there is none."""
    row = await tx.row("peer", code=code)
    if row is None:
        raise PeerError(
            "{code} is not among this office's peers.",
            hint="Add its card first: congvan peer add.",
            code=code,
        )
    return peer_of(row)


def peer_of(row: Row) -> Peer:
    """Return the peer a row tells of."""
    return Peer(
        code=row["code"], name=row["name"], url=row["url"], certificate=row["certificate"],
        log_key=row["log_key"], organisation=row["organisation"],
    )  # fmt: skip


def folded(name: str) -> str:
    """Return a name for comparing: not by case, spacing, Unicode form, or where a syllable has its tone.

    “Ủy ban” and “Uỷ ban” are both right, and both in use.
    """
    words = unicodedata.normalize("NFD", name.casefold()).split()
    plain = ("".join(each for each in word if each not in _TONES) for word in words)
    tones = ("".join(each for each in word if each in _TONES) for word in words)
    return " ".join(word + tone for word, tone in zip(plain, tones, strict=True))


_TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer answered to an envelope: a receipt or refusal (JWS) and its proof, not yet believed."""

    receipt: bytes
    proof: bytes


class Unreached(PeerError):
    """The peer gave no answer that counts: try again, not before `retry_after` seconds if it said so."""

    code = "exchange.peer.unreached"

    def __init__(
        self, template: str, *, retry_after: float = 0, hint: str | None = None, **facts: object
    ) -> None:
        super().__init__(template, hint=hint, **facts)
        self.retry_after = retry_after


class Courier(Protocol):
    """Port: carries an envelope and its parts to a peer."""

    async def carry(self, peer: Peer, envelope: bytes, parts: Sequence[Part]) -> Answer:
        """Bring the parts that are not there yet, then the envelope; return what the peer answered.

        Raises `Unreached` when trying again may help, and `MessageRefused` when it cannot.
        """
        ...
