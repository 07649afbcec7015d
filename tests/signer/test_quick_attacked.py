"""Files made to be read by the short way otherwise than by the long one: it must say the same, or nothing."""

from collections.abc import Mapping

import pytest

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Signing, appended, stream, written
from tests.signer.certificates import issued

Objects = Mapping[int, bytes]


def of(objects: Objects, head: bytes = b"%PDF-1.7\n") -> bytes:
    """The plain file with these objects instead."""
    return written({**PLAIN, **objects}, head=head)


def changed(number: int, old: bytes, new: bytes, **others: bytes) -> Objects:
    """An object of the plain file with something replaced, and other objects ("_20")."""
    assert old in PLAIN[number]
    found = {int(key[1:]): value for key, value in others.items()}
    return {number: PLAIN[number].replace(old, new), **found}


BROKEN = b"<< /Type /Sig /Filter /X /SubFilter /adbe.pkcs7.detached /Contents <00> /ByteRange [0 1 2 3] >>"
TWO = b"/Count 2 /Kids [20 0 R 3 0 R]"
BRANCH = b"<< /Type /Pages /Parent 2 0 R /Count %d /Kids [21 0 R 22 0 R] >>"
LEAF = b"<< /Type /Page /Parent 20 0 R >>"
OTHER_PARENT = b"<< /Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 100 100] >>"


def locked(parameters: bytes, method: bytes = b"FieldMDP") -> bytes:
    return b"<< /TransformMethod /%s /TransformParams << %s >> >>" % (method, parameters)


def referring(*references: bytes) -> Objects:
    return changed(8, b"/M ", b"/Reference [%s] /M " % b" ".join(references))


BEFORE: dict[str, Objects] = {
    "a signature of another generation": changed(6, b"/V 8 0 R", b"/V 8 1 R"),
    "a field of another generation": changed(4, b"6 0 R", b"6 1 R"),
    "a value of another generation": changed(5, b"/V (5)", b"/V 20 1 R", _20=b"(55)"),
    "a value elsewhere": changed(5, b"/V (5)", b"/V 20 0 R", _20=b"(55)"),
    "a broken signature in a field whose kind is elsewhere": changed(
        7, b"/FT /Sig", b"/FT 20 0 R /V 21 0 R", _20=b"/Sig", _21=BROKEN
    ),
    "a broken signature in a field whose kind is its parent's": changed(
        7, b"/FT /Sig", b"/Parent 20 0 R /V 21 0 R", _20=b"<< /FT /Sig >>", _21=BROKEN
    ),
    "a number in a field whose kind is elsewhere": changed(5, b"/FT /Tx", b"/FT 20 0 R", _20=b"/Tx"),
    "a signature that is null": changed(7, b"/FT /Sig", b"/FT /Sig /V null"),
    "a widget on two pages": changed(
        2, b"/Count 1 /Kids [3 0 R]", TWO, _20=b"<< /Type /Page /Parent 2 0 R /Annots [6 0 R] >>"
    ),
    "a widget on two pages, one by a list of its own": changed(
        2, b"/Count 1 /Kids [3 0 R]", TWO,
        _20=b"<< /Type /Page /Parent 2 0 R /Annots 21 0 R >>", _21=b"[5 0 R 0006 0 R]",
    ),
    "a widget on two pages, one behind a remark": changed(
        2, b"/Count 1 /Kids [3 0 R]", TWO,
        _20=b"<< /Type /Page /Note (endobj) /Parent 2 0 R /Annots [6 0 R] >>",
    ),
    "a branch of fewer pages than it has": changed(
        2, b"/Count 1 /Kids [3 0 R]", TWO, _20=BRANCH % 0, _21=LEAF, _22=LEAF
    ),
    "a branch of more pages than it has": changed(
        2, b"/Count 1 /Kids [3 0 R]", TWO, _20=BRANCH % 7, _21=LEAF, _22=LEAF
    ),
    "a page that names another parent": changed(
        3, b"/Parent 2 0 R", b"/Parent 21 0 R", _21=OTHER_PARENT
    ),
    "a page outside of the tree": changed(
        2, b"[3 0 R]", b"[20 0 R]", _20=b"<< /Type /Page /Parent 2 0 R >>"
    ),
    "a page with pages": changed(3, b"/Type /Page", b"/Type /Page /Kids []"),
    "a page without a box": changed(3, b"/Type /Page", b"/Type /Page /MediaBox null"),
    "a page whose crop is nothing": changed(3, b"/Type /Page", b"/Type /Page /CropBox null"),
    "a page that is turned truly": changed(3, b"/Type /Page", b"/Type /Page /Rotate true"),
    "a page whose unit is true": changed(3, b"/Type /Page", b"/Type /Page /UserUnit true"),
    "a widget with an edge that is true": changed(6, b"[300 100 400", b"[true 100 400"),
    "a reason with a digit that is no octal one": changed(8, b"/M ", rb"/Reason (\8) /M "),
    "a reason with an escape that is none": changed(8, b"/M ", rb"/Reason (\q\501) /M "),
    "a date with a superfluous zone": changed(8, b"000000Z", b"000000Z00'00'"),
    "a lock of fields that says nothing": referring(locked(b"")),
    "a lock of some fields that names none": referring(locked(b"/Action /Include")),
    "a lock of some fields, and one of all": referring(
        locked(b"/Action /Include /Fields [(q)]"), locked(b"/Action /All")
    ),
    "a lock whose permission is true": referring(locked(b"/P true", b"DocMDP")),
}  # fmt: skip
"""What stands in a file that somebody prepared before it was signed."""


