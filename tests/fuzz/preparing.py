"""Documents that are prepared for an update, drawn by chance out of a grammar and written by the letter.

Each preparation is a function that alters a draft. What they have in common are the numbers that nobody
uses yet (`Draft.odd`): a document that names them, or has rows for them, waits for whoever fills them later.
"""

import random
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, stream
from tests.signer.prepared_samples import BASE, COVER, LOCKING, NINE, form

Row = tuple[int, int, int]
"""A row as in a stream: its kind (0 free, 1 in use, 2 packed) and two numbers."""
OTHER = stream(b"BT /F 20 Tf 100 600 Td (9.000.000) Tj ET 0 0 1 rg 300 400 90 90 re f")
ALTERED: dict[int, bytes] = {
    1: PLAIN[1].replace(b"2 0 R", b"77 0 R"),
    2: PLAIN[2].replace(b"595", b"400"),
    3: PLAIN[3].replace(b"/Parent", b"/Rotate 90 /Parent"),
    9: OTHER,
    10: NINE,
    11: COVER,
}
"""What the objects of the document say instead, once somebody finds them."""
_VALUE = rb"(?:\([^)]*\)|\[[^\]]*\]|\d+ \d+ R|<<(?:[^<>]|<<(?:[^<>]|<<[^<>]*>>)*>>)*>>|/?[\w.-]+)"
_INNER = re.compile(rb"(?<= )/[A-Z]\w*(?= ?(?:/|$))|<<.*>>|\[.*\]|\(.*\)", re.DOTALL)
"""What is no key of entries: names that are values, and what is within."""
_KEY = re.compile(rb"/(\w+) ")
CONTENT = b"BT /F 20 Tf 100 600 Td (5.000.000) Tj ET"


def having(text: bytes, entries: bytes) -> bytes:
    """An object with these entries in front of its others, of which those of the same keys are taken away."""
    for key in _KEY.findall(_INNER.sub(b"", entries)):
        text = re.sub(rb"/" + key + rb" " + _VALUE, b"", text, count=1)
    return text.replace(b"<<", b"<< " + entries + b" ", 1)


@dataclass
class Draft:
    """A document before it is signed."""

    chance: random.Random
    objects: dict[int, bytes] = field(default_factory=lambda: {**BASE, 9: stream(CONTENT)})
    older: dict[int, bytes] = field(default_factory=dict)
    """What a first section says of some objects, where there are two."""
    later: set[int] = field(default_factory=set)
    """Objects that only the second section has."""
    packed: set[int] = field(default_factory=set)
    rows: dict[int, Row] = field(default_factory=dict)
    """Rows that name no object of the document."""
    twice: dict[int, Row] = field(default_factory=dict)
    kind: str = "table"
    grouped: bool = True
    size: int = 0
    """How much more or less /Size says."""
    entries: bytes = b""
    """More entries of the trailer."""
    head: bytes = b"%PDF-1.7\n"
    extends: bytes = b""
    padding: bytes = b" "
    shuffled: bool = False
    generations: dict[int, int] = field(default_factory=dict)
    between: dict[int, bytes] = field(default_factory=dict)
    """Bytes in front of an object."""
    bent: list[tuple[bytes, bytes]] = field(default_factory=list)
    tail: bytes = b""
    chosen: list[str] = field(default_factory=list)

    def fresh(self) -> int:
        """A number for one more object of the document."""
        return max(self.objects) + 1

    def odd(self, chance: random.Random | None = None) -> int:
        """A number that nobody uses, or one that an update takes first."""
        chance = chance or self.chance
        return chance.choice((max(self.objects) + chance.choice((1, 2, 3, 4)), 90, 60, 61, 62, *self.rows))

    def any(self) -> int:
        """One of the objects, most likely one that is seen."""
        return self.chance.choice((1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 9, 10, 11, 12, *self.objects))

    def put(self, number: int, entry: bytes) -> None:
        """Put an entry in front of those of an object, most likely in the place of what it said."""
        if self.chance.randrange(8):
            self.objects[number] = having(self.objects[number], entry)
        else:
            self.objects[number] = self.objects[number].replace(b"<<", b"<< " + entry, 1)

    def swap(self, number: int, old: bytes, new: bytes) -> None:
        """Put one thing of an object in the place of another, if it is there."""
        self.objects[number] = self.objects[number].replace(old, new, 1)

    def reference(self) -> bytes:
        """Name what is there, what will be, or what is not there."""
        number = self.any() if self.chance.randrange(3) == 0 else self.odd()
        return b"%d %d R" % (number, self.chance.choice((0, 0, 0, 0, 1)))

    def sleeper(self) -> bytes:
        """Another version of an object, which no row names."""
        number = self.chance.choice(list(ALTERED))
        return b"\n%d 0 obj\n%s\nendobj\n" % (number, ALTERED[number])

    def written(self) -> bytes:
        """The document in one or two sections, with a signature that waits to be made."""
        pdf, previous = self.head, -1
        first = {**self.objects, **self.older}
        parts = [first]
        if self.older or self.later:
            for number in self.later:
                first.pop(number, None)
            parts.append(
                {each: self.objects[each] for each in {*self.older, *self.later} if each in self.objects}
            )
        for place, objects in enumerate(parts):
            more = self.rows if place == len(parts) - 1 else {}
            pdf, previous = self._section(pdf, objects, previous, more)
        pdf += self.tail
        for old, new in self.bent:
            pdf = pdf.replace(old, new, 1) if len(old) == len(new) else pdf
        return pdf

    def _section(
        self, pdf: bytes, objects: dict[int, bytes], previous: int, more: dict[int, Row]
    ) -> tuple[bytes, int]:
        rows: dict[int, Row] = dict(more)
        packed = {each for each in self.packed & objects.keys() if self._packs(objects[each])}
        packed = set() if self.kind == "table" else packed
        for number, text in objects.items():
            if number not in packed:
                pdf += self.between.get(number, b"")
                rows[number] = (1, len(pdf), self.generations.get(number, 0))
                pdf += b"%d %d obj\n%s\nendobj\n" % (number, rows[number][2], text)
        top = max([*self.objects, *rows]) + 1
        if packed:
            pack = max(self.objects) + 30 + (previous > 0)
            for place, number in enumerate(sorted(packed)):
                rows[number] = (2, pack, place)
            rows[pack] = (1, len(pdf), 0)
            pdf += b"%d 0 obj\n%s\nendobj\n" % (pack, self._pack(objects, sorted(packed)))
            top = max(top, pack + 1)
        return finished(
            pdf,
            rows,
            kind=self.kind,
            size=top,
            more=self.size,
            previous=previous,
            entries=self.entries,
            grouped=self.grouped,
            twice=self.twice,
        )

    @staticmethod
    def _packs(text: bytes) -> bool:
        return b"stream" not in text and b"/ByteRange" not in text

    def _pack(self, objects: dict[int, bytes], numbers: list[int]) -> bytes:
        places, body = {}, b""
        order = self.chance.sample(numbers, len(numbers)) if self.shuffled else numbers
        for number in order:
            places[number] = len(body)
            body += objects[number] + self.padding
        head = b" ".join(b"%d %d" % (each, places[each]) for each in numbers) + b"\n"
        entries = b"/Type /ObjStm /N %d /First %d " % (len(numbers), len(head)) + self.extends
        return stream(head + body, entries)


