"""What readers show of a file: Poppler and MuPDF draw its first page, in points."""

import functools
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageChops, UnidentifiedImageError

_LEAST = 60  # pixels of 595 x 842 that must differ; how an edge is smoothed is no difference


def shown(file: Path, reader: str) -> Image.Image | None:
    """Return the first page as a reader shows it, None if it shows nothing."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page.png"
        commands = {
            "poppler": ["pdftoppm", "-png", "-singlefile", "-r", "72", file, target.with_suffix("")],
            "mupdf": ["mutool", "draw", "-q", "-r", "72", "-o", target, file, "1"],
        }
        subprocess.run(commands[reader], capture_output=True, check=False, timeout=60)
        try:
            with Image.open(target) as page:
                return page.convert("L")
        except (FileNotFoundError, UnidentifiedImageError):
            return None


def differing(file: Path, base: Path) -> dict[str, bool | None]:
    """Tell of each reader whether it shows the file otherwise than the other one; None if not at all."""
    found: dict[str, bool | None] = {}
    for reader in ("poppler", "mupdf"):
        page, honest = shown(file, reader), _honest(base, reader)
        assert honest is not None
        found[reader] = None if page is None else _differ(page, honest)
    return found


@functools.cache
def _honest(base: Path, reader: str) -> Image.Image | None:
    return shown(base, reader)


def _differ(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return True
    dark = ImageChops.difference(one, other).point(lambda value: 255 if value > 96 else 0)
    return dark.histogram()[255] >= _LEAST
