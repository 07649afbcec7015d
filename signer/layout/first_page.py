"""The first page of a sealed document, read for what it shows: its header, and its filled fields.

Reads hostile files: only in a process apart (`signer.apart.first_page`).
"""

import mmap

from signer.form.names import TEXT_FIELDS
from signer.layout import page_text
from signer.layout.heading import heading_of
from signer.shown import FirstPage


def first_page(pdf: bytes | mmap.mmap) -> FirstPage:
    """Return what the first page shows. Raises `NotAPdf` when it cannot be read."""
    with page_text.opened(pdf, lambda _: 1.0) as printed:
        return FirstPage(heading=heading_of(printed), filled=printed.filled(1, TEXT_FIELDS))
