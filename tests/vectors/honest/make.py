"""Make the honest files anew, with new keys: python -m tests.vectors.honest.make --node DIR --endesive PYTHON

DIR is where npm installed @libpdf/core, @signpdf/signpdf, @signpdf/signer-p12, @signpdf/placeholder-plain and
@signpdf/utils; PYTHON is the interpreter of an environment with endesive and pypdf 5.
"""

import argparse
import asyncio
import datetime as dt
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from tests.vectors.honest import by_nss, by_others, by_pyhanko, by_services, by_us, updates
from tests.vectors.honest.people import Desk

HERE = Path(__file__).parent
FILES = HERE / "files"


async def made(node: Path, endesive: Path) -> AsyncIterator[tuple[str, str, str, bytes]]:
    """Yield program, name, feature and bytes of each file; write the roots beside them."""
    desk = Desk()
    (HERE / "root.pem").write_bytes(desk.root.issued.public_bytes(Encoding.PEM))
    for program, module in (("pyhanko", by_pyhanko), ("update", updates)):
        for name, feature, make in module.files():
            yield program, name, feature, await make(desk)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        by_others.written(desk, folder)
        await asyncio.to_thread(by_others.run, folder, node=node, python=endesive)
        for program, name, pdf in by_others.files(folder):
            yield program, name, name.replace("-", " "), pdf
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "practice"
        async for name, feature, pdf in by_us.files(folder):
            yield "congvan", name, feature, pdf
        (HERE / "practice.pem").write_bytes((folder / "trust.pem").read_bytes())


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--node", type=Path, required=True)
    parser.add_argument("--endesive", type=Path, required=True)
    chosen = parser.parse_args()
    FILES.mkdir(exist_ok=True)
    table = {**by_nss.FEATURES, **by_services.FEATURES}
    for old in FILES.glob("*.pdf"):
        if old.stem not in table:
            old.unlink()
    async for program, name, feature, pdf in made(chosen.node.resolve(), chosen.endesive.absolute()):
        (FILES / f"{program}-{name}.pdf").write_bytes(pdf)
        table[f"{program}-{name}"] = feature
    moment = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(minutes=1)
    told = {"at": moment.isoformat(), "files": table}
    (HERE / "expected.json").write_text(
        json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    asyncio.run(main())
