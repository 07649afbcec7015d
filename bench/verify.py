"""What verification costs beside pyHanko, `pdfsig` and one SHA-256 of the file, as tables in Markdown.

    python -m bench.verify [FOLDER]

The files are made first (and kept, if a folder is given): two layers at B-LT on one page and on many, on
200 MB of scans, and 25 signatures with an archive chain. Both verifiers get the same files, the same roots,
must find every status in the file itself, and compare revisions; they take turns, and medians are compared.
The tables stand in docs/verification.md.
"""

import asyncio
import hashlib
import io
import logging
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.signed import ANCHORS, FILES, made
from pki.trust import Anchors
from signer.deciding import decide
from signer.policy import Policy

ROOT = Path(__file__).parents[1]
CALL = """
import resource, sys
from pathlib import Path
from bench.verify import policy
from signer.verifying import examine_file
import asyncio
folder, name = Path(sys.argv[1]), sys.argv[2]
report = asyncio.run(examine_file(folder / name, policy(folder)))
print(report.indication.value)
"""


def policy(folder: Path) -> Policy:
    """Revocation is required, and the file must hold it."""
    return Policy(anchors=Anchors.load(folder / ANCHORS), offline=True, require="any")


def ours(pdf: bytes, judged_by: Policy) -> None:
    """Judge in this process."""
    report = asyncio.run(decide(pdf, judged_by))
    assert report.passed, report.as_json()


def cold(pdf: bytes, judged_by: Policy) -> None:
    """Judge as if no chain had ever been seen."""
    forget_chains()
    ours(pdf, judged_by)


def forget_chains() -> None:
    """Empty what verification remembers between documents."""


def pyhanko(pdf: bytes, judged_by: Policy) -> None:
    """Judge with pyHanko: signature, time-stamp, chain, revocation from the file, comparison of revisions."""
    from asn1crypto import x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    roots = [x509.Certificate.load(each) for each in judged_by.anchors.roots]
    settings = {"trust_roots": roots, "allow_fetching": False, "revocation_mode": "require"}

    async def every() -> None:
        reader = PdfFileReader(io.BytesIO(pdf))
        context = DocumentSecurityStore.read_dss(reader).as_validation_context(settings)
        for each in reader.embedded_signatures:
            if each.sig_object_type != "/DocTimeStamp":
                status = await async_validate_pdf_signature(each, context, ts_validation_context=context)
                assert all((status.intact, status.valid, status.trusted))

    asyncio.run(every())


def hashed(pdf: bytes | mmap.mmap) -> None:
    """Digest the file once."""
    hashlib.sha256(pdf).digest()


def interleaved(works: Sequence[Callable[[], None]], rounds: int) -> list[float]:
    """Return the median milliseconds of each work; they take turns."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range(rounds + 1):
        for taken, work in zip(times, works, strict=True):
            start = time.perf_counter()
            work()
            if turn:  # the first round fills caches of code
                taken.append(1000 * (time.perf_counter() - start))
    return [statistics.median(each) for each in times]


def called(folder: Path) -> None:
    """Print what a call of the library costs."""
    judged_by = policy(folder)
    print("| file | KB | Congvan, ms | chains known, ms | pyHanko, ms | ratio | chains known | SHA-256, ms |")
    print("|---|---|---|---|---|---|---|---|")
    for name in FILES:
        pdf = (folder / name).read_bytes()
        if len(pdf) > 1 << 26:
            continue
        rounds, slow = (30, True) if len(pdf) < 1 << 19 else (5, name != "pages-10000.pdf")
        works: list[Callable[[], None]] = [
            lambda pdf=pdf: cold(pdf, judged_by),
            lambda pdf=pdf: ours(pdf, judged_by),
            lambda pdf=pdf: hashed(pdf),
        ]
        first, warm, digest = interleaved(works, rounds)
        other = (
            interleaved([works[0], lambda pdf=pdf: pyhanko(pdf, judged_by)], 3 if rounds == 5 else 10)[1]
            if slow
            else 0
        )
        print(
            f"| {name} | {len(pdf) / 1024:.0f} | {first:.2f} | {warm:.2f} | {other:.1f} "
            f"| {other / first:.1f} | {other / warm:.1f} | {digest:.2f} |", flush=True,
        )  # fmt: skip


def from_a_path(folder: Path) -> None:
    """Print what a large file costs when it is judged by its path, in a process apart."""
    path = folder / "scan-200mb.pdf"
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        (digest,) = interleaved([lambda: hashed(view)], 5)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        peak = ran([sys.executable, "-c", CALL, str(folder), path.name])
        times.append(1000 * (time.perf_counter() - start))
    print(f"\n200 MB by path: {min(times):.0f} ms as a process, one SHA-256 {digest:.0f} ms, peak {peak} MB")


def ran(command: Sequence[str | Path]) -> int:
    """Run a program to its end; return the peak of its memory, its children's included, in MB."""
    done = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(done.pid, 0)
    done.returncode = os.waitstatus_to_exitcode(status)
    assert done.returncode in (0, 1), command
    return usage.ru_maxrss >> 10


def processes(folder: Path) -> None:
    """Print what the command costs beside `pdfsig`."""
    command = [
        sys.executable,
        ROOT / "cli.py",
        "verify",
        "--offline",
        "--require",
        "any",
        "--trust",
        folder / ANCHORS,
    ]
    print("\n| file | `congvan verify`, ms | `pdfsig`, ms | ratio |\n|---|---|---|---|")
    for name in ("pages-1.pdf", "pages-1000.pdf", "scan-200mb.pdf"):
        mine, other = interleaved(
            [
                lambda name=name: ran([*command, folder / name]),
                lambda name=name: ran(["pdfsig", folder / name]),
            ],
            7,
        )
        print(f"| {name} | {mine:.0f} | {other:.0f} | {mine / other:.1f} |", flush=True)


def main(folder: Path) -> None:
    """Make what is missing, and print the tables."""
    logging.disable(logging.CRITICAL)
    made(folder)
    called(folder)
    from_a_path(folder)
    processes(folder)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
