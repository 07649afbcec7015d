"""What travels: answers and problem documents (RFC 9457) as JSON, read strictly, within limits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from exchange.admission import Incomplete
from exchange.errors import LogError, MessageRefused, MoveNotAllowed, OfficeError, OverQuota, PeerError
from exchange.inbox import Decision
from exchange.peers import Answer
from exchange.receipt import Reason
from exchange.shape import parse_object
from exchange.store.port import NoRoom
from pki.errors import CongvanError, Undetermined, UsageError

JSON = "application/json"
PROBLEM = "application/problem+json"
ENVELOPE = "application/jose+json"
RETRY_SECONDS = 30
"""What we say in Retry-After when we cannot answer yet."""

_LATER = frozenset({429, 503, 507})
_STATUS: tuple[tuple[type[CongvanError], int], ...] = (
    (Incomplete, 424),
    (MessageRefused, 400),
    (OverQuota, 429),
    (NoRoom, 507),
    (MoveNotAllowed, 409),
    (UsageError, 400),
    (PeerError, 403),
    (LogError, 503),
    (OfficeError, 503),
    (Undetermined, 503),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a JSON body, before they become a response."""

    status: int
    body: bytes
    media_type: str = JSON
    retry_after: int = 0


def decision_reply(decision: Decision) -> Reply:
    """Say what was decided: 200 with a receipt; 409 or 422 with a signed refusal."""
    answer = {"proof": decision.answer.proof.decode(), "receipt": decision.answer.receipt.decode()}
    if decision.event.positive:
        return Reply(200, _json({**answer, "duplicate": decision.repeated}))
    taken = any(each.reason is Reason.DUPLICATE_ID for each in decision.reasons)
    detail = "; ".join(each.detail for each in decision.reasons)
    return _problem(409 if taken else 422, MessageRefused.code, detail, answer)


def error_reply(error: CongvanError) -> Reply:
    """Say an error of ours as a problem document, with its stable code."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    return _problem(status, error.code, str(error), {})


def problem(status: int, code: str, detail: str) -> Reply:
    """Say a problem that is no error of the tree: a wrong path, a wrong method."""
    return _problem(status, code, detail, {})


def read_answer(body: bytes) -> Answer | None:
    """Return the answer in a body, or None if there is none; `MessageRefused` if it is not JSON at all."""
    shape = parse_object(body, "answer")
    if "receipt" not in shape.fields:
        return None
    receipt, proof = (shape.lines(name, len(body)) for name in ("receipt", "proof"))
    try:
        return Answer(receipt.encode(), proof.encode())
    except UnicodeError as error:  # JSON can write half a surrogate pair, and UTF-8 cannot
        raise MessageRefused("The answer is not text that UTF-8 can write.") from error


def read_problem(body: bytes) -> str:
    """Return what a problem document says, in one short line; anything may stand there."""
    try:
        fields = parse_object(body, "problem").fields
    except MessageRefused:
        return "no reason given"
    text = f"{fields.get('code', '')} {fields.get('detail', '')}".strip()[:300]
    return "".join(each if each.isprintable() else " " for each in text) or "no reason given"


def _problem(status: int, code: str, detail: str, more: Mapping[str, object]) -> Reply:
    body = {"type": f"urn:congvan:{code}", "status": status, "code": code, "detail": detail, **more}
    return Reply(status, _json(body), PROBLEM, RETRY_SECONDS if status in _LATER else 0)


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
