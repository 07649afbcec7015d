"""The queue of what is to be delivered: who may go out when, under a lease with a fencing number.

A worker claims a row with a lease and a number (the attempt); `exchange.delivering` makes the attempt. Rows
that another process queued, retries that fall due and leases that ran out are all found by the same poll.
"""

import asyncio
import json
import logging
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from exchange.delivering import Attempt, Delivering, attempt_of
from exchange.moment import stamp
from exchange.settings import Pace
from exchange.store.port import Store, StoreUnavailable, Transaction
from exchange.urgency import Urgency
from pki.clock import Clock

logger = logging.getLogger(__name__)


class Breaker:
    """Who is left alone for a while: a peer that does not answer must not keep workers from all others.

    After `pace.failures_in_a_row` nothing goes to it for `pace.rest_seconds`; then one delivery tries the
    way. If it comes through, all go again; if not, the peer rests once more.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._failures: Counter[str] = Counter()
        self._until: dict[str, datetime] = {}
        self._trying: set[str] = set()

    def resting(self, now: datetime) -> set[str]:
        """Return the peers to which nothing may go now."""
        return {code for code, until in self._until.items() if code in self._trying or now < until}

    def tries_one(self, code: str) -> bool:
        """Return whether only one delivery may go to this peer, to try the way."""
        return code in self._until

    def began(self, code: str) -> None:
        """Take note of a delivery under way: to a peer that has rested, it is the only one."""
        if self.tries_one(code):
            self._trying.add(code)

    def ended(self, code: str, now: datetime, *, reached: bool) -> None:
        """Take note of how a delivery ended."""
        self._trying.discard(code)
        if reached:
            self._failures.pop(code, None)
            self._until.pop(code, None)
            return
        self._failures[code] += 1
        if self._failures[code] >= self._pace.failures_in_a_row:
            self._until[code] = now + timedelta(seconds=self._pace.rest_seconds)


class Outbox:
    """One office's outbox. `run` is the server's; `wake` tells it that something was queued here."""

    def __init__(self, store: Store, delivering: Delivering, pace: Pace, clock: Clock) -> None:
        self._store = store
        self._delivering = delivering
        self._pace = pace
        self._clock = clock
        self._worker = secrets.token_hex(8)
        self._awake = asyncio.Event()
        self._breaker = Breaker(pace)

    def wake(self) -> None:
        """Look at the queue at once."""
        self._awake.set()

    async def run(self, stop: asyncio.Event, drain_seconds: float) -> None:
        """Deliver until `stop`, then let the attempts under way end, for at most `drain_seconds`.

        Only for the one server of an office, which holds the office's lock.
        """
        await self._rescue_all()
        running: dict[asyncio.Task[None], Urgency] = {}
        try:
            while not stop.is_set():
                await self._turn(running)
                await self._pause(stop, set(running))
        finally:
            await _drain(set(running), drain_seconds if stop.is_set() else 0)

    async def deliver_due(self) -> int:
        """Deliver everything that is due now, and return how many attempts were made."""
        made = 0
        while attempts := await self._claim(Counter()):
            async with asyncio.TaskGroup() as group:
                for attempt in attempts:
                    group.create_task(self._attempt(attempt))
            made += len(attempts)
        await self._delivering.journal.publish()
        return made

    async def _turn(self, running: dict[asyncio.Task[None], Urgency]) -> None:
        """Forget attempts that ended, and begin new ones; a full disk or a locked database can wait."""
        for task in [each for each in running if each.done()]:
            del running[task]
        try:
            for attempt in await self._claim(Counter(running.values())):
                task = asyncio.create_task(self._attempt(attempt), name=f"delivery {attempt.id}")
                running[task] = attempt.lane
        except StoreUnavailable as error:
            logger.error("outbox stands still", extra={"why": str(error)})  # noqa: TRY400 - no bug, no trace

    async def _attempt(self, attempt: Attempt) -> None:
        """Make one attempt; whatever comes of it stays here, and the turn goes on for all others."""
        reached = True  # our own trouble says nothing about the peer
        try:
            reached = await self._delivering.attempt(attempt)
        except StoreUnavailable as error:  # the lease runs out, and what was not written is tried again
            logger.error("outbox stands still", extra={"why": str(error)})  # noqa: TRY400 - no bug, no trace
        except Exception:  # a bug even in writing the first one down
            logger.exception("bug", extra={"message_id": attempt.message_id, "to": attempt.recipient})
        finally:
            self._breaker.ended(attempt.recipient, self._clock.now(), reached=reached)

    async def _claim(self, running: Counter[Urgency]) -> list[Attempt]:
        """Lease what is due, most urgent lane first; ordinary letters leave some room for urgent ones."""
        now = self._clock.now()
        async with self._store.read() as tx:
            resting = self._breaker.resting(now)
            due = await tx.row("delivery_due", now=stamp(now), resting=json.dumps([*resting]))
        if not due or not due["due"]:
            return []
        claimed: list[Attempt] = []
        async with self._store.write() as tx:
            await tx.run("delivery_rescue", now=stamp(now))
            await self._delivering.expire(tx, now)
            for lane in sorted(Urgency, reverse=True):
                room = self._pace.deliveries_at_once - running.total() - len(claimed)
                if lane is Urgency.THUONG:
                    room -= self._pace.kept_for_urgent
                claimed += [each async for each in self._lease_some(tx, lane, room, now, resting)]
        for each in claimed:  # only now: what was not committed does not try anything
            self._breaker.began(each.recipient)
        return claimed

    async def _lease_some(
        self, tx: Transaction, lane: Urgency, room: int, now: datetime, resting: set[str]
    ) -> AsyncIterator[Attempt]:
        for _ in range(room):
            row = await tx.row(
                "delivery_claim", lane=int(lane), worker=self._worker, now=stamp(now),
                lease_until=stamp(now + timedelta(seconds=self._pace.lease_seconds)),
                to_one_peer=self._pace.deliveries_to_one_peer, resting=json.dumps([*resting]),
            )  # fmt: skip
            if row is None:
                return
            if self._breaker.tries_one(row["recipient"]):
                resting.add(row["recipient"])
            yield attempt_of(row)

    async def _rescue_all(self) -> None:
        async with self._store.write() as tx:
            await tx.run("delivery_rescue_all", now=stamp(self._clock.now()))

    async def _pause(self, stop: asyncio.Event, running: set[asyncio.Task[None]]) -> None:
        """Wait until something may have changed: woken, stopped, an attempt ended, or the poll is due.

        The poll is what notices rows that another process queued, retries that fall due and lost leases.
        """
        self._awake.clear()
        waits = {asyncio.create_task(stop.wait()), asyncio.create_task(self._awake.wait())}
        try:
            await asyncio.wait(
                waits | running,
                timeout=self._pace.poll_milliseconds / 1000,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for each in waits:
                each.cancel()


async def _drain(running: set[asyncio.Task[None]], seconds: float) -> None:
    """Let attempts end; cut off the rest. Their leases run out, and the message goes again: no harm done."""
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
