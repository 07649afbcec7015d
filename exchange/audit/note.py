"""Signed notes: a small text and the lines that sign it (c2sp.org/signed-note).

Only what has one spelling is read: for every accepted note `parse(x).encode() == x`. Nothing in a note may
be believed before `verify`.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exchange.audit.spelling import MAX_NUMBER, from_base64, to_base64
from exchange.errors import LogError
from pki.words import N_

MAX_NOTE = 256 * 1024
"""Bytes of a note: room for `MAX_SIGNATURES` post-quantum signature lines."""

MAX_SIGNATURES = 64
"""Signature lines of a note; the standard asks for at least 16."""

MAX_NAME = 255
"""Characters of a key name, and so of a log's origin."""

_KEY_ID_SIZE = 4
_KEY_SIZE = 32
_ED25519_SIZE = 64
_TIME_SIZE = 8
_PRIVATE_PREFIX = "PRIVATE+KEY+"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class KeyType(IntEnum):
    """What a key signs, and how ("Signature types")."""

    ED25519 = 0x01
    """The note's text itself."""
    COSIGNATURE = 0x04
    """A time and the text of a checkpoint (c2sp.org/tlog-cosignature)."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name; text form `<name>+<key id>+<base64>`, called a vkey."""

    name: str
    kind: KeyType
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != _KEY_SIZE:
            raise LogError("An Ed25519 key has {size} bytes.", size=_KEY_SIZE)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand for this key in a signature line."""
        seed = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(seed).digest()[:_KEY_ID_SIZE]

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read the text form; `LogError` unless it is exactly what `str` would write."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")  # base64 may hold a plus of its own
        kind, public = _read_key(encoded)
        key = cls(name, kind, public)
        if str(key) != text:
            raise LogError(
                "The key id {key_id} does not belong to this verifier key.", key_id=repr(key_id[:MAX_NAME])
            )
        return key

    def as_cosigner(self) -> "VerifierKey":
        """Return the same key as one that signs with a time; the type keeps the two apart."""
        return VerifierKey(self.name, KeyType.COSIGNATURE, self.public)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its name; text form `PRIVATE+KEY+<name>+<key id>+<base64>`, called an skey."""

    name: str
    kind: KeyType
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != _KEY_SIZE:
            raise LogError("An Ed25519 key has {size} bytes.", size=_KEY_SIZE)

    @classmethod
    def generate(cls, name: str, kind: KeyType = KeyType.ED25519) -> "SigningKey":
        """Make a new key."""
        return cls(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read the text form; `LogError`, which never repeats the text, unless it is exactly right."""
        name, _, rest = text.removeprefix(_PRIVATE_PREFIX).partition("+")
        try:
            key = cls(name, *_read_key(rest.partition("+")[2]))
        except LogError:
            # Not `from`: what was wrong might be quoted, and it might be the secret.
            raise LogError("This is not a private key of a log.") from None
        if key.reveal() != text:
            raise LogError("This private key of a log is not spelt in its one way.")
        return key

    def reveal(self) -> str:
        """Return the text form, to be stored where only the log's owner can read it."""
        encoded = to_base64(bytes([self.kind]) + self.seed)
        return f"{_PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        return VerifierKey(self.name, self.kind, private.public_key().public_bytes_raw())

    def as_cosigner(self) -> "SigningKey":
        """Return the same key as one that signs with a time; the type keeps the two apart."""
        return SigningKey(self.name, KeyType.COSIGNATURE, self.seed)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who says so, with which key, and the value (not yet believed)."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.name} {to_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and its signature lines in order (not yet believed)."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """Return the note's exact bytes."""
        return f"{self.text}\n{''.join(map(str, self.signatures))}".encode()


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was verified; `at` is the time it states, for a cosignature."""

    key: VerifierKey
    at: datetime | None = None


def parse(data: bytes) -> Note:
    """Read a note ("Format"); `LogError` unless it is well-formed in its one spelling."""
    if len(data) > MAX_NOTE:
        raise LogError("The note is longer than {limit} bytes.", limit=MAX_NOTE)
    try:
        content = data.decode()
    except UnicodeDecodeError as error:
        raise LogError("The note is not UTF-8.") from error
    if _CONTROL.search(content):
        raise LogError("The note has a control character.")
    body, separator, lines = content.rpartition("\n\n")  # the last empty line: the text may have some too
    if not separator or not lines.endswith("\n"):
        raise LogError("The note has no signature lines after an empty line.")
    # Never str.splitlines: it also splits at U+0085, U+2028 and others.
    signatures = lines.removesuffix("\n").split("\n")
    if len(signatures) > MAX_SIGNATURES:
        raise LogError("The note has more than {limit} signatures.", limit=MAX_SIGNATURES)
    return Note(body + "\n", tuple(map(_read_signature, signatures)))


def sign(text: str, key: SigningKey, at: datetime | None = None) -> Signature:
    """Sign a note's text; `at` is the time a cosignature states, and belongs to no other kind."""
    _check_text(text)
    stamp = b"" if at is None else _to_seconds(at).to_bytes(_TIME_SIZE)
    if (key.kind is KeyType.COSIGNATURE) != bool(stamp):
        raise LogError("A cosignature states a time, and nothing else does.")
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    value = stamp + private.sign(_signed_message(key.kind, text, stamp))
    return Signature(key.name, key.verifier.key_id, value)


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signed, ...]:
    """Return who signed, of the keys we know; `LogError` when none did or a known one does not verify.

    Lines of unknown keys are ignored, even when they share the name or the id of a known one ("Signatures").
    A key that signed twice stands twice in the answer: count keys, not lines.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise LogError("Two known keys are called {name} and share an id.", name=key.name)
    signed = tuple(
        _verify_one(note.text, line, known[line.name, line.key_id])
        for line in note.signatures
        if (line.name, line.key_id) in known
    )
    if not signed:
        raise LogError("No known key has signed this note.")
    return signed


def _verify_one(text: str, line: Signature, key: VerifierKey) -> Signed:
    stamp_size = _TIME_SIZE if key.kind is KeyType.COSIGNATURE else 0
    stamp, value = line.value[:stamp_size], line.value[stamp_size:]
    if len(value) != _ED25519_SIZE:
        raise LogError("The signature of {name} has the wrong length.", name=line.name)
    try:
        public = Ed25519PublicKey.from_public_bytes(key.public)
        public.verify(value, _signed_message(key.kind, text, stamp))
    except InvalidSignature as error:
        raise LogError("The signature of {name} does not verify.", name=line.name) from error
    return Signed(key, _from_seconds(int.from_bytes(stamp)) if stamp else None)


def _signed_message(kind: KeyType, text: str, stamp: bytes) -> bytes:
    if kind is KeyType.ED25519:
        return text.encode()
    # c2sp.org/tlog-cosignature, "Ed25519 signed message"
    return f"cosignature/v1\ntime {int.from_bytes(stamp)}\n{text}".encode()


def _read_signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise LogError("A signature line is not “— name base64”.")
    _check_name(parts[1])
    value = from_base64(parts[2], N_("signature"))
    if len(value) <= _KEY_ID_SIZE:
        raise LogError("The signature of {name} is too short.", name=parts[1])
    return Signature(parts[1], value[:_KEY_ID_SIZE], value[_KEY_ID_SIZE:])


def _read_key(encoded: str) -> tuple[KeyType, bytes]:
    value = from_base64(encoded, N_("key"))
    if value[:1] not in {bytes([kind]) for kind in KeyType}:
        raise LogError("The key is of no type known here.")
    return KeyType(value[0]), value[1:]


def _check_name(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME or "+" in name or any(map(str.isspace, name)) or _CONTROL.search(name):
        raise LogError("{name} cannot be the name of a key.", name=repr(name[:MAX_NAME]))
    _check_unicode(name)


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise LogError("A note's text ends with a newline and has no other control character.")
    _check_unicode(text)


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise LogError("A note can only hold what UTF-8 can.") from error


def _to_seconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise LogError("A cosignature's time needs a time zone.")
    seconds = int(at.timestamp())
    if seconds < 0:
        raise LogError("A cosignature's time is not before 1970.")
    return seconds


def _from_seconds(seconds: int) -> datetime:
    if seconds > MAX_NUMBER:  # "MUST NOT exceed 2^63 - 1"
        raise LogError("A cosignature states an impossible time.")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise LogError("A cosignature states an impossible time.") from error
