"""What starting costs: `congvan verify` of one page and `congvan --help`, beside Python and `pdfsig`.

    python -m bench.start [ROUNDS]

The commands take turns; medians of the time on the clock are compared, and the least computing of each (of
its first process, and of those that it waited for) is shown. What every verb loads (`asyncio`, `argparse`,
`dataclasses`) and what reads certificates (`cryptography.x509`) stand apart: no verdict comes faster.
`pdfsig` looks for a path to a root only where NSS has roots, so it runs with and without (libnss3-tools makes
that database). Last, a hundred documents: one command, and one `pdfsig` for each. The tables stand in
docs/verification.md.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
HONEST = ROOT / "tests" / "vectors" / "honest"
PLAIN = HONEST / "files" / "congvan-two-layers-b-lt.pdf"
AT = "2026-11-22T09:26:53+00:00"
ANCHORS = ("--trust", HONEST / "root.pem", "--trust", HONEST / "practice.pem")

COMMANDS: dict[str, Sequence[str | Path]] = {
    "`congvan verify`": (sys.executable, ROOT / "cli.py", "verify", "--offline", "--at", AT, *ANCHORS, PLAIN),
    "`congvan --help`": (sys.executable, ROOT / "cli.py", "--help"),
    "`python -c pass`": (sys.executable, "-c", "pass"),
    "… with `asyncio`, `argparse`, `dataclasses`": (
        sys.executable, "-c", "import asyncio, argparse, dataclasses",
    ),
    "… and `cryptography.x509`": (
        sys.executable, "-c", "import asyncio, argparse, dataclasses, cryptography.x509",
    ),
    "`pdfsig`": ("pdfsig", PLAIN),
}  # fmt: skip


def ran(command: Sequence[str | Path]) -> tuple[float, float]:
    """Run a program that must succeed; return its milliseconds by the clock and of computing."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT) as done:
        _, status, used = os.wait4(done.pid, 0)
        done.returncode = os.waitstatus_to_exitcode(status)
    assert done.returncode == 0, command
    return 1000 * (time.perf_counter() - start), 1000 * (used.ru_utime + used.ru_stime)


def a_hundred(folder: Path, rounds: int) -> None:
    """Print what a hundred documents take, copies of one, as a batch and by `pdfsig`."""
    documents = [folder / f"{number:03}.pdf" for number in range(100)]
    for each in documents:
        shutil.copy(PLAIN, each)
    command = (*COMMANDS["`congvan verify`"][:-1], *documents)
    batch, theirs = [], []
    for _ in range(rounds):
        batch.append(ran(command)[0])
        theirs.append(sum(ran(("pdfsig", each))[0] for each in documents))
    ours, other = statistics.median(batch), statistics.median(theirs)
    print(f"100 documents: {ours:.0f} ms, {other:.0f} by as many `pdfsig`: {ours / other:.1f}")


def roots_in_nss(database: str) -> None:
    """Make the database of roots that `pdfsig` reads."""
    subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
    for name in ("root", "practice"):
        file = HONEST / f"{name}.pem"
        added = ["certutil", "-A", "-a", "-d", database, "-n", name, "-t", "CT,C,C", "-i", file]
        subprocess.run(added, check=True)


def main(rounds: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sql:{folder}"
        roots_in_nss(database)
        trusting = ("pdfsig", "-no-ocsp", "-nssdir", database, PLAIN)
        commands = {**COMMANDS, "`pdfsig`, its roots in NSS": trusting}
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for turn in range(rounds + 1):
            for name, command in commands.items():
                taken = ran(command)
                if turn:  # the first round fills caches of code
                    times[name].append(taken)
    other = statistics.median(each[0] for each in times["`pdfsig`"])
    print("| command | ms | computing, ms | beside `pdfsig` |\n|---|---|---|---|")
    for name, taken in times.items():
        median, least = statistics.median(each[0] for each in taken), min(each[1] for each in taken)
        print(f"| {name} | {median:.0f} | {least:.0f} | {median / other:.1f} |")
    with tempfile.TemporaryDirectory() as folder:
        a_hundred(Path(folder), 5)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
