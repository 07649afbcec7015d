"""Bend seeds of a target by chance, without atheris: python -m tests.fuzz.chance TARGET --seconds 3600

Nothing is guided by coverage, but an input takes a fraction of the time, and every Python will do. The same
number gives the same inputs.
"""

import argparse
import hashlib
import importlib
import random
import sys
import time
import traceback
from collections.abc import Callable

from tests.fuzz.bending import Garble
from tests.fuzz.run import CRASHES, TARGETS


def garble(chance: random.Random, data: bytes, longest: int) -> bytes:
    """Flip a bit, or write, insert or take away some bytes."""
    place, length = chance.randrange(len(data) + 1), chance.choice((1, 1, 2, 4, 16))
    match chance.randrange(4):
        case 0 if place < len(data):
            data = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        case 1:
            data = data[:place] + chance.randbytes(length) + data[place + length :]
        case 2:
            data = data[:place] + chance.randbytes(length) + data[place:]
        case _:
            data = data[:place] + data[place + length :]
    return data[:longest]


def main() -> None:
    """Bend and try until the time, of computing, is over; say what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=3600, help="of computing")
    parser.add_argument("--number", type=int, default=0, help="of the first input")
    chosen = parser.parse_args()
    target = importlib.import_module(f"tests.fuzz.fuzz_{chosen.target}")
    seeds, tried, found = list(target.seeds()), 0, 0
    begin, ends = time.monotonic(), time.process_time() + chosen.seconds
    while time.process_time() < ends:
        data = bent(target.bend, seeds, random.Random(chosen.number + tried))
        tried += 1
        try:
            target.one(data)
        except Exception:  # noqa: BLE001 - whatever is raised is a finding
            found += 1
            file = CRASHES / f"{chosen.target}-chance-{hashlib.sha256(data).hexdigest()[:40]}"
            file.write_bytes(data)
            sys.stdout.write(f"{file.name}\n{traceback.format_exc()[-2000:]}\n")
            sys.stdout.flush()
    sys.stdout.write(
        f"chance {chosen.target}: {tried} inputs from number {chosen.number}, "
        f"{chosen.seconds / 60:.1f} minutes of computing in {(time.monotonic() - begin) / 60:.1f}, "
        f"{found} findings\n"
    )
    raise SystemExit(1 if found else 0)


def bent(
    bend: Callable[[bytes, random.Random, Garble], bytes], seeds: list[bytes], chance: random.Random
) -> bytes:
    """One of the seeds, bent once to three times."""
    data = chance.choice(seeds)
    for _ in range(chance.choice((1, 1, 2, 3))):
        data = bend(data, chance, lambda each, longest: garble(chance, each, longest))
    return data


if __name__ == "__main__":
    main()
