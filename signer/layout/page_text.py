"""The door to pdfium: what is printed on a page, and where the reader sees it.

pdfium keeps global state and must never be entered by two threads at once (its own documentation says so),
and drafts are made in worker threads: one lock holds everything done here.
"""

import ctypes
import io
import mmap
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from signer.errors import NotAPdf
from signer.layout.field_looks import are_text_alone, letters_of
from signer.layout.hiding import Hidden, hidden_in
from signer.layout.letters import INVISIBLE, Seen, glyphs_of, text_of
from signer.layout.lines import Glyph, Line, lines_of
from signer.layout.page_fields import Placed, filled_fields, keep_alone, text_within
from signer.layout.pictures import picture_of, scale_of, seen_of
from signer.page import Box, Frame
from signer.shown import Filled

_PDFIUM = threading.Lock()

MAX_DRAWN = 50_000
"""Objects looked at on one page; a full page of single letters has some 5000."""

_TILING = (
    b"/PatternType 1"  # as qpdf writes it; tiles of no size cover a page for hours, and cannot be stopped
)
_LOOKED_AT = 1200  # pixels of the longer side, when a page must be drawn to be judged
_NESTED = 3  # forms within forms that are searched for text


@dataclass(frozen=True, slots=True)
class Drawn:
    """One object of a page's content: its index, its bounds in user space, and what it can do to others."""

    index: int
    box: Box
    has_text: bool
    covers: bool


@contextmanager
def opened(pdf: bytes | mmap.mmap, unit_of: Callable[[int], float]) -> Iterator["PrintedPdf"]:
    """Open a PDF to read its pages. Raises `NotAPdf` when it cannot be read.

    `unit_of` gives the /UserUnit of a page, counted from 1: pdfium does not know it. Of a mapped file no more
    is read than the pages need.
    """
    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(_Mapped(pdf) if isinstance(pdf, mmap.mmap) else pdf)
            try:
                yield PrintedPdf(document, unit_of, pdf)
            finally:
                document.close()
        except pypdfium2.PdfiumError as error:
            raise NotAPdf(
                "The pages of the PDF cannot be read: {detail}.",
                detail=str(error).rstrip("."),
                hint="Make the PDF again from the original document.",
            ) from error


