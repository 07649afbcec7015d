"""Answers about certificates: which are believed, who is asked, and what is kept."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509

from pki import fetch as fetch_module
from pki import revocation
from pki.answer import Answer, newest
from pki.desk import Desk
from pki.fetch import fetch
from pki.keys import open_key
from pki.lists import from_list, points
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, make_sandbox, revoke
from pki.query import Asking, Query
from pki.reach import NotFetched, Question, Reach
from pki.revocation import Asked, about, named_hosts, ocsp_urls, status
from pki.status import from_ocsp

NOW = datetime(2026, 2, 3, tzinfo=UTC)


@dataclasses.dataclass(frozen=True)
class Pair:
    """A certificate and its issuer's."""

    certificate: x509.Certificate
    issuer: x509.Certificate


@pytest.fixture(scope="module")
def asked_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return asyncio.run(make_sandbox(tmp_path_factory.mktemp("asked") / "sandbox", extra=["revoked"]))


@pytest.fixture
async def pair(asked_sandbox: Sandbox) -> Pair:
    return await pair_of(asked_sandbox.signatory)


async def pair_of(uri: str) -> Pair:
    async with open_key(uri) as token:
        certificate, issuer = (
            x509.load_der_x509_certificate(each) for each in (token.certificate, token.chain[0])
        )
    return Pair(certificate, issuer)


def how(seconds: float = 5.0, **more: object) -> Asking:
    since = more.get("since", datetime.now(UTC))
    assert isinstance(since, datetime)
    return Asking(since=since, reach=Reach(private=True), seconds=seconds)


def listed_at(certificate: x509.Certificate) -> Query:
    return Query(kind="list", url=points(certificate)[0])


@asynccontextmanager
async def noting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """Note each address that the desk really asks."""
    asked: list[str] = []

    async def noted(question: Question, reach: Reach, seconds: float) -> bytes:
        asked.append(question.url.rpartition("/")[2])
        return await fetch(question, reach, seconds)

    monkeypatch.setattr(fetch_module, "fetch", noted)
    yield asked


