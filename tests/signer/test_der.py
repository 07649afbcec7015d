"""Strict DER, and the bytes around a signature container."""

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from signer.pades import der
from signer.pades.door import Malformed
from signer.pades.structure import coverage, ends_cleanly


@given(st.lists(st.integers(), max_size=40))
def test_what_a_der_encoder_writes_is_der(numbers: list[int]) -> None:
    encoded = core.SequenceOf(numbers, spec=core.Integer).dump()
    assert der.check(encoded + b"\x00" * 5) == len(encoded)


@given(st.binary(max_size=200))
def test_any_bytes_are_der_or_malformed(data: bytes) -> None:
    try:
        length = der.check(data)
    except Malformed:
        return
    assert 2 <= length <= len(data)


@pytest.mark.parametrize(
    "encoded",
    ["30800000", "308103020101", "3003020200", "02020001", "0202ff80", "010101", "050100"],
    ids=["indefinite", "long-length", "too-long", "padded", "padded-minus", "boolean", "null"],
)
def test_other_encodings_are_refused(encoded: str) -> None:
    with pytest.raises(Malformed):
        der.check(bytes.fromhex(encoded))


@pytest.mark.parametrize(
    ("open_ended", "closed"),
    [
        ("3080020101 0000", "3003020101"),
        ("3080 3080020101 0000 a0030201 02 0000", "300a 3003020101 a003020102"),
        ("3003020101", "3003020101"),
    ],
    ids=["one", "nested", "none"],
)
def test_open_lengths_are_written(open_ended: str, closed: str) -> None:
    data = bytes.fromhex(open_ended)
    assert der.streamed(data + b"\0\0\0") == (bytes.fromhex(closed), len(data))


def test_no_byte_of_an_open_ended_container_can_be_changed_unseen() -> None:
    data = bytes.fromhex("3080 06022a03 a080 3080 020101 0000 0000 0000")
    means = der.streamed(data)
    for place in range(len(data)):
        for value in set(range(256)) - {data[place]}:
            changed = data[:place] + bytes([value]) + data[place + 1 :]
            try:
                assert der.streamed(changed) != means
            except Malformed:
                continue


def test_an_open_length_needs_an_end_and_something_to_hold() -> None:
    for encoded in ("3080020101", "308002010100", "0480020101 0000", "3005 3080020101 0000"):
        with pytest.raises(Malformed):
            der.streamed(bytes.fromhex(encoded))


def test_deep_nesting_is_refused_before_it_hurts() -> None:
    encoded = b"\x05\x00"
    for _ in range(60):
        encoded = b"\x30" + bytes([len(encoded)]) + encoded
    with pytest.raises(Malformed, match="deeply"):
        der.check(encoded)


def certificate(inner: bytes) -> bytes:
    """What looks like a certificate from its first bytes, with this behind its version."""
    within = bytes.fromhex("a003020102") + inner
    tbs = b"\x30\x82" + len(within).to_bytes(2, "big") + within
    return b"\x30\x82" + len(tbs).to_bytes(2, "big") + tbs


def wrapped(content: bytes) -> bytes:
    return b"\x30\x82" + len(content).to_bytes(2, "big") + content


FILLER = b"\x04\x82\x01\x2c" + bytes(300)


def test_a_certificate_is_checked_wherever_it_stands_and_however_often() -> None:
    good, bad = certificate(FILLER + b"\x01\x01\xff"), certificate(FILLER + b"\x01\x01\x01")
    for _ in range(3):
        assert der.check(wrapped(good + good)) == 4 + 2 * len(good)
        for content in (bad, good + bad, bad + good):
            with pytest.raises(Malformed, match="the one form DER allows"):
                der.check(wrapped(content))


def test_a_certificate_ends_where_its_length_says() -> None:
    long = certificate(FILLER)[:-1]
    with pytest.raises(Malformed, match="longer than the container"):
        der.check(wrapped(long))


def test_certificates_in_certificates_are_refused_before_they_hurt() -> None:
    nested = FILLER
    while len(nested) < 16_000:
        nested = certificate(nested)
    with pytest.raises(Malformed, match="deeply"):
        der.check(wrapped(nested))


def file_around(gap: bytes) -> tuple[bytes, list[int]]:
    return b"%PDF-1.7 " + gap + b" tail", [0, 9, 9 + len(gap), 5]


def test_the_gap_holds_the_container_and_nothing_else() -> None:
    pdf, said = file_around(b"<0500000000>")
    found = coverage(pdf, said, bytes.fromhex("0500000000"))
    assert found.container == b"\x05\x00"
    assert found.whole_file
    assert b"".join(found.digested(pdf)) == b"%PDF-1.7  tail"


@pytest.mark.parametrize(
    "gap", [b"<0500 0000>", b"<0500aA0000>", b"(0500)", b"<0500>x", b"<050>", b"<050001>"]
)
def test_other_gaps_are_refused(gap: bytes) -> None:
    pdf, said = file_around(gap)
    with pytest.raises(Malformed):
        coverage(pdf, said, b"\x05\x00")


@pytest.mark.parametrize("gap", [b"<05 00>", b"<0500\n>", b"<0401aB>", b"[0500]", b" 0500>", b"<0500<"])
def test_a_gap_is_written_plainly_also_where_it_holds_what_is_shown(gap: bytes) -> None:
    pdf, said = file_around(gap)
    with pytest.raises(Malformed, match="something else than the signature"):
        coverage(pdf, said, bytes.fromhex(gap[1:-1].decode()))


@given(st.lists(st.integers(-(1 << 40), 1 << 40), max_size=6))
def test_any_byte_range_is_right_or_malformed(said: list[int]) -> None:
    pdf, right = file_around(b"<0500>")
    try:
        coverage(pdf, said, b"\x05\x00")
    except Malformed:
        return
    assert said[:3] == right[:3]


@pytest.mark.parametrize(
    ("tail", "clean"), [(b"%%EOF\r\n", True), (b"%%EOF", True), (b"%%EOF x", False), (b"", False)]
)
def test_a_file_ends_with_its_end_mark(tail: bytes, clean: bool) -> None:
    assert ends_cleanly(b"%PDF-1.7\n" + tail) is clean
