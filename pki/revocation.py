"""Asking issuers whether a certificate still holds: OCSP, then lists; asked once for everybody, and kept.

All asking of a process happens on one loop in a thread of its own. So answers are shared by documents that
are worked on in different threads, and whoever stops waiting stops nobody else's request.
"""

import asyncio
import os
import secrets
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from pki.clock import Clock, SystemClock
from pki.fetch import NotFetched, Question, Reach, fetch, hosts_of
from pki.status import Answer, from_list, from_ocsp, points

T = TypeVar("T")

MAX_OCSP_BYTES = 64 << 10
MAX_LIST_BYTES = 32 << 20
"""The longest lists of national authorities have some 100,000 entries of 35 bytes."""
MAX_ISSUER_BYTES = 256 << 10
MAX_ISSUERS = 16
MAX_KEPT_BYTES = 128 << 20
MAX_ADDRESSES = 3
"""Addresses of one kind that are asked for one certificate."""

_KEPT = timedelta(hours=1)  # even where the next answer is promised for later
_KEPT_UNDATED = timedelta(minutes=1)  # RFC 6960 §4.2.2.1: without nextUpdate newer news may be there any time
_FAILURE_KEPT = timedelta(seconds=5)  # one document's certificates do not wait for one dead server each
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was learnt about a certificate: verified answers, and why an address gave none."""

    answers: tuple[Answer, ...] = ()
    failures: tuple[NotFetched, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How to ask: answers asked for before `since` do not count; `seconds` are for each address."""

    since: datetime
    reach: Reach
    seconds: float


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: bytes | NotFetched
    asked: datetime
    until: datetime


@dataclass(slots=True)
class Desk:
    """Asks for status answers and keeps them. Everything in it happens on one loop."""

    clock: Clock = field(default_factory=SystemClock)
    _kept: dict[object, _Kept] = field(default_factory=dict)
    _flights: dict[object, asyncio.Task[bytes]] = field(default_factory=dict)

    async def forget(self) -> None:
        """Keep nothing of what was answered so far; questions under way go on."""
        self._kept.clear()

    async def status(self, certificate: x509.Certificate, issuer: x509.Certificate, how: Asking) -> Asked:
        """Ask for the status of a certificate: by OCSP, and by list if that gives nothing to be believed.

        Silence, refusal and a lie of one source all lead to the next one. Never raises.
        """
        failures: list[NotFetched] = []
        answers: list[Answer] = []
        for url in ocsp_urls(certificate)[:MAX_ADDRESSES]:
            try:
                response = await self.ocsp(url, certificate, issuer, how)
            except NotFetched as error:
                failures.append(error)
                continue
            answers = from_ocsp(response, certificate, issuer)
            if answers:
                return Asked(answers=tuple(answers), failures=tuple(failures))
        for url in points(certificate)[:MAX_ADDRESSES]:
            try:
                answers += from_list(await self.list(url, how), certificate, issuer)
            except NotFetched as error:
                failures.append(error)
        return Asked(answers=tuple(answers), failures=tuple(failures))

    async def ocsp(
        self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, how: Asking
    ) -> bytes:
        """Return an OCSP response (DER, not verified); raises `NotFetched`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        builder = ocsp.OCSPRequestBuilder().add_certificate(
            certificate,
            issuer,
            hashes.SHA1(),  # noqa: S303 - RFC 5019 §2.1.1: what every responder knows
        )
        request = builder.add_extension(x509.OCSPNonce(nonce), critical=False).build()
        question = Question(
            url=url,
            limit=MAX_OCSP_BYTES,
            body=request.public_bytes(Encoding.DER),
            kind="application/ocsp-request",
        )
        key = (url, how.reach, issuer.fingerprint(hashes.SHA256()), certificate.serial_number)
        return await self._once(key, question, how, lambda answer: _ocsp_until(answer, nonce))

    async def list(self, url: str, how: Asking) -> bytes:
        """Return a list (DER, not verified); raises `NotFetched`."""
        return await self._once((url, how.reach), Question(url=url, limit=MAX_LIST_BYTES), how, _list_until)

    async def issuers(self, url: str, how: Asking) -> bytes:
        """Return an issuer's certificate or several (DER or PKCS#7, not verified); raises `NotFetched`."""
        question = Question(url=url, limit=MAX_ISSUER_BYTES)
        return await self._once((url, how.reach), question, how, _issuers_until)

    async def _once(
        self, key: object, question: Question, how: Asking, until: Callable[[bytes], datetime | None]
    ) -> bytes:
        """Return what is kept, else what is being fetched already, else what is fetched now."""
        kept = self._kept.get(key)
        now = self.clock.now()
        if kept is not None and now < kept.until:
            if isinstance(kept.answer, NotFetched):
                raise NotFetched(kept.answer.template, hint=None, **kept.answer.facts)
            if kept.asked >= how.since:
                return kept.answer
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._flown(key, question, how, until))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        # Shielded: who waits may be cancelled, the others still want the answer.
        return await asyncio.shield(flight)

    def _landed(self, key: object, flight: asyncio.Task[bytes]) -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()  # seen here, in case nobody waits any more

    async def _flown(
        self, key: object, question: Question, how: Asking, until: Callable[[bytes], datetime | None]
    ) -> bytes:
        asked = self.clock.now()
        try:
            answer = await fetch(question, how.reach, how.seconds)
            promised = until(answer)
        except (ValueError, TypeError, x509.DuplicateExtension) as error:
            failure = NotFetched("{url} answered with something else.", url=question.url)
            self._keep(key, _Kept(failure, asked, asked + _FAILURE_KEPT))
            raise failure from error
        except NotFetched as failure:
            self._keep(key, _Kept(failure, asked, self.clock.now() + _FAILURE_KEPT))
            raise
        longest = asked + (_KEPT_UNDATED if promised is None else _KEPT)
        self._keep(key, _Kept(answer, asked, min(promised or longest, longest)))
        return answer

    def _keep(self, key: object, kept: _Kept) -> None:
        self._kept.pop(key, None)
        self._kept[key] = kept
        while sum(_size(each) for each in self._kept.values()) > MAX_KEPT_BYTES:
            del self._kept[next(iter(self._kept))]  # the one kept longest


