"""One signing revision: fields filled, picture drawn, locks set, signature made, proof stored."""

import asyncio
import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSignatureMetadata,
    PdfSigner,
    SigDSSPlacementPreference,
)

from pki.errors import UsageError
from pki.token import Token
from signer.level import Evidence, Level
from signer.pades import drawing
from signer.pades.context import Fetching, context_for
from signer.pades.door import signing
from signer.pades.filling import fill
from signer.pades.stamping import TimeStamping
from signer.pades.token_signer import TokenSigner

DIGEST = "sha256"
"""What documents and signed attributes are hashed with."""
_STAMPS_DIFFER = 512  # bytes that one time-stamp of an authority may be longer than the last
_AMPLE = 2 * 96 * 1024  # hexadecimal digits; no time-stamp with its chain needs as much


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What one signing revision does.

    `certify`: a certification that lets forms be filled (DocMDP P=2) instead of an approval. An approval
    takes the lock its field carries.
    """

    field: str
    certify: bool
    draw: drawing.Draw
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    reason: str | None = None
    level: Level = Level.B_B
    evidence: Evidence = dataclasses.field(default_factory=Evidence)


async def write(pdf: bytes, token: Token, revision: Revision, home: asyncio.AbstractEventLoop) -> bytes:
    """Return the PDF with one more revision. Runs on pyHanko's own loop; `home` is the token's.

    Raises `TokenError` (the token), `TrustError` and `Undetermined` (the proof), `DocumentError` (the PDF).
    """
    check_evidence(revision.level, revision.evidence)
    async with Fetching(revision.evidence.timeout_seconds) as fetching:
        with signing():
            signer = TokenSigner(token, home)
            stamper = stamper_of(revision.level, revision.evidence)
            try:
                made = await _written(pdf, signer, revision, fetching, stamper)
            except SigningError as error:
                # An authority may send more certificates than the last time. A document never fails for that.
                if "larger than expected" not in str(error):
                    raise
                return await _written(pdf, signer, revision, fetching, stamper, room=_AMPLE)
            if revision.level.stored and stamper is not None and stamper.surprised:
                # Stamped with another certificate than expected, whose status the file does not store.
                stamper = stamper_of(revision.level, revision.evidence)
                made = await _written(pdf, signer, revision, fetching, stamper)
            return made


async def _written(
    pdf: bytes,
    signer: TokenSigner,
    revision: Revision,
    fetching: Fetching,
    stamper: TimeStamping | None,
    *,
    room: int | None = None,
) -> bytes:
    room = room or _room(signer, stamper)
    made = await pdf_signer(signer, revision, fetching, stamper).async_sign_pdf(
        opened(pdf, revision), existing_fields_only=True, bytes_reserved=room, output=io.BytesIO()
    )
    return bytes(made.getbuffer())


def opened(pdf: bytes, revision: Revision) -> IncrementalPdfFileWriter:
    """Return a writer for one more revision of the PDF, with the revision's form fields filled."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fill(writer, revision.values)
    return writer


def pdf_signer(
    signer: TokenSigner, revision: Revision, fetching: Fetching, stamper: TimeStamping | None
) -> PdfSigner:
    """Return pyHanko's signer, told what the revision does."""
    return PdfSigner(
        _metadata(revision, fetching),
        signer,
        timestamper=stamper,
        stamp_style=drawing.Drawn(draw=revision.draw),
    )


def stamper_of(level: Level, evidence: Evidence) -> TimeStamping | None:
    """Return the client of the time-stamp authority, where the level needs one."""
    if evidence.tsa_url is None or not level.stamped:
        return None
    return TimeStamping(evidence.tsa_url, timeout=evidence.timeout_seconds)


def _room(signer: TokenSigner, stamper: TimeStamping | None) -> int | None:
    """Return how many hexadecimal digits the container needs; None when pyHanko must try it out."""
    if stamper is None:
        return signer.room()
    return None if stamper.expected is None else signer.room() + 2 * (len(stamper.expected) + _STAMPS_DIFFER)


def check_evidence(level: Level, evidence: Evidence) -> None:
    """Raise `UsageError` when the evidence names less than the level needs."""
    if level.stamped and evidence.tsa_url is None:
        raise UsageError(
            "Level {level} needs a time-stamp authority.", hint="Name one with --tsa URL.", level=level
        )
    if level.stored and evidence.anchors is None:
        raise UsageError("Level {level} needs the trusted roots, to know whose status to store.", level=level)


def _metadata(revision: Revision, fetching: Fetching) -> PdfSignatureMetadata:
    level, anchors = revision.level, revision.evidence.anchors
    context = None
    if level.stored and anchors is not None:
        # A context of its own for each document: pyHanko stores everything a context has seen in the DSS,
        # and a shared one would publish the status of other documents' signers.
        context = context_for(anchors=anchors, fetching=fetching, revocation="require")
    return PdfSignatureMetadata(
        field_name=revision.field,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        certify=revision.certify,
        reason=revision.reason,
        docmdp_permissions=MDPPerm.FILL_FORMS if revision.certify else MDPPerm.NO_CHANGES,
        embed_validation_info=level.stored,
        use_pades_lta=level is Level.B_LTA,
        validation_context=context,
        signer_key_usage=set(),
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
