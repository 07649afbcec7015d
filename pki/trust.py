"""Which certificates belief starts from, and which help on the way; from files that an operator chose.

Pin roots out of band: whoever can swap these files decides what is believed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from pki.chain import is_issued_by
from pki.errors import TrustError, UsageError
from pki.files import read_whole, why

MAX_FILE_BYTES = 4 << 20
"""One file of certificates; a national list is some hundred kilobytes."""

MAX_CERTIFICATES = 2000
"""Certificates in all files together."""

SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der", ".p7b", ".p7c"})
"""Files of a folder that are read; the others may be notes."""

_PEM = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class Anchors:
    """Certificates, DER: the self-signed ones belief starts from, and others on the way to them."""

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, *places: Path) -> Self:
        """Read certificates from files (PEM, DER or PKCS#7) and folders of them.

        Self-signed ones become roots, the others intermediates. Raises `UsageError` for a place that cannot
        be read and `TrustError` for a file that holds no certificate, or if there is no root at all.
        """
        roots: dict[bytes, None] = {}  # a dict keeps the order and drops doubles
        intermediates: dict[bytes, None] = {}
        for certificate in _all(places):
            kind = roots if is_issued_by(certificate, certificate) else intermediates
            kind[certificate.public_bytes(Encoding.DER)] = None
        if not roots:
            raise TrustError(
                "There is no root certificate in {places}.",
                hint="Trust starts from a self-signed certificate; add the authority's root.",
                places=", ".join(str(place) for place in places) or "nothing",
            )
        return cls(tuple(roots), tuple(intermediates))

    def __or__(self, other: "Anchors") -> "Anchors":
        """Return what both hold."""
        return Anchors(
            tuple(dict.fromkeys(self.roots + other.roots)),
            tuple(dict.fromkeys(self.intermediates + other.intermediates)),
        )


def read_certificates(*places: Path) -> tuple[bytes, ...]:
    """Return the certificates (DER) in files and folders, in their order; trusts none of them.

    Raises `UsageError` for a place that cannot be read and `TrustError` for a file that holds no certificate.
    """
    found = tuple(each.public_bytes(Encoding.DER) for each in _all(places))
    if not found:
        raise TrustError(
            "There is no certificate in {places}.", places=", ".join(map(str, places)) or "nothing"
        )
    return found


def _all(places: Iterable[Path]) -> Iterator[x509.Certificate]:
    count = 0
    for file in (file for place in places for file in _files(place)):
        for certificate in _certificates(file):
            count += 1
            if count > MAX_CERTIFICATES:
                raise TrustError("There are more than {limit} certificates to trust.", limit=MAX_CERTIFICATES)
            yield certificate


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    try:
        return sorted(file for file in place.iterdir() if file.suffix.lower() in SUFFIXES)
    except OSError as error:
        raise UsageError("{path} cannot be read: {reason}.", path=str(place), reason=why(error)) from error


def _certificates(file: Path) -> list[x509.Certificate]:
    content = read_whole(file, MAX_FILE_BYTES)
    try:
        return _parsed(content)
    except (ValueError, TypeError) as error:
        raise TrustError("{path} holds no certificate that can be read.", path=str(file)) from error


def _parsed(content: bytes) -> list[x509.Certificate]:
    if _PEM + b"PKCS7" in content:
        return pkcs7.load_pem_pkcs7_certificates(content)
    if _PEM in content:
        return x509.load_pem_x509_certificates(content)
    try:
        return [x509.load_der_x509_certificate(content)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(content)
