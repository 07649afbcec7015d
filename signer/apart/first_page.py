"""What the first page of a file from anywhere shows: pdfium reads it in a process of its own."""

from dataclasses import replace

from pki.errors import Undetermined
from pki.files import OpenFile
from signer.apart.asking import ask
from signer.apart.requests import ReadFirstPage
from signer.errors import DocumentError
from signer.facts import Spot
from signer.policy import Limits
from signer.shown import FirstPage

SECONDS = 10.0
"""How long the first page may be read; an honest one takes some hundredths."""


async def first_page_apart(
    pdf: bytes | OpenFile, limits: Limits, over: tuple[Spot, ...] = ()
) -> FirstPage | None:
    """Do what `signer.layout.first_page.first_page` does; None where the page cannot be read.

    That a page is not read says nothing of the signatures, and is no error.
    """
    limits = replace(limits, seconds=SECONDS, cpu_seconds=SECONDS)
    try:
        if isinstance(pdf, OpenFile):
            return await ask(ReadFirstPage(b"", over), FirstPage, limits, file=pdf)
        return await ask(ReadFirstPage(pdf, over), FirstPage, limits)
    except (Undetermined, DocumentError):
        return None
