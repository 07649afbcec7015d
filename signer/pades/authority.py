"""What this process knows of each time-stamp authority, and how one is asked.

National authorities were measured at 2 to 131 seconds a call, and some shut out for a day whoever asks too
often. So every document shares one memory of them: who fails is left alone, and few questions are under way
at once.
"""

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus

from pki.clock import SystemClock
from signer.pades.answers import PassedOver, Question, stamp_in
from signer.pades.breaker import PAUSE_SECONDS, Breaker
from signer.pades.budget import Budget
from signer.pades.posting import MAX_ANSWER_BYTES, Answer, NoAnswer, post, shown
from signer.pades.stamps import Stamp
from signer.pades.turns import Turns

AT_ONCE = 4
"""Questions under way to one authority."""

_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(slots=True, kw_only=True)
class Authority:
    """One time-stamp authority. `last` is the last time-stamp it gave, DER.

    From it one knows how large the next will be, and whose status must be stored beside it, without a trial.
    Bytes, because documents are signed in threads: asn1crypto takes a structure apart when somebody looks at
    it, and two who look at once leave it broken.
    """

    url: str
    last: bytes | None = None
    breaker: Breaker = field(default_factory=Breaker)
    budget: Budget = field(default_factory=Budget)
    turns: Turns = field(default_factory=lambda: Turns(AT_ONCE))

    @property
    def name(self) -> str:
        """How people are told of it."""
        return shown(self.url)

    def free(self, budget: int | None) -> bool:
        """Tell whether it may be asked now: it is not left alone, and `budget` requests an hour leave one."""
        return not self.breaker.seconds_left and not self.budget.seconds_left(budget)

    async def ask(self, question: Question, *, patience_seconds: float, budget: int | None = None) -> Stamp:
        """Return a time-stamp that answers the question. Raises `PassedOver`.

        It is asked at most `budget` times in an hour, where there is a budget.
        Whoever stops waiting after `patience_seconds` has found it too slow: that is a failure too.
        """
        if self.breaker.seconds_left:
            raise self._left_alone()
        async with self.turns.one():
            if not self.breaker.admits():
                raise self._left_alone()
            if not self.budget.take(budget):
                self.breaker.gave_up()
                raise self._used_up(budget)
            begun = asyncio.get_running_loop().time()
            try:
                stamp = await self._answered(question)
            except PassedOver as error:
                self._failed(error)
                raise
            except BaseException:
                slow = asyncio.get_running_loop().time() - begun >= patience_seconds
                (self.breaker.failed if slow else self.breaker.gave_up)()
                raise
            self.breaker.succeeded()
            self.last = stamp.encoded
            return stamp

    def _failed(self, error: PassedOver) -> None:
        if error.blamed:
            self.breaker.failed(error.pause_seconds)
        else:
            self.breaker.succeeded()

    async def _answered(self, question: Question) -> Stamp:
        try:
            answer = await post(self.url, question.encoded())
        except NoAnswer as error:
            raise PassedOver("{url} did not answer: {detail}", url=self.name, detail=error.why) from error
        return stamp_in(_body(answer, self.name), question)

    def _left_alone(self) -> PassedOver:
        return PassedOver(
            "{url} failed before and is left alone for {seconds} seconds more",
            url=self.name,
            seconds=round(self.breaker.seconds_left),
            blamed=False,
        )

    def _used_up(self, budget: int | None) -> PassedOver:
        free_at = SystemClock().now() + timedelta(seconds=self.budget.seconds_left(budget))
        return PassedOver(
            "{url} was asked {count} times within an hour, and its budget is used up; next at {time}",
            url=self.name,
            count=budget,
            time=free_at,
            blamed=False,
        )


def _body(answer: Answer, name: str) -> bytes:
    if answer.status in _BUSY:
        raise PassedOver(
            "{url} takes no more requests now (HTTP status {status})",
            url=name,
            status=answer.status,
            pause_seconds=answer.pause_seconds or PAUSE_SECONDS,
        )
    if answer.status != HTTPStatus.OK or not answer.is_reply:
        raise PassedOver(
            "{url} answered with HTTP status {status} and no time-stamp reply", url=name, status=answer.status
        )
    if answer.body is None:
        raise PassedOver("{url} answered with more than {limit} bytes", url=name, limit=MAX_ANSWER_BYTES)
    return answer.body


_known: dict[str, Authority] = {}
_lock = threading.Lock()


def authority_at(url: str) -> Authority:
    """Return what this process knows of the authority with this address."""
    with _lock:
        return _known.setdefault(url, Authority(url=url))


def forget() -> None:
    """Forget all authorities: failures, pauses, last time-stamps."""
    with _lock:
        _known.clear()
