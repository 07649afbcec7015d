"""A seal without a time-stamp: it waits in the office, is not sent, is extended, and sent then."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from exchange.errors import OfficeError
from exchange.issuing import Seal, check_level, issue
from exchange.office import Office
from exchange.sending import Filed, Letter
from exchange.service import init_office, open_office
from pki.errors import UsageError
from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from pki.practice.state import load_services
from pki.token import Token
from pki.trust import Anchors
from signer.document import Signed
from signer.drafting import draft
from signer.level import Evidence, Level
from signer.pades.authority import forget
from signer.policy import Policy
from signer.signing import sign
from signer.verifying import accept, examine
from tests.exchange.offices import FAST, HANOI, HUE, HandClock
from tests.signer.authorities import Served, good, served

LETTER = Letter(subject="V/v kiểm tra")


class Faulty:
    """An authority that is out of order until it is mended."""

    def __init__(self, key: Token) -> None:
        self.mended = False
        self._reply = good(key)

    async def reply(self, request: bytes) -> web.Response:
        return await self._reply(request) if self.mended else web.Response(status=500)


@pytest.fixture
async def authority(sandbox_directory: Path, services: Sandbox) -> AsyncIterator[tuple[Faulty, Served]]:
    assert services.tsa
    async with open_key(load_services(sandbox_directory).keys["tsa"]) as key:
        faulty = Faulty(key)
        async with served(faulty.reply) as running:
            forget()
            yield faulty, running
    forget()


@pytest.fixture
async def home(tmp_path: Path, sandbox: Sandbox) -> Path:
    folder = tmp_path / "office"
    await init_office(folder, HANOI, "UBND thành phố Hà Nội", FAST)
    (folder / "trust" / "root.pem").write_bytes(sandbox.trust.read_bytes())
    return folder


@pytest.fixture
async def signed(document: bytes, signatory: Token) -> Signed:
    return await sign(draft(document), signatory)


@pytest.fixture
async def other(document: bytes, signatory: Token) -> Signed:
    return await sign(draft(document), signatory)


async def sealed_low(
    office: Office, signed: Signed, agency: Token, sandbox: Sandbox, tsa: str
) -> tuple[bytes, Filed]:
    policy = Policy(anchors=Anchors.load(sandbox.trust))
    evidence = Evidence(tsa_url=tsa, anchors=policy.anchors, lower=True)
    seal = Seal(token=agency, policy=policy, level=Level.B_LT, evidence=evidence)
    sealed, filed = await issue(office, signed, seal, symbol="UBND-VP")
    return sealed.pdf, filed


async def with_peer(office: Office) -> None:
    card = replace(await office.card("https://hue.vn:8443"), code=HUE, name="UBND thành phố Huế")
    await office.add_peer(card)


async def test_a_seal_without_a_time_stamp_waits_and_is_sent_when_it_is_extended(
    home: Path, signed: Signed, agency: Token, sandbox: Sandbox, authority: tuple[Faulty, Served]
) -> None:
    faulty, tsa = authority
    clock = HandClock()
    async with open_office(home, clock=clock) as office:
        await with_peer(office)
        low, filed = await sealed_low(office, signed, agency, sandbox, tsa.url)
        (waits,) = await office.waiting()
        assert (waits.document, waits.level, waits.asked) == (str(filed.digest), "B-B", "B-LT")
        assert "HTTP status 500" in waits.why
        with pytest.raises(OfficeError, match="waits for B-LT"):
            await office.send(filed.digest, [HUE], LETTER)

        assert await office.rooms.extending.work() == 0
        (waits,) = await office.waiting()
        assert (waits.attempts, "HTTP status 500" in waits.error) == (1, True)
        assert await office.rooms.extending.work() == 0
        assert (await office.waiting())[0].attempts == 1  # not due yet

        faulty.mended = True
        forget()
        clock.pass_by(minutes=2)
        assert await office.rooms.extending.work() == 1
        assert await office.waiting() == []
        item = await office.send(filed.digest, [HUE], LETTER)
        sent = await office.read_part(item.envelope.parts[0].digest)
        assert sent.startswith(low)
        assert sent == await office.newest(low)
        policy = Policy(anchors=Anchors.load(sandbox.trust), require="two-layer", offline=True)
        assert (await examine(sent, policy)).passed
        await office.check_log()


async def test_what_waits_survives_the_process_and_goes_as_it_is_where_told(
    home: Path, signed: Signed, agency: Token, sandbox: Sandbox, authority: tuple[Faulty, Served]
) -> None:
    async with open_office(home) as office:
        low, filed = await sealed_low(office, signed, agency, sandbox, authority[1].url)
    async with open_office(home) as again:
        await with_peer(again)
        assert [each.document for each in await again.waiting()] == [str(filed.digest)]
        item = await again.send(filed.digest, [HUE], LETTER, as_it_is=True)
        assert item.envelope.parts[0].digest == filed.digest
        believed = await accept(low, Policy(anchors=Anchors.load(sandbox.trust)))
        check_level(again, believed)
        again.settings = replace(again.settings, send_level="b-t")
        with pytest.raises(OfficeError, match="signed at level B-B; this office sends documents from B-T on"):
            check_level(again, believed)


async def test_a_document_is_not_older_than_the_number_before_it(
    home: Path, signed: Signed, other: Signed, agency: Token, sandbox: Sandbox
) -> None:
    seal = Seal(token=agency, policy=Policy(anchors=Anchors.load(sandbox.trust), revocation="ignore"))
    async with open_office(home) as office:
        _, filed = await issue(office, signed, seal, symbol="UBND-VP")
        yesterday = filed.date - timedelta(days=1)
        if yesterday.year != filed.date.year:
            pytest.skip("the register of this year begins today")
        with pytest.raises(UsageError, match=r"No\. 02 cannot be of .*: the number before it is of"):
            await issue(office, other, seal, symbol="UBND-VP", day=yesterday)
        with pytest.raises(OfficeError, match=r"was sealed before, as No\. 01/UBND-VP"):
            await issue(office, signed, seal, symbol="UBND-VP", day=filed.date)
        _, second = await issue(office, other, seal, symbol="UBND-VP", day=filed.date)
        assert second.number == "02"
