import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit import entry
from exchange.audit.entry import AuditEntry, Part
from exchange.errors import LogError
from pki.digest import Digest

VECTOR = (Path(__file__).parents[1] / "vectors/tlog/entry.json").read_bytes()
AT = datetime(2026, 11, 22, 5, 15, tzinfo=UTC)
PLAIN = AuditEntry(time=AT, node="000.00.00.G22", actor="clerk", event="sealed")

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
digests = st.binary().map(Digest.of)
names = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
facts = st.one_of(texts, st.just(""), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1))
entries = st.builds(
    AuditEntry,
    time=st.datetimes(timezones=st.just(UTC)),
    node=st.from_regex(r"[A-Z0-9]{1,3}(\.[A-Z0-9]{1,3}){0,3}", fullmatch=True),
    actor=texts,
    event=st.sampled_from(sorted(entry.EVENTS)),
    message_id=st.none() | texts,
    state_from=st.none() | texts,
    state_to=st.none() | texts,
    parts=st.lists(st.builds(Part, texts, digests), max_size=3).map(tuple),
    evidence_digest=st.none() | digests,
    facts=st.dictionaries(names, facts, max_size=4),
    commitments=st.dictionaries(names, digests, max_size=2),
)


@given(entries)
def test_an_entry_is_read_as_it_was_written(written: AuditEntry) -> None:
    assert entry.parse(written.encode()) == written


def test_the_vector_is_read_and_written_again() -> None:
    read = entry.parse(VECTOR)
    assert read.encode() == VECTOR
    assert read.commitments["signatory"] == entry.commit(bytes(range(16)), "Nguyễn Văn A")


@given(st.binary(max_size=6), st.data())
def test_what_is_read_is_written_again_byte_for_byte(noise: bytes, data: st.DataObject) -> None:
    at, gone = data.draw(st.integers(0, len(VECTOR))), data.draw(st.integers(0, 3))
    altered = VECTOR[:at] + noise + VECTOR[at + gone :]
    try:
        read = entry.parse(altered)
    except LogError:
        return
    assert read.encode() == altered


def changed(**fields: object) -> bytes:
    return rfc8785.dumps({**json.loads(VECTOR), **fields})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"[" * 8000, id="deep nesting"),
        pytest.param(b"1" * 8000, id="a huge number"),
        pytest.param(VECTOR.replace(b'"v":1', b'"v":1e400'), id="an infinite number"),
        pytest.param(VECTOR.replace(b'"v":1', b'"v":NaN'), id="not a number"),
        pytest.param(VECTOR.replace(b'"v":1', b'"v":1.0'), id="a version with a point"),
        pytest.param(changed(v=2), id="another version"),
        pytest.param(changed(v=True), id="a version that is true"),
        pytest.param(changed(type="other"), id="another type"),
        pytest.param(changed(extra="x"), id="an unknown name"),
        pytest.param(VECTOR.replace(b'"v":1', b'"v":1,"v":1'), id="a name that stands twice"),
        pytest.param(VECTOR.replace(b'{"actor"', b'{ "actor"'), id="a space"),
        pytest.param(VECTOR + b"\n", id="a newline at the end"),
        pytest.param(b"\xef\xbb\xbf" + VECTOR, id="a byte order mark"),
        pytest.param(VECTOR.replace(b"clerk", b"cl\\u0065rk"), id="another spelling of a letter"),
        pytest.param(VECTOR.replace(b"clerk", b"\\ud800"), id="half a surrogate pair"),
        pytest.param(VECTOR.replace(b"clerk", b"\xff"), id="not UTF-8"),
        pytest.param(VECTOR.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(changed(message_id=None), id="null for nothing"),
        pytest.param(changed(parts=[]), id="an empty list for nothing"),
        pytest.param(changed(parts={}), id="a map for a list"),
        pytest.param(changed(parts=["main"]), id="a part that is a text"),
        pytest.param(changed(parts=[{"id": "main"}]), id="a part without a digest"),
        pytest.param(changed(facts=[]), id="a list for a map"),
        pytest.param(changed(facts={"a": None}), id="a fact that is null"),
        pytest.param(changed(facts={"a": 1.5}), id="a fact that is a fraction"),
        pytest.param(changed(facts={"A": 1}), id="a fact with a capital"),
        pytest.param(changed(time="2026-11-22T05:15:00Z"), id="a time without microseconds"),
        pytest.param(changed(time="2026-11-22T12:15:00.000000+07:00"), id="a time in another zone"),
        pytest.param(changed(time="2026-02-30T05:15:00.000000Z"), id="a day that never was"),
        pytest.param(changed(time=5), id="a time that is a number"),
        pytest.param(changed(evidence_digest="sha256:" + "A" * 64), id="a digest in capitals"),
        pytest.param(changed(evidence_digest="md5:00"), id="a weak digest"),
        pytest.param(changed(event="sign"), id="a word that is not the log's"),
        pytest.param(changed(actor="a" * 9000), id="too long"),
    ],
)
def test_an_entry_that_is_not_in_its_one_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(LogError):
        entry.parse(data)


