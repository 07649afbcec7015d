"""What large honest files cost on either way to a verdict: seconds and memory.

    python -m bench.bounds

Ten thousand pages with an update, 25 signatures with an archive chain, a stored list of 125,000 revocations.
Each is judged in a process of its own, as every document is ("first the short way") and by pyHanko's reader
alone ("the long way"). The memory is what the verdict added to that of the process. The table stands in
docs/verification.md.
"""

import asyncio
import datetime as dt
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
from signer.deciding import decide
from signer.pades.judging import judge
from signer.policy import Policy
from tests.vectors.honest.pages import page
from tests.vectors.honest.people import END, Desk
from tests.vectors.honest.signing import renewed, signed
from tests.vectors.honest.updates import Writer, extended, named, updated

REVOKED = 125_000  # some 3.5 MB


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
    "a stored list of 125,000 revocations": long_list,
}


async def nobody(query: Query, _asking: Asking) -> bytes:
    raise NotFetched("Nobody is asked about {url}.", url=query.url)


def memory(kind: str) -> float:
    """Return the memory of this process, in MB: VmRSS is what it has, VmHWM the most since it began anew."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(kind))


async def first_short(pdf: bytes, policy: Policy, now: dt.datetime) -> list[bool]:
    """Judge as every document is judged."""
    report = await decide(pdf, policy, now, nobody)
    return [each.verdict.passed for each in (*report.signatures, *report.timestamps)]


async def long_only(pdf: bytes, policy: Policy, now: dt.datetime) -> list[bool]:
    """Judge with pyHanko's reader."""
    return [each.verdict.passed for each in (await judge(pdf, policy, now, nobody)).judged]


WAYS = {"first the short way": first_short, "the long way": long_only}


def judged(file: Path, root: Path, small: Path, way: str) -> None:
    """Judge one file in this process, after a small one, and print what it took."""
    policy = Policy(anchors=Anchors.load(root), offline=True, require="any", revocation="accept-missing")
    work = WAYS[way]
    now = dt.datetime.now(dt.UTC)
    asyncio.run(work(small.read_bytes(), policy, now))  # what is loaded and made once is not this file's
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew (proc(5))
    before, begin = memory("VmRSS"), time.process_time()
    pdf = file.read_bytes()
    passed = asyncio.run(work(pdf, policy, now))
    seconds = time.process_time() - begin
    said, more = f"{sum(passed)} of {len(passed)}", memory("VmHWM") - before
    print(f"{len(pdf) / 1e6:.1f} MB | {said} passed | {seconds:.2f} s | {more:.0f} MB |")


async def main() -> None:
    desk = Desk()
    print("| file | way | size | verdicts | computing | more memory |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        file, root, small = folder / "file.pdf", folder / "root.pem", folder / "small.pdf"
        root.write_bytes(desk.root.issued.public_bytes(Encoding.PEM))
        small.write_bytes(await signed(desk, page(), desk.chi, "a", stamped=True))
        for name, make in FILES.items():
            file.write_bytes(await make(desk))
            for way in WAYS:
                command = [sys.executable, "-m", "bench.bounds", str(file), str(root), str(small), way]
                child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
                said, _ = await child.communicate()
                print(f"| {name} | {way} | {said.decode().strip()}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        judged(*map(Path, sys.argv[1:4]), sys.argv[4])
    else:
        asyncio.run(main())
