import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pki.errors import PinRefused, TokenNotFound
from pki.keys import open_key
from pki.pkcs11.adapter import _counted_nothing
from pki.pkcs11.process import Interrupted
from pki.practice.sandbox import Sandbox

ROOT = Path(__file__).parents[2]

# SoftHSM empties a token's file before it writes it anew: who is killed between the two leaves a token that
# nobody finds again. So this process ends between two calls of the module, where Python hears of the signal.
LOGINS = """
import signal
import sys
import time

from pki.pkcs11.faults import Fault
from pki.pkcs11.module import Module
from pki.pkcs11.wire import Refusal

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
path, pin = sys.argv[1], sys.stdin.readline().strip()
print("ready", flush=True)
while True:
    module = Module(path)
    try:
        module.login({"token": "agency"}, pin)
    except (Fault, Refusal):
        pass
    module.library.finalise()
    time.sleep(0.01)  # still more often than any office
"""


@asynccontextmanager
async def logging_in(sandbox: Sandbox) -> AsyncIterator[None]:
    """Another process that logs in to the agency's token again and again."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOGINS, str(sandbox.directory / "softhsm" / "libsofthsm2.so"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **sandbox.environment, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write((sandbox.directory / "pins" / "agency.pin").read_bytes() + b"\n")
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.terminate()
        await process.communicate()


async def test_a_token_is_found_while_other_processes_log_in_to_it(sandbox: Sandbox) -> None:
    async with AsyncExitStack() as others:
        for _ in range(3):
            await others.enter_async_context(logging_in(sandbox))
        for _ in range(4):
            try:
                await signs(sandbox)
            except Interrupted:
                # SoftHSM may fail in the login itself. Whether the PIN was counted is not known then, so it
                # is not sent again by itself: the user is told to repeat, and does.
                await signs(sandbox)


def test_a_token_that_is_gone_for_a_moment_is_asked_again_after_it_was_described() -> None:
    assert _counted_nothing(TokenNotFound("No token of that name is present.", tokens=0))
    assert not _counted_nothing(TokenNotFound("The token has no such signing key.", count=0))
    assert not _counted_nothing(PinRefused("The token refused the PIN.", function="C_Login"))


async def signs(sandbox: Sandbox) -> None:
    async with open_key(sandbox.agency) as token:
        assert await token.sign(b"data", "sha256")
