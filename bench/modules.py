"""Both layers by each PKCS#11 module here, each algorithm and each level: `python -m bench.modules`.

Prints the table of docs/signing.md: the levels at which a document was accepted by everybody asked, else what
they said. `CONGVAN_TEST_TOKEN` adds a token (see tests/pki/token_modules.py).
"""

import asyncio
import tempfile
from pathlib import Path

from signer.level import Level
from tests.signer.module_matrix import WAYS, Matrix, accepted, matrix
from tests.signer.stage_samples import dispatch_page


def shown(cells: Matrix, module: str, way: str) -> str:
    """Return the levels, and what is to be said of those that are not accepted."""
    row = {level: cells[module, way, level] for level in Level}
    good = [level.value.upper() for level, cell in row.items() if accepted(level, cell)]
    bad = [cell.refused or str(cell) for level, cell in row.items() if not accepted(level, cell)]
    return "; ".join((" ".join(good), *dict.fromkeys(bad))).removeprefix("; ")


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        cells = await matrix(Path(name), dispatch_page())
    modules = list(dict.fromkeys(module for module, _, _ in cells))
    print(f"| algorithm | {' | '.join(modules)} |")
    print("|---" * (1 + len(modules)) + "|")
    for way in WAYS:
        print(f"| {way} | {' | '.join(shown(cells, module, way) for module in modules)} |")


if __name__ == "__main__":
    asyncio.run(main())
