"""Revisions appended byte by byte to a signed file, so that readers disagree about them.

Each function takes a signed file and returns it with one more revision that replaces the content of its first
page in the eyes of some readers; `HONEST` and `stream_of_type(1)` are well-formed.
"""

import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pikepdf

EVIL = b"1 0 0 rg 50 300 400 300 re f"
"""What every attack wants the page to show: a large red rectangle in place of the text."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a forger reads in a file before appending to it."""

    pdf: bytes
    prev: int
    size: int
    root: bytes
    page: int  # object number of the page's content
    place: int  # where that object lies

    def trailer(self, *, size: int | None = None, more: bytes = b"", prev: bytes | None = None) -> bytes:
        previous = b"/Prev %d" % self.prev if prev is None else prev
        return b"trailer\n<< /Size %d /Root %s %s %s >>\n" % (
            size or self.size,
            self.root,
            previous,
            more,
        )


def known(pdf: bytes) -> Known:
    if not pdf.endswith(b"\n"):
        pdf += b"\n"
    tail = pdf[pdf.rindex(b"trailer") :]
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        contents = opened.pages[0].obj.Contents
        page = (contents[0] if isinstance(contents, pikepdf.Array) else contents).objgen[0]
    return Known(
        pdf=pdf,
        prev=int(re.findall(rb"startxref\s+(\d+)", pdf)[-1]),
        size=int(re.search(rb"/Size (\d+)", tail)[1]),
        root=re.search(rb"/Root (\d+ \d+ R)", tail)[1],
        page=page,
        place=[each.start() for each in re.finditer(rb"(?<!\d)%d 0 obj" % page, pdf)][-1],
    )


def stream(number: int, data: bytes = EVIL, generation: int = 0, more: bytes = b"") -> bytes:
    return b"%d %d obj\n<< /Length %d %s >>\nstream\n%s\nendstream\nendobj\n" % (
        number,
        generation,
        len(data),
        more,
        data,
    )


def end(start: int | bytes) -> bytes:
    return b"startxref\n%s\n%%%%EOF\n" % (start if isinstance(start, bytes) else b"%d" % start)


def row(offset: int, generation: int = 0) -> bytes:
    return b"%010d %05d n \n" % (offset, generation)


NOTHING = b"xref\n0 1\n0000000000 65535 f \n"
"""A section that lists no object."""


def nothing_new(pdf: bytes) -> bytes:
    """A revision that says nothing."""
    file = known(pdf)
    return file.pdf + NOTHING + file.trailer() + end(len(file.pdf))


def like_itext(pdf: bytes) -> bytes:
    """A revision that says nothing, as iText writes it: a comment, and numbers in reserve that are free."""
    file = known(pdf)
    rows = b"xref\n0 1\n0000000000 65535 f \n%d 1\n0000000000 00001 f \n" % file.size
    return file.pdf + rows + file.trailer(size=file.size + 1) + b"%iText-Core-9.1.0\n" + end(len(file.pdf))


def like_signpdf(pdf: bytes) -> bytes:
    """A revision that says nothing, as @signpdf writes it: the line end before the section is its place."""
    file = known(pdf)
    section = b"\nxref\n0 1\n0000000000 65535 f \n" + file.trailer()
    return file.pdf + section + end(len(file.pdf)).rstrip()


def far_startxref(pdf: bytes) -> bytes:
    """Nothing new, and 1500 line ends between `startxref` and its number."""
    file = known(pdf)
    section = NOTHING + file.trailer() + end(len(file.pdf))
    return file.pdf + section.replace(b"startxref\n", b"startxref" + b"\n" * 1500)


def long_tail(pdf: bytes) -> bytes:
    """Nothing new, and 1500 line ends behind the end of the file."""
    return nothing_new(pdf) + b"\n" * 1500


def long_subsection(pdf: bytes) -> bytes:
    """Nothing new, and 200 blanks behind the head of a subsection."""
    file = known(pdf)
    rows = NOTHING.replace(b"0 1\n", b"0 1" + b" " * 200 + b"\n")
    return file.pdf + rows + file.trailer() + end(len(file.pdf))


def wide_kind(width: int) -> Callable[[bytes], bytes]:
    """Nothing new, in a cross-reference stream whose first column has that many bytes."""

    def attack(pdf: bytes) -> bytes:
        file = known(pdf)
        rows = ((file.size, 1, len(file.pdf)),)
        return file.pdf + _hidden_section(file, file.size, rows, width) + end(len(file.pdf))

    return attack


def replaced(pdf: bytes) -> bytes:
    """Incremental saving, plainly: the page's content once more."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    return body + b"xref\n%d 1\n" % file.page + row(len(file.pdf)) + file.trailer() + end(len(body))


def listed_twice(pdf: bytes) -> bytes:
    """The content listed twice in one section: first the new one, then the old one."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    rows = b"".join(b"%d 1\n" % file.page + row(each) for each in (len(file.pdf), file.place))
    return body + b"xref\n" + rows + file.trailer() + end(len(body))


