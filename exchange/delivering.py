"""One attempt to deliver one message to one peer, and writing down how it ended.

The network is used outside any transaction. An attempt ends in one commit that holds only if its number is
still the row's: a worker that was thought dead cannot finish somebody else's attempt. What a peer answered
counts only after `check_receipt` and the proof of the peer's log; anything else is no answer.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.audit.proof import verify_proof
from exchange.envelope import Envelope, unpack
from exchange.errors import ExchangeError, LogError, MessageRefused, OfficeError, PeerError
from exchange.journal import Journal
from exchange.jws import Signature
from exchange.moment import moment, stamp
from exchange.peers import Answer, Courier, Peer, Unreached, find_peer
from exchange.receipt import Issuer, Receipt, check_receipt
from exchange.settings import Pace
from exchange.store.port import Conflict, Row, Store, Transaction
from exchange.urgency import LANES, Urgency
from pki.clock import Clock
from pki.digest import Digest
from pki.words import Sentence

logger = logging.getLogger(__name__)
_AUDITED_EVERY = 10  # failed attempts are logged in summary: the first, every tenth, and the end
_MAX_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A claimed delivery; `number` is the fencing token."""

    id: int
    sender: str
    message_id: str
    recipient: str
    lane: Urgency
    number: int
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """What an attempt works with."""

    store: Store
    journal: Journal
    issuer: Issuer
    courier: Courier
    pace: Pace
    clock: Clock

    async def attempt(self, attempt: Attempt) -> bool:
        """Make one attempt and write down how it ended; return False if the peer gave no answer that counts.

        Only the store's own trouble is raised: the lease runs out then, and the message goes again.
        """
        try:
            async with self._lease(attempt):
                envelope, signed, peer = await self._load(attempt)
                answer = await self._carry(peer, signed, envelope)
                receipt = _believed(answer, peer, envelope, signed)
            await self._finish(attempt, receipt, answer)
        except MessageRefused as error:
            await self._give_up(attempt, error)
        except Unreached as error:
            await self._retry(attempt, error)
            return False
        except (PeerError, OfficeError, _LeaseLost) as error:
            await self._retry(attempt, error)
        except Exception:
            # A bug, or an answer that nobody foresaw: this delivery waits, and all others go on.
            logger.exception("bug", extra={"message_id": attempt.message_id, "to": attempt.recipient})
            await self._retry(attempt, _Stumbled("This office made a mistake; its server's log tells which."))
        return True

    async def _carry(self, peer: Peer, signed: Signature, envelope: Envelope) -> Answer:
        """Bound the whole attempt: a peer that answers one byte a minute does not keep a worker for ever."""
        try:
            async with asyncio.timeout(self.pace.attempt_seconds):
                return await self.courier.carry(peer, signed.text, envelope.parts)
        except TimeoutError as error:
            raise Unreached("{peer} took too long.", peer=peer.code) from error

    async def _load(self, attempt: Attempt) -> tuple[Envelope, Signature, Peer]:
        async with self.store.read() as tx:
            row = await tx.row("message", sender=attempt.sender, id=attempt.message_id)
            peer = await find_peer(tx, attempt.recipient)
        assert row is not None
        # Our own signature is checked again: what leaves the house is what was committed.
        envelope, signed = unpack(row["envelope"], self.issuer.node.certificate)
        return envelope, signed, peer

    async def _finish(self, attempt: Attempt, receipt: Receipt, answer: Answer) -> None:
        now = self.clock.now()
        state = "delivered" if receipt.event.positive else "refused"
        because = "; ".join(f"{each.reason.value}: {each.detail}" for each in receipt.reasons)
        async with self.store.write() as tx:
            if not await self._end(tx, attempt, state, because, now):
                return  # somebody else has the lease now, and will get the very same receipt
            await _keep(tx, receipt, answer)
            await self.journal.record(
                tx, "delivered" if receipt.event.positive else "undelivered", now,
                message_id=attempt.message_id, states=("leased", state), evidence=Digest.of(answer.receipt),
                recipient=attempt.recipient, attempt=attempt.number,
            )  # fmt: skip
        await self.journal.publish()
        logger.info(
            "delivered", extra={"message_id": attempt.message_id, "to": attempt.recipient, "state": state}
        )

    async def _give_up(self, attempt: Attempt, error: ExchangeError) -> None:
        now = self.clock.now()
        async with self.store.write() as tx:
            if await self._end(tx, attempt, "undeliverable", self._said(error), now):
                await self._undelivered(tx, attempt, "undeliverable", now, error.code)
        await self.journal.publish()

    async def _retry(self, attempt: Attempt, error: ExchangeError) -> None:
        now = self.clock.now()
        wait = LANES[attempt.lane].wait(attempt.number)
        if isinstance(error, Unreached):
            asked = min(error.retry_after, self.pace.longest_wait_seconds)
            wait = max(wait, timedelta(seconds=asked))
        run_at = min(now + wait, attempt.expires)
        async with self.store.write() as tx:
            held = await tx.run(
                "delivery_again", id=attempt.id, attempt=attempt.number, run_at=stamp(run_at),
                error=self._said(error)[:_MAX_ERROR], now=stamp(now),
            )  # fmt: skip
            if held and attempt.number % _AUDITED_EVERY == 1:
                await self._undelivered(tx, attempt, "queued", now, error.code)
        logger.info(
            "not delivered yet",
            extra={"message_id": attempt.message_id, "to": attempt.recipient, "code": error.code},
        )

    def _said(self, error: ExchangeError) -> str:
        return Sentence.of(error).said(self.issuer.says)

    async def _end(self, tx: Transaction, attempt: Attempt, state: str, error: str, now: datetime) -> int:
        return await tx.run(
            "delivery_end", id=attempt.id, attempt=attempt.number, state=state, error=error[:_MAX_ERROR],
            now=stamp(now),
        )  # fmt: skip

    async def _undelivered(
        self, tx: Transaction, attempt: Attempt, state: str, now: datetime, code: str
    ) -> None:
        await self.journal.record(
            tx, "undelivered", now, message_id=attempt.message_id, states=("leased", state),
            recipient=attempt.recipient, attempt=attempt.number, code=code,
        )  # fmt: skip

    async def expire(self, tx: Transaction, now: datetime) -> None:
        """Give up what has expired by `now`, with an audit entry each."""
        for row in await tx.rows("delivery_expire", now=stamp(now)):
            await self.journal.record(
                tx, "expired", now, message_id=row["message_id"], states=("queued", "undeliverable"),
                recipient=row["recipient"], attempt=row["attempt"],
            )  # fmt: skip

    @contextlib.asynccontextmanager
    async def _lease(self, attempt: Attempt) -> AsyncIterator[None]:
        """Hold the lease while the block runs; `_LeaseLost` in the block if it could not be kept."""
        block = asyncio.timeout(None)
        keeper = asyncio.create_task(self._keep(attempt, block))
        try:
            async with block:
                yield
        except TimeoutError as error:
            raise _LeaseLost("The delivery was taken over by another worker.") from error
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper

    async def _keep(self, attempt: Attempt, block: asyncio.Timeout) -> None:
        while True:
            await asyncio.sleep(self.pace.lease_seconds / 3)
            until = stamp(self.clock.now() + timedelta(seconds=self.pace.lease_seconds))
            async with self.store.write() as tx:
                held = await tx.run("delivery_keep", id=attempt.id, attempt=attempt.number, lease_until=until)
            if not held:
                block.reschedule(asyncio.get_running_loop().time())
                return


