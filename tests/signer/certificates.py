"""People of another hierarchy than the practice one, with keys in memory: what other programs sign with."""

import dataclasses
import datetime as dt

from asn1crypto import keys, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pki.clock import SystemClock


@dataclasses.dataclass(frozen=True)
class Keyed:
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def info(self) -> keys.PrivateKeyInfo:
        encoded = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return keys.PrivateKeyInfo.load(encoded)


def issued(name: str, issuer: Keyed | None = None, *, stamps: bool = False) -> Keyed:
    key, now = rsa.generate_private_key(65537, 2048), SystemClock().now()
    subject = pyca.Name([pyca.NameAttribute(NameOID.COMMON_NAME, name)])
    signing = subject if issuer is None else pyca.Name([pyca.NameAttribute(NameOID.COMMON_NAME, "Gốc")])
    builder = pyca.CertificateBuilder(signing, subject, key.public_key(), pyca.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=9))
    builder = builder.add_extension(pyca.BasicConstraints(issuer is None, None), critical=True)
    if stamps:
        usage = pyca.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    made = builder.sign(key if issuer is None else issuer.key, hashes.SHA256())
    return Keyed(x509.Certificate.load(made.public_bytes(Encoding.DER)), key)
