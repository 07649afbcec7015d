"""Drivers that misbehave: each fault is survived or said, and nobody waits for ever."""

import asyncio
import os
from asyncio import timeout
from pathlib import Path

import pytest

from pki.digest import Digest
from pki.errors import PinRefused, TokenError, TokenLost, TokenNotFound, TrustError
from pki.keys import check_key, open_key
from pki.pkcs11.process import shared_worker
from pki.practice.sandbox import Sandbox
from pki.public_key import PublicKey
from pki.token import Token
from tests.pki.shim.shim import Shim, compiled, compiler

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C compiler for the shim")

_PATIENCE = 60
"""Seconds after which a caller counts as hanging; every deadline here is far below."""


@pytest.fixture(scope="session")
def shim_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def shim(shim_module: Path, sandbox: Sandbox, tmp_path: Path) -> Shim:
    return Shim(shim_module, sandbox, tmp_path)


async def process_of(shim: Shim, **settings: object) -> int | None:
    async with shared_worker(shim.module, shim.environment(**settings)) as worker:
        return worker.process_id


async def signs(token: Token, text: bytes = b"data") -> bool:
    async with timeout(_PATIENCE):
        return PublicKey.of(token.certificate).verifies(await token.sign(text, "sha256"), Digest.of(text))


async def test_a_session_that_was_dropped_is_replaced_in_the_same_worker(shim: Shim) -> None:
    async with open_key(shim.uri(), environment=shim.environment()) as token:
        before = await process_of(shim)
        shim.now("once drop")
        assert await signs(token)
        assert await process_of(shim) == before
        assert not shim.order.exists()


async def test_a_token_that_is_busy_before_the_login_is_opened_by_a_fresh_worker(shim: Shim) -> None:
    shim.now("once busy at open")
    async with open_key(shim.uri(), environment=shim.environment()) as token:
        assert await signs(token)
    assert shim.logins == 1


@pytest.mark.parametrize("fault", ["logged out", "removed", "general error", "crash"])
async def test_a_fault_that_passes_is_survived_in_a_new_worker(shim: Shim, fault: str) -> None:
    async with open_key(shim.uri(), environment=shim.environment()) as token:
        before = await process_of(shim)
        shim.now(f"once {fault}")
        assert await signs(token)
        assert await process_of(shim) != before
        assert not shim.order.exists()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("drop", r"went away \(CKR_SESSION_HANDLE_INVALID\)"),
        ("logged out", r"went away \(CKR_USER_NOT_LOGGED_IN\)"),
        ("general error", r"went away \(CKR_GENERAL_ERROR\)"),
        ("removed", "token agency is not there any more"),
        ("crash", r"driver shim\.so stopped"),
    ],
)
async def test_a_fault_that_stays_is_said_and_its_end_is_noticed(shim: Shim, fault: str, said: str) -> None:
    async with open_key(shim.uri(), environment=shim.environment()) as token:
        shim.now(fault)
        with pytest.raises(TokenLost, match=said):
            await signs(token)
        shim.heal()
        assert await signs(token)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("failed", r"could not do it \(CKR_FUNCTION_FAILED\)"),
        ("spent", r"does not let this key sign \(CKR_KEY_FUNCTION_NOT_PERMITTED\)"),
        ("short", "a signature of 255 bytes where 256 are right"),
        ("long", "a signature of 2048 bytes where 256 are right"),
        ("empty", "a signature of 0 bytes"),
        ("noise", "does not fit its certificate"),
    ],
)
async def test_a_bad_answer_costs_one_signature_and_no_worker(shim: Shim, fault: str, said: str) -> None:
    async with open_key(shim.uri(), environment=shim.environment()) as token:
        before = await process_of(shim)
        shim.now(f"once {fault}")
        with pytest.raises(TokenError, match=said):
            await signs(token)
        assert await signs(token)
        assert await process_of(shim) == before


async def test_one_hang_costs_one_signature_and_the_others_are_made(shim: Shim) -> None:
    async with open_key(shim.uri("&congvan-deadline=2"), environment=shim.environment()) as token:
        shim.now("once hang")
        outcomes = await asyncio.gather(
            *(signs(token, bytes([n])) for n in range(20)), return_exceptions=True
        )
    lost = [each for each in outcomes if each is not True]
    assert [type(each) for each in lost] == [TokenLost]
    assert str(lost[0]) == "The token did not answer within 2 seconds."


async def test_a_driver_that_always_hangs_holds_no_caller_longer_than_two_deadlines(shim: Shim) -> None:
    settings = {"NO_LOCKING": 1}
    uri = shim.uri("&congvan-deadline=1")
    async with open_key(uri, environment=shim.environment(**settings)) as token:
        shim.now("hang")
        # One at a time, each a second: the last of a hundred would wait for longer than `signs` allows.
        outcomes = await asyncio.gather(*(signs(token) for _ in range(100)), return_exceptions=True)
        assert {type(each) for each in outcomes} == {TokenLost}
        shim.heal()
        assert await signs(token)


@pytest.mark.parametrize("where", ["hang at start", "hang at login"])
async def test_a_driver_that_hangs_before_a_key_is_open_is_said(shim: Shim, where: str) -> None:
    shim.now(where)
    with pytest.raises(TokenLost, match="did not answer within 1 seconds"):
        async with (
            timeout(_PATIENCE),
            open_key(shim.uri("&congvan-deadline=1"), environment=shim.environment()),
        ):
            pass


