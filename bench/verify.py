"""What verification costs beside pyHanko, `pdfsig` and one SHA-256 of the file, as tables in Markdown.

    python -m bench.verify [FOLDER]

The files are made first (and kept, if a folder is given): two layers at B-LT on one page and on many, on
200 MB of scans, and 25 signatures with an archive chain. Both verifiers get the same files, the same roots,
must find every status in the file itself, and compare revisions; they take turns, and medians are compared.
The tables stand in docs/verification.md.
"""

import argparse
import asyncio
import gc
import hashlib
import io
import logging
import mmap
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.signed import ANCHORS, FILES
from pki import remembering
from pki.clock import SystemClock
from pki.our_desk import at_the_desk
from pki.trust import Anchors
from signer.deciding import decide
from signer.policy import Policy

ROOT = Path(__file__).parents[1]
LOOP = asyncio.new_event_loop()
"""One for all calls, of both verifiers: a service does not make one for each document."""
CALL = """
import asyncio, sys
from pathlib import Path
from bench.verify import policy
from pki.files import opened
from signer.verifying import examine
folder = Path(sys.argv[1])
with opened(folder / sys.argv[2]) as file:
    assert asyncio.run(examine(file, policy(folder))).passed
"""


def policy(folder: Path) -> Policy:
    """Revocation is required, and the file must hold it; it is as of when the files were made."""
    made_at = datetime.fromtimestamp(max((folder / name).stat().st_mtime for name in FILES), UTC)
    return Policy(anchors=Anchors.load(folder / ANCHORS), offline=True, require="any", at=made_at)


def ours(pdf: bytes, judged_by: Policy) -> None:
    """Judge in this process."""
    report = LOOP.run_until_complete(decide(pdf, judged_by, SystemClock().now(), at_the_desk))
    assert report.passed, report.as_json()


def cold(pdf: bytes, judged_by: Policy) -> None:
    """Judge as if no chain had ever been seen."""
    remembering.forget()
    ours(pdf, judged_by)


def pyhanko(pdf: bytes, judged_by: Policy) -> None:
    """Judge with pyHanko: signature, time-stamp, chain, revocation from the file, comparison of revisions."""
    from asn1crypto import x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    roots = [x509.Certificate.load(each) for each in judged_by.anchors.roots]
    settings = {
        "trust_roots": roots, "allow_fetching": False, "revocation_mode": "require", "moment": judged_by.at,
    }  # fmt: skip

    async def every() -> None:
        reader = PdfFileReader(io.BytesIO(pdf))
        context = DocumentSecurityStore.read_dss(reader).as_validation_context(settings)
        for each in reader.embedded_signatures:
            if each.sig_object_type != "/DocTimeStamp":
                status = await async_validate_pdf_signature(each, context, ts_validation_context=context)
                assert all((status.intact, status.valid, status.trusted))

    LOOP.run_until_complete(every())


def hashed(pdf: bytes | mmap.mmap) -> None:
    """Digest the file once."""
    hashlib.sha256(pdf).digest()


def interleaved(
    works: Sequence[Callable[[], object]], rounds: int, clock: Callable[[], float] = time.process_time
) -> list[float]:
    """Return the median milliseconds of each work; they take turns. Of computing, unless by another clock.

    What one work leaves behind is cleared away before the next begins: it is not the next one's.
    """
    times: list[list[float]] = [[] for _ in works]
    for turn in range(rounds + 1):
        for taken, work in zip(times, works, strict=True):
            gc.collect()
            start = clock()
            work()
            if turn:  # the first round fills caches of code
                taken.append(1000 * (clock() - start))
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
        rounds = 30 if len(pdf) < 1 << 19 else 3
        works: list[Callable[[], None]] = [
            lambda pdf=pdf: cold(pdf, judged_by),
            lambda pdf=pdf: ours(pdf, judged_by),
            lambda pdf=pdf: hashed(pdf),
        ]
        _, warm, digest = interleaved(works, rounds)
        beside = [works[0], lambda pdf=pdf: pyhanko(pdf, judged_by)]
        first, other = interleaved(beside, 10 if rounds == 30 else 1)
        print(
            f"| {name} | {len(pdf) / 1024:.0f} | {first:.2f} | {warm:.2f} | {other:.1f} "
            f"| {other / first:.1f} | {other / warm:.1f} | {digest:.2f} |", flush=True,
        )  # fmt: skip


def from_a_path(folder: Path) -> None:
    """Print what a large file costs when it is judged by its path, in a process apart."""
    scan = folder / "scan-200mb.pdf"
    with scan.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        (digest,) = interleaved([lambda: hashed(view)], 5, time.perf_counter)
    watched = [ran([sys.executable, "-c", CALL, str(folder), scan.name]) for _ in range(3)]
    seconds, peak = min(each[0] for each in watched), max(each[1] for each in watched)
    (start, _) = min(ran([sys.executable, "-c", CALL, str(folder), "pages-1.pdf"]) for _ in range(3))
    print(
        f"\n200 MB by its path: {1000 * (seconds - start):.0f} ms more than one page, in a process apart;",
        end=" ",
    )
    print(f"one SHA-256: {digest:.0f} ms; at most {peak} MB resident in one process")


def ran(command: Sequence[str | Path]) -> tuple[float, int]:
    """Run a program to its end; return its seconds, and the most memory of it or of one below it, in MB."""
    start, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT) as done:
        while done.poll() is None:
            peak = max([peak, *(resident(each) for each in family(done.pid))])
            time.sleep(0.002)
    assert done.returncode == 0, command
    return time.perf_counter() - start, peak >> 10


def family(process: int) -> Iterator[int]:
    """Yield a process and those that it started, and those that these did."""
    yield process
    try:
        below = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return
    for each in below.split():
        yield from family(int(each))


def resident(process: int) -> int:
    """Return the most memory that a process has had so far, in KB."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return max((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), default=0)


def processes(folder: Path) -> None:
    """Print what the command costs beside `pdfsig`."""
    at = policy(folder).at
    assert at is not None
    command = [
        sys.executable,
        ROOT / "cli.py",
        "verify",
        "--offline",
        "--require",
        "any",
        "--at",
        at.isoformat(),
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
            time.perf_counter,
        )
        print(f"| {name} | {mine:.0f} | {other:.0f} | {mine / other:.1f} |", flush=True)


def main(folder: Path) -> None:
    """Make what is missing, and print the tables."""
    logging.disable(logging.CRITICAL)
    # In another process: what makes files leaves much in memory, which would be looked through again.
    subprocess.run([sys.executable, "-m", "bench.signed", folder], cwd=ROOT, check=True)
    called(folder)
    from_a_path(folder)
    processes(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="where the files are, or are made and kept")
    given = parser.parse_args().folder
    if given is not None:
        main(given)
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