@pytest.mark.parametrize("name", BEFORE)
def test_a_file_prepared_before_it_was_signed_is_judged_alike(signing: Signing, name: str) -> None:
    pdf = signing.sign(of(BEFORE[name]))
    assert signing.quick(pdf) in (None, signing.slow(pdf))


NUMBER = PLAIN[5].replace(b"(5)", b"(6)")
LOOK = PLAIN[11]
WITH_NEW = changed(4, b"7 0 R]", b"7 0 R 30 0 R]")
WITH_STORE = changed(1, b">>", b"/DSS 20 0 R >>")
VRI = b"<< /VRI << /%s << %s >> >> >>"


def added(entries: bytes, **others: bytes) -> Objects:
    """A new signature field, signed."""
    found = {int(key[1:]): value for key, value in others.items()}
    return {**WITH_NEW, 30: FIELD + b"/Sig /T (new) /V 31 0 R %s >>" % entries, 31: SIGNATURE, **found}


def filled(old: bytes, new: bytes, **others: bytes) -> Objects:
    assert old in NUMBER
    return {5: NUMBER.replace(old, new), **{int(key[1:]): value for key, value in others.items()}}


def stored(store: bytes, **others: bytes) -> Objects:
    return {**WITH_STORE, 20: store, **{int(key[1:]): value for key, value in others.items()}}


AFTER: dict[str, Objects] = {
    "a new field with an empty rectangle": added(b"/Rect []"),
    "a new field with three edges": added(b"/Rect [0 0 0]"),
    "a new field with five edges": added(b"/Rect [0 0 0 0 0]"),
    "a new field that is seen": added(b"/Rect [300 300 400 350]"),
    "a new field with a look and no place": added(b"/Rect [0 0 0 0] /AP << /N 32 0 R >>", _32=LOOK),
    "a new field that will lock all": added(b"/Lock << /Action /All /P 1 >>"),
    "a new field whose lock is elsewhere": added(b"/Lock 32 0 R", _32=b"<< /Action /All >>"),
    "a new field twice": {**added(b"/Rect [0 0 0 0]"), **changed(4, b"7 0 R]", b"7 0 R 30 0 R 30 0 R]")},
    "a seal, and fewer flags": {**changed(7, b"/Rect", b"/V 31 0 R /Rect"), 31: SIGNATURE,
                                **changed(4, b"/SigFlags 3", b"/SigFlags 1")},
    "a seal, and no flags": {**changed(7, b"/Rect", b"/V 31 0 R /Rect"), 31: SIGNATURE,
                             **changed(4, b"/SigFlags 3", b"")},
    "a seal that is elsewhere": {**changed(7, b"/Rect [100", b"/V 31 0 R /Rect [1"), 31: SIGNATURE},
    "a number": filled(b"11 0 R", b"20 0 R", _20=LOOK),
    "a number that is hidden": filled(b"/F 4", b"/F 2"),
    "a number with another name": filled(b"(number)", b"(numbex)"),
    "a number elsewhere on the page": filled(b"[100 700", b"[100 100"),
    "a number without a look": filled(b"/AP << /N 11 0 R >>", b""),
    "a number that looks like the page": filled(b"11 0 R", b"9 0 R"),
    "a number with two looks": filled(b"/N 11 0 R", b"/N 20 0 R /D 20 0 R", _20=LOOK),
    "a number whose look was replaced in place": {5: NUMBER, 11: stream(b"q", b"/Subtype /Form")},
    "a page respelled": changed(3, b"5 0 R", b"005 0 R"),
    "a font respelled": changed(10, b"/BaseFont", b"%c\n/BaseFont"),
    "other properties": {12: b"<< /Producer (other) /Title (x) >>"},
    "properties that are a stream": {12: stream(b"x")},
    "an object that nobody names": {20: b"(x)"},
    "another catalogue": changed(1, b"/Type", b"/OpenAction [3 0 R /Fit] /Type"),
    "nothing at all": {},
    "a store": stored(b"<< /Certs [21 0 R] >>", _21=stream(b"0\0")),
    "an empty store": stored(b"<< >>"),
    "a store of what is no stream": stored(b"<< /Certs [9 0 R 21 0 R] >>", _21=b"(x)"),
    "a store of a list that ends too early": stored(b"<< /CRLs [21 0 R] >>", _21=stream(b"30")),
    "a store of an empty answer": stored(b"<< /OCSPs [21 0 R] >>", _21=stream(b"")),
    "a store for one of what is no stream": stored(VRI % (b"A" * 40, b"/Cert [(x)]")),
    "a store for one that is no list": stored(VRI % (b"A" * 40, b"/Cert 21 0 R"), _21=stream(b"")),
    "a store for what is no digest": stored(VRI % (b"G" * 40, b"")),
}  # fmt: skip
"""What somebody appended, signing it where he left a signature open."""


