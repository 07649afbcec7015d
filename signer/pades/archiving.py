"""A time-stamp over a whole document, and before it the status of what protected it so far (PAdES B-LTA).

EN 319 142-1 §5.4.2 and §6.3: who renews stores the certificates of the last time-stamp and their status, and
stamps all of it before that time-stamp's certificate expires. pyHanko's own renewal keeps the digest of the
time-stamp before; a renewal is the very moment to leave a digest that grows weak.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InsufficientRevinfoError
from pyhanko_certvalidator.path import ValidationPath

from pki.errors import TrustError
from pki.trust import Anchors
from signer.pades import cms, der, reading, stamps
from signer.pades.context import Fetching, context_for
from signer.pades.stamping import TimeStamping

_MOST = 64  # signatures and time-stamps whose proof is looked after
_SETTINGS = TimestampDSSContentSettings(include_vri=False, update_before_ts=True)


async def fitted(
    stamper: TimeStamping, make: Callable[[int], Awaitable[bytes]], *, stored: bool, digest: str = "sha256"
) -> bytes:
    """Return what `make` makes when it is given room enough for a time-stamp, in bytes.

    The room is what the last time-stamp needed and something more; should the next be longer, it is made
    again with more. With `stored` it is made again, too, when the time-stamp came with a certificate that was
    not expected, and whose status is therefore not in the document.
    """
    await stamper.ready(digest)
    for trial in range(len(stamper.rooms())):
        try:
            made = await make(stamper.rooms()[trial])
        except SigningError as error:
            if "larger than expected" not in str(error):
                raise
        else:
            if not (stored and stamper.surprised):
                return made
        await stamper.ready(digest)
    raise TrustError(
        "The time-stamp authority gives every time-stamp another certificate or size; it cannot be used.",
        hint="Name another authority with --tsa URL.",
    )


async def archived(
    pdf: bytes, stamper: TimeStamping, anchors: Anchors, fetching: Fetching, *, digest: str = "sha256"
) -> bytes:
    """Return the document with a time-stamp over all of it, made with `digest`.

    Runs on pyHanko's own loop, inside `signer.pades.door.signing`. Before it the document is given the status
    of every certificate since the last such time-stamp, this one's included, as far as it lacks it.
    """

    async def make(room: int) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        proof = _Proof(reading.stored_proof(writer.prev), anchors, fetching)
        for each in _due(writer.prev):
            context, path = await proof.of(each)
            DocumentSecurityStore.supply_dss_in_writer(
                writer, None, paths=[path], validation_context=context, embed_roots=False
            )
        made = await PdfTimeStamper(stamper).async_timestamp_pdf(
            writer,
            digest,
            context_for(anchors=anchors, fetching=fetching, revocation="require"),
            bytes_reserved=2 * room,
            output=io.BytesIO(),
            dss_settings=_SETTINGS,
            embed_roots=False,
        )
        return bytes(made.getbuffer())

    return await fitted(stamper, make, stored=True, digest=digest)


@dataclass(frozen=True, slots=True)
class _Due:
    """A container whose signer's proof is due, as of a moment that is proven; None is now."""

    container: cms.Container
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Proof:
    stored: reading.Stored
    anchors: Anchors
    fetching: Fetching

    async def of(self, due: _Due) -> tuple[ValidationContext, ValidationPath]:
        """Return the path of a signer, and a context that holds the status of all that is on it.

        A status of today says more than one that was stored long ago; where nobody gives it any more, the
        stored one counts as long as it lasts.
        """
        try:
            return await self._with(due, reading.Stored())
        except InsufficientRevinfoError:
            return await self._with(due, self.stored)

    async def _with(self, due: _Due, known: reading.Stored) -> tuple[ValidationContext, ValidationPath]:
        context = context_for(
            anchors=self.anchors,
            fetching=self.fetching,
            revocation="require",
            moment=due.moment,
            certificates=(*self.stored.certificates, *due.container.others),
            ocsps=known.ocsps,
            crls=known.crls,
        )
        validator = CertificateValidator(due.container.signer, validation_context=context)
        return context, await validator.async_validate_path()


def _due(reader: PdfFileReader) -> list[_Due]:
    """Return whose status must be stored now: that of the last time-stamp, and of all that came after it."""
    found: list[tuple[int, bool, bytes]] = []
    for name, _, reference in reading.signature_fields(reader, _MOST):
        each = EmbeddedPdfSignature(reader, reference, name)
        held = each.pkcs7_content
        is_stamp = each.sig_object_type == "/DocTimeStamp"
        found.append((each.signed_revision, is_stamp, held[: der.check(held)]))
    since = max((revision for revision, is_stamp, _ in found if is_stamp), default=0)
    due: list[_Due] = []
    for revision, is_stamp, held in found:
        if revision < since:
            continue
        container = cms.read(held, content_type="tst_info" if is_stamp else "data")
        stamped = [stamps.read(each.dump()) for each in container.stamps()]
        # Whoever signed may have left since: the time that is proven counts, and its own proof is due too.
        due.append(_Due(container, min((each.time for each in stamped), default=None)))
        due += [_Due(each.container) for each in stamped]
    return due
