"""Pages as a reader sees them, as PNG, for reports."""

import io
from collections.abc import Sequence

from signer.facts import PageImage
from signer.layout import page_text

MOST_PIXELS = 1200
"""Of the longer side of a page: A4 can be read, and takes some 100 kB."""

_COLOURS = 128  # of the palette: pages are mostly black on white, with a red seal and a blue signature


def page_images(pdf: bytes, pages: Sequence[int]) -> tuple[PageImage, ...]:
    """Draw pages, counted from 1; leave out what is no page or takes too long. Raises `NotAPdf`."""
    images = []
    with page_text.opened(pdf, lambda _: 1.0) as printed:
        for page in pages:
            picture = printed.coloured(page, MOST_PIXELS) if 1 <= page <= printed.page_count else None
            if picture is not None:
                output = io.BytesIO()
                picture.quantize(_COLOURS).save(output, "PNG", optimize=True)
                images.append(
                    PageImage(page=page, width=picture.width, height=picture.height, png=output.getvalue())
                )
    return tuple(images)
