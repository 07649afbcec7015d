"""One signature field as its bytes have it, before anybody is trusted: what every way of reading comes to."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pki.words import Sentence
from signer.facts import Binding
from signer.pades.structure import Coverage
from signer.report import Changes, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed since one signature. `only_proof`: nothing but stored proof and document time-stamps.

    `fields` are those that changed, `texts` those that were text fields when it was made.
    """

    changes: Changes = Changes.NONE
    words: tuple[Sentence, ...] = ()
    fields: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    only_proof: bool = True


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a container, with what, and the certificates beside his own, DER.

    `digests` are all that it relies on: its own, and a time-stamp's imprint. They and `scheme` are named as
    asn1crypto names them ("sha256", "rsassa_pkcs1v15").
    """

    certificate: bytes = dataclasses.field(repr=False)
    digests: tuple[str, ...]
    scheme: str
    others: tuple[bytes, ...] = dataclasses.field(default=(), repr=False)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """All certificates in the container, the signer's first."""
        return (self.certificate, *self.others)


@dataclass(frozen=True, slots=True)
class Carried:
    """Answers on certificates that a container carries (ISO 32000-2 §12.8.3.3.2), DER."""

    ocsps: tuple[bytes, ...] = dataclasses.field(default=(), repr=False)
    lists: tuple[bytes, ...] = dataclasses.field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time-stamp that is whole and stamps what it should: who, which time, the token (DER)."""

    signer: Signer
    time: datetime
    encoded: bytes = dataclasses.field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One signature field as its bytes have it.

    `verdict` is what the bytes alone say: format, hash, signature value, forbidden changes.
    """

    field: str
    verdict: Verdict
    is_stamp: bool = False
    revision: int = 1 << 30
    coverage: Coverage | None = None
    signer: Signer | None = None
    stamp: Stamped | None = None
    signature_stamps: tuple[Stamped, ...] = ()
    content_stamps: tuple[Stamped | None, ...] = ()
    """Time-stamps over the content that are signed themselves; None for one that is astray, or not whole."""
    said: tuple[Sentence, ...] = ()
    """What it says of itself that its reader must know."""
    carried: Carried = Carried()
    change: Change = dataclasses.field(default_factory=Change)
    intact: bool = False
    signing_time: datetime | None = None
    pades: bool = False
    named: bool = True
    """Whether something that is signed says which certificate signed (RFC 5035): else one with the same key,
    in another name, could be put in its place."""
    algorithm: str | None = None
    locks: bool = False
    stated: str | None = None
    """What the signature dictionary gives as its reason (ISO 32000-2 table 255): signed, but only a claim."""
    binding: Binding | None = None


def pooled(parsed: Iterable[Parsed]) -> tuple[bytes, ...]:
    """Return the certificates of all containers in the file, DER, each once."""
    carried = (each for one in parsed for signer in _signers(one) for each in signer.certificates)
    return tuple(dict.fromkeys(carried))


def _signers(parsed: Parsed) -> list[Signer]:
    """Return who signed, and who stamped it."""
    stamps = (*filter(None, [parsed.stamp]), *parsed.signature_stamps)
    return [*filter(None, [parsed.signer]), *(each.signer for each in stamps)]
