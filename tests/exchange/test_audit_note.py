import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit import note
from exchange.audit.note import KeyType, Note, SigningKey, VerifierKey
from exchange.errors import LogError

FOLDER = Path(__file__).parents[1] / "vectors/tlog"
KEYS: dict[str, str] = json.loads((FOLDER / "keys.json").read_bytes())
NOTES = {name: (FOLDER / f"{name}.note").read_bytes() for name in ("signed-note", "sumdb", "checkpoint")}
AT = datetime(2026, 11, 22, tzinfo=UTC)
LOG = SigningKey.parse(KEYS["log skey"])

texts = st.text(
    st.one_of(st.just("\n"), st.characters(min_codepoint=0x20, exclude_categories=["Cs"])), max_size=60
).map(lambda text: text + "\n")


def signed_by(*keys: SigningKey, text: str = "a text\n") -> Note:
    lines = (note.sign(text, key, AT if key.kind is KeyType.COSIGNATURE else None) for key in keys)
    return Note(text, tuple(lines))


@pytest.mark.parametrize("name", ["signed-note", "sumdb"])
def test_the_published_notes_verify(name: str) -> None:
    key = VerifierKey.parse(KEYS[f"{name} vkey"])
    parsed = note.parse(NOTES[name])
    assert parsed.encode() == NOTES[name]
    assert note.verify(parsed, [key]) == (note.Signed(key),)


def test_a_published_note_is_signed_again_with_the_same_bytes() -> None:
    parsed = note.parse(NOTES["sumdb"])
    assert note.sign(parsed.text, SigningKey.parse(KEYS["sumdb skey"])) == parsed.signatures[0]


@pytest.mark.parametrize("name", ["log", "witness", "sumdb"])
def test_a_private_key_knows_its_public_half(name: str) -> None:
    key = SigningKey.parse(KEYS[f"{name} skey"])
    assert key.reveal() == KEYS[f"{name} skey"]
    assert str(key.verifier) == KEYS[f"{name} vkey"]
    assert VerifierKey.parse(KEYS[f"{name} vkey"]) == key.verifier


def test_a_private_key_hides_its_secret() -> None:
    secret = KEYS["log skey"].rpartition("+")[2]
    assert secret not in repr(LOG)
    assert repr(LOG.seed) not in repr(LOG)
    for damaged in (
        KEYS["log skey"][:-4],
        KEYS["log skey"].replace("+log", "+log "),
        f"PRIVATE+KEY+{secret}",
    ):
        with pytest.raises(LogError) as caught:
            SigningKey.parse(damaged)
        assert secret not in f"{caught.value}{caught.value.facts}"


@pytest.mark.parametrize("name", ["log vkey", "log skey", "witness vkey"])
def test_no_key_is_read_from_an_altered_text(name: str) -> None:
    parse = SigningKey.parse if "skey" in name else VerifierKey.parse
    text = KEYS[name]
    altered = [text[:at] + text[at + 1 :] for at in range(len(text))]
    altered += [text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :] for at in range(len(text))]
    altered += [text + "\n", " " + text, text.upper(), text + "=", ""]
    for wrong in altered:
        with pytest.raises(LogError):
            parse(wrong)


def test_a_key_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(LogError, match="no type known"):
        VerifierKey.parse("a+00000000+" + base64.b64encode(b"\x06" + bytes(1312)).decode())


@given(texts)
def test_a_signed_text_is_read_as_it_was_written(text: str) -> None:
    written = signed_by(LOG, text=text)
    assert note.parse(written.encode()) == written
    assert note.verify(note.parse(written.encode()), [LOG.verifier])[0].key == LOG.verifier


@given(st.binary(max_size=12), st.sampled_from(list(NOTES)), st.data())
def test_what_is_read_is_written_again_byte_for_byte(noise: bytes, name: str, data: st.DataObject) -> None:
    whole = NOTES[name]
    at, gone = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 4))
    altered = whole[:at] + noise + whole[at + gone :]
    try:
        parsed = note.parse(altered)
    except LogError:
        return
    assert parsed.encode() == altered