@pytest.mark.parametrize("name", AFTER)
def test_an_update_written_by_the_letter_is_judged_alike(signing: Signing, name: str) -> None:
    pdf = signing.sign(appended(signing.sign(of({})), AFTER[name]))
    assert signing.quick(pdf) in (None, signing.slow(pdf))


def test_an_object_in_a_gap_of_the_numbers_is_left_to_the_long_way(signing: Signing) -> None:
    pdf = signing.sign(of({21: b"(the last)"}))
    assert signing.quick(appended(pdf, AFTER["a number"])) is None


@pytest.mark.parametrize("name", ["a number", "a new field that is seen"])
def test_an_honest_update_written_by_the_letter_goes_the_short_way(signing: Signing, name: str) -> None:
    pdf = signing.sign(appended(signing.sign(of({})), AFTER[name]))
    quick = signing.quick(pdf)
    assert quick is not None
    assert quick == signing.slow(pdf)


@pytest.mark.parametrize("head", [b"junk\n%PDF-1.7\n", b"% PDF\n", b"\n%PDF-1.7\n", b"%PDF-x.y\n"])
def test_a_file_that_does_not_begin_with_its_header_is_left_to_the_long_way(
    signing: Signing, head: bytes
) -> None:
    assert signing.quick(signing.sign(of({}, head))) is None


def test_a_plain_file_written_by_the_letter_goes_the_short_way(signing: Signing) -> None:
    pdf = signing.sign(of({}))
    quick = signing.quick(pdf)
    assert quick is not None
    assert quick == signing.slow(pdf)


ROW = b"%d 1\n%s \n"
FRAMES: dict[str, tuple[bytes, bytes]] = {
    "an object listed twice": (b"trailer", ROW % (5, b"0000000400 00000 n") + b"trailer"),
    "more objects than it says": (b"trailer", ROW % (45, b"0000000400 00000 n") + b"trailer"),
    "an object of another generation": (b"trailer", ROW % (13, b"0000000400 00003 n") + b"trailer"),
    "a row with a sign": (b"trailer", ROW % (13, b"+000000400 00000 n") + b"trailer"),
    "a row with another blank": (b"trailer", ROW % (13, b"0000000400\t00000 n") + b"trailer"),
    "a row of no kind": (b"trailer", ROW % (13, b"0000000400 00000 x") + b"trailer"),
    "a section before it that is nothing": (b"/Info", b"/Prev null /Info"),
    "a section before all bytes": (b"/Info", b"/Prev -1 /Info"),
    "a catalogue of another generation": (b"/Root 1 0 R", b"/Root 1 1 R"),
    "no size": (b"/Size 14", b"/Size (14)"),
    "properties twice": (b"/Info", b"/Info 9 0 R /Info"),
    "the end in a comment": (b"%%EOF", b"%%EOFx"),
    "another start": (b"startxref\n", b"startxref\n0"),
}
"""What is odd about the table and the trailer of a file before it is signed."""


