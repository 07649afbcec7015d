"""What cannot be signed safely, and how each is mended.

A refusal is one sentence: what, where, and what to do. Everything here reads a PDF that qpdf has opened.
"""

import pikepdf

from signer.errors import NotAPdf, NotSignable

_HEADER_WITHIN = 1024  # bytes; readers look no further (ISO 32000-2 Annex I, note on the header)


def refuse_other_formats(source: bytes) -> None:
    """Raise `NotAPdf` for a file that does not even begin like a PDF."""
    if b"%PDF-" not in source[:_HEADER_WITHIN]:
        raise NotAPdf(
            "The file is not a PDF: it does not begin with %PDF-.",
            hint="Save or print the document as PDF; renaming a file does not convert it.",
        )


def needs_password() -> NotSignable:
    """Return the refusal of a file that opens only with a password."""
    return NotSignable(
        "The file is encrypted and opens only with a password.",
        hint="Save it without a password: whoever receives it must be able to read and verify it.",
    )


def refuse_unsafe(pdf: pikepdf.Pdf, source: bytes) -> None:
    """Raise `NotSignable`, `NotAPdf` or `WrongStage` for a PDF that must not be drafted."""


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """Tell whether any signature field is filled."""
    return False
