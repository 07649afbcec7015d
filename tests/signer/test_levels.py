"""B-B to B-LTA with the practice authorities, and what happens when they are gone, hang, or say no."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.x509 import load_der_x509_certificate

from pki.clock import SystemClock
from pki.errors import TrustError
from pki.keys import open_key
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox, revoke
from pki.token import Token
from pki.trust import Anchors
from signer.form.names import LAYER_1
from signer.level import Evidence, Level
from signer.numbering import number
from signer.pades import drawing
from signer.pades.door import apart
from signer.pades.writing import Revision, write
from signer.policy import Limits, Policy
from signer.report import Indication
from signer.reports.plain import advice
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.stage_samples import NUMBER, Stages


@asynccontextmanager
async def hanging(url: str) -> AsyncIterator[None]:
    """Listen where a server should be, and never answer."""
    stop = asyncio.Event()

    async def wait(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stop.wait()
        writer.close()

    where = urlsplit(url)
    server = await asyncio.start_server(wait, where.hostname, where.port)
    try:
        yield
    finally:
        stop.set()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def counting(*urls: str) -> AsyncIterator[tuple[str, list[int]]]:
    """Stand before several servers: the n-th number of the list says how often the n-th was asked.

    All requests go to the last server that has a number; appending one moves on to the next.
    """
    asked = [0]

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked[-1] += 1
        where = urlsplit(urls[len(asked) - 1])
        from_server, to_server = await asyncio.open_connection(where.hostname, where.port)
        ways = [(reader, to_server), (from_server, writer)]
        await asyncio.wait([asyncio.create_task(_pipe(*way)) for way in ways])

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"http://127.0.0.1:{port}/tsa", asked


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


def serial_of(certificate: bytes) -> int:
    return load_der_x509_certificate(certificate).serial_number


async def two_layers(stages: Stages, sandbox: Sandbox, level: Level) -> bytes:
    anchors = Anchors.load(sandbox.trust)
    evidence = Evidence(tsa_url=sandbox.tsa, anchors=anchors)
    async with open_key(sandbox.signatory) as person, open_key(sandbox.agency) as agency:
        signed = await sign(stages.draft, person, level=level, evidence=evidence)
        policy = Policy(anchors=anchors)
        sealed = await seal(number(signed, NUMBER), agency, level=level, evidence=evidence, policy=policy)
    return sealed.pdf


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
async def test_every_level_is_reached_in_both_layers(
    stages: Stages, services: Sandbox, anchors: Anchors, level: Level
) -> None:
    report = await examine(await two_layers(stages, services, level), Policy(anchors=anchors))
    assert report.passed
    assert report.two_layer
    assert [each.level for each in report.signatures] == [level.value.upper()] * 2
    assert all(each.best_signature_time for each in report.signatures)
    assert all(each.revocation == "good" for each in report.signatures)


@pytest.mark.parametrize("level", [Level.B_LT, Level.B_LTA])
async def test_stored_proof_is_enough_when_the_servers_are_gone(
    stages: Stages, sandbox_directory: Path, sandbox: Sandbox, anchors: Anchors, level: Level
) -> None:
    async with serve_sandbox(sandbox_directory):
        pdf = await two_layers(stages, sandbox, level)
    for offline in (True, False):
        assert (await examine(pdf, Policy(anchors=anchors, offline=offline))).passed


@pytest.mark.parametrize("offline", [True, False])
async def test_what_was_made_in_practice_is_valid_for_a_week_and_then_says_what_became_old(
    stages: Stages, sandbox_directory: Path, sandbox: Sandbox, anchors: Anchors, offline: bool
) -> None:
    async with serve_sandbox(sandbox_directory):
        pdf = await two_layers(stages, sandbox, Level.B_LT)
    policy, now = Policy(anchors=anchors, offline=offline), SystemClock().now()
    for hours in (2, 6 * 24):
        assert (await examine(pdf, replace(policy, at=now + timedelta(hours=hours)))).passed
    report = await examine(pdf, replace(policy, at=now + timedelta(days=8)))
    assert (report.indication, report.verdict.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")
    assert "the stored status is of" in str(report.verdict.reasons[0])
    assert ("gave no answer" in str(report.verdict.reasons[0])) is not offline
    assert "Check again with a network" in (advice(report) or "")


async def test_a_seal_with_stored_proof_is_still_one_revision(
    stages: Stages, services: Sandbox, anchors: Anchors, agency: Token
) -> None:
    evidence = Evidence(tsa_url=services.tsa, anchors=anchors)
    policy = Policy(anchors=anchors)
    sealed = await seal(stages.numbered, agency, level=Level.B_LT, evidence=evidence, policy=policy)
    assert sealed.pdf.count(b"%%EOF") == stages.numbered.pdf.count(b"%%EOF") + 1


async def test_without_an_answer_the_status_is_unknown_and_the_answer_open(
    stages: Stages, anchors: Anchors
) -> None:
    report = await examine(stages.sealed.pdf, Policy(anchors=anchors))
    assert (report.indication, report.verdict.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")
    assert {each.revocation for each in report.signatures} == {"unknown"}


async def test_a_hanging_responder_leaves_the_answer_open(
    stages: Stages, sandbox: Sandbox, anchors: Anchors
) -> None:
    async with hanging(sandbox.ocsp):
        limits = Limits(fetch_seconds=0.2)
        report = await examine(stages.sealed.pdf, Policy(anchors=anchors, limits=limits))
    assert (report.indication, report.verdict.sub_indication) == (Indication.INDETERMINATE, "TRY_LATER")


async def test_a_hanging_authority_stops_the_signature_in_words(
    stages: Stages, sandbox: Sandbox, anchors: Anchors, signatory: Token
) -> None:
    evidence = Evidence(tsa_url=sandbox.tsa, anchors=anchors, tsa_seconds=0.2)
    async with hanging(sandbox.tsa):
        with pytest.raises(TrustError, match="did not answer"):
            await sign(stages.draft, signatory, level=Level.B_T, evidence=evidence)


async def test_an_absent_authority_stops_the_signature_in_words(
    stages: Stages, sandbox: Sandbox, signatory: Token
) -> None:
    with pytest.raises(TrustError, match="did not answer"):
        await sign(stages.draft, signatory, level=Level.B_T, evidence=Evidence(tsa_url=sandbox.tsa))


@pytest.mark.parametrize(("level", "each"), [(Level.B_T, 1), (Level.B_LT, 1), (Level.B_LTA, 2)])
async def test_an_authority_is_asked_once_for_each_time_stamp(
    stages: Stages, services: Sandbox, anchors: Anchors, signatory: Token, *, level: Level, each: int
) -> None:
    async with counting(services.tsa) as (url, asked):
        evidence = Evidence(tsa_url=url, anchors=anchors)
        await sign(stages.draft, signatory, level=level, evidence=evidence)
        assert asked == [1 + each]  # and once to learn how large its time-stamps are
        await sign(stages.draft, signatory, level=level, evidence=evidence)
        assert asked == [1 + 2 * each]


async def test_a_server_that_stamps_nothing_is_said(
    stages: Stages, services: Sandbox, signatory: Token
) -> None:
    with pytest.raises(TrustError, match="no time-stamp"):
        await sign(stages.draft, signatory, level=Level.B_T, evidence=Evidence(tsa_url=services.crl))


async def test_a_certificate_that_leads_nowhere_gets_no_stored_proof(
    stages: Stages, services: Sandbox, signatory: Token
) -> None:
    nobody = Evidence(tsa_url=services.tsa, anchors=Anchors((), ()))
    with pytest.raises(TrustError, match="trusted roots"):
        await sign(stages.draft, signatory, level=Level.B_LT, evidence=nobody)


@pytest.fixture(scope="module")
def odd_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd") / "sandbox"


@pytest.fixture(scope="module")
def odd(odd_directory: Path) -> Sandbox:
    """A hierarchy with EC keys and certificates that must not be believed."""
    return asyncio.run(make_sandbox(odd_directory, keys="p-256", extra=("revoked", "expired")))


@pytest.fixture
async def odd_services(odd_directory: Path, odd: Sandbox) -> AsyncIterator[Sandbox]:
    async with serve_sandbox(odd_directory):
        yield odd


async def test_elliptic_curves_sign_both_layers(stages: Stages, odd_services: Sandbox) -> None:
    pdf = await two_layers(stages, odd_services, Level.B_LT)
    report = await examine(pdf, Policy(anchors=Anchors.load(odd_services.trust), offline=True))
    assert report.passed
    assert {each.algorithm for each in report.signatures} == {"sha256 ecdsa"}


@pytest.mark.parametrize(
    ("key", "indication", "sub_indication"),
    [
        ("revoked", Indication.TOTAL_FAILED, "REVOKED"),
        ("expired", Indication.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE"),
    ],
)
async def test_a_certificate_not_to_be_believed_is_named(
    stages: Stages, odd_services: Sandbox, key: str, indication: Indication, sub_indication: str
) -> None:
    anchors = Anchors.load(odd_services.trust)
    revision = Revision(field=LAYER_1, certify=True, draw=drawing.words("x"))
    async with open_key(odd_services.extra[key]) as token:  # our own door would not sign with these
        pdf = await apart(lambda home: write(stages.draft.pdf, token, revision, home))
    for mode in ("require", "accept-missing"):
        report = await examine(pdf, Policy(anchors=anchors, revocation=mode, require="any"))
        assert (report.indication, report.verdict.sub_indication) == (indication, sub_indication)


async def test_a_signature_stamped_before_its_certificate_was_revoked_stays_good(
    stages: Stages, odd_directory: Path, odd_services: Sandbox
) -> None:
    anchors = Anchors.load(odd_services.trust)
    evidence = Evidence(tsa_url=odd_services.tsa, anchors=anchors)
    async with open_key(odd_services.signatory) as token:
        stamped = await sign(stages.draft, token, level=Level.B_T, evidence=evidence)
        plain = await sign(stages.draft, token)
    policy = Policy(anchors=anchors, require="any")
    (made,) = (await examine(stamped.pdf, policy)).signatures
    taken_back = made.best_signature_time + timedelta(seconds=1)
    revoke(odd_directory, serial_of(made.certificate), at=taken_back)
    later = dataclasses.replace(policy, at=taken_back + timedelta(seconds=5))
    assert (await examine(stamped.pdf, later)).passed
    assert (await examine(plain.pdf, later)).verdict.sub_indication == "REVOKED"


async def test_the_status_of_an_authority_with_a_new_certificate_is_stored(
    stages: Stages, services: Sandbox, odd_services: Sandbox, anchors: Anchors, signatory: Token
) -> None:
    both = Anchors((*anchors.roots, *Anchors.load(odd_services.trust).roots), anchors.intermediates)
    async with counting(services.tsa, odd_services.tsa) as (url, asked):
        evidence = Evidence(tsa_url=url, anchors=both)
        await sign(stages.draft, signatory, level=Level.B_LT, evidence=evidence)
        asked.append(0)
        signed = await sign(stages.draft, signatory, level=Level.B_LT, evidence=evidence)
        assert asked == [2, 2]
    report = await examine(signed.pdf, Policy(anchors=both, require="any", offline=True))
    assert report.passed
    assert report.signatures[0].level == "B-LT"
    assert report.signatures[0].best_signature_time is not None
