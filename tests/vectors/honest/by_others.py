"""Signed with programs of other languages and environments, and with OpenSSL and an update made by hand."""

import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.vectors.honest.pages import page, plain
from tests.vectors.honest.people import PASSWORD, Desk, Person

HERE = Path(__file__).parent
ROOM = 16384  # hexadecimal digits for a signature
_TSA = """[ tsa ]
default_tsa = here
[ here ]
serial = tsa.serial
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""

Made = Callable[[Desk], Awaitable[bytes]]


def written(desk: Desk, folder: Path) -> None:
    """Write what other programs need: pages, keys, the list of the revoked, a time-stamp authority."""
    for name, content in (("page", page()), ("packed", page(packed=True)), ("plain", plain())):
        (folder / f"{name}.pdf").write_bytes(content)
    for name, who in (("one", desk.anh), ("two", desk.binh)):
        (folder / f"{name}.p12").write_bytes(who.packed(desk.root))
    for name, who in (("tsa", desk.authority), ("anh", desk.anh), ("chi", desk.chi)):
        _write_pem(folder / name, who)
    (folder / "root.pem").write_bytes(desk.root.issued.public_bytes(Encoding.PEM))
    (folder / "list.crl").write_bytes(desk.revoked.dump())
    (folder / "tsa.cnf").write_text(_TSA, encoding="ascii")
    (folder / "tsa.serial").write_text("01\n", encoding="ascii")


def _write_pem(file: Path, who: Person) -> None:
    file.with_suffix(".pem").write_bytes(who.issued.public_bytes(Encoding.PEM))
    key = who.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.with_suffix(".key").write_bytes(key)


def run(folder: Path, *, node: Path, python: Path) -> None:
    """Let the other programs sign; `node` is where npm installed them, `python` has endesive."""
    surroundings = {**os.environ, "PASSWORD": PASSWORD}
    for command, place in (
        (["node", str(HERE / "tools" / "libpdf.mjs"), str(folder)], node),
        (["node", str(HERE / "tools" / "signpdf.mjs"), str(folder)], node),
        ([str(python), str(HERE / "tools" / "by_endesive.py"), str(folder)], folder),
    ):
        subprocess.run(command, cwd=place, env=surroundings, check=True, stdout=sys.stderr)
    for name, options in OPENSSL.items():
        (folder / f"openssl-{name}.pdf").write_bytes(by_openssl(folder, **options))


OPENSSL: dict[str, dict[str, object]] = {
    "pkcs7": {},
    "cades": {"kind": b"/ETSI.CAdES.detached", "more": ("-cades",)},
    "no-attributes": {"more": ("-noattr",)},
    "sha384": {"digest": "sha384"},
    "pss": {"more": ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:-1")},
    "ecdsa": {"who": "chi"},
    "key-identifier": {"more": ("-keyid",)},
    "no-capabilities": {"more": ("-nosmimecap",)},
}


def by_openssl(
    folder: Path, *, kind: bytes = b"/adbe.pkcs7.detached", digest: str = "sha256", who: str = "anh",
    more: tuple[str, ...] = (),
) -> bytes:  # fmt: skip
    """A page with a signature field in an update made by hand, signed by `openssl cms`."""
    pdf, start, stop = prepared(kind)
    (folder / "data").write_bytes(pdf[:start] + pdf[stop:])
    command = ["openssl", "cms", "-sign", "-binary", "-in", "data", "-outform", "DER", "-out", "made"]
    command += ["-signer", f"{who}.pem", "-inkey", f"{who}.key", "-certfile", "root.pem", "-md", digest]
    subprocess.run([*command, *more], cwd=folder, check=True, stdout=subprocess.PIPE)
    made = (folder / "made").read_bytes().hex().upper().encode()
    return pdf[: start + 1] + made.ljust(ROOM, b"0") + pdf[stop - 1 :]


def prepared(kind: bytes) -> tuple[bytes, int, int]:
    """A page with an empty signature, and where the place for it begins and ends."""
    base = plain()
    root = int(re.findall(rb"/Root (\d+)", base)[-1])
    size = int(re.findall(rb"/Size (\d+)", base)[-1])
    before = int(re.findall(rb"startxref\s+(\d+)", base)[-1])
    catalogue = re.search(rb"\n%d 0 obj\s*<<(.*?)>>\s*endobj" % root, base, re.DOTALL)
    assert catalogue is not None
    bodies = {
        root: b"<<%b /AcroForm << /Fields [%d 0 R] /SigFlags 3 >> >>" % (catalogue[1], size),
        size: b"<< /FT /Sig /T (A) /V %d 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132 >>"
        % (size + 1),
        size + 1: b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter %b /M (D:20260203080000+07'00')"
        b" /ByteRange [0 0000000000 0000000000 0000000000] /Contents <%b> >>" % (kind, b"0" * ROOM),
    }
    out, lines = base + b"\n", b"0 1\n0000000000 65535 f \n"
    for number in sorted(bodies):
        lines += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, bodies[number])
    out += b"xref\n%btrailer\n<< /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        lines, size + 2, root, before, len(out),
    )  # fmt: skip
    start = out.rindex(b"/Contents <") + len(b"/Contents ")
    stop = start + ROOM + 2
    ranges = b"/ByteRange [0 %010d %010d %010d]" % (start, stop, len(out) - stop)
    return re.sub(rb"/ByteRange \[0 0{10} 0{10} 0{10}\]", ranges, out), start, stop


def files(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield program, name and bytes of each file that the other programs made."""
    for file in sorted(folder.glob("*-*.pdf")):
        program, _, name = file.stem.partition("-")
        yield program, name, file.read_bytes()
