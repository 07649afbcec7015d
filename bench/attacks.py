"""What other programs say of every attack of the catalogue, as a table in Markdown: docs/attacks.md.

    python -m bench.attacks > docs/attacks.md

Asked are `pdfsig` (Poppler), `mutool sign -v` (MuPDF) and pyHanko's own validation with its usual policy of
changes.
"""

import asyncio
import io
import json
import logging
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from signer.policy import Policy
from tests.vectors.attacks.make import EXPECTED, make

HEAD = """# What is said of forged documents

Made by `python -m bench.attacks`: {count} files of the catalogue in `tests/vectors/attacks`, each begun
with an honest document, and judged by Congvan and three other programs. *Shows otherwise* says whether
Poppler (P) and MuPDF (M) show another first page than of the honest one; a dash says that the reader shows
nothing. Congvan is asked for any signatures, not for two layers; so what is left when the seal is cut off
(`swa-cut`) is an honest layer 1.

`pdfsig` speaks of signatures alone: of changes after them it says that not the total document is signed, as
it does of honest documents. So does `mutool` with its "edits since signing". What pyHanko says is its bottom
line for each signature that is no time-stamp; "raises" means that it gives no verdict at all. "accepts"
stands where a program calls every signature valid. Congvan and pyHanko are given the roots.

| class | attack | shows otherwise | Congvan | `pdfsig` | `mutool sign -v` | pyHanko |
|---|---|---|---|---|---|---|"""
FOOT = """
## Nothing forged, and yet two answers

Here every signature is whole, trusted and in order: who signed or sealed made the page say something else
than its fields or its seal. Other programs call them valid; so does Congvan, unless two layers are required
(`--require two-layer`). The files are made, signed and sealed in the tests.

| attack | what is made | Congvan, two layers required | test |
|---|---|---|---|"""
DOUBT = "INDETERMINATE SIG_CONSTRAINTS_FAILURE"
MADE_IN_TESTS = (
    (
        "header-of-another-agency",
        "the header names another province, a ministry, a department of another province",
        f"{DOUBT}; `seal` refuses",
        "`test_header.py`",
    ),
    (
        "header-hidden",
        "the named agency stands there in white, invisible, transparent, tiny or off the page",
        "what is not seen is not read",
        "`test_header.py`",
    ),
    (
        "header-in-a-field",
        "the named agency is the appearance of a form field over the header",
        "no content of the page: not read",
        "`test_header.py`",
    ),
    (
        "number-shown-otherwise",
        "the number's field holds 05, and its appearance shows 99",
        DOUBT,
        "`test_shown.py`",
    ),
    ("number-shown-twice", "the field's value in white, 99 in black over it", DOUBT, "`test_shown.py`"),
    (
        "number-clipped",
        "a digit of the value is clipped away",
        DOUBT,
        "`test_shown_hidden.py`",
    ),
    (
        "number-over-text",
        "the field's white ground hides a sum of the page",
        DOUBT,
        "`test_shown_hidden.py`",
    ),
    (
        "signature-over-text",
        "a further signature, or the seal, hides a sum of the page",
        "told, with what is hidden",
        "`test_shown_hidden.py`",
    ),
    ("number-as-strokes", "the number is drawn as lines, which is no text", "told", "`test_shown.py`"),
)


def run(*command: str | Path) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60)
    return done.stdout.decode(errors="replace")


def pdfsig(file: Path) -> str:
    said = run("pdfsig", "-nocert", file)
    every = said.count("Signature #") - said.count("is not signed")
    valid = said.count("Signature is Valid.")
    return "no signature" if not every else "accepts" if every == valid else f"{valid} of {every} valid"


def mutool(file: Path) -> str:
    said = run("mutool", "sign", "-v", file)
    every = said.count("Verifying signature") - said.count("Signature is not signed")
    valid = said.count("The signature is valid but") + said.count("is unchanged since signing")
    return "no signature" if not every else "accepts" if every == valid else f"{valid} of {every} valid"


async def pyhanko(pdf: bytes, policy: Policy) -> str:
    certificates = [x509.Certificate.load(each) for each in policy.anchors.roots]
    others = [x509.Certificate.load(each) for each in policy.anchors.intermediates]
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        good = 0
        for each in signatures:
            context = ValidationContext(trust_roots=certificates, other_certs=others, allow_fetching=False)
            if each.sig_object_type == "/DocTimeStamp":
                continue
            status = await async_validate_pdf_signature(each, context)
            good += status.bottom_line
    except Exception as error:  # noqa: BLE001 - whatever it raises is what is told here
        return f"raises {type(error).__name__}"
    every = sum(each.sig_object_type != "/DocTimeStamp" for each in signatures)
    return "no signature" if not every else "accepts" if good == every else f"{good} of {every} valid"


def shows(otherwise: dict[str, bool | None]) -> str:
    letters = {"poppler": "P", "mupdf": "M"}
    told = [
        letter if otherwise[reader] else "-"
        for reader, letter in letters.items()
        if otherwise[reader] is not False
    ]
    return " ".join(told) or "no"


async def rows(folder: Path) -> Iterator[str]:
    _, policy = await make(folder)
    lines = []
    for name, said in json.loads(EXPECTED.read_text(encoding="utf-8")).items():
        file = folder / f"{name}.pdf"
        verdict = said["indication"] + (f" {said['sub_indication']}" if said["sub_indication"] else "")
        judged = (pdfsig(file), mutool(file), await pyhanko(file.read_bytes(), policy))
        cells = (said["class"], name, shows(said["shows_otherwise"]), verdict, *judged)
        lines.append("| " + " | ".join(cells) + " |")
    return iter(lines)


def main() -> None:
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        lines = list(asyncio.run(rows(Path(name))))
    print(HEAD.format(count=len(lines)))
    print("\n".join(lines))
    print(FOOT)
    print("\n".join(f"| {' | '.join(row)} |" for row in MADE_IN_TESTS))


if __name__ == "__main__":
    main()
