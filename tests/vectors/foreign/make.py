"""Make `signpdf.pdf` and `root.pem` anew: python -m tests.vectors.foreign.make NODE_MODULES

NODE_MODULES is where npm put @signpdf/signpdf, @signpdf/placeholder-plain and @signpdf/signer-p12. The
signers' keys are thrown away; the root's is kept, so that it can say in a fresh list that nothing is revoked.
Names are in ASCII: node-forge, which signs there, spoils others as it copies them.
"""

import datetime as dt
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

from tests.signer.stage_samples import dispatch_page

LIST_URL = "http://127.0.0.1:19321/root.crl"
"""Where the certificates say that their authority's list is; a test that needs one serves it there."""

PASSPHRASE = b"vector"
HERE = Path(__file__).parent
AGENCY = "Uy ban nhan dan tinh Thanh Son"
VALID = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
ROOT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root of another program")])
PERSON = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, AGENCY),
        x509.NameAttribute(NameOID.SURNAME, "Pham"),
        x509.NameAttribute(NameOID.GIVEN_NAME, "Van Khac"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Pham Van Khac"),
    ]
)
SEAL = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, AGENCY),
        x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "GOVVN-H99"),
        x509.NameAttribute(NameOID.COMMON_NAME, AGENCY),
    ]
)


def certificate(
    subject: x509.Name, key: rsa.RSAPrivateKey, issuer: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not authority, content_commitment=not authority, key_cert_sign=authority,
        crl_sign=authority, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = x509.CertificateBuilder(ROOT, subject, key.public_key(), x509.random_serial_number(), *VALID)
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    if not authority:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(LIST_URL)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(issuer, hashes.SHA256())


def packed(key: rsa.RSAPrivateKey, own: x509.Certificate, *others: x509.Certificate) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"key", key, own, others, BestAvailableEncryption(PASSPHRASE)
    )


def main(modules: Path) -> None:
    root, *keys = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    anchor = certificate(ROOT, root, root, authority=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.pdf").write_bytes(dispatch_page())
        for subject, key in zip((PERSON, SEAL), keys, strict=True):
            own = certificate(subject, key, root, authority=False)
            file = folder / ("1.p12" if subject is PERSON else "2.p12")
            file.write_bytes(packed(key, own, anchor))
        command = ["node", HERE / "sign.js", "in.pdf", HERE / "signpdf.pdf", PASSPHRASE, "1.p12", "2.p12"]
        subprocess.run(command, cwd=folder, env={**os.environ, "NODE_PATH": str(modules)}, check=True)
    (HERE / "root.pem").write_bytes(anchor.public_bytes(Encoding.PEM))
    (HERE / "root.p12").write_bytes(packed(root, anchor))


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
