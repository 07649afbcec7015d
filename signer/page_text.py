"""The door to pdfium: what is printed on a page, and where.

pdfium keeps global state and must never be entered by two threads at once (its own documentation says so),
and drafts are made in worker threads: one lock holds everything done here.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2

from signer.errors import NotAPdf
from signer.page import Box, Frame

_PDFIUM = threading.Lock()


@contextmanager
def opened(pdf: bytes) -> Iterator["PrintedPdf"]:
    """Open a PDF to read its pages. Raises `NotAPdf` when it cannot be read."""
    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise NotAPdf("The pages of the PDF cannot be read: {detail}.", detail=str(error)) from error
        try:
            yield PrintedPdf(document)
        finally:
            document.close()


class PrintedPdf:
    """The pages of an open PDF, as they are printed."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self._document = document

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self._document)

    def frame(self, page: int) -> Frame:
        """Return how the reader sees this page, counted from 1."""
        handle = self._document[page - 1]
        try:
            return Frame(Box(*handle.get_bbox()), handle.get_rotation() % 360)
        finally:
            handle.close()
