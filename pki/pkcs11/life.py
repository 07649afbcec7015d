"""One life of a worker process: from its start to its end, with the requests that are under way in it."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pki
from pki.pkcs11.manner import Manner
from pki.pkcs11.wire import LENGTH_BYTES, Message, unpack, unpack_length

CLOSE_SECONDS = 5.0
"""How long a worker may take to end after its input has ended, or after it was killed."""


class Died(Exception):
    """The worker ended, or was ended, before it answered."""


class Life:
    """A running worker. Many may ask at once; answers come as they are ready."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._over = False
        self._killed = False
        self._reader = asyncio.create_task(self._read(), name="pkcs11 answers")

    @classmethod
    async def begin(cls, module_path: Path, environment: Mapping[str, str], manner: Manner) -> "Life":
        """Start a worker for a module."""
        settings = {"path": str(module_path), "parameters": manner.parameters, "sessions": manner.sessions}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the working folder is nobody's place to put modules for us
            "-m",
            "pki.pkcs11.worker",
            json.dumps(settings),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_environment(environment),
            start_new_session=True,  # Ctrl-C is ours to handle; the driver is not torn apart in the middle
        )
        return cls(process)

    @property
    def process_id(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def is_over(self) -> bool:
        """Whether nobody needs to be asked any more."""
        return self._over or self._process.returncode is not None

    @property
    def is_idle(self) -> bool:
        """Whether no answer is awaited."""
        return not self._waiting

    async def ask(self, number: int, request: bytes) -> Message:
        """Send a request and return the answer of that number; `Died` if none will come."""
        if self.is_over:
            raise Died
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(request)
            await self._process.stdin.drain()
            return await answer
        except OSError as error:
            raise Died from error
        finally:
            self._waiting.pop(number, None)

    def end(self) -> None:
        """Kill the process; whoever waits for an answer hears of it at once."""
        self._give_up()
        # Once: a second signal would make `Popen` reap the process before asyncio's watcher does.
        if not self._killed and self._process.returncode is None:
            self._killed = True
            with suppress(ProcessLookupError):
                self._process.kill()

    def _give_up(self) -> None:
        self._over = True
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Died())

    async def ended(self) -> None:
        """End the process's input and wait until it is gone, by force after `CLOSE_SECONDS`.

        Not longer than as much again: the kernel itself may hold a process.
        """
        if self._process.stdin is not None:
            self._process.stdin.close()
        for last_resort in (self.end, None):
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._process.wait()
                    await asyncio.wait([self._reader])
                    return
            if last_resort:
                last_resort()

    async def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        try:
            while True:
                length = unpack_length(await stream.readexactly(LENGTH_BYTES))
                answer = unpack(await stream.readexactly(length))
                waiting = self._waiting.get(answer.pop("number", -1))
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (EOFError, OSError):
            self._give_up()  # it ended; killing what is ending would only confuse who reaps it
        except ValueError:
            self.end()  # what came is no message
        except asyncio.CancelledError:
            self.end()  # with the whole program
            raise


def _environment(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return our own environment with what the module needs, and the way to this very package."""
    here = str(Path(pki.__file__).parent.parent)
    behind = os.environ.get("PYTHONPATH")
    return {**os.environ, **wanted, "PYTHONPATH": f"{here}{os.pathsep}{behind}" if behind else here}
