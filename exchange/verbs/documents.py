"""draft, sign, seal, renew: one document, inside one agency."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from exchange.verbs import given, trusted
from exchange.verbs.batch import each_written
from exchange.verbs.call import Call, Outcome
from exchange.verbs.findings import told, warned
from exchange.verbs.levels import QUEUED, reached
from exchange.verbs.words import word
from pki.errors import UsageError
from pki.words import N_, Sentence
from signer.apart.asking import get_ready
from signer.apart.drafting import MakeDraft, draft_apart
from signer.apart.inspecting import InspectContent
from signer.apart.requests import Examine, ReadForm
from signer.document import Draft, Signed
from signer.level import Level, Short
from signer.page import Place

if TYPE_CHECKING:
    from exchange.issuing import Seal


async def draft_files(call: Call) -> AsyncIterator[Outcome]:
    """Make PDFs ready to be signed."""
    get_ready(MakeDraft)
    places = {
        name: Place.parse(text)
        for name in ("number", "date", "sign", "seal")
        if (text := getattr(call.options, f"{name}_at")) is not None
    }

    content = given.content(call)

    async def make(pdf: bytes) -> tuple[bytes, Outcome]:
        drafted = await draft_apart(pdf, places, content)
        found = {name: {"place": str(place), "found": place.found} for name, place in drafted.places.items()}
        facts = {
            "stage": "draft",
            "places": found,
            "printed": dict(drafted.printed),
            "notes": [note.said(call.translate) for note in drafted.notes],
            "findings": told(drafted.findings, call),
        }
        lines: list[Sentence | str] = [
            Sentence(
                N_("  {name}: {place} ({how})"), {"name": name, "place": place, "how": word(place.found)}
            )
            for name, place in drafted.places.items()
        ]
        return drafted.pdf, Outcome(facts, [*lines, *drafted.notes, *warned(drafted.findings)])

    async for outcome in each_written(call, make):
        yield outcome


async def sign_files(call: Call) -> AsyncIterator[Outcome]:
    """Set layer 1 with one opening of the key, however many files there are."""
    get_ready(ReadForm)
    get_ready(InspectContent)
    from exchange.verbs import splitting
    from signer.signing import sign

    if splitting.asked(call):
        async for outcome in splitting.sign_split(call):
            yield outcome
        return
    trusted.shared_answers(call)
    image, level, evidence = await given.image(call), given.level(call), given.evidence(call)
    policy, content = trusted.policy(call, sealing=True), given.content(call)
    async with given.key(call, "person", policy) as token:
        facts = {"stage": "signed", "signer": given.signer(token), "level": level.value.upper()}

        async def make(pdf: bytes) -> tuple[bytes, Outcome]:
            signed = await sign(
                Draft(pdf=pdf),
                token,
                image=image,
                level=level,
                evidence=evidence,
                policy=policy,
                content=content,
            )
            said = Sentence(N_("Layer 1 signed by {signer}, level {level}."), _at_level(facts, signed.short))
            outcome = Outcome(
                {**facts, "findings": told(signed.findings, call)}, [*warned(signed.findings), said]
            )
            return signed.pdf, reached(outcome, signed.short, call)

        async for outcome in each_written(call, make):
            yield outcome


async def seal_files(call: Call) -> AsyncIterator[Outcome]:
    """Set layer 2: with the given number, or else each file with the next of the office's register."""
    get_ready(ReadForm)
    get_ready(InspectContent)
    from exchange.issuing import Seal
    from exchange.verbs import splitting

    options = call.options
    if splitting.asked(call):
        async for outcome in splitting.seal_split(call):
            yield outcome
        return
    if options.number is not None and len(options.files) > 1:
        raise UsageError(
            "One number cannot be given to {count} documents.",
            hint="Seal them one by one, or inside an office, where the register hands out the numbers.",
            count=len(options.files),
        )
    trusted.shared_answers(call)
    policy = trusted.policy(call, sealing=True)
    image, level, evidence = await given.image(call), given.level(call), given.evidence(call)
    async with given.key(call, "organisation", policy) as token:
        seal = Seal(
            token=token,
            policy=policy,
            image=image,
            level=level,
            evidence=evidence,
            content=given.content(call),
        )
        seals = _with_number(call, seal) if options.number is not None else _from_register(call, seal)
        async for outcome in seals:
            yield outcome


async def _with_number(call: Call, seal: "Seal") -> AsyncIterator[Outcome]:
    from signer.numbering import symbol_of

    async def make(pdf: bytes) -> tuple[bytes, Outcome]:
        signed = Signed(pdf=pdf)
        chosen = given.number(call, await symbol_of(signed))
        sealed = await seal.set_on(signed, chosen)
        outcome = _sealed(seal, chosen.printed_number, chosen.symbol, chosen.date)
        return sealed.pdf, reached(outcome, sealed.short, call)

    async for outcome in each_written(call, make):
        yield outcome


async def _from_register(call: Call, seal: "Seal") -> AsyncIterator[Outcome]:
    from exchange.issuing import issue
    from exchange.service import open_office

    options = call.options
    if not call.home.is_dir():
        raise UsageError(
            "No number is given, and there is no office in {home} whose register would give one.",
            hint="Give --number, or make an office: congvan init.",
            home=call.home,
        )
    async with open_office(call.home) as office:

        async def make(pdf: bytes) -> tuple[bytes, Outcome]:
            sealed, filed = await issue(
                office, Signed(pdf=pdf), seal, symbol=options.symbol, day=options.date, series=options.series
            )
            outcome = _sealed(seal, filed.number, filed.symbol, filed.date)
            return sealed.pdf, reached(outcome, sealed.short, call, QUEUED)

        async for outcome in each_written(call, make):
            yield outcome


def _at_level(facts: Mapping[str, object], short: Short | None) -> dict[str, object]:
    return dict(facts) if short is None else {**facts, "level": short.reached.said}


def _sealed(seal: "Seal", number: str, symbol: str, day: date) -> Outcome:
    facts = {
        "stage": "sealed",
        "signer": given.signer(seal.token),
        "number": number,
        "symbol": symbol,
        "date": day.isoformat(),
        "level": seal.level.value.upper(),
    }
    said = {**facts, "date": day}
    return Outcome(facts, [Sentence(N_("No. {number}/{symbol} of {date}, sealed by {signer}."), said)])


async def renew_files(call: Call) -> AsyncIterator[Outcome]:
    """Give documents their next time-stamp over all that is in them."""
    from signer.renewing import renew

    get_ready(Examine)
    trusted.shared_answers(call)
    policy, evidence = trusted.policy(call), given.evidence(call, Level.B_LTA)

    async def make(pdf: bytes) -> tuple[bytes, Outcome]:
        renewed = await renew(pdf, evidence, policy, digest=call.options.digest)
        newest = renewed.report.timestamps[-1].best_signature_time
        facts = {
            "stage": "renewed",
            "time": newest.isoformat() if newest else None,
            "digest": call.options.digest,
            "indication": renewed.report.indication.value,
        }
        line = Sentence(N_("Stamped again at {time}, by {digest}."), {**facts, "time": newest})
        said = Outcome(facts, [line])
        return renewed.pdf, reached(said, renewed.short, call)

    async for outcome in each_written(call, make):
        yield outcome
