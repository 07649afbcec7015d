"""What was bent, signed anew with kept keys: odd as it is, its issuer signed it, so that readers read on.

Where a structure is too odd to be signed it stays as it is.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from signer.quick.asn1 import oid
from tests.fuzz.bending import Node
from tests.fuzz.held import HELD

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_ODD = (ValueError, IndexError, TypeError, AttributeError)
_MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
_CONTENT, _CERTIFICATES = 2, 3  # where they are in SignedData (RFC 5652 §5.1)
_ATTRIBUTES, _VALUE, _UNSIGNED = 3, 5, 6  # where they are in SignerInfo (§5.3)


def key(name: str) -> Key:
    """One of the kept keys."""
    read = load_der_private_key((HELD / f"{name}.key").read_bytes(), None)
    assert isinstance(read, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return read


ISSUER = key("issuer")
_KNOWN = frozenset(file.read_bytes() for file in HELD.glob("*.der"))


def _signed(by: Key, data: bytes) -> bytes:
    if isinstance(by, rsa.RSAPrivateKey):
        return by.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return by.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def certificate(data: bytes) -> bytes:
    """Return a certificate or a list signed anew by the issuer (RFC 5280 §4.1, §5.1)."""
    with suppress(*_ODD):
        (whole,) = Node.all_in(data)
        return _reissued(whole).encoded
    return data


def answer(data: bytes) -> bytes:
    """Return an OCSP response signed anew by the issuer (RFC 6960 §4.2.1)."""
    with suppress(*_ODD):
        (whole,) = Node.all_in(data)
        basic = whole.inside[1].inside[0].inside[1].inside[0]
        _reissued(basic)
        return whole.encoded
    return data


def _reissued(whole: Node) -> Node:
    tbs, _, value = whole.inside[:3]
    value.head, value.inside = b"", b"\0" + _signed(ISSUER, tbs.encoded)
    return whole


def container(data: bytes, by: Key, stamper: Key) -> bytes:
    """Return a container with its certificates, its signature and the time-stamp over that made anew."""
    with suppress(*_ODD):
        (whole,) = Node.all_in(data)
        value = _resigned(whole, by)
        with suppress(*_ODD):
            (info,) = _signed_data(whole)[-1].inside
            token = info.inside[_UNSIGNED].inside[0].inside[1].inside[0]
            stamped = _signed_data(token)[_CONTENT].inside[1].inside[0].inside[0]
            stamped.inside[2].inside[1].inside = _hash(value)  # RFC 3161 §2.4.2: the imprint
            _resigned(token, stamper)
        return whole.encoded
    return data


def _signed_data(whole: Node) -> list[Node]:
    return whole.inside[1].inside[0].inside


def _resigned(whole: Node, by: Key) -> bytes:
    """Sign SignedData anew: its certificates, who is named, what is digested; return the signature."""
    parts = _signed_data(whole)
    (info,) = parts[-1].inside
    attributes = info.inside[_ATTRIBUTES]
    for each in parts[_CERTIFICATES].inside:
        if each.encoded not in _KNOWN:
            made = _reissued(each).encoded
            for kind in ("sha1", "sha256"):  # RFC 2634 §5.4, RFC 5035 §3
                named = hashlib.new(kind, made).digest()
                _replace(attributes, {hashlib.new(kind, known).digest(): named for known in _KNOWN})
    if len(parts[_CONTENT].inside) > 1:
        content = parts[_CONTENT].inside[1].inside[0]
        _replace_digest(attributes, _hash(content.content))
    value = _signed(by, b"\x31" + attributes.encoded[1:])
    info.inside[_VALUE].head, info.inside[_VALUE].inside = b"", value
    return value


def _replace(node: Node, by: Mapping[bytes, bytes]) -> None:
    if isinstance(node.inside, bytes):
        node.inside = by.get(node.inside, node.inside)
    else:
        for each in node.inside:
            _replace(each, by)


def _replace_digest(attributes: Node, digest: bytes) -> None:
    for each in attributes.inside:
        if each.inside[0].inside == _MESSAGE_DIGEST:
            each.inside[1].inside[0].inside = digest


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