def finished(
    pdf: bytes,
    rows: dict[int, Row],
    *,
    kind: str,
    size: int,
    more: int = 0,
    previous: int = -1,
    entries: bytes = b"",
    grouped: bool = False,
    twice: dict[int, Row] | None = None,
) -> tuple[bytes, int]:
    """The file with a section that has these rows, and where it is."""
    said = b"/Root 1 0 R /Info 12 0 R " + (b"" if previous < 0 else b"/Prev %d " % previous) + entries
    if kind == "hybrid":
        hidden = {each: row for each, row in rows.items() if row[0] == 2}
        beside, start = _by_stream(pdf, hidden, size, more, b"/Root 1 0 R ", {})
        said += b" /XRefStm %d" % start
        plain = {each: row for each, row in rows.items() if row[0] != 2}
        pdf, start = _by_table(beside, plain, size + 1, more, said, grouped, twice or {}, previous < 0)
    elif kind == "table":
        pdf, start = _by_table(pdf, rows, size, more, said, grouped, twice or {}, previous < 0)
    else:
        pdf, start = _by_stream(pdf, rows, size, more, said, twice or {}, predicted=kind == "predicted")
    return pdf + b"startxref\n%d\n%%%%EOF\n" % start, start


def _by_table(  # noqa: PLR0917 - as above
    pdf: bytes,
    rows: dict[int, Row],
    size: int,
    more: int,
    said: bytes,
    grouped: bool,
    twice: dict[int, Row],
    is_first: bool,
) -> tuple[bytes, int]:
    start, text = len(pdf), b"xref\n"
    rows = {0: (0, 0, 65535), **rows} if is_first else rows
    runs: list[list[int]] = []
    for number in sorted(rows):
        if grouped and runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    for run in runs:
        text += b"%d %d\n" % (run[0], len(run)) + b"".join(_line(rows[each]) for each in run)
    for number, row in twice.items():
        text += b"%d 1\n" % number + _line(row)
    trailer = b"trailer\n<< /Size %d %s >>\n" % (size + more, said)
    return pdf + text + trailer, start


def _line(row: Row) -> bytes:
    kind, place, generation = row
    return b"%010d %05d %s \n" % (place, generation, b"f" if kind == 0 else b"n")


def _by_stream(  # noqa: PLR0917 - as above
    pdf: bytes,
    rows: dict[int, Row],
    size: int,
    more: int,
    said: bytes,
    twice: dict[int, Row],
    *,
    predicted: bool = False,
) -> tuple[bytes, int]:
    start = len(pdf)
    listed = [*sorted({**rows, size: (1, start, 0)}.items()), *twice.items()]
    index = b" ".join(b"%d 1" % number for number, _ in listed)
    packed = [struct.pack(">BIH", *row) for _, row in listed]
    entries = b"/Type /XRef /Size %d /W [1 4 2] /Index [%s] %s " % (size + 1 + more, index, said)
    data = b"".join(packed)
    if predicted:
        above = bytes(7)
        lines = b""
        for each in packed:
            lines += b"\2" + bytes((now - was) % 256 for now, was in zip(each, above, strict=True))
            above = each
        data = zlib.compress(lines)
        entries += b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 7 >> "
    return pdf + b"%d 0 obj\n%s\nendobj\n" % (size, stream(data, entries)), start


