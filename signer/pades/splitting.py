"""One signing revision in two halves: prepared with room for the signature, and finished with its value.

Between the halves lies a token that we never reach. pyHanko can stop at the same point, but what it keeps
then (validation paths, a live time-stamp client) cannot be written down; `Prepared` is bytes and numbers.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import asyncio
import hashlib
import io
from dataclasses import dataclass, field

from asn1crypto import cms
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest

from pki.errors import TokenError
from pki.public_key import PublicKey
from signer.errors import DocumentError
from signer.level import Evidence, Level
from signer.pades.context import Fetching
from signer.pades.door import signing
from signer.pades.token_signer import TokenSigner
from signer.pades.writing import DIGEST, Revision, check_evidence, opened, pdf_signer, stamper_of

_STAMP_ROOM = 24 * 1024
"""Room for a time-stamp that nobody has seen yet, bytes; with two certificates they have 4,000 to 7,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A revision that lacks nothing but its signature.

    `appended` follows the document's own bytes. `container` says from which byte to which byte of the whole
    file the signature's container reaches, its brackets included. `attributes` are the bytes to be signed:
    the signed attributes as a SET OF (RFC 5652 §5.4). `stamp` is a time-stamp like the one to come (DER),
    where one was needed to know whose status to store.
    """

    appended: bytes = field(repr=False)
    container: tuple[int, int]
    attributes: bytes = field(repr=False)
    stamp: bytes | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A `Token` whose key is somewhere else: it knows its certificate, and at the end the signature value."""

    certificate: bytes
    chain: tuple[bytes, ...]
    value: bytes | None = field(repr=False, default=None)

    @property
    def signature_size(self) -> int:
        """The longest signature value, in bytes."""
        return PublicKey.of(self.certificate).signature_size

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        """Return the value; whoever gave it has checked it against the bytes."""
        del data, digest_algorithm
        if self.value is None:
            raise TokenError("The key is not here.")
        return self.value


async def prepare(pdf: bytes, away: Away, revision: Revision, home: asyncio.AbstractEventLoop) -> Prepared:
    """Return the revision with room for its signature. Runs on pyHanko's own loop.

    From B-LT on the status of the signer's and the stamp's certificates is fetched and stored now: it stands
    in the signed revision. Raises as `signer.pades.writing.write` does.
    """
    check_evidence(revision.level, revision.evidence)
    async with Fetching(revision.evidence.timeout_seconds) as fetching:
        with signing():
            signer = TokenSigner(away, home)
            stamper = stamper_of(revision.level, revision.evidence, away)
            output = io.BytesIO()
            digest, _, _ = await pdf_signer(signer, revision, fetching, stamper).async_digest_doc_for_signing(
                opened(pdf, revision),
                existing_fields_only=True,
                bytes_reserved=_room(signer, revision.level),
                output=output,
            )
            attributes = await signer.signed_attrs(digest.document_digest, DIGEST, use_pades=True)
    return Prepared(
        appended=output.getvalue()[len(pdf) :],
        container=(digest.reserved_region_start, digest.reserved_region_end),
        attributes=attributes.dump(),
        stamp=None if stamper is None else stamper.expected,
    )


def _room(signer: TokenSigner, level: Level) -> int | None:
    """Return how many hexadecimal digits to leave; None where a stamp is at hand and pyHanko can measure."""
    if level.stored:
        return None
    return signer.room() + (2 * _STAMP_ROOM if level.stamped else 0)


def check_bound(pdf: bytes, prepared: Prepared) -> None:
    """Raise `DocumentError` unless the signed attributes are those of this document and this revision."""
    start, end = prepared.container
    whole = pdf + prepared.appended
    digest = hashlib.new(DIGEST, whole[:start] + whole[end:]).digest()
    try:
        attributes = cms.CMSAttributes.load(prepared.attributes, strict=True)
        said = [each["values"][0].native for each in attributes if each["type"].native == "message_digest"]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise DocumentError("The signed attributes in the state cannot be read.") from error
    if not len(pdf) < start < end < len(whole) or said != [digest]:
        raise DocumentError("The bytes that were to be signed do not belong to this document.")


async def embed(
    pdf: bytes,
    prepared: Prepared,
    away: Away,
    *,
    level: Level,
    evidence: Evidence,
    home: asyncio.AbstractEventLoop,
) -> bytes:
    """Return the document with the revision and its signature; a time-stamp is fetched now.

    Runs on pyHanko's own loop. Raises as `signer.pades.writing.write` does.
    """
    check_evidence(level, evidence)
    stamper = stamper_of(level, evidence, away)
    if level.stored and stamper is not None and prepared.stamp is not None:
        stamper.expected = prepared.stamp
    with signing():
        signer = TokenSigner(away, home)
        attributes = cms.CMSAttributes.load(prepared.attributes)
        container = await signer.async_sign_prescribed_attributes(DIGEST, attributes, timestamper=stamper)
        output = io.BytesIO(pdf + prepared.appended)
        _fill(output, prepared, container)
        return output.getvalue()


def _fill(output: io.BytesIO, prepared: Prepared, container: cms.ContentInfo) -> None:
    start, end = prepared.container
    place = PreparedByteRangeDigest(document_digest=b"", reserved_region_start=start, reserved_region_end=end)
    try:
        place.fill_with_cms(output, container)
    except SigningError as error:
        raise DocumentError(
            "The signature with its time-stamp is larger than the room that was left for it.",
            hint="Begin again, or take another time-stamp authority.",
        ) from error
