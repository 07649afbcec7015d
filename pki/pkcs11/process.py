"""One worker process for one PKCS#11 module in one environment: started when needed, killed when it hangs.

The pipe holds one request and its answer at a time. A caller who is cancelled leaves at once; the answer he
no longer wants is taken off the pipe before the next request goes in.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pki
from pki.errors import TokenError, TokenLost
from pki.pkcs11.refusal import refusal_error
from pki.pkcs11.wire import LENGTH_BYTES, REASONS, Message, pack, unpack, unpack_length

DEADLINE_SECONDS = 60.0
"""How long one call may take: a person may have to touch the token or type at its keypad."""

CLOSE_SECONDS = 5.0
"""How long a worker may take to end after its input has ended."""


class Restarted(Exception):
    """The worker that knew the caller's handle is gone; another will be started."""


class Worker:
    """A worker process that comes and goes; `generation` tells which one a handle belongs to."""

    def __init__(
        self, module_path: Path, environment: Mapping[str, str], *, deadline: float = DEADLINE_SECONDS
    ) -> None:
        self.module_path = module_path
        self.generation = 0
        self.users = 0
        self._environment = environment
        self._deadline = deadline
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._exchange: asyncio.Task[Message] | None = None

    @property
    def process_id(self) -> int | None:
        """Return the process that runs now, if one does."""
        return None if self._process is None else self._process.pid

    async def call(self, do: str, *, generation: int | None = None, **arguments: Any) -> Message:
        """Ask the worker one thing and return its answer.

        Raises `TokenError` for a refusal, `TokenLost` if it died or did not answer in time, and `Restarted`
        if the worker of that `generation` is gone (then nothing was asked).
        """
        try:
            request = pack({"do": do, **arguments})
        except ValueError as error:
            raise TokenError("The data is too long for a token that hashes it itself.") from error
        async with self._turn:
            if self._exchange is not None:
                await asyncio.wait([self._exchange])  # an answer that a cancelled caller did not wait for
            if generation is not None and (generation != self.generation or not self._alive()):
                raise Restarted
            self._exchange = asyncio.create_task(self._ask(request), name=f"pkcs11 {do}")
            self._exchange.add_done_callback(_seen)
            answer = await asyncio.shield(self._exchange)
        if answer.get("refused") in REASONS:
            raise refusal_error(answer["refused"], answer["facts"])
        result: Message = answer["ok"]
        return result

    async def aclose(self) -> None:
        """End the process: by ending its input if it is idle, by force if it is busy or slow."""
        try:
            if self._process is not None and (self._exchange is None or self._exchange.done()):
                self._stdin().close()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), CLOSE_SECONDS)
        finally:
            await self._kill()
            if self._exchange is not None:
                await asyncio.wait([self._exchange])

    async def _ask(self, request: bytes) -> Message:
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._converse(request)
        except TimeoutError as error:
            await self._kill()
            raise TokenLost(
                "The token did not answer within {seconds:.0f} seconds.",
                hint="Pull the token out, plug it in again and repeat.",
                seconds=self._deadline,
            ) from error
        except (OSError, EOFError, ValueError) as error:
            await self._kill()
            raise TokenLost(
                "The token's driver {module} stopped.",
                hint="Repeat; if it stops again, its driver is at fault.",
                module=self.module_path.name,
            ) from error
        except BaseException:
            await self._kill()  # cancelled with the whole program: leave no process behind
            raise
        if answer.get("refused") == "lost":
            await self._kill()  # its sessions are dead; a new process starts with clean ones
        return answer

    async def _converse(self, request: bytes) -> Message:
        if not self._alive():
            await self._start()
        process = self._process
        assert process is not None
        assert process.stdout is not None
        self._stdin().write(request)
        await self._stdin().drain()
        length = unpack_length(await process.stdout.readexactly(LENGTH_BYTES))
        return unpack(await process.stdout.readexactly(length))

    async def _start(self) -> None:
        await self._kill()
        self.generation += 1
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the working folder is nobody's place to put modules for us
            "-m",
            "pki.pkcs11.worker",
            str(self.module_path),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_environment(self._environment),
            start_new_session=True,  # Ctrl-C is ours to handle; the driver is not torn apart in the middle
        )

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    def _alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def _stdin(self) -> asyncio.StreamWriter:
        assert self._process is not None
        assert self._process.stdin is not None
        return self._process.stdin


@dataclass(slots=True)
class _Pool:
    workers: dict[tuple[Path, frozenset[tuple[str, str]]], Worker] = field(default_factory=dict)


# A process and its pipes belong to the event loop that started them.
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()


@asynccontextmanager
async def shared_worker(module_path: Path, environment: Mapping[str, str]) -> AsyncIterator[Worker]:
    """Lend the one worker of this module and environment; it ends when the last user has gone.

    One, because a PIN is given to a process, and many tokens let in one process at a time.
    """
    pool = _pools.setdefault(asyncio.get_running_loop(), _Pool())
    name = (module_path, frozenset(environment.items()))
    worker = pool.workers.get(name)
    if worker is None:
        worker = pool.workers[name] = Worker(module_path, environment)
    worker.users += 1
    try:
        yield worker
    finally:
        worker.users -= 1
        if worker.users == 0:
            del pool.workers[name]  # first: whoever comes now starts his own
            await worker.aclose()


def _environment(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return our own environment with what the module needs, and the way to this very package."""
    here = str(Path(pki.__file__).parent.parent)
    behind = os.environ.get("PYTHONPATH")
    return {**os.environ, **wanted, "PYTHONPATH": f"{here}{os.pathsep}{behind}" if behind else here}


def _seen(task: asyncio.Task[Message]) -> None:
    """Look at the outcome, so that one nobody waited for is not reported as forgotten."""
    if not task.cancelled():
        task.exception()
