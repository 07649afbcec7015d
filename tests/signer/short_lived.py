"""A time-stamp authority of the practice hierarchy whose certificate soon expires."""

import datetime as dt
from dataclasses import dataclass

from asn1crypto import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki.practice.issue import name
from pki.practice.sandbox import Sandbox
from tests.pki.enrolling import enrol, request_for


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


async def short_lived(sandbox: Sandbox, lasting: dt.timedelta) -> InMemory:
    """Issue a certificate that expires after `lasting`; the practice responder knows it."""
    key = rsa.generate_private_key(65537, 2048)
    public_key = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    subject = name(country_name="VN", common_name=f"Practice TSA for {lasting}")
    made = await enrol(sandbox, request_for("tsa", subject, public_key, lasting=lasting))
    return InMemory(key, made.certificates[0], (made.issuer,))
