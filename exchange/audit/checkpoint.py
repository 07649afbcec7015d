"""Checkpoints: the head of a log, signed and dated (c2sp.org/tlog-checkpoint, tlog-cosignature).

The log signs its head twice with one key: the text (type 0x01) and, dated, as a cosigner of itself (type
0x04). Witnesses add their own dated lines; a checkpoint that enough of them signed cannot be one of two
histories shown to two readers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange.audit import merkle, note
from exchange.audit.note import KeyType, Note, Signed, SigningKey, VerifierKey
from exchange.audit.spelling import MAX_NUMBER, from_base64, from_decimal, to_base64
from exchange.errors import LogError
from pki.words import N_

_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its origin (a unique name), its size in entries and its root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines of another program's log; ours has none ("NOT RECOMMENDED")."""

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if not all(lines) or any("\n" in line for line in lines):
            raise LogError("A checkpoint's line is empty.")
        if not 0 <= self.size <= MAX_NUMBER or len(self.root) != merkle.HASH_SIZE:
            raise LogError("A checkpoint's size or root is out of bounds.")
        if self.size == 0 and self.root != merkle.EMPTY_ROOT:
            raise LogError("An empty log has one root only.")

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note's text ("Note text"); `LogError` unless it is exactly what `str` would write."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < _LINES or not text.endswith("\n"):
            raise LogError("A checkpoint has at least three lines: origin, size and root.")
        origin, size, root, *extensions = lines
        return cls(origin, from_decimal(size, N_("size")), from_base64(root, N_("root")), tuple(extensions))


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint whose signatures were verified."""

    checkpoint: Checkpoint
    log: VerifierKey
    signed_at: datetime | None
    """When the log says it signed (its own dated line, where there is one)."""
    witnesses: tuple[Signed, ...]
    """Cosignatures of the witnesses we asked for: the first line of each key, in order."""


def sign(checkpoint: Checkpoint, key: SigningKey, at: datetime | None = None) -> bytes:
    """Return the signed checkpoint of the log that owns `key`; with `at`, dated by the same key.

    A log must never sign two heads that do not agree: store the head before anybody sees the signature.
    """
    if key.kind is not KeyType.ED25519 or key.name != checkpoint.origin:
        raise LogError("The log {origin} is signed with the key of that name.", origin=checkpoint.origin)
    signed = Note(str(checkpoint), (note.sign(str(checkpoint), key),)).encode()
    return signed if at is None else cosign(signed, key.as_cosigner(), at)


def parse(signed: bytes) -> Checkpoint:
    """Read a signed checkpoint without believing it."""
    return Checkpoint.parse(note.parse(signed).text)


def cosign(signed: bytes, key: SigningKey, at: datetime) -> bytes:
    """Return the checkpoint with one more, dated, line.

    It states that of this log `key`'s owner has seen no larger consistent tree by then: whoever calls this
    has verified the log's signature and the consistency with what it saw before, and has stored the result
    (c2sp.org/tlog-witness).
    """
    parsed = note.parse(signed)
    Checkpoint.parse(parsed.text)  # a cosignature means nothing on any other text
    line = note.sign(parsed.text, key, at)
    return Note(parsed.text, (*parsed.signatures, line)).encode()


def verify(signed: bytes, log: VerifierKey, witnesses: Sequence[VerifierKey] = (), quorum: int = 0) -> Seen:
    """Believe a checkpoint, or raise `LogError`.

    1. It is a well-formed note and a well-formed checkpoint.
    2. Its origin is the name of the key `log`.
    3. No line of a known key fails; the lines of unknown keys are ignored.
    4. `log` has signed it.
    5. At least `quorum` different keys of `witnesses` have cosigned it; the log's own does not count.
    """
    parsed = note.parse(signed)
    checkpoint = Checkpoint.parse(parsed.text)
    if checkpoint.origin != log.name:
        raise LogError(
            "The checkpoint is of the log {origin}, not of {name}.", origin=checkpoint.origin, name=log.name
        )
    lines = note.verify(parsed, [log, log.as_cosigner(), *witnesses])
    if not any(line.key == log for line in lines):
        raise LogError("The log {origin} has not signed this checkpoint.", origin=checkpoint.origin)
    own = next((line.at for line in lines if line.key == log.as_cosigner()), None)
    # By public key: an Ed25519 cosignature does not commit to its signer's name, so a second name is no
    # second witness. Reversed, so that the first line of each key stays.
    dated = {line.key.public: line for line in reversed(lines) if line.at and line.key.public != log.public}
    cosigned = tuple(line for line in lines if dated.get(line.key.public) is line)
    if len(cosigned) < quorum:
        raise LogError(
            "{count} of the {quorum} witnesses asked for have cosigned.", count=len(cosigned), quorum=quorum
        )
    return Seen(checkpoint, log, own, cosigned)
