"""The node's own identity: the key that signs envelopes and receipts and opens connections; the log's key.

Both are made at `init` and live in `keys/` (0600). They say which *node* spoke; the agency's seal on a
document is another key, on the agency's token.
"""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from exchange.audit.note import SigningKey
from exchange.errors import LogError, OfficeError
from exchange.jws import Signature, sign
from exchange.settings import AgencyCode
from pki.digest import Digest
from pki.files import why, write_whole

_VALID = dt.timedelta(days=10 * 365)
_BACKDATED = dt.timedelta(hours=1)  # a peer's clock may be a little behind ours
_MAX_COMMON_NAME = 64  # RFC 5280 appendix A, ub-common-name


@dataclass(frozen=True, slots=True)
class Node:
    """A node's certificate (DER) and keys; the keys never leave this object except into TLS."""

    certificate: bytes
    certificate_file: Path
    key_file: Path
    log_key: SigningKey = field(repr=False)
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def fingerprint(self) -> Digest:
        """The SHA-256 of the certificate, by which peers know this node."""
        return Digest.of(self.certificate)

    def sign(self, kind: str, value: dict[str, object]) -> Signature:
        """Sign a JSON object as a JWS of type `kind` (ES256)."""
        return sign(
            kind, value, self.certificate, lambda data: self._key.sign(data, ec.ECDSA(hashes.SHA256()))
        )


def make_node(folder: Path, code: AgencyCode, name: str, origin: str, now: dt.datetime) -> Node:
    """Make keys, a self-signed certificate and the key of log `origin`; `UsageError` if there are some."""
    key = ec.generate_private_key(ec.SECP256R1())
    write_whole(folder / "node.key", _pem(key), mode=0o600)
    write_whole(folder / "log.key", SigningKey.generate(origin).reveal().encode(), mode=0o600)
    certificate = _self_signed(key, code, name, now)
    write_whole(folder / "node.crt", certificate.public_bytes(serialization.Encoding.PEM))
    return load_node(folder)


def load_node(folder: Path) -> Node:
    """Read the node's keys from `folder`; `OfficeError` if one is missing or can be read by others."""
    key, log_key = _load_key(folder / "node.key"), _load_log_key(folder / "log.key")
    certificate_file = folder / "node.crt"
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError) as error:
        raise OfficeError("{path} is not a certificate.", path=certificate_file) from error
    if certificate.public_key() != key.public_key():
        raise OfficeError("The certificate and the key in {path} do not belong together.", path=folder)
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Node(der, certificate_file, folder / "node.key", log_key, key)


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    data = _private(path)
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise OfficeError("{path} is not a private key.", path=path) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise OfficeError("The key in {path} is not of the kind this office made.", path=path)
    return key


def _load_log_key(path: Path) -> SigningKey:
    try:
        return SigningKey.parse(_private(path).decode("ascii"))
    except (LogError, UnicodeDecodeError) as error:
        raise OfficeError("{path} is not the key of a log.", path=path) from error


def _private(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise OfficeError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    if mode & 0o077:
        raise OfficeError(
            "{path} can be read by others.", hint="Take the right away: chmod 600 {path}", path=path
        )
    return data


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _self_signed(
    key: ec.EllipticCurvePrivateKey, code: AgencyCode, name: str, now: dt.datetime
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:_MAX_COMMON_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, str(code)),
        ]
    )
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _VALID)
        # Not a CA: pinned in somebody's trust store, it still vouches for nobody but itself.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )  # wanted by strict verifiers (RFC 5280 §4.2.1.1)
        .sign(key, hashes.SHA256())
    )
