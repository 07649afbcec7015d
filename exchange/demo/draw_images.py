"""Draw the demonstration's signature and seals; `python -m exchange.demo.draw_images` writes them here.

NĐ 30/2020/NĐ-CP, Phụ lục I, Phần I, II.7 d and II.8: the signature is blue, the seal red and of its actual
size, both PNG with a transparent background. So each image carries its resolution, by which its size on the
page is known. Everything is drawn eight times too large and reduced once, which makes the edges smooth; there
is no chance in it, so that equal code gives equal pictures.
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

import signer.form

DPI: Final = 300
SEAL_MM: Final = 36  # the common diameter of a state body's round seal

_HERE = Path(__file__).parent
_BOLD = Path(signer.form.__file__).with_name("fonts") / "LiberationSerif-Bold.ttf"
_OVERSAMPLE = 8
_RED = (214, 24, 31)
_BLUE = (22, 52, 160)

_Point = tuple[float, float]


def pixels(millimetres: float) -> int:
    """Return a length in pixels of the finished image (at `DPI`)."""
    return round(millimetres * DPI / 25.4)


def draw_seal(ring: str, middle: tuple[str, ...] = ()) -> Image.Image:
    """Return a round red seal: outer circles, `ring` around, and a star or `middle` inside.

    A small star closes the ring at its foot. `middle` is what the seals of a province's departments carry.
    """
    side = pixels(SEAL_MM) * _OVERSAMPLE
    ink = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(ink)
    for radius, width in ((0.5, 0.026), (0.458, 0.008), (0.288, 0.008)):
        _circle(draw, side, radius * side, width * side)
    _ring_text(ink, ring, radius=0.338 * side, size=0.098 * side)
    if middle:
        _star(draw, (side / 2, side * 0.872), side * 0.042)
        _middle_text(draw, middle, side)
    else:
        _star(draw, (side / 2, side / 2), side * 0.2)
        _star(draw, (side / 2, side * 0.872), side * 0.042)
    return _inked(ink, _RED)


def draw_signature() -> Image.Image:
    """Return a blue signature in nobody's hand: three strokes of a pen that presses harder going down."""
    width, height = pixels(42), pixels(20)
    size = (width * _OVERSAMPLE, height * _OVERSAMPLE)
    ink = Image.new("L", size, 0)
    draw = ImageDraw.Draw(ink)
    for stroke in _STROKES:
        path = [(x * size[0], y * size[1]) for x, y in _smooth(stroke)]
        _pen(draw, path, thickness=0.032 * size[1])
    return _inked(ink, _BLUE)


def main() -> None:
    """Write the three images, each with its resolution."""
    images = {
        "signature.png": draw_signature(),
        "seal.png": draw_seal("ỦY BAN NHÂN DÂN TỈNH THANH SƠN"),
        "seal-recipient.png": draw_seal("ỦY BAN NHÂN DÂN TỈNH THANH SƠN", middle=("SỞ", "TÀI NGUYÊN", "SỐ")),
    }
    for name, image in images.items():
        image.save(_HERE / name, dpi=(DPI, DPI), optimize=True)