LINE = str(note.sign("a text\n", LOG))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="nothing"),
        pytest.param("a text\n" + LINE, id="no empty line"),
        pytest.param("a text\n\n", id="no signature"),
        pytest.param("a text\n\n" + LINE.removesuffix("\n"), id="no newline at the end"),
        pytest.param("a text\n\n" + LINE + "\n", id="an empty line at the end"),
        pytest.param("a text\n\n" + LINE + "more\n", id="a line that signs nothing"),
        pytest.param("a text\n\n" + LINE.replace("—", "-"), id="a hyphen for the em dash"),
        pytest.param("a text\n\n" + LINE.replace("—", "–"), id="an en dash for the em dash"),
        pytest.param("a text\n\n " + LINE, id="a space before the line"),
        pytest.param("a text\n\n" + LINE.replace("\n", " \n"), id="a space after the line"),
        pytest.param("a text\n\n" + LINE.replace(" ", "  "), id="two spaces"),
        pytest.param("a text\n\n" + LINE.replace(" ", "\u00a0"), id="another kind of space"),
        pytest.param("a text\n\n" + LINE.replace("\n", "\r\n"), id="a carriage return"),
        pytest.param("a text\r\n\n" + LINE, id="a carriage return in the text"),
        pytest.param("a\ttext\n\n" + LINE, id="a tab"),
        pytest.param("a\x00text\n\n" + LINE, id="a zero byte"),
        pytest.param("a text\n\n" + LINE.replace("log.", "lo\u2028g."), id="a line separator in the name"),
        pytest.param("a text\n\n" + LINE.replace("log.", "lo+g."), id="a plus in the name"),
        pytest.param("a text\n\n" + LINE.replace("log.example.gov/audit", ""), id="no name"),
        pytest.param("a text\n\n" + LINE.replace("=", ""), id="no padding"),
        pytest.param("a text\n\n" + LINE.replace("=\n", "==\n"), id="more padding"),
        pytest.param("a text\n\n— log AAAAAA==\n", id="a key id and no signature"),
        pytest.param("a text\n\n— log AAAAAAB=\n", id="loose bits at the end of the base64"),
        pytest.param("a text\n\n— log AAAA_A==AA\n", id="base64 of another alphabet"),
        pytest.param("a text\n\n" + LINE * (note.MAX_SIGNATURES + 1), id="too many signatures"),
        pytest.param("a" * note.MAX_NOTE + "\n\n" + LINE, id="too long"),
    ],
)
def test_a_note_that_is_not_in_its_one_spelling_is_refused(data: str) -> None:
    with pytest.raises(LogError):
        note.parse(data.encode())


def test_a_note_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(LogError, match="UTF-8"):
        note.parse(b"a \xff text\n\n" + LINE.encode())


def test_the_text_may_have_empty_lines_of_its_own() -> None:
    text = "one\n\n\nanother\n"
    written = signed_by(LOG, text=text)
    assert note.parse(written.encode()).text == text


def test_sixteen_unknown_signatures_do_not_hide_the_known_one() -> None:
    others = [SigningKey.generate(f"other{number}") for number in range(15)]
    signed = note.verify(signed_by(*others, LOG), [LOG.verifier])
    assert [line.key for line in signed] == [LOG.verifier]


def test_a_key_that_shares_only_the_name_or_only_the_id_is_unknown() -> None:
    mine = note.sign("a text\n", LOG)
    same_name = note.Signature(mine.name, b"othr", bytes(64))
    same_id = note.Signature("other", mine.key_id, bytes(64))
    assert len(note.verify(Note("a text\n", (same_name, same_id, mine)), [LOG.verifier])) == 1
    with pytest.raises(LogError, match="No known key"):
        note.verify(Note("a text\n", (same_name, same_id)), [LOG.verifier])


def test_one_known_key_that_fails_spoils_the_note() -> None:
    witness = SigningKey.parse(KEYS["witness skey"])
    good, cosigned = signed_by(LOG, witness).signatures
    bad = note.Signature(cosigned.name, cosigned.key_id, cosigned.value[:-1] + b"\x00")
    with pytest.raises(LogError, match="does not verify"):
        note.verify(Note("a text\n", (good, bad)), [LOG.verifier, witness.verifier])
    assert note.verify(Note("a text\n", (good, bad)), [LOG.verifier])