@asynccontextmanager
async def hanging(port: int) -> AsyncIterator[None]:
    stop = asyncio.Event()

    async def wait(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stop.wait()
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", port)
    try:
        yield
    finally:
        stop.set()
        server.close()
        await server.wait_closed()


async def test_the_issuer_says_that_a_certificate_holds(pair: Pair, asked_sandbox: Sandbox) -> None:
    async with serve_sandbox(asked_sandbox.directory):
        said = await status(pair.certificate, pair.issuer, how())
    (answer,) = said.answers
    assert (answer.source, answer.revoked) == ("OCSP", None)
    assert answer.next_update is not None


async def test_the_issuer_says_that_a_certificate_was_revoked(asked_sandbox: Sandbox) -> None:
    spoilt = await pair_of(asked_sandbox.extra["revoked"])
    async with serve_sandbox(asked_sandbox.directory):
        desk = Desk()
        (answer,) = (await status(spoilt.certificate, spoilt.issuer, how(), desk.answer)).answers
        (listed,) = from_list(
            await desk.answer(listed_at(spoilt.certificate), how()), spoilt.certificate, spoilt.issuer
        )
    assert answer.revoked == listed.revoked
    assert answer.revoked is not None


async def test_a_list_answers_when_the_responder_hangs(
    pair: Pair, asked_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = revocation.ocsp_urls

    def elsewhere(certificate: x509.Certificate) -> list[str]:
        return [url.replace("127.0.0.1", "127.0.0.2") for url in real(certificate)]

    port = int(asked_sandbox.ocsp.split(":")[2].split("/")[0])
    stop = asyncio.Event()

    async def wait(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stop.wait()
        writer.close()

    monkeypatch.setattr(revocation, "ocsp_urls", elsewhere)
    server = await asyncio.start_server(wait, "127.0.0.2", port)
    async with serve_sandbox(asked_sandbox.directory):
        said = await status(pair.certificate, pair.issuer, how(seconds=0.3), Desk().answer)
    stop.set()
    server.close()
    (answer,) = said.answers
    assert answer.source == "CRL"
    assert "too long" in str(said.failures[0])


async def test_when_all_hang_there_is_no_answer_but_reasons(pair: Pair, asked_sandbox: Sandbox) -> None:
    async with hanging(int(asked_sandbox.ocsp.split(":")[2].split("/")[0])):
        said = await status(pair.certificate, pair.issuer, how(seconds=0.2), Desk().answer)
    assert said.answers == ()
    assert len(said.failures) == 2


async def test_an_answer_is_kept_until_a_newer_one_is_needed(
    pair: Pair, asked_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    async with serve_sandbox(asked_sandbox.directory), noting(monkeypatch) as asked:
        before = datetime.now(UTC)
        for _ in range(3):
            await status(pair.certificate, pair.issuer, how(since=before), desk.answer)
        assert asked == ["ocsp"]
        await status(pair.certificate, pair.issuer, how(), desk.answer)
        assert asked == ["ocsp", "ocsp"]


async def test_a_kept_answer_is_not_used_beyond_its_next_update(
    pair: Pair, asked_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclasses.dataclass
    class Hands:
        time: datetime

        def now(self) -> datetime:
            return self.time

    clock = Hands(datetime.now(UTC))
    desk, long_ago = Desk(clock=clock), clock.time
    async with serve_sandbox(asked_sandbox.directory), noting(monkeypatch) as asked:
        await status(pair.certificate, pair.issuer, how(since=long_ago), desk.answer)
        clock.time += timedelta(hours=1, seconds=1)
        await status(pair.certificate, pair.issuer, how(since=long_ago), desk.answer)
    assert asked == ["ocsp", "ocsp"]


async def test_a_failure_is_kept_for_a_moment(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    async with noting(monkeypatch) as asked:
        for _ in range(3):
            assert (await status(pair.certificate, pair.issuer, how(), desk.answer)).answers == ()
    assert asked == ["ocsp", "issuing.crl"]


async def test_many_who_ask_at_once_are_one_request_and_may_leave(
    pair: Pair, asked_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    async with serve_sandbox(asked_sandbox.directory), noting(monkeypatch) as asked:
        waiting = [
            asyncio.create_task(status(pair.certificate, pair.issuer, how(), desk.answer)) for _ in range(10)
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for each in waiting[:5]:
            each.cancel()  # the first of them made the request
        said = await asyncio.gather(*waiting, return_exceptions=True)
    assert asked == ["ocsp"]
    assert [isinstance(each, asyncio.CancelledError) for each in said] == [True] * 5 + [False] * 5
    assert all(isinstance(each, Asked) and each.answers for each in said[5:])


async def test_the_desk_serves_loops_of_different_threads(pair: Pair, asked_sandbox: Sandbox) -> None:
    def elsewhere() -> int:
        return len(asyncio.run(status(pair.certificate, pair.issuer, how())).answers)

    async with serve_sandbox(asked_sandbox.directory):
        assert await asyncio.gather(*(asyncio.to_thread(elsewhere) for _ in range(3))) == [1, 1, 1]


async def raw(pair: Pair, sandbox: Sandbox) -> bytes:
    async with serve_sandbox(sandbox.directory):
        return await Desk().answer(
            about(ocsp_urls(pair.certificate)[0], pair.certificate, pair.issuer), how()
        )


def turned(response: bytes, part: str) -> bytes:
    """The response with one bit of it turned."""
    read = asn1_ocsp.OCSPResponse.load(response)
    basic = read["response_bytes"]["response"].parsed
    mark = basic[part].contents if part == "signature" else basic["tbs_response_data"].contents
    place = response.index(mark) + len(mark) - 2
    return response[:place] + bytes([response[place] ^ 1]) + response[place + 1 :]


async def test_forged_responses_say_nothing(pair: Pair, asked_sandbox: Sandbox) -> None:
    response = await raw(pair, asked_sandbox)
    assert from_ocsp(response, pair.certificate, pair.issuer)
    for part in ("signature", "tbs_response_data"):
        assert not from_ocsp(turned(response, part), pair.certificate, pair.issuer)
    for length in range(0, len(response), 97):
        assert not from_ocsp(response[:length], pair.certificate, pair.issuer)


async def test_a_response_about_another_certificate_says_nothing(
    pair: Pair, asked_sandbox: Sandbox, elliptic_sandbox: Sandbox
) -> None:
    response, other = await raw(pair, asked_sandbox), await pair_of(asked_sandbox.agency)
    stranger = await pair_of(elliptic_sandbox.signatory)
    assert not from_ocsp(response, other.certificate, other.issuer)
    assert not from_ocsp(response, pair.certificate, stranger.issuer)
    assert not from_ocsp(await raw(stranger, elliptic_sandbox), pair.certificate, pair.issuer)


async def test_a_list_counts_only_for_whom_its_issuer_issued(
    pair: Pair, asked_sandbox: Sandbox, elliptic_sandbox: Sandbox
) -> None:
    async with serve_sandbox(asked_sandbox.directory):
        crl = await Desk().answer(listed_at(pair.certificate), how())
    stranger = await pair_of(elliptic_sandbox.signatory)
    assert from_list(crl, pair.certificate, pair.issuer)
    assert not from_list(crl, stranger.certificate, stranger.issuer)
    assert not from_list(crl[:-3] + bytes([crl[-3] ^ 1]) + crl[-2:], pair.certificate, pair.issuer)


def answer(day: int, *, revoked: int | None = None, on_hold: bool = False) -> Answer:
    return Answer(
        source="CRL", this_update=NOW + timedelta(days=day), next_update=None, on_hold=on_hold,
        revoked=None if revoked is None else NOW + timedelta(days=revoked), encoded=b"",
    )  # fmt: skip


def test_a_revocation_holds_for_good_but_a_hold_is_lifted_by_newer_news() -> None:
    assert newest([]) is None
    assert newest([answer(1), answer(3), answer(2)]) == answer(3)
    assert newest([answer(1, revoked=1), answer(3)]) == answer(1, revoked=1)
    assert newest([answer(1, revoked=1, on_hold=True), answer(3)]) == answer(3)
    assert newest([answer(4, revoked=2), answer(5, revoked=1)]) == answer(5, revoked=1)


async def test_the_practice_root_names_where_its_hierarchy_lives(asked_sandbox: Sandbox) -> None:
    (root,) = x509.load_pem_x509_certificates(asked_sandbox.trust.read_bytes())
    assert named_hosts(root) == {"127.0.0.1"}


def test_nothing_is_asked_of_a_host_out_of_reach() -> None:
    with pytest.raises(NotFetched, match="private network"):
        asyncio.run(
            Desk().answer(
                Query(kind="list", url="http://127.0.0.1:9/"), dataclasses.replace(how(), reach=Reach())
            )
        )


def test_revoked_is_told_at_once(tmp_path: Path) -> None:
    async def scene() -> list[bool]:
        sandbox = await make_sandbox(tmp_path / "fresh", keys="p-256")
        pair, desk = await pair_of(sandbox.agency), Desk()
        async with serve_sandbox(sandbox.directory):
            first = (await status(pair.certificate, pair.issuer, how(), desk.answer)).answers[0]
            revoke(sandbox.directory, pair.certificate.serial_number)
            second = (await status(pair.certificate, pair.issuer, how(), desk.answer)).answers[0]
        return [each.revoked is not None for each in (first, second)]

    assert asyncio.run(scene()) == [False, True]
