import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.audit import checkpoint, entry, merkle, note, proof
from exchange.audit.checkpoint import Checkpoint
from exchange.audit.note import SigningKey, VerifierKey
from exchange.audit.proof import Proof, verify_proof
from exchange.errors import LogError

FOLDER = Path(__file__).parents[1] / "vectors/tlog"
KEYS: dict[str, str] = json.loads((FOLDER / "keys.json").read_bytes())
VKEY, WITNESS = KEYS["log vkey"], VerifierKey.parse(KEYS["witness vkey"])
LOG = SigningKey.parse(KEYS["log skey"])
DATA = (FOLDER / "entry.tlog-proof").read_bytes()
ENTRY = (FOLDER / "entry.json").read_bytes()
AT = datetime(2026, 11, 22, 5, 15, tzinfo=UTC)
LINES = DATA.decode().removesuffix("\n").split("\n")


def believed(data: bytes) -> proof.ProvenEntry:
    return verify_proof(data, VKEY, witnesses=[WITNESS], quorum=1)


def proof_of(leaf: bytes, *, size: int = 8, index: int = 5) -> bytes:
    """A proof, rightly signed by the log, of whatever bytes stand at `index`."""
    leaves = [merkle.leaf_hash(leaf if at == index else b"%d" % at) for at in range(size)]
    signed = checkpoint.sign(Checkpoint(LOG.name, size, merkle.root(leaves)), LOG, AT)
    path = tuple(merkle.inclusion_path(index, leaves))
    return Proof(entry=leaf, index=index, path=path, checkpoint=signed).encode()


def test_a_proof_verifies_with_the_file_and_the_logs_key_alone() -> None:
    proven = verify_proof(DATA, VKEY)
    assert (proven.data, proven.index, proven.size) == (ENTRY, 5, 8)
    assert proven.entry == entry.parse(ENTRY)
    assert (str(proven.log), proven.signed_at, proven.witnesses) == (VKEY, AT, ())


def test_a_proof_names_the_witnesses_that_were_asked_for() -> None:
    assert believed(DATA).witnesses == (note.Signed(WITNESS, AT),)


def test_the_proof_is_made_again_with_the_same_bytes() -> None:
    assert proof.parse(DATA).encode() == DATA


@pytest.mark.parametrize("number", range(len(LINES)))
def test_no_line_can_be_changed_left_out_doubled_or_moved(number: int) -> None:
    line = LINES[number]
    middle = len(line) // 2
    flipped = line[:middle] + chr(ord(line[middle]) ^ 1) + line[middle + 1 :] if line else "x"
    forgeries = [
        [*LINES[:number], flipped, *LINES[number + 1 :]],
        [*LINES[:number], line + " ", *LINES[number + 1 :]],
        [*LINES[:number], line, "", *LINES[number + 1 :]],
    ]
    if number < len(LINES) - 3:  # a signature line may be repeated or left out, while enough are there
        forgeries.append([*LINES[:number], line, *LINES[number:]])
        forgeries.append([*LINES[:number], *LINES[number + 1 :]])
        forgeries.append([*LINES[:number], *LINES[number + 1 :], line])
    for forged in forgeries:
        with pytest.raises(LogError) as caught:
            believed("".join(f"{text}\n" for text in forged).encode())
        assert caught.value.facts["step"] in range(1, 6)


@pytest.mark.parametrize("missing", [len(LINES) - 3, len(LINES) - 1])
def test_the_lines_of_the_log_and_of_the_witness_are_both_needed(missing: int) -> None:
    without = [line for number, line in enumerate(LINES) if number != missing]
    with pytest.raises(LogError, match="step 3"):
        believed("".join(f"{text}\n" for text in without).encode())


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, flip: int) -> None:
    with pytest.raises(LogError):
        believed(DATA[:at] + bytes([DATA[at] ^ flip]) + DATA[at + 1 :])


@given(st.binary(max_size=6), st.integers(0, len(DATA)), st.integers(0, 4))
def test_what_is_read_is_written_again_byte_for_byte(noise: bytes, at: int, gone: int) -> None:
    altered = DATA[:at] + noise + DATA[at + gone :]
    try:
        read = proof.parse(altered)
    except LogError:
        return
    assert read.encode() == altered


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_proof_is_read_as_it_was_written(index: int, path: list[bytes]) -> None:
    signed = proof.parse(DATA).checkpoint
    written = Proof(entry=ENTRY, index=index, path=tuple(path), checkpoint=signed)
    assert proof.parse(written.encode()) == written


