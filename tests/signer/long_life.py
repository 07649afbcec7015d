"""A service that signs for many people in one process, for long: what documents store, and the memory."""

import asyncio
import io
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.reader import PdfFileReader

from pki.files import write_whole
from pki.keys import open_key
from pki.pin import Secret, pin_source_of
from pki.pkcs11.process import shared_worker
from pki.practice.issue import Request
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.practice.state import load_services
from pki.practice.token import PracticeToken
from pki.token import Token
from pki.trust import Anchors
from pki.uri import KeyUri
from signer.document import Draft
from signer.drafting import draft
from signer.level import Evidence, Level
from signer.policy import Policy
from signer.signing import sign
from tests.pki.enrolling import enrol, person, request_for

ROOT = Path(__file__).parents[2]
AT_ONCE = 4
"""Documents under way at the same time."""
_TOKEN = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the /DSS of a document holds: certificates, whose status by OCSP and by list, how many bytes."""

    certificates: frozenset[bytes]
    asked: frozenset[int]
    lists: frozenset[bytes]
    size: int


@dataclass(slots=True, kw_only=True)
class Life:
    """What became of the documents, in order: who signed each, what it stores, how much memory was held."""

    signers: list[bytes]
    authorities: frozenset[bytes]
    signed_by: list[int] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def foreign(self) -> Iterator[int]:
        """Yield the documents that store a certificate or a status of somebody who has no part in them."""
        for number, (who, stored) in enumerate(zip(self.signed_by, self.stored, strict=True)):
            own = self.authorities | {self.signers[who]}
            serials = {serial_of(each) for each in own}
            if not stored.certificates <= own or not stored.asked <= serials:
                yield number

    def lacking(self) -> Iterator[int]:
        """Yield the documents that do not store their own signer's certificate and status."""
        for number, (who, stored) in enumerate(zip(self.signed_by, self.stored, strict=True)):
            own = self.signers[who]
            if own not in stored.certificates or serial_of(own) not in stored.asked:
                yield number


async def live(folder: Path, source: bytes, *, signers: int, documents: int) -> Life:
    """Sign so many documents at B-LT for so many people; the authorities are a process of their own."""
    sandbox = await make_sandbox(folder / "sandbox")
    uris = await _people(sandbox, signers)
    drafted = await asyncio.to_thread(draft, source)
    async with _authorities(sandbox), AsyncExitStack() as stack:
        tokens = [await stack.enter_async_context(open_key(uri)) for uri in uris]
        life = Life(signers=[each.certificate for each in tokens], authorities=await _authorities_of(sandbox))
        begun = time.monotonic()
        turns = iter(range(documents))

        async def work() -> None:
            for number in turns:
                who = number % signers
                pdf = await _signed(drafted, tokens[who], sandbox)
                stored = await asyncio.to_thread(stored_in, pdf)
                life.signed_by.append(who)  # with the next line: no await in between
                life.stored.append(stored)
                life.memory.append(resident())

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
        life.seconds = time.monotonic() - begun
    return life


async def _signed(drafted: Draft, token: Token, sandbox: Sandbox) -> bytes:
    anchors = Anchors.load(sandbox.trust)
    evidence, policy = Evidence(tsa_url=sandbox.tsa, anchors=anchors), Policy(anchors=anchors)
    return (await sign(drafted, token, level=Level.B_LT, evidence=evidence, policy=policy)).pdf


async def _people(sandbox: Sandbox, count: int) -> list[str]:
    """Make a token with the keys of so many people; return the keys' names."""
    module = KeyUri.parse(sandbox.agency).module_path
    assert module is not None
    pin, file = Secret(f"{secrets.randbelow(10**8):08}"), sandbox.directory / "pins" / _TOKEN
    await asyncio.to_thread(write_whole, file, pin.reveal().encode(), mode=0o600)
    async with shared_worker(module, sandbox.environment) as worker:
        token = await PracticeToken.make(worker, _TOKEN, so_pin=Secret("12345678"), pin=pin)
        labels = [f"person-{number:02}" for number in range(count)]
        keys = [await token.new_key(label, label.encode(), "rsa-2048") for label in labels]
        requests: list[Request] = [
            request_for("signatory", person(f"Trần Thị {number:02}"), key.public_key)
            for number, key in enumerate(keys)
        ]
        enrolled = await enrol(sandbox, *requests)
        for label, certificate in zip(labels, enrolled.certificates, strict=True):
            await token.store(label, label.encode(), certificate)
        await token.store("issuing", b"issuing", enrolled.issuer)
    source = pin_source_of(file)
    names = (KeyUri(scheme="pkcs11", token=_TOKEN, object=each, module_path=module) for each in labels)
    return [f"{name}&pin-source={source}" for name in names]


@asynccontextmanager
async def _authorities(sandbox: Sandbox) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, ROOT / "cli.py", "pki", "serve", sandbox.directory, "--lang", "en",
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        await process.stdout.readline()  # it says so when it answers
        yield
    finally:
        process.terminate()
        await process.communicate()


async def _authorities_of(sandbox: Sandbox) -> frozenset[bytes]:
    """Return the certificates of root, issuing authority, time-stamp authority and status responder."""
    made = set()
    for uri in load_services(sandbox.directory).keys.values():
        async with open_key(uri) as token:
            made.add(token.certificate)
    return frozenset(made)


def stored_in(pdf: bytes) -> Stored:
    """Read the /DSS."""
    dss = PdfFileReader(io.BytesIO(pdf)).root["/DSS"]

    def streams(name: str) -> list[bytes]:
        return [_data(each) for each in dss.get(name, [])]

    certificates, answers, lists = streams("/Certs"), streams("/OCSPs"), streams("/CRLs")
    return Stored(
        certificates=frozenset(certificates),
        asked=frozenset(_asked(each) for each in answers),
        lists=frozenset(crl.CertificateList.load(each).issuer.dump() for each in lists),
        size=sum(map(len, (*certificates, *answers, *lists))),
    )


def _data(stream: Any) -> bytes:
    found = stream.get_object() if isinstance(stream, IndirectObject) else stream
    data: bytes = found.data
    return data


def _asked(answer: bytes) -> int:
    data = ocsp.OCSPResponse.load(answer).response_data
    (response,) = data["responses"]
    serial: int = response["cert_id"]["serial_number"].native
    return serial


def serial_of(certificate: bytes) -> int:
    serial: int = x509.Certificate.load(certificate).serial_number
    return serial


def resident() -> int:
    """Return how many bytes of memory this process holds now (Linux)."""
    (line,) = [
        each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmRSS")
    ]
    return int(line.split()[1]) * 1024
