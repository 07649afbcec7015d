"""Signed by LibreOffice and Poppler, which leave it to NSS: python -m tests.vectors.honest.by_nss

Needs `soffice`, `pdfsig`, `certutil` and `pk12util`. Has a root of its own, nss.pem, and enters its files
into expected.json itself: a desktop program is not to be had wherever the other files are made anew.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from tests.vectors.honest.pages import page
from tests.vectors.honest.people import PASSWORD, Desk, Person

HERE = Path(__file__).parent
FEATURES = {
    "libreoffice-export": "signed at export; lengths left open",
    "poppler-plain": "lengths left open",
}


def _run(*command: str, folder: Path) -> None:
    surroundings = {**os.environ, "MOZILLA_CERTIFICATE_FOLDER": f"sql:{folder / 'nss'}"}
    subprocess.run(command, cwd=folder, env=surroundings, check=True, stdout=subprocess.DEVNULL)


def _enrol(desk: Desk, folder: Path) -> None:
    """Make a database of NSS with a person's key, in which the root is trusted."""
    (folder / "nss").mkdir()
    (folder / "root.pem").write_bytes(desk.root.issued.public_bytes(Encoding.PEM))
    _run("certutil", "-N", "-d", "sql:nss", "--empty-password", folder=folder)
    (folder / "anh.p12").write_bytes(desk.anh.packed(desk.root, "anh"))
    _run("pk12util", "-i", "anh.p12", "-d", "sql:nss", "-W", PASSWORD, "-K", "", folder=folder)
    _run(
        "certutil", "-A", "-d", "sql:nss", "-n", "root", "-t", "CT,C,C", "-a", "-i", "root.pem", folder=folder
    )


def _by_poppler(nick: str, source: str, target: str, folder: Path) -> None:
    words = ("-nssdir", "sql:nss", "-add-signature", "-nick", nick, "-reason", "Ban hành")
    _run("pdfsig", *words, source, target, folder=folder)


def _by_libreoffice(who: Person, target: str, folder: Path) -> None:
    subject = who.issued.subject.rfc4514_string()
    options = {
        "SignPDF": {"type": "boolean", "value": "true"},
        "SignCertificateSubjectName": {"type": "string", "value": subject},
    }
    source = (folder / target).with_suffix(".txt")
    source.write_text("Công văn số 15/UBND-VP\n", encoding="utf-8")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    wanted = f"pdf:writer_pdf_Export:{json.dumps(options)}"
    _run("soffice", profile, "--headless", "--convert-to", wanted, source.name, folder=folder)


def made(folder: Path) -> dict[str, bytes]:
    """Return the files; the root that vouches for them is written beside this module."""
    desk = Desk()
    _enrol(desk, folder)
    (folder / "page.pdf").write_bytes(page())
    _by_poppler("anh", "page.pdf", "poppler-plain.pdf", folder)
    _by_libreoffice(desk.anh, "libreoffice-export.pdf", folder)
    (HERE / "nss.pem").write_bytes((folder / "root.pem").read_bytes())
    return {name: (folder / f"{name}.pdf").read_bytes() for name in FEATURES}


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        for name, pdf in made(Path(temporary)).items():
            (HERE / "files" / f"{name}.pdf").write_bytes(pdf)
    table = HERE / "expected.json"
    told = json.loads(table.read_text(encoding="utf-8"))
    told["files"] |= FEATURES
    table.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
