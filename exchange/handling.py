"""What a clerk does with a document that came in: accept it into the register, refuse it, and report on."""

from dataclasses import dataclass
from datetime import datetime

from exchange.errors import MoveNotAllowed, OfficeError
from exchange.journal import CLERK, Journal
from exchange.moment import stamp
from exchange.notes import Notes
from exchange.register import Register
from exchange.status import EVENTS, Status, move
from exchange.store.port import Row, Store, Transaction
from pki.errors import UsageError

_MAX_REASON = 500  # QCVN 102 Description


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What handling works with."""

    store: Store
    journal: Journal
    register: Register
    notes: Notes

    async def move(
        self, message_id: str, status: Status, now: datetime, *, reason: str = "", sender: str = ""
    ) -> None:
        """Move a document to `status`, tell its sender, log it: one commit. Standing there already is fine.

        Accepting gives it its arrival number. `MoveNotAllowed` if the table forbids it, `OfficeError` if
        there is no such document; `sender` tells two documents with one message id apart.
        """
        if len(reason) > _MAX_REASON or (reason and not reason.isprintable()):
            raise UsageError("A reason is one line of at most {most} characters.", most=_MAX_REASON)
        if status is Status.REFUSED and not reason.strip():
            raise UsageError("Whoever refuses a document says why.")
        async with self.store.write() as tx:
            row = await self._find(tx, message_id, sender)
            current = Status(row["status"])
            if move(current, status):
                await self._step(tx, row, (current, status), reason, now)
            elif status is Status.REFUSED and reason != row["reason"]:
                raise MoveNotAllowed(
                    "The document was refused before, and its sender was told: {reason}", reason=row["reason"]
                )
        await self.journal.publish()

    async def _step(
        self, tx: Transaction, row: Row, states: tuple[Status, Status], reason: str, now: datetime
    ) -> None:
        before, after = states
        about = (row["sender"], row["message_id"])
        moved = await tx.run(
            "arrival_move", sender=row["sender"], message_id=row["message_id"], status=str(after),
            status_from=str(before), reason=reason, changed=stamp(now),
        )  # fmt: skip
        assert moved == 1, "the write transaction is exclusive"
        number = await self.register.arrive(tx, *about, now) if after is Status.ACCEPTED else ""
        await self.notes.send(tx, about, after, now, reason=reason, register_number=number)
        await self.journal.record(
            tx, EVENTS[after], now, actor=CLERK, message_id=row["message_id"],
            states=(before.word, after.word), sender=row["sender"], register_number=number,
        )  # fmt: skip

    async def _find(self, tx: Transaction, message_id: str, sender: str) -> Row:
        rows = await tx.rows("arrivals_of_message", message_id=message_id)
        found = [row for row in rows if sender in {"", row["sender"]}]
        if not found:
            raise OfficeError("There is no document {id} in the inbox.", id=message_id)
        if len(found) > 1:
            raise MoveNotAllowed(
                "Several agencies used the message id {id}.", hint="Name the sender too.", id=message_id
            )
        return found[0]
