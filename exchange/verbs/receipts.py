"""Examine a receipt file: whose it is, what it says, and whether that node really said it."""

import asyncio
import json
from pathlib import Path

from exchange.errors import MessageRefused
from exchange.jws import unverified, verify
from exchange.peers import Peer, is_card, read_card
from exchange.receipt import KIND, Receipt, read_receipt
from exchange.verbs.call import EXIT_NO, EXIT_UNKNOWN, EXIT_YES, Call, Outcome, error_facts
from pki.errors import CongvanError, UsageError
from pki.files import read_whole
from pki.words import N_, Sentence
from signer.report import Indication

SCHEMA = "congvan-receipt/1"
"""What is said of a receipt in JSON (docs/formats/receipt.md, `receipt.schema.json`)."""

_MAX_CARD_BYTES = 16_384


async def receipt_outcome(call: Call, path: Path, data: bytes) -> Outcome:
    """Believe a receipt if the node pinned by `--card` signed it; without a card its issuer stays unproven.

    The key is never taken from the receipt: anybody can sign with a key of their own and name any agency.
    """
    if is_card(data):
        raise UsageError(
            "{path} is an office's card: nobody signs it, and there is nothing to verify.",
            hint="Compare its fingerprint by telephone; with --card it verifies that office's receipts.",
            path=path,
        )
    try:
        claimed = read_receipt(unverified(data, KIND))
        pinned = await _pinned(call)
        # `verify` holds the header to this certificate; the payload must name the same.
        verify(data, KIND, claimed.issuer_certificate if pinned is None else pinned.certificate)
        if pinned is not None:
            _hold_to(pinned, claimed)
    except MessageRefused as error:
        return not_believed(call, path, error, SCHEMA)
    if pinned is None:
        reason = Sentence(
            N_("The receipt is whole, but who {issuer} is cannot be told from it."),
            {"issuer": claimed.issuer},
        )
        hint = Sentence(N_("Give the issuer's card with --card."))
        facts = _facts(path, claimed, Indication.INDETERMINATE, [reason.said(call.translate)])
        return Outcome(facts, [f"{path}:", reason, hint], EXIT_UNKNOWN)
    return Outcome(_facts(path, claimed, Indication.TOTAL_PASSED, []), _lines(path, claimed), EXIT_YES)


def not_believed(call: Call, path: Path, error: CongvanError, schema: str | None = None) -> Outcome:
    """Return the outcome for evidence that does not hold: an answer, not a failure of the command."""
    message = error_facts(error, call.translate)["message"]
    facts: dict[str, object] = {} if schema is None else {"schema": schema}
    facts |= {"file": str(path), "indication": Indication.TOTAL_FAILED.value, "reasons": [message]}
    return Outcome(facts, [f"{path}: {message}"], EXIT_NO)


async def _pinned(call: Call) -> Peer | None:
    if call.options.card is None:
        return None
    return read_card(await asyncio.to_thread(read_whole, call.options.card, _MAX_CARD_BYTES))


def _hold_to(pinned: Peer, claimed: Receipt) -> None:
    """Raise `MessageRefused` unless the card's office names itself: its key could name any other."""
    if (claimed.issuer, claimed.issuer_certificate) != (pinned.code, pinned.certificate):
        raise MessageRefused("The receipt names another issuer than {issuer}.", issuer=pinned.code)


def _facts(path: Path, receipt: Receipt, indication: Indication, reasons: list[str]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "file": str(path),
        "indication": indication.value,
        "reasons": reasons,
        "issuer": receipt.issuer,
        "sender": receipt.sender,
        "message_id": receipt.message_id,
        "event": receipt.event.value,
        "time": receipt.time.isoformat(),
        "parts": [str(part) for part in receipt.parts],
        "refusal": [{"code": each.reason.value, "detail": each.detail} for each in receipt.reasons],
    }


def _lines(path: Path, receipt: Receipt) -> list[Sentence | str]:
    facts = {
        "issuer": receipt.issuer,
        "sender": receipt.sender,
        "message": receipt.message_id,
        "time": receipt.time,
        "event": receipt.event.value,
    }
    said = (
        N_("{issuer} states: it filed message {message} of {sender} at {time}.")
        if receipt.event.positive
        else N_("{issuer} states: it refused message {message} of {sender} at {time} ({event}).")
    )
    lines: list[Sentence | str] = [f"{path}:", Sentence(said, facts)]
    lines += [f"  {part}" for part in receipt.parts]
    return [*lines, *(json.dumps(each.detail, ensure_ascii=False) for each in receipt.reasons)]
