"""Stolen keys, old answers, forged answers, hanging servers, strangers' addresses: what a status proves."""

import asyncio
import dataclasses
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pikepdf
import pytest
from aiohttp import web
from asn1crypto import ocsp, x509
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from exchange.service import trusting
from exchange.settings import Settings
from pki.errors import Undetermined
from pki.fetch import fetch
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox, revoke
from pki.reach import Question, Reach
from pki.trust import Anchors
from signer.form.names import LAYER_1
from signer.level import Evidence, Level
from signer.pades import drawing
from signer.pades.door import apart
from signer.pades.writing import Revision, write
from signer.policy import Limits, Policy
from signer.report import Indication, Report
from signer.signing import sign
from signer.verifying import examine
from tests.signer.forging import updated
from tests.signer.stage_samples import Stages


@dataclasses.dataclass(frozen=True)
class Theft:
    """A signatory's key: what was stored of it while it was good, and what a thief signed after."""

    sandbox: Sandbox
    honest: bytes
    honest_stamped: bytes
    plain: bytes
    stamped: bytes


@pytest.fixture(scope="module")
def theft(tmp_path_factory: pytest.TempPathFactory, stages: Stages) -> Theft:
    return asyncio.run(_theft(tmp_path_factory.mktemp("theft") / "sandbox", stages))


async def _theft(folder: Path, stages: Stages) -> Theft:
    sandbox = await make_sandbox(folder)
    evidence = Evidence(tsa_url=sandbox.tsa, anchors=Anchors.load(sandbox.trust))
    async with open_key(sandbox.signatory) as key, serve_sandbox(folder):
        honest = await sign(stages.draft, key, level=Level.B_LT, evidence=evidence)
        honest_stamped = await sign(stages.draft, key, level=Level.B_T, evidence=evidence)
        await asyncio.sleep(1.1)  # revocations are told in whole seconds
        revoke(folder, load_der_x509_certificate(key.certificate).serial_number)
        await asyncio.sleep(1.1)
        plain = await sign(stages.draft, key)
        stamped = await sign(stages.draft, key, level=Level.B_T, evidence=evidence)
    return Theft(
        sandbox=sandbox, honest=honest.pdf, honest_stamped=honest_stamped.pdf, plain=plain.pdf,
        stamped=stamped.pdf,
    )  # fmt: skip


Answers = dict[str, list[bytes]]


def answers_in(pdf: bytes) -> Answers:
    """The status answers that a document stores."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {
            kind: [each.read_bytes() for each in opened.Root.DSS.get(kind, [])]
            for kind in ("/OCSPs", "/CRLs")
        }


def storing(pdf: bytes, answers: Answers) -> bytes:
    """The document with answers stored in one more revision, as anybody can."""

    def store(writer: IncrementalPdfFileWriter) -> None:
        kept = generic.DictionaryObject()
        for kind, encoded in answers.items():
            streams = [writer.add_object(generic.StreamObject(stream_data=each)) for each in encoded]
            kept[pdf_name(kind)] = writer.add_object(generic.ArrayObject(streams))
        writer.root[pdf_name("/DSS")] = writer.add_object(kept)
        writer.update_root()

    return updated(pdf, store)


def policy_of(sandbox: Sandbox, **more: object) -> Policy:
    policy = Policy(anchors=Anchors.load(sandbox.trust), require="any", limits=Limits(fetch_seconds=1.0))
    return dataclasses.replace(policy, **more)  # type: ignore[arg-type]


def answer_of(report: Report) -> tuple[str, str | None]:
    return report.indication.value, report.verdict.sub_indication


@pytest.mark.parametrize("kind", ["plain", "stamped"])
async def test_an_old_good_answer_does_not_hide_a_revocation(theft: Theft, kind: str) -> None:
    forged = storing(getattr(theft, kind), answers_in(theft.honest))
    async with serve_sandbox(theft.sandbox.directory):
        report = await examine(forged, policy_of(theft.sandbox))
    assert answer_of(report) == ("TOTAL_FAILED", "REVOKED")


async def test_an_old_good_answer_proves_nothing_while_nobody_can_be_asked(theft: Theft) -> None:
    forged = storing(theft.plain, answers_in(theft.honest))
    later = (await examine(theft.honest, policy_of(theft.sandbox, offline=True))).validation_time
    assert later is not None
    policy = policy_of(theft.sandbox, at=later + timedelta(minutes=10))
    for offline in (True, False):
        report = await examine(forged, dataclasses.replace(policy, offline=offline))
        assert answer_of(report) == ("INDETERMINATE", "TRY_LATER")
    assert "stored status is of" in str(
        (await examine(forged, dataclasses.replace(policy, offline=True))).verdict.reasons[0]
    )


async def test_what_was_stamped_before_the_revocation_stays_good_and_says_so(theft: Theft) -> None:
    async with serve_sandbox(theft.sandbox.directory):
        assert (await examine(theft.honest, policy_of(theft.sandbox))).passed
        report = await examine(theft.honest_stamped, policy_of(theft.sandbox))
    assert report.passed
    assert any("after the time that counts" in str(note) for note in report.signatures[0].notes)


async def test_forged_answers_make_no_level(theft: Theft) -> None:
    """Without a proven level above it, a document that stores what nobody signed is B-T."""
    lenient = policy_of(theft.sandbox, revocation="ignore", offline=True)
    answers = answers_in(theft.honest)
    forged = answers | {"/OCSPs": [turned_signature(each) for each in answers["/OCSPs"]]}
    (signature,) = (await examine(storing(theft.stamped, forged), lenient)).signatures
    assert signature.level == "B-T"
    (signature,) = (await examine(theft.honest, lenient)).signatures
    assert signature.level == "B-LT"


def turned_signature(response: bytes) -> bytes:
    read = ocsp.OCSPResponse.load(response)
    mark = read["response_bytes"]["response"].parsed["signature"].contents
    place = response.index(mark) + 9
    return response[:place] + bytes([response[place] ^ 1]) + response[place + 1 :]


@asynccontextmanager
async def listening(url: str, *, answering: dict[str, bytes] | None = None) -> AsyncIterator[list[str]]:
    """Stand where a hierarchy's services should be: note who comes; hang, but for what is answered."""
    seen: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(request.path)
        if answering is not None and request.path in answering:
            return web.Response(body=answering[request.path])
        await asyncio.sleep(60)
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    where = urlsplit(url)
    try:
        await web.TCPSite(runner, where.hostname, where.port).start()
        yield seen
    finally:
        await runner.cleanup()