async def test_a_hanging_worker_is_no_process_any_more(shim: Shim) -> None:
    async with open_key(shim.uri("&congvan-deadline=1"), environment=shim.environment()) as token:
        process = await process_of(shim)
        assert process is not None
        shim.now("hang")
        with pytest.raises(TokenLost):
            await signs(token)
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


async def test_a_module_that_cannot_lock_is_entered_by_one_thread(shim: Shim) -> None:
    environment = shim.environment(NO_LOCKING=1)
    async with open_key(shim.uri(), environment=environment) as token:
        assert all(await asyncio.gather(*(signs(token, bytes([n])) for n in range(40))))
        async with shared_worker(shim.module, environment) as worker:
            module = await worker.call("hello")
    assert (module["locking"], module["parallel"], module["sessions"]) == (False, 1, 1)


@pytest.mark.parametrize(("allowed", "open_at_the_end"), [(1, 1), (2, 2), (3, 3), (50, 9)])
async def test_no_more_sessions_are_used_than_the_token_takes(
    shim: Shim, allowed: int, open_at_the_end: int
) -> None:
    environment = shim.environment(SESSIONS=allowed)
    async with open_key(shim.uri(), environment=environment) as token:
        assert all(await asyncio.gather(*(signs(token, bytes([n])) for n in range(60))))
        async with shared_worker(shim.module, environment) as worker:
            assert (await worker.call("hello"))["sessions"] <= open_at_the_end


async def test_one_session_is_enough_where_the_user_says_so(shim: Shim) -> None:
    uri = shim.uri("&congvan-sessions=1")
    async with open_key(uri, environment=shim.environment(LEAK=1)) as token:
        assert all(await asyncio.gather(*(signs(token, bytes([n])) for n in range(20))))


async def test_sessions_that_fail_are_closed(shim: Shim) -> None:
    async with open_key(shim.uri(), environment=shim.environment(LEAK=9)) as token:
        before = await process_of(shim, LEAK=9)
        for _ in range(20):
            shim.now("once failed")
            with pytest.raises(TokenError, match="CKR_FUNCTION_FAILED"):
                await signs(token)
        assert await process_of(shim, LEAK=9) == before


async def test_a_wrong_pin_reaches_the_token_once(shim: Shim) -> None:
    uri = shim.uri().partition("&pin-source=")[0]
    for said in ("few tries are left", "refused this PIN before", "refused this PIN before"):
        with pytest.raises(PinRefused, match=said):
            async with open_key(uri, environment=shim.environment(), ask_pin=lambda _: "00000004"):
                pass
    assert shim.logins == 1
    async with open_key(shim.uri(), environment=shim.environment()) as token:
        assert await signs(token)


async def test_a_certificate_that_is_refused_costs_no_pin(shim: Shim) -> None:
    judged: list[tuple[bytes, int]] = []

    async def judge(certificate: bytes, chain: tuple[bytes, ...]) -> None:
        judged.append((certificate, len(chain)))
        if len(judged) == 1:
            raise TrustError("This certificate may not sign.")

    with pytest.raises(TrustError, match="may not sign"):
        async with open_key(shim.uri(), environment=shim.environment(), before_pin=judge):
            pass
    assert shim.logins == 0
    async with open_key(shim.uri(), environment=shim.environment(), before_pin=judge) as token:
        assert judged == [(token.certificate, 1)] * 2
        assert await signs(token)


async def test_the_last_try_is_kept_unless_we_are_told_to_take_it(shim: Shim) -> None:
    environment = shim.environment(FLAGS=0x20000)  # CKF_USER_PIN_FINAL_TRY
    with pytest.raises(PinRefused, match="One try is left before the token agency locks; no PIN was sent"):
        async with open_key(shim.uri(), environment=environment):
            pass
    assert shim.logins == 0
    async with open_key(shim.uri("&congvan-last-try=yes"), environment=environment) as token:
        assert await signs(token)


async def test_a_locked_pin_is_said_and_not_tried(shim: Shim) -> None:
    with pytest.raises(PinRefused, match="is locked"):
        async with open_key(shim.uri(), environment=shim.environment(FLAGS=0x40000)):
            pass
    assert shim.logins == 0


async def test_a_certificate_that_cannot_be_read_is_taken_from_a_file(shim: Shim, tmp_path: Path) -> None:
    environment = shim.environment(COMPRESSED=1)
    with pytest.raises(TokenNotFound, match="no certificate that can be read") as caught:
        async with open_key(shim.uri(), environment=environment):
            pass
    assert "congvan-certificate" in str(caught.value.hint)
    async with open_key(shim.sandbox.agency) as whole:
        (tmp_path / "leaf.der").write_bytes(whole.certificate)
    uri = shim.uri(f"&congvan-certificate={tmp_path}/leaf.der")
    async with open_key(uri, environment=environment) as token:
        assert token.certificate == whole.certificate
        assert await signs(token)


async def test_a_key_is_found_where_the_driver_cannot_match_labels(shim: Shim) -> None:
    checked = await check_key(shim.uri(), environment=shim.environment())
    assert checked.token is not None
    assert (checked.token.label, checked.scheme) == ("agency", "rsassa_pkcs1v15")
