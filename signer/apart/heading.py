"""What the header of a file from anywhere names: pdfium reads its first page in a process of its own."""

from dataclasses import replace

from pki.errors import Undetermined
from pki.files import OpenFile
from signer.agency import Heading
from signer.apart.asking import ask
from signer.apart.requests import ReadHeading
from signer.errors import DocumentError
from signer.policy import Limits

SECONDS = 10.0
"""How long the first page may be read; an honest one takes some hundredths."""


async def heading_apart(pdf: bytes | OpenFile, limits: Limits) -> Heading | None:
    """Do what `signer.layout.heading.heading_of` does; None where the page cannot be read.

    That a header is not read says nothing of the signatures, and is no error.
    """
    limits = replace(limits, seconds=SECONDS, cpu_seconds=SECONDS)
    try:
        if isinstance(pdf, OpenFile):
            return await ask(ReadHeading(b""), Heading, limits, file=pdf)
        return await ask(ReadHeading(pdf), Heading, limits)
    except (Undetermined, DocumentError):
        return None
