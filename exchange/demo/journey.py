"""The whole journey between two throw-away agencies: real tokens, two server processes, one line a step.

    draft → sign → number → seal → send → receive → receipt → proof

The clerk's acts are made here, as the command line makes them; what the agencies do between each other is
done by their own servers, started as processes with the same command.
"""

import asyncio
import contextlib
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Sequence
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
from exchange.views import Delivery
from exchange.views import Evidence as Receipt
from pki.digest import Digest
from pki.files import make_folder, write_whole
from pki.keys import open_key
from pki.practice.hierarchy import Names
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.trust import Anchors
from pki.words import N_, Sentence
from signer.apart.drafting import draft_apart
from signer.level import Evidence, Level
from signer.numbering import symbol_of
from signer.policy import Policy
from signer.report import Report
from signer.signing import sign
from signer.verifying import examine

_PICTURES = Path(__file__).parent
_READY_SECONDS = 20.0
_ARRIVAL_SECONDS = 30.0
_LOOK_SECONDS = 0.1
_SYMBOL = "UBND-VP"  # for a document whose page prints none
_SUBJECT = "V/v triển khai ký số hai lớp và gửi, nhận văn bản điện tử"

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
    """One side of the demonstration: who it is, its tokens and its office."""

    names: Names
    sandbox: Sandbox
    home: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the journey left behind, all in `folder`."""

    folder: Path
    report: Report
    receipt: Receipt
    proven: ProvenEntry
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the journey leaves its files, and to whom it tells its steps."""

    folder: Path
    say: Say

    def tell(self, template: str, **facts: object) -> None:
        """Say one step."""
        self.say(Sentence(template, facts))

    async def keep(self, name: str, data: bytes) -> None:
        """Leave a file."""
        await asyncio.to_thread(write_whole, self.folder / name, data)

    async def kept(self, name: str) -> bytes:
        """Read a file that was left."""
        return await asyncio.to_thread((self.folder / name).read_bytes)


async def travel(folder: Path, command: Sequence[str], say: Say, pdf: bytes | None = None) -> Outcome:
    """Make two agencies in `folder` (new or empty) and take a document from draft to proof.

    `command` is how this program is started, for the servers. `pdf` is any document; without one the
    project's own is set. Raises what the steps raise; the servers are stopped in any case.
    """
    await asyncio.to_thread(_prepare, folder)
    stage = Stage(folder, say)
    source = await asyncio.to_thread(set_document, DEMO_DOCUMENT) if pdf is None else pdf
    async with contextlib.AsyncExitStack() as open_things:
        sender, recipient = await _two_agencies(folder, command, open_things)
        stage.tell(
            N_("ready    two agencies with their own tokens, offices and servers: {sender}; {recipient}"),
            sender=sender.names.agency, recipient=recipient.names.agency,
        )  # fmt: skip
        here = await open_things.enter_async_context(open_office(sender.home))
        there = await open_things.enter_async_context(open_office(recipient.home))
        filed = await _inside(stage, sender, here, source)
        message = await _between(stage, here, there, filed)
        (receipt,) = [each for each in await here.evidence(message) if each.positive]
        stage.tell(
            N_("receipt  signed by {agency}, given once committed, for the very bytes that were sent"),
            agency=recipient.names.agency,
        )
        await stage.keep("5-receipt.json", receipt.receipt)
        await stage.keep("6-receipt.tlog-proof", receipt.proof)
        await stage.keep("7-log-key.txt", f"{there.log_key}\n".encode())
        await stage.keep(
            "8-card.json", json.dumps((await there.card()).as_json(), ensure_ascii=False).encode()
        )
        await stage.keep("trust.pem", await asyncio.to_thread(sender.sandbox.trust.read_bytes))
    return await _prove(stage, receipt)


# ------------------------------------------------------------ two agencies


def _prepare(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OfficeError("{home} is not an empty folder.", home=folder)
    make_folder(folder)


async def _two_agencies(
    folder: Path, command: Sequence[str], open_things: contextlib.AsyncExitStack
) -> tuple[Agency, Agency]:
    sender, recipient = (
        await _agency(folder / "sender", SENDER),
        await _agency(folder / "recipient", RECIPIENT),
    )
    await _introduce(sender, recipient)
    for agency in (sender, recipient):
        practice = [*command, "pki", "serve", str(agency.sandbox.directory)]
        office = [*command, "--home", str(agency.home), "serve"]
        for server in (practice, office):
            await open_things.enter_async_context(_running(server))
    return sender, recipient


async def _agency(folder: Path, names: Names) -> Agency:
    await asyncio.to_thread(folder.mkdir)
    sandbox = await make_sandbox(folder / "pki", names=names)
    address = Address("127.0.0.1", _free_port())
    settings = Settings(listen=address, url=f"https://{address}")
    await init_office(folder / "office", names.agency_code, names.agency, settings)
    return Agency(names=names, sandbox=sandbox, home=folder / "office")


def _free_port() -> int:
    """Return a port nobody listens on; peers must know it before the server runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _introduce(sender: Agency, recipient: Agency) -> None:
    """Let each pin the other's card, and both trust both roots."""
    async with open_office(sender.home) as here, open_office(recipient.home) as there:
        await here.add_peer(await there.card())
        await there.add_peer(await here.card())
    for home in (sender.home, recipient.home):
        for agency in (sender, recipient):
            shutil.copy(agency.sandbox.trust, home / "trust" / f"{agency.names.agency_code}.pem")


@contextlib.asynccontextmanager
async def _running(command: Sequence[str]) -> AsyncIterator[None]:
    """Run a server as a process while the block runs; it is ready when it says its first line."""
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_READY_SECONDS):
            if not await process.stdout.readline():
                raise OfficeError("A server did not start: {command}", command=" ".join(command))
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


