"""Envelopes, receipts, statuses and cards: read(write(x)) == x, and nothing but what was written is read."""

import base64
import datetime as dt
import json
import unicodedata
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.envelope import Envelope, Header, Part, message_id, new_id, pack, unpack
from exchange.errors import MessageRefused, MoveNotAllowed
from exchange.jws import Signature, decode, encode
from exchange.moment import moment, stamp
from exchange.node import Node, make_node
from exchange.peers import Peer, read_card
from exchange.receipt import Because, Event, Issuer, Reason, check_receipt, state
from exchange.settings import AgencyCode
from exchange.shape import canonical
from exchange.status import MOVES, Status, StatusNote, furthest, move
from exchange.urgency import Urgency
from pki.digest import Digest
from pki.errors import UsageError
from pki.words import Sentence

NOW = dt.datetime(2026, 11, 22, 5, 15, tzinfo=dt.UTC)
words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)
moments = st.integers(0, 2**51).map(
    lambda microseconds: dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
)


@cache
def node(code: str = "H26.05") -> Node:
    return make_node(Path(mkdtemp()), AgencyCode(code), "UBND", f"log.invalid/{code}", NOW)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    created = draw(moments)
    parts = draw(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=4, unique=True))
    header = Header(
        number=draw(st.from_regex(r"\d{1,10}", fullmatch=True).filter(str.isascii)),
        symbol=draw(words), date=draw(moments).date(), subject=draw(words), place=draw(words),
        due=draw(st.none() | moments.map(dt.datetime.date)),
        to_places=tuple(draw(st.lists(words, max_size=3))),
    )  # fmt: skip
    return Envelope(
        message_id=new_id(created), sender="H26.05", sender_name=draw(words), recipients=("H57", "H29.01"),
        created=created, expires=created + dt.timedelta(hours=2), urgency=draw(st.sampled_from(Urgency)),
        header=header,
        parts=tuple(Part(f"{at}.pdf", "application/pdf", len(p), Digest.of(p)) for at, p in enumerate(parts)),
    )  # fmt: skip


def plain(**changes: object) -> Envelope:
    values: dict[str, object] = {
        "message_id": new_id(NOW), "sender": "H26.05", "sender_name": "UBND", "recipients": ("H57",),
        "created": NOW, "expires": NOW + dt.timedelta(hours=2), "urgency": Urgency.THUONG,
        "header": Header(number="15", symbol="UBND-VP", date=NOW.date(), subject="x"),
        "parts": (Part("a.pdf", "application/pdf", 3, Digest.of(b"abc")),),
    }  # fmt: skip
    return Envelope(**(values | changes))  # type: ignore[arg-type]


def resigned(signed: Signature, **changes: object) -> bytes:
    return node().sign("congvan-envelope", json.loads(signed.payload) | changes).text


@given(envelopes())
def test_what_is_packed_is_unpacked(envelope: Envelope) -> None:
    signed = pack(envelope, node())
    assert unpack(signed.text, node().certificate) == (envelope, signed)


@given(st.data())
def test_an_envelope_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    text = bytearray(pack(plain(), node()).text)
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(MessageRefused):
        unpack(bytes(text), node().certificate)


@given(st.binary(max_size=300) | st.just(b"[" * 100_000))
def test_any_bytes_are_refused_and_nothing_else_happens(text: bytes) -> None:
    with pytest.raises(MessageRefused):
        unpack(text, node().certificate)


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2}, {"v": True}, {"to": []}, {"to": ["H57", "H57"]}, {"parts": []}, {"extra": 1},
        {"message_id": "01a201bb-e51c-4eca-9838-3b3008964ee0"}, {"created": "2026-11-22T05:15:00Z"},
        {"expires": "2026-11-22T05:15:00.000000Z"}, {"expires": "2027-11-22T05:15:00.000000Z"},
        {"from": {"OrganId": "h26", "OrganName": "x"}}, {"status": {}}, {"document": {}},
        {"created": "9999-12-31T00:00:00.000000Z", "expires": "0001-01-01T00:00:00.000000Z"},
    ],
    ids=str,
)  # fmt: skip
def test_a_signed_envelope_that_is_not_as_the_format_says_is_refused(changes: dict[str, object]) -> None:
    text = resigned(pack(plain(), node()), **changes)
    with pytest.raises(MessageRefused):
        unpack(text, node().certificate)


