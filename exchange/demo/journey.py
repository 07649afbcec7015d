"""The whole journey between two throw-away agencies: real tokens, two server processes, one line a step.

    draft → sign → number → seal → send → receive → receipt → proof

The clerk's acts are made here, as the command line makes them; what the agencies do between each other is
done by their own servers, started as processes with the same command.
"""

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from exchange.audit.proof import ProvenEntry, verify_proof
from exchange.demo.document import DEMO_DOCUMENT, set_document
from exchange.errors import ExchangeError, OfficeError
from exchange.issuing import Seal, issue
from exchange.office import Office
from exchange.sending import Filed, Letter
from exchange.service import init_office, open_office
from exchange.settings import Address, Settings
from exchange.views import Evidence as Receipt
from exchange.views import InboxItem
from pki.digest import Digest
from pki.files import write_whole
from pki.hierarchy import Names
from pki.keys import open_key
from pki.sandbox import Sandbox, make_sandbox
from pki.trust import Anchors
from pki.words import N_, Sentence
from signer.document import Draft, Signed
from signer.drafting import draft
from signer.level import Evidence, Level
from signer.numbering import printed_symbol
from signer.policy import Policy
from signer.report import Report
from signer.signing import sign
from signer.verifying import examine

_PICTURES = Path(__file__).parent
_READY_SECONDS = 20.0
_ARRIVAL_SECONDS = 30.0
_LOOK_SECONDS = 0.1

SENDER = Names()
RECIPIENT = Names(
    signatory="Trần Thị Bích Hằng",
    title="Giám đốc",
    agency="Sở Tài nguyên số tỉnh Thanh Sơn",
    agency_code="H99.12",
)

