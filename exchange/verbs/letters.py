"""send, outbox, inbox, accept, refuse, assign, finish, status: the clerk's letters, out and in."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

from exchange.envelope import Part
from exchange.extending import Waiting
from exchange.moment import moment
from exchange.office import Office
from exchange.sending import Attachment, Letter
from exchange.service import open_office, trusting
from exchange.settings import read_settings
from exchange.urgency import Urgency
from exchange.verbs import trusted
from exchange.verbs.call import Call, Outcome
from exchange.verbs.words import word
from exchange.views import Delivery, Evidence, InboxItem, OutboxItem
from pki.files import check_writable, make_folder, read_whole, write_whole
from pki.words import N_, Sentence, day
from signer.verifying import accept as believe_document


async def send(call: Call) -> AsyncIterator[Outcome]:
    """Queue a sealed document for its recipients; it is believed first, as its recipients will."""
    from exchange.issuing import check_level, file_believed  # loads pyHanko

    options = call.options
    pdf = await asyncio.to_thread(read_whole, options.file)
    attachments = [await asyncio.to_thread(_attachment, path) for path in options.attach or ()]
    believe = trusting(call.home / "trust", read_settings(call.home / "settings.toml"))
    async with open_office(call.home) as office:
        document = await believe(await office.newest(pdf))
        filed = await file_believed(office, document)
        if not options.as_it_is:
            check_level(office, document)
        letter = Letter(
            subject=options.subject or f"{filed.number}/{filed.symbol}",
            urgency=Urgency.of(options.urgency),
            file_name=options.file.name,
            attachments=tuple(attachments),
        )
        item = await office.send(filed.digest, options.to, letter, as_it_is=options.as_it_is)
    said = Sentence(
        N_("Message {id} is queued for {to}."),
        {"id": item.envelope.message_id, "to": ", ".join(item.envelope.recipients)},
    )
    yield Outcome(item.as_json(), [said])


def _attachment(path: Path) -> Attachment:
    kind = "application/pdf" if path.suffix.lower() == ".pdf" else "application/octet-stream"
    return Attachment(path.name, kind, read_whole(path))


async def outbox(call: Call) -> AsyncIterator[Outcome]:
    """List what was sent and how far it has come."""
    async with open_office(call.home) as office:
        items = await office.outbox(most=call.options.most)
        waiting = await office.waiting()
    facts = {
        "outbox": [item.as_json() for item in items],
        "waiting_for_level": [each.as_json() for each in waiting],
    }
    lines = [*(line for item in items for line in _sent(item)), *map(_waits, waiting)]
    yield Outcome(facts, lines or [Sentence(N_("Nothing was sent from this office yet."))])


async def inbox(call: Call) -> AsyncIterator[Outcome]:
    """List what came in."""
    async with open_office(call.home) as office:
        items = await office.inbox(most=call.options.most)
    lines = [line for item in items for line in _arrived(item)]
    facts = {"inbox": [item.as_json() for item in items]}
    yield Outcome(facts, lines or [Sentence(N_("Nothing came in at this office yet."))])


async def accept(call: Call) -> AsyncIterator[Outcome]:
    """Accept a document into the register (status 03), and save it where asked.

    With `--policy` it is examined by that policy once more before.
    """
    policy = trusted.policy(call) if call.options.policy else None
    async with open_office(call.home) as office:
        held = await office.received(call.options.id, sender=call.options.sender or "")
        targets = await asyncio.to_thread(_targets, call, held)  # it is not accepted in vain
        if policy is not None:
            pdf = await office.read_part(held.envelope.parts[0].digest)
            await believe_document(pdf, replace(policy, require="two-layer"))
        item = await office.accept(call.options.id, sender=call.options.sender or "")
        written = await _save(call, office, targets)
    facts = item.as_json()
    said = Sentence(N_("Accepted as No. {arrival_number}; the sender is told."), facts)
    yield Outcome(facts, [said, *_carried(item), *written])


async def refuse(call: Call) -> AsyncIterator[Outcome]:
    """Send a document back with a reason (status 02)."""
    async with open_office(call.home) as office:
        item = await office.refuse(call.options.id, call.options.reason, sender=call.options.sender or "")
    facts = item.as_json()
    yield Outcome(facts, [Sentence(N_("Refused: {reason}; the sender is told."), facts)])


async def assign(call: Call) -> AsyncIterator[Outcome]:
    """Say that somebody is to handle a document (status 04)."""
    async with open_office(call.home) as office:
        sender, note = call.options.sender or "", call.options.note or ""
        item = await office.assign(call.options.id, note=note, sender=sender)
    yield Outcome(item.as_json(), [*_arrived(item)])


async def finish(call: Call) -> AsyncIterator[Outcome]:
    """Say that a document has been dealt with (status 06)."""
    async with open_office(call.home) as office:
        sender, note = call.options.sender or "", call.options.note or ""
        item = await office.finish(call.options.id, note=note, sender=sender)
    yield Outcome(item.as_json(), [*_arrived(item)])


async def status(call: Call) -> AsyncIterator[Outcome]:
    """Say where a document stands, and save its evidence where asked."""
    async with open_office(call.home) as office:
        sender = call.options.sender or ""
        item = await office.status(call.options.id, sender=sender)
        written = await _save(call, office, await asyncio.to_thread(_targets, call, item))
        evidence = await office.evidence(call.options.id, sender=item.envelope.sender)
    if call.options.evidence is not None:
        await asyncio.to_thread(make_folder, call.options.evidence)
        for each in evidence:
            for ending, data in (("receipt.json", each.receipt), ("tlog-proof", each.proof)):
                target = call.options.evidence / f"{each.recipient}-{each.id}.{ending}"
                await asyncio.to_thread(write_whole, target, data, replace=True)
                written.append(Sentence(N_("Written: {output}"), {"output": str(target)}))
    facts = {**item.as_json(), "evidence": [each.as_json() for each in evidence]}
    lines = _arrived(item) if isinstance(item, InboxItem) else _sent(item)
    lines += map(_evidence, evidence)
    yield Outcome(facts, [*lines, *written])


def _targets(call: Call, item: InboxItem | OutboxItem) -> dict[Path, Part]:
    """Return where the document and its attachments are to be written; `UsageError` where they cannot be."""
    options, (main, *others) = call.options, item.envelope.parts
    targets = {} if options.output is None else {options.output: main}
    if options.attachments is not None:
        make_folder(options.attachments)
        for position, part in enumerate(others, 1):
            targets[options.attachments / f"{position:02d}-{part.name}"] = part
    for target in targets:
        check_writable(target, replace=options.force)
    return targets


async def _save(call: Call, office: Office, targets: Mapping[Path, Part]) -> list[Sentence]:
    """Write files of a message; return what was written, in words."""
    for target, part in targets.items():
        data = await office.read_part(part.digest)
        await asyncio.to_thread(write_whole, target, data, replace=call.options.force)
    return [Sentence(N_("Written: {output}"), {"output": str(each)}) for each in targets]


def _evidence(each: Evidence) -> Sentence:
    facts = {"time": moment(each.time), "code": each.recipient, "id": each.id}
    said = (
        N_("  {time}  receipt of {code}, {id}") if each.positive else N_("  {time}  refusal of {code}, {id}")
    )
    return Sentence(said, facts)


def _waits(waiting: Waiting) -> Sentence:
    facts = {**waiting.as_json(), "date": day(waiting.date), "reason": waiting.error or waiting.why}
    return Sentence(
        N_(
            "No. {number}/{symbol} of {date} is at {level} and waits for {asked}; tries: {attempts}. {reason}"
        ),
        facts,
    )


def _sent(item: OutboxItem) -> list[Sentence | str]:
    return [_head(item), *_carried(item), *map(_delivered, item.deliveries)]


def _delivered(delivery: Delivery) -> Sentence:
    facts = {
        "to": delivery.recipient,
        "state": word(delivery.status or delivery.state),
        "number": delivery.arrival_number,
        "why": delivery.reason or delivery.error,
    }
    if facts["why"]:
        return Sentence(N_("  → {to}: {state}: {why}"), facts)
    said = N_("  → {to}: {state} (No. {number})") if delivery.arrival_number else N_("  → {to}: {state}")
    return Sentence(said, facts)


def _arrived(item: InboxItem) -> list[Sentence | str]:
    facts = {
        "sender": f"{item.envelope.sender} {item.envelope.sender_name}",
        "state": word(item.status),
        "number": item.arrival_number,
        "why": item.reason,
    }
    head = [_head(item), *_carried(item)]
    if item.reason:
        return [*head, Sentence(N_("  ← {sender}: {state}: {why}"), facts)]
    said = N_("  ← {sender}: {state} (No. {number})") if item.arrival_number else N_("  ← {sender}: {state}")
    return [*head, Sentence(said, facts)]


def _carried(item: InboxItem | OutboxItem) -> list[Sentence | str]:
    """Say what the envelope tells beside the document: how urgent it is, and what goes with it."""
    envelope = item.envelope
    lines: list[Sentence | str] = []
    if envelope.urgency is not Urgency.THUONG:
        lines.append(Sentence(N_("  urgency: {urgency}"), {"urgency": word(envelope.urgency.word)}))
    for part in envelope.parts[1:]:
        facts = {"name": part.name, "size": part.size}
        lines.append(Sentence(N_("  attached: {name} ({size} bytes)"), facts))
    return lines


def _head(item: InboxItem | OutboxItem) -> Sentence:
    facts = item.as_json()
    facts["date"] = day(str(facts["date"] or ""))
    return Sentence("{message_id}  {number}/{symbol}  {date}  {subject}", facts)
