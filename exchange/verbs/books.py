"""register, audit: what the office's books say, and whether they hold."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from exchange.errors import LogError, OfficeError
from exchange.office import Office
from exchange.service import open_office
from exchange.verbs.call import Call, Outcome
from exchange.verbs.receipts import not_believed
from exchange.verbs.words import word
from pki.digest import Digest
from pki.errors import UsageError
from pki.files import write_whole
from pki.words import N_, Sentence, day
from signer.report import Indication


async def register(call: Call) -> AsyncIterator[Outcome]:
    """Show the register of a year, begin it where a paper book ended, or write out one of its documents."""
    options = call.options
    if (options.number is None) is not (options.output is None):
        raise UsageError("--number names the document that is written out, and -o where to: give both.")
    async with open_office(call.home) as office:
        if options.begin is not None:
            await office.begin_series(options.begin, options.series)
        lines = [line.as_json() for line in await office.register(options.year, options.series)]
        if options.output is not None:
            yield await _filed(call, office, lines)
            return
    shown = [Sentence(N_("{number:>6}/{symbol}  {date}  {state}"), _shown(each)) for each in lines]
    yield Outcome({"register": lines}, shown or [Sentence(N_("The register holds no number of that year."))])


def _shown(line: Mapping[str, object]) -> dict[str, object]:
    return {**line, "date": day(str(line["date"] or "")), "state": word(str(line["state"]))}


async def _filed(call: Call, office: Office, lines: list[dict[str, object]]) -> Outcome:
    """Write out the document that has a number, as it is sent: at the level that it has reached."""
    number, target = call.options.number, call.options.output
    document = next((str(each["document"]) for each in lines if each["number"] == number), "")
    if not document:
        raise OfficeError(
            "The register holds no document No. {number}.",
            hint="See which it holds: congvan register; another year or series: --year, --series.",
            number=number,
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
            "file": str(call.home),
            "indication": Indication.TOTAL_PASSED.value,
            "reasons": [],
            "log": seen.checkpoint.origin,
            "size": seen.checkpoint.size,
            "root": seen.checkpoint.root.hex(),
            "key": str(office.log_key),
            "signed_at": None if seen.signed_at is None else seen.signed_at.isoformat(),
        }
    said = {**facts, "signed_at": seen.signed_at}
    yield Outcome(facts, [Sentence(N_("The log {log} holds: {size} entries, signed {signed_at}."), said)])


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