Preparation = Callable[[Draft], None]
PREPARATIONS: list[Preparation] = []


def preparation(made: Preparation) -> Preparation:
    """Take a function for one of the preparations."""
    PREPARATIONS.append(made)
    return made


def drafted(chance: random.Random) -> Draft:
    """A document with some preparations."""
    draft = Draft(chance)
    permission = chance.choice((b"", b"2", b"3", b"3"))
    if permission:
        draft.swap(8, b"/P 2", b"/P " + permission)
    else:
        draft.objects[8] = SIGNATURE
        draft.swap(1, b"/Perms << /DocMDP 8 0 R >>", b"")
    if chance.randrange(3):
        draft.swap(7, b"/Lock << /Type /SigFieldLock /Action /All /P 1 >>", b"")
    draft.chosen.append("P=" + permission.decode())
    for made in chance.sample(PREPARATIONS, chance.choice((1, 1, 2, 2, 3, 4))):
        made(draft)
        draft.chosen.append(made.__name__)
    return draft


# Tables and what they say.


@preparation
def by_kind(draft: Draft) -> None:
    draft.kind = draft.chance.choice(("stream", "predicted", "hybrid"))


@preparation
def packing(draft: Draft) -> None:
    draft.kind = draft.chance.choice(("stream", "stream", "hybrid"))
    draft.packed |= set(draft.chance.sample(sorted(draft.objects), draft.chance.randrange(1, 8)))
    if draft.chance.randrange(3) == 0:
        draft.padding = draft.chance.choice(
            (b"\n", b"  \n", b" %% 9 0 obj\n", b" null ", b"\0", draft.sleeper())
        )
    draft.shuffled = draft.chance.randrange(4) == 0
    draft.extends = draft.chance.choice((b"", b"", b"/Extends " + draft.reference()))


@preparation
def in_single_rows(draft: Draft) -> None:
    draft.grouped = False


@preparation
def in_two_sections(draft: Draft) -> None:
    draft.later |= {8}
    draft.older[6] = draft.objects[6].replace(b" /V 8 0 R", b"")
    for number in draft.chance.sample(sorted(ALTERED), draft.chance.randrange(3)):
        draft.older[number] = ALTERED[number]
    for _ in range(draft.chance.randrange(3)):
        draft.older[draft.odd()] = draft.chance.choice((OTHER, NINE, COVER, b"<< >>", b"null"))


@preparation
def with_free_rows(draft: Draft) -> None:
    for _ in range(draft.chance.randrange(1, 4)):
        row = (0, draft.chance.choice((0, 0, 13)), draft.chance.choice((0, 1, 7, 65535)))
        draft.rows[draft.chance.choice((draft.odd(), draft.fresh(), draft.fresh() + 5))] = row


@preparation
def with_rows_of_nothing(draft: Draft) -> None:
    for _ in range(draft.chance.randrange(1, 3)):
        place = draft.chance.choice((0, 9, 1, 100, 500, 20000, 99999, 10**9))
        draft.rows[draft.chance.choice((draft.odd(), draft.fresh()))] = (
            1,
            place,
            draft.chance.choice((0, 0, 1)),
        )


@preparation
def with_rows_twice(draft: Draft) -> None:
    number = draft.any()
    draft.twice[number] = (
        draft.chance.choice((0, 1)),
        draft.chance.choice((0, 9, 100)),
        draft.chance.choice((0, 1)),
    )


@preparation
def of_another_size(draft: Draft) -> None:
    draft.size = draft.chance.choice((-5, -1, 1, 2, 3, 40, 100))


@preparation
def with_an_odd_trailer(draft: Draft) -> None:
    chance = draft.chance
    draft.entries += chance.choice((
        b"/ID [<00> <00>] ",
        b"/Root %s " % draft.reference(),
        b"/Info %s " % draft.reference(),
        b"/XRefStm %d " % chance.choice((0, 9, 100)),
        b"/Prev 0 ",
        b"/Encrypt null ",
        b"/Size 13 ",
        b"/Xx %s " % draft.reference(),
        b"%% startxref 9\n",
        b"/Xx (startxref\n9\n%%EOF\n) ",
    ))  # fmt: skip


@preparation
def with_a_tail(draft: Draft) -> None:
    draft.tail = draft.chance.choice(
        (b"\n", b"\r\n\r\n", b"%%EOF\n", b"% x\n", b"\0", draft.sleeper(), b" " * 1100)
    )


@preparation
def with_an_odd_head(draft: Draft) -> None:
    draft.head = draft.chance.choice((
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n",
        b"%PDF-2.0\r\n",
        b"%PDF-1.5 \n",
        b"%PDF-1.7\n%" + draft.sleeper().replace(b"\n", b" ") + b"\n",
        b"%PDF-1.7" + draft.sleeper(),
        b"%PDF-1.3\n",
    ))  # fmt: skip


# What is hidden.


