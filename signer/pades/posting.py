"""One HTTP request to a time-stamp authority, with named limits: bytes, seconds, no redirects.

The session is pyHanko's, so that certificates of servers are checked as for its other requests.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from pyhanko_certvalidator.fetchers.aiohttp_fetchers.util import LazySession

from pki.errors import UsageError
from pki.files import why
from pki.words import Sentence

MAX_ANSWER_BYTES = 64 * 1024
"""A time-stamp with its chain has 4,000 to 10,000 bytes."""

_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
_TYPE = "application/timestamp-reply"


class NoAnswer(Exception):  # an answer to whoever asks in this door; it never gets out
    """The server could not be reached, or stopped in the middle; `why`, in words that can be said."""

    def __init__(self, why: Sentence | str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer: its status, whether it calls itself a time-stamp reply, the pause asked for, its body.

    `body` is None when it is longer than `MAX_ANSWER_BYTES`.
    """

    status: int
    is_reply: bool
    pause_seconds: float | None
    body: bytes | None = field(repr=False)


async def post(url: str, body: bytes) -> Answer:
    """Send a time-stamp request (RFC 3161 §3.4). Raises `NoAnswer`; the caller limits the time."""
    session = LazySession()
    try:
        async with session.get_session().post(
            url, data=body, headers=_HEADERS, allow_redirects=False
        ) as response:
            is_reply = response.content_type == _TYPE and "Content-Encoding" not in response.headers
            received = b""
            # Of a body sent in pieces, each `read` gives what is there.
            while is_reply and (more := await response.content.read(MAX_ANSWER_BYTES)):
                received += more
                if len(received) > MAX_ANSWER_BYTES:
                    break
            return Answer(
                status=response.status,
                is_reply=is_reply,
                pause_seconds=_seconds(response.headers.get("Retry-After", "")),
                body=received if len(received) <= MAX_ANSWER_BYTES else None,
            )
    except Exception as error:
        # The HTTP library's own errors share no class that could be named here without a second door to it.
        raise NoAnswer(_why(error)) from error
    finally:
        await session.close()


def _seconds(text: str) -> float | None:
    # RFC 9110 §10.2.3 also allows a date; who sends one gets our own pause.
    return float(text) if text.isascii() and text.isdigit() else None


def shown(url: str) -> str:
    """Return an address as people may see it: without the name and password that may stand in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def check_address(url: str) -> None:
    """Raise `UsageError` unless this is the address of an HTTP server."""
    try:
        parts = urlsplit(url)
        fitting = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fitting = False
    if not fitting:
        raise UsageError("{url} is no address of a time-stamp authority: http or https.", url=url[:200])


def _why(error: Exception) -> Sentence | str:
    if isinstance(error, OSError) and isinstance(said := why(error), Sentence):
        return said
    return " ".join(str(error).split())[:200] or type(error).__name__
