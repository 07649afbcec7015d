"""What a verdict costs in instructions, beside pyHanko: the same on every run, whatever else a machine does.

    python -m bench.instructions FOLDER [FILE ...]

FOLDER holds the files that `python -m bench.verify FOLDER` made; valgrind must be installed. Each verdict is
given several times under cachegrind, and more times, and the difference is what the others cost.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import verify
from signer.policy import Policy

_WORKS: Mapping[str, Callable[[bytes, Policy], None]] = {
    "cold": verify.cold, "chains known": verify.ours, "pyHanko": verify.pyhanko,
}  # fmt: skip
_TIMES = {"cold": (5, 15), "chains known": (5, 15), "pyHanko": (1, 3)}
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


def counted(folder: Path, name: str, work: str, times: int) -> int:
    """Return the instructions of a process that judges a file so many times."""
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
               sys.executable, "-m", "bench.instructions", folder, name, work, str(times)]  # fmt: skip
    # One order of sets and dictionaries: else it is another count each time.
    done = subprocess.run(
        command, cwd=verify.ROOT, env={"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=True
    )
    found = _COUNTED.search(done.stderr)
    assert found is not None, done.stderr
    return int(found[1].replace(",", ""))


def main(folder: Path, names: list[str]) -> None:
    """Print the table."""
    print("| file | " + " | ".join(f"{work}, million" for work in _WORKS) + " | ratio | chains known |")
    print("|---" * (len(_WORKS) + 3) + "|")
    for name in names:
        costs = []
        for work, (few, more) in _TIMES.items():
            between = counted(folder, name, work, more) - counted(folder, name, work, few)
            costs.append(between / (more - few) / 1e6)
        cells = [f"{each:.0f}" for each in costs] + [f"{costs[2] / each:.1f}" for each in costs[:2]]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    where = Path(sys.argv[1])
    if len(sys.argv) == 5 and sys.argv[3] in _WORKS:
        pdf, judged_by = (where / sys.argv[2]).read_bytes(), verify.policy(where)
        for _ in range(int(sys.argv[4])):
            _WORKS[sys.argv[3]](pdf, judged_by)
    else:
        main(where, sys.argv[2:] or ["pages-1.pdf", "lta.pdf", "pages-100.pdf"])
