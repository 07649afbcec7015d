"""The first page of a sealed document, read for what it shows: its header, and its filled fields.

Reads hostile files: only in a process apart (`signer.apart.first_page`).
"""

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from signer.facts import Spot
from signer.form.names import TEXT_FIELDS
from signer.layout import page_text
from signer.layout.heading import head_of
from signer.layout.hiding import Hidden
from signer.page import Box
from signer.shown import FirstPage


def first_page(pdf: bytes | mmap.mmap, over: Sequence[Spot] = ()) -> FirstPage:
    """Return what the first page shows, and what signatures in these places hide of their pages.

    Raises `NotAPdf` when they cannot be read.
    """
    with page_text.opened(pdf, lambda _: 1.0) as printed:
        heading, issue = head_of(printed)
        shown = FirstPage(heading=heading, printed=issue, filled=printed.filled(1, TEXT_FIELDS))
    if not over:
        return shown
    with page_text.opened(pdf, lambda _: 1.0) as printed:  # anew: the first page has lost its annotations
        hidden = list(_hidden(printed, over))
    return replace(
        shown,
        hidden=tuple(None if each is None else each.text for each in hidden),
        more=tuple(each is not None and each.drawn for each in hidden),
    )


def _hidden(printed: page_text.PrintedPdf, over: Sequence[Spot]) -> Iterator[Hidden | None]:
    found: dict[int, Hidden | None] = {}
    for page in dict.fromkeys(spot.page for spot in over):
        here = [place for place, spot in enumerate(over) if spot.page == page]
        found.update(
            zip(here, printed.hidden_under(page, [_box(over[each], printed) for each in here]), strict=True)
        )
    yield from (found[place] for place in range(len(over)))


def _box(spot: Spot, printed: page_text.PrintedPdf) -> Box:
    unit = printed.frame(spot.page).width / spot.page_width  # pdfium knows no /UserUnit
    left, bottom = spot.x * unit, spot.y * unit
    return Box(left, bottom, left + spot.width * unit, bottom + spot.height * unit)