Say = Callable[[Sentence], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One side of the demonstration: who it is, its tokens, its office and the address of its server."""

    names: Names
    sandbox: Sandbox
    home: Path
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the journey left behind, all in `folder`."""

    folder: Path
    report: Report
    receipt: Receipt
    proven: ProvenEntry
    files: tuple[Path, ...]


async def travel(folder: Path, command: Sequence[str], say: Say, pdf: bytes | None = None) -> Outcome:
    """Make two agencies in `folder` (new or empty) and take a document from draft to proof.

    `command` is how this program is started, for the servers. `pdf` is any document; without one the project's
    own is set. Raises what the steps raise; the servers are stopped in any case.
    """
    _prepare(folder)
    source = await asyncio.to_thread(set_document, DEMO_DOCUMENT) if pdf is None else pdf
    async with contextlib.AsyncExitStack() as open_things:
        sender, recipient = await _two_agencies(folder, command, open_things)
        say(Sentence(N_("ready    two agencies with their own tokens, offices and servers: {sender}; {recipient}"),
                     {"sender": sender.names.agency, "recipient": recipient.names.agency}))  # fmt: skip
        here = await open_things.enter_async_context(open_office(sender.home))
        there = await open_things.enter_async_context(open_office(recipient.home))
        sealed, filed = await _inside(sender, here, source, folder, say)
        report = await _between(here, there, filed, recipient, folder, say)
        receipt = await _evidence(here, report.envelope.message_id, folder)
        say(Sentence(N_("receipt  signed by {agency} after its commit; the same digests as were sent"),
                     {"agency": recipient.names.agency}))  # fmt: skip
        key = str(there.log_key)
    return await _proof(folder, sealed, sender, receipt, key, say)


# ------------------------------------------------------------ two agencies


def _prepare(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise OfficeError("{home} is not an empty folder.", home=folder)
    folder.mkdir(parents=True, exist_ok=True)


async def _two_agencies(
    folder: Path, command: Sequence[str], open_things: contextlib.AsyncExitStack
) -> tuple[Agency, Agency]:
    agencies = [
        await _agency(folder / name, names) for name, names in (("sender", SENDER), ("recipient", RECIPIENT))
    ]
    for agency in agencies:
        await open_things.enter_async_context(
            _running([*command, "pki", "serve", str(agency.sandbox.directory)])
        )
    await _introduce(agencies)
    for agency in agencies:
        await open_things.enter_async_context(_running([*command, "--home", str(agency.home), "serve"]))
    return agencies[0], agencies[1]


async def _agency(folder: Path, names: Names) -> Agency:
    folder.mkdir()
    sandbox = await make_sandbox(folder / "pki", names=names)
    address = Address("127.0.0.1", _free_port())
    settings = Settings(listen=address, url=f"https://{address}")
    await init_office(folder / "office", names.agency_code, names.agency, settings)
    return Agency(names=names, sandbox=sandbox, home=folder / "office", address=address)


def _free_port() -> int:
    """Return a port nobody listens on; peers must know it before the server runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _introduce(agencies: Sequence[Agency]) -> None:
    """Let each pin the other's card and trust the other's root."""
    async with contextlib.AsyncExitStack() as stack:
        offices = [await stack.enter_async_context(open_office(agency.home)) for agency in agencies]
        for mine, theirs in ((0, 1), (1, 0)):
            await offices[mine].add_peer(await offices[theirs].card())
            for each in agencies:
                shutil.copy(
                    each.sandbox.trust, agencies[mine].home / "trust" / f"{each.names.agency_code}.pem"
                )


@contextlib.asynccontextmanager
async def _running(command: Sequence[str]) -> AsyncIterator[None]:
    """Run a server as a process while the block runs; it is ready when it says its first line."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_READY_SECONDS):
            if not await process.stdout.readline():
                raise OfficeError(
                    "A server of the demonstration did not start: {command}", command=" ".join(command)
                )
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


# ------------------------------------------------------------ inside the sender


async def _inside(
    sender: Agency, office: Office, source: bytes, folder: Path, say: Say
) -> tuple[Path, Filed]:
    anchors = Anchors.load(sender.sandbox.trust)
    evidence = Evidence(tsa_url=sender.sandbox.tsa, anchors=anchors)
    drafted = await asyncio.to_thread(draft, source)
    _keep(folder / "1-draft.pdf", drafted.pdf)
    say(
        Sentence(
            N_("draft    normalised to one clean revision; {count} fields placed"),
            {"count": len(drafted.places)},
        )
    )
    async with open_key(sender.sandbox.signatory) as token:
        picture = _PICTURES.joinpath("signature.png").read_bytes()
        signed = await sign(Draft(pdf=drafted.pdf), token, image=picture, level=Level.B_LT, evidence=evidence)
    _keep(folder / "2-signed.pdf", signed.pdf)
    say(Sentence(N_("sign     layer 1 by {signer}: certified, only form filling stays open, level B-LT"),
                 {"signer": sender.names.signatory}))  # fmt: skip
    async with open_key(sender.sandbox.agency) as token:
        picture = _PICTURES.joinpath("seal.png").read_bytes()
        policy = Policy(anchors=anchors, require="two-layer")
        seal = Seal(token=token, policy=policy, image=picture, level=Level.B_LT, evidence=evidence)
        symbol = await asyncio.to_thread(printed_symbol, signed) or "UBND-VP"
        sealed, filed = await issue(office, Signed(pdf=signed.pdf), seal, symbol=symbol)
    path = folder / "3-sealed.pdf"
    _keep(path, sealed.pdf)
    say(Sentence(N_("number   {number}/{symbol} of {date}, the next of the register, no gap and no second holder"),
                 {"number": filed.number, "symbol": filed.symbol, "date": filed.date.isoformat()}))  # fmt: skip
    say(Sentence(N_("seal     layer 2 by {agency}, one revision with number and date; everything is locked"),
                 {"agency": sender.names.agency}))  # fmt: skip
    return path, filed


def _keep(path: Path, data: bytes) -> None:
    write_whole(path, data)


# ------------------------------------------------------------ between the two


async def _between(
    here: Office, there: Office, filed: Filed, recipient: Agency, folder: Path, say: Say
) -> InboxItem:
    letter = Letter(
        subject="V/v triển khai ký số hai lớp và gửi, nhận văn bản điện tử", lifetime=timedelta(hours=1)
    )
    sent = await here.send(filed.digest, [recipient.names.agency_code], letter)
    message = sent.envelope.message_id
    say(
        Sentence(
            N_("send     message {id} is queued; state, queue and audit entry in one commit"), {"id": message}
        )
    )
    await _until(lambda: _delivered(here, message))
    arrived = await there.accept(message)
    part = await there.read_part(arrived.envelope.parts[0].digest)
    _keep(folder / "4-received.pdf", part)
    say(Sentence(N_("receive  verified and filed once by {agency}; the same {size} bytes; accepted as No. {number}"),
                 {"agency": recipient.names.agency, "size": len(part), "number": arrived.arrival_number}))  # fmt: skip
    await _until(lambda: _reported(here, message))
    return arrived


async def _delivered(office: Office, message: str) -> bool:
    (delivery,) = (await office.sent(message)).deliveries
    if delivery.state in {"refused", "undeliverable"}:
        raise ExchangeError(
            "The recipient did not take the document: {why}", why=delivery.error or delivery.reason
        )
    return delivery.state == "delivered"


async def _reported(office: Office, message: str) -> bool:
    (delivery,) = (await office.sent(message)).deliveries
    return delivery.status == "accepted"


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look until something another process does has happened."""
    async with asyncio.timeout(_ARRIVAL_SECONDS):
        while not await holds():
            await asyncio.sleep(_LOOK_SECONDS)


# ------------------------------------------------------------ receipt and proof


async def _evidence(office: Office, message: str, folder: Path) -> Receipt:
    (receipt,) = [each for each in await office.evidence(message) if each.positive]
    _keep(folder / "5-receipt.json", receipt.receipt)
    _keep(folder / "6-receipt.tlog-proof", receipt.proof)
    return receipt


async def _proof(folder: Path, sealed: Path, sender: Agency, receipt: Receipt, key: str, say: Say) -> Outcome:
    """Verify offline, after every server has stopped, from the files alone."""
    _keep(folder / "7-log-key.txt", f"{key}\n".encode())
    _keep(folder / "trust.pem", sender.sandbox.trust.read_bytes())
    proof = (folder / "6-receipt.tlog-proof").read_bytes()
    proven = verify_proof(proof, (folder / "7-log-key.txt").read_text().strip())
    if proven.entry.evidence_digest != Digest.of(receipt.receipt):
        raise ExchangeError("The proof is about another receipt.")
    say(Sentence(N_("proof    the servers are stopped: entry {index} of {size} in the recipient's log, shown by the file alone"),
                 {"index": proven.index, "size": proven.size}))  # fmt: skip
    policy = Policy(anchors=Anchors.load(folder / "trust.pem"), require="two-layer", offline=True)
    report = await examine(sealed.read_bytes(), policy)
    files = tuple(sorted(path for path in folder.iterdir() if path.is_file()))
    return Outcome(folder=folder, report=report, receipt=receipt, proven=proven, files=files)
