"""What follows a signature, drawn by chance: what anybody can append without the key, honest or not."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.fuzz.preparing import CONTENT, OTHER, Draft, Row, finished, having
from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, stream
from tests.signer.prepared_samples import COVER, LOCKING, NINE, form

STAMP = SIGNATURE.replace(b"/Type /Sig ", b"/Type /DocTimeStamp ").replace(
    b"ETSI.CAdES.detached", b"ETSI.RFC3161"
)
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta><?xpacket end="w"?>'
)
DRAWING = b"/Resources << /XObject << /X 11 0 R >> >>"
BORDER = b"1 0 0 RG 2 2 96 46 re S"
_LISTED = re.compile(rb"/(Annots|Fields) (?:(\d+) 0 R|\[([^\]]*)\])")


@dataclass
class Follow:
    """A revision that is being made."""

    chance: random.Random
    current: dict[int, bytes]
    """What the document says so far, by numbers; here and there an update says it anew."""
    free: int
    odd: Callable[[], int]
    objects: dict[int, bytes] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    generations: Mapping[int, int] = field(default_factory=dict)
    waiting: bytes = b""
    """The signature that the revision brings along, if it does."""
    marks: list[tuple[float, float, float, float]] = field(default_factory=list)
    """Where there are remarks, which the report tells."""
    chosen: list[str] = field(default_factory=list)

    def number(self) -> int:
        """A number for a new object: the next one, or one for which the document waits."""
        if self.chance.randrange(3) == 0:
            number = self.odd()
            if number not in self.current and number not in self.objects:
                return number
        while self.free in self.current or self.free in self.objects:
            self.free += 1
        return self.free

    def new(self, text: bytes) -> int:
        """Put a new object into the revision."""
        number = self.number()
        self.objects[number] = text
        return number

    def says(self, number: int) -> bytes:
        return self.objects.get(number, self.current.get(number, b"null"))

    def lists(self, holder: int, name: int) -> None:
        """Name an object in a list of annotations or fields."""
        text = self.says(holder)
        found = _LISTED.search(text)
        if found is None:
            return
        if found[2]:
            there = int(found[2])
            self.objects[there] = self.says(there).replace(b"]", b" %d 0 R]" % name, 1)
        else:
            self.objects[holder] = text[: found.end() - 1] + b" %d 0 R" % name + text[found.end() - 1 :]

    def look(self, data: bytes, box: bytes) -> bytes:
        """What a field shows now; by chance it is an odd one."""
        if self.chance.randrange(4):
            return b"/AP << /N %d 0 R >>" % self.new(form(data, box))
        odd = self.chance.choice((
            form(data, b"-900 -900 900 900"),
            form(b"1 0 0 rg -500 -500 2000 2000 re f", box),
            stream(data, b"/Subtype /Form /BBox [%s] /Matrix [2 0 0 2 -9 -9]" % box),
            stream(data, b"/Subtype /Form"),
            stream(data, b"/Subtype /Form /BBox [%s] /Resources << /Font << /F 10 0 R >> >>" % box),
            stream(data + b" /X Do", b"/Subtype /Form /BBox [%s]" % box + DRAWING),
            stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 0 0]"),
            stream(data, b"/Subtype /Image /BBox [%s]" % box),
            NINE,
        ))  # fmt: skip
        number = self.new(odd)
        return self.chance.choice((
            b"/AP << /N %d 0 R >>" % number,
            b"/AP << /N %d 0 R >>" % number,
            b"/AP << /N %d 0 R /D %d 0 R >>" % (number, number),
            b"/AP %d 0 R" % self.new(b"<< /N %d 0 R >>" % number),
            b"/AP << /N << /On %d 0 R >> >> /AS /On" % number,
            b"",
        ))  # fmt: skip


Update = Callable[[Follow], None]
UPDATES: list[Update] = []


def update(made: Update) -> Update:
    """Take a function for one of the updates."""
    UPDATES.append(made)
    return made


def following(
    draft: Draft, signed: bytes, current: dict[int, bytes], chance: random.Random
) -> tuple[bytes, Follow]:
    """The document with one more revision, whose signature is not made yet."""
    sizes = [int(each) for each in re.findall(rb"/Size (\d+)", signed) if len(each) < 6]
    follow = Follow(
        chance,
        current,
        max([*sizes, max(current) + 1]),
        lambda: draft.odd(chance),
        generations=draft.generations,
    )
    likely = [each for each in UPDATES if each is not freeing or chance.randrange(4) == 0]
    for made in chance.sample(likely, min(len(likely), chance.choice((1, 1, 1, 2, 3)))):
        made(follow)
        follow.chosen.append(made.__name__)
    rows, pdf = dict(follow.rows), signed
    for number, text in sorted(follow.objects.items()):
        rows[number] = (1, len(pdf), follow.generations.get(number, 0))
        pdf += b"%d %d obj\n%s\nendobj\n" % (number, rows[number][2], text)
    kind = draft.kind if chance.randrange(4) else chance.choice(("table", "stream", "predicted"))
    kind = "table" if kind == "hybrid" else kind
    previous = int(signed[signed.rfind(b"startxref") :].split()[1])
    size = max([*sizes, *rows]) + (0 if sizes and max(sizes) > max(rows, default=0) else 1)
    grouped = chance.randrange(2) == 0
    pdf, _ = finished(pdf, rows, kind=kind, size=size, previous=previous, grouped=grouped)
    follow.chosen.append(kind)
    current.update(follow.objects)
    return pdf, follow


@update
def filling(follow: Follow) -> None:
    """Fill in the number, honestly or with some oddity."""
    text = follow.says(5)
    more = follow.chance.choice(
        (b"", b"", b"/Ff 1 ", b"/F 4 ", b"/DA (/F 12 Tf 0 g) ", b"/Q 1 ", b"/MK << >> ")
    )
    look = b""
    if follow.chance.randrange(5):
        text = re.sub(rb"/AP (?:<<[^<>]*>>|\d+ 0 R|null)|/AS /\w+", b"", text)
        look = follow.look(b"BT /F 12 Tf 2 2 Td (05) Tj ET", b"0 0 100 20")
    value = follow.chance.choice((b"(05)", b"(05)", b"(5.000.000 nine)", b"<FEFF0035>", b"()"))
    follow.objects[5] = having(having(having(text, b"/V " + value), more), look)


def _signature(follow: Follow) -> bytes:
    return follow.chance.choice((SIGNATURE, LOCKING, SIGNATURE))


@update
def sealing(follow: Follow) -> None:
    """Sign the field that waits."""
    if follow.waiting:
        return
    follow.waiting = _signature(follow)
    text = re.sub(rb"/V (?:null|<< >>|\d+ \d R)", b"", follow.says(7))
    look = follow.look(BORDER, b"0 0 100 50") if follow.chance.randrange(6) else b""
    if look:
        text = re.sub(rb"/AP (?:<<[^<>]*>>|\d+ 0 R|null)", b"", text)
    follow.objects[7] = having(having(text, b"/V %d 0 R" % follow.new(follow.waiting)), look)


@update
def signing_anew(follow: Follow) -> None:
    """Sign a new field."""
    if follow.waiting:
        return
    follow.waiting = _signature(follow)
    value = follow.new(follow.waiting)
    look = follow.look(BORDER, b"0 0 100 50") if follow.chance.randrange(4) else b""
    more = follow.chance.choice(
        (b"", b"", b"/DA (/F 9 Tf 0 g) ", b"/Border [0 0 9] ", b"/BS << /W 5 >> ", b"/Q 1 ")
    )
    rectangle = follow.chance.choice(
        (b"/Rect [400 300 500 350]", b"/Rect [400 300 500 350]", b"/Rect [0 0 0 0]")
    )
    name = follow.chance.choice((b"(second)", b"(second)", b"(layer3)", b"(number)", b"(above)"))
    text = FIELD + b"/Sig /T %s /V %d 0 R %s %s %s >>" % (name, value, rectangle, more, look)
    _listing(follow, follow.new(text))


def _listing(follow: Follow, number: int) -> None:
    follow.lists(4, number)
    if follow.chance.randrange(8):
        follow.lists(3, number)


@update
def stamping(follow: Follow) -> None:
    """A time-stamp over the document."""
    if follow.waiting:
        return
    follow.waiting = STAMP
    value = follow.new(STAMP)
    look = follow.chance.choice(
        (b"", b"", b"/AP << /N %d 0 R >>" % follow.new(stream(b"", b"/BBox [0 0 0 0]")))
    )
    text = FIELD + b"/Sig /T (stamp) /V %d 0 R /Rect [0 0 0 0] %s >>" % (value, look)
    _listing(follow, follow.new(text))


@update
def storing_proof(follow: Follow) -> None:
    """A store, whose certificates and answers may be anything."""
    odd = (OTHER, COVER, NINE, stream(b""), stream(CONTENT), PLAIN[3], PLAIN[11])
    held = b" ".join(
        b"%d 0 R" % follow.new(follow.chance.choice(odd)) for _ in range(follow.chance.randrange(3))
    )
    kind = follow.chance.choice((b"Certs", b"CRLs", b"OCSPs"))
    store = b"<< /Type /DSS /%s [%s] >>" % (kind, held)
    if follow.chance.randrange(3) == 0:
        store = b"<< /VRI << /%s << /Cert [%s] >> >> >>" % (b"0F" * 20, held)
    there = re.search(rb"/DSS (\d+) 0 R", follow.says(1))
    if there:
        follow.objects[int(there[1])] = store
    elif b"/DSS" not in follow.says(1):
        place = b"%d 0 R" % follow.new(store) if follow.chance.randrange(2) else store
        follow.objects[1] = follow.says(1).replace(b"<<", b"<< /DSS " + place + b" ", 1)


@update
def writing_again(follow: Follow) -> None:
    """Objects as they were, or as some library spells them."""
    for _ in range(follow.chance.randrange(1, 4)):
        number = follow.chance.choice((1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, *sorted(follow.current)))
        text = follow.says(number)
        if b"/ByteRange" in text:
            continue
        if follow.chance.randrange(3) == 0 and b"stream" not in text:
            text = re.sub(rb"[ \r\n]+", b"\n", text) if b"%" not in text and b"(" not in text else text
        follow.objects[number] = text


@update
def saying_more_of_the_file(follow: Follow) -> None:
    """Properties, metadata and extensions."""
    match follow.chance.randrange(4):
        case 0:
            follow.objects[12] = follow.says(12).replace(b">>", b"/ModDate (D:20260102000000Z) >>", 1)
        case 1:
            number = follow.new(stream(XMP, b"/Type /Metadata /Subtype /XML"))
            there = re.search(rb"/Metadata (\d+) 0 R", follow.says(1))
            if there:
                follow.objects[int(there[1])] = follow.objects.pop(number)
            else:
                follow.objects[1] = follow.says(1).replace(b"<<", b"<< /Metadata %d 0 R " % number, 1)
        case 2:
            extensions = b"<< /ESIC << /BaseVersion /1.7 /ExtensionLevel 5 >> >>"
            follow.objects[1] = follow.says(1).replace(b"<<", b"<< /Extensions " + extensions + b" ", 1)
        case _:
            follow.objects[12] = b"<< /Producer (by hand) /ModDate (D:20260102000000Z) /Title (x) >>"


@update
def in_a_number_that_waits(follow: Follow) -> None:
    """Something that no section named, in an update that need not have it."""
    follow.objects.setdefault(
        follow.odd(), follow.chance.choice((OTHER, COVER, NINE, b"<< >>", b"null", PLAIN[3]))
    )


@update
def freeing(follow: Follow) -> None:
    """Take a number out of use that may be in use."""
    number = follow.chance.choice((follow.odd(), follow.odd(), *sorted(follow.current)))
    follow.rows[number] = (0, 0, follow.chance.choice((0, 1, 65535)))


@update
def extending_the_form(follow: Follow) -> None:
    """What programs say of the form when they sign."""
    old, new = follow.chance.choice((
        (b"<<", b"/DA (/F 20 Tf 0 g)"),
        (b"<<", b"/SigFlags 3"),
        (b"<<", b"/DA (/F 12 Tf 0 g)"),
        (b"<<", b"/NeedAppearances false"),
        (b"/F 10 0 R", b"/F 10 0 R /G %d 0 R" % follow.new(NINE)),
    ))  # fmt: skip
    follow.objects[4] = having(follow.says(4), new) if old == b"<<" else follow.says(4).replace(old, new, 1)


_REMARKS = (
    b"/Subtype /Text /Name /Note /Contents (x)",
    b"/Subtype /Highlight /C [1 1 0] /QuadPoints [400 420 440 420 400 402 440 402]",
    b"/Subtype /Underline /C [1 0 0] /QuadPoints [400 420 440 420 400 402 440 402]",
    b"/Subtype /StrikeOut /C [1 0 0] /QuadPoints [400 420 440 420 400 402 440 402]",
    b"/Subtype /Popup /Open true",
)


@update
def remarking(follow: Follow) -> None:
    """A remark beside the text."""
    made = follow.chance.choice(_REMARKS)
    more = follow.chance.choice((b"", b"", b"/Border [0 0 1]", b"/CA 0.5", b"/Parent 5 0 R", b"/F 4 /T (x)"))
    number = follow.new(b"<< /Type /Annot /Rect [400 400 432 424] %s %s >>" % (made, more))
    follow.lists(3, number)
    follow.marks.append((390, 390, 450, 434))
