"""The clerk's work in an agency's office: make it, know its peers, send, receive, answer, prove."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from exchange.errors import LogError, OfficeError
from exchange.extending import Waiting
from exchange.office import Office
from exchange.peers import Peer, read_card
from exchange.sending import Attachment, Letter
from exchange.service import init_office, open_office, serve, trusting
from exchange.settings import Address, Settings, read_settings
from exchange.urgency import Urgency
from exchange.verbs import trusted
from exchange.verbs.call import Call, Outcome
from exchange.verbs.receipts import not_believed
from exchange.verbs.stopping import stopping
from exchange.verbs.words import word
from exchange.views import Delivery, InboxItem, OutboxItem
from pki.digest import Digest
from pki.files import check_writable, read_whole, write_whole
from pki.words import N_, Sentence
from signer.verifying import accept as believe_document

_MAX_CARD_BYTES = 16_384


async def init(call: Call) -> AsyncIterator[Outcome]:
    """Make an office in the home folder."""
    options = call.options
    settings = Settings(listen=Address.parse(options.listen), url=options.url or "")
    await init_office(
        call.home, options.agency, options.name, settings, organisation=options.organisation or ""
    )
    async with open_office(call.home) as office:
        facts = {
            "home": str(call.home),
            "agency": options.agency,
            "name": options.name,
            "log": str(office.log_key),
        }
    yield Outcome(facts, [
        Sentence(N_("The office of {name} ({agency}) is in {home}."), facts),
        Sentence(N_("Put the root certificates you trust into {home}/trust."), facts),
    ])  # fmt: skip


async def serve_office(call: Call) -> AsyncIterator[Outcome]:
    """Serve until a signal; the address is said as soon as connections are taken."""
    trusted.shared_answers(call, call.home)
    ready: asyncio.Queue[str] = asyncio.Queue()
    with stopping() as stop:
        serving = asyncio.create_task(serve(call.home, stop, ready=ready.put_nowait), name="serve")
        said = asyncio.create_task(ready.get())
        await asyncio.wait({serving, said}, return_when=asyncio.FIRST_COMPLETED)
        if said.done():
            facts = {"url": said.result()}
            yield Outcome(facts, [Sentence(N_("Listening at {url}"), facts)])
        said.cancel()
        await serving


# ------------------------------------------------------------ peers


async def peer_card(call: Call) -> AsyncIterator[Outcome]:
    """Say what another office needs to know this one."""
    async with open_office(call.home) as office:
        card = (await office.card(call.options.url or "")).as_json()
    if call.options.output is not None:
        data = json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
        await asyncio.to_thread(write_whole, call.options.output, data, replace=call.options.force)
    yield Outcome(card, [json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True)])


async def peer_add(call: Call) -> AsyncIterator[Outcome]:
    """Pin another office by its card."""
    card = read_card(await asyncio.to_thread(read_whole, call.options.card, _MAX_CARD_BYTES))
    async with open_office(call.home) as office:
        added = await office.add_peer(card, replace=call.options.force)
    said = (
        N_("{code} {name} is a peer now. Compare by telephone: {fingerprint}")
        if added
        else N_("{code} is known already.")
    )
    facts = {**_peer(card), "added": added}
    yield Outcome(facts, [Sentence(said, facts)])


async def peer_list(call: Call) -> AsyncIterator[Outcome]:
    """List the agencies we know."""
    async with open_office(call.home) as office:
        peers = [_peer(each) for each in await office.peers()]
    yield Outcome({"peers": peers}, [
        f"{each['code']}  {each['name']}  {each['url']}  {each['fingerprint']}" for each in peers
    ])  # fmt: skip


async def peer_remove(call: Call) -> AsyncIterator[Outcome]:
    """Forget a peer."""
    async with open_office(call.home) as office:
        if not await office.remove_peer(call.options.code):
            raise OfficeError("{code} is not among this office's peers.", code=call.options.code)
    facts = {"code": call.options.code, "removed": True}
    yield Outcome(facts, [Sentence(N_("{code} is no peer any more."), facts)])


def _peer(peer: Peer) -> dict[str, Any]:
    return {"code": peer.code, "name": peer.name, "url": peer.url, "fingerprint": str(peer.fingerprint)}


# ------------------------------------------------------------ what goes out, comes in


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
    yield Outcome(facts, [*(line for item in items for line in _sent(item)), *map(_waits, waiting)])


async def inbox(call: Call) -> AsyncIterator[Outcome]:
    """List what came in."""
    async with open_office(call.home) as office:
        items = await office.inbox(most=call.options.most)
    yield Outcome(
        {"inbox": [item.as_json() for item in items]}, [line for item in items for line in _arrived(item)]
    )


async def accept(call: Call) -> AsyncIterator[Outcome]:
    """Accept a document into the register (status 03), and save it where asked.

    With `--policy` it is examined by that policy once more before.
    """
    policy = trusted.policy(call) if call.options.policy else None
    if call.options.output is not None:
        await asyncio.to_thread(check_writable, call.options.output, replace=call.options.force)
    async with open_office(call.home) as office:
        if policy is not None:
            held = await office.received(call.options.id, sender=call.options.sender or "")
            pdf = await office.read_part(held.envelope.parts[0].digest)
            await believe_document(pdf, replace(policy, require="two-layer"))
        item = await office.accept(call.options.id, sender=call.options.sender or "")
        written = await _save(call, office, item)
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
        written = await _save(call, office, item)
        evidence = await office.evidence(call.options.id, sender=item.envelope.sender)
    if call.options.evidence is not None:
        await asyncio.to_thread(call.options.evidence.mkdir, parents=True, exist_ok=True)
        for each in evidence:
            for ending, data in (("receipt.json", each.receipt), ("tlog-proof", each.proof)):
                target = call.options.evidence / f"{each.recipient}-{each.id}.{ending}"
                await asyncio.to_thread(write_whole, target, data, replace=True)
                written.append(Sentence(N_("Written: {output}"), {"output": str(target)}))
    facts = {**item.as_json(), "evidence": [each.as_json() for each in evidence]}
    lines = _arrived(item) if isinstance(item, InboxItem) else _sent(item)
    lines += [f"  {each.time}  {each.event}  {each.id}" for each in evidence]
    yield Outcome(facts, [*lines, *written])


async def _save(call: Call, office: Office, item: InboxItem | OutboxItem) -> list[Sentence]:
    """Write the document and its attachments where asked; return what was written, in words."""
    options, (main, *others) = call.options, item.envelope.parts
    targets = {} if options.output is None else {options.output: main}
    if options.attachments is not None:
        await asyncio.to_thread(options.attachments.mkdir, parents=True, exist_ok=True)
        for position, part in enumerate(others, 1):
            targets[options.attachments / f"{position:02d}-{part.name}"] = part
    for target in targets:
        await asyncio.to_thread(check_writable, target, replace=options.force)
    for target, part in targets.items():
        data = await office.read_part(part.digest)
        await asyncio.to_thread(write_whole, target, data, replace=options.force)
    return [Sentence(N_("Written: {output}"), {"output": str(each)}) for each in targets]


def _waits(waiting: Waiting) -> Sentence:
    facts = {**waiting.as_json(), "reason": waiting.error or waiting.why}
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


def _head(item: InboxItem | OutboxItem) -> str:
    facts = item.as_json()
    return f"{facts['message_id']}  {facts['number']}/{facts['symbol']}  {facts['date']}  {facts['subject']}"


# ------------------------------------------------------------ audit


async def register(call: Call) -> AsyncIterator[Outcome]:
    """Show the register of a year, begin it where a paper book ended, or write out one of its documents."""
    options = call.options
    async with open_office(call.home) as office:
        if options.begin is not None:
            await office.begin_series(options.begin, options.series)
        lines = [line.as_json() for line in await office.register(options.year, options.series)]
        if options.output is not None:
            yield await _filed(call, office, lines)
            return
    shown = [
        Sentence(N_("{number:>6}/{symbol}  {date}  {state}"), {**each, "state": word(str(each["state"]))})
        for each in lines
    ]
    yield Outcome({"register": lines}, shown)


async def _filed(call: Call, office: Office, lines: list[dict[str, object]]) -> Outcome:
    """Write out the document that has a number, as it is sent: at the level that it has reached."""
    number, target = call.options.number, call.options.output
    document = next((str(each["document"]) for each in lines if each["number"] == number), "")
    if not document:
        raise OfficeError(
            "The register holds no document No. {number}.",
            hint="Name it with --number.",
            number=number or "-",
        )
    pdf = await office.newest(await office.read_part(Digest.parse(document)))
    await asyncio.to_thread(write_whole, target, pdf, replace=call.options.force)
    facts = {"number": number, "output": str(target)}
    return Outcome(facts, [Sentence(N_("Written: {output}"), facts)])


async def audit_verify(call: Call) -> AsyncIterator[Outcome]:
    """Recompute the whole log and compare it with its last signed checkpoint."""
    async with open_office(call.home) as office:
        try:
            seen = await office.check_log()
        except LogError as error:
            yield not_believed(call, call.home, error)
            return
        facts = {
            "log": seen.checkpoint.origin,
            "size": seen.checkpoint.size,
            "root": seen.checkpoint.root.hex(),
            "key": str(office.log_key),
            "signed_at": None if seen.signed_at is None else seen.signed_at.isoformat(),
        }
    yield Outcome(facts, [Sentence(N_("The log {log} holds: {size} entries, signed {signed_at}."), facts)])


async def audit_prove(call: Call) -> AsyncIterator[Outcome]:
    """Write the proof of one entry of our log: by its index, or the receipt of a message."""
    async with open_office(call.home) as office:
        proof = await _proof(office, call.options.what, call.options.sender or "")
        key = str(office.log_key)
    await asyncio.to_thread(write_whole, call.options.output, proof, replace=call.options.force)
    facts = {"output": str(call.options.output), "key": key}
    yield Outcome(
        facts, [Sentence(N_("Written: {output}"), facts), Sentence(N_("The log's public key: {key}"), facts)]
    )


async def _proof(office: Office, what: str, sender: str) -> bytes:
    if what.isascii() and what.isdigit():
        return await office.prove(int(what))
    evidence = [each for each in await office.evidence(what, sender=sender) if each.proof]
    if not evidence:
        raise OfficeError(
            "There is no evidence about {what} yet.", what=what, hint="Give a message id or an index."
        )
    return evidence[0].proof