@pytest.mark.parametrize(
    "name",
    sorted(
        json.loads(VECTOR).keys()
        - {"parts", "evidence_digest", "facts", "commitments", "message_id", "state_from", "state_to"}
    ),
)
def test_an_entry_without_one_of_its_fields_is_refused(name: str) -> None:
    fields = json.loads(VECTOR)
    del fields[name]
    with pytest.raises(LogError):
        entry.parse(rfc8785.dumps(fields))


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"time": datetime(2026, 1, 1)}, id="a naive time"),  # noqa: DTZ001 - the case
        pytest.param({"node": ""}, id="no agency"),
        pytest.param({"node": "Bộ Y tế"}, id="an agency's name for its code"),
        pytest.param({"actor": ""}, id="nobody"),
        pytest.param({"actor": "a\x1b[31m"}, id="a terminal's command"),
        pytest.param({"actor": "\ud800"}, id="half a surrogate pair"),
        pytest.param({"message_id": "m" * 257}, id="a long id"),
        pytest.param({"state_to": "a\nb"}, id="a newline"),
        pytest.param({"event": "Sealed"}, id="an event with a capital"),
        pytest.param({"facts": {"a": 1.5}}, id="a fraction"),
        pytest.param({"facts": {"a": None}}, id="a fact that is nothing"),
        pytest.param({"facts": {"a": 2**53}}, id="a number JSON rounds"),
        pytest.param({"facts": {f"f{index}": 1 for index in range(65)}}, id="too many facts"),
        pytest.param({"commitments": {"Họ tên": Digest.of(b"")}}, id="a name with letters of its own"),
    ],
)
def test_an_entry_that_could_not_be_read_again_is_not_made(fields: dict[str, object]) -> None:
    with pytest.raises(LogError):
        replace(PLAIN, **fields)  # type: ignore[arg-type]


def test_an_entry_is_never_longer_than_its_limit() -> None:
    with pytest.raises(LogError, match="8192"):
        replace(PLAIN, facts={f"f{index}": "đ" * 256 for index in range(20)}).encode()


def test_a_time_in_another_zone_is_written_in_utc() -> None:
    there = AT.astimezone(timezone(timedelta(hours=7)))
    assert replace(PLAIN, time=there).encode() == PLAIN.encode()


def test_an_entry_does_not_change_with_the_map_it_was_made_from() -> None:
    mine: dict[str, entry.Fact] = {"number": "15"}
    made = replace(PLAIN, facts=mine)
    before = made.encode()
    mine["number"] = "16"
    assert made.encode() == before


def test_a_commitment_needs_its_salt() -> None:
    assert entry.commit(bytes(16), "An") != entry.commit(bytes([1]) * 16, "An")
    with pytest.raises(LogError, match="salt"):
        entry.commit(bytes(15), "An")
