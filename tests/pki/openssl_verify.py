"""What OpenSSL's command thinks of a signature."""

import subprocess
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def openssl_verifies(certificate: bytes, scheme: str, algorithm: str, data: bytes, signature: bytes) -> bool:
    """Tell whether `openssl` verifies a signature value over `data` with a certificate's key."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        (folder / "data").write_bytes(data)
        (folder / "signature").write_bytes(signature)
        command = f"openssl dgst -{algorithm} -verify key -signature signature"
        match scheme:
            case "rsassa_pss":
                command += " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
            case "ed25519":  # signs the data itself, which `dgst` does not know
                command = "openssl pkeyutl -verify -rawin -pubin -inkey key -sigfile signature -in"
        words = [*command.split(), "data"]
        return subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode == 0