def _inked(ink: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """Reduce a coverage mask to its finished size, and let it be the alpha of one colour."""
    small = ink.resize((ink.width // _OVERSAMPLE, ink.height // _OVERSAMPLE), Image.Resampling.BOX)
    image = Image.new("RGBA", small.size, (*colour, 0))
    image.putalpha(small)
    return image


def _circle(draw: ImageDraw.ImageDraw, side: int, radius: float, width: float) -> None:
    """Draw a circle line whose outer edge is at `radius`."""
    low, high = side / 2 - radius, side / 2 + radius - 1
    draw.ellipse((low, low, high, high), outline=255, width=round(width))


def _star(draw: ImageDraw.ImageDraw, centre: _Point, radius: float) -> None:
    """Draw a five-pointed star that stands on two points; the inner corners make its arms straight."""
    inner = radius * math.sin(math.radians(18)) / math.sin(math.radians(54))
    corners = []
    for step in range(10):
        reach, angle = (radius, inner)[step % 2], math.radians(36 * step - 90)
        corners.append((centre[0] + reach * math.cos(angle), centre[1] + reach * math.sin(angle)))
    draw.polygon(corners, fill=255)


def _ring_text(ink: Image.Image, text: str, *, radius: float, size: float) -> None:
    """Write `text` clockwise with its baseline on a circle, evenly over it but for a gap at the foot."""
    font = ImageFont.truetype(_BOLD, round(size))
    advances = [font.getlength(letter) for letter in text]
    # The foot keeps 50 degrees free for the star; spacing makes up what the letters leave.
    room = math.radians(310) * radius
    spacing = (room - sum(advances)) / (len(text) - 1)
    along = -room / 2
    for letter, advance in zip(text, advances, strict=True):
        _letter(ink, letter, font, angle=(along + advance / 2) / radius, radius=radius)
        along += advance + spacing


def _letter(
    ink: Image.Image, letter: str, font: ImageFont.FreeTypeFont, *, angle: float, radius: float
) -> None:
    """Paste one letter, turned so that its foot points at the centre; `angle` 0 is the top, clockwise."""
    half = round(font.size * 1.5)
    tile = Image.new("L", (2 * half, 2 * half), 0)
    ImageDraw.Draw(tile).text((half, half), letter, fill=255, font=font, anchor="ms")
    turned = tile.rotate(-math.degrees(angle), Image.Resampling.BICUBIC)
    x = ink.width / 2 + radius * math.sin(angle)
    y = ink.height / 2 - radius * math.cos(angle)
    ink.paste(255, (round(x) - half, round(y) - half), turned)


def _middle_text(draw: ImageDraw.ImageDraw, lines: tuple[str, ...], side: int) -> None:
    """Write the lines one above the other in the middle of the seal."""
    font = ImageFont.truetype(_BOLD, round(side * 0.074))
    pitch = side * 0.122
    first = side / 2 + side * 0.03 - pitch * (len(lines) - 1) / 2
    for number, line in enumerate(lines):
        draw.text((side / 2, first + pitch * number), line, fill=255, font=font, anchor="ms")


def _smooth(points: tuple[_Point, ...]) -> Iterator[_Point]:
    """Yield a Catmull-Rom curve through the points."""
    ends = (points[0], *points, points[-1])
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(40):
            t = step / 40
            yield _catmull(a[0], b[0], c[0], d[0], t), _catmull(a[1], b[1], c[1], d[1], t)


def _catmull(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def _pen(draw: ImageDraw.ImageDraw, path: list[_Point], *, thickness: float) -> None:
    """Draw a path with round dots close together: broad going down, fine going up, and fine at both ends."""
    width = thickness / 2
    for number, ((x, y), (to_x, to_y)) in enumerate(pairwise(path)):
        length = math.hypot(to_x - x, to_y - y) or 1.0
        ends = min(number, len(path) - number, 30) / 30
        wanted = thickness * (0.55 + 0.45 * (to_y - y) / length) * (0.35 + 0.65 * ends)
        width += (wanted - width) * 0.12  # the hand's pressure follows slowly
        for step in range(max(1, math.ceil(length / (thickness * 0.1)))):
            share = step * thickness * 0.1 / length
            at_x, at_y = x + (to_x - x) * share, y + (to_y - y) * share
            draw.ellipse((at_x - width, at_y - width, at_x + width, at_y + width), fill=255)


# Three strokes in parts of the image's width and height, y downwards.
_STROKES: Final[tuple[tuple[_Point, ...], ...]] = (
    # a tall "A" that runs on into waves and a rising tail
    (
        (0.09, 0.80), (0.16, 0.55), (0.26, 0.12), (0.29, 0.10), (0.28, 0.34), (0.26, 0.74), (0.28, 0.80),
        (0.33, 0.62), (0.37, 0.52), (0.39, 0.62), (0.385, 0.72), (0.43, 0.60), (0.47, 0.50), (0.49, 0.58),
        (0.485, 0.69), (0.53, 0.58), (0.57, 0.47), (0.59, 0.55), (0.60, 0.66), (0.67, 0.56), (0.78, 0.36),
        (0.94, 0.12),
    ),
    # its bar, thrown to the left and back under the whole name
    (
        (0.35, 0.40), (0.22, 0.47), (0.09, 0.56), (0.05, 0.64), (0.10, 0.70), (0.28, 0.66), (0.55, 0.79),
        (0.80, 0.83), (0.93, 0.74), (0.90, 0.68), (0.76, 0.74), (0.52, 0.92),
    ),
    # the hook above
    ((0.45, 0.33), (0.49, 0.25), (0.53, 0.33), (0.58, 0.21)),
)  # fmt: skip


if __name__ == "__main__":
    main()
