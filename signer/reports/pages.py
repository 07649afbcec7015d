"""The pages that carry signatures, as pictures with the signatures marked."""

import base64
from collections.abc import Sequence

from pki.errors import CongvanError
from pki.words import N_
from signer.apart.asking import ask
from signer.apart.showing import ShowPages
from signer.facts import PageImage
from signer.policy import Limits
from signer.report import Report, SignatureReport
from signer.reports import plain
from signer.reports.markup import Markup, element
from signer.reports.reader import Reader

MOST_PICTURES = 4
"""Pages that a report shows; the first that carry signatures."""

_LIMITS = Limits(seconds=20.0, cpu_seconds=10.0)


async def page_images(pdf: bytes, report: Report) -> tuple[PageImage, ...]:
    """Return pictures of the pages that carry signatures, drawn in a process of its own.

    A document whose pages cannot be drawn within the limits has none: its verdict is shown all the same.
    """
    spots = (each.spot for each in (*report.signatures, *report.timestamps))
    pages = tuple(sorted({spot.page for spot in spots if spot is not None}))[:MOST_PICTURES]
    if not pages:
        return ()
    try:
        return await ask(ShowPages(pdf, pages), tuple[PageImage, ...], _LIMITS)
    except CongvanError:
        return ()


def pictured(
    images: Sequence[PageImage], signatures: Sequence[SignatureReport], reader: Reader
) -> Markup | None:
    """Return the pages with a numbered frame around each signature; None when no page could be drawn."""
    if not images:
        return None
    heading = element("h2", reader.say(N_("Where the signatures stand")))
    note = element("p", reader.say(N_("The pages are drawn as they are now.")), class_="note")
    figures = [_figure(image, signatures, reader) for image in images]
    return element("section", heading, note, element("div", *figures, class_="pages"), class_="pictures")


def _figure(image: PageImage, signatures: Sequence[SignatureReport], reader: Reader) -> Markup:
    caption = reader.say(N_("Page {page}"), page=image.page)
    source = "data:image/png;base64," + base64.b64encode(image.png).decode("ascii")
    picture = element("img", src=source, alt=caption, width=image.width, height=image.height)
    frames = [
        _frame(number, each, image)
        for number, each in enumerate(signatures, 1)
        if each.spot is not None and each.spot.page == image.page
    ]
    # The frames are drawn in the picture's own units, so that they stay in place at any size.
    drawn = element("svg", *frames, viewBox=f"0 0 {image.width} {image.height}", aria_hidden="true")
    return element("figure", element("div", picture, drawn, class_="sheet"), element("figcaption", caption))


def _frame(number: int, each: SignatureReport, image: PageImage) -> Markup:
    spot = each.spot
    assert spot is not None
    across, down = image.width / spot.page_width, image.height / spot.page_height
    left, top = spot.x * across, (spot.page_height - spot.y - spot.height) * down
    colour = plain.ANSWERS[each.verdict.indication].colour
    box = element(
        "rect",
        x=round(left, 1),
        y=round(top, 1),
        width=round(spot.width * across, 1),
        height=round(spot.height * down, 1),
        rx=4,
    )
    at = {"cx": round(max(left, 16), 1), "cy": round(max(top, 16), 1)}
    label = element("text", str(number), x=at["cx"], y=at["cy"])
    return element("g", box, element("circle", r=15, **at), label, class_=f"frame {colour}")