@preparation
def hidden_between(draft: Draft) -> None:
    number = draft.chance.choice(sorted(draft.objects))
    sleeping = draft.sleeper()
    draft.between[number] = draft.chance.choice(
        (sleeping, b"%" + sleeping.replace(b"\n", b" ") + b"\n", b"% x\n", b"\n \n")
    )


@preparation
def hidden_in_a_stream(draft: Draft) -> None:
    sleeping = draft.sleeper().replace(b"endstream", b"endstre#61m")
    if draft.chance.randrange(2):
        sleeping = draft.sleeper()
    made = stream(
        sleeping, draft.chance.choice((b"", b"/Type /Metadata /Subtype /XML", b"/Type /EmbeddedFile"))
    )
    number = draft.fresh()
    draft.objects[number] = made
    if draft.chance.randrange(2):
        draft.put(draft.chance.choice((1, 12, 3)), b"/Xx %d 0 R " % number)


@preparation
def hidden_in_a_string(draft: Draft) -> None:
    sleeping = draft.sleeper()
    text = b"(" + re.sub(rb"([()\\])", rb"\\\1", sleeping) + b")"
    draft.put(
        draft.any(), b"/Xx " + draft.chance.choice((text, b"<" + sleeping.hex().encode() + b">")) + b" "
    )


@preparation
def hidden_in_a_comment(draft: Draft) -> None:
    sleeping = draft.sleeper().replace(b"\n", b" ")
    draft.put(draft.any(), b"%" + sleeping + b"\n")


@preparation
def hidden_in_the_content(draft: Draft) -> None:
    draft.objects[9] = stream(CONTENT + b"\n%" + draft.sleeper().replace(b"\n", b" "))


# What waits to be named, and what is named.


@preparation
def naming_something(draft: Draft) -> None:
    for _ in range(draft.chance.randrange(1, 3)):
        draft.put(draft.any(), b"/Xx%d %s " % (draft.chance.randrange(3), draft.reference()))


@preparation
def drawing_what_comes(draft: Draft) -> None:
    """The page draws with a name that may come to be something."""
    draft.objects[9] = stream(
        draft.chance.choice((CONTENT + b" /X Do", CONTENT.replace(b"/F", b"/G"), CONTENT))
    )
    number = draft.chance.choice((draft.odd(), 5, 7, 8, 11, 12, draft.fresh()))
    named = draft.chance.choice((
        b"/XObject << /X %d 0 R >>" % number,
        b"/XObject %d 0 R" % number,
        b"/Font << /F 10 0 R /G %d 0 R >>" % number,
        b"/ExtGState << /X %d 0 R >>" % number,
        b"/Properties << /X %d 0 R >>" % number,
    ))  # fmt: skip
    draft.swap(3, b"/Font << /F 10 0 R >>", b"/Font << /F 10 0 R >> " + named)


@preparation
def with_odd_contents(draft: Draft) -> None:
    number = draft.fresh()
    draft.objects[number] = draft.chance.choice((b"[9 0 R]", b"[9 0 R %s]" % draft.reference(), OTHER))
    draft.swap(3, b"/Contents 9 0 R", draft.chance.choice((
        b"/Contents [9 0 R]",
        b"/Contents [%s 9 0 R]" % draft.reference(),
        b"/Contents [9 0 R %s]" % draft.reference(),
        b"/Contents %d 0 R" % number,
        b"/Contents 9 0 R /Contents %s" % draft.reference(),
        b"/Contents %s /#43ontents 9 0 R" % draft.reference(),
    )))  # fmt: skip


@preparation
def with_odd_annotations(draft: Draft) -> None:
    number = draft.fresh()
    draft.objects[number] = draft.chance.choice(
        (b"[5 0 R 6 0 R 7 0 R]", b"[5 0 R 6 0 R 7 0 R %s]" % draft.reference())
    )
    draft.swap(3, b"/Annots [5 0 R 6 0 R 7 0 R]", draft.chance.choice((
        b"/Annots %d 0 R" % number,
        b"/Annots [5 0 R 6 0 R 7 0 R %s]" % draft.reference(),
        b"/Annots [5 0 R 6 0 R 7 0 R null]",
        b"/Annots [5 0 R 6 0 R 7 0 R << /Subtype /Square /Rect [9 9 99 99] /C [1 0 0] >>]",
        b"/Annots [5 0 R 5 0 R 6 0 R 7 0 R]",
        b"/Annots [5 0 R 6 0 R]",
        b"/Annots [6 0 R 7 0 R]",
        b"/Annots %s" % draft.reference(),
    )))  # fmt: skip


@preparation
def with_odd_fields(draft: Draft) -> None:
    number = draft.fresh()
    draft.objects[number] = b"[5 0 R 6 0 R 7 0 R]"
    draft.swap(4, b"/Fields [5 0 R 6 0 R 7 0 R]", draft.chance.choice((
        b"/Fields %d 0 R" % number,
        b"/Fields [5 0 R 6 0 R 7 0 R %s]" % draft.reference(),
        b"/Fields [5 0 R 6 0 R]",
        b"/Fields [6 0 R 7 0 R]",
        b"/Fields [5 0 R 6 0 R 7 0 R 9 0 R]",
        b"/Fields [5 0 R 6 0 R 7 0 R << /T (x) /FT /Tx >>]",
    )))  # fmt: skip