async def lists_of(sandbox: Sandbox) -> dict[str, bytes]:
    async with serve_sandbox(sandbox.directory):
        base = sandbox.tsa.removesuffix("/tsa")
        return {
            f"/{each}.crl": await fetch(
                Question(url=f"{base}/{each}.crl", limit=10000), Reach(private=True), 5
            )
            for each in ("root", "issuing")
        }


async def test_lists_are_enough_when_the_responder_hangs(stages: Stages, sandbox: Sandbox) -> None:
    lists = await lists_of(sandbox)
    async with listening(sandbox.ocsp, answering=lists) as seen:
        report = await examine(stages.signed.pdf, policy_of(sandbox))
    assert report.passed
    assert seen == ["/root.crl", "/ocsp", "/issuing.crl"]


async def test_when_everything_hangs_the_answer_is_open_in_time(stages: Stages, sandbox: Sandbox) -> None:
    limits = Limits(fetch_seconds=0.3, seconds=30)
    async with listening(sandbox.ocsp):
        report = await examine(stages.signed.pdf, policy_of(sandbox, limits=limits))
    assert answer_of(report) == ("INDETERMINATE", "TRY_LATER")
    assert "takes too long" in str(report.verdict.reasons[0])


async def test_addresses_of_an_unknown_hierarchy_are_not_called(
    stages: Stages, sandbox: Sandbox, theft: Theft
) -> None:
    async with listening(sandbox.ocsp) as seen:
        report = await examine(stages.sealed.pdf, policy_of(theft.sandbox, require="two-layer"))
    assert report.verdict.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert seen == []


@pytest.mark.parametrize("place", [-1, 300], ids=["signature", "key"])
async def test_an_altered_issuer_that_a_stranger_stores_does_not_hide_the_real_one(
    theft: Theft, place: int
) -> None:
    (signature,) = PdfFileReader(io.BytesIO(theft.honest)).embedded_signatures
    (issuer,) = [each.dump() for each in signature.other_embedded_certs]
    altered = bytearray(issuer)
    altered[place] ^= 1
    forged = storing(theft.honest, answers_in(theft.honest) | {"/Certs": [bytes(altered)]})
    assert (await examine(forged, policy_of(theft.sandbox, offline=True))).passed


async def silent_root(sandbox: Sandbox) -> bytes:
    """The hierarchy's root, made anew so that it names no host."""
    keys = json.loads((sandbox.directory / "services.json").read_text())["keys"]
    async with open_key(keys["root"]) as root:
        certificate = x509.Certificate.load(root.certificate)
        tbs = certificate["tbs_certificate"].copy()
        tbs["extensions"] = [
            each for each in tbs["extensions"] if each["extn_id"].native != "subject_information_access"
        ]
        made = {
            "tbs_certificate": tbs,
            "signature_algorithm": certificate["signature_algorithm"],
            "signature_value": await root.sign(tbs.dump(force=True), "sha256"),
        }
    return bytes(x509.Certificate(made).dump())


async def test_loopback_is_called_only_where_an_anchor_names_it(stages: Stages, services: Sandbox) -> None:
    assert (await examine(stages.signed.pdf, policy_of(services))).passed
    policy = policy_of(services, anchors=Anchors(roots=(await silent_root(services),)))
    report = await examine(stages.signed.pdf, policy)
    assert answer_of(report) == ("INDETERMINATE", "TRY_LATER")
    assert "private network" in str(report.verdict.reasons[0])
    allowed = dataclasses.replace(policy, allow_private_addresses=True)
    assert (await examine(stages.signed.pdf, allowed)).passed


async def test_an_office_may_be_set_to_call_private_addresses(
    stages: Stages, services: Sandbox, tmp_path: Path
) -> None:
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "root.der").write_bytes(await silent_root(services))
    with pytest.raises(Undetermined, match="private network"):
        await trusting(trust, Settings())(stages.sealed.pdf)
    assert await trusting(trust, Settings(allow_private_addresses=True))(stages.sealed.pdf)


@pytest.mark.parametrize("role", ["tsa", "ocsp"])
async def test_the_keys_of_services_sign_no_documents(stages: Stages, sandbox: Sandbox, role: str) -> None:
    keys = json.loads((sandbox.directory / "services.json").read_text())["keys"]
    revision = Revision(field=LAYER_1, certify=True, draw=drawing.words("x"))
    async with open_key(keys[role]) as service:  # with another program: `sign` takes no such key
        signed = await apart(lambda home: write(stages.draft.pdf, service, revision, home))
    report = await examine(signed, policy_of(sandbox, revocation="ignore", offline=True))
    assert report.indication is Indication.INDETERMINATE
    assert report.verdict.sub_indication == "CHAIN_CONSTRAINTS_FAILURE"
