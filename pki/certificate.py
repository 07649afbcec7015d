"""A certificate of somebody: read once, and asked for one of its extensions (RFC 5280 §4)."""

from typing import TypeVar, cast

from cryptography.x509 import Certificate, Extension, ExtensionType, load_der_x509_certificate
from cryptography.x509.oid import ExtensionOID

from pki.remembering import LONGEST, remembered

T = TypeVar("T", bound=ExtensionType)

KNOWN = frozenset({
    ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.CERTIFICATE_POLICIES, ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.CRL_DISTRIBUTION_POINTS, ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
})  # fmt: skip
"""Extensions that may be critical: what they ask is checked, or asks nothing of a path (§4.2)."""


def read(certificate: bytes) -> Certificate:
    """Return a certificate (DER), which may have been read before; one of `UNREADABLE` if it is none."""
    return (_read if len(certificate) <= LONGEST else load_der_x509_certificate)(certificate)


@remembered(256)
def _read(certificate: bytes) -> Certificate:
    return load_der_x509_certificate(certificate)


def extension(certificate: Certificate, kind: type[T]) -> Extension[T] | None:
    """Return an extension (§4.2); None where there is none; one of `UNREADABLE` if they cannot be read.

    Found by its identifier: the library asks each of them whether it is an instance of an abstract class,
    which took a twenty-fifth of a verdict.
    """
    for each in certificate.extensions:
        if each.oid == kind.oid:
            return cast(Extension[T], each)
    return None


def said(certificate: Certificate, kind: type[T]) -> T | None:
    """Return what an extension says; else as `extension`."""
    found = extension(certificate, kind)
    return None if found is None else found.value
