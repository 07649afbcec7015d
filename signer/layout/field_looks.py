"""What the appearances of filled fields are made of: text on paper alone, or more than a program can read.

Strokes, pictures and areas over or beside the letters may be another number than the one that is read there.
So may what belongs to a layer (ISO 32000-2 §8.11): readers draw the looks of fields with all their layers, or
without.

Part of the door to pdfium (`signer.layout.page_text`): called only by whoever holds its lock.
"""

import ctypes
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import pypdfium2
import pypdfium2.raw as pdfium

from signer.layout.letters import MAX_OBJECTS

_MOST = 1000  # objects of one appearance; a number has one or two
_WRITING = (pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_FORM)  # or a form that is not gone into further
_DEEPEST = 8  # forms within each other
_LAYER = [*map(ord, "OC"), 0]  # what marks content of a layer (§8.11.3.2), as pdfium gives a name
_WHITE = 0xD0  # of 255: an area in such a colour is paper, where letters stand upon it


def are_text_alone(handle: pypdfium2.PdfPage, count: int) -> list[bool]:
    """Tell of each of `count` fields that pdfium has just made content of the page, in its order, what it is.

    pdfium draws them all by one form, the last on the page, which holds one for each. Where it left some out,
    nobody knows which is which: then one that is more than text counts for all.
    """
    last = pdfium.FPDFPage_CountObjects(handle.raw) - 1
    whole = pdfium.FPDFPage_GetObject(handle.raw, last) if last >= 0 else None
    if not whole or pdfium.FPDFPageObj_GetType(whole) != pdfium.FPDF_PAGEOBJ_FORM:
        return [False] * count
    found = [_is_text_alone(each) for each in _held(whole)]
    return found if len(found) == count else [all(found)] * count


def all_letters_of(handle: pypdfium2.PdfPage) -> list[pdfium.FPDF_PAGEOBJECT] | None:
    """Return the objects by which a page writes; None if it has more objects than are looked at."""
    found = list(islice(_all(_of_page(handle)), MAX_OBJECTS + 1))
    return [each for each, kind in found if kind in _WRITING] if len(found) <= MAX_OBJECTS else None


def letters_of(handle: pypdfium2.PdfPage, *, fields: bool | None = None) -> list[pdfium.FPDF_PAGEOBJECT]:
    """Return the objects by which a page writes.

    `fields`: only those of the fields that were made its content, in the last form on it, or only the others.
    """
    things = list(islice(_of_page(handle), MAX_OBJECTS))
    some = {None: things, True: things[-1:], False: things[:-1]}[fields]
    return [each for each, kind in islice(_all(some), MAX_OBJECTS) if kind in _WRITING]


def _all(things: Iterable[pdfium.FPDF_PAGEOBJECT]) -> Iterator[tuple[pdfium.FPDF_PAGEOBJECT, int]]:
    return chain.from_iterable(_flat(each, 0) for each in things)


def _of_page(handle: pypdfium2.PdfPage) -> Iterator[pdfium.FPDF_PAGEOBJECT]:
    for index in range(pdfium.FPDFPage_CountObjects(handle.raw)):
        yield pdfium.FPDFPage_GetObject(handle.raw, index)


def _held(form: pdfium.FPDF_PAGEOBJECT) -> Iterator[pdfium.FPDF_PAGEOBJECT]:
    for index in range(min(pdfium.FPDFFormObj_CountObjects(form), MAX_OBJECTS + 1)):
        yield pdfium.FPDFFormObj_GetObject(form, index)


def _is_text_alone(appearance: pdfium.FPDF_PAGEOBJECT) -> bool:
    """Tell whether it draws nothing but letters, and paper before them."""
    written = False
    for passed, thing in enumerate(_held(appearance)):
        kind = pdfium.FPDFPageObj_GetType(thing)
        if passed >= _MOST or _is_of_a_layer(thing):
            return False
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            written = True
        elif written or kind != pdfium.FPDF_PAGEOBJ_PATH or not _is_paper(thing):
            return False
    return True


def _is_of_a_layer(thing: pdfium.FPDF_PAGEOBJECT) -> bool:
    for index in range(pdfium.FPDFPageObj_CountMarks(thing)):
        name, needed = (ctypes.c_ushort * len(_LAYER))(), ctypes.c_ulong()
        mark = pdfium.FPDFPageObj_GetMark(thing, index)
        pdfium.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), needed)
        if list(name) == _LAYER:
            return True
    return False


def _flat(thing: pdfium.FPDF_PAGEOBJECT, depth: int) -> Iterator[tuple[pdfium.FPDF_PAGEOBJECT, int]]:
    """Yield an object with its kind, or what is in it, as far as it is gone into."""
    kind = pdfium.FPDFPageObj_GetType(thing)
    if kind != pdfium.FPDF_PAGEOBJ_FORM or depth > _DEEPEST:
        yield thing, kind
        return
    for each in _held(thing):
        yield from _flat(each, depth + 1)


def _is_paper(path: pdfium.FPDF_PAGEOBJECT) -> bool:
    """Tell whether a path is filled in the colour of paper, or draws nothing."""
    mode, stroked = ctypes.c_int(), pdfium.FPDF_BOOL()
    if not pdfium.FPDFPath_GetDrawMode(path, mode, stroked) or stroked.value:
        return False
    colour = [ctypes.c_uint() for _ in range(4)]
    if mode.value == pdfium.FPDF_FILLMODE_NONE:
        return True
    read = pdfium.FPDFPageObj_GetFillColor(path, *colour)
    return bool(read) and min(each.value for each in colour[:3]) >= _WHITE
