import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit import checkpoint, merkle, note
from exchange.audit.checkpoint import Checkpoint
from exchange.audit.note import Note, SigningKey
from exchange.errors import LogError

FOLDER = Path(__file__).parents[1] / "vectors/tlog"
KEYS: dict[str, str] = json.loads((FOLDER / "keys.json").read_bytes())
SIGNED = (FOLDER / "checkpoint.note").read_bytes()
ROOT8 = bytes.fromhex(json.loads((FOLDER / "rfc6962.json").read_bytes())["roots"]["8"])
LOG, WITNESS = SigningKey.parse(KEYS["log skey"]), SigningKey.parse(KEYS["witness skey"])
THEN = datetime.fromtimestamp(1_700_000_000, UTC)
HEAD = Checkpoint(LOG.name, 8, ROOT8)


def test_the_vector_is_signed_and_cosigned_again_with_the_same_bytes() -> None:
    assert checkpoint.cosign(checkpoint.sign(HEAD, LOG), WITNESS, THEN) == SIGNED


def test_the_vector_verifies_with_its_witness() -> None:
    seen = checkpoint.verify(SIGNED, LOG.verifier, [WITNESS.verifier], quorum=1)
    assert seen.checkpoint == HEAD
    assert seen.signed_at is None
    assert seen.witnesses == (note.Signed(WITNESS.verifier, THEN),)


def test_a_log_dates_its_own_checkpoint() -> None:
    seen = checkpoint.verify(checkpoint.sign(HEAD, LOG, THEN), LOG.verifier)
    assert (seen.signed_at, seen.witnesses) == (THEN, ())


@pytest.mark.parametrize("at", range(len(SIGNED)))
def test_no_byte_of_a_checkpoint_can_be_changed(at: int) -> None:
    altered = SIGNED[:at] + bytes([SIGNED[at] ^ 1]) + SIGNED[at + 1 :]
    with pytest.raises(LogError):
        checkpoint.verify(altered, LOG.verifier, [WITNESS.verifier], quorum=1)


def test_an_unknown_line_is_ignored_and_counts_for_nothing() -> None:
    assert checkpoint.verify(SIGNED, LOG.verifier).witnesses == ()
    with pytest.raises(LogError, match="0 of the 1 witnesses"):
        checkpoint.verify(SIGNED, LOG.verifier, quorum=1)


def test_a_witness_under_two_names_or_twice_in_the_note_is_one_witness() -> None:
    alias = SigningKey("witness.example.org/w2", WITNESS.kind, WITNESS.seed)
    twice = checkpoint.cosign(checkpoint.cosign(SIGNED, alias, THEN), WITNESS, THEN + timedelta(days=1))
    known = [WITNESS.verifier, alias.verifier]
    assert checkpoint.verify(twice, LOG.verifier, known, 1).witnesses == (
        note.Signed(WITNESS.verifier, THEN),
    )
    with pytest.raises(LogError, match="1 of the 2 witnesses"):
        checkpoint.verify(twice, LOG.verifier, known, 2)


def test_the_log_is_no_witness_of_itself() -> None:
    signed = checkpoint.sign(HEAD, LOG, THEN)
    with pytest.raises(LogError, match="0 of the 1 witnesses"):
        checkpoint.verify(signed, LOG.verifier, [LOG.as_cosigner().verifier], quorum=1)


def test_witnesses_alone_make_no_checkpoint_of_a_log() -> None:
    alone = Note(str(HEAD), (note.sign(str(HEAD), WITNESS, THEN),)).encode()
    with pytest.raises(LogError, match="has not signed"):
        checkpoint.verify(alone, LOG.verifier, [WITNESS.verifier], quorum=1)


def test_the_dated_line_alone_is_not_the_logs_signature() -> None:
    alone = Note(str(HEAD), (note.sign(str(HEAD), LOG.as_cosigner(), THEN),)).encode()
    with pytest.raises(LogError, match="has not signed"):
        checkpoint.verify(alone, LOG.verifier)


def test_another_logs_checkpoint_is_refused_although_its_key_is_right() -> None:
    text = str(Checkpoint("another.example.gov", 8, ROOT8))
    with pytest.raises(LogError, match=r"of the log another\.example\.gov"):
        checkpoint.verify(Note(text, (note.sign(text, LOG),)).encode(), LOG.verifier)


@pytest.mark.parametrize("key", [WITNESS, LOG.as_cosigner(), SigningKey.generate("other")])
def test_a_log_signs_with_the_key_of_its_own_name(key: SigningKey) -> None:
    with pytest.raises(LogError, match="key of that name"):
        checkpoint.sign(HEAD, key)


def test_only_a_checkpoint_is_cosigned() -> None:
    other = Note("a text\n", (note.sign("a text\n", LOG),)).encode()
    with pytest.raises(LogError, match="three lines"):
        checkpoint.cosign(other, WITNESS, THEN)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("log\n8\n", id="two lines"),
        pytest.param("\n8\n{root}\n", id="no origin"),
        pytest.param("log\n08\n{root}\n", id="a leading zero"),
        pytest.param("log\n+8\n{root}\n", id="a sign"),
        pytest.param("log\n8 \n{root}\n", id="a space"),
        pytest.param("log\n１\n{root}\n", id="a digit of another script"),
        pytest.param("log\n1_0\n{root}\n", id="an underscore"),
        pytest.param("log\n\n{root}\n", id="no size"),
        pytest.param("log\n9223372036854775808\n{root}\n", id="two to the 63rd"),
        pytest.param("log\n" + "9" * 5000 + "\n{root}\n", id="a huge number"),
        pytest.param("log\n8\n{root}", id="no newline at the end"),
        pytest.param("log\n8\n{root}\n\n", id="an empty line at the end"),
        pytest.param("log\n8\n{root}\n\nmore\n", id="an empty extension line"),
        pytest.param("log\n8\nAAAA\n", id="a short root"),
        pytest.param("log\n0\n{root}\n", id="an empty log with a root"),
        pytest.param("log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n", id="loose bits in the root"),
    ],
)
def test_a_text_that_is_no_checkpoint_in_its_one_spelling_is_refused(text: str) -> None:
    root = str(HEAD).split("\n")[2]
    with pytest.raises(LogError):
        Checkpoint.parse(text.replace("{root}", root))


lines = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]), min_size=1)


@given(lines, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(lines, max_size=2))
def test_a_checkpoint_is_read_as_it_was_written(origin: str, size: int, root: bytes, more: list[str]) -> None:
    written = Checkpoint(origin, size, root if size else merkle.EMPTY_ROOT, tuple(more))
    assert Checkpoint.parse(str(written)) == written
