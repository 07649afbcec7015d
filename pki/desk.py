"""The desk where issuers are asked: each question once for everybody, and what was answered is kept.

In memory for its own process, and in a cache (`pki.cache`) for the others and for later. A desk lives on one
loop; `pki.our_desk` keeps the process's own in a thread of its own.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from pki.cache import KEPT, MAX_ANSWER_BYTES, Cache, Entry
from pki.certificate_files import issuers_in
from pki.clock import Clock, SystemClock
from pki.query import Asking, Query, name_of
from pki.reach import NotFetched, Question
from pki.unreadable import UNREADABLE

MAX_OCSP_BYTES = 64 << 10
MAX_LIST_BYTES = MAX_ANSWER_BYTES
"""The longest lists of national authorities have some 100,000 entries of 35 bytes."""
MAX_ISSUER_BYTES = 256 << 10
MAX_KEPT_BYTES = 128 << 20

_KEPT_UNDATED = timedelta(minutes=1)  # RFC 6960 §4.2.2.1: without nextUpdate newer news may be there any time
_FAILURE_KEPT = timedelta(seconds=5)  # one document's certificates do not wait for one dead server each
_NONCE_BYTES = 16

Promise = Callable[[bytes], datetime | None]
"""Return when a newer answer is promised for; raise one of `UNREADABLE` for what answers something else."""


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: bytes | NotFetched
    asked: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Flight:
    asked: datetime
    task: asyncio.Task[bytes]


@dataclass(slots=True)
class Desk:
    """Asks for answers and keeps them. Everything in it happens on one loop."""

    clock: Clock = field(default_factory=SystemClock)
    cache: Cache | None = None
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _flights: dict[str, _Flight] = field(default_factory=dict)

    async def forget(self) -> None:
        """Keep nothing in memory of what was answered so far; questions under way go on."""
        self._kept.clear()

    async def answer(self, query: Query, how: Asking) -> bytes:
        """Return an answer (DER, not verified): what is kept, else what is being fetched, else fetched now.

        Raises `NotFetched`.
        """
        name = name_of(query, how.reach)
        answer = self._known(name, how)
        if answer is None and self.cache is not None:
            await self._look_up(self.cache, name, query)
            answer = self._known(name, how)
        if answer is not None:
            return answer
        flight = self._flights.get(name)
        if flight is None or flight.asked < how.since:
            asked = self.clock.now()
            flight = _Flight(asked, asyncio.create_task(self._flown(name, query, how, asked)))
            self._flights[name] = flight
            flight.task.add_done_callback(lambda _: self._landed(name, flight))
        # Shielded: who waits may be cancelled, the others still want the answer.
        return await asyncio.shield(flight.task)

    def _known(self, name: str, how: Asking) -> bytes | None:
        kept = self._kept.get(name)
        if kept is None or self.clock.now() >= kept.until:
            return None
        if isinstance(kept.answer, NotFetched):
            raise NotFetched(kept.answer.template, hint=None, **kept.answer.facts)
        return kept.answer if kept.asked >= how.since else None

    async def _look_up(self, cache: Cache, name: str, query: Query) -> None:
        """Take over what another process was told, if it is newer than what we were."""
        entry = await asyncio.to_thread(cache.read, name)
        kept = self._kept.get(name)
        if entry is None or (
            kept is not None and isinstance(kept.answer, bytes) and kept.asked >= entry.asked
        ):
            return
        try:
            until = _until(_PROMISES[query.kind](entry.answer), entry.asked)
        except UNREADABLE:
            return
        self._keep(name, _Kept(entry.answer, entry.asked, until))

    def _landed(self, name: str, flight: _Flight) -> None:
        if self._flights.get(name) is flight:
            del self._flights[name]
        if not flight.task.cancelled():
            flight.task.exception()  # seen here, in case nobody waits any more

    async def _flown(self, name: str, query: Query, how: Asking, asked: datetime) -> bytes:
        try:
            question, promise = _question(query)
            from pki.fetch import fetch  # loads the HTTP library, for which who asks nobody does not wait

            answer = await fetch(question, how.reach, how.seconds)
            until = _until(promise(answer), asked)
        except UNREADABLE as error:
            failure = NotFetched("{url} answered with something else.", url=query.url)
            self._keep(name, _Kept(failure, asked, asked + _FAILURE_KEPT))
            raise failure from error
        except NotFetched as failure:
            self._keep(name, _Kept(failure, asked, self.clock.now() + _FAILURE_KEPT))
            raise
        self._keep(name, _Kept(answer, asked, until))
        if self.cache is not None and until > self.clock.now():
            # Waited for: a short-lived process would end before its cache knows.
            await asyncio.to_thread(self.cache.write, name, Entry(answer, asked))
        return answer

    def _keep(self, name: str, kept: _Kept) -> None:
        self._kept.pop(name, None)
        self._kept[name] = kept
        while sum(_size(each) for each in self._kept.values()) > MAX_KEPT_BYTES:
            del self._kept[next(iter(self._kept))]  # the one kept longest


def _question(query: Query) -> tuple[Question, Promise]:
    """Return the request and what judges its answer; `ValueError` if there is nobody to ask about."""
    if query.kind != "ocsp":
        limit = MAX_LIST_BYTES if query.kind == "list" else MAX_ISSUER_BYTES
        return Question(url=query.url, limit=limit), _PROMISES[query.kind]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        x509.load_der_x509_certificate(query.certificate or b""),
        x509.load_der_x509_certificate(query.issuer or b""),
        hashes.SHA1(),  # noqa: S303 - RFC 5019 §2.1.1: what every responder knows
    )
    request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
    question = Question(
        url=query.url,
        limit=MAX_OCSP_BYTES,
        body=request.public_bytes(Encoding.DER),
        kind="application/ocsp-request",
    )
    return question, lambda answer: _ocsp_until(answer, nonce)


def _until(promised: datetime | None, asked: datetime) -> datetime:
    """Return how long an answer may be used: until its nextUpdate, and never longer than we keep any."""
    longest = asked + (_KEPT_UNDATED if promised is None else KEPT)
    return min(promised or longest, longest)


def _ocsp_until(answer: bytes, nonce: bytes | None = None) -> datetime | None:
    """Read a response; `nonce` is that of the request, None for a request of another process."""
    read = ocsp.load_der_ocsp_response(answer)
    if read.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"the responder says {read.response_status.name}")
    for each in read.extensions:
        if isinstance(each.value, x509.OCSPNonce) and nonce not in (None, each.value.nonce):
            raise ValueError("the response is to another request")
    return min((each.next_update_utc for each in read.responses if each.next_update_utc), default=None)


def _list_until(answer: bytes) -> datetime | None:
    return x509.load_der_x509_crl(answer).next_update_utc


def _issuers_until(answer: bytes) -> None:
    issuers_in(answer)


_PROMISES = {"ocsp": _ocsp_until, "list": _list_until, "issuers": _issuers_until}


def _size(kept: _Kept) -> int:
    return 1024 + (len(kept.answer) if isinstance(kept.answer, bytes) else 0)