@pytest.mark.parametrize("updated", [False, True])
@pytest.mark.parametrize("name", FRAMES)
def test_an_odd_table_is_read_alike_or_left_to_the_long_way(
    signing: Signing, name: str, *, updated: bool
) -> None:
    plain = of({13: b"(x)"} if name == "no size" else {})
    pdf = signing.sign(plain.replace(*FRAMES[name]).replace(b"/Size 13", b"/Size 14"))
    pdf = appended(pdf, AFTER["a number"]) if updated else pdf
    assert signing.quick(pdf) in (None, signing.slow(pdf))


INNER = b"endobj\n13 0 obj\n(x)\nendobj\n"
HIDING: dict[str, Objects] = {
    "a string": changed(10, b"/Type", b"/Note (%s) /X 5 0 R /Type" % INNER),
    "a string with brackets": changed(10, b"/Type", b"/Note (\\) () %s) /X 5 0 R /Type" % INNER),
    "a comment": changed(10, b"/Type", b"%%\r%s /X 5 0 R /Type" % INNER.replace(b"\n", b" ")),
    "a word": changed(10, b"/Type", b"/a << >>/stream /y /X 5 0 R /Type"),
    "a remark between": changed(10, b"/Type", b"/X [5%c\n0 R 5 0 R] /Type"),
    "leading noughts": changed(10, b"/Type", b"/X 0005 00 R /Type"),
    "the dictionary of a stream": {9: stream(b"q", b"/X 5 0 R")},
    "the form of something else": {**changed(6, b"11 0 R", b"13 0 R"), 13: b"<< /F 4 0 R >>"},
    "a page outside of the tree": {12: b"<< /Type /Page /Parent 2 0 R /Annots [5 0 R] >>"},
    "annotations of no page": {13: b"<< /Annots [5 0 R] >>"},
}
"""Where a file may name its number once more, so that another number becomes another thing there, too."""


@pytest.mark.parametrize("name", HIDING)
def test_an_update_of_what_is_named_in_a_hidden_place_is_left_to_the_long_way(
    signing: Signing, name: str
) -> None:
    plain = of(HIDING[name])
    if b"13 0 obj" in plain and 13 not in HIDING[name]:
        row = b"13 1\n%010d 00000 n \n" % plain.index(b"13 0 obj")
        plain = plain.replace(b"trailer", row + b"trailer").replace(b"/Size 13", b"/Size 14")
    assert signing.quick(appended(signing.sign(plain), AFTER["a number"])) is None


HASH = b"15F114E42AA7049A82DA62D3A37A9E828B571859"
STORE: Objects = {
    **changed(1, b">>", b"/DSS 13 0 R >>"),
    13: b"<< /Certs [16 0 R] /VRI 14 0 R >>",
    14: b"<< /%s 15 0 R >>" % HASH,
    15: b"<< /Cert [16 0 R] >>",
}
"""A store of proof, with what is stored for one signature."""
FONT = b"/Font << /F 10 0 R >>"
NAMED_BESIDE: dict[str, Objects] = {
    "as a font": changed(3, FONT, b"/Font 18 0 R", _18=b"<< /F 10 0 R /%s 15 0 R >>" % HASH),
    "below the store as fonts": changed(3, FONT, b"/Font 13 0 R"),
    "below the list of all as fonts": changed(3, FONT, b"/Font 14 0 R"),
    "by a list": changed(3, FONT, b"/Font << /F 10 0 R >> /ProcSet 18 0 R", _18=b"[15 0 R]"),
    "by the catalogue": {1: STORE[1].replace(b">>", b"/Names 15 0 R >>")},
    "by another store": {18: b"<< /VRI << /%s 15 0 R >> >>" % HASH},
}


def stored(signing: Signing, objects: Objects, entry: bytes) -> bytes:
    """A signed file that stores a certificate, after which an entry for one signature was written anew."""
    certificate = stream(signing.root.certificate.dump())
    number = max({16, *objects}) + 1
    signed = signing.sign(of({**STORE, 16: certificate, **objects}))
    return appended(signed, {15: entry % number, number: certificate})


def test_what_is_stored_for_one_signature_may_be_written_anew(signing: Signing) -> None:
    pdf = stored(signing, {}, b"<< /Cert [16 0 R %d 0 R] >>")
    quick = signing.quick(pdf)
    assert quick is not None
    assert quick == signing.slow(pdf)