@preparation
def with_shared_objects(draft: Draft) -> None:
    chance = draft.chance
    number = draft.fresh()
    match chance.randrange(6):
        case 0:  # the look of the number is drawn by the page
            draft.swap(3, b"/Font <<", b"/XObject << /X 11 0 R >> /Font <<")
            draft.objects[9] = stream(CONTENT + b" /X Do")
        case 1:  # /AP by reference
            draft.objects[number] = b"<< /N 11 0 R >>"
            draft.swap(5, b"<< /N 11 0 R >>", b"%d 0 R" % number)
            draft.swap(6, b"<< /N 11 0 R >>", b"%d 0 R" % number)
        case 2:  # the properties are the resources
            draft.objects[12] = b"<< /Producer (by hand) /Font << /F 10 0 R >> >>"
            draft.swap(3, b"<< /Font << /F 10 0 R >> >>", b"12 0 R")
        case 3:  # the metadata are the content
            draft.put(1, b"/Metadata 9 0 R ")
            draft.put(9, b"/Type /Metadata /Subtype /XML ")
        case 4:  # the store is the resources
            draft.objects[number] = b"<< /Font << /F 10 0 R >> /Certs [] >>"
            draft.put(1, b"/DSS %d 0 R " % number)
            draft.swap(3, b"<< /Font << /F 10 0 R >> >>", b"%d 0 R" % number)
        case _:  # the resources of the form are those of the page
            draft.objects[number] = b"<< /Font << /F 10 0 R >> >>"
            for each in (3, 4):
                draft.swap(each, b"<< /Font << /F 10 0 R >> >>", b"%d 0 R" % number)


# Pages.


@preparation
def with_two_pages(draft: Draft) -> None:
    number = draft.fresh()
    listed = draft.chance.choice(
        (b"", b"/Annots [5 0 R]", b"/Annots [7 0 R]", b"/Annots [%s]" % draft.reference())
    )
    page = PLAIN[3].replace(b"/Annots [5 0 R 6 0 R 7 0 R]", listed)
    draft.objects[number] = page
    draft.swap(2, b"/Count 1 /Kids [3 0 R]", b"/Count 2 /Kids [3 0 R %d 0 R]" % number)


@preparation
def with_an_odd_tree(draft: Draft) -> None:
    number = draft.fresh()
    draft.objects[number] = b"<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [3 0 R] /Rotate 90 >>"
    old, new = draft.chance.choice((
        (b"/Kids [3 0 R]", b"/Kids [3 0 R %s]" % draft.reference()),
        (b"/Kids [3 0 R]", b"/Kids [%s 3 0 R]" % draft.reference()),
        (b"/Kids [3 0 R]", b"/Kids [%d 0 R]" % number),
        (b"/Kids [3 0 R]", b"/Kids [3 0 R 3 0 R]"),
        (b"/Count 1", b"/Count 2"),
        (b"/Count 1", b"/Count 0"),
        (b"/Count 1", b"/Count %s" % draft.reference()),
        (b"/Type /Pages", b""),
        (b"/MediaBox [0 0 595 842]", b""),
        (b"/MediaBox [0 0 595 842]", b"/MediaBox %s" % draft.reference()),
    ))  # fmt: skip
    draft.swap(2, old, new)


@preparation
def with_an_odd_page(draft: Draft) -> None:
    number = draft.fresh()
    draft.objects[number] = draft.chance.choice(
        (b"[0 0 595 842]", b"0", b"90", b"<< /Font << /F 10 0 R >> >>")
    )
    old, new = draft.chance.choice((
        (b"/Parent 2 0 R", b""),
        (b"/Parent 2 0 R", b"/Parent %s" % draft.reference()),
        (b"/Parent 2 0 R", b"/Parent 2 0 R /Rotate %d 0 R" % number),
        (b"/Parent 2 0 R", b"/Parent 2 0 R /CropBox %d 0 R" % number),
        (b"/Parent 2 0 R", b"/Parent 2 0 R /CropBox %s" % draft.reference()),
        (b"/Parent 2 0 R", b"/Parent 2 0 R /MediaBox [0 0 595 842] /UserUnit 1.0"),
        (b"/Parent 2 0 R", b"/Parent 2 0 R /Group << /S /Transparency /CS %s >>" % draft.reference()),
        (b"/Parent 2 0 R", b"/Parent 2 0 R /Tabs /S /StructParents 0 /Metadata %s" % draft.reference()),
        (b"/Type /Page", b""),
        (b"/Type /Page", b"/Type /Page /Type /Template"),
        (b"/Resources << /Font << /F 10 0 R >> >>", b""),
        (b"<< /Font << /F 10 0 R >> >>", b"%d 0 R" % number),
        (b"/Font << /F 10 0 R >>", b"/Font << /F 10 0 R /F %s >>" % draft.reference()),
    ))  # fmt: skip
    draft.swap(3, old, new)
    if b"/Resources" not in draft.objects[3] or draft.chance.randrange(4) == 0:
        draft.put(2, b"/Resources << /Font << /F 10 0 R >> >> ")


# The form, its fields, and annotations.

