"""The door's habits: pyHanko's errors and warnings do not get out, and its work does not run on our loop."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from asn1crypto import core
from pyhanko.pdf_utils.misc import PdfError, PdfReadError
from pyhanko.sign.general import SigningError
from pyhanko_certvalidator.errors import (
    InsufficientRevinfoError,
    PathBuildingError,
    PathError,
    RevokedError,
    ValidationError,
)

from pki.errors import CongvanError, TrustError, Undetermined
from signer.errors import Malformed as Malformed  # noqa: PLC0414 - of pyHanko's door, too
from signer.errors import NotAPdf, NotSignable

T = TypeVar("T")

logger = logging.getLogger(__name__)


_NO_END = frozenset({"EOF marker not found", "startxref not found", "Could not read malformed PDF file"})
"""How pyHanko tells of a file that was cut off."""


class _Remarks(logging.Handler):
    """Repeats at DEBUG, in our own name and on one line, what pyHanko warns of: all of it is in our reports.

    A forged file makes pyHanko warn with a traceback; no user's terminal should show that.
    """

    def emit(self, record: logging.LogRecord) -> None:
        if logger.isEnabledFor(logging.DEBUG):
            text = " ".join(record.getMessage().split())
            logger.debug("pyhanko.remark", extra={"source": record.name, "text": text[:300]})


for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).addHandler(_Remarks())
    logging.getLogger(_name).propagate = False


async def apart(work: Callable[[asyncio.AbstractEventLoop], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in a thread, on a loop of its own, and return what it returns.

    pyHanko computes for tens of milliseconds between its awaits, and its fetchers remember a cancelled
    request for ever: both are harmless on a loop that nobody else uses. `work` is given the caller's loop,
    where a token must be called. Whoever stops waiting stops the work: no thread can be left behind, and
    a process would wait at its end for as long as a time-stamp authority takes.
    """
    home = asyncio.get_running_loop()
    under_way: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = []
    stopped = threading.Event()

    def run() -> T:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            task = loop.create_task(work(home))
            under_way.append((loop, task))
            if stopped.is_set():  # between the start of this thread and here
                task.cancel()
            return loop.run_until_complete(task)

    try:
        return await asyncio.to_thread(run)
    except asyncio.CancelledError:
        stopped.set()
        for loop, task in under_way:
            with suppress(RuntimeError):  # its loop is closed: the work has ended meanwhile
                loop.call_soon_threadsafe(task.cancel)
        raise


@contextmanager
def hostile() -> Iterator[None]:
    """Turn whatever pyHanko raises while reading a stranger's bytes into `Malformed`.

    Broad on purpose: of 1,060 signatures found in public files, 31 made it raise something else than its own
    errors (KeyError, TypeError, AssertionError, "math domain error").
    """
    try:
        yield
    except (CongvanError, TimeoutError, MemoryError):
        raise  # a lack of memory says nothing about the document
    except Exception as error:
        if isinstance(error, PdfReadError) and str(error) in _NO_END:
            raise Malformed("The file ends too early: it seems not to have been received whole.") from error
        raise Malformed("This part of the PDF cannot be read: {detail}.", detail=detail_of(error)) from error


@contextmanager
def signing() -> Iterator[None]:
    """Turn what goes wrong while a signature is made into our errors."""
    try:
        yield
    except CongvanError:
        raise
    except TimeoutError as error:
        raise Undetermined(
            "A time-stamp authority or status responder did not answer in time.",
            hint="Try again, or sign at a lower level: b-b needs no server.",
        ) from error
    except (SigningError, PathError, ValidationError) as error:
        raise _signing_error(error) from error
    except OSError as error:
        raise Undetermined("A server could not be reached: {detail}.", detail=detail_of(error)) from error
    except (PdfError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAPdf("The PDF cannot be extended: {detail}.", detail=detail_of(error)) from error


def _signing_error(error: Exception) -> CongvanError:
    cause = error if not isinstance(error, SigningError) else (error.__cause__ or error)
    detail = detail_of(cause)
    if isinstance(cause, RevokedError):
        return TrustError("A certificate of this signature is revoked: {detail}.", detail=detail)
    if isinstance(cause, InsufficientRevinfoError):
        return Undetermined(
            "The status of a certificate could not be found out: {detail}.",
            hint="Levels b-lt and b-lta need the certificate authority's OCSP responder or CRL.",
            detail=detail,
        )
    if isinstance(cause, PathBuildingError):
        return TrustError(
            "A certificate of this signature leads to none of the trusted roots: {detail}.", detail=detail
        )
    if isinstance(cause, ValidationError):
        return TrustError("A certificate of this signature is not good: {detail}.", detail=detail)
    return NotSignable("The PDF cannot be signed: {detail}.", detail=detail)


def encoded(value: core.Asn1Value) -> bytes:
    """Return the bytes that a value was read from.

    The `dump` of a structure takes every length that ends in 0x80 for an open one (X.690 §8.1.3.6), and then
    encodes the value anew: not always in the same bytes, and not without reading all of it. That of the class
    above does not look inside.
    """
    read: bytes = core.Asn1Value.dump(value)
    return read


def detail_of(error: BaseException) -> str:
    """Return one line that says what happened, with the error's kind when it has no words."""
    text = " ".join(str(error).split())
    return text[:300].rstrip(".") if text else type(error).__name__