async def _keep(tx: Transaction, receipt: Receipt, answer: Answer) -> None:
    """Store what a peer answered; `Unreached` if it names its answer like one that we hold already."""
    try:
        await tx.run(
            "evidence_add", id=receipt.evidence_id, side="received", sender=receipt.sender,
            message_id=receipt.message_id, recipient=receipt.issuer, event=receipt.event.value,
            positive=int(receipt.event.positive), envelope_digest=str(receipt.envelope_digest),
            jws=answer.receipt, proof=answer.proof.decode(), time=stamp(receipt.time),
        )  # fmt: skip
    except Conflict as error:
        raise Unreached(
            "{peer} gave two answers one name: {id}.", peer=receipt.issuer, id=receipt.evidence_id
        ) from error


class _Stumbled(ExchangeError):
    """A bug of ours ended the attempt."""

    code = "exchange.bug"


class _LeaseLost(ExchangeError):
    """Another worker has the delivery now."""

    code = "exchange.lease-lost"


def _believed(answer: Answer, peer: Peer, envelope: Envelope, signed: Signature) -> Receipt:
    """Return the receipt, or raise `Unreached`: an answer that does not hold is no answer.

    The proof must be of the peer's log, and of an entry in which that node names this very receipt.
    """
    try:
        receipt = check_receipt(answer.receipt, peer.certificate, peer.code, envelope, signed.digest)
        proven = verify_proof(answer.proof, peer.log_key).entry
    except (MessageRefused, LogError) as error:
        raise Unreached(
            "{peer} gave an answer that does not hold: {why}", peer=peer.code, why=error
        ) from error
    logged = (proven.node, proven.message_id, proven.evidence_digest)
    if logged != (peer.code, envelope.message_id, Digest.of(answer.receipt)):
        raise Unreached("The proof that {peer} gave is of something else.", peer=peer.code)
    return receipt


def attempt_of(row: Row) -> Attempt:
    """Return the attempt a claimed row tells of."""
    return Attempt(
        id=row["id"], sender=row["sender"], message_id=row["message_id"], recipient=row["recipient"],
        lane=Urgency(row["lane"]), number=row["attempt"], expires=moment(row["expires"]),
    )  # fmt: skip
