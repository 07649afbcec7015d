"""A worker for one PKCS#11 module in one environment: started when needed, replaced when it dies or hangs.

As many requests are under way at once as the module can take; the others wait here, where a caller who is
cancelled leaves at once. A caller waits out two hangs of the driver at most.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from pki.errors import TokenError, TokenLost
from pki.pkcs11.life import Died, Life
from pki.pkcs11.manner import DEADLINE_SECONDS, Manner
from pki.pkcs11.refusal import refusal_error
from pki.pkcs11.wire import REASONS, Message, pack

_HANGS = 2
"""After so many hangs since a caller came, he is told instead of waiting for the next."""


class Restarted(Exception):
    """The worker that knew the caller's handle is gone; another will be started. Nothing was asked."""


class Interrupted(TokenLost):
    """The worker died, or lost its token, while it was asked; the same may be asked of the next."""


class Worker:
    """A worker process that comes and goes; `generation` tells which one a handle belongs to."""

    def __init__(
        self, module_path: Path, environment: Mapping[str, str], manner: Manner | None = None
    ) -> None:
        self.module_path = module_path
        self.generation = 0
        self.users = 0
        self._environment = environment
        self._manner = manner or Manner()
        self._life: Life | None = None
        self._starting = asyncio.Lock()
        self._width = 1
        self._turns = asyncio.Semaphore(self._width)
        self._numbers = itertools.count(1)
        self._hangs = 0
        self._exchanges: set[asyncio.Task[Message]] = set()

    @property
    def process_id(self) -> int | None:
        """Return the process that runs now, if one does."""
        return None if self._life is None or self._life.is_over else self._life.process_id

    async def call(
        self,
        do: str,
        *,
        generation: int | None = None,
        deadline: float = DEADLINE_SECONDS,
        **arguments: Any,
    ) -> Message:
        """Ask the worker one thing and return its answer, with the `generation` that gave it.

        Raises `TokenError` for a refusal, `TokenLost` if it did not answer in time, `Interrupted` if it died
        or lost its token, and `Restarted` if the worker of that `generation` is gone.
        """
        number = next(self._numbers)
        try:
            request = pack({"number": number, "do": do, **arguments})
        except ValueError as error:
            raise TokenError("The data is too long for a token that hashes it itself.") from error
        hangs = self._hangs
        await self._turns.acquire()
        if self._hangs - hangs >= _HANGS:
            self._turns.release()
            raise _hung(deadline)
        # From here on the turn belongs to the exchange: a caller who leaves does not take the answer along.
        exchange = asyncio.create_task(
            self._exchange(number, request, generation, deadline), name=f"pkcs11 {do}"
        )
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._exchanged)
        answer = await asyncio.shield(exchange)
        return {**_granted(answer), "generation": answer["generation"]}

    async def retire_idle(self) -> None:
        """End the process if nobody is logged in through it, so that the next request starts another.

        Some drivers look for tokens only when they start: one that started without the token never sees it.
        """
        answer = await self.call("hello")
        if answer["sessions"] == 0 and answer["generation"] == self.generation and self._life is not None:
            self._life.end()

    async def aclose(self) -> None:
        """End the process: by ending its input if it is idle, by force if it is busy or slow."""
        exchanges = list(self._exchanges)
        for exchange in exchanges:
            exchange.cancel()  # whoever asked has gone
        if exchanges:
            await asyncio.wait(exchanges)
        if self._life is None:
            return
        if exchanges:
            self._life.end()
        await self._life.ended()

    async def _exchange(
        self, number: int, request: bytes, generation: int | None, deadline: float
    ) -> Message:
        life: Life | None = None
        try:
            async with asyncio.timeout(deadline):
                if generation is None:
                    await self._alive()
                if self._life is None or self._life.is_over or generation not in (None, self.generation):
                    raise Restarted
                # From the look at the generation to the writing nothing awaits: a handle meets its worker.
                life, generation = self._life, self.generation
                answer = await life.ask(number, request)
        except TimeoutError as error:
            self._hangs += 1
            if life is not None:
                life.end()
                await life.ended()
            raise _hung(deadline) from error
        except Died as error:
            raise Interrupted(
                "The token's driver {module} stopped.",
                hint="Repeat; if it stops again, its driver is at fault.",
                module=self.module_path.name,
            ) from error
        if answer.get("refused") == "lost":
            life.end()  # its sessions are dead; a new process starts with clean ones
            raise Interrupted(
                "The token went away ({fault}).",
                hint="Plug the token in again and repeat.",
                **answer["facts"],
            )
        return {**answer, "generation": generation}

    async def _alive(self) -> None:
        """Start a worker if none lives; only after the last is gone, as many tokens let in one process."""
        async with self._starting:
            if self._life is not None:
                if not self._life.is_over:
                    return
                await self._life.ended()
            life = await Life.begin(self.module_path, self._environment, self._manner)
            try:
                number = next(self._numbers)
                answer = await life.ask(number, pack({"number": number, "do": "hello"}))
                module = _granted(answer)
            except BaseException:
                life.end()
                await life.ended()
                raise
            self._life = life
            self.generation += 1
            self._widen(module["parallel"])

    def _widen(self, width: int) -> None:
        """Let in as many at once as the module takes."""
        while self._width < width:
            self._width += 1
            self._turns.release()

    def _exchanged(self, exchange: asyncio.Task[Message]) -> None:
        self._exchanges.discard(exchange)
        self._turns.release()
        if not exchange.cancelled():
            exchange.exception()  # looked at, so that one nobody waited for is not reported as forgotten


def _granted(answer: Message) -> Message:
    if answer.get("refused") in REASONS:
        raise refusal_error(answer["refused"], answer["facts"])
    granted: Message = answer["ok"]
    return granted


def _hung(deadline: float) -> TokenLost:
    return TokenLost(
        "The token did not answer within {seconds:g} seconds.",
        hint="Pull the token out, plug it in again and repeat.",
        seconds=deadline,
    )


@dataclass(slots=True)
class _Pool:
    workers: dict[tuple[Path, frozenset[tuple[str, str]], tuple[object, ...]], Worker] = field(
        default_factory=dict
    )


# A process and its pipes belong to the event loop that started them.
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()


@asynccontextmanager
async def shared_worker(
    module_path: Path, environment: Mapping[str, str], manner: Manner | None = None
) -> AsyncIterator[Worker]:
    """Lend the one worker of this module and environment; it ends when the last user has gone.

    One, because a PIN is given to a process, and many tokens let in one process at a time.
    """
    manner = manner or Manner()
    pool = _pools.setdefault(asyncio.get_running_loop(), _Pool())
    name = (module_path, frozenset(environment.items()), (manner.parameters, manner.sessions))
    worker = pool.workers.get(name)
    if worker is None:
        worker = pool.workers[name] = Worker(module_path, environment, manner)
    worker.users += 1
    try:
        yield worker
    finally:
        worker.users -= 1
        if worker.users == 0:
            del pool.workers[name]  # first: whoever comes now starts his own
            await worker.aclose()
