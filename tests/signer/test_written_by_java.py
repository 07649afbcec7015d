"""What PDFBox (DSS) and iText write into updates besides: believed as they write it, and not otherwise."""

import asyncio
import zlib
from collections.abc import Callable

import pytest
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Signing, appended, filled, stream, written
from tests.signer.certificates import issued

LISTED = b"7 0 R 60 0 R]"
SEEN = b"/Rect [300 200 400 250] /AP << /N 62 0 R >>"
LOOK = stream(b"/FRM Do", b"/Subtype /Form /BBox [0 0 100 50] /Resources << /XObject << /FRM 63 0 R >> >>")
FRAME = stream(b"0 0 1 RG 2 2 96 46 re S", b"/Subtype /Form /BBox [0 0 100 50]")
OWN = b" /DR << /XObject << /FRM 63 0 R >> >>"


def signed_again(rest: bytes, **more: bytes) -> dict[int, bytes]:
    """A new signature field with these entries."""
    return {
        3: PLAIN[3].replace(b"7 0 R]", LISTED),
        4: PLAIN[4].replace(b"7 0 R]", LISTED),
        60: FIELD + b"/Sig /T (second) /V 61 0 R " + rest + b" >>",
        61: SIGNATURE,
        62: LOOK,
        63: FRAME,
        **{int(number[1:]): value for number, value in more.items()},
    }


@pytest.mark.parametrize("named", [OWN, b" /DR << >>", b" /DR << /XObject << >> >>"])
def test_a_field_may_name_what_its_look_draws(signing: Signing, named: bytes) -> None:
    once = signing.sign(written(PLAIN))
    twice = signing.sign(appended(once, signed_again(SEEN + named)))
    assert signing.believes(twice)
    assert signing.quick(twice) is not None


OTHERS = {
    "another name": SEEN + OWN.replace(b"/FRM", b"/Other"),
    "another object": SEEN + OWN.replace(b"63 0 R", b"11 0 R"),
    "another category": SEEN + OWN.replace(b"/XObject", b"/Font"),
    "fonts of the page besides": SEEN + b" /DR << /XObject << /FRM 63 0 R >> /Font << /F 10 0 R >> >>",
    "no reference": SEEN + b" /DR << /XObject << /FRM << >> >> >>",
    "an object of its own": SEEN + b" /DR 64 0 R",
    "names in an object of their own": SEEN + b" /DR << /XObject 65 0 R >>",
    "no dictionary": SEEN + b" /DR [63 0 R]",
    "without a look": b"/Rect [0 0 0 0]" + OWN,
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_field_names_nothing_else(signing: Signing, case: str) -> None:
    once = signing.sign(written(PLAIN))
    more = {"n64": b"<< /XObject << /FRM 63 0 R >> >>", "n65": b"<< /FRM 63 0 R >>"}
    twice = signing.sign(appended(once, signed_again(OTHERS[case], **more)))
    assert not signing.believes(twice)
    assert signing.quick(twice) is None


def test_a_look_may_be_an_object_of_its_own(signing: Signing) -> None:
    once = signing.sign(written(PLAIN))
    apart = SEEN.replace(b"<< /N 62 0 R >>", b"64 0 R")
    twice = signing.sign(appended(once, signed_again(apart, n64=b"<< /N 62 0 R >>")))
    assert signing.believes(twice)
    assert signing.quick(twice) is not None


UNBOUNDED = {
    "no box": b"",
    "nothing": b"/BBox null",
    "no list": b"/BBox (0 0 100 50)",
    "three numbers": b"/BBox [0 0 100]",
    "a string in it": b"/BBox [(0) 0 100 50]",
}


@pytest.mark.parametrize("case", UNBOUNDED)
def test_a_look_has_a_box(signing: Signing, case: str) -> None:
    """pdfium paints one without over the whole page: whoever fills in a number writes another document."""
    once = signing.sign(written({**PLAIN, 6: PLAIN[6].replace(b"/AP << /N 11 0 R >>", b"")}))
    for box, believed in ((b"/BBox [0 0 100 20]", True), (UNBOUNDED[case], False)):
        look = stream(b"1 g -999 -999 2000 2000 re f", b"/Subtype /Form " + box)
        filled_in = {5: PLAIN[5].replace(b"(5)", b"(6)").replace(b"11 0 R", b"62 0 R"), 62: look}
        in_place = {5: PLAIN[5].replace(b"(5)", b"(6)"), 11: look}
        for update in (filled_in, in_place, signed_again(SEEN, n62=look)):
            later = signing.sign(appended(once, update))
            assert signing.believes(later) is believed
            assert believed or signing.quick(later) is None


def test_a_hidden_look_without_a_box_does_not_come_to_be_seen(signing: Signing) -> None:
    hidden = PLAIN[5].replace(b"/F 4", b"/F 2").replace(b"11 0 R", b"13 0 R")
    shown = hidden.replace(b"/F 2", b"/F 4").replace(b"(5)", b"(6)")
    for box, believed in ((b"/BBox [0 0 100 20]", True), (b"", False)):
        look = stream(b"1 g -999 -999 2000 2000 re f", b"/Subtype /Form " + box)
        once = signing.sign(written({**PLAIN, 5: hidden, 13: look}))
        assert signing.believes(appended(once, {5: shown})) is believed


def test_a_look_that_was_there_before_is_none_of_a_new_field(signing: Signing) -> None:
    once = signing.sign(written({**PLAIN, 13: b"<< /N 11 0 R >>", 14: b"[13 0 R]"}))
    twice = signing.sign(appended(once, signed_again(SEEN.replace(b"<< /N 62 0 R >>", b"13 0 R"))))
    assert signing.quick(twice) is None


@pytest.fixture(scope="module")
def stamped(signing: Signing) -> Callable[[bytes], bytes]:
    """Puts a time-stamp into the open signature of a file."""
    authority = issued("Dấu thời gian", signing.root, stamps=True)
    stamper = DummyTimeStamper(authority.certificate, authority.info, certs_to_embed=SimpleCertificateStore())

    def token(digest: bytes) -> bytes:
        return bytes(asyncio.run(stamper.async_timestamp(digest, "sha256")).dump())

    return lambda pdf: filled(pdf, token)


STAMP = SIGNATURE.replace(b"/Type /Sig ", b"/Type /DocTimeStamp ").replace(
    b"ETSI.CAdES.detached", b"ETSI.RFC3161"
)
UNSEEN = b"/Rect [0 0 0 0] /AP "
NOTHING = stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 0 0]")
REFERENCE = (
    b" /Reference [ << /Type /SigRef /TransformMethod /%s /TransformParams << /Type /TransformParams %s"
)
LOCKS = {
    "none": b"",
    "by a certification": REFERENCE % (b"DocMDP", b"/P 1 /V /1.2 >> >> ]"),
    "of all fields": REFERENCE % (b"FieldMDP", b"/Action /All /V /1.2 >> >> ]"),
}


