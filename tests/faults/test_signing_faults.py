"""What goes wrong while `congvan sign` runs: afterwards there is a whole, verified file, or none.

The table in docs/signing.md says the same; the authorities and the driver misbehave on order.
"""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from pki.practice.sandbox import Sandbox, make_sandbox
from pki.token import Token
from pki.trust import Anchors
from signer.drafting import draft
from signer.policy import Policy
from signer.verifying import examine
from tests.faults.authorities_at_fault import (
    Fault,
    Handler,
    Orders,
    at_fault,
    down,
    hung,
    rubbish,
    slow,
    wrong_nonce,
)
from tests.pki.shim.shim import Shim, compiled, compiler
from tests.signer.authorities import never, served

ROOT = Path(__file__).parents[2]
NOBODY = "http://127.0.0.1:9/tsa"

campaign = pytest.mark.campaign
needs_shim = pytest.mark.skipif(compiler() is None, reason="no C compiler for the shim")


@dataclass(kw_only=True)
class Desk:
    """A hierarchy, its authorities, a driver that may misbehave, and a draft to be signed."""

    sandbox: Sandbox
    shim: Shim | None
    folder: Path
    drafted: bytes
    orders: Orders = field(default_factory=dict)
    stamper: Token | None = None

    @property
    def source(self) -> Path:
        return self.folder / "draft.pdf"

    @property
    def out(self) -> Path:
        return self.folder / "signed.pdf"

    def behind_shim(self, more: str = "&congvan-deadline=10") -> str:
        assert self.shim is not None
        return self.shim.uri(more, key=self.sandbox.signatory)

    async def start(self, key: str | None = None, *tsa: str) -> asyncio.subprocess.Process:
        """Start `congvan sign --level b-lt`."""
        self.source.write_bytes(self.drafted)
        stamps = [word for url in tsa or (self.sandbox.tsa,) for word in ("--tsa", url)]
        environment = {} if self.shim is None else self.shim.environment()
        return await asyncio.create_subprocess_exec(
            sys.executable, ROOT / "cli.py", "sign", self.source, "--key", key or self.sandbox.signatory,
            "--level", "b-lt", *stamps, "--trust", self.sandbox.trust, "--revocation", "require",
            "-o", self.out, "--lang", "en", stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, env={**os.environ, **environment},
        )  # fmt: skip

    async def sign(self, key: str | None = None, *tsa: str) -> tuple[int, str]:
        """Run it to its end; return the exit status and the sentence. Checks what must hold in any case."""
        begun = time.monotonic()
        process = await self.start(key, *tsa)
        _, err = await process.communicate()
        print(f"{time.monotonic() - begun:.1f} s, exit status {process.returncode}:", err.decode())  # noqa: T201
        await self.check_files(whole=process.returncode == 0)
        return process.returncode or 0, err.decode().strip()

    async def check_files(self, *, whole: bool) -> None:
        """The draft is what it was; beside it stands the signed file, believed even offline, or nothing."""
        assert self.source.read_bytes() == self.drafted
        assert {each.name for each in self.folder.glob("*.pdf*")} == {"draft.pdf"} | (
            {"signed.pdf"} if whole else set()
        )
        if whole:
            policy = Policy(anchors=Anchors.load(self.sandbox.trust), require="layer-1", offline=True)
            report = await examine(self.out.read_bytes(), policy)
            assert report.passed
            assert report.signatures[0].level == "B-LT"


@pytest.fixture(scope="module")
def hierarchy(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    directory = tmp_path_factory.mktemp("faults") / "sandbox"
    return asyncio.run(make_sandbox(directory, extra=("revoked", "expired", "web")))


@pytest.fixture(scope="module")
def drafted(document: bytes) -> bytes:
    return draft(document).pdf


@pytest.fixture(scope="module")
def shim_module(hierarchy: Sandbox) -> Path | None:
    """The misbehaving driver, beside the real one: so its keys are a practice hierarchy's."""
    return compiled(hierarchy.directory / "softhsm") if compiler() else None


@pytest.fixture
async def desk(
    hierarchy: Sandbox, shim_module: Path | None, drafted: bytes, tmp_path: Path
) -> AsyncIterator[Desk]:
    shim = None if shim_module is None else Shim(shim_module, hierarchy, tmp_path)
    made = Desk(sandbox=hierarchy, shim=shim, folder=tmp_path, drafted=drafted)
    async with at_fault(hierarchy.directory, made.orders) as keys:
        made.stamper = keys["tsa"]
        yield made


@pytest.mark.parametrize("fault", [down, pytest.param(rubbish, marks=campaign)])
async def test_without_ocsp_the_list_is_stored(desk: Desk, fault: Fault) -> None:
    desk.orders["/ocsp"] = fault
    assert await desk.sign() == (0, "")


async def test_without_any_status_nothing_is_signed(desk: Desk) -> None:
    desk.orders |= {"/ocsp": down, "/issuing.crl": down}
    status, said = await desk.sign()
    assert status == 3
    assert re.search(r"could not be found out whether Nguyễn Văn Ánh may still sign", said)


@campaign
async def test_a_slow_authority_is_waited_for(desk: Desk) -> None:
    desk.orders["/tsa"] = slow(3)
    assert await desk.sign() == (0, "")


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("nonce", "answered another question than ours"),
        pytest.param(rubbish, "something that is no time-stamp", marks=campaign),
        pytest.param(down, "HTTP status 500", marks=campaign),
        pytest.param(None, "nobody listens there", marks=campaign),
    ],
)
async def test_without_a_good_time_stamp_there_is_no_file(
    desk: Desk, fault: Fault | str | None, why: str
) -> None:
    if fault == "nonce":
        assert desk.stamper is not None
        desk.orders["/tsa"] = wrong_nonce(desk.stamper)
    elif callable(fault):
        desk.orders["/tsa"] = fault
    status, said = await desk.sign(None, *([] if fault else [NOBODY]))
    assert status == 3
    assert "There is no time-stamp" in said
    assert why in said