HEAD, EXTRA, INDEX = LINES[:3]
REST = DATA.split(b"\n", 3)[3].decode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "step 1", id="nothing"),
        pytest.param(f"{HEAD}\n{INDEX}\n{REST}".encode(), "extra", id="no entry"),
        pytest.param(f"{HEAD}\n{EXTRA}\n{REST}".encode(), "index", id="no index"),
        pytest.param(f"{HEAD}\n{INDEX}\n{EXTRA}\n{REST}".encode(), "extra", id="lines in another order"),
        pytest.param(DATA.replace(b"@v1", b"@v2"), "not a proof file", id="another version"),
        pytest.param(DATA.replace(b"index 5", b"index 05"), "decimal", id="a leading zero"),
        pytest.param(DATA.replace(b"index 5", b"index  5"), "decimal", id="two spaces"),
        pytest.param(DATA.replace(b"index 5", b"index 9223372036854775808"), "decimal", id="a huge index"),
        pytest.param(
            DATA.replace(b"index 5", b"index 5\n" + b"A" * 43 + b"="), "step 4", id="a hash too many"
        ),
        pytest.param(DATA.replace(b"index 5\n", b"index 5\nAAAA\n"), "32 bytes", id="a short hash"),
        pytest.param(
            DATA.replace(b"index 5\n", b"index 5\n" + (b"A" * 43 + b"=\n") * 64), "lines", id="64 hashes more"
        ),
        pytest.param(DATA.replace(b"\n", b"\r\n"), "step 1", id="line ends of another system"),
        pytest.param(b"\xef\xbb\xbf" + DATA, "ASCII", id="a byte order mark"),
        pytest.param(DATA + b"\n", "step 1", id="an empty line at the end"),
        pytest.param(DATA.removesuffix(b"\n"), "step 1", id="no newline at the end"),
        pytest.param(DATA + b" " * proof.MAX_PROOF, "longer", id="too long"),
        pytest.param(DATA.replace(b"index 5", b"index 4"), "step 4", id="the neighbour's index"),
        pytest.param(DATA.replace(b"index 5", b"index 8"), "step 4", id="an index beyond the log"),
    ],
)
def test_a_broken_proof_says_where_it_breaks(data: bytes, words: str) -> None:
    with pytest.raises(LogError, match=words):
        verify_proof(data, VKEY)


def test_another_entry_of_the_same_log_is_not_proven() -> None:
    other = base64.b64encode(ENTRY.replace(b'"pages":3', b'"pages":4')).decode()
    with pytest.raises(LogError, match="step 4: The inclusion path does not lead to the root"):
        verify_proof(DATA.replace(EXTRA.encode(), f"extra {other}".encode()), VKEY)


def test_a_node_of_the_tree_is_not_proven_as_an_entry() -> None:
    left, right = merkle.leaf_hash(b"0"), merkle.leaf_hash(b"1")
    signed = checkpoint.sign(Checkpoint(LOG.name, 2, merkle.node_hash(left, right)), LOG, AT)
    forged = Proof(entry=left + right, index=0, path=(), checkpoint=signed)
    with pytest.raises(LogError, match="step 4"):
        verify_proof(forged.encode(), VKEY)


def test_what_is_in_the_log_but_no_audit_entry_fails_last() -> None:
    with pytest.raises(LogError, match="step 5"):
        verify_proof(proof_of(b"anything"), VKEY)


def test_the_proof_of_a_lone_entry_has_no_path() -> None:
    assert verify_proof(proof_of(ENTRY, size=1, index=0), VKEY).size == 1


def test_every_byte_of_both_lines_of_the_log_matters_without_any_witness() -> None:
    own = "".join(f"{line}\n" for line in LINES[:-1]).encode()
    assert verify_proof(own, VKEY).signed_at == AT
    start = own.index(b"\n\n") + 2
    for at in range(start, len(own)):
        with pytest.raises(LogError):
            verify_proof(own[:at] + bytes([own[at] ^ 1]) + own[at + 1 :], VKEY)


def test_a_key_that_is_none_fails_at_its_own_step() -> None:
    with pytest.raises(LogError, match="step 2"):
        verify_proof(DATA, "log.example.gov/audit")


@pytest.mark.parametrize("name", ["witness vkey", "signed-note vkey"])
def test_another_key_believes_nothing(name: str) -> None:
    with pytest.raises(LogError, match="step 3"):
        verify_proof(DATA, KEYS[name])


def test_a_log_of_the_same_name_with_another_key_is_another_log() -> None:
    stranger = SigningKey.generate(LOG.name)
    with pytest.raises(LogError, match="step 3: No known key has signed"):
        verify_proof(DATA, str(stranger.verifier))


def test_witnesses_that_have_not_signed_are_missed() -> None:
    with pytest.raises(LogError, match="step 3: 0 of the 1 witnesses"):
        verify_proof(proof_of(ENTRY), VKEY, witnesses=[WITNESS], quorum=1)


def test_a_broken_step_keeps_its_cause_and_its_words() -> None:
    with pytest.raises(LogError) as caught:
        verify_proof(DATA.replace(b"index 5", b"index 8"), VKEY)
    assert isinstance(caught.value.__cause__, LogError)
    assert str(caught.value) == "The proof fails at step 4: There is no entry 8 in a log of 8."
