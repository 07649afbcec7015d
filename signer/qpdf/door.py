"""The door to qpdf: a file of unknown origin is opened within limits, or refused in words."""

import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pikepdf

from pki.errors import CongvanError
from signer.errors import NotAPdf, NotSignable
from signer.qpdf import refusing


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still read: a larger file is refused at the door, before memory and time are spent."""

    bytes: int = 256 * 1024 * 1024
    pages: int = 10_000
    objects: int = 2_000_000
    unpacked: int = 1024 * 1024 * 1024
    """Bytes that one packed stream may grow to when qpdf must read it."""


LIMITS = Limits()

# qpdf's remarks on a broken file are read from the file itself; where nobody set up a log, none are printed.
logging.getLogger("pikepdf").addHandler(logging.NullHandler())

# A widget that its form does not list is written as it was; that is nothing to be said on a terminal.
warnings.simplefilter("ignore", pikepdf.PageCopyWarning)

# qpdf keeps these for the whole process, and wants them set before any thread uses it.
pikepdf.settings.set_qpdf_limits(flate_max_memory=LIMITS.unpacked, run_length_max_memory=LIMITS.unpacked)


@contextmanager
def opened(source: bytes) -> Iterator[pikepdf.Pdf]:
    """Open a file from anywhere; what it makes of our reading, then and later, becomes one of our errors.

    Raises `NotAPdf` and `NotSignable`: for no PDF, a damaged or an encrypted one, and one over the limits.
    """
    if len(source) > LIMITS.bytes:
        raise NotSignable(
            "The file has {size} bytes; the limit is {limit}.",
            size=len(source),
            limit=LIMITS.bytes,
            hint="Reduce the resolution of its images, or send large parts as separate attachments.",
        )
    refusing.refuse_other_formats(source)
    with _damage_told(), pikepdf.Pdf.open(io.BytesIO(source)) as pdf:
        if len(pdf.pages) > LIMITS.pages or len(pdf.objects) > LIMITS.objects:
            raise NotSignable(
                "The file has {pages} pages in {objects} objects; the limits are {most} and {most_objects}.",
                pages=len(pdf.pages),
                objects=len(pdf.objects),
                most=LIMITS.pages,
                most_objects=LIMITS.objects,
                hint="Split the document; large parts may be separate attachments.",
            )
        refusing.refuse_encrypted(pdf)
        yield pdf


@contextmanager
def _damage_told() -> Iterator[None]:
    """Turn whatever a hostile or broken file makes of our reading into `NotAPdf`.

    Broad on purpose: any object may be of any type, so that any access may raise anything.
    """
    try:
        yield
    except CongvanError:
        raise
    except pikepdf.PasswordError as error:
        raise refusing.needs_password() from error
    except Exception as error:
        raise NotAPdf(
            "The file is damaged and cannot be read as a PDF: {detail}.",
            detail=_words_of(error),
            hint="Make the PDF again from the original document, or ask its sender for a new copy.",
        ) from error


def _words_of(error: Exception) -> str:
    """Return what qpdf says, without its name for a file that it was given as bytes."""
    text = re.sub(r"stream <[^>]*>:? ?", "", " ".join(str(error).split()))
    return text[:200].rstrip(".") or type(error).__name__
