"""A time-stamp authority of the practice hierarchy whose certificate soon expires."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki.clock import SystemClock
from pki.keys import open_key
from pki.practice.hierarchy import Urls
from pki.practice.issue import Issuer, Request, issue, name
from pki.practice.sandbox import Sandbox
from pki.practice.state import load_services


@dataclass(frozen=True)
class InMemory:
    """A token whose key is in memory."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    chain: tuple[bytes, ...]
    signature_size: int = 256

    async def sign(self, data: bytes, digest_algorithm: str) -> bytes:
        assert digest_algorithm == "sha256"
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    @property
    def expires(self) -> dt.datetime:
        expires: dt.datetime = x509.Certificate.load(self.certificate).not_valid_after
        return expires


async def short_lived(directory: Path, sandbox: Sandbox, lasting: dt.timedelta) -> InMemory:
    """Issue a certificate that expires after `lasting`; the practice responder knows it."""
    key = rsa.generate_private_key(65537, 2048)
    services, now = load_services(directory), SystemClock().now()
    async with open_key(services.keys["issuing"]) as authority:
        parsed = x509.Certificate.load(authority.certificate)
        urls = Urls(base=sandbox.tsa.removesuffix("/tsa"))
        certificate = await issue(
            Request(
                profile="tsa",
                subject=name(country_name="VN", common_name=f"Practice TSA for {lasting}"),
                public_key=key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
                not_before=now - dt.timedelta(minutes=1),
                not_after=now + lasting,
            ),
            Issuer(
                name=parsed.subject,
                public_key=parsed.public_key.dump(),
                sign=authority.sign,
                certificate_url=urls.certificate("issuing"),
                crl_url=urls.crl("issuing"),
                ocsp_url=urls.ocsp,
            ),
        )
        _enter(directory, x509.Certificate.load(certificate).serial_number)
        return InMemory(key, certificate, (authority.certificate,))


def _enter(directory: Path, serial: int) -> None:
    file = directory / "services.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    said["issued"]["issuing"].append(f"{serial:x}")
    file.write_text(json.dumps(said), encoding="utf-8")
