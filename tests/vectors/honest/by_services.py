"""Signed with what services are built on: python -m tests.vectors.honest.by_services --jars DIR --node DIR

DIR of the jars is where Debian's libpdfbox2-java, libitext5-java, libitext-java and libbcpkix-java put theirs
(/usr/share/java), and a JDK of 17 is needed; that of Node is where npm installed pdf-lib, zgapdfsigner,
@signpdf/signpdf, @signpdf/signer-p12, @signpdf/placeholder-pdf-lib and @signpdf/utils. Has a root of its own,
services.pem, and enters its files into expected.json itself; all happens in the hour before the moment there.
"""

import argparse
import datetime as dt
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pikepdf
from cryptography.hazmat.primitives.serialization import Encoding
from pikepdf import Dictionary, Name, ObjectStreamMode

from tests.vectors.honest.pages import page, plain
from tests.vectors.honest.people import PASSWORD, Desk

HERE = Path(__file__).parent
_BOUNCY_CASTLE = ("bcpkix", "bcprov", "bcutil")
PROGRAMS = {
    "ByPdfbox": ("pdfbox2", "fontbox2", "commons-logging", *_BOUNCY_CASTLE),
    "ByItext5": ("itext5", *_BOUNCY_CASTLE),
    "ByItext2": ("itext", *_BOUNCY_CASTLE),
}
FEATURES = {
    "pdfbox-b-b": "B-B without a signing time, as DSS signs",
    "pdfbox-no-form": "a page that had no form",
    "pdfbox-ecdsa-sha384": "ECDSA, SHA-384, signed from outside",
    "pdfbox-in-a-field": "in a field that waited",
    "pdfbox-two-shown": "two signers, looks with pictures",
    "pdfbox-two-packed": "two signers, cross-reference streams",
    "pdfbox-two-linearized": "two signers, linearized before",
    "pdfbox-certified-approved": "DocMDP P=2, then a second signer",
    "pdfbox-certified-filled": "DocMDP P=2, then a field filled",
    "pdfbox-filled-between": "a field filled between two signers",
    "pdfbox-b-lt-declared": "PKCS#7, then proof, and a second extension of one developer",
    "pdfbox-b-lta": "B-LTA, entries for single signatures",
    "pdfbox-locked-b-lta": "DocMDP P=1, then proof and a document time-stamp",
    "itext5-pkcs7-with-list": "PKCS#7 that carries a list of the revoked, time-stamped",
    "itext5-word": "two signers, hybrid cross-references as Word writes them",
    "itext5-two-shown": "two signers, shown",
    "itext5-two-packed": "two signers, cross-reference streams",
    "itext5-two-deferred": "two signers, each container put in afterwards",
    "itext5-certified-filled": "DocMDP P=2, then a field filled",
    "itext5-filled-between": "a field filled between two signers",
    "itext5-b-lta": "B-LTA, the level of an extension raised",
    "itext5-renewed": "B-LTA, renewed once",
    "itext2-two-shown": "two signers, shown, in layers",
    "itext2-certified-filled": "DocMDP P=2, then a field filled",
    "itext2-filled-between": "a field filled between two signers",
    "pdf_lib-shown": "stored anew by pdf-lib, CAdES subfilter, signed with @signpdf",
    "pdf_lib-packed": "a linearized page stored anew by pdf-lib, object streams, signed with @signpdf",
    "zga-two-shown": "two signers, shown",
    "zga-two-packed": "two signers, object streams before",
    "zga-certified-approved": "DocMDP P=2, then a second signer",
}
"""Which of the files that the programs make are kept."""


def _written(desk: Desk, folder: Path, at: dt.datetime) -> None:
    """Write pages, keys and the list of the revoked."""
    pages = {
        "page": page(),
        "packed": page(packed=True),
        "plain": plain(),
        "waiting": page(signature_field=True),
        "linearized": _stored(linearize=True),
        "extended": _stored(extension=3),
        "word": (HERE.parent / "pdf" / "word-hybrid-xref.pdf").read_bytes(),
    }
    for name, content in pages.items():
        (folder / f"{name}.pdf").write_bytes(content)
    for name, who in (("one", desk.anh), ("two", desk.binh), ("curve", desk.chi), ("tsa", desk.authority)):
        (folder / f"{name}.p12").write_bytes(who.packed(desk.root))
    (folder / "list.crl").write_bytes(desk.listed(at).dump())


def _stored(*, linearize: bool = False, extension: int | None = None) -> bytes:
    """The page, linearized or with an extension of Adobe's declared."""
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(page())) as pdf:
        if extension is not None:
            declared = Dictionary(BaseVersion=Name("/1.7"), ExtensionLevel=extension)
            pdf.Root.Extensions = Dictionary(ADBE=declared)
        mode = ObjectStreamMode.disable
        pdf.save(output, linearize=linearize, object_stream_mode=mode, static_id=True)
    return output.getvalue()


def made(folder: Path, *, jars: Path, node: Path, at: dt.datetime) -> dict[str, bytes]:
    """Let the programs sign; return what is kept, and write the root beside this module."""
    desk = Desk()
    begin = at - dt.timedelta(hours=1)
    _written(desk, folder, begin)
    surroundings = {**os.environ, "PASSWORD": PASSWORD}
    seconds = str(int(begin.timestamp()))
    for program, needed in PROGRAMS.items():
        path = ":".join(str(jars / f"{name}.jar") for name in needed)
        tool = HERE / "tools" / f"{program}.java"
        command = ["java", "-cp", path, str(tool), str(folder), seconds]
        subprocess.run(command, env=surroundings, check=True, stdout=sys.stderr)
    command = ["node", str(HERE / "tools" / "pdf_lib.mjs"), str(folder), seconds]
    subprocess.run(command, cwd=node, env=surroundings, check=True, stdout=sys.stderr)
    (HERE / "services.pem").write_bytes(desk.root.issued.public_bytes(Encoding.PEM))
    return {name: (folder / f"{name}.pdf").read_bytes() for name in FEATURES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jars", type=Path, required=True)
    parser.add_argument("--node", type=Path, required=True)
    chosen = parser.parse_args()
    table = HERE / "expected.json"
    told = json.loads(table.read_text(encoding="utf-8"))
    at = dt.datetime.fromisoformat(told["at"])
    with tempfile.TemporaryDirectory() as temporary:
        files = made(Path(temporary), jars=chosen.jars.resolve(), node=chosen.node.resolve(), at=at)
    for name, pdf in files.items():
        (HERE / "files" / f"{name}.pdf").write_bytes(pdf)
    told["files"] |= FEATURES
    table.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
