"""One text file that proves one event, to a stranger, offline (c2sp.org/tlog-proof).

Its `extra` line carries the entry itself, so that the file and the log's public key are all that is needed.
That line is believed only because the inclusion path leads from it to the signed root.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from exchange.audit import checkpoint, entry, merkle, note
from exchange.audit.checkpoint import Seen
from exchange.audit.entry import AuditEntry
from exchange.audit.note import Signed, VerifierKey
from exchange.audit.spelling import from_base64, from_decimal, to_base64
from exchange.errors import LogError
from pki.words import N_, Sentence

SUFFIX = ".tlog-proof"
"""The extension of a proof's file name."""

MAX_PROOF = note.MAX_NOTE + 16 * 1024
"""Bytes of a proof: the checkpoint, and before it the entry in base64 and at most 63 hashes."""

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a proof file says (not yet believed)."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """Return the file's exact bytes ("Format")."""
        lines = [
            _HEADER,
            f"extra {to_base64(self.entry)}",
            f"index {self.index}",
            *map(to_base64, self.path),
            "",
        ]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenEntry:
    """An entry that was in the log, as `verify_proof` found it: the only maker of this type."""

    entry: AuditEntry
    data: bytes
    index: int
    size: int
    log: VerifierKey
    signed_at: datetime
    """When the log says it signed the checkpoint; the entry was in the log by then."""
    witnesses: tuple[Signed, ...]


def parse(data: bytes) -> Proof:
    """Read a proof file without believing it; `LogError` unless it is spelt as `encode` would."""
    if len(data) > MAX_PROOF:
        raise LogError("The proof is longer than {limit} bytes.", limit=MAX_PROOF)
    head, separator, signed = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise LogError("The proof is not plain ASCII before its checkpoint.") from error
    if lines[0] != _HEADER or not separator:
        raise LogError("This is not a proof file ({header}).", header=_HEADER)
    if len(lines) < 3 or len(lines) > 3 + merkle.MAX_PATH:
        raise LogError("The proof has too few or too many lines.")
    return Proof(
        entry=from_base64(_after("extra", lines[1]), N_("entry")),
        index=from_decimal(_after("index", lines[2]), N_("index")),
        path=tuple(_read_hash(line) for line in lines[3:]),
        checkpoint=note.parse(signed).encode(),
    )


def verify_proof(
    data: bytes, vkey: str, *, witnesses: Sequence[VerifierKey] = (), quorum: int = 0
) -> ProvenEntry:
    """Believe a proof, or raise `LogError` with the step that fails (`facts["step"]`).

    1. The file is a proof, spelt in the one allowed way.
    2. `vkey` is a log's public key.
    3. The checkpoint is that log's: its origin is the key's name, the log has signed and dated it (both
       lines, so that no byte of either passes as an unknown key's), the signature of no known key fails,
       and `quorum` of the `witnesses` have cosigned it.
    4. From the leaf hash of the `extra` bytes, the path leads to the checkpoint's root, at `index`.
    5. Those bytes are an audit entry, spelt in the one allowed way.
    """
    with _step(1):
        proof = parse(data)
    with _step(2):
        log = VerifierKey.parse(vkey)
    with _step(3):
        seen = checkpoint.verify(proof.checkpoint, log, witnesses, quorum)
        if (signed_at := seen.signed_at) is None:
            raise LogError("The log {origin} has not dated this checkpoint.", origin=seen.checkpoint.origin)
    with _step(4):
        _check_inclusion(proof, seen)
    with _step(5):
        logged = entry.parse(proof.entry)
    return ProvenEntry(
        entry=logged,
        data=proof.entry,
        index=proof.index,
        size=seen.checkpoint.size,
        log=log,
        signed_at=signed_at,
        witnesses=seen.witnesses,
    )


def _check_inclusion(proof: Proof, seen: Seen) -> None:
    merkle.verify_inclusion(
        index=proof.index,
        size=seen.checkpoint.size,
        leaf=merkle.leaf_hash(proof.entry),
        path=proof.path,
        root=seen.checkpoint.root,
    )


@contextmanager
def _step(number: int) -> Iterator[None]:
    try:
        yield
    except LogError as error:
        reason = Sentence.of(error)
        raise LogError("The proof fails at step {step}: {reason}", step=number, reason=reason) from error


def _after(word: str, line: str) -> str:
    found, space, rest = line.partition(" ")
    if found != word or not space:
        raise LogError("The proof has no line “{word} …” where it belongs.", word=word)
    return rest


def _read_hash(line: str) -> bytes:
    value = from_base64(line, N_("hash"))
    if len(value) != merkle.HASH_SIZE:
        raise LogError("A hash is not {size} bytes long.", size=merkle.HASH_SIZE)
    return value
