"""What each PAdES level costs and what other people's programs say of it, as a table in Markdown.

    python -m bench.levels [SOURCE.pdf]

Makes a practice hierarchy in a temporary folder, drafts, signs and seals the document at every level, and
asks `pdfsig` (Poppler), `mutool` (MuPDF) and `qpdf`. The table stands in docs/signing.md.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pki.clock import SystemClock
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.token import Token
from pki.trust import Anchors
from signer.document import DocumentNumber
from signer.drafting import draft
from signer.level import Evidence, Level
from signer.numbering import number, printed_symbol
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tests" / "vectors" / "pdf" / "libreoffice-docx.pdf"
IMAGES = ROOT / "exchange" / "demo"

HISTORY = "for (var i in scriptArgs) print(new PDFDocument(scriptArgs[i]).validateChangeHistory())"
COLUMNS = (
    "level", "draft", "layer 1", "both layers", "verify", "verify, offline",
    "`pdfsig`", "`mutool sign -v`", "MuPDF's change history", "`qpdf --check`",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Who signs, who seals, and whom to ask for proof."""

    person: Token
    agency: Token
    sandbox: Sandbox

    @property
    def evidence(self) -> Evidence:
        """Where the proof comes from."""
        return Evidence(tsa_url=self.sandbox.tsa, anchors=Anchors.load(self.sandbox.trust))


@asynccontextmanager
async def practice(folder: Path) -> AsyncIterator[Keys]:
    """A hierarchy with its authorities answering."""
    sandbox = await make_sandbox(folder / "sandbox")
    async with (
        serve_sandbox(folder / "sandbox"),
        open_key(sandbox.signatory) as person,
        open_key(sandbox.agency) as agency,
    ):
        yield Keys(person=person, agency=agency, sandbox=sandbox)


async def sealed_at(source: bytes, keys: Keys, level: Level) -> tuple[int, int, bytes]:
    """The sizes of draft and signed file, and the sealed one."""
    drafted = await asyncio.to_thread(draft, source)
    picture, stamp = ((IMAGES / name).read_bytes() for name in ("signature.png", "seal.png"))
    signed = await sign(drafted, keys.person, image=picture, level=level, evidence=keys.evidence)
    symbol = await asyncio.to_thread(printed_symbol, signed)
    given = DocumentNumber(number="7", symbol=symbol or "UBND-VP", date=SystemClock().now().date())
    numbered = await asyncio.to_thread(number, signed, given)
    policy = Policy(anchors=Anchors.load(keys.sandbox.trust))
    made = await seal(numbered, keys.agency, image=stamp, level=level, evidence=keys.evidence, policy=policy)
    return len(drafted.pdf), len(signed.pdf), made.pdf


async def row(source: bytes, keys: Keys, level: Level, folder: Path) -> tuple[list[str], Path]:
    """The first half of a level's row, made while the authorities answer, and the sealed file."""
    drafted, signed, pdf = await sealed_at(source, keys, level)
    path = folder / f"{level.value}.pdf"
    path.write_bytes(pdf)
    report = await examine(pdf, Policy(anchors=Anchors.load(keys.sandbox.trust)))
    sizes = [f"{size / 1024:.0f} KB" for size in (drafted, signed, len(pdf))]
    return [level.value.upper(), *sizes, report.indication.value], path


def judged(path: Path) -> list[str]:
    """What `pdfsig`, `mutool` (twice) and `qpdf` say."""
    script = path.with_suffix(".js")
    script.write_text(HISTORY)
    pdfsig, mutool = said("pdfsig", "-nocert", path), said("mutool", "sign", "-v", path)
    stamps = pdfsig.count("not yet been verified")
    edited, unchanged = mutool.count("have been edits"), mutool.count("is unchanged")
    history = said("mutool", "run", script, path).split()[-1]
    whole = "No syntax or stream encoding errors" in said("qpdf", "--check", path)
    return [
        f"{pdfsig.count('Signature is Valid.')} valid" + (f", {stamps} stamps unknown" if stamps else ""),
        f"{edited} valid with edits since, {unchanged} unchanged",
        "no fault" if history == "0" else f"fault {history} back",
        "no fault" if whole else "fault",
    ]


def said(*command: str | Path) -> str:
    """What a program prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode()


async def offline(pdf: bytes, anchors: Anchors) -> str:
    """What our verifier says when nobody can be asked."""
    return (await examine(pdf, Policy(anchors=anchors, offline=True))).indication.value


async def main(source: bytes) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with practice(folder) as keys:
            rows = [await row(source, keys, level, folder) for level in Level]
            anchors = Anchors.load(keys.sandbox.trust)
        print("|", " | ".join(COLUMNS), "|")
        print("|" + "---|" * len(COLUMNS))
        for cells, path in rows:
            verdict = await offline(await asyncio.to_thread(path.read_bytes), anchors)
            print("|", " | ".join([*cells, verdict, *await asyncio.to_thread(judged, path)]), "|")


if __name__ == "__main__":
    asyncio.run(main((Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE).read_bytes()))