@pytest.mark.parametrize("value", [b"", bytes(63), bytes(65), bytes(64)])
def test_a_known_key_with_a_signature_of_any_other_length_fails(value: bytes) -> None:
    line = note.Signature(LOG.name, LOG.verifier.key_id, value)
    with pytest.raises(LogError, match=r"wrong length|does not verify"):
        note.verify(Note("a text\n", (line,)), [LOG.verifier])


def test_a_second_spelling_of_the_same_signature_fails() -> None:
    """RFC 8032 §5.1.7: S is below the group's order; S plus the order would satisfy the equation too."""
    order = 2**252 + 27742317777372353535851937790883648493
    line = note.sign("a text\n", LOG)
    second = line.value[:32] + (int.from_bytes(line.value[32:], "little") + order).to_bytes(32, "little")
    with pytest.raises(LogError, match="does not verify"):
        note.verify(Note("a text\n", (note.Signature(line.name, line.key_id, second),)), [LOG.verifier])


def test_a_cosignature_says_when_and_the_time_is_signed() -> None:
    witness = SigningKey.parse(KEYS["witness skey"])
    line = note.sign("a text\n", witness, AT)
    assert note.verify(Note("a text\n", (line,)), [witness.verifier]) == (note.Signed(witness.verifier, AT),)
    later = note.Signature(line.name, line.key_id, (int(AT.timestamp()) + 1).to_bytes(8) + line.value[8:])
    with pytest.raises(LogError, match="does not verify"):
        note.verify(Note("a text\n", (later,)), [witness.verifier])


@pytest.mark.parametrize("stamp", [2**63, 2**64 - 1, 2**62])
def test_an_impossible_time_is_refused_although_it_is_signed(stamp: int) -> None:
    witness = SigningKey.parse(KEYS["witness skey"])
    private = Ed25519PrivateKey.from_private_bytes(witness.seed)
    value = stamp.to_bytes(8) + private.sign(f"cosignature/v1\ntime {stamp}\na text\n".encode())
    line = note.Signature(witness.name, witness.verifier.key_id, value)
    with pytest.raises(LogError, match="impossible time"):
        note.verify(Note("a text\n", (line,)), [witness.verifier])


def test_a_signature_of_one_kind_is_none_of_the_other() -> None:
    plain, dated = note.sign("a text\n", LOG), note.sign("a text\n", LOG.as_cosigner(), AT)
    both = [LOG.verifier, LOG.as_cosigner().verifier]
    assert plain.key_id != dated.key_id
    swapped = note.Signature(LOG.name, plain.key_id, dated.value[8:])
    with pytest.raises(LogError):
        note.verify(Note("a text\n", (swapped,)), both)


def test_two_known_keys_that_cannot_be_told_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VerifierKey, "key_id", b"same")
    one, two = SigningKey.generate("log").verifier, SigningKey.generate("log").verifier
    with pytest.raises(LogError, match="share an id"):
        note.verify(signed_by(LOG), [one, two])


@pytest.mark.parametrize("at", [datetime(2026, 1, 1), datetime(1969, 12, 31, tzinfo=UTC), None])  # noqa: DTZ001 - a naive time is the case
def test_a_cosignature_needs_a_time_that_can_be_written(at: datetime | None) -> None:
    with pytest.raises(LogError):
        note.sign("a text\n", LOG.as_cosigner(), at)


def test_a_plain_signature_states_no_time() -> None:
    with pytest.raises(LogError, match="nothing else does"):
        note.sign("a text\n", LOG, AT)


def test_a_time_in_another_zone_is_the_same_time() -> None:
    there = AT.astimezone(timezone(timedelta(hours=7)))
    assert note.sign("a text\n", LOG.as_cosigner(), there) == note.sign("a text\n", LOG.as_cosigner(), AT)


@pytest.mark.parametrize("text", ["", "no newline", "a tab\t\n", "half a pair \ud800\n"])
def test_a_text_that_could_not_be_read_again_is_not_signed(text: str) -> None:
    with pytest.raises(LogError):
        note.sign(text, LOG)