def test_an_envelope_of_the_last_day_that_can_be_written_is_read() -> None:
    last = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
    envelope = plain(created=last, expires=last + dt.timedelta(hours=2))
    assert unpack(pack(envelope, node()).text, node().certificate)[0] == envelope


@pytest.mark.parametrize("name", ["../x.pdf", "a/b.pdf", "a\\b.pdf", ".hidden", "x\n.pdf", ""])
def test_a_part_cannot_be_named_like_a_path(name: str) -> None:
    signed = pack(plain(), node())
    part = json.loads(signed.payload)["parts"][0] | {"name": name}
    with pytest.raises(MessageRefused):
        unpack(resigned(signed, parts=[part]), node().certificate)


def test_what_is_wrong_in_an_envelope_is_said_in_words_that_can_be_translated() -> None:
    signed = pack(plain(), node())
    text = resigned(signed, **{"from": {"OrganId": "H26.05", "OrganName": 1}})
    with pytest.raises(MessageRefused) as caught:
        unpack(text, node().certificate)
    said = Sentence(caught.value.template, caught.value.facts).said(lambda words: f"<{words}>")
    assert said == "<In the <envelope>, “from.OrganName” is not as the format wants it.>"


def agency(**changes: str) -> Peer:
    return Peer(**({
        "code": "H99.12", "name": "Ủy ban nhân dân tỉnh Thanh Sơn", "url": "https://x.vn",
        "certificate": node().certificate, "log_key": str(node().log_key.verifier),
    } | changes))  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize("name", ["UỶ BAN  nhân dân tỉnh Thanh Sơn", "GOVVN-H99.12"])
def test_a_seal_is_an_agencys_by_its_name_or_its_code_however_they_are_spelt(name: str) -> None:
    assert agency().is_named_by([name])
    assert agency().is_named_by(["x", unicodedata.normalize("NFD", name)])


@pytest.mark.parametrize("name", ["Ủy ban nhân dân tỉnh Thanh", "GOVVN-H99.121", "GOVVN-H99", "H99", ""])
def test_another_name_or_code_is_another_agencys(name: str) -> None:
    assert not agency().is_named_by([name])
    assert not agency().is_named_by([])


def test_a_card_says_what_the_seal_shows_where_that_is_another_name() -> None:
    shown = agency(organisation="MST:0100000000")
    assert read_card(json.dumps(shown.as_json()).encode()) == shown
    assert "organisation" not in agency().as_json()


def test_a_document_id_that_contradicts_the_header_is_refused() -> None:
    signed = pack(plain(), node())
    document = json.loads(signed.payload)["document"] | {"DocumentId": "H26.05,2026/11/22,16/UBND-VP"}
    with pytest.raises(MessageRefused, match="DocumentId"):
        unpack(resigned(signed, document=document), node().certificate)


@pytest.mark.parametrize(
    "header", [{"alg": "none"}, {"alg": "HS256"}, {"typ": "congvan-receipt"}, {"jwk": {}}]
)
def test_a_header_is_exactly_as_the_verifier_wants_it(header: dict[str, object]) -> None:
    outer = json.loads(pack(plain(), node()).text)
    protected = json.loads(decode(outer["protected"], "x")) | header
    outer["protected"] = encode(canonical(protected))
    with pytest.raises(MessageRefused, match="not signed by the key"):
        unpack(canonical(outer), node().certificate)


def receipt(event: Event = Event.HANDOVER, *reasons: Because) -> tuple[Signature, Envelope, Digest]:
    envelope, digest = plain(), Digest.of(b"payload")
    return state(event, envelope, digest, Issuer("H57", node("H57")), NOW, *reasons), envelope, digest


def test_a_receipt_is_read_back_as_it_was_stated() -> None:
    text, envelope, digest = receipt()
    read = check_receipt(text.text, node("H57").certificate, "H57", envelope, digest)
    assert (read.event, read.time, read.parts) == (Event.HANDOVER, NOW, (Digest.of(b"abc"),))


def test_a_refusal_carries_its_reasons() -> None:
    because = Because(Reason.INVALID_SIGNATURE, "Chữ ký lớp 2 hỏng.")
    text, envelope, digest = receipt(Event.CONSIGNMENT_FAILED, because)
    assert check_receipt(text.text, node("H57").certificate, "H57", envelope, digest).reasons == (because,)


