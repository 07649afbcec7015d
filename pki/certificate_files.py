"""Certificates in the files people have them in: PEM, DER, PKCS#7, and a national list of authorities.

Whoever reads a file here trusts nothing of it yet.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pki.errors import AnchorError, UsageError
from pki.files import read_whole, why
from pki.unreadable import UNREADABLE

MAX_FILE_BYTES = 4 << 20
"""One file of certificates; a national list is some hundred kilobytes."""

MAX_CERTIFICATES = 2000
"""Certificates in all files together."""

MAX_ISSUERS = 16
"""Certificates taken from one answer of an issuer."""

SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".ctl"})
"""Files of a folder that are read; the others may be notes."""

_NOT_IN_FORM: tuple[type[Exception], ...] = (*UNREADABLE, RecursionError)
_PEM = b"-----BEGIN "


def certificates_in(places: Iterable[Path]) -> Iterator[x509.Certificate]:
    """Yield the certificates of files and of the files in folders, in their order.

    Raises `UsageError` for a place that cannot be read, and `AnchorError` for a file that holds no
    certificate or for more than `MAX_CERTIFICATES` of them.
    """
    count = 0
    for file in (file for place in places for file in files_of(place)):
        for certificate in parsed(read_whole(file, MAX_FILE_BYTES), file):
            count += 1
            if count > MAX_CERTIFICATES:
                raise _too_many()
            yield certificate


def files_of(place: Path) -> list[Path]:
    """Return the files of certificates in a folder, by name; of a file, itself."""
    if not place.is_dir():
        return [place]
    try:
        return sorted(file for file in place.iterdir() if file.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise UsageError("{path} cannot be read: {reason}.", path=str(place), reason=why(error)) from error


def parsed(content: bytes, file: Path) -> list[x509.Certificate]:
    """Return the certificates in a file's bytes, whatever its form; `AnchorError` if there are none."""
    try:
        found = _in_form(content)
    except _NOT_IN_FORM as error:
        raise AnchorError("{path} holds no certificate that can be read.", path=str(file)) from error
    if len(found) > MAX_CERTIFICATES:
        raise _too_many()
    return found


def _too_many() -> AnchorError:
    return AnchorError("There are more than {limit} certificates to trust.", limit=MAX_CERTIFICATES)


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate's bytes."""
    return certificate.public_bytes(Encoding.DER)


def issuers_in(answer: bytes) -> list[x509.Certificate]:
    """Read what RFC 5280 §4.2.2.1 has issuers serve: one certificate, or a PKCS#7 bag of them (DER).

    Raises one of `pki.unreadable.UNREADABLE` for anything else.
    """
    return _one_or_bag(answer)[:MAX_ISSUERS]


def _in_form(content: bytes) -> list[x509.Certificate]:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _in_ctl(content)
    if _PEM + b"PKCS7" in content:
        from cryptography.hazmat.primitives.serialization import pkcs7  # loads what writes e-mail

        return pkcs7.load_pem_pkcs7_certificates(content)
    if _PEM in content:
        return x509.load_pem_x509_certificates(content)
    return _one_or_bag(content)


def _one_or_bag(content: bytes) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(content)]
    except UNREADABLE:
        from cryptography.hazmat.primitives.serialization import pkcs7

        return pkcs7.load_der_pkcs7_certificates(content)


def _in_ctl(content: bytes) -> list[x509.Certificate]:
    """Read the national list of authorities: a JSON object whose `Certificates` are DER in base64.

    Nobody signs such a list, so what it says of itself (number, dates) proves nothing and is not read.
    """
    listed = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    texts = listed.get("Certificates")
    if not isinstance(texts, list) or not texts or len(texts) > MAX_CERTIFICATES:
        raise ValueError("no list of certificates")
    return [x509.load_der_x509_certificate(_decoded(each)) for each in texts]


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a member that is there twice: two readers would see two lists."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("no base64")  # noqa: TRY004 - one kind of error for a file that is not in form
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