def offset_with_underscore(pdf: bytes) -> bytes:
    """The old offset with an underscore in it: Python reads it, others stop there."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    digits = b"%d" % file.place
    odd = (digits[:-1] + b"_" + digits[-1:]).rjust(10, b"0")
    rows = b"xref\n%d 1\n%s 00000 n \n" % (file.page, odd)
    return body + rows + file.trailer() + end(len(body))


def startxref_with_underscore(pdf: bytes) -> bytes:
    file = known(pdf)
    body = file.pdf + stream(file.page)
    digits = b"%d" % len(body)
    section = b"xref\n0 1\n0000000000 65535 f \n" + file.trailer()
    return body + section + end(digits[:1] + b"_" + digits[1:])


def entry_beyond_the_end(pdf: bytes) -> bytes:
    """A body that no section owns, and an entry that makes readers repair the file."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    rows = b"xref\n%d 1\n9999999999 00000 n \n" % file.size
    return body + rows + file.trailer(size=file.size + 1) + end(len(body))


def unowned_body(pdf: bytes) -> bytes:
    """A body that no section owns, before a section that is in order."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    return body + b"xref\n0 1\n0000000000 65535 f \n" + file.trailer() + end(len(body))


def body_only(pdf: bytes) -> bytes:
    """A body without section and trailer."""
    return known(pdf).pdf + stream(known(pdf).page)


def body_and_trailer(pdf: bytes) -> bytes:
    """A body with a trailer, but no section."""
    file = known(pdf)
    return file.pdf + stream(file.page) + file.trailer() + end(file.prev)


def body_in_a_comment(pdf: bytes) -> bytes:
    file = known(pdf)
    body = file.pdf + b"%\r" + stream(file.page).replace(b"\n", b" %", 1)
    return body + b"xref\n0 1\n0000000000 65535 f \n" + file.trailer() + end(len(body))


def root_twice(pdf: bytes) -> bytes:
    """A trailer with two catalogues: some readers take the first, others the last."""
    file, pages, page = known(pdf), known(pdf).size + 1, known(pdf).size + 2
    bodies = [
        b"%d 0 obj\n<< /Type /Catalog /Pages %d 0 R >>\nendobj\n" % (file.size, pages),
        b"%d 0 obj\n<< /Type /Pages /Count 1 /Kids [%d 0 R] >>\nendobj\n" % (pages, page),
        b"%d 0 obj\n<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R >>\nendobj\n"
        % (page, pages, page + 1),
        stream(page + 1),
    ]
    body, rows = file.pdf, b"xref\n%d 4\n" % file.size
    for each in bodies:
        rows += row(len(body))
        body += each
    second = b"/Root %d 0 R" % file.size
    return body + rows + file.trailer(size=file.size + 4, more=second) + end(len(body))


def other_catalogue(pdf: bytes) -> bytes:
    """A trailer with another catalogue."""
    pdf = root_twice(pdf)
    at = pdf.rindex(b"/Root", 0, pdf.rindex(b"/Root"))
    stop = pdf.index(b" R", at) + 2
    return pdf[:at] + b" " * (stop - at) + pdf[stop:]


def other_generation(pdf: bytes) -> bytes:
    """The content once more, as generation 1: readers that ignore generations show it."""
    file = known(pdf)
    body = file.pdf + stream(file.page, generation=1)
    rows = b"xref\n%d 1\n" % file.page + row(len(file.pdf), 1)
    return body + rows + file.trailer() + end(len(body))


def freed_content(pdf: bytes) -> bytes:
    """The content taken out of use, with a generation that counts for some readers only."""
    file = known(pdf)
    rows = b"xref\n%d 1\n0000000000 00000 f \n" % file.page
    return file.pdf + rows + file.trailer() + end(len(file.pdf))


def prev_with_escape(pdf: bytes) -> bytes:
    """/Prev written with an escape: who does not undo it finds a file of one revision, and repairs it."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    section = b"xref\n0 1\n0000000000 65535 f \n" + file.trailer(prev=b"/Pr#65v %d" % file.prev)
    return body + section + end(len(body))


def no_prev(pdf: bytes) -> bytes:
    """A revision that does not go on from the signed one."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    rows = b"xref\n%d 1\n" % file.page + row(len(file.pdf))
    return body + rows + file.trailer(prev=b"") + end(len(body))


def prev_to_itself(pdf: bytes) -> bytes:
    """A revision that names itself as the one before it."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    rows = b"xref\n%d 1\n" % file.page + row(len(file.pdf))
    return body + rows + file.trailer(prev=b"/Prev %d" % len(body)) + end(len(body))


