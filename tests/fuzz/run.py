"""Let atheris drive one target for a while: python -m tests.fuzz.run TARGET --seconds 3600

What it finds is written to tests/vectors/crashes, where `test_crashes.py` replays it for ever. What led
somewhere new is kept in the corpus, where the next run goes on. atheris is in the extra `fuzz`: it has no
wheel for every Python that this program runs on, so the lock does without.
"""

import argparse
import hashlib
import importlib
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

CRASHES = Path(__file__).parents[1] / "vectors" / "crashes"
TARGETS = sorted(file.stem.removeprefix("fuzz_") for file in Path(__file__).parent.glob("fuzz_*.py"))
OURS = ["pki", "signer", "pyhanko", "pyhanko_certvalidator", "asn1crypto"]
LONGEST = 65536  # bytes of an input
SLOWEST = 30  # seconds of computing for an input; longer is a finding
STUCK = 900  # seconds by the clock: the machine may have other work


def main() -> None:
    """Drive in a process of its own, which atheris ends, and say what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--corpus", type=Path, default=Path(".fuzz"))
    parser.add_argument("--drive", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    corpus: Path = chosen.corpus / chosen.target
    if chosen.drive:
        drive(chosen.target, chosen.seconds, corpus)
    begin, held, known = time.monotonic(), _size(corpus), set(CRASHES.iterdir())
    subprocess.run([sys.executable, "-m", "tests.fuzz.run", *sys.argv[1:], "--drive"], check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = sorted(file.name for file in set(CRASHES.iterdir()) - known)
    sys.stdout.write(
        f"fuzz {chosen.target}: {(time.monotonic() - begin) / 60:.1f} minutes, "
        f"{(used.ru_utime + used.ru_stime) / 60:.1f} of them computing, "
        f"corpus {held} -> {_size(corpus)}, found: {', '.join(found) or 'nothing'}\n"
    )
    raise SystemExit(1 if found else 0)


def _size(corpus: Path) -> int:
    return sum(1 for _ in corpus.iterdir()) if corpus.is_dir() else 0


def drive(name: str, seconds: int, corpus: Path) -> None:
    """Let atheris call the target; does not return."""
    import atheris

    with atheris.instrument_imports(include=OURS):
        importlib.import_module("signer.pades.judging")  # which is else loaded too late to be seen
        target = importlib.import_module(f"tests.fuzz.fuzz_{name}")
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    CRASHES.mkdir(exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={STUCK}",
        f"-report_slow_units={STUCK}",  # by the clock, too
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={CRASHES}/{name}-",
    ]

    def garble(data: bytes, longest: int) -> bytes:
        return bytes(atheris.Mutate(data, longest))  # another function once `Fuzz` was called

    bending = {"custom_mutator": _bent(target, garble)} if hasattr(target, "bend") else {}
    atheris.Setup([sys.argv[0], *options, str(corpus)], _timed(target.one), **bending)
    atheris.Fuzz()


def _bent(target: ModuleType, garble: Callable[[bytes, int], bytes]) -> Callable[[bytes, int, int], bytes]:
    """Bend two inputs of three as the target knows how to, and leave the third to the fuzzer."""

    def bend(data: bytes, longest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.randrange(3) == 0:
            return garble(data, longest)
        return bytes(target.bend(data, chance, garble))[:longest]

    return bend


def _timed(one: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def timed(data: bytes) -> None:
        begin = time.process_time()
        one(data)
        used = time.process_time() - begin
        assert used <= SLOWEST, f"{used:.0f} seconds of computing"

    return timed


if __name__ == "__main__":
    main()
