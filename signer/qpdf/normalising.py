"""The door to qpdf: open a file of unknown origin, judge it, and write it anew as one clean revision.

The clean file has a classic cross-reference table, because every reader and every PDF/A version can read
it; no object streams, no hybrid tables, no history, and no object that nothing refers to (a dormant object
could be woken by a later update: the "shadow" attacks). Stream data is copied as it is, so that pages look
exactly as before.
"""

import io
import logging
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pikepdf

from pki.errors import CongvanError
from signer.errors import NotAPdf, NotSignable
from signer.form.fields import Form
from signer.form.objects import Name, Object, PageRef, Ref, Stream
from signer.qpdf import dormant, refusing, tagging, tidying, weighing


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still drafted: a larger file is refused at the door, before memory and time are spent."""

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
def opened(source: bytes) -> Iterator["OpenedPdf"]:
    """Open a file that may be signed; refuse in words what cannot be.

    Raises `NotAPdf`, `NotSignable` and `WrongStage`, here and from every use of the opened file.
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
        refusing.refuse_unsafe(pdf, source)
        weighing.refuse_heavy_pages(pdf)
        tidying.tidy(pdf)
        document = OpenedPdf(pdf)
        # What is written has its dictionaries in the clear: a file without these names has no such action.
        if any(name.encode("ascii") in document.clean for name in refusing.ACTIVE):
            refusing.refuse_scripts(pdf)
        yield document


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


class OpenedPdf:
    """A PDF that passed the door. It can be asked, given its form, and written."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self.signed = any(refusing.filled_signatures(pdf))
        """Whether it carries a signature already, and must not be rewritten."""
        self.notes = dormant.told(pdf) + ([] if self.signed else dormant.remove(pdf))
        """What the person who drafts should know of content that is not plainly seen."""
        self.clean = self._written()
        """The file before it got its form, as one clean revision."""
        if not self.signed and self._may_have_spare_pages():
            self.notes += dormant.empty_spare_pages(pdf)
            self.clean = self._written()

    def _may_have_spare_pages(self) -> bool:
        # What is written has its dictionaries in the clear, and its names without escapes.
        written = self.clean.count(b"/Type /Page") - self.clean.count(b"/Type /Pages")
        return written > len(self._pdf.pages)

    def _written(self) -> bytes:
        target = io.BytesIO()
        self._pdf.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            fix_metadata_version=False,
            min_version="1.4",
            deterministic_id=True,
        )
        return target.getvalue()

    def unit_of(self, page: int) -> float:
        """Return how many points one unit of this page is, counted from 1 (/UserUnit, ISO 32000-2 Table 31).

        Raises `NotSignable` for a unit that no page can have.
        """
        unit = float(self._pdf.pages[page - 1].obj.get("/UserUnit", 1))
        if not 0 < unit < math.inf:
            raise NotSignable(
                "Page {page} is measured in units of {unit} points.",
                page=page,
                unit=unit,
                hint="Print the document to a new PDF, and draft that.",
            )
        return unit

    def with_form(self, form: Form) -> bytes:
        """Return the clean file with these fields and fonts, beside whatever form it has. For one call."""
        self.clean = b""  # a large document is held once less while it is written
        self._add(form)
        return self._written()

    def _add(self, form: Form) -> None:
        made = _Made(self._pdf, form)
        acroform = self._acroform()
        fonts = _dictionary(_dictionary(acroform, "/DR"), "/Font")
        for name in form.fonts:
            fonts[f"/{name}"] = made.of(name)
        for name in form.fields:
            acroform["/Fields"].append(made.of(name))
            page = self._pdf.pages[form.pages[name] - 1].obj
            present = page.get("/Annots")
            # A new array: one that several pages share would show the field on all of them.
            kept = list(present) if isinstance(present, pikepdf.Array) else []
            page["/Annots"] = pikepdf.Array([*kept, made.of(name)])
        tagging.tag(self._pdf, [made.of(name) for name in form.fields])

    def _acroform(self) -> pikepdf.Object:
        """Return the document's form, made where there is none, as an object of its own."""
        root = self._pdf.Root
        acroform = _dictionary(root, "/AcroForm")
        if not acroform.is_indirect:  # an update may then replace it without touching the catalogue
            acroform = root["/AcroForm"] = self._pdf.make_indirect(acroform)
        if not isinstance(acroform.get("/Fields"), pikepdf.Array):
            acroform["/Fields"] = pikepdf.Array()
        if "/DA" not in acroform:
            acroform["/DA"] = pikepdf.String(
                "/CvSerif 13 Tf 0 g"
            )  # one added later would look like tampering
        return acroform


class _Made:
    """Plain values turned into qpdf's objects, each label once."""

    def __init__(self, pdf: pikepdf.Pdf, form: Form) -> None:
        self._pdf = pdf
        self._form = form
        self._made: dict[str, pikepdf.Object] = {}

    def of(self, label: str) -> pikepdf.Object:
        """Return the indirect object of this label."""
        if label not in self._made:
            self._made[label] = self._pdf.make_indirect(self._turned(self._form.objects[label]))
        return self._made[label]

    def _turned(self, value: Object) -> Any:
        match value:
            case Mapping():
                return pikepdf.Dictionary({key: self._turned(entry) for key, entry in value.items()})
            case Stream(entries, data):
                return self._pdf.make_stream(data, self._turned(entries))
            case Ref(label):
                return self.of(label)
            case PageRef(page):
                return self._pdf.pages[page - 1].obj
            case list() | tuple():
                return pikepdf.Array([self._turned(entry) for entry in value])
        return _simple(value)


def _simple(value: Object) -> Any:
    match value:
        case Name():
            return pikepdf.Name(str(value))
        case str() | bytes():
            return pikepdf.String(value)
        case float():
            return Decimal(str(round(value, 4)))  # a binary fraction would be written out in full
    return value  # whole numbers and truth values are what they are


def _dictionary(owner: pikepdf.Object, key: str) -> pikepdf.Object:
    """Return the dictionary under `key`, made where there is none."""
    if not isinstance(owner.get(key), pikepdf.Dictionary):
        owner[key] = pikepdf.Dictionary()
    return owner[key]
