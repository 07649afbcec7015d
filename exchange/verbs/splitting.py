"""sign and seal in two halves, with a key that stays where it is: `--begin STATE`, then `--finish STATE`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

from exchange.verbs import given, trusted
from exchange.verbs.batch import each_written
from exchange.verbs.call import Call, Outcome
from exchange.verbs.findings import told, warned
from exchange.verbs.levels import reached
from pki.errors import UsageError
from pki.files import read_whole, write_whole
from pki.identity import identify
from pki.trust import read_certificates
from pki.words import N_, Sentence
from signer.document import Draft, Signed
from signer.level import Short
from signer.numbering import give_number, symbol_of
from signer.pending import MAX_STATE_BYTES, Pending, spent
from signer.splitting import Begun, begin_sealing, begin_signing, finish_sealing, finish_signing

_MAX_VALUE_BYTES = 64 << 10

Begin = Callable[[bytes, bytes, tuple[bytes, ...]], Awaitable[Begun]]
Finish = Callable[[bytes, bytes, bytes, Pending], Awaitable[tuple[bytes, Outcome]]]


def asked(call: Call) -> bool:
    """Tell whether the call is one half of a split signature. Raises `UsageError` for a half-said one."""
    options = call.options
    begin, finish = options.begin is not None, options.finish is not None
    if not begin and not finish:
        if options.certificate or options.signature:
            raise UsageError("--certificate goes with --begin, --signature with --finish.")
        return False
    if begin and finish:
        raise UsageError("--begin and --finish are two commands: the signature is made between them.")
    if options.key is not None:
        raise UsageError("--key names a key that is here; --begin and --finish are for one that is not.")
    if begin and not options.certificate:
        raise UsageError("--begin needs the certificate of the key.", hint="Name it with --certificate PEM.")
    if finish and options.signature is None:
        raise UsageError("--finish needs the signature value.", hint="Name its file with --signature VALUE.")
    if len(options.files) > 1:
        raise UsageError("One state is for one document.", hint="Begin and finish file by file.")
    _check_apart(options.begin or options.finish, (*options.files, options.output, options.signature))
    return True


def _check_apart(state: Path, others: Iterable[Path | None]) -> None:
    """Refuse a state that is another file of the same command: one would be written over the other."""
    if any(other is not None and other.absolute() == state.absolute() for other in others):
        raise UsageError("{path} cannot be the state and another file at once.", path=state)


async def sign_split(call: Call) -> AsyncIterator[Outcome]:
    """Begin or finish layer 1."""

    async def begin(pdf: bytes, certificate: bytes, chain: tuple[bytes, ...]) -> Begun:
        image, level, evidence = await given.image(call), given.level(call), given.evidence(call)
        return await begin_signing(
            Draft(pdf=pdf),
            certificate,
            chain,
            image=image,
            level=level,
            evidence=evidence,
            policy=trusted.policy(call, sealing=True),
            content=given.content(call),
        )

    async def finish(pdf: bytes, state: bytes, value: bytes, pending: Pending) -> tuple[bytes, Outcome]:
        evidence = given.evidence(call, pending.level)
        signed = await finish_signing(Draft(pdf=pdf), state, value, evidence=evidence)
        facts = {"stage": "signed", **_signer(pending, signed.short)}
        said = Sentence(N_("Layer 1 signed by {signer}, level {level}."), facts)
        return signed.pdf, reached(Outcome(facts, [said]), signed.short, call)

    async for outcome in _halves(call, begin, finish):
        yield outcome


async def seal_split(call: Call) -> AsyncIterator[Outcome]:
    """Begin or finish layer 2."""
    policy = trusted.policy(call, sealing=True)

    async def begin(pdf: bytes, certificate: bytes, chain: tuple[bytes, ...]) -> Begun:
        if call.options.number is None:
            raise UsageError(
                "A seal whose key is elsewhere takes no number from the register.",
                hint="Give the number with --number.",
            )
        signed = Signed(pdf=pdf)
        chosen = given.number(call, await symbol_of(signed))
        numbered = await give_number(signed, chosen)
        image, level, evidence = await given.image(call), given.level(call), given.evidence(call)
        return await begin_sealing(
            numbered,
            certificate,
            chain,
            image=image,
            level=level,
            evidence=evidence,
            policy=policy,
            content=given.content(call),
        )

    async def finish(pdf: bytes, state: bytes, value: bytes, pending: Pending) -> tuple[bytes, Outcome]:
        evidence = given.evidence(call, pending.level)
        sealed = await finish_sealing(Signed(pdf=pdf), state, value, evidence=evidence, policy=policy)
        facts = {
            "stage": "sealed",
            **_signer(pending, sealed.short),
            "number": sealed.number.printed_number,
            "symbol": sealed.number.symbol,
            "date": sealed.number.date.isoformat(),
        }
        line = {**facts, "date": sealed.number.date}
        said = Sentence(N_("No. {number}/{symbol} of {date}, sealed by {signer}."), line)
        return sealed.pdf, reached(Outcome(facts, [said]), sealed.short, call)

    async for outcome in _halves(call, begin, finish):
        yield outcome


def _halves(call: Call, begin: Begin, finish: Finish) -> AsyncIterator[Outcome]:
    return _begun(call, begin) if call.options.begin is not None else _finished(call, finish)


async def _begun(call: Call, begin: Begin) -> AsyncIterator[Outcome]:
    path: Path = call.options.begin
    if path.exists() and not call.options.force:
        raise UsageError(
            "{path} exists already.", hint="Choose another name, or say --force to replace it.", path=path
        )
    certificate, *chain = await asyncio.to_thread(read_certificates, *call.options.certificate)
    chain += trusted.anchors(call).intermediates

    async def make(pdf: bytes) -> tuple[bytes, Outcome]:
        begun = await begin(pdf, certificate, tuple(chain))
        # The state first: bytes to sign without a state would have somebody sign for nothing.
        await asyncio.to_thread(write_whole, path, begun.state, mode=0o600, replace=call.options.force)
        pending = Pending.read(begun.state)
        facts = {
            "stage": "begun",
            **_signer(pending),
            "state": str(path),
            "digest": str(begun.digest),
            "issuers": len(pending.chain),
            "findings": told(begun.findings, call),
        }
        lines: list[Sentence | str] = [
            *warned(begun.findings),
            Sentence(N_("Begun for {signer}, level {level}; kept in {state}."), facts),
            Sentence(N_("To be signed with SHA-256 and brought back with --finish; digest {digest}."), facts),
        ]
        if not pending.chain:
            lines.append(
                Sentence(N_("No issuer's certificate was given; whoever verifies must have it."), {})
            )
        return begun.to_sign, Outcome(facts, lines)

    async for outcome in each_written(call, make):
        yield outcome


async def _finished(call: Call, finish: Finish) -> AsyncIterator[Outcome]:
    options = call.options
    state = await asyncio.to_thread(read_whole, options.finish, MAX_STATE_BYTES)
    value = await asyncio.to_thread(read_whole, options.signature, _MAX_VALUE_BYTES)
    pending = Pending.read(state)
    results: list[bytes] = []

    async def make(pdf: bytes) -> tuple[bytes, Outcome]:
        result, outcome = await finish(pdf, state, value, pending)
        results.append(result)
        return result, outcome

    async for outcome in each_written(call, make):
        # The result is on disk: from here on the state says so, and makes no second document.
        used = await asyncio.to_thread(spent, state, results[-1])
        await asyncio.to_thread(write_whole, options.finish, used, mode=0o600, replace=True)
        yield outcome


def _signer(pending: Pending, short: Short | None = None) -> dict[str, str]:
    level = pending.level if short is None else short.reached
    return {"signer": identify(pending.certificate).name, "level": level.said}
