"""A table and a stream of cross-references beside each other, as Word writes them: both must say the same."""

import struct

import pytest

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Signing, appended, stream, written

HIDDEN = {
    **{number: value for number, value in PLAIN.items() if number != 8},
    6: PLAIN[6].replace(b" /V 8 0 R", b""),
    1: PLAIN[1].replace(b" >>", b" /StructTreeRoot 13 0 R >>"),
    14: stream(b"13 0 << /Type /StructTreeRoot /K [] >>", b"/Type /ObjStm /N 1 /First 5"),
}
Rows = list[tuple[int, tuple[int, int, int]]]


def hybrid(rows: Rows, *, beside: bytes = b"0 0\n", entries: bytes = b"") -> bytes:
    """A file whose second section hides object 13 in stream 14; more rows may stand in its stream."""
    pdf = written(HIDDEN)
    first, start = pdf[pdf.rfind(b"startxref") :].split()[1], len(pdf)
    rows = sorted([(13, (2, 14, 0)), (15, (1, start, 0)), *rows])
    index = b" ".join(b"%d 1" % number for number, _ in rows)
    data = b"".join(struct.pack(">BIB", *row) for _, row in rows)
    named = b"/Type /XRef /Size 16 /W [1 4 1] /Index [%s] /Root 1 0 R" % index
    pdf += b"15 0 obj\n%s\nendobj\n" % stream(data, named)
    trailer = b"/Size 16 /Root 1 0 R /Info 12 0 R /Prev %s /XRefStm %d %s" % (first, start, entries)
    section = b"xref\n%strailer\n<< %s >>\nstartxref\n%d\n%%%%EOF\n" % (beside, trailer, len(pdf))
    return pdf + section


def signed(signing: Signing, pdf: bytes) -> bytes:
    """The file signed in an update, as programs do that get it from Word."""
    return signing.sign(appended(pdf, {6: PLAIN[6], 8: SIGNATURE}))


def again(pdf: bytes) -> bytes:
    """The file with one more signature."""
    return appended(pdf, {7: PLAIN[7].replace(b" >>", b" /V 60 0 R >>"), 60: SIGNATURE})


def place(number: int) -> int:
    """Where an object of the file begins."""
    return written(HIDDEN).index(b"\n%d 0 obj" % number) + 1


def test_what_word_writes_is_believed(signing: Signing) -> None:
    once = signed(signing, hybrid([]))
    assert signing.believes(once)
    assert signing.believes(signing.sign(again(once)))


def test_rows_that_say_the_same_again_are_believed(signing: Signing) -> None:
    once = signed(signing, hybrid([(number, (1, place(number), 0)) for number in (1, 2, 9)]))
    assert signing.believes(once)
    assert signing.believes(signing.sign(again(once)))


CONTRADICTING: dict[str, tuple[Rows, bytes]] = {
    "an object of the table elsewhere": ([(9, (1, place(11), 0))], b"0 0\n"),
    "an object of the table in a stream": ([(9, (2, 14, 0))], b"0 0\n"),
    "an object of the table is free": ([(9, (0, 0, 1))], b"0 0\n"),
    "free in the table beside": ([], b"13 1\n0000000000 00001 f \n"),
    "elsewhere in the table beside": ([], b"13 1\n%010d 00000 n \n" % place(9)),
}


@pytest.mark.parametrize("case", CONTRADICTING)
def test_a_stream_that_contradicts_a_table_is_refused(signing: Signing, case: str) -> None:
    rows, beside = CONTRADICTING[case]
    once = signed(signing, hybrid(rows, beside=beside))
    assert not signing.believes(once)
    assert not signing.believes(signing.sign(again(once)))
    assert signing.quick(once) is None


def test_a_stream_hides_nothing_beyond_the_size_of_the_file(signing: Signing) -> None:
    """There pyHanko takes what an update writes again for something new."""
    far = hybrid([(40, (2, 14, 0))]).replace(b"/Type /XRef /Size 16", b"/Type /XRef /Size 41")
    assert not signing.believes(signed(signing, far))


def test_a_stream_beside_the_oldest_table_hides_nothing(signing: Signing) -> None:
    """There pdfium does not look: it finds what an update writes again as it was."""
    for hidden, believed in ((True, False), (False, True)):
        objects = {**HIDDEN, 13: b"<< /Type /StructTreeRoot /K [] >>"} if not hidden else HIDDEN
        pdf = written(objects)
        table, start = pdf.rindex(b"xref\n0 1"), pdf.rindex(b"trailer")
        rows = [(13, (2, 14, 0))] if hidden else []
        data = b"".join(struct.pack(">BIB", *row) for _, row in [*rows, (15, (1, table, 0))])
        index = b"".join(b"%d 1 " % number for number, _ in [*rows, (15, ())])
        named = b"/Type /XRef /Size 16 /W [1 4 1] /Index [%s] /Root 1 0 R" % index
        own = b"15 0 obj\n%s\nendobj\n" % stream(data, named)
        trailer = b"trailer\n<< /Size 16 /Root 1 0 R /Info 12 0 R /XRefStm %d >>" % table
        end = b"\nstartxref\n%d\n%%%%EOF\n" % (table + len(own))
        once = signed(signing, pdf[:table] + own + pdf[table:start] + trailer + end)
        assert signing.believes(once) is believed
        assert signing.believes(appended(once, {13: b"<< /Type /StructTreeRoot /K [] >>"})) is believed


ODD: dict[str, Rows] = {
    "an object that is not there": [(16, (1, 20, 0))],
    "an object of another generation": [(16, (1, place(9), 1))],
    "an object of no index": [(16, (2, 14, 1))],
}


@pytest.mark.parametrize("case", ODD)
def test_what_follows_an_odd_stream_is_refused(signing: Signing, case: str) -> None:
    once = signed(signing, hybrid(ODD[case]).replace(b"/Size 16", b"/Size 17"))
    assert not signing.believes(signing.sign(again(once)))


def test_what_was_hidden_does_not_change(signing: Signing) -> None:
    once = signed(signing, hybrid([]))
    for changed in (
        {13: b"<< /Type /StructTreeRoot /K [9 0 R] >>"},
        {14: HIDDEN[14].replace(b"/K []", b"/K 0 ")},
        {15: b"<< >>"},
    ):
        assert not signing.believes(appended(once, changed))


def test_no_update_hides_anything(signing: Signing) -> None:
    once = signed(signing, hybrid([]))
    start = once.index(b"15 0 obj")
    assert not signing.believes(appended(once, {9: PLAIN[9]}, entries=b"/XRefStm %d " % start))


def test_a_new_field_is_signed_after_it(signing: Signing) -> None:
    once = signed(signing, hybrid([]))
    listed = b"7 0 R 60 0 R]"
    update = {
        3: PLAIN[3].replace(b"7 0 R]", listed),
        4: PLAIN[4].replace(b"7 0 R]", listed),
        60: FIELD + b"/Sig /T (second) /V 61 0 R /Rect [300 200 400 250] >>",
        61: SIGNATURE,
    }
    assert signing.believes(signing.sign(appended(once, update)))