async def test_another_authority_makes_up_for_one_that_is_down(desk: Desk) -> None:
    assert await desk.sign(None, NOBODY, desk.sandbox.tsa) == (0, "")


@needs_shim
@pytest.mark.parametrize(
    "fault", ["crash", *(pytest.param(each, marks=campaign) for each in ("removed", "drop", "logged out"))]
)
async def test_a_token_that_comes_back_signs(desk: Desk, fault: str) -> None:
    assert desk.shim is not None
    desk.shim.now(f"once {fault}")
    assert await desk.sign(desk.behind_shim()) == (0, "")
    assert not desk.shim.order.exists()


@needs_shim
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("hang", "did not answer within 2 seconds"),
        pytest.param("removed", "No token of that name is present", marks=campaign),
        pytest.param("crash", "driver shim.so stopped", marks=campaign),
        pytest.param("hang at login", "did not answer within 2 seconds", marks=campaign),
        pytest.param("noise", "does not fit its certificate", marks=campaign),
    ],
)
async def test_a_token_that_stays_away_leaves_no_file(desk: Desk, fault: str, sentence: str) -> None:
    assert desk.shim is not None
    desk.shim.now(fault)
    status, said = await desk.sign(desk.behind_shim("&congvan-deadline=2"))
    assert status == 4
    assert sentence in said


@needs_shim
async def test_a_wrong_pin_is_sent_once_and_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    assert desk.shim is not None
    (tmp_path / "pin").write_text("00000004\n")
    (tmp_path / "pin").chmod(0o600)
    named = desk.behind_shim().partition("&pin-source=")[0]
    status, said = await desk.sign(f"{named}&pin-source=file:{tmp_path}/pin")
    assert (status, desk.shim.logins) == (4, 1)
    assert "refused the PIN" in said


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("revoked", "is revoked: A certificate was revoked on 20"),
        pytest.param("expired", "has expired, on 20", marks=campaign),
        pytest.param("web", "is a service's or an authority's; it signs no documents", marks=campaign),
        pytest.param("agency", "is not a person's; layer 1 is a person's own signature", marks=campaign),
    ],
)
@needs_shim
async def test_who_may_not_sign_leaves_no_file_and_sends_no_pin(desk: Desk, who: str, sentence: str) -> None:
    assert desk.shim is not None
    key = desk.sandbox.agency if who == "agency" else desk.sandbox.extra[who]
    status, said = await desk.sign(desk.shim.uri(key=key))
    assert status == 1
    assert sentence in said
    assert desk.shim.logins == 0


class Held:
    """An authority that takes the question and keeps it; `asked` says that it has come."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.set()
        return await hung(request, handler)


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
async def test_a_command_that_is_stopped_while_it_waits_leaves_no_file(
    desk: Desk, sent: signal.Signals, status: int
) -> None:
    desk.orders["/tsa"] = authority = Held()
    process = await desk.start()
    await authority.asked.wait()
    process.send_signal(sent)
    async with asyncio.timeout(60):  # far less than an authority is waited for
        await process.communicate()
    assert process.returncode == status
    await desk.check_files(whole=False)


@campaign
async def test_a_responder_that_hangs_is_waited_for_and_the_list_is_stored(desk: Desk) -> None:
    desk.orders["/ocsp"] = hung
    assert await desk.sign() == (0, "")


@campaign
async def test_when_every_source_of_status_hangs_nothing_is_signed(desk: Desk) -> None:
    desk.orders |= {"/ocsp": hung, "/issuing.crl": hung, "/root.crl": hung}
    status, said = await desk.sign()
    assert status == 3
    assert "could not be found out whether Nguyễn Văn Ánh may still sign" in said


@campaign
async def test_an_authority_that_hangs_is_given_up(desk: Desk) -> None:
    desk.orders["/tsa"] = hung
    status, said = await desk.sign()
    assert status == 3
    assert "did not answer in 150.0 seconds" in said


@campaign
async def test_another_authority_makes_up_for_one_that_hangs(desk: Desk) -> None:
    async with served(never) as other:
        assert await desk.sign(None, other.url, desk.sandbox.tsa) == (0, "")