def startxref_of_before(pdf: bytes) -> bytes:
    """A whole revision, but the end of the file names the signed section."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    rows = b"xref\n%d 1\n" % file.page + row(len(file.pdf))
    return body + rows + file.trailer() + end(file.prev)


def size_too_small(pdf: bytes) -> bytes:
    """A /Size that leaves out the page: some readers forget the objects beyond it."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    section = b"xref\n0 1\n0000000000 65535 f \n" + file.trailer(size=2)
    return body + section + end(len(body))


def _hidden_section(
    file: Known, number: int, kinds: tuple[tuple[int, int, int], ...], width: int = 1
) -> bytes:
    """A cross-reference stream (object `number`) with rows of number, type and offset."""
    rows = b"".join(
        kind.to_bytes(width, "big") + place.to_bytes(4, "big") + b"\0" for _, kind, place in kinds
    )
    index = b" ".join(b"%d 1" % each for each, _, _ in kinds)
    return (
        b"%d 0 obj\n<< /Type /XRef /Size %d /Root %s /Prev %d /W [%d 4 1] /Index [%s] /Length %d >>\n"
        % (
            number,
            file.size + 1,
            file.root,
            file.prev,
            width,
            index,
            len(rows),
        )
        + b"stream\n%s\nendstream\nendobj\n" % rows
    )


def stream_of_type(kind: int) -> Callable[[bytes], bytes]:
    """A cross-reference stream that gives the new content a type: 1 is in order, others nobody knows."""

    def attack(pdf: bytes) -> bytes:
        file = known(pdf)
        body = file.pdf + stream(file.page)
        rows = ((file.page, kind, len(file.pdf)), (file.size, 1, len(body)))
        return body + _hidden_section(file, file.size, rows) + end(len(body))

    attack.__name__ = f"stream_of_type_{kind}"
    return attack


def hybrid(pdf: bytes) -> bytes:
    """/XRefStm: new readers look for the content in a stream that old readers do not know of."""
    file = known(pdf)
    body = file.pdf + stream(file.page)
    start = len(body)
    body += _hidden_section(file, file.size, ((file.page, 1, len(file.pdf)),))
    section = b"xref\n0 1\n0000000000 65535 f \n"
    trailer = file.trailer(size=file.size + 1, more=b"/XRefStm %d" % start)
    return body + section + trailer + end(len(body))


def _packed(
    pdf: bytes,
    numbers: tuple[int, ...] | None = None,
    *,
    index: int = 0,
    more: bytes = b"",
    spare: bytes = b"",
    count: int = 1,
) -> bytes:
    """A revision with one object in an object stream, and whatever is odd about it."""
    file = known(pdf)
    fresh, container, section = file.size, file.size + 1, file.size + 2
    said = b"".join(b"%d 0 " % each for each in (numbers or (fresh,)))
    data = zlib.compress(said + b"(x)" + spare)
    extra = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode %s" % (count, len(said), more)
    body = file.pdf + stream(container, data, more=extra)
    rows = bytes([2]) + container.to_bytes(4, "big") + bytes([index])
    rows += bytes([1]) + len(file.pdf).to_bytes(4, "big") + b"\0"
    rows += bytes([1]) + len(body).to_bytes(4, "big") + b"\0"
    head = b"%d 0 obj\n<< /Type /XRef /Size %d /Root %s /Prev %d /W [1 4 1] /Index [%d 3] /Length %d >>\n" % (
        section,
        file.size + 3,
        file.root,
        file.prev,
        fresh,
        len(rows),
    )
    return body + head + b"stream\n%s\nendstream\nendobj\n" % rows + end(len(body))


def object_stream(pdf: bytes) -> bytes:
    """A revision whose only object lies in an object stream."""
    return _packed(pdf)


def packed_under_another_number(pdf: bytes) -> bytes:
    """The object stream calls its object the page's content; the section does not."""
    return _packed(pdf, (known(pdf).page,))


def packed_twice(pdf: bytes) -> bytes:
    """The object stream holds one object more than the section knows."""
    return _packed(pdf, (known(pdf).size, known(pdf).page), count=2)


def packed_elsewhere(pdf: bytes) -> bytes:
    """The section names a place that the object stream does not have."""
    return _packed(pdf, index=7)


def packed_and_extended(pdf: bytes) -> bytes:
    """The object stream goes on in another one."""
    return _packed(pdf, more=b"/Extends 1 0 R")


def packed_with_a_rest(pdf: bytes) -> bytes:
    """Something stands behind the only object."""
    return _packed(pdf, spare=b" 1 0 obj")


SPOILED_OBJECT_STREAMS = [
    packed_under_another_number,
    packed_twice,
    packed_elsewhere,
    packed_and_extended,
    packed_with_a_rest,
]

HONEST = [nothing_new, like_itext, like_signpdf, object_stream]
"""Revisions that say nothing, written as honest programs do."""
