"""Documents whose signed part says in two ways where its objects are, until an update decides it.

Poppler, MuPDF or pdfium draw what the update brings; each file was believed with it, by one way or the other.
"""

import re
import struct
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.signer.by_letter import PLAIN, SIGNATURE, Signing, appended, stream, written
from tests.signer.prepared_samples import BASE, COVER, SEALING, Signers, form, with_

Objects = Mapping[int, bytes]
Places = Mapping[int, tuple[int, int, int]]

DRAWING: Objects = {
    **BASE,
    3: with_(3, b"<< /Font << /F 10 0 R >> >>", b"<< /Font << /F 10 0 R >> /XObject 13 0 R >>"),
    9: stream(b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET /X Do"),
    14: COVER,
    15: form(b""),
}
"""A page that draws what object 13 calls X."""
INNOCENT, ASLEEP, AWAKE = b"<< /X 15 0 R >>", b"<< /X 70 0 R >>", b"<< /X 14 0 R >>"
PACK = b"/Type /ObjStm /N 1 /First 5 "
THERE = 20  # the number of a stream
LATER = 300  # the number of a stream that is not there when the document is signed


def streamed(pdf: bytes, objects: Objects, places: Places, number: int) -> bytes:
    """The file with these objects in one more revision, whose section is a stream of this number.

    `places` are rows for others.
    """
    previous, rows = pdf.rfind(b"startxref"), {0: (0, 0, 0), **places}
    for each, text in objects.items():
        rows[each] = (1, len(pdf), 0)
        pdf += b"%d 0 obj\n%s\nendobj\n" % (each, text)
    rows[number] = (1, len(pdf), 0)
    old = b"" if previous < 0 else b"/Prev %s " % pdf[previous:].split()[1]
    index = b" ".join(b"%d 1" % each for each in sorted(rows))
    said = b"/Type /XRef /Size %d /Root 1 0 R /Info 12 0 R %s/W [1 4 2] /Index [%s]"
    held = b"".join(
        b"%c%s%s" % (kind, where.to_bytes(4, "big"), third.to_bytes(2, "big"))
        for _, (kind, where, third) in sorted(rows.items())
    )
    entries = said % (max(rows) + 1, old, index)
    return pdf + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, stream(held, entries), len(pdf))


def packing(pack: bytes, entries: bytes = PACK) -> bytes:
    """A document whose object 13 is packed in a stream, as its first."""
    return streamed(b"%PDF-1.7\n", {**DRAWING, THERE: stream(pack, entries)}, {13: (2, THERE, 0)}, 21)


def missing() -> bytes:
    """A document whose object 13 is packed in a stream that is not there."""
    return streamed(b"%PDF-1.7\n", DRAWING, {13: (2, LATER, 0)}, 21)


def tabled(bent: Callable[[bytes, bytes], bytes]) -> bytes:
    """A document whose table is bent: it is given the row of object 13, and one of another in its place."""
    pdf = written({**DRAWING, 13: INNOCENT})
    at = pdf.rindex(b"xref\n", 0, pdf.rindex(b"startxref"))
    other = b"13 0 obj\n%s\nendobj\n" % ASLEEP
    row = re.search(rb"\n(13 1\n\d{10} 00000 n \n)", pdf[at:])
    assert row is not None
    table = pdf[at:].replace(row[1], bent(row[1], b"13 1\n%010d 00000 n \n" % at))
    return pdf[:at] + other + table.replace(b"startxref\n%d" % at, b"startxref\n%d" % (at + len(other)))


def signed_over(signers: Signers, unsigned: bytes) -> bytes:
    """The document in two layers."""
    return signers.over(signers.person.sign(unsigned), SEALING)


def test_a_stream_that_comes_later_brings_no_objects_along(signers: Signers) -> None:
    sealed = signed_over(signers, missing())
    update = {LATER: stream(b"13 0 %s" % AWAKE, PACK)}
    report = signers.judged(streamed(sealed, update, {13: (2, LATER, 0)}, 400))
    assert [each.verdict.passed for each in report.signatures] == [False, False]


