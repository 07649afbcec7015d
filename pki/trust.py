"""Which certificates belief starts from, and which help on the way; from files that an operator chose.

Pin roots out of band: whoever can swap these files decides what is believed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509

from pki.certificate_files import certificates_in, der
from pki.chain import is_issued_by
from pki.errors import AnchorError


@dataclass(frozen=True, slots=True)
class Anchors:
    """Certificates, DER: the self-signed ones belief starts from, and others on the way to them."""

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, *places: Path) -> Self:
        """Read certificates from files (PEM, DER, PKCS#7 or a national list) and folders of them.

        Self-signed ones become roots, the others intermediates. Raises `UsageError` for a place that cannot
        be read and `AnchorError` for a file that holds no certificate, or if there is no root at all.
        """
        roots: dict[bytes, None] = {}  # a dict keeps the order and drops doubles
        intermediates: dict[bytes, None] = {}
        for certificate in certificates_in(places):
            kind = roots if is_issued_by(certificate, certificate) else intermediates
            kind[der(certificate)] = None
        if not roots:
            raise AnchorError(
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


def is_root(certificate: bytes) -> bool:
    """Tell whether a certificate (DER) is self-signed."""
    read = x509.load_der_x509_certificate(certificate)
    return is_issued_by(read, read)


def read_certificates(*places: Path) -> tuple[bytes, ...]:
    """Return the certificates (DER) in files and folders, in their order; trusts none of them.

    Raises `UsageError` for a place that cannot be read, `AnchorError` for a file that holds no certificate.
    """
    found = tuple(der(each) for each in certificates_in(places))
    if not found:
        raise AnchorError(
            "There is no certificate in {places}.", places=", ".join(map(str, places)) or "nothing"
        )
    return found