_WIDGET = (
    b"/MK << /BG [1 1 0] >> ",
    b"/MK << /BG [1 0 0] /BC [0 0 1] /CA (9.000.000) >> ",
    b"/Border [0 0 9] ",
    b"/BS << /W 9 /S /B >> ",
    b"/F 2 ",
    b"/F 0 ",
    b"/F 32 ",
    b"/F 36 ",
    b"/AS /On ",
    b"/AS /N ",
    b"/H /P ",
    b"/Q 2 ",
    b"/DA (/G 30 Tf 1 0 0 rg) ",
    b"/MaxLen 3 ",
    b"/Ff 4096 ",
    b"/Ff 16777216 /MaxLen 4 ",
    b"/DV (9) ",
    b"/RV (<p>9</p>) ",
    b"/Rect [0 0 595 842] ",
    b"/Rect [200 720 100 700] ",
    b"/AP << >> ",
    b"/AP null ",
    b"/Subtype /Stamp ",
    b"/Kids [] ",
    b"/P null ",
    b"/OC << /Type /OCG /Name (x) >> ",
    b"/Matrix [9 0 0 9 0 0] ",
    b"/C [1 0 0] /CA 0.5 ",
    b"/A << /S /JavaScript /JS (1) >> ",
    b"/StructParent 0 ",
)


@preparation
def with_an_odd_widget(draft: Draft) -> None:
    for _ in range(draft.chance.randrange(1, 3)):
        draft.put(draft.chance.choice((5, 5, 6, 7, 7)), draft.chance.choice(_WIDGET))


@preparation
def without_an_entry(draft: Draft) -> None:
    number, entry = draft.chance.choice((
        (5, b"/AP << /N 11 0 R >>"),
        (6, b"/AP << /N 11 0 R >>"),
        (5, b"/Rect [100 700 200 720]"),
        (7, b"/Rect [100 100 200 150]"),
        (5, b"/P 3 0 R"),
        (7, b"/P 3 0 R"),
        (7, b"/F 4"),
        (5, b"/DA (/F 12 Tf 0 g)"),
        (4, b"/DA (/F 12 Tf 0 g)"),
        (4, b"/DR << /Font << /F 10 0 R >> >>"),
        (4, b"/SigFlags 3"),
        (11, b"/BBox [0 0 100 20]"),
        (11, b"/Type /XObject"),
        (7, b"/Subtype /Widget"),
        (5, b"/Type /Annot"),
    ))  # fmt: skip
    draft.swap(number, entry, b"")


@preparation
def with_an_odd_look(draft: Draft) -> None:
    number = draft.fresh()
    draft.objects[number] = draft.chance.choice(
        (form(CONTENT), COVER, OTHER, b"<< /On 11 0 R /Off 11 0 R >>", b"null")
    )
    which = draft.chance.choice((5, 6, 7))
    look = draft.chance.choice((
        b"/AP << /N %d 0 R >> " % number,
        b"/AP << /N %s >> " % draft.reference(),
        b"/AP << /N << /On 11 0 R /Off %d 0 R >> >> /AS /Off " % number,
        b"/AP << /N 11 0 R /R %d 0 R /D %s >> " % (number, draft.reference()),
        b"/AP << /D %d 0 R >> " % number,
        b"/AP %s " % draft.reference(),
    ))  # fmt: skip
    draft.swap(which, b"/AP << /N 11 0 R >>", b"")
    draft.put(which, look)


@preparation
def with_an_odd_form_of_the_look(draft: Draft) -> None:
    draft.put(11, draft.chance.choice((
        b"/Matrix [3 0 0 3 0 0] ",
        b"/Resources << /Font << /F 10 0 R /F %s >> >> " % draft.reference(),
        b"/Resources %s " % draft.reference(),
        b"/Group << /S /Transparency >> ",
        b"/Filter [] ",
        b"/OC %s " % draft.reference(),
        b"/BBox [0 0 9 9] ",
    )))  # fmt: skip


@preparation
def with_inheritance(draft: Draft) -> None:
    number = draft.fresh()
    which = draft.chance.choice((5, 7))
    draft.objects[number] = b"<< /T (above) /Kids [%d 0 R] %s >>" % (
        which,
        draft.chance.choice(
            (b"", b"/FT /Tx", b"/V (9)", b"/DA (/F 30 Tf 0 g)", b"/Ff 1", b"/MK << /BG [1 0 0] >>")
        ),
    )
    draft.put(which, b"/Parent %d 0 R " % number)
    draft.swap(4, b"[5 0 R 6 0 R 7 0 R]", b"[5 0 R 6 0 R 7 0 R]".replace(b"%d 0" % which, b"%d 0" % number))


@preparation
def with_widgets_below(draft: Draft) -> None:
    number, which = draft.fresh(), draft.chance.choice((5, 7))
    widget = b"<< /Type /Annot /Subtype /Widget /F 4 /Parent %d 0 R /Rect [%s] %s>>" % (
        which,
        draft.chance.choice((b"300 300 400 340", b"0 0 0 0", b"100 700 200 720")),
        draft.chance.choice((b"", b"/AP << /N 11 0 R >> ", b"/MK << /BG [1 0 0] >> ", b"/T (x) /FT /Tx ")),
    )
    draft.objects[number] = widget
    draft.swap(3, b"7 0 R]", b"7 0 R %d 0 R]" % number)
    if draft.chance.randrange(2):
        draft.put(which, b"/Kids [%d 0 R] " % number)