@pytest.fixture(scope="module", params=LOCKS)
def locked(signing: Signing, request: pytest.FixtureRequest) -> bytes:
    """A signed document, which its signature locks, or does not."""
    return signing.sign(written({**PLAIN, 8: SIGNATURE.replace(b" /M", LOCKS[request.param] + b" /M")}))


@pytest.mark.parametrize("permission", [b"2", b"3"])
def test_a_certification_allows_no_new_field_that_is_seen(signing: Signing, permission: bytes) -> None:
    """Annotations may not be added under P=2, and where they may be, they are remarks."""
    certified = LOCKS["by a certification"].replace(b"/P 1", b"/P " + permission)
    once = signing.sign(written({**PLAIN, 8: SIGNATURE.replace(b" /M", certified + b" /M")}))
    twice = signing.sign(appended(once, signed_again(SEEN)))
    assert signing.quick(twice) is None
    slow = signing.slow(twice)
    assert slow is not None
    said = "A signature field that is seen was added; the certification allows none."
    assert [str(each) for each in slow.judged[0].change.words] == [said]


def stamping(look: bytes, *, apart: bool = False) -> dict[int, bytes]:
    """A new field with a time-stamp that has this look; /AP stands in the field, or apart."""
    update = signed_again(UNSEEN + (b"64 0 R" if apart else b"<< /N 62 0 R >>"))
    del update[63]
    return {**update, 61: STAMP, 62: look, **({64: b"<< /N 62 0 R >>"} if apart else {})}


BLANK = stream(b"% DSBlank\n", b"/Type /XObject /Subtype /Form /BBox [0 0 0 0]")


@pytest.mark.parametrize(("look", "apart"), [(NOTHING, False), (NOTHING, True), (BLANK, False)])
def test_a_time_stamp_with_an_empty_look_is_proof(
    signing: Signing, stamped: Callable[[bytes], bytes], locked: bytes, look: bytes, *, apart: bool
) -> None:
    pdf = stamped(appended(locked, stamping(look, apart=apart)))
    assert signing.believes(pdf)
    assert signing.quick(pdf) is not None
    slow = signing.slow(pdf)
    assert slow is not None
    assert slow.judged[0].change.only_proof


@pytest.mark.parametrize("drawn", [b"0 0 1 RG 2 2 96 46 re S", b"n"])
def test_a_time_stamp_with_a_look_is_none(
    signing: Signing, stamped: Callable[[bytes], bytes], locked: bytes, drawn: bytes
) -> None:
    pdf = stamped(appended(locked, stamping(stream(drawn, b"/Subtype /Form /BBox [0 0 100 50]"))))
    assert not signing.believes(pdf)
    assert signing.quick(pdf) is None


def test_a_look_is_not_empty_by_what_one_reader_makes_of_it(
    signing: Signing, stamped: Callable[[bytes], bytes], locked: bytes
) -> None:
    """Of rows that are predicted pyHanko makes others: of this one blanks. pdfium draws it without /BBox."""
    packing = b"/Subtype /Form /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 3 >>"
    pdf = stamped(appended(locked, stamping(stream(zlib.compress(b"\1 \0 "), packing))))
    assert not signing.believes(pdf)
    assert signing.quick(pdf) is None


def test_an_empty_look_takes_nothing_else_along(
    signing: Signing, stamped: Callable[[bytes], bytes], locked: bytes
) -> None:
    """What shows a time-stamp is approved with it: only as far as it is new."""
    taking = NOTHING.replace(b"/Type", b"/Resources << /XObject << /A 3 0 R /B 63 0 R >> >> /Type")
    page = PLAIN[3].replace(b"/Contents 9 0 R", b"/Contents 63 0 R").replace(b"7 0 R]", LISTED)
    pdf = stamped(appended(locked, {**stamping(taking), 3: page, 63: FRAME}))
    assert not signing.believes(pdf)
    assert signing.quick(pdf) is None
