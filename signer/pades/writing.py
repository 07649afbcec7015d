"""One signing revision: fields filled, picture drawn, locks set, signature made, proof stored."""

import asyncio
import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
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
from signer.pades.archiving import fitted
from signer.pades.context import Fetching, context_for
from signer.pades.door import signing
from signer.pades.extending import appendable
from signer.pades.filling import fill
from signer.pades.stamping import TimeStamping
from signer.pades.token_signer import TokenSigner

DIGEST = "sha256"
"""What documents and signed attributes are hashed with."""


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

    def at(self, level: Level) -> "Revision":
        """Return the same revision at another level."""
        return dataclasses.replace(self, level=level)


async def write(pdf: bytes, token: Token, revision: Revision, home: asyncio.AbstractEventLoop) -> bytes:
    """Return the PDF with one more revision. Runs on pyHanko's own loop; `home` is the token's.

    The revision has all that B-LT has; what B-LTA adds to it is `signer.pades.archiving`.

    Raises `TokenError` (the token), `TrustError` and `Undetermined` (the proof), `DocumentError` (the PDF).
    """
    level, evidence = revision.level, revision.evidence
    check_evidence(level, evidence)
    async with Fetching(evidence.timeout_seconds) as fetching:
        with signing():
            signer = TokenSigner(token, home)
            stamper = stamper_of(level, evidence, token)
            if stamper is None:
                return await _written(pdf, signer, revision, fetching, None, room=signer.room())
            return await fitted(
                stamper,
                lambda room: _written(
                    pdf, signer, revision, fetching, stamper, room=signer.room() + 2 * room
                ),
                stored=level.stored,
            )


async def _written(
    pdf: bytes,
    signer: TokenSigner,
    revision: Revision,
    fetching: Fetching,
    stamper: TimeStamping | None,
    *,
    room: int,
) -> bytes:
    made = await pdf_signer(signer, revision, fetching, stamper).async_sign_pdf(
        opened(pdf, revision), existing_fields_only=True, bytes_reserved=room, output=io.BytesIO()
    )
    return bytes(made.getbuffer())


def opened(pdf: bytes, revision: Revision) -> IncrementalPdfFileWriter:
    """Return a writer for one more revision of the PDF, with the revision's form fields filled."""
    writer = IncrementalPdfFileWriter(appendable(pdf))
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


def stamper_of(level: Level, evidence: Evidence, token: Token) -> TimeStamping | None:
    """Return the client of the time-stamp authority, where the level needs one."""
    return TimeStamping(evidence, lambda: token.chain) if level.stamped else None


def check_evidence(level: Level, evidence: Evidence) -> None:
    """Raise `UsageError` when the evidence names less than the level needs."""
    if level.stamped and not evidence.authorities:
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
        validation_context=context,
        signer_key_usage=set(),
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