# ------------------------------------------------------------ inside the sender's agency


async def _inside(stage: Stage, sender: Agency, office: Office, source: bytes) -> Filed:
    """draft, sign, number, seal."""
    anchors = await asyncio.to_thread(Anchors.load, sender.sandbox.trust)
    evidence = Evidence(tsa_url=sender.sandbox.tsa, anchors=anchors)
    drafted = await draft_apart(source)
    await stage.keep("1-draft.pdf", drafted.pdf)
    stage.tell(N_("draft    one clean revision with its {count} fields in place"), count=len(drafted.places))
    async with open_key(sender.sandbox.signatory) as token:
        image = await asyncio.to_thread((_PICTURES / "signature.png").read_bytes)
        signed = await sign(drafted, token, image=image, level=Level.B_LT, evidence=evidence)
    await stage.keep("2-signed.pdf", signed.pdf)
    stage.tell(
        N_("sign     layer 1 by {signer}: certified, only form filling stays open, level B-LT"),
        signer=sender.names.signatory,
    )
    symbol = await symbol_of(signed) or _SYMBOL
    async with open_key(sender.sandbox.agency) as token:
        image = await asyncio.to_thread((_PICTURES / "seal.png").read_bytes)
        seal = Seal(
            token=token, policy=Policy(anchors=anchors), image=image, level=Level.B_LT, evidence=evidence
        )
        sealed, filed = await issue(office, signed, seal, symbol=symbol)
    await stage.keep("3-sealed.pdf", sealed.pdf)
    stage.tell(
        N_("number   {number}/{symbol} of {date}, the next of the register: no gap, no second holder"),
        number=filed.number, symbol=filed.symbol, date=filed.date,
    )  # fmt: skip
    stage.tell(
        N_("seal     layer 2 by {agency}, one revision with number and date; everything is locked"),
        agency=sender.names.agency,
    )
    return filed


# ------------------------------------------------------------ between the two


async def _between(stage: Stage, here: Office, there: Office, filed: Filed) -> str:
    """send, receive; the two servers do what lies between. Return the message's id."""
    recipient = there.identity
    letter = Letter(subject=_SUBJECT, lifetime=timedelta(hours=1))
    message = (await here.send(filed.digest, [str(recipient.code)], letter)).envelope.message_id
    stage.tell(N_("send     message {id} is queued: state, queue and audit entry are one commit"), id=message)
    await _until(here, message, lambda delivery: delivery.state == "delivered")
    arrived = await there.accept(message)
    received = await there.read_part(arrived.envelope.parts[0].digest)
    await stage.keep("4-received.pdf", received)
    await _until(here, message, lambda delivery: delivery.status == "accepted")
    stage.tell(
        N_("receive  {agency} verified it, filed it once and accepted it as No. {number}; the sender knows"),
        agency=recipient.name, number=arrived.arrival_number,
    )  # fmt: skip
    return message


async def _until(office: Office, message: str, holds: Callable[[Delivery], bool]) -> None:
    """Wait until the servers have brought the only delivery of a message to where `holds`."""
    async with asyncio.timeout(_ARRIVAL_SECONDS):
        while True:
            (delivery,) = (await office.sent(message)).deliveries
            if delivery.state in {"refused", "undeliverable"}:
                why = delivery.error or delivery.reason
                raise ExchangeError("The recipient did not take the document: {why}", why=why)
            if holds(delivery):
                return
            await asyncio.sleep(_LOOK_SECONDS)


# ------------------------------------------------------------ what a stranger can check


async def _prove(stage: Stage, receipt: Receipt) -> Outcome:
    """Verify offline, after every server has stopped, from the files alone."""
    key = (await stage.kept("7-log-key.txt")).decode().strip()
    proven = verify_proof(await stage.kept("6-receipt.tlog-proof"), key)
    if proven.entry.evidence_digest != Digest.of(await stage.kept("5-receipt.json")):
        raise ExchangeError("The proof is of another receipt.")
    stage.tell(
        N_("proof    servers stopped: the receipt is entry {index} of {size} in its log, shown by one file"),
        index=proven.index, size=proven.size,
    )  # fmt: skip
    anchors = await asyncio.to_thread(Anchors.load, stage.folder / "trust.pem")
    policy = Policy(anchors=anchors, require="two-layer", offline=True)
    report = await examine(await stage.kept("3-sealed.pdf"), policy)
    files = await asyncio.to_thread(
        lambda: tuple(sorted(path for path in stage.folder.iterdir() if path.is_file()))
    )
    return Outcome(folder=stage.folder, report=report, receipt=receipt, proven=proven, files=files)