def with_look(signers: Signers, places: Places, objects: Objects) -> bytes:
    """A document signed twice, the second time with a look that holds another object 13.

    Poppler and MuPDF do not ask whether a stream says that objects are packed in it.
    """
    whole = {**DRAWING, 7: PLAIN[7], 8: SIGNATURE, **objects}
    look = stream(b"13 0 %s" % AWAKE, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /N 1 /First 5 ")
    field = PLAIN[7].replace(b"/Rect", b"/V 301 0 R /AP << /N 300 0 R >> /Rect")
    signed = signers.person.sign(streamed(b"%PDF-1.7\n", whole, places, 21))
    return signers.organisation.sign(appended(signed, {7: field, LATER: look, 301: SIGNATURE}))


def test_the_look_of_a_seal_brings_no_objects_along(signers: Signers) -> None:
    both = with_look(signers, {13: (2, LATER, 0)}, {})
    assert signers.organisation.quick(both) is None
    slow = signers.organisation.slow(both)
    assert slow is not None
    assert not all(each.verdict.passed for each in slow.judged)
    plain = with_look(signers, {}, {13: INNOCENT})
    assert signers.organisation.quick(plain) is not None
    assert signers.organisation.believes(plain)


def test_a_stream_that_signed_objects_are_packed_in_is_not_written_again(signers: Signers) -> None:
    sealed = signed_over(signers, packing(b"13 0 %s" % INNOCENT))
    assert signers.judged(appended(sealed, {400: b"<< >>"})).passed
    again = {THERE: stream(b"13 0 %s" % INNOCENT, PACK)}
    assert not signers.judged(streamed(sealed, again, {13: (2, THERE, 0)}, 400)).passed


HIDING = {
    "a comment in a string of digits": b"<< /A <41%> /X 70 0 R\n42> >>",
    "a comment that a string of digits opens": b"<< /A <41%> /X 70 0 R /B <42\n> /C 1 >>",
    "a single bracket": b"<< /A 1 > endobj /X 70 0 R >>",
    "data of a stream": b"<< /Length 20 > stream\n /X 70 0 R >>       \nendstream",
}
"""Drawings of which pyHanko sees no reference to object 70, and others do."""

ODD_PLACE = (b"13 60 ".ljust(60) + AWAKE).ljust(100) + INNOCENT
"""A stream of one object, which lies 60 bytes behind /First: Poppler takes another one."""

ODD: dict[str, Callable[[], bytes]] = {
    "a row given twice": lambda: tabled(lambda row, other: other + row),
    "a row of number 0 for another": lambda: tabled(
        lambda row, _: row + b"16 1\n0000000000 65535 f \n"
    ),
    "a number packed twice": lambda: packing(
        b"13 0 13 20 %s%s" % (INNOCENT.ljust(20), ASLEEP), b"/Type /ObjStm /N 2 /First 11 "
    ),
    "a filter abbreviated": lambda: packing(b"13 0 %s" % INNOCENT, PACK + b"/F /ASCIIHexDecode"),
    "parameters abbreviated": lambda: packing(
        b"13 0 %s" % INNOCENT, PACK + b"/DP << /Predictor 12 /Columns 4 >>"
    ),
    "an object that begins later than its row says": lambda: written({
        **DRAWING, 13: INNOCENT, 14: COVER}).replace(b"13 0 obj\n", b"13 0\nobj\n"),
    **{f"hidden by {each}": partial(written, {**DRAWING, 13: HIDING[each]}) for each in HIDING},
    "hidden in a stream of objects": lambda: packing(
        b"13 0 %s" % HIDING["a comment in a string of digits"]
    ),
    "a packed object inside of another": lambda: packing(
        b"13 0 16 5 <</A(/X 70 0 R)/B 15 0 R>>", b"/Type /ObjStm /N 2 /First 10 "
    ),
    "room before the first packed object": lambda: packing(
        ODD_PLACE, b"/Type /ObjStm /N 1 /First 40 "
    ),
}  # fmt: skip


CUT = b"<< /X 15 0 R /X2 14 0 R >>"


@pytest.mark.parametrize(
    ("pack", "entries"),
    [
        (ODD_PLACE, b"/Type /ObjStm /N 1 /First 40 "),
        (b"13 0 16 13 " + CUT, b"/Type /ObjStm /N 2 /First 11 "),
        (b"13 8 16 0 << >>   " + INNOCENT, b"/Type /ObjStm /N 2 /First 10 "),
    ],
    ids=["where Poppler looks elsewhere", "cut by the next one", "before the one ahead of it"],
)
def test_a_packed_object_is_not_written_again_as_some_read_it(
    signing: Signing, pack: bytes, entries: bytes
) -> None:
    """Poppler draws another object, until the update puts the one that is read here in its place."""
    signed = signing.sign(packing(pack, entries))
    found = CUT if CUT in pack else INNOCENT
    assert signing.refuses(appended(signed, {13: found}))


@pytest.mark.parametrize("pack", [b"<< /A << /B 1 >> >>", b"13 0 R /B 1 >> >>", b"(a b(c) d)"])
def test_packed_objects_lie_one_behind_the_other_also_where_nobody_reads_them(
    signing: Signing, pack: bytes
) -> None:
    objects = {**DRAWING, 13: INNOCENT, THERE: stream(b"16 0 17 5 " + pack, b"/Type /ObjStm /N 2 /First 10 ")}
    unsigned = streamed(b"%PDF-1.7\n", objects, {16: (2, THERE, 0), 17: (2, THERE, 1)}, 21)
    assert signing.refuses(appended(signing.sign(unsigned), {10: DRAWING[10]}))


@pytest.mark.parametrize("case", ODD)
def test_an_update_of_what_readers_find_differently_is_refused(signers: Signers, case: str) -> None:
    sealed = signed_over(signers, ODD[case]())
    assert not signers.judged(appended(sealed, {70: COVER})).passed


@pytest.mark.parametrize(
    "plain",
    [lambda: packing(b"13 0 %s" % INNOCENT), lambda: tabled(lambda row, _: row)],
    ids=["packed", "in a table"],
)
def test_an_update_of_what_all_find_alike_is_believed(signers: Signers, plain: Callable[[], bytes]) -> None:
    sealed = signed_over(signers, plain())
    assert signers.judged(appended(sealed, {70: COVER})).passed


LATE = 50_000
"""A place behind all signed bytes."""

HELD = b"13 0 obj\n%s\nendobj\n" % AWAKE
BESIDE = b"16 0 obj\n%s\nendobj\n" % stream(
    struct.pack(">BIB", 1, LATE + 400, 0) + struct.pack(">BIB", 1, LATE, 0),
    b"/Type /XRef /Size 71 /W [1 4 1] /Index [13 1 16 1] /Root 1 0 R",
)
COMING: dict[str, tuple[bytes, bytes, bytes]] = {
    "an object": (b"13 1\n%010d 00000 n \n" % LATE, b"", HELD),
    "a stream beside the table": (b"", b"/XRefStm %d " % LATE, BESIDE.ljust(400) + HELD),
}


@pytest.mark.parametrize("case", COMING)
def test_what_is_signed_does_not_name_what_comes_later(signing: Signing, case: str) -> None:
    """It lies in the data of a look: whoever signs next says what the first page draws."""
    row, entries, late = COMING[case]
    unsigned = {**DRAWING, 6: DRAWING[6].replace(b" /V 8 0 R", b""), 70: COVER}
    del unsigned[8]
    pdf = appended(written(unsigned), {6: DRAWING[6], 8: DRAWING[8]}, entries=entries)
    at = pdf.rindex(b"trailer")
    once = signing.sign(pdf[:at] + row + pdf[at:])
    head, look = b"82 0 obj\n", b"/Subtype /Form /BBox [0 0 100 50]"
    room = LATE - len(once) - len(head) - stream(b" " * 10_000, look).index(b" " * 10_000)
    signed_in_it = with_look_of(DRAWING[7], b"81 0 R", b"82 0 R")
    twice = appended(once, {82: stream(b" " * room + late, look), 81: SIGNATURE, 7: signed_in_it})
    assert twice.index(late) == LATE
    assert not signing.believes(signing.sign(twice))


def with_look_of(field: bytes, signature: bytes, look: bytes) -> bytes:
    """A field that is signed, with this look."""
    return field.removesuffix(b">>") + b"/V %s /AP << /N %s >> >>" % (signature, look)
