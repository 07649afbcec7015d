"""The files that `bench.verify` judges: two layers on few and many pages, on scans, and 25 signatures."""

import asyncio
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.levels import Keys, practice, sealed_at
from signer.level import Level

ANCHORS = "trust.pem"
FILES = ("pages-1.pdf", "pages-100.pdf", "pages-1000.pdf", "pages-3000.pdf", "pages-10000.pdf",
         "lta.pdf", "signatures-25.pdf", "scan-200mb.pdf")  # fmt: skip
VECTOR = Path(__file__).parents[1] / "tests" / "vectors" / "pdf" / "libreoffice-docx.pdf"


def made(folder: Path) -> None:
    """Make the files that are not there yet."""
    if not all((folder / name).exists() for name in FILES):
        asyncio.run(_make(folder))


async def _make(folder: Path) -> None:
    async with practice(folder) as keys:
        (folder / ANCHORS).write_bytes(keys.sandbox.trust.read_bytes())
        for count in (1, 100, 1000, 3000, 10000):
            source = VECTOR.read_bytes() if count == 1 else written(count)
            (folder / f"pages-{count}.pdf").write_bytes((await sealed_at(source, keys, Level.B_LT))[2])
        (folder / "lta.pdf").write_bytes((await sealed_at(VECTOR.read_bytes(), keys, Level.B_LTA))[2])
        (folder / "scan-200mb.pdf").write_bytes((await sealed_at(scanned(93), keys, Level.B_LT))[2])
        (folder / "signatures-25.pdf").write_bytes(await _many(keys))


async def _many(keys: Keys) -> bytes:
    """Return one page with 25 signatures, each with stored proof and a time-stamp over all, by pyHanko."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.timestamps import HTTPTimeStamper

    from signer.pades.context import Fetching, context_for
    from signer.pades.token_signer import TokenSigner

    pdf = VECTOR.read_bytes()
    anchors = keys.evidence.anchors
    assert anchors is not None
    for count in range(25):
        async with Fetching(10.0) as fetching:
            metadata = PdfSignatureMetadata(
                field_name=f"S{count}", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256",
                embed_validation_info=True, use_pades_lta=True, signer_key_usage=set(),
                validation_context=context_for(anchors=anchors, fetching=fetching, revocation="require"),
            )  # fmt: skip
            signer = TokenSigner(keys.person, asyncio.get_running_loop())
            work = PdfSigner(metadata, signer, timestamper=HTTPTimeStamper(keys.sandbox.tsa))
            output = await work.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
            pdf = output.getvalue()
    return pdf


def written(pages: int) -> bytes:
    """Return pages of short text with objects of their own, as most programs write them."""

    def contents() -> Iterator[bytes]:
        for page in range(pages):
            lines = b" ".join(b"(line %d of page %d, some words more) '" % (each, page) for each in range(30))
            yield b"BT /F1 12 Tf 14 TL 70 780 Td %s ET" % lines

    return _composed(list(contents()), b"")


def scanned(pages: int) -> bytes:
    """Return pages of noise of 2.15 MB each."""
    size = (1536, 1400)
    image = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % size
    return _composed([b"q 595 0 0 842 0 0 cm /I1 Do Q"] * pages, image, size[0] * size[1])


def _composed(contents: list[bytes], image: bytes, image_size: int = 0) -> bytes:
    out, offsets = io.BytesIO(), [0]
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(body: bytes) -> int:
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (len(offsets) - 1, body))
        return len(offsets) - 1

    def stream(entries: bytes, data: bytes) -> bytes:
        return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)

    font = add(b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")
    kids, per = [], 3 if image else 2
    tree = font + per * len(contents) + 1
    for content in contents:
        shown = b"/XObject<</I1 %d 0 R>>" % add(stream(image, os.urandom(image_size))) if image else b""
        drawn = add(stream(b"", content))
        kids.append(add(
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 %d 0 R>>%s>>>>" % (tree, drawn, font, shown)))  # fmt: skip
    add(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(b"%d 0 R" % each for each in kids)))
    root = add(b"<</Type/Catalog/Pages %d 0 R>>" % tree)
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % len(offsets))
    out.write(b"".join(b"%010d 00000 n \n" % each for each in offsets[1:]))
    out.write(b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets), root, table))
    return out.getvalue()


if __name__ == "__main__":
    made(Path(sys.argv[1]))