def test_a_refusal_without_reason_cannot_be_stated() -> None:
    with pytest.raises(ValueError, match="reasons"):
        receipt(Event.CONSIGNMENT_FAILED)


def test_a_receipt_counts_only_from_the_peer_that_was_addressed() -> None:
    text, envelope, digest = receipt()
    with pytest.raises(MessageRefused):
        check_receipt(text.text, node("H29").certificate, "H57", envelope, digest)
    with pytest.raises(MessageRefused, match="another issuer"):
        check_receipt(text.text, node("H57").certificate, "H29", envelope, digest)


def test_a_receipt_counts_only_for_the_message_and_the_parts_that_were_sent() -> None:
    text, envelope, digest = receipt()
    check = (text.text, node("H57").certificate, "H57")
    with pytest.raises(MessageRefused, match="another message"):
        check_receipt(*check, plain(), digest)
    with pytest.raises(MessageRefused, match="another message"):
        check_receipt(*check, envelope, Digest.of(b"other"))
    more = (*envelope.parts, Part("b.pdf", "application/pdf", 1, Digest.of(b"b")))
    with pytest.raises(MessageRefused, match="other parts"):
        check_receipt(*check, plain(message_id=envelope.message_id, parts=more), digest)


@given(moments)
def test_a_moment_has_one_text_form_that_sorts_as_time_does(at: dt.datetime) -> None:
    assert moment(stamp(at)) == at
    assert stamp(at) < stamp(at + dt.timedelta(microseconds=1))


@given(moments)
def test_message_ids_are_uuids_of_version_7_that_begin_with_their_time(at: dt.datetime) -> None:
    text = message_id(new_id(at))
    assert int(text.replace("-", "")[:12], 16) == int(at.timestamp() * 1000)
    assert new_id(at) != text


@given(st.permutations(list(Status)), st.integers(1, 6))
def test_reports_add_up_to_the_same_in_any_order_and_however_often(order: list[Status], many: int) -> None:
    assert furthest(order[:many] * 2) is furthest(sorted(order[:many]))


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("wanted", Status)
def test_a_status_moves_as_the_one_table_says(current: Status, wanted: Status) -> None:
    if wanted is current:
        assert move(current, wanted) is False
    elif wanted in MOVES[current]:
        assert move(current, wanted) is True
    else:
        with pytest.raises(MoveNotAllowed):
            move(current, wanted)


def test_a_status_note_travels_in_an_envelope_without_parts() -> None:
    note = StatusNote(message_id=new_id(NOW), status=Status.REFUSED, time=NOW, reason="Gửi nhầm")
    envelope = plain(header=None, parts=(), status=note, urgency=Urgency.KHAN)
    assert unpack(pack(envelope, node()).text, node().certificate)[0] == envelope


def card() -> dict[str, object]:
    key = str(node().log_key.verifier)
    peer = Peer(code="H26.05", name="UBND", url="https://a.vn", certificate=node().certificate, log_key=key)
    return peer.as_json()


def test_a_card_is_read_back() -> None:
    assert read_card(json.dumps(card()).encode()).as_json() == card()


@pytest.mark.parametrize(
    "change",
    [
        {"fingerprint": "sha256:" + "0" * 64}, {"url": "http://a.vn"}, {"url": "https://a.vn/path"},
        {"certificate": "x"}, {"log": "x"}, {"code": "x"}, {"name": ""}, {"v": 2}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_card_that_is_not_whole_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        read_card(json.dumps(card() | change).encode())


def test_a_card_with_a_certificate_of_no_version_is_refused() -> None:
    encoded = node().certificate
    at = encoded.index(bytes.fromhex("a003020102")) + 4  # the version, RFC 5280 §4.1.2.1
    odd = base64.encodebytes(encoded[:at] + b"\x2b" + encoded[at + 1 :]).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{odd}-----END CERTIFICATE-----\n"
    with pytest.raises(UsageError, match="certificate"):
        read_card(json.dumps(card() | {"certificate": pem}).encode())


@given(st.binary(max_size=64))
def test_base64url_has_one_spelling(data: bytes) -> None:
    text = encode(data)
    assert decode(text, "x") == data
    assert base64.urlsafe_b64decode(text + "==") == data