async def status(certificate: x509.Certificate, issuer: x509.Certificate, how: Asking) -> Asked:
    """Ask this process's desk for the status of a certificate, from any loop. Never raises."""
    return await _at_the_desk(lambda desk: desk.status(certificate, issuer, how))


async def ocsp_response(
    url: str, certificate: x509.Certificate, issuer: x509.Certificate, how: Asking
) -> bytes:
    """Ask the desk for an OCSP response (DER, not verified), from any loop; raises `NotFetched`."""
    return await _at_the_desk(lambda desk: desk.ocsp(url, certificate, issuer, how))


async def revocation_list(url: str, how: Asking) -> bytes:
    """Ask the desk for a list (DER, not verified), from any loop; raises `NotFetched`."""
    return await _at_the_desk(lambda desk: desk.list(url, how))


async def issuers(url: str, how: Asking) -> list[x509.Certificate]:
    """Ask the desk for issuers' certificates (not verified), from any loop; raises `NotFetched`."""
    return _certificates(await _at_the_desk(lambda desk: desk.issuers(url, how)))


def ocsp_urls(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate says its status can be asked for (RFC 5280 §4.2.2.1)."""
    return _access(certificate, AuthorityInformationAccessOID.OCSP)


def issuer_urls(certificate: x509.Certificate) -> list[str]:
    """Return where a certificate says its issuer's certificate is."""
    return _access(certificate, AuthorityInformationAccessOID.CA_ISSUERS)


def named_hosts(anchor: x509.Certificate) -> frozenset[str]:
    """Return the hosts that an anchor's own certificate names.

    Who chose the anchor chose them too: a hierarchy inside a private network names its servers there.
    """
    urls = points(anchor)
    for extension in anchor.extensions:
        if isinstance(extension.value, x509.AuthorityInformationAccess | x509.SubjectInformationAccess):
            urls += [str(each.access_location.value) for each in extension.value]
    return hosts_of(urls)


def _access(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    try:
        named = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    places = (each.access_location for each in named if each.access_method == method)
    return [each.value for each in places if isinstance(each, x509.UniformResourceIdentifier)]


def _ocsp_until(answer: bytes, nonce: bytes) -> datetime | None:
    """Return when a newer response is promised for; `ValueError` for what does not answer this request."""
    read = ocsp.load_der_ocsp_response(answer)
    if read.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"the responder says {read.response_status.name}")
    for each in read.extensions:
        if isinstance(each.value, x509.OCSPNonce) and each.value.nonce != nonce:
            raise ValueError("the response is to another request")
    return min((each.next_update_utc for each in read.responses if each.next_update_utc), default=None)


def _list_until(answer: bytes) -> datetime | None:
    return x509.load_der_x509_crl(answer).next_update_utc


def _issuers_until(answer: bytes) -> None:
    _certificates(answer)


def _certificates(answer: bytes) -> list[x509.Certificate]:
    """Read what RFC 5280 §4.2.2.1 allows at such an address: one certificate, or a PKCS#7 bag of them."""
    try:
        return [x509.load_der_x509_certificate(answer)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(answer)[:MAX_ISSUERS]


def _size(kept: _Kept) -> int:
    return 1024 + (len(kept.answer) if isinstance(kept.answer, bytes) else 0)


async def forget() -> None:
    """Forget every answer and failure that this process keeps: the responders are known to have changed."""
    await _at_the_desk(Desk.forget)


async def _at_the_desk(work: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
    with _STARTING:
        loop, desk = _desk(os.getpid())
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(desk), loop))


_STARTING = threading.Lock()


@cache
def _desk(process_id: int) -> tuple[asyncio.AbstractEventLoop, Desk]:
    """Start the thread that asks; a process made by fork has no threads, and starts its own."""
    del process_id
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="status desk", daemon=True).start()
    return loop, Desk()
