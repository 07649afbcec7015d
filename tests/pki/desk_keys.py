"""Keys in memory with certificates by the practice hierarchy: on a desk, or with a signing service."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from asn1crypto import pem, x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from pki.clock import SystemClock
from pki.keys import open_key
from pki.practice.issue import Issuer, Request, issue, name
from pki.practice.sandbox import Sandbox
from pki.practice.state import load_services


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


async def desk_key(sandbox: Sandbox, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> DeskKey:
    """Have the practice hierarchy certify a person's key."""
    now = SystemClock().now()
    person = name(
        country_name="VN",
        organization_name="Ủy ban nhân dân tỉnh Thanh Sơn",
        title="Phó Chủ tịch",
        surname="Lê",
        given_name="Thị Bàn",
        common_name="Lê Thị Bàn",
    )
    request = Request(
        profile="signatory",
        subject=person,
        public_key=key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=30),
    )
    async with open_key(load_services(sandbox.directory).keys["issuing"]) as token:
        authority = x509.Certificate.load(token.certificate)
        issuer = Issuer(
            name=authority.subject,
            public_key=authority.public_key.dump(),
            sign=token.sign,
            certificate_url=f"{sandbox.crl.rsplit('/', 1)[0]}/issuing.crt",
            crl_url=sandbox.crl,
            ocsp_url=sandbox.ocsp,
        )
        return DeskKey(key=key, certificate=await issue(request, issuer), issuer=token.certificate)
