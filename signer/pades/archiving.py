"""A time-stamp over a whole document, and before it the status of what protected it so far (PAdES B-LTA).

EN 319 142-1 §5.4.2 and §6.3: who renews stores the certificates of the last time-stamp and their status, and
stamps all of it before that time-stamp's certificate expires. pyHanko's own renewal keeps the digest of the
time-stamp before; a renewal is the very moment to leave a digest that grows weak.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import io
from collections.abc import Awaitable, Callable

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings

from pki.errors import TrustError
from pki.trust import Anchors
from signer.pades.context import Fetching, context_for
from signer.pades.extending import appendable
from signer.pades.proving import due, store
from signer.pades.stamping import TimeStamping

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
        writer = IncrementalPdfFileWriter(appendable(pdf))
        await store(writer, due(writer.prev), anchors, fetching)
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
