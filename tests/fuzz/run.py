"""Let atheris drive one target for a while: python -m tests.fuzz.run TARGET --seconds 3600

What it finds is written to tests/vectors/crashes, where `test_crashes.py` replays it for ever. atheris is in
the extra `fuzz`: it has no wheel for every Python that this program runs on, so the lock does without.
"""

import argparse
import hashlib
import importlib
import sys
from pathlib import Path

import atheris

CRASHES = Path(__file__).parents[1] / "vectors" / "crashes"
TARGETS = ("pdf", "update", "cms", "trust")
OURS = ["pki", "signer", "pyhanko", "pyhanko_certvalidator", "asn1crypto"]
LONGEST = 65536  # bytes of an input
SLOWEST = 30  # seconds for an input; longer is a finding


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--corpus", type=Path, default=Path(".fuzz"))
    chosen = parser.parse_args()
    with atheris.instrument_imports(include=OURS):
        target = importlib.import_module(f"tests.fuzz.fuzz_{chosen.target}")
    corpus = chosen.corpus / chosen.target
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    CRASHES.mkdir(exist_ok=True)
    options = [
        f"-max_total_time={chosen.seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOWEST}",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={CRASHES}/{chosen.target}-",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
