"""A file is judged, and written anew as one clean revision.

The clean file has a classic cross-reference table, because every reader and every PDF/A version can read
it; no object streams, no hybrid tables, no history, and no object that nothing refers to (a dormant object
could be woken by a later update: the "shadow" attacks). Stream data is copied as it is, so that pages look
exactly as before.
"""

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pikepdf

from signer.errors import NotSignable
from signer.findings import MENDED_BY_DRAFT, ContentPolicy, check
from signer.form.fields import Form
from signer.form.objects import Name, Object, PageRef, Ref, Stream
from signer.qpdf import content, door, dormant, refusing, tagging, tidying, weighing


@contextmanager
def opened(source: bytes, policy: ContentPolicy) -> Iterator["OpenedPdf"]:
    """Open a file that may be signed; refuse in words what cannot be, and what the policy refuses.

    Raises `NotAPdf`, `NotSignable` and `WrongStage`, here and from every use of the opened file.
    """
    with door.opened(source) as pdf:
        refusing.refuse_unsafe(pdf, source)
        signed = any(refusing.filled_signatures(pdf))
        found = content.findings(pdf, policy, rewritten=not signed)
        check(each for each in found if signed or each.code not in MENDED_BY_DRAFT)
        weighing.refuse_heavy_pages(pdf)
        tidying.tidy(pdf)
        yield OpenedPdf(pdf)


class OpenedPdf:
    """A PDF that passed the door. It can be asked, given its form, and written."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self.signed = any(refusing.filled_signatures(pdf))
        """Whether it carries a signature already, and must not be rewritten."""
        self.notes = [] if self.signed else dormant.remove(pdf)
        """What was left out, which the person who drafts should know."""
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
