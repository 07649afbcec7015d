"""What large honest files cost on the long way to a verdict, with pyHanko's reader: seconds and memory.

    python -m bench.bounds

Ten thousand pages with an update, 25 signatures with an archive chain, a stored list of 100,000 revocations.
Each is judged in a process of its own. The table stands in docs/verification.md.
"""

import asyncio
import datetime as dt
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name

from bench.signed import written
from pki.fetch import NotFetched
from pki.query import Asking, Query
from pki.trust import Anchors
from signer.pades.judging import judge
from signer.policy import Policy
from tests.vectors.honest.pages import page
from tests.vectors.honest.people import END, Desk
from tests.vectors.honest.signing import renewed, signed
from tests.vectors.honest.updates import Writer, extended, named, updated

REVOKED = 100_000


async def ten_thousand_pages(desk: Desk) -> bytes:
    return updated(await signed(desk, written(10_000), desk.anh, "a"), extended)


async def twenty_five_signatures(desk: Desk) -> bytes:
    pdf = page()
    for number in range(25):
        pdf = await signed(desk, pdf, desk.chi, f"s{number}", stored=True, archived=True)
    return await renewed(desk, pdf)


async def long_list(desk: Desk) -> bytes:
    """A document that stores a list of many, none of them its signer."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    builder = x509.CertificateRevocationListBuilder(desk.root.issued.subject, now, END)
    for number in range(1, REVOKED + 1):
        row = x509.RevokedCertificateBuilder((1 << 70) + number, now)
        builder = builder.add_revoked_certificate(row.build())
    made = builder.sign(desk.root.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def store(writer: Writer) -> None:
        lists = generic.ArrayObject([writer.add_object(generic.StreamObject(stream_data=made))])
        writer.root[pdf_name("/DSS")] = writer.add_object(named({"/Type": pdf_name("/DSS"), "/CRLs": lists}))
        writer.update_root()

    return updated(await signed(desk, page(), desk.chi, "a", stamped=True), store)


FILES: dict[str, Callable[[Desk], Awaitable[bytes]]] = {
    "10,000 pages, one update after the signature": ten_thousand_pages,
    "25 signatures, each with proof and a time-stamp over all": twenty_five_signatures,
    "a stored list of 100,000 revocations": long_list,
}


async def nobody(query: Query, _asking: Asking) -> bytes:
    raise NotFetched("Nobody is asked about {url}.", url=query.url)


def judged(file: Path, root: Path) -> None:
    """Judge one file in this process, and print what it took."""
    policy = Policy(anchors=Anchors.load(root), offline=True, require="any", revocation="accept-missing")
    pdf, begin = file.read_bytes(), time.process_time()
    found = asyncio.run(judge(pdf, policy, dt.datetime.now(dt.UTC), nobody))
    seconds = time.process_time() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    passed = sum(each.verdict.passed for each in found.judged)
    said = f"{passed} of {len(found.judged)}"
    print(f"{len(pdf) / 1e6:.1f} MB | {said} passed | {seconds:.1f} s | {memory:.0f} MB |")


async def main() -> None:
    desk = Desk()
    print("| file | size | verdicts | computing | memory |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        file, root = Path(temporary) / "file.pdf", Path(temporary) / "root.pem"
        root.write_bytes(desk.root.issued.public_bytes(Encoding.PEM))
        for name, make in FILES.items():
            file.write_bytes(await make(desk))
            command = [sys.executable, "-m", "bench.bounds", str(file), str(root)]
            child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            said, _ = await child.communicate()
            print(f"| {name} | {said.decode().strip()}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        judged(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        asyncio.run(main())
