"""How pyHanko signs and renews here."""

import io
from typing import Any

from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.fields import FieldMDPSpec, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.stamp import StaticStampStyle

from tests.vectors.honest.people import Desk, Person

PADES = SigSeedSubFilter.PADES


async def signed(
    desk: Desk, pdf: bytes, who: Person, field: str, *, kind: SigSeedSubFilter = PADES,
    stamped: bool = False, stored: bool = False, archived: bool = False,
    box: tuple[int, int, int, int] | None = None, lock: FieldMDPSpec | None = None,
    prefer_pss: bool = False, **options: Any,
) -> bytes:  # fmt: skip
    """The file with one more signature by pyHanko."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    if box or lock:
        spec = SigFieldSpec(field, box=box, field_mdp_spec=lock)
        append_signature_field(writer, spec)
    options.setdefault("md_algorithm", "sha256")
    metadata = PdfSignatureMetadata(
        field_name=field, subfilter=kind, embed_validation_info=stored, use_pades_lta=archived,
        validation_context=desk.context if stored else None, signer_key_usage=set(), **options,
    )  # fmt: skip
    drawn = RawContent(b"0 0 1 RG 2 2 96 36 re S", box=BoxConstraints(100, 40))
    style = StaticStampStyle(background=drawn, border_width=0) if box else None
    made = PdfSigner(
        metadata, desk.signer(who, prefer_pss=prefer_pss), stamp_style=style,
        timestamper=desk.stamper if stamped or archived else None,
    )  # fmt: skip
    return bytes((await made.async_sign_pdf(writer)).getvalue())


async def renewed(desk: Desk, pdf: bytes) -> bytes:
    """The file with one more document time-stamp, and the proof of the one before."""
    output = await PdfTimeStamper(desk.stamper).async_update_archival_timestamp_chain(
        PdfFileReader(io.BytesIO(pdf)), desk.context
    )
    return bytes(output.getvalue())
