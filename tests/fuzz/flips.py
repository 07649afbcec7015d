"""Find updates after which a signed document shows something else: python -m tests.fuzz.flips --seconds 600

A document is prepared by chance, signed, and followed by what anybody can append. Where the first signature
is believed all the same, three readers draw the signed bytes and the whole file. They may differ in what was
filled in or signed, and where a remark is: all else is a finding. The same number gives the same documents.
"""

import argparse
import asyncio
import contextlib
import io
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageDraw
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signer.facts import Spot
from signer.pades import signed_part
from signer.pades.judged import File
from tests.fuzz.following import STAMP, following
from tests.fuzz.judging import UNREAD
from tests.fuzz.preparing import Draft, drafted
from tests.signer.by_letter import Signing, filled
from tests.signer.certificates import Keyed, issued

FOUND = Path(".fuzz/flips")
FIRST = "layer1"
TOLERATED = UNREAD | {signed_part._ODD}
"""What the long way says of signed objects that the short one does not read: it is drawn all the same."""
DOTS = 40  # to the inch
MARGIN = 2  # dots around what may differ
UPDATES = 4  # of each document
FAINTEST = 48  # of 255: readers smooth letters otherwise once something on the page is translucent
_LONGEST = 20  # seconds that a reader may take

READERS = {
    "poppler": ["pdftoppm", "-r", str(DOTS)],
    "mupdf": ["mutool", "draw", "-q", "-r", str(DOTS), "-F", "ppm", "-o", "-"],
}
"""The readers besides pdfium, as far as they are installed."""

Pages = tuple[Image.Image, ...] | str
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Agencies:
    """Who signs first, who signs after, and whose time-stamps are put over it."""

    first: Signing
    second: Signing
    stamper: Keyed

    def signed(self, pdf: bytes, waiting: bytes) -> bytes:
        """The file with what its last revision waits for."""
        if waiting == STAMP:
            return filled(pdf, self._token)
        return self.second.sign(pdf) if waiting else pdf

    def _token(self, digest: bytes) -> bytes:
        made = DummyTimeStamper(
            self.stamper.certificate, self.stamper.info, certs_to_embed=SimpleCertificateStore()
        )
        return bytes(asyncio.run(made.async_timestamp(digest, "sha256")).dump())


def agencies() -> Agencies:
    """Agencies with new keys."""
    root = issued("Gốc")
    first, second = issued("Nguyễn Thị Ánh", root), issued("Ủy ban nhân dân tỉnh Thanh Sơn", root)
    return Agencies(Signing(root, first), Signing(root, second), issued("Dấu thời gian", root, stamps=True))


@dataclass(frozen=True)
class Finding:
    """A file that is believed and shows something else, or of which two ways say two things."""

    number: int
    place: int
    said: str
    chosen: str
    pdf: bytes = field(repr=False)

    def keep(self, folder: Path) -> None:
        """Write it down with what was chosen for it."""
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.number}-{self.place}"
        (folder / f"{name}.pdf").write_bytes(self.pdf)
        (folder / f"{name}.txt").write_text(f"{self.said}\n{self.chosen}\n", encoding="utf-8")


@dataclass
class Hunt:
    """What was tried, believed and found."""

    agencies: Agencies
    counted: Counter[str] = field(default_factory=Counter)

    def document(self, number: int) -> Iterator[Finding]:
        """Try one document and some updates of it."""
        chance = random.Random(number)
        draft = drafted(chance)
        signed = self.agencies.first.sign(draft.written())
        self.counted["documents"] += 1
        if not self._is_first_believed(self._both(signed)):
            return
        self.counted["documents believed"] += 1
        before: list[dict[str, Pages]] = []
        for place in range(UPDATES):
            yield from self._updated(draft, signed, (number, place), before)

    def _updated(
        self, draft: Draft, signed: bytes, named: tuple[int, int], before: list[dict[str, Pages]]
    ) -> Iterator[Finding]:
        number, place = named
        chance = random.Random(f"{number}-{place}")
        pdf, current, marks = signed, dict(draft.objects), list[Box]()
        chosen = list(draft.chosen)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            pdf, follow = following(draft, pdf, current, chance)
            pdf = self.agencies.signed(pdf, follow.waiting)
            marks += follow.marks
            chosen += ["+", *follow.chosen]
        told = " ".join(chosen)
        self.counted["updates"] += 1
        try:
            found = self._both(pdf)
        except AssertionError as error:
            yield Finding(number, place, str(error), told, pdf)
            return
        if found is None or not self._is_first_believed(found):
            return
        self.counted["updates believed"] += 1
        self.counted.update(follow.chosen)
        if not before:
            before.append(drawn(signed))
        marks += _told_without_a_spot(found, current)
        differing = differences(before[0], drawn(pdf), _places(found), marks)
        if differing:
            yield Finding(number, place, differing, told, pdf)

    def _both(self, pdf: bytes) -> File | None:
        """What both ways say: the short one nothing, or what the long one says."""
        quick, slow = self.agencies.first.quick(pdf), self.agencies.first.slow(pdf)
        if quick is not None:
            said = () if slow is None else slow.judged
            unread = any(reason.template in TOLERATED for each in said for reason in each.verdict.reasons)
            assert unread or quick == slow, f"two ways: {quick}, {slow}"
            self.counted["short"] += 1
        return quick if quick is not None else slow

    @staticmethod
    def _is_first_believed(found: File | None) -> bool:
        said = () if found is None else [each.verdict.passed for each in found.judged if each.field == FIRST]
        return bool(said) and all(said)