_ANNOTATIONS = (
    b"/Subtype /FreeText /Contents (5.000.000) /DA (/F 20 Tf 0 g)",
    b"/Subtype /FreeText /Contents (5.000.000)",
    b"/Subtype /Square /C [1 0 0] /IC [0 1 0]",
    b"/Subtype /Stamp /Name /Approved",
    b"/Subtype /Stamp /AP << /N 11 0 R >>",
    b"/Subtype /Link /Border [0 0 3] /C [0 0 1]",
    b"/Subtype /Text /Name /Note /Contents (x)",
    b"/Subtype /Popup /Parent 5 0 R /Open true",
    b"/Subtype /Highlight /C [1 1 0] /QuadPoints [100 620 300 620 100 600 300 600]",
    b"/Subtype /Widget /FT /Btn /T (box) /AS /On /AP << /N << /On 11 0 R >> >>",
    b"/Subtype /Widget /FT /Btn /T (push) /Ff 65536 /MK << /CA (5.000.000) /BG [0.8 0.8 0.8] >>",
    b"/Subtype /Widget /FT /Ch /T (list) /Ff 131072 /Opt [(5) (9)] /V (5) /DA (/F 20 Tf 0 g)",
    b"/Subtype /Widget /FT /Tx /T (other) /V (5.000.000) /DA (/F 20 Tf 0 g)",
    b"/Subtype /Widget /FT /Tx /T (other) /V (5.000.000)",
    b"/Subtype /Widget /FT /Sig /T (third)",
    b"/Subtype /Widget /FT /Tx /T (number) /V (5) /DA (/F 20 Tf 0 g)",
    b"/Subtype /Ink /InkList [[300 300 400 400]] /C [1 0 0]",
    b"/Subtype /Watermark /AP << /N 11 0 R >>",
    b"/Subtype /Redact /OverlayText (9) /DA (/F 20 Tf 0 g)",
)


@preparation
def with_an_annotation(draft: Draft) -> None:
    number = draft.fresh()
    made = draft.chance.choice(_ANNOTATIONS)
    more = draft.chance.choice(
        (b"", b"", b"/AP << /N %s >>" % draft.reference(), b"/P 3 0 R", b"/OC %s" % draft.reference())
    )
    draft.objects[number] = b"<< /Type /Annot /F 4 /Rect [90 560 400 590] %s %s >>" % (made, more)
    draft.swap(3, b"7 0 R]", b"7 0 R %d 0 R]" % number)
    if b"/T " in made and draft.chance.randrange(2):
        draft.swap(4, b"7 0 R]", b"7 0 R %d 0 R]" % number)


@preparation
def with_an_odd_form(draft: Draft) -> None:
    draft.put(4, draft.chance.choice((
        b"/NeedAppearances true ",
        b"/NeedAppearances false ",
        b"/NeedAppearances 1 ",
        b"/NeedAppearances %s " % draft.reference(),
        b"/XFA [] ",
        b"/XFA %s " % draft.reference(),
        b"/Q 2 ",
        b"/CO [5 0 R] ",
        b"/SigFlags 1 ",
        b"/DA (/G 20 Tf 1 0 0 rg) ",
        b"/DR << /Font << /F 10 0 R /G %s >> >> " % draft.reference(),
        b"/DR %s " % draft.reference(),
        b"/AcroForm 4 0 R ",
    )))  # fmt: skip


@preparation
def with_an_odd_catalogue(draft: Draft) -> None:
    number = draft.fresh()
    draft.objects[number] = draft.chance.choice(
        (b"<< /Type /OCG /Name (x) >>", b"<< >>", PLAIN[4], PLAIN[2], stream(b""))
    )
    here = b"%d 0 R" % draft.chance.choice((number, number, draft.odd()))
    draft.put(1, draft.chance.choice((
        b"/OCProperties << /OCGs [%s] /D << /OFF [%s] >> >> " % (here, here),
        b"/OCProperties << /OCGs [%s] /D << /ON [%s] /Order [] >> >> " % (here, here),
        b"/Metadata %s " % here,
        b"/DSS %s " % here,
        b"/DSS << /Certs [%s] >> " % here,
        b"/DSS << /VRI << /%s %s >> >> " % (b"0F" * 20, here),
        b"/Extensions << /ADBE << /BaseVersion /1.7 /ExtensionLevel 8 >> >> ",
        b"/Extensions %s " % here,
        b"/StructTreeRoot %s " % here,
        b"/Names %s " % here,
        b"/PageLabels %s " % here,
        b"/AcroForm %s " % here,
        b"/Pages %s " % here,
        b"/Outlines %s " % here,
        b"/Collection << >> ",
        b"/OpenAction [3 0 R /Fit] ",
        b"/Version /1.4 ",
        b"/Perms << /UR3 %s >> " % here,
        b"/ViewerPreferences %s " % here,
    )))  # fmt: skip


