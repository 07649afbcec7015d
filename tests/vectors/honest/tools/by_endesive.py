"""Signs with endesive, in an environment of its own: python by_endesive.py FOLDER (see libpdf.mjs)."""

import os
import sys
import types
from pathlib import Path

# Its verifier wants a library that finds no OpenSSL of today; signing does without.
left_out = types.ModuleType("endesive.pdf.verify")
left_out.PDFVerifier = left_out.verify = None
sys.modules["endesive.pdf.verify"] = left_out

from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: E402
from endesive.pdf import cms  # noqa: E402

FOLDER = Path(sys.argv[1])
SAID = {
    "sigflags": 3,
    "contact": "a@example.test",
    "location": "Hue",
    "signingdate": "D:20260203080000+07'00'",
    "reason": "Duyet",
    "aligned": 8192,
}


def signed(pdf: bytes, key: str, digest: str = "sha256", **options: object) -> bytes:
    opened = pkcs12.load_key_and_certificates((FOLDER / key).read_bytes(), os.environ["PASSWORD"].encode())
    return pdf + cms.sign(pdf, {**SAID, **options}, *opened, digest)


def write(name: str, pdf: bytes) -> None:
    (FOLDER / f"endesive-{name}.pdf").write_bytes(pdf)


page = (FOLDER / "plain.pdf").read_bytes()
SHOWN = {"sigpage": 0, "sigbutton": True, "signaturebox": (300, 100, 480, 160), "signature": "Duyet"}
write("plain", signed(page, "one.p12", sigfield="A"))
write("sha512", signed(page, "one.p12", "sha512", sigfield="A"))
write("shown", signed(page, "one.p12", sigfield="A", sigandcertify=False, **SHOWN))
write("certified", signed(page, "one.p12", sigfield="A", sigandcertify=True, **SHOWN))
write("two", signed(signed(page, "one.p12", sigfield="A"), "two.p12", sigfield="B"))