def _places(found: File) -> Sequence[Spot]:
    """Where a difference is told: what was signed later, and what was filled in."""
    return [spot for name, spot in found.spots.items() if name != FIRST] + list(found.filled.values())


def _told_without_a_spot(found: File, current: dict[int, bytes]) -> Iterator[Box]:
    """Where the fields are that the report tells, on a page of no size that it could say."""
    told = {each for judged in found.judged for each in judged.change.fields}
    for number in (5, 7):
        said = re.search(rb"/T \((\w+)\)", current[number])
        place = re.search(rb"/Rect \[(\d+) (\d+) (\d+) (\d+)\]", current[number])
        name = said[1].decode() if said else ""
        if place and any(each.endswith(name) for each in told - found.spots.keys() - found.filled.keys()):
            left, bottom, right, top = map(float, place.groups())
            yield left, bottom, right, top


def drawn(pdf: bytes) -> dict[str, Pages]:
    """All pages as each reader shows them, or why it shows none."""
    shown: dict[str, Pages] = {"pdfium": _by_pdfium(pdf)}
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        for reader, command in READERS.items():
            if shutil.which(command[0]):
                shown[reader] = _by_program([*command, file.name])
    return shown


def _by_program(command: list[str]) -> Pages:
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        return "endless"
    pages, data = list[Image.Image](), done.stdout
    while data.startswith(b"P6"):
        header = data.split(maxsplit=4)[:4]
        width, height = int(header[1]), int(header[2])
        start = data.index(header[3], data.index(header[2], data.index(header[1]) + len(header[1])) + 1) + 4
        with Image.open(io.BytesIO(data[: start + 3 * width * height])) as page:
            pages.append(page.convert("RGB"))
        data = data[start + 3 * width * height :]
    return tuple(pages) or "nothing"


def _by_pdfium(pdf: bytes) -> Pages:
    try:
        with contextlib.closing(pypdfium2.PdfDocument(pdf)) as opened:
            opened.init_forms()
            return tuple(page.render(scale=DOTS / 72).to_pil().convert("RGB") for page in opened)
    except pypdfium2.PdfiumError as error:
        return str(error)


def differences(
    before: dict[str, Pages], after: dict[str, Pages], spots: Sequence[Spot], marks: Sequence[Box]
) -> str:
    """Say which readers show other pages, elsewhere than where it is told."""
    said = []
    for reader, had in before.items():
        has = after[reader]
        if isinstance(had, str) or isinstance(has, str):
            if isinstance(had, str) != isinstance(has, str):
                said.append(f"{reader}: {had if isinstance(had, str) else has}")
        elif len(had) != len(has):
            said.append(f"{reader}: {len(had)} pages, then {len(has)}")
        else:
            for number, (was, now) in enumerate(zip(had, has, strict=True), 1):
                if place := _other(was, now, [each for each in spots if each.page == number], marks):
                    said.append(f"{reader}: page {number} within {place}")
    return "; ".join(said)


def _other(
    was: Image.Image, now: Image.Image, spots: Sequence[Spot], marks: Sequence[Box]
) -> tuple[int, int, int, int] | str | None:
    if was.size != now.size:
        return f"{was.size}, then {now.size}"
    other = ImageChops.difference(was, now).point(lambda level: 255 if level > FAINTEST else 0)
    if other.getbbox() is None:
        return None
    masked, scale = ImageDraw.Draw(other), was.width / spots[0].page_width if spots else DOTS / 72
    places = [(each.x, each.y, each.x + each.width, each.y + each.height) for each in spots]
    for left, bottom, right, top in (*places, *marks):
        upper, lower = was.height - top * scale, was.height - bottom * scale
        masked.rectangle(
            (left * scale - MARGIN, upper - MARGIN, right * scale + MARGIN, lower + MARGIN), fill=(0, 0, 0)
        )
    return other.getbbox()


def hunted(hunt: Hunt, numbers: Iterator[int], ends: Callable[[], bool]) -> Iterator[Finding]:
    """Try one document after the other until it is time."""
    for number in numbers:
        if ends():
            return
        yield from hunt.document(number)


def main() -> None:
    """Prepare and draw until the time is over; say what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="by the clock")
    parser.add_argument("--number", type=int, default=0, help="of the first document")
    parser.add_argument("--documents", type=int, default=10**9, help="at most")
    parser.add_argument("--found", type=Path, default=FOUND, help="folder for what is found")
    chosen = parser.parse_args()
    hunt, begin, found = Hunt(agencies()), time.monotonic(), 0
    numbers = iter(range(chosen.number, chosen.number + chosen.documents))
    for finding in hunted(hunt, numbers, lambda: time.monotonic() > begin + chosen.seconds):
        found += 1
        finding.keep(chosen.found)
        sys.stdout.write(f"{finding.number}-{finding.place}: {finding.said[:300]}\n    {finding.chosen}\n")
        sys.stdout.flush()
    counted = ", ".join(f"{count} {what}" for what, count in hunt.counted.most_common())
    sys.stdout.write(
        f"flips from number {chosen.number}: {(time.monotonic() - begin) / 60:.1f} minutes, {counted}; "
        f"{found} findings\n"
    )
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
