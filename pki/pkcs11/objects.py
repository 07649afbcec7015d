"""What lies on a PKCS#11 token, read with care: descriptions, certificates, keys.

Drivers leave attributes out, hide them, or fail at them; nothing but the answer is taken for granted.
"""

from collections.abc import Iterator
from ctypes import c_ulong
from dataclasses import dataclass

from pki.pkcs11.cryptoki import Attribute, Flag, KeyType, Kind, TokenInfo
from pki.pkcs11.library import Library, text_of
from pki.pkcs11.wire import Message

_KINDS = {KeyType.RSA: "rsa", KeyType.EC: "ec", KeyType.EC_EDWARDS: "ed25519"}

_ORDERS = {
    bytes.fromhex("06082a8648ce3d030107"): 32,  # P-256
    bytes.fromhex("06052b81040022"): 48,  # P-384
    bytes.fromhex("06052b81040023"): 66,  # P-521
}
"""Bytes in the order of each curve that CKA_EC_PARAMS names."""

_ED25519_BYTES = 64

_ENDLESS = 1 << 31
"""Some tokens say "no bound" by a number near the largest, instead of CK_EFFECTIVELY_INFINITE (0)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A private key and what is known of it.

    `public` is the RSA modulus or the public point, empty where the token does not tell; `size` the length of
    its signatures as the token gives them, 0 where unknown.
    """

    handle: int
    kind: str
    label: str
    identifier: bytes
    public: bytes
    size: int
    always_authenticate: bool


def tries_left(flags: int) -> str:
    """Say what a token tells about the tries left: PKCS#11 has flags for it, no number."""
    tries = "many"
    for flag, word in (
        (Flag.USER_PIN_COUNT_LOW, "few"),
        (Flag.USER_PIN_FINAL_TRY, "last"),
        (Flag.USER_PIN_LOCKED, "none"),
    ):
        tries = word if flags & flag else tries
    return tries


def describe_token(slot: int, info: TokenInfo) -> Message:
    """Describe a token in the wire's words (see `pki.pkcs11.adapter.TokenInfo`)."""
    flags = info.flags
    return {
        "token": text_of(info.label),
        "serial": text_of(info.serial),
        "manufacturer": text_of(info.manufacturer),
        "model": text_of(info.model),
        "slot-id": slot,
        "asks-pin": bool(flags & Flag.LOGIN_REQUIRED) and not flags & Flag.PROTECTED_AUTHENTICATION_PATH,
        "tries": tries_left(flags),
        "sessions": sessions_allowed(info),
    }


def sessions_allowed(info: TokenInfo) -> int | None:
    """Return how many sessions a token takes at once; `None` where it sets or tells no bound."""
    return int(info.most_sessions) if 0 < info.most_sessions < _ENDLESS else None


def certificates_on(library: Library, session: int) -> Iterator[Message]:
    """List the certificates on a token, each with the id and label that may join it to a key."""
    for handle in library.find(session, {Attribute.CLASS: Kind.CERTIFICATE}):
        value = library.attribute(session, handle, Attribute.VALUE)
        if value:  # a certificate may be kept elsewhere, with only its URL here
            yield {
                "id": library.attribute(session, handle, Attribute.ID) or b"",
                "label": _text(library.attribute(session, handle, Attribute.LABEL)),
                "der": value,
            }


def keys_on(library: Library, session: int) -> Iterator[Key]:
    """List the private keys on a token that may sign."""
    for handle in library.find(session, {Attribute.CLASS: Kind.PRIVATE_KEY}):
        if library.attribute(session, handle, Attribute.SIGN) != b"\0":
            yield read_key(library, session, handle)


def read_key(library: Library, session: int, handle: int) -> Key:
    """Read what must be known of a private key to sign with it."""

    def read(name: Attribute) -> bytes:
        return library.attribute(session, handle, name) or b""

    kind = _KINDS.get(KeyType(number), "") if (number := _number(read(Attribute.KEY_TYPE))) in _KINDS else ""
    identifier = read(Attribute.ID)
    public = read(Attribute.MODULUS).lstrip(b"\0") if kind == "rsa" else _point(library, session, identifier)
    sizes = {
        "rsa": len(public),
        "ec": 2 * _ORDERS.get(read(Attribute.EC_PARAMS), 0),
        "ed25519": _ED25519_BYTES,
    }
    return Key(
        handle=handle,
        kind=kind,
        label=_text(read(Attribute.LABEL)),
        identifier=identifier,
        public=public,
        size=sizes.get(kind, 0),
        always_authenticate=read(Attribute.ALWAYS_AUTHENTICATE) not in (b"", b"\0"),
    )


def point_of(library: Library, session: int, handle: int) -> bytes:
    """Return the point of a public key without the OCTET STRING round it; some tokens leave that away."""
    point = library.attribute(session, handle, Attribute.EC_POINT) or b""
    head = 3 if point[1:2] == b"\x81" else 2  # tag and length, of one byte or of two
    return point[head:] if len(point) > head and point[head - 1] == len(point) - head else point


def _point(library: Library, session: int, identifier: bytes) -> bytes:
    """Return the point of the public key of the same id: a private EC key does not tell it."""
    if not identifier:
        return b""
    found = library.find(session, {Attribute.CLASS: Kind.PUBLIC_KEY, Attribute.ID: identifier})
    return point_of(library, session, found[0]) if len(found) == 1 else b""


def _number(value: bytes) -> int:
    return c_ulong.from_buffer_copy(value).value if len(value) == len(bytes(c_ulong())) else -1


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace").rstrip("\0")
