"""Renewal looks at every link before it adds one: layers, stored proof, earlier stamps; whoever signed."""

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509 import CertificateRevocationListBuilder
from pyhanko.pdf_utils.reader import PdfFileReader

from pki.clock import SystemClock
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox
from pki.trust import Anchors
from signer.errors import NotBelieved
from signer.level import Evidence, Level
from signer.numbering import number
from signer.policy import Policy
from signer.renewing import renew
from signer.report import Indication
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.authorities import good, served
from tests.signer.short_lived import InMemory, short_lived
from tests.signer.stage_samples import NUMBER, Stages
from tests.vectors.foreign.make import LIST_URL, PASSPHRASE

FOREIGN = Path(__file__).parents[1] / "vectors" / "foreign"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return asyncio.run(make_sandbox(tmp_path_factory.mktemp("chain") / "sandbox"))


@pytest.fixture(scope="module")
def first_authority(practice: Sandbox) -> InMemory:
    """A time-stamp authority that will be gone in ten minutes."""
    return asyncio.run(short_lived(practice, dt.timedelta(minutes=10)))


@pytest.fixture
async def office(practice: Sandbox, first_authority: InMemory) -> AsyncIterator[Sandbox]:
    """The hierarchy, answering; it knows the first authority's certificate."""
    assert first_authority.expires
    async with serve_sandbox(practice.directory):
        yield practice


async def test_a_document_of_another_program_outlives_its_first_renewal(
    office: Sandbox, first_authority: InMemory
) -> None:
    pdf = (FOREIGN / "signpdf.pdf").read_bytes()
    anchors = Anchors.load(FOREIGN / "root.pem", office.trust)
    policy = Policy(anchors=anchors, allow_private_addresses=True)
    async with served(good(first_authority)) as authority, list_served():
        once = await renew(pdf, Evidence(tsa_url=authority.url), policy)
        twice = await renew(once.pdf, Evidence(tsa_url=office.tsa), policy, digest="sha512")
    assert once.pdf.startswith(pdf)
    assert twice.pdf.startswith(once.pdf)
    later = replace(policy, offline=True, at=first_authority.expires + dt.timedelta(minutes=5))
    assert (await examine(once.pdf, later)).indication is Indication.INDETERMINATE
    report = await examine(twice.pdf, later)
    assert report.passed
    assert report.two_layer
    assert digests(twice.pdf) == ["sha256", "sha512"]


@asynccontextmanager
async def list_served() -> AsyncIterator[None]:
    """Let the other program's authority say, where its certificates point, that nothing is revoked."""
    packed = (FOREIGN / "root.p12").read_bytes()
    key, root, _ = pkcs12.load_key_and_certificates(packed, PASSPHRASE)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert root is not None
    now = SystemClock().now()
    builder = CertificateRevocationListBuilder(root.subject, now, now + dt.timedelta(hours=1))
    body = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/pkix-crl")

    app = web.Application()
    app.router.add_get("/root.crl", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", urlsplit(LIST_URL).port).start()
    try:
        yield
    finally:
        await runner.cleanup()


def digests(pdf: bytes) -> list[str]:
    """The digests that the document time-stamps were made with."""
    found = PdfFileReader(io.BytesIO(pdf)).embedded_timestamp_signatures
    infos = [each.signed_data["encap_content_info"]["content"].parsed for each in found]
    return [info["message_imprint"]["hash_algorithm"]["algorithm"].native for info in infos]


@pytest.fixture(scope="module")
def lasting(practice: Sandbox, stages: Stages) -> bytes:
    """A document at B-LTA: each layer with its stored proof and a time-stamp over all of it."""
    return asyncio.run(_lasting(practice, stages))


async def _lasting(practice: Sandbox, stages: Stages) -> bytes:
    anchors = Anchors.load(practice.trust)
    evidence, policy = Evidence(tsa_url=practice.tsa, anchors=anchors), Policy(anchors=anchors)
    async with (
        serve_sandbox(practice.directory),
        open_key(practice.signatory) as person,
        open_key(practice.agency) as agency,
    ):
        signed = await sign(stages.draft, person, level=Level.B_LTA, evidence=evidence)
        numbered = number(signed, NUMBER)
        return (await seal(numbered, agency, level=Level.B_LTA, evidence=evidence, policy=policy)).pdf


def signature(place: int) -> Callable[[bytes], bytes]:
    """Spoil the value of a layer's signature, or of a document time-stamp's (after the layers)."""

    def spoil(pdf: bytes) -> bytes:
        reader = PdfFileReader(io.BytesIO(pdf))
        found = [*reader.embedded_regular_signatures, *reader.embedded_timestamp_signatures][place]
        value: bytes = found.signer_info["signature"].native
        at = pdf.lower().index(value.hex().encode())
        return pdf[:at] + bytes([value[0] ^ 1]).hex().encode() + pdf[at + 2 :]

    return spoil


def proof(pdf: bytes) -> bytes:
    """Hide the first stored status answers."""
    assert b"/OCSPs" in pdf
    return pdf.replace(b"/OCSPs", b"/OCSPz", 1)


def page(pdf: bytes) -> bytes:
    """Change what was there before anybody signed."""
    assert b"/Type /Page" in pdf
    return pdf.replace(b"/Type /Page", b"/Typo /Page", 1)


@pytest.mark.parametrize(
    "spoil",
    [page, signature(0), signature(1), signature(2), signature(3), proof],
    ids=["page", "layer-1", "layer-2", "first-stamp", "second-stamp", "stored-proof"],
)
async def test_a_chain_with_one_bad_link_is_not_renewed(
    lasting: bytes, office: Sandbox, spoil: Callable[[bytes], bytes]
) -> None:
    policy = Policy(anchors=Anchors.load(office.trust))
    async with served(never_asked) as authority:
        with pytest.raises(NotBelieved, match="The document is not to be believed"):
            await renew(spoil(lasting), Evidence(tsa_url=authority.url), policy)
        assert authority.asked == 0


async def never_asked(request: bytes) -> object:
    raise AssertionError(request)


async def test_the_chain_that_is_spoiled_above_is_renewed_as_it_is(lasting: bytes, office: Sandbox) -> None:
    policy = Policy(anchors=Anchors.load(office.trust))
    renewed = await renew(lasting, Evidence(tsa_url=office.tsa), policy, digest="sha512")
    assert digests(renewed.pdf) == ["sha256", "sha256", "sha512"]
