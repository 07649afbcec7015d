"""Where a PIN comes from: a file, a file descriptor, or a person. Never an argument, never a setting.

The PIN is read at the moment of need and lives in a `Secret`, which nothing prints.
"""

import asyncio
import contextlib
import hmac
import logging
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Never
from urllib.parse import quote, unquote

from pki.errors import UsageError
from pki.files import why
from pki.words import N_

AskPin = Callable[[str], str]
"""Ask a person for the PIN of the token or file of that name; may block."""

_MAX_PIN_BYTES = 512
_PIN_SOURCE = N_("Add pin-source=file:/path or pin-source=fd:N to the key URI.")

logger = logging.getLogger(__name__)


class Secret:
    """A text that does not show itself: not in `repr`, `str`, a log, a pickle or a traceback's locals."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text. Whoever calls this answers for where it goes."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]  # a hash would let it be a key of something that is printed

    def __reduce__(self) -> Never:
        raise TypeError("a secret is not pickled")


def pin_source_of(path: Path) -> str:
    """Return the `pin-source` that names this file, whatever characters its path has."""
    return "file:" + quote(str(path))


async def read_pin(source: str, limit: int = _MAX_PIN_BYTES) -> Secret:
    """Read the PIN from `file:/path`, `file:path`, a plain path, or `fd:N` (RFC 7512 §2.4).

    The PIN is the first line, without its end. Raises `UsageError` if there is none to read, or one longer
    than `limit` bytes.
    """
    scheme, colon, rest = source.partition(":")
    if source.startswith("|"):
        raise UsageError(
            "A PIN is not taken from a command's output.",
            hint="Use pin-source=file:/path or pin-source=fd:N.",
        )
    if colon and scheme == "fd":
        return await asyncio.to_thread(_from_descriptor, rest, limit)
    if colon and scheme == "file":
        return await asyncio.to_thread(_from_file, _path_of(rest), limit)
    return await asyncio.to_thread(_from_file, Path(source), limit)


async def ask_for_pin(ask: AskPin | None, name: str) -> Secret:
    """Ask a person for the PIN of `name`; `UsageError` if nobody can be asked or nothing was typed."""
    if ask is None:
        raise UsageError(
            "The PIN of {name} is needed and nobody can be asked.",
            hint=_PIN_SOURCE,
            name=name,
        )
    answer = await _answered(ask, name)
    if not answer:
        raise UsageError("No PIN was given for {name}.", hint=_PIN_SOURCE, name=name)
    try:
        answer.encode()
    except UnicodeEncodeError:
        # `from None`: the encoding error carries the PIN.
        raise UsageError("The PIN of {name} has characters that are no text.", name=name) from None
    return Secret(answer)


async def _answered(ask: AskPin, name: str) -> str:
    """Ask in a thread that nobody waits for at the end: who is asked may leave without an answer (Ctrl-C)."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def settle(value: str | Exception) -> None:
        if answer.cancelled():
            return
        if isinstance(value, Exception):
            answer.set_exception(value)
        else:
            answer.set_result(value)

    def work() -> None:
        try:
            value: str | Exception = ask(name)
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            value = error
        with contextlib.suppress(RuntimeError):  # the loop is gone
            loop.call_soon_threadsafe(settle, value)

    threading.Thread(target=work, name="asking for a PIN", daemon=True).start()
    return await answer


def _path_of(rest: str) -> Path:
    if not rest.startswith("//"):
        return Path(unquote(rest))
    host, slash, path = rest[2:].partition("/")
    if host not in ("", "localhost"):  # RFC 8089 §2
        raise UsageError("The PIN file lies on another machine: {host}.", host=repr(host))
    return Path(unquote(slash + path))


def _from_file(path: Path, limit: int) -> Secret:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(limit + 1)
    except OSError as error:
        raise UsageError(
            "The PIN file {path} cannot be read: {reason}.", path=str(path), reason=why(error)
        ) from error
    if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        logger.warning("others may read the PIN file %s; chmod 600 it", path)
    return _first_line(text, str(path), limit)


def _from_descriptor(number: str, limit: int) -> Secret:
    if not (number.isascii() and number.isdigit()):
        raise UsageError("pin-source=fd: wants a number, not {number}.", number=repr(number))
    try:
        # The descriptor stays its owner's: it may hold a second PIN on its next line.
        text = bytearray()
        while len(text) <= limit and not text.endswith(b"\n"):
            byte = os.read(int(number), 1)
            if not byte:
                break
            text += byte
    except (OSError, OverflowError) as error:
        raise UsageError("File descriptor {number} cannot be read.", number=number) from error
    return _first_line(bytes(text), f"fd:{number}", limit)


def _first_line(text: bytes, place: str, limit: int) -> Secret:
    line = text.split(b"\n", 1)[0].removesuffix(b"\r")
    if not line:
        raise UsageError("There is no PIN in {place}.", place=place)
    if len(line) > limit:
        raise UsageError("The PIN in {place} is longer than {limit} bytes.", place=place, limit=limit)
    try:
        return Secret(line.decode("utf-8"))
    except UnicodeDecodeError:
        # `from None`: the decoding error carries the bytes of the PIN.
        raise UsageError("The PIN in {place} is not UTF-8 text.", place=place) from None
