"""Updates appended to signed files: never believed when the page then shows something else.

The first byte chooses the file, the second how the rest is appended: as it is, or as objects for which a
section is written that lists them where they are, so that what is garbled is the objects, not their places.
"""

import io
import random
import re
from collections.abc import Iterator

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name

from tests.fuzz.bending import Garble, bend_words
from tests.fuzz.judging import check, vector
from tests.fuzz.looking import look
from tests.vectors.honest import updates
from tests.vectors.honest.updates import Edit, Writer, sheet_of, updated

BASES = tuple(
    map(
        vector,
        (
            "pyhanko-b-b",
            "pyhanko-certified-3",
            "pyhanko-certified-2",
            "pyhanko-lock-all",
            "pyhanko-b-lta",
            "pyhanko-visible",
            "endesive-shown",
        ),
    )
)
LOOKS = tuple(frozenset({look(base)}) for base in BASES)
_HEAD = re.compile(rb"(?:^|(?<=[\r\n]))([1-9]\d{0,2}) 0 obj\b")


def content(writer: Writer) -> None:
    """What an attacker wants: the page says something else."""
    sheet = sheet_of(writer)
    drawn = b"BT /Helv 14 Tf 90 700 Td (9.000.000) Tj ET"
    sheet[pdf_name("/Contents")] = writer.add_object(generic.StreamObject(stream_data=drawn))
    writer.update_container(sheet)


def cropped(writer: Writer) -> None:
    sheet_of(writer)[pdf_name("/CropBox")] = updates.numbers((0, 0, 300, 300))
    writer.update_container(sheet_of(writer))


def redrawn(writer: Writer) -> None:
    """What is shown of a signature, or of a field, says something else."""
    for each in sheet_of(writer)["/Annots"]:
        shown = each.get_object()
        if "/AP" in shown and "/N" in shown["/AP"]:
            drawn = shown["/AP"]["/N"]
            drawn._data = drawn._encoded_data = b"0 1 0 RG 2 2 96 36 re S"
            writer.update_container(drawn)


EDITS: tuple[Edit, ...] = (
    content,
    cropped,
    redrawn,
    updates.NOTE,
    updates.with_popup,
    updates.highlighted,
    updates.extended,
    updates.described,
    updates.default_look,
    updates.same_again,
    updates.annotated("/FreeText", (90, 690, 300, 720)),
)


def seeds() -> Iterator[bytes]:
    """Yield updates as an attacker and as honest programs write them."""
    for place, base in enumerate(BASES):
        for edit in EDITS:
            appended = updated(base, edit)[len(base) :]
            yield bytes([place, 0]) + appended
            yield bytes([place, 1]) + appended[: appended.rindex(b"xref\n", 0, -30)]


SEEDS = tuple(seeds())
_BODIES = tuple(each[2:] for each in SEEDS)


def bend(data: bytes, chance: random.Random, garble: Garble) -> bytes:
    """Bend what is appended word by word, mostly under a section that lists it where it is."""
    del garble
    head = data[:2] if chance.randrange(8) else bytes([chance.randrange(len(BASES)), 1])
    return head + bend_words(data[2:], _BODIES, chance)


def one(data: bytes) -> None:
    """Append these bytes and judge the file."""
    if len(data) >= 2:
        check(file(data), LOOKS[data[0] % len(BASES)])


def file(data: bytes) -> bytes:
    """The file with the update that these bytes are."""
    base, body = BASES[data[0] % len(BASES)], data[2:]
    return base + body if data[1] % 2 == 0 else with_section(base, body)


def with_section(base: bytes, body: bytes) -> bytes:
    """The file with these objects appended, and a table that lists each where it stands."""
    begin = base if base.endswith(b"\n") else base + b"\n"
    found = {int(match[1]): len(begin) + match.start() for match in _HEAD.finditer(body)}
    with pikepdf.open(io.BytesIO(base)) as opened:
        size = max(int(opened.trailer.Size), *(number + 1 for number in found)) if found else 1
        root = opened.trailer.Root.objgen[0]
    before = int(re.findall(rb"startxref\s+(\d+)", base)[-1])
    body = body if body.endswith(b"\n") else body + b"\n"
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, found[number]) for number in sorted(found))
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % (size, root, before)
    at = len(begin) + len(body)
    return (
        begin
        + body
        + b"xref\n0 1\n0000000000 65535 f \n"
        + table
        + trailer
        + b"startxref\n%d\n%%%%EOF\n" % at
    )
