"""What `draft` costs beside `qpdf in out`, as a table in Markdown: seconds and peak memory.

    python -m bench.draft

Every measurement runs in a process of its own: the best time of several rounds, and the highest memory the
system saw (ru_maxrss). "Imports alone" is a process that drafts nothing; what is above it, the document
costs.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "pdf"

DRAFTING = """
import sys, time
from pathlib import Path
from signer.drafting import draft
times = [0.0]
if len(sys.argv) > 1:
    source = Path(sys.argv[1]).read_bytes()
    times.clear()
for _ in range(int(sys.argv[2]) if len(sys.argv) > 1 else 0):
    start = time.perf_counter()
    draft(source)
    times.append(time.perf_counter() - start)
print(min(times))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the best round, and the peak memory of the process in bytes."""

    seconds: float
    memory: int


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        alone = ran([sys.executable, "-c", DRAFTING])
        print(f"Imports alone: {megabytes(alone.memory)} MB.\n")
        print("| document | MB | draft, s | qpdf, s | ratio | draft, MB | above imports / size | qpdf, MB |")
        print("|---|---|---|---|---|---|---|---|")
        for name in CASES:
            path = Path(folder) / "in.pdf"
            ran([sys.executable, "-m", "bench.draft", name, str(path)])
            rounds = ROUNDS if path.stat().st_size < 10**7 else 2
            print(row(name, path, rounds, alone), flush=True)


def row(name: str, path: Path, rounds: int, alone: Cost) -> str:
    """Return the measurements of one document as a line of the table."""
    size = path.stat().st_size
    # Memory is that of one draft: a second one would find the first one's room, or not.
    drafted = ran([sys.executable, "-c", DRAFTING, str(path), "1"])
    seconds = ran([sys.executable, "-c", DRAFTING, str(path), str(rounds)]).seconds
    out = str(path.with_name("out.pdf"))
    copied = [ran(["qpdf", "--no-warn", "--warning-exit-0", str(path), out]) for _ in range(rounds)]
    least = min(each.seconds for each in copied)
    above = (drafted.memory - alone.memory) / size
    return (
        f"| {name} | {megabytes(size)} | {seconds:.3f} | {least:.3f} | {seconds / least:.1f} "
        f"| {megabytes(drafted.memory)} | {above:.1f} | {megabytes(max(each.memory for each in copied))} |"
    )


def ran(command: list[str]) -> Cost:
    """Run a program to its end; its time is what it prints, or how long it took."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(float(said) if said else time.perf_counter() - start, usage.ru_maxrss * 1024)


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


def vector(name: str) -> Callable[[], bytes]:
    return (VECTORS / name).read_bytes


def written(pages: int, *, block: bool) -> bytes:
    """Return pages of plain text; on the last the signatory's block, or every page is searched for it."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=True)
    for page in range(pages):
        for line in range(45):
            canvas.drawString(70, 780 - 16 * line, f"{page}.{line} " + "one thousand words say little " * 2)
        if block and page == pages - 1:
            canvas.drawString(380, 50, "TL. BAN")
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def scanned(pages: int) -> bytes:
    """Return pages of noise at 300 dpi, about 5 MB each, which no compression makes smaller."""
    from PIL import Image
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=True)
    for _ in range(pages):
        picture = io.BytesIO()
        Image.frombytes("L", (2480, 3508), os.urandom(2480 * 3508)).save(picture, "JPEG", quality=50)
        canvas.drawImage(ImageReader(picture), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


CASES: dict[str, Callable[[], bytes]] = {
    "1 page": vector("libreoffice-docx.pdf"),
    "1 page, PDF/A-2a": vector("typst-pdfa-2a.pdf"),
    "10 pages of text": lambda: written(10, block=True),
    "10 pages of text, nobody signs": lambda: written(10, block=False),
    "500 short pages": vector("five-hundred-pages.pdf"),
    "500 pages of text": lambda: written(500, block=True),
    "scan of 50 MB, 10 pages": lambda: scanned(10),
}

if __name__ == "__main__":
    # A process starts with the memory of the one that started it: documents are made by another.
    if len(sys.argv) == 3:
        Path(sys.argv[2]).write_bytes(CASES[sys.argv[1]]())
    else:
        main()
