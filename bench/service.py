"""A long-lived service: `python -m bench.service [DOCUMENTS [SIGNERS]]`, 1,000 by 50 if nothing is said.

One process signs at B-LT, with library calls on one event loop and every key in SoftHSM; TSA and OCSP answer
from a process of their own. Prints what docs/signing.md says.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.signer.long_life import live
from tests.signer.stage_samples import dispatch_page


async def main(documents: int, signers: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        life = await live(Path(name), dispatch_page(), signers=signers, documents=documents)
    print(f"{documents} documents by {signers} signers in {life.seconds:.0f} s:", end=" ")
    print(f"{documents / life.seconds:.2f} documents/s")
    print("with something of somebody else's:", len(list(life.foreign())))
    print("without their own signer's proof:", len(list(life.lacking())))
    for place in sorted({0, documents // 10 - 1, documents // 2 - 1, documents - 1}):
        stored, memory = life.stored[place], life.memory[place] >> 20
        what = f"{len(stored.certificates)} certificates, {len(stored.asked)} OCSP answers, "
        what += f"{len(stored.lists)} lists, {stored.size} bytes"
        print(f"document {place + 1}: /DSS of {what}; {memory} MB resident")
    sizes = [stored.size for stored in life.stored]
    print(f"/DSS: {min(sizes)} to {max(sizes)} bytes")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(numbers + [1000, 50][len(numbers) :])))
