"""Keys in memory with certificates by the practice hierarchy: on a desk, or with a signing service."""

from dataclasses import dataclass
from pathlib import Path

from asn1crypto import pem
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pki.practice.sandbox import Sandbox
from tests.pki.enrolling import agency, enrol, person, request_for


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskKey:
    """A key with its certificate and its issuer's, both DER."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: bytes
    issuer: bytes

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the key and both certificates in two PEM files; return their paths."""
        key, certificates = folder / "desk-key.pem", folder / "desk.pem"
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        certificates.write_bytes(
            b"".join(pem.armor("CERTIFICATE", der) for der in (self.certificate, self.issuer))
        )
        return key, certificates


async def desk_key(
    sandbox: Sandbox, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, seal: bool = False
) -> DeskKey:
    """Have the practice hierarchy certify a person's key, or the agency's."""
    public_key = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    whose = ("seal", agency()) if seal else ("signatory", person("Lê Thị Bàn"))
    made = await enrol(sandbox, request_for(*whose, public_key))
    return DeskKey(key=key, certificate=made.certificates[0], issuer=made.issuer)
