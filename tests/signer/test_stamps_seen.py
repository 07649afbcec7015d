"""Time-stamps over a document that draw over its page: anybody can make one, and none may be seen."""

import asyncio
from collections.abc import Callable

import pytest
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.signer.by_letter import FIELD, PLAIN, SIGNATURE, Signing, appended, filled, stream, written
from tests.signer.certificates import Keyed, issued

STAMP = SIGNATURE.replace(b"/Type /Sig ", b"/Type /DocTimeStamp ").replace(
    b"ETSI.CAdES.detached", b"ETSI.RFC3161"
)
COVER = stream(
    b"1 1 1 rg 0 0 300 40 re f BT 0 g /F 20 Tf 9 9 Td (Cong van khac) Tj ET",
    b"/Subtype /Form /BBox [0 0 300 40]",
)
SEEN = b"/Rect [90 590 390 630]"
UNSEEN = b"/Rect [0 0 0 0]"
LOOK = b" /AP << /N 62 0 R >>"
PARENT = b"<< /T (above) /FT /Sig /Kids [7 0 R] >>"


@pytest.fixture(scope="module", params=["trusted", "of a stranger"])
def stamped(signing: Signing, request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    """Puts a time-stamp into the open signature of a file."""
    root: Keyed | None = signing.root if request.param == "trusted" else None
    authority = issued("Dấu thời gian", root, stamps=True)
    stamper = DummyTimeStamper(authority.certificate, authority.info, certs_to_embed=SimpleCertificateStore())

    def token(digest: bytes) -> bytes:
        return bytes(asyncio.run(stamper.async_timestamp(digest, "sha256")).dump())

    return lambda pdf: filled(pdf, token)


def added(rest: bytes) -> dict[int, bytes]:
    """A new field with a time-stamp."""
    listed = b"7 0 R 60 0 R]"
    return {
        60: FIELD + b"/Sig /T (stamp) /V 61 0 R " + rest + b" >>",
        61: STAMP,
        62: COVER,
        3: PLAIN[3].replace(b"7 0 R]", listed),
        4: PLAIN[4].replace(b"7 0 R]", listed),
    }


def put_into(field: bytes, rest: bytes) -> dict[int, bytes]:
    """A time-stamp in a field that waited for a signature."""
    return {7: field.replace(b" >>", b" /V 61 0 R" + rest + b" >>"), 61: STAMP, 62: COVER}


WAITING = PLAIN[7].replace(b"/Rect [100 100 200 150]", b"")
"""A field that names no place: MuPDF paints over the whole page for it."""


@pytest.mark.parametrize(
    "update",
    [
        added(SEEN + LOOK),
        added(SEEN),
        added(b""),
        added(b"/Rect null"),
        put_into(PLAIN[7], LOOK),
        put_into(WAITING, b""),
    ],
)
def test_no_time_stamp_is_seen(
    signing: Signing, stamped: Callable[[bytes], bytes], update: dict[int, bytes]
) -> None:
    waiting = update.get(7, PLAIN[7])
    objects = {**PLAIN, 7: WAITING if b"/Rect" not in waiting else PLAIN[7]}
    pdf = stamped(appended(signing.sign(written(objects)), update))
    slow = signing.slow(pdf)
    assert slow is not None
    assert signing.quick(pdf) is None
    assert not slow.judged[0].verdict.passed


def test_no_time_stamp_is_seen_in_a_field_below_another(
    signing: Signing, stamped: Callable[[bytes], bytes]
) -> None:
    fields = PLAIN[4].replace(b"7 0 R]", b"13 0 R]")
    signed = signing.sign(
        written({**PLAIN, 4: fields, 7: PLAIN[7].replace(b"/FT", b"/Parent 13 0 R /FT"), 13: PARENT})
    )
    slow = signing.slow(
        stamped(appended(signed, put_into(PLAIN[7].replace(b"/FT", b"/Parent 13 0 R /FT"), LOOK)))
    )
    assert slow is not None
    assert not slow.judged[0].verdict.passed


def test_a_field_for_a_time_stamp_that_no_page_shows_needs_no_place(
    signing: Signing, stamped: Callable[[bytes], bytes]
) -> None:
    update = added(b"")
    update[60] = update[60].replace(b"/Type /Annot /Subtype /Widget ", b"")
    slow = signing.slow(stamped(appended(signing.sign(written(PLAIN)), {**update, 3: PLAIN[3]})))
    assert slow is not None
    assert slow.judged[0].verdict.passed


def test_a_time_stamp_that_is_not_seen_is_proof(signing: Signing, stamped: Callable[[bytes], bytes]) -> None:
    slow = signing.slow(stamped(appended(signing.sign(written(PLAIN)), added(UNSEEN))))
    assert slow is not None
    assert slow.judged[0].verdict.passed


@pytest.mark.parametrize("kind", [b"Text", b"Square", b"FileAttachment"])
def test_a_field_for_a_time_stamp_is_no_other_annotation(
    signing: Signing, stamped: Callable[[bytes], bytes], kind: bytes
) -> None:
    """MuPDF and pdfium draw a note where it has no extent, too."""
    update = added(UNSEEN)
    update[60] = update[60].replace(b"/Widget", b"/" + kind)
    pdf = stamped(appended(signing.sign(written(PLAIN)), update))
    slow = signing.slow(pdf)
    assert slow is not None
    assert signing.quick(pdf) is None
    assert not slow.judged[0].verdict.passed


@pytest.mark.parametrize(("kind", "believed"), [(b"Widget", True), (b"Square", False), (b"FreeText", False)])
def test_a_new_field_is_drawn_as_no_other_annotation(
    signing: Signing, kind: bytes, *, believed: bool
) -> None:
    update = added(SEEN + b" /BS << /W 60 >>")
    update[60] = update[60].replace(b"/V 61 0 R ", b"").replace(b"/Widget", b"/" + kind)
    pdf = appended(signing.sign(written(PLAIN)), {number: update[number] for number in (60, 3, 4)})
    slow = signing.slow(pdf)
    assert slow is not None
    assert slow.judged[0].verdict.passed is believed