@pytest.mark.parametrize("name", NAMED_BESIDE)
def test_what_is_named_elsewhere_is_not_written_anew_the_short_way(signing: Signing, name: str) -> None:
    assert signing.quick(stored(signing, NAMED_BESIDE[name], b"<< /Cert [16 0 R %d 0 R] >>")) is None


@pytest.mark.parametrize(
    "entry",
    [
        b"<< /Cert [10 0 R %d 0 R] >>", b"<< /Type /Font /BaseFont /X /A %d 0 R >>", b"[16 0 R %d 0 R]",
        b"%d 0 R", b"<< /Cert 16 0 R /CRL [%d 0 R] >>",
    ],
)  # fmt: skip
def test_what_is_stored_for_one_signature_keeps_its_shape(signing: Signing, entry: bytes) -> None:
    pdf = stored(signing, {}, entry)
    assert signing.quick(pdf) is None


TIMES: dict[str, bytes] = {
    "a time that is elsewhere": b"/TU %d 0 R",
    "a time that is a dictionary": b"/TU << /A %d 0 R >>",
    "a time-stamp that is a dictionary": b"/TS << /A %d 0 R >>",
    "a time-stamp that is a font": b"/TS 10 0 R /Cert [%d 0 R]",
}


@pytest.mark.parametrize("name", TIMES)
def test_the_time_of_what_is_stored_is_a_string_or_a_token(signing: Signing, name: str) -> None:
    assert signing.quick(stored(signing, {}, b"<< %s >>" % TIMES[name])) is None


@pytest.mark.parametrize("entry", [b"/TU (D:20260101000000Z) /Cert [%d 0 R]", b"/TS %d 0 R"])
def test_a_time_of_what_is_stored_goes_the_short_way(signing: Signing, entry: bytes) -> None:
    assert signing.quick(stored(signing, {}, b"<< %s >>" % entry)) is not None


TITLED = b"<< /Title (Cong van khac) >>"
LATE: dict[str, Objects] = {
    "as the time of proof": {
        **changed(1, b">>", b"/DSS 61 0 R >>"), 60: TITLED, 61: VRI % (HASH, b"/TU 60 0 R")
    },
    "as what a field demands": added(b"/Rect [0 0 0 0] /SV 60 0 R", _60=TITLED),
}  # fmt: skip


@pytest.mark.parametrize("name", LATE)
def test_properties_that_were_missing_are_not_added_later(signing: Signing, name: str) -> None:
    """The signed trailer names properties that are not there: who adds them gives the document a title."""
    signed = signing.sign(of({}).replace(b"/Info 12 0 R", b"/Info 60 0 R"))
    pdf = appended(signed, LATE[name]).replace(b"/Info 12 0 R", b"/Info 60 0 R")
    assert signing.quick(signing.sign(pdf)) is None


PACKET = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    b' xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Cong van 5'
    b"</rdf:li></rdf:Alt></dc:title><xmp:ModifyDate>2026-01-01T00:00:00Z</xmp:ModifyDate>"
    b"<pdf:Producer>by hand</pdf:Producer><pdf:Keywords>x</pdf:Keywords></rdf:Description></rdf:RDF>"
    b'</x:xmpmeta><?xpacket end="w"?>'
)
RENEWED = (
    PACKET.replace(b"2026-01-01", b"2026-02-02").replace(b"by hand", b"by another").replace(b"><", b">\n<")
)
ABOUT = b"/Type /Metadata /Subtype /XML"
SAID_ANEW: dict[str, bytes] = {
    "another title": RENEWED.replace(b"van 5", b"van 6"),
    "another language": RENEWED.replace(b"x-default", b"vi"),
    "a property left out": RENEWED.replace(b"<pdf:Keywords>x</pdf:Keywords>", b""),
    "another namespace": RENEWED.replace(b"http://ns.adobe.com/pdf/1.3/", b"http://example.org/"),
    "a property more": RENEWED.replace(b"<pdf:Keywords>", b"<pdf:Trapped>True</pdf:Trapped><pdf:Keywords>"),
    "a document type": b"<!DOCTYPE x [<!ENTITY e 'x'>]>" + RENEWED,
    "another encoding": b'<?xml version="1.0" encoding="latin-1"?>' + RENEWED,
    "two descriptions of all": RENEWED.replace(
        b"</x:xmpmeta>", b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>"
    ),
    "no packet": b"BT /F 20 Tf 100 600 Td (Cong van) Tj ET",
}


