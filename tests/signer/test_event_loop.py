"""Nothing blocks the event loop: a large document is signed, sealed and examined beside other work."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType

import pytest

from pki.keys import open_key
from pki.practice.sandbox import Sandbox
from signer.document import Draft, Numbered, Sealed, Signed
from signer.drafting import draft
from signer.numbering import number
from signer.pades.door import apart
from signer.policy import Policy
from signer.sealing import seal
from signer.signing import sign
from signer.verifying import examine
from tests.signer.stage_samples import NUMBER, SEAL_PNG, SIGNATURE_PNG, Stages

PAGES = Path(__file__).parents[1] / "vectors" / "pdf" / "five-hundred-pages.pdf"
A_FEW = 20
"""Turns of the loop that another task gets while one document is worked on; thousands are usual."""

HEAVY = ("/pyhanko/", "/pikepdf/", "/PIL/", "/pypdfium2/")


@pytest.fixture(scope="module")
def large(sandbox: Sandbox, policy: Policy) -> Stages:
    """A document of 500 pages in each stage."""

    async def make() -> Stages:
        drafted = draft(PAGES.read_bytes())
        async with open_key(sandbox.signatory) as person, open_key(sandbox.agency) as agency:
            signed = await sign(drafted, person)
            numbered = number(signed, NUMBER)
            sealed = await seal(numbered, agency, policy=policy)
        return Stages(draft=drafted, signed=signed, numbered=numbered, sealed=sealed)

    return asyncio.run(make())


@asynccontextmanager
async def beside() -> AsyncIterator[list[int]]:
    """Count the turns of the loop that a task beside ours gets."""
    turns = [0]

    async def take_turns() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(take_turns())
    try:
        yield turns
    finally:
        task.cancel()


@contextmanager
def heavy_calls() -> Iterator[set[str]]:
    """Collect what this thread, the loop's, calls of the libraries that read and write whole documents."""
    called: set[str] = set()

    def note(frame: FrameType, event: str, _what: object) -> None:
        if event == "call" and any(part in frame.f_code.co_filename for part in HEAVY):
            called.add(f"{frame.f_code.co_filename}:{frame.f_code.co_name}")

    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)


async def test_other_tasks_go_on_while_a_document_is_examined(large: Stages, policy: Policy) -> None:
    async with beside() as turns:
        assert (await examine(large.sealed.pdf, policy)).passed
    assert turns[0] >= A_FEW


async def test_no_document_is_read_or_written_by_the_thread_of_the_loop(
    large: Stages, sandbox: Sandbox, policy: Policy
) -> None:
    async with open_key(sandbox.signatory) as person, open_key(sandbox.agency) as agency:
        with heavy_calls() as called:
            signed: Signed = await sign(Draft(pdf=large.draft.pdf), person, image=SIGNATURE_PNG)
            numbered = Numbered(pdf=signed.pdf, number=NUMBER)
            sealed: Sealed = await seal(numbered, agency, image=SEAL_PNG, policy=policy)
            report = await examine(sealed.pdf, policy)
    assert report.passed
    assert called == set()


def test_work_in_the_thread_of_the_loop_would_be_found(large: Stages) -> None:
    with heavy_calls() as called:
        number(large.signed, NUMBER)
    assert any("/pyhanko/" in each for each in called)


async def test_whoever_stops_waiting_stops_the_work() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def work(_home: asyncio.AbstractEventLoop) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(apart(work))
    await asyncio.to_thread(begun.wait)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await asyncio.to_thread(ended.wait, 30)
