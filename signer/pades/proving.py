"""The status of every certificate that proves something in a document, put into its store of proof (/DSS).

Stored proof is what may be added when nothing else may: after a certification and after a seal
(EN 319 142-1 §5.4.2.1, ISO 32000-2 §12.8.2.2.2).
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InsufficientRevinfoError
from pyhanko_certvalidator.path import ValidationPath

from pki.trust import Anchors
from signer.pades import cms, der, reading, stamps
from signer.pades.context import Fetching, context_for
from signer.pades.door import encoded
from signer.pades.extending import appendable

_MOST = 64  # signatures and time-stamps whose proof is looked after


async def completed(pdf: bytes, field: str | None, anchors: Anchors, fetching: Fetching) -> bytes:
    """Return the document with a revision that stores the present status of what is `due` for a field.

    Runs on pyHanko's own loop, inside `signer.pades.door.signing`.
    """
    writer = IncrementalPdfFileWriter(appendable(pdf))
    await store(writer, due(writer.prev, field), anchors, fetching)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


async def store(
    writer: IncrementalPdfFileWriter, wanted: Iterable["Due"], anchors: Anchors, fetching: Fetching
) -> None:
    """Put the certificates and their status into the revision that is being written."""
    proof = _Proof(reading.stored_proof(writer.prev), anchors, fetching)
    for each in wanted:
        context, path = await proof.of(each)
        DocumentSecurityStore.supply_dss_in_writer(
            writer, None, paths=[path], validation_context=context, embed_roots=False
        )


@dataclass(frozen=True, slots=True)
class Due:
    """A container whose signer's proof is due, as of a moment that is proven; None is now.

    `beside` are certificates of other containers: the signature alone may carry an authority's issuer.
    """

    container: cms.Container
    moment: datetime | None = None
    beside: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class _Proof:
    stored: reading.Stored
    anchors: Anchors
    fetching: Fetching

    async def of(self, due: Due) -> tuple[ValidationContext, ValidationPath]:
        """Return the path of a signer, and a context that holds the status of all that is on it.

        A status of today says more than one that was stored long ago; where nobody gives it any more, the
        stored one counts as long as it lasts.
        """
        try:
            return await self._with(due, reading.Stored())
        except InsufficientRevinfoError:
            return await self._with(due, self.stored)

    async def _with(self, due: Due, known: reading.Stored) -> tuple[ValidationContext, ValidationPath]:
        context = context_for(
            anchors=self.anchors,
            fetching=self.fetching,
            revocation="require",
            moment=due.moment,
            certificates=(*due.container.others, *self.stored.certificates, *due.beside),
            ocsps=known.ocsps,
            crls=known.crls,
        )
        validator = CertificateValidator(due.container.signer, validation_context=context)
        return context, await validator.async_validate_path()


def due(reader: PdfFileReader, field: str | None = None) -> list[Due]:
    """Return whose status must be stored now: that of the last time-stamp, and of all that came after it.

    With a `field`, what proves that one: it alone or, where a time-stamp over the document has come with it
    or since, all that this time-stamp was the first to prove.
    """
    found: list[tuple[int, bool, bytes]] = []
    begun: int | None = None
    for name, _, reference in reading.signature_fields(reader, _MOST):
        each = EmbeddedPdfSignature(reader, reference, name)
        held = each.pkcs7_content
        is_stamp = each.sig_object_type == "/DocTimeStamp"
        begun = each.signed_revision if name == field else begun
        found.append((each.signed_revision, is_stamp, held[: der.check(held)]))
    since = _since([at for at, is_stamp, _ in found if is_stamp], begun)
    wanted: list[Due] = []
    for revision, is_stamp, held in found:
        if revision < since:
            continue
        container = cms.read(held, content_type="tst_info" if is_stamp else "data", bare=not is_stamp)
        stamped = [stamps.read(each.dump()) for each in container.stamps()]
        # Whoever signed may have left since: the time that is proven counts, and its own proof is due too.
        wanted.append(Due(container, min((each.time for each in stamped), default=None)))
        wanted += [Due(each.container) for each in stamped]
    beside = tuple(chain.from_iterable(each.container.certificates for each in wanted))
    return [replace(each, beside=beside) for each in wanted]


def carried(pdf: bytes) -> Iterator[bytes]:
    """Yield the certificates (DER) of a document's store of proof, and of containers whose proof is due."""
    reader = PdfFileReader(io.BytesIO(pdf))
    held = (each.container.certificates for each in due(reader))
    return map(encoded, chain(reading.stored_proof(reader).certificates, *held))


def _since(stamped: list[int], begun: int | None) -> int:
    last = max(stamped, default=0)
    if begun is None:
        return last
    return max((at for at in stamped if at < begun), default=0) if last >= begun else begun