def described(signing: Signing, packet: bytes, objects: Objects = {}) -> bytes:  # noqa: B006 - never written to
    """A signed file with XMP metadata, which were written anew."""
    about = {**changed(1, b">>", b"/Metadata 13 0 R >>"), 13: stream(PACKET, ABOUT)}
    signed = signing.sign(of({**about, **objects}))
    return appended(signed, {13: stream(packet, ABOUT)})


def test_metadata_that_say_the_same_may_be_written_anew(signing: Signing) -> None:
    pdf = described(signing, RENEWED)
    quick = signing.quick(pdf)
    assert quick is not None
    assert quick == signing.slow(pdf)


@pytest.mark.parametrize("name", SAID_ANEW)
def test_metadata_that_say_something_else_are_left_to_the_long_way(signing: Signing, name: str) -> None:
    assert signing.quick(described(signing, SAID_ANEW[name])) is None


@pytest.mark.parametrize(
    "objects",
    [
        changed(3, b"/Contents 9 0 R", b"/Contents 13 0 R"),
        changed(3, b"/Contents 9 0 R", b"/Contents [9 0 R 13 0 R]"),
        changed(3, b"/Contents 9 0 R", b"/Contents 9 0 R /Metadata 13 0 R"),
        {14: b"<< /Metadata 13 0 R >>"},
        {13: stream(PACKET, b"/Type /XObject /Subtype /Form /BBox [0 0 1 1]")},
    ],
)
def test_metadata_that_are_used_as_something_else_are_left_to_the_long_way(
    signing: Signing, objects: Objects
) -> None:
    assert signing.quick(described(signing, RENEWED, objects)) is None


CATALOGUE = PLAIN[1]
ISO = b"/ISO_ << /Type /DeveloperExtensions /BaseVersion /2.0 /ExtensionLevel 32001 >>"
EXTENDED: dict[str, tuple[bytes, bytes]] = {
    "one is changed": (b"/Extensions << %s >>" % ISO, b"/Extensions << %s >>" % ISO.replace(b"32001", b"3")),
    "one is left out": (b"/Extensions << %s /A << >> >>" % ISO, b"/Extensions << %s >>" % ISO),
    "all are left out": (b"/Extensions << %s >>" % ISO, b""),
    "they are no dictionary": (b"", b"/Extensions [1]"),
    "they lead to something": (b"", b"/Extensions << /ISO_ << /BaseVersion 9 0 R >> >>"),
    "they are elsewhere": (b"", b"/Extensions 10 0 R"),
}


def extended(signing: Signing, had: bytes, has: bytes) -> bytes:
    """A signed file whose catalogue was written anew with other extensions."""
    before, after = (CATALOGUE.replace(b">>", each + b" >>") for each in (had, has))
    return appended(signing.sign(of({1: before})), {1: after})


@pytest.mark.parametrize("had", [b"", b"/Extensions << /A << /B 1 >> >>"])
def test_extensions_may_be_added(signing: Signing, had: bytes) -> None:
    has = had.replace(b"<< /A", b"<< %s /A" % ISO) or b"/Extensions << %s >>" % ISO
    pdf = extended(signing, had, has)
    quick = signing.quick(pdf)
    assert quick is not None
    assert quick == signing.slow(pdf)


@pytest.mark.parametrize("name", EXTENDED)
def test_extensions_are_not_changed_the_short_way(signing: Signing, name: str) -> None:
    assert signing.quick(extended(signing, *EXTENDED[name])) is None


def test_a_bit_that_no_issuer_signed_cannot_be_changed_in_a_certificate() -> None:
    """A signature says how many bits of its last byte count: of an even one, 7 or 8 (X.690 §8.6.2)."""
    root = issued("Gốc")
    while root.certificate.dump()[-1] % 2:
        root = issued("Gốc")
    signing = Signing(root, issued("Nguyễn Thị Ánh", root))
    value = root.certificate["signature_value"].dump().hex().encode()
    pdf = signing.sign(of({}))
    assert pdf.count(value) == 1
    assert signing.quick(pdf) == signing.slow(pdf) is not None
    altered = pdf.replace(value, value[:8] + b"01" + value[10:])
    assert signing.quick(altered) is None
    slow = signing.slow(altered)
    assert slow is not None
    assert [each.verdict.sub_indication for each in slow.judged] == ["FORMAT_FAILURE"]
