"""What a signature and a seal look like on the page: a picture's size, and where in its box it stands.

NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, II.7 d and II.8: the signatory's picture stands in the middle of its
place; the seal's is as large as the seal itself and is never resized.
"""

import io
import logging
from dataclasses import dataclass, field

from PIL import Image, UnidentifiedImageError

from signer.errors import DocumentError, PlaceNotFound
from signer.page import POINTS_PER_MM

logger = logging.getLogger(__name__)

MAX_IMAGE_BYTES = 8 * 1024 * 1024
MAX_IMAGE_SIDE = 4000  # pixels; 36 mm at 600 dpi are 850
DEFAULT_SEAL_MM = 36.0
"""The common diameter of an agency's seal, used when its picture does not say its resolution."""
_SLACK = 0.5  # points a seal may be wider than its box: rounding of DPI and of the box


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG, decoded: colours and transparency apart, as a PDF wants them.

    `natural` is its own size in points, if it says its resolution.
    """

    width: int
    height: int
    rgb: bytes = field(repr=False)
    alpha: bytes | None = field(repr=False)
    natural: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in its box a picture stands, in points from the box's lower-left corner."""

    x: float
    y: float
    width: float
    height: float


def read_picture(png: bytes) -> Picture:
    """Decode a PNG. Raises `DocumentError` for anything else, and for one too large to be a signature."""
    if len(png) > MAX_IMAGE_BYTES:
        raise DocumentError("The picture is larger than {limit} bytes.", limit=MAX_IMAGE_BYTES)
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            if max(image.size) > MAX_IMAGE_SIDE:
                raise DocumentError(
                    "The picture is {width} x {height} pixels; no side may be longer than {limit}.",
                    width=image.width,
                    height=image.height,
                    limit=MAX_IMAGE_SIDE,
                )
            return _decoded(image)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DocumentError(
            "The picture is not a PNG that can be read.",
            hint="Save the signature or seal as PNG with a transparent background.",
        ) from error


def _decoded(image: Image.Image) -> Picture:
    dpi = image.info.get("dpi")
    natural = None
    if dpi is not None and min(dpi) > 1:
        natural = (image.width / float(dpi[0]) * 72, image.height / float(dpi[1]) * 72)
    with image.convert("RGBA") as full:
        alpha = full.getchannel("A").tobytes()
        return Picture(
            width=full.width,
            height=full.height,
            rgb=full.convert("RGB").tobytes(),
            alpha=None if alpha.count(255) == len(alpha) else alpha,
            natural=natural,
        )


def fitted(picture: Picture, width: float, height: float) -> Spot:
    """Return the largest spot in the middle of a box, in points, that keeps the picture's proportions."""
    scale = min(width / picture.width, height / picture.height)
    return _centred(picture.width * scale, picture.height * scale, width, height)


def at_real_size(picture: Picture, width: float, height: float) -> Spot:
    """Return the spot of a seal at its own size in the middle of a box, in points.

    Without a resolution in the PNG the seal is taken to be 36 mm wide, and a warning is logged. Raises
    `PlaceNotFound` when the box is too small: a seal is never shrunk (NĐ 30/2020, Phụ lục I, II.8).
    """
    if picture.natural is None:
        logger.warning("seal.no-resolution", extra={"millimetres": DEFAULT_SEAL_MM})
        across = DEFAULT_SEAL_MM * POINTS_PER_MM
        size = (across, across * picture.height / picture.width)
    else:
        size = picture.natural
    if size[0] > width + _SLACK or size[1] > height + _SLACK:
        raise PlaceNotFound(
            "The seal is {seal_width:.1f} x {seal_height:.1f} mm, its place on the page only "
            "{width:.1f} x {height:.1f} mm.",
            hint="Check the picture's resolution (DPI), or draft again with a larger place (--seal-at).",
            seal_width=size[0] / POINTS_PER_MM,
            seal_height=size[1] / POINTS_PER_MM,
            width=width / POINTS_PER_MM,
            height=height / POINTS_PER_MM,
        )
    return _centred(size[0], size[1], width, height)


def _centred(across: float, up: float, width: float, height: float) -> Spot:
    return Spot((width - across) / 2, (height - up) / 2, across, up)