@preparation
def with_a_layer(draft: Draft) -> None:
    number = draft.fresh()
    draft.objects[number] = b"<< /Type /OCG /Name (x) %s >>" % draft.chance.choice(
        (b"", b"/Usage %s" % draft.reference())
    )
    state = draft.chance.choice(
        (b"/OFF [%d 0 R]" % number, b"/ON [%d 0 R]" % number, b"/OFF %s" % draft.reference())
    )
    draft.put(1, b"/OCProperties << /OCGs [%d 0 R] /D << %s >> >> " % (number, state))
    draft.swap(3, b"/Font <<", b"/Properties << /L %d 0 R >> /Font <<" % number)
    draft.objects[9] = stream(b"/OC /L BDC " + CONTENT + b" EMC")


# How things are spelled.


@preparation
def with_an_odd_stream(draft: Draft) -> None:
    number = draft.chance.choice((9, 11))
    text = draft.objects[number]
    head, _, rest = text.partition(b"stream\n")
    data = rest.rpartition(b"\nendstream")[0]
    packed, length = zlib.compress(data), draft.fresh()
    head = re.sub(rb"/Length \d+", b"", head)
    filtered = draft.chance.choice((
        (packed, b"/Filter /FlateDecode"),
        (packed, b"/Filter [/FlateDecode] /DecodeParms [null]"),
        (packed, b"/Filter /FlateDecode /DecodeParms << /Predictor 1 >>"),
        (packed, b"/Filter /FlateDecode /DecodeParms %s" % draft.reference()),
        (data.hex().encode() + b">", b"/Filter /ASCIIHexDecode"),
        (packed.hex().encode() + b">", b"/Filter [/ASCIIHexDecode /FlateDecode]"),
        (packed, b"/Filter /Fl"),
        (packed, b"/F /FlateDecode /Filter /FlateDecode"),
        (data, b"/Filter null"),
        (data, b"/Filter %s" % draft.reference()),
        (data, b""),
    ))  # fmt: skip
    data, said = filtered
    lengths = (
        b"%d" % len(data),
        b"%d" % len(data),
        b"%d" % (len(data) - 3),
        b"%d" % (len(data) + 4),
        b"%d 0 R" % length,
    )
    said += b" /Length " + draft.chance.choice((*lengths, b"%d 0 R" % length, draft.reference()))
    draft.objects[length] = b"%d" % len(data)
    end = draft.chance.choice((b"\nendstream", b"endstream", b"\r\nendstream"))
    draft.objects[number] = head.replace(b"<<", b"<< " + said + b" ", 1) + b"stream\n" + data + end


@preparation
def spelled_oddly(draft: Draft) -> None:
    number = draft.any()
    text = draft.objects[number]
    if b"/ByteRange" in text:
        return
    head, found, rest = text.partition(b"stream\n")
    old, new = draft.chance.choice((
        (b" /", b"\r\n/"),
        (b" /", b"%x\n/"),
        (b" /", b"\0/"),
        (b"/Type", b"/#54ype"),
        (b"/F ", b"/#46 "),
        (b" 0 R", b"\n0\tR"),
        (b" 0 R", b" 00000 R"),
        (b" 0 R", b" %x\n0 R"),
        (b"<<", b"<< "),
        (b">>", b" >>"),
        (b"/Annots", b"/#41nnots"),
        (b"/Contents", b"/#43ontents"),
        (b"/Rect [", b"/Rect [0."),
        (b"/Parent", b"/Parent null /Parent"),
    ))  # fmt: skip
    draft.objects[number] = head.replace(old, new) + found + rest


@preparation
def said_twice(draft: Draft) -> None:
    """A key that stands twice: readers take the first, or the last."""
    number = draft.chance.choice((1, 2, 3, 4, 5, 7))
    keys = re.findall(
        rb"/(?:Pages|AcroForm|Kids|Contents|Annots|Fields|DR|AP|Rect|Resources)", draft.objects[number]
    )
    if keys:
        key, value = (
            draft.chance.choice(keys),
            draft.chance.choice((draft.reference(), b"null", b"[]", b"<< >>")),
        )
        draft.put(number, key + b" " + value + b" ")


@preparation
def of_another_generation(draft: Draft) -> None:
    for number in draft.chance.sample((9, 10, 11, 12, 5, 3), draft.chance.randrange(1, 3)):
        for each in draft.objects:
            draft.objects[each] = draft.objects[each].replace(b"%d 0 R" % number, b"%d 1 R" % number)
        draft.generations[number] = draft.chance.choice((0, 1, 1))


@preparation
def with_locks(draft: Draft) -> None:
    draft.objects[8] = draft.chance.choice(
        (LOCKING, LOCKING.replace(b"/Action /All", b"/Action /Include /Fields [(number)]"))
    )
    draft.swap(1, b"/Perms << /DocMDP 8 0 R >>", b"")


@preparation
def with_more_objects(draft: Draft) -> None:
    for _ in range(draft.chance.randrange(1, 4)):
        made = draft.chance.choice(
            (NINE, COVER, OTHER, b"<< >>", b"[]", b"null", b"0", b"(x)", FIELD + b"/Sig /T (x) >>")
        )
        draft.objects[draft.fresh() + draft.chance.randrange(3)] = made


@preparation
def with_an_older_seal(draft: Draft) -> None:
    """A field that will wait is a signature that was taken away."""
    draft.put(7, draft.chance.choice((b"/V null ", b"/V %s " % draft.reference(), b"/V << >> ")))
