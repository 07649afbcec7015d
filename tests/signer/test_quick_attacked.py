"""Files made to be read by the short way otherwise than by the long one: it must say the same, or nothing."""

import asyncio
import dataclasses
from collections.abc import Mapping

import pytest

from pki.clock import SystemClock
from pki.revocation import at_the_desk
from pki.trust import Anchors
from signer.errors import Malformed
from signer.pades import judging as long
from signer.pades.court import File
from signer.policy import Policy
from signer.quick import judging as short
from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, appended, signed, stream, written
from tests.signer.certificates import Keyed, issued

Objects = Mapping[int, bytes]


@dataclasses.dataclass(frozen=True)
class Signing:
    """Who signs the files of this module, and who believes them."""

    root: Keyed
    who: Keyed

    @property
    def policy(self) -> Policy:
        anchors = Anchors((self.root.certificate.dump(),))
        return Policy(anchors=anchors, revocation="ignore", offline=True)

    def of(self, objects: Objects, head: bytes = b"%PDF-1.7\n") -> bytes:
        """The plain file with these objects instead, signed."""
        return signed(written({**PLAIN, **objects}, head=head), self.who, self.root)

    def both(self, pdf: bytes) -> tuple[File | None, File | None]:
        """What the short and the long way say; None for what cannot be read at all."""
        now = SystemClock().now()
        quick = asyncio.run(short.judge(pdf, self.policy, now, at_the_desk))
        try:
            slow = asyncio.run(long.judge(pdf, self.policy, now, at_the_desk))
        except Malformed:
            slow = None
        return None if quick is None else dataclasses.replace(quick, sha256=None), slow


@pytest.fixture(scope="module")
def signing() -> Signing:
    root = issued("Gốc")
    return Signing(root, issued("Nguyễn Thị Ánh", root))


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
    quick, slow = signing.both(signing.of(BEFORE[name]))
    assert quick in (None, slow)


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
    pdf = appended(signing.of({}), AFTER[name])
    if SIGNATURE in AFTER[name].values():
        pdf = signed(pdf, signing.who, signing.root)
    quick, slow = signing.both(pdf)
    assert quick in (None, slow)


def test_an_object_in_a_gap_of_the_numbers_is_left_to_the_long_way(signing: Signing) -> None:
    pdf = signing.of({21: b"(the last)"})
    assert signing.both(appended(pdf, AFTER["a number"]))[0] is None


@pytest.mark.parametrize("name", ["a number", "a new field that is seen"])
def test_an_honest_update_written_by_the_letter_goes_the_short_way(signing: Signing, name: str) -> None:
    pdf = appended(signing.of({}), AFTER[name])
    if SIGNATURE in AFTER[name].values():
        pdf = signed(pdf, signing.who, signing.root)
    quick, slow = signing.both(pdf)
    assert quick is not None
    assert quick == slow


@pytest.mark.parametrize("head", [b"junk\n%PDF-1.7\n", b"% PDF\n", b"\n%PDF-1.7\n", b"%PDF-x.y\n"])
def test_a_file_that_does_not_begin_with_its_header_is_left_to_the_long_way(
    signing: Signing, head: bytes
) -> None:
    assert signing.both(signing.of({}, head))[0] is None


def test_a_plain_file_written_by_the_letter_goes_the_short_way(signing: Signing) -> None:
    quick, slow = signing.both(signing.of({}))
    assert quick == slow
