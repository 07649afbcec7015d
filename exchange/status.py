"""What happened to a document since: one table of allowed moves, and the note that tells the sender.

Codes are those in use between agencies (QCVN 102 status packets; QĐ 28/2018, NĐ 30/2020 Đ21-24).
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from exchange.errors import MoveNotAllowed
from exchange.moment import stamp
from exchange.shape import Shape
from pki.words import N_, Sentence


class Status(enum.StrEnum):
    """Where a document stands at its recipient."""

    ARRIVED = "01"
    REFUSED = "02"
    ACCEPTED = "03"
    ASSIGNED = "04"
    STARTED = "05"
    FINISHED = "06"

    @property
    def word(self) -> str:
        """The name used in JSON and in the audit log: `started`."""
        return self.name.lower()

    @property
    def said(self) -> Sentence:
        """The name that people read."""
        return Sentence(_SAID[self])


EVENTS = {
    Status.ARRIVED: "received",
    Status.REFUSED: "refused",
    Status.ACCEPTED: "accepted",
    Status.ASSIGNED: "assigned",
    Status.STARTED: "started",
    Status.FINISHED: "finished",
}
"""The audit log's word for each status."""

_SAID = {
    Status.ARRIVED: N_("arrived"),
    Status.REFUSED: N_("refused"),
    Status.ACCEPTED: N_("accepted"),
    Status.ASSIGNED: N_("assigned"),
    Status.STARTED: N_("being handled"),
    Status.FINISHED: N_("finished"),
}

MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType({
    Status.ARRIVED: frozenset({Status.REFUSED, Status.ACCEPTED}),
    Status.REFUSED: frozenset(),
    Status.ACCEPTED: frozenset({Status.ASSIGNED, Status.STARTED, Status.FINISHED}),
    Status.ASSIGNED: frozenset({Status.STARTED, Status.FINISHED}),
    Status.STARTED: frozenset({Status.FINISHED}),
    Status.FINISHED: frozenset(),
})  # fmt: skip
"""The one table: from where to where a recipient may move a document."""


def move(current: Status, wanted: Status) -> bool:
    """Return True for a step to make, False if we stand there already; `MoveNotAllowed` otherwise."""
    if wanted == current:
        return False
    if wanted not in MOVES[current]:
        raise MoveNotAllowed(
            "The document is “{current}”; from there it cannot become “{wanted}”.",
            current=current.said, wanted=wanted.said,
        )  # fmt: skip
    return True


def furthest(reported: Iterable[Status]) -> Status | None:
    """Return the status that a set of reports adds up to, in whatever order they came.

    Reports travel alone and overtake each other: the one furthest along stands. An honest recipient never
    reports both a refusal and an acceptance; if one does, both notes are kept and the acceptance is shown.
    """
    return max(reported, key=_RANK.__getitem__, default=None)


_RANK = {
    Status.ARRIVED: 0, Status.REFUSED: 1, Status.ACCEPTED: 2, Status.ASSIGNED: 3, Status.STARTED: 4,
    Status.FINISHED: 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusNote:
    """What a recipient tells a sender about one of its messages."""

    message_id: str
    status: Status
    time: datetime
    reason: str = ""
    register_number: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the note as the envelope carries it."""
        return {
            "message_id": self.message_id, "StatusCode": str(self.status), "Timestamp": stamp(self.time),
            "Description": self.reason, "register_number": self.register_number,
        }  # fmt: skip

    @classmethod
    def read(cls, shape: Shape) -> "StatusNote":
        """Read a note; `MessageRefused` if it is not one."""
        note = cls(
            message_id=shape.text("message_id", 36),
            status=shape.convert("StatusCode", 2, Status),
            time=shape.moment("Timestamp"),
            reason=shape.text("Description", 500, least=0),
            register_number=shape.text("register_number", 20, least=0),
        )
        shape.done()
        return note