class _Mapped(io.RawIOBase):
    """A mapped file, as pdfium's door takes one."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self._mapped = mapped
        self._at = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._mapped)}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: ctypes.Array[ctypes.c_ubyte]) -> int:  # type: ignore[override]
        room = memoryview(buffer).cast("B")
        read = self._mapped[self._at : self._at + len(room)]
        room[: len(read)] = read
        self._at += len(read)
        return len(read)


class PrintedPdf:
    """The pages of an open PDF, as they are printed."""

    def __init__(
        self, document: pypdfium2.PdfDocument, unit_of: Callable[[int], float], pdf: bytes | mmap.mmap
    ) -> None:
        self._document = document
        self._pdf = pdf
        self._unit_of = unit_of
        self._first: tuple[Line, ...] | None = None

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self._document)

    def frame(self, page: int) -> Frame:
        """Return how the reader sees this page, counted from 1."""
        with self._page(page) as handle:
            return self._frame(page, handle)

    def lines(self, page: int) -> tuple[Line, ...]:
        """Return the upright lines of text on this page, from the top down; the first page is read once."""
        if page != 1:
            return self._read(page)
        if (
            self._first is None
        ):  # number, date and signatory are all sought on it; most documents have no other
            self._first = self._read(page)
        return self._first

    def seen_lines(self, page: int, above: float) -> tuple[Line, ...]:
        """Return the lines of text above a share of this page's height, as far as they are seen.

        What is drawn invisibly, in the colour of paper, or off the page is not: a scan's text, above all.
        Form fields are no content of a page, and are not read either.
        """
        with self._page(page) as handle:
            frame = self._frame(page, handle)
            part = Box(0, above * frame.height, frame.width, frame.height)
            return lines_of(self._within(page, handle, [frame.to_user(part)]))

    def shown(self, page: int, glyphs: Sequence[Glyph]) -> list[Glyph]:
        """Return the letters of this page's content of which something is seen where they stand.

        Whoever asks has a process of its own: tiles can keep pdfium busy for ever.
        """
        with self._page(page) as handle:
            return seen_of(handle, self._frame(page, handle), letters_of(handle), glyphs)

    def filled(self, page: int, names: Collection[str]) -> tuple[Filled, ...]:
        """Return what the text fields of these names show on this page, as far as it is seen.

        Their appearances are made content of the page, in memory, and what is new in a field's place is read.
        Called last: the page has no annotations any more. Of a field that lies below another annotation
        nothing is known.
        """
        self._draws_forms()
        with self._page(page) as handle:
            frame, fields = self._frame(page, handle), list(filled_fields(handle, names))
            if not fields:
                return ()
            boxes = [each.box for each in fields]
            with text_of(handle) as text:
                before = Counter(glyphs_of(text, frame, Seen(text, boxes)))
                hidden = hidden_in(handle, text, frame, boxes)
            _flatten(handle)
        with self._page(page) as handle:
            frame = self._frame(page, handle)
            new = list((Counter(self._within(page, handle, boxes)) - before).elements())
            readable = reversed(are_text_alone(handle, len(fields)))  # fields were gone through from the last
            new = seen_of(handle, frame, letters_of(handle, fields=True), new)
        each_one = zip(fields, readable, hidden, strict=True)
        return tuple(_filled(each, new, frame, readily, below) for each, readily, below in each_one)

    def hidden_under(self, page: int, places: Sequence[Box]) -> list[Hidden | None]:
        """Return what of this page its annotations in some places hide, in the reader's coordinates.

        None for a place that has none, or of which nobody can tell. Called once for a page: what else hangs
        on it is taken away.
        """
        self._draws_forms()
        with self._page(page) as handle:
            frame = self._frame(page, handle)
            boxes = [frame.to_user(each) for each in places]
            there = keep_alone(handle, boxes)
            with text_of(handle) as text:
                hidden = hidden_in(handle, text, frame, boxes)
        return [below if found else None for below, found in zip(hidden, there, strict=True)]

    def _draws_forms(self) -> None:
        """Let the fields of a form be drawn as readers do: number, date, seal."""
        if self._document.formenv is None:
            self._document.init_forms()

    def _within(self, page: int, handle: pypdfium2.PdfPage, boxes: Sequence[Box]) -> list[Glyph]:
        """Return the letters that are seen in these boxes, in user space."""
        if not boxes:
            return []
        with text_of(handle) as text:
            return list(glyphs_of(text, self._frame(page, handle), Seen(text, boxes)))

    def _read(self, page: int) -> tuple[Line, ...]:
        with self._page(page) as handle, text_of(handle) as text:
            return lines_of(glyphs_of(text, self._frame(page, handle)))

    def drawn(self, page: int) -> list["Drawn"]:
        """Return what is drawn on this page, in its order: the last lies above all others."""
        with self._page(page) as handle:
            return list(_drawn(handle))

    def picture(self, page: int, left_out: Collection[int] = ()) -> Image.Image | None:
        """Return a small picture of this page without some of its objects, by their index in `drawn`.

        None where drawing it could take for ever.
        """
        if self._pdf.find(_TILING) >= 0:
            return None
        with self._page(page) as handle:
            for index in left_out:
                pdfium.FPDFPageObj_SetIsActive(pdfium.FPDFPage_GetObject(handle.raw, index), False)
            return picture_of(handle, min(1.0, scale_of(handle, _LOOKED_AT)), coloured=False)

    def coloured(self, page: int, pixels: int) -> Image.Image | None:
        """Return a picture of this page as the reader sees it, its longer side of so many pixels.

        None where drawing it could take for ever.
        """
        if self._pdf.find(_TILING) >= 0:
            return None
        self._draws_forms()
        with self._page(page) as handle:
            return picture_of(handle, scale_of(handle, pixels), coloured=True)

    def _frame(self, page: int, handle: pypdfium2.PdfPage) -> Frame:
        box = Box(*(round(edge, 3) for edge in handle.get_bbox()))
        return Frame(box, handle.get_rotation() % 360, self._unit_of(page))

    @contextmanager
    def _page(self, page: int) -> Iterator[pypdfium2.PdfPage]:
        handle = self._document[page - 1]
        try:
            yield handle
        finally:
            handle.close()


def _filled(field: Placed, new: Sequence[Glyph], frame: Frame, readily: bool, below: Hidden | None) -> Filled:
    shown = text_within(new, frame.to_reader(field.box))
    return Filled(
        field=field.name,
        value=field.value,
        shown=None if field.covered or not readily else shown or ("" if not field.value else None),
        hides=None if below is None else below.text,
        hides_more=below is not None and below.drawn,
    )


def _flatten(handle: pypdfium2.PdfPage) -> bool:
    """Make the annotations of a page its content, the last form on it; tell whether any are seen.

    The page is to be read anew.
    pdfium takes a page for one of Letter then, unless it has a box of its own: many have that of a branch.
    """
    pdfium.FPDFPage_SetMediaBox(handle.raw, *handle.get_bbox())
    done = pdfium.FPDFPage_Flatten(handle.raw, pdfium.FLAT_NORMALDISPLAY)
    return bool(done == pdfium.FLATTEN_SUCCESS)


def _has_text(form: pdfium.FPDF_PAGEOBJECT, depth: int = 0) -> bool:
    things = (
        pdfium.FPDFFormObj_GetObject(form, index)
        for index in range(min(pdfium.FPDFFormObj_CountObjects(form), MAX_DRAWN))
    )
    return any(
        _is_read(thing) or (depth < _NESTED and _is_form(thing) and _has_text(thing, depth + 1))
        for thing in things
    )


def _is_form(thing: pdfium.FPDF_PAGEOBJECT) -> bool:
    return bool(pdfium.FPDFPageObj_GetType(thing) == pdfium.FPDF_PAGEOBJ_FORM)


def _is_read(thing: pdfium.FPDF_PAGEOBJECT) -> bool:
    """Tell whether it is text to be seen, and not what a program read off a scan."""
    is_text = pdfium.FPDFPageObj_GetType(thing) == pdfium.FPDF_PAGEOBJ_TEXT
    return is_text and pdfium.FPDFTextObj_GetTextRenderMode(thing) not in INVISIBLE


def _drawn(handle: pypdfium2.PdfPage) -> Iterator[Drawn]:
    for index in range(min(pdfium.FPDFPage_CountObjects(handle.raw), MAX_DRAWN)):
        thing = pdfium.FPDFPage_GetObject(handle.raw, index)
        edges = [ctypes.c_float() for _ in range(4)]
        if pdfium.FPDFPageObj_GetBounds(thing, *edges):
            has_text = _is_read(thing) or (_is_form(thing) and _has_text(thing))
            covers = pdfium.FPDFPageObj_GetType(thing) != pdfium.FPDF_PAGEOBJ_TEXT
            yield Drawn(index, Box(*(edge.value for edge in edges)), has_text, covers)
