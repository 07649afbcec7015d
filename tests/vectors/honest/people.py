"""A hierarchy whose certificates last until 2099, so that what it signed can be judged for decades."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from asn1crypto import crl, keys, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign import SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

BEGIN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2099, 12, 31, tzinfo=dt.UTC)
PASSWORD = "only for the makers of these files"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Person:
    """Somebody with a key that is forgotten when the files are made."""

    issued: pyca.Certificate
    key: Key

    @cached_property
    def certificate(self) -> x509.Certificate:
        return x509.Certificate.load(self.issued.public_bytes(Encoding.DER))

    @property
    def info(self) -> keys.PrivateKeyInfo:
        encoded = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return keys.PrivateKeyInfo.load(encoded)

    def packed(self, root: "Person", name: str = "signer") -> bytes:
        """Key and certificates as PKCS#12, for programs that want them so."""
        closing = BestAvailableEncryption(PASSWORD.encode())
        return pkcs12.serialize_key_and_certificates(
            name.encode(), self.key, self.issued, [root.issued], closing
        )


class Desk:
    """Everybody who takes part."""

    def __init__(self) -> None:
        self.root = _made("Goc kiem thu", None)  # node-forge encodes other letters twice
        self.anh = _made("Nguyễn Thị Ánh", self.root)
        self.binh = _made("Trần Văn Bình", self.root)
        self.chi = _made("Lê Thị Chi", self.root, curve=True)
        self.seal = _made("Ủy ban nhân dân tỉnh Thanh Sơn", self.root)
        self.authority = _made("Dấu thời gian", self.root, stamps=True)

    @cached_property
    def store(self) -> SimpleCertificateStore:
        found = SimpleCertificateStore()
        found.register(self.root.certificate)
        return found

    @cached_property
    def stamper(self) -> DummyTimeStamper:
        return DummyTimeStamper(self.authority.certificate, self.authority.info, certs_to_embed=self.store)

    @cached_property
    def revoked(self) -> crl.CertificateList:
        """The root's list of now, on which nobody stands."""
        return self.listed(dt.datetime.now(dt.UTC).replace(microsecond=0))

    def listed(self, now: dt.datetime) -> crl.CertificateList:
        """The root's list of a moment."""
        builder = pyca.CertificateRevocationListBuilder(self.root.issued.subject, now, END)
        builder = builder.add_extension(pyca.CRLNumber(1), critical=False)
        made = builder.sign(self.root.key, hashes.SHA256())
        return crl.CertificateList.load(made.public_bytes(Encoding.DER))

    @property
    def context(self) -> ValidationContext:
        return ValidationContext(
            trust_roots=[self.root.certificate], crls=[self.revoked], revocation_mode="hard-fail"
        )

    def signer(self, who: Person, **options: object) -> SimpleSigner:
        return SimpleSigner(who.certificate, who.info, cert_registry=self.store, **options)


def _made(name: str, issuer: Person | None, *, curve: bool = False, stamps: bool = False) -> Person:
    key: Key = ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, 2048)
    subject = pyca.Name([pyca.NameAttribute(NameOID.COMMON_NAME, name)])
    above = subject if issuer is None else issuer.issued.subject
    builder = pyca.CertificateBuilder(above, subject, key.public_key(), pyca.random_serial_number())
    builder = builder.not_valid_before(BEGIN).not_valid_after(END)
    builder = builder.add_extension(pyca.BasicConstraints(issuer is None, None), critical=True)
    identifier = pyca.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    builder = builder.add_extension(_usage(authority=issuer is None), critical=True)
    if stamps:
        purposes = pyca.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(purposes, critical=True)
    return Person(builder.sign(key if issuer is None else issuer.key, hashes.SHA256()), key)


def _usage(*, authority: bool) -> pyca.KeyUsage:
    return pyca.KeyUsage(
        digital_signature=not authority, content_commitment=not authority, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=authority, crl_sign=authority,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
