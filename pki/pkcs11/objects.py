"""What lies on a PKCS#11 token, read with care: descriptions, certificates, keys. A door to python-pkcs11.

Drivers leave attributes out, hide them, or fail at them; nothing but the answer is taken for granted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, TokenFlag
from pkcs11.exceptions import PKCS11Error
from pkcs11.types import SignMixin

from pki.pkcs11.wire import Message, Refusal

_KINDS = {KeyType.RSA: "rsa", KeyType.EC: "ec"}


@dataclass(frozen=True, slots=True)
class Key:
    """A private key, what is known of it, and how it signs."""

    key: SignMixin
    kind: str
    label: str
    identifier: bytes
    modulus: bytes
    mechanism: Mechanism | None
    """`None` where the token hashes itself, with the mechanism of the digest."""
    pin: str | None
    """The PIN, where the key wants it at every signature (CKA_ALWAYS_AUTHENTICATE)."""


def tries_left(token: pkcs11.Token) -> dict[str, str]:
    """Say what the token tells about the tries left: PKCS#11 has flags for it, no number."""
    return {"tries": describe_token(token.slot.get_token())["tries"]}


def describe_token(token: pkcs11.Token) -> Message:
    """Describe a token in the wire's words (see `pki.pkcs11.TokenInfo`)."""
    flags = token.flags
    tries = "many"
    for flag, word in (
        (TokenFlag.USER_PIN_COUNT_LOW, "few"),
        (TokenFlag.USER_PIN_FINAL_TRY, "last"),
        (TokenFlag.USER_PIN_LOCKED, "none"),
    ):
        tries = word if flags & flag else tries
    return {
        "token": token.label,
        "serial": token.serial.decode("ascii", "replace").strip(),
        "manufacturer": token.manufacturer_id,
        "model": token.model,
        "slot-id": token.slot.slot_id,
        "asks-pin": bool(flags & TokenFlag.LOGIN_REQUIRED)
        and not flags & TokenFlag.PROTECTED_AUTHENTICATION_PATH,
        "tries": tries,
    }


def certificates_on(session: pkcs11.Session) -> Iterator[Message]:
    """List the certificates on a token, each with the id and label that may join it to a key."""
    for item in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        value = attribute(item, Attribute.VALUE, b"")
        if value:  # a certificate may be kept elsewhere, with only its URL here
            yield {
                "id": attribute(item, Attribute.ID, b""),
                "label": attribute(item, Attribute.LABEL, ""),
                "der": value,
            }


def read_key(token: pkcs11.Token, key: object, pin: str | None) -> Key:
    """Read what must be known of a key to sign with it; refuses what cannot sign."""
    if not isinstance(key, SignMixin):  # CKA_SIGN is false, or this is no private key
        raise Refusal("key-unsupported", kind="?")
    kind = _KINDS.get(attribute(key, Attribute.KEY_TYPE, None), "")
    return Key(
        key=key,
        kind=kind,
        label=attribute(key, Attribute.LABEL, ""),
        identifier=attribute(key, Attribute.ID, b""),
        modulus=attribute(key, Attribute.MODULUS, b"") if kind == "rsa" else b"",
        mechanism=_mechanism(token, kind),
        pin=pin if attribute(key, Attribute.ALWAYS_AUTHENTICATE, False) else None,
    )


def _mechanism(token: pkcs11.Token, kind: str) -> Mechanism | None:
    """Probe how the token signs: with our digest if it can, hashing itself if it must."""
    for wanted, mechanism in (("ec", Mechanism.ECDSA), ("rsa", Mechanism.RSA_PKCS)):
        if kind == wanted and _signs(token, mechanism):
            return mechanism
    if kind == "rsa" and _signs(token, Mechanism.SHA256_RSA_PKCS):
        return None
    raise Refusal("key-unsupported", kind=kind or "?")


def _signs(token: pkcs11.Token, mechanism: Mechanism) -> bool:
    # Both are asked: some drivers describe mechanisms that they do not list, and refuse at signing.
    try:
        info = token.slot.get_mechanism_info(mechanism)
        return mechanism in token.slot.get_mechanisms() and bool(info.flags & MechanismFlag.SIGN)
    except PKCS11Error:
        return False


def attribute(item: Any, name: Attribute, absent: Any) -> Any:
    """Read an attribute that a driver may not have, may hide, or may fail at."""
    try:
        return item[name]
    except (PKCS11Error, KeyError, ValueError):
        return absent
