"""What the arguments name: keys, anchors, policies, levels, images, numbers."""

import asyncio
import getpass
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from exchange.believing import held_to
from exchange.settings import read_settings
from exchange.verbs.call import Call
from pki.clock import VIETNAM
from pki.errors import UsageError
from pki.files import read_whole
from pki.identity import identify
from pki.pin import AskPin
from pki.pkcs11.manner import Manner
from pki.practice.sandbox import Sandbox, load_sandbox
from pki.token import Token
from pki.trust import Anchors
from pki.uri import KeyUri
from pki.words import N_, Sentence
from signer.document import DocumentNumber
from signer.findings import Code, ContentPolicy
from signer.level import Evidence, Level
from signer.policies.supplying import load
from signer.policy import Policy, Require, Revocation


def ask_pin(call: Call) -> AskPin:
    """Return what asks a person for a PIN on the terminal; nothing is shown while it is typed."""

    def ask(name: str) -> str:
        return getpass.getpass(Sentence(N_("PIN of {name}: "), {"name": name}).said(call.translate))

    return ask


def content(call: Call) -> ContentPolicy:
    """Return which findings refuse a document, by `--strict` and `--accept`."""
    accepted = frozenset(map(Code, call.options.accept or ()))
    return ContentPolicy(strict=call.options.strict, accepted=accepted)


def key(
    call: Call, part: Literal["person", "organisation"], policy: Policy
) -> AbstractAsyncContextManager[Token]:
    """Open the key of `--key`; its PIN is asked for on the terminal if the URI names no source.

    A token is sent no PIN for a certificate that may not sign as this part: nobody types it for nothing.
    """
    if call.options.key is None:
        raise UsageError(
            "No key is named.",
            hint="Name one with --key URI; with --begin and --finish the key can stay where it is.",
        )
    from pki.keys import open_key  # what opens keys loads HTTP; most verbs need none

    async def fit(certificate: bytes, chain: tuple[bytes, ...]) -> None:
        from signer.pades.credentials import check_signer

        await check_signer(certificate, chain, part, policy)

    return open_key(call.options.key, environment=environment(call), ask_pin=ask_pin(call), before_pin=fit)


def environment(call: Call) -> Mapping[str, str] | None:
    """Return the variables that the practice hierarchy's module needs; None lets the key's name decide."""
    practice = sandbox(call)
    return None if practice is None else practice.environment


def sandbox(call: Call) -> Sandbox | None:
    """Return the practice hierarchy that `--sandbox` or the key's own module-path names, if any."""
    if call.options.sandbox is not None:
        return load_sandbox(call.options.sandbox)
    name = getattr(call.options, "key", None)
    module = KeyUri.parse(Manner.parted(name)[0]).module_path if name else None
    folders = () if module is None else tuple(module.absolute().parents)[:2]
    return next((load_sandbox(folder) for folder in folders if (folder / "sandbox.json").is_file()), None)


def anchors(call: Call) -> Anchors:
    """Return the anchors, maybe none: of a policy file, `--trust`, the practice hierarchy or the office.

    The first of them that there is counts alone.
    """
    if (from_file := policy_file(call)) is not None:
        return from_file.anchors
    if call.options.trust:
        return Anchors.load(*call.options.trust)
    if (practice := sandbox(call)) is not None:
        return Anchors.load(practice.trust)
    folder = call.home / "trust"
    return Anchors.load(folder) if folder.is_dir() and any(folder.iterdir()) else Anchors(())


def policy(call: Call, *, sealing: bool = False) -> Policy:
    """Return the policy that the options ask for: `--policy`, or else `--trust` and `--revocation`."""
    options = call.options
    require: Require = getattr(options, "require", "any")
    at, offline = getattr(options, "at", None), getattr(options, "offline", False)
    private = getattr(options, "allow_private_addresses", False)
    if (from_file := policy_file(call)) is not None:
        private = private or from_file.allow_private_addresses
        return replace(from_file, require=require, at=at, offline=offline, allow_private_addresses=private)
    revocation: Revocation | None = options.revocation
    if revocation is None:
        # Practice keys may seal while nobody answers for them; a real key never.
        revocation = "accept-missing" if sealing and sandbox(call) is not None else "require"
    return Policy(
        anchors=anchors(call), revocation=revocation, require=require, at=at, offline=offline,
        allow_private_addresses=private,
    )  # fmt: skip


def policy_file(call: Call) -> Policy | None:
    """Return the policy of `--policy`, or else the one that the office's settings name; None without any.

    A policy file says all of it: `UsageError` where `--trust` or `--revocation` would say it too.
    """
    options = call.options
    name = getattr(options, "policy", None)
    if name is not None:
        if getattr(options, "trust", None) or getattr(options, "revocation", None):
            raise UsageError(
                "--policy says all that --trust and --revocation could say.",
                hint="Write into the policy file what you want besides, or leave --policy out.",
            )
        return load(name, policy_folder(call)).policy
    settings = call.home / "settings.toml"
    if sandbox(call) is not None or options.trust or options.revocation or not settings.is_file():
        return None
    office = read_settings(settings)
    return held_to(call.home, office) if office.policy else None


def policy_folder(call: Call) -> Path:
    """Return where a shipped policy looks for anchors: the practice hierarchy, or the office's `trust/`."""
    practice = sandbox(call)
    return call.home / "trust" if practice is None else practice.directory


def level(call: Call) -> Level:
    """Return the PAdES baseline level asked for."""
    return Level(call.options.level)


def evidence(call: Call, asked: Level | None = None) -> Evidence:
    """Return where the proof for the level comes from; the practice hierarchy's own TSA if none is named.

    The level is that of `--level`, unless another is `asked` for.
    """
    asked, tsa = asked or level(call), authorities(call, asked or level(call))
    if not tsa and asked.stamped:
        raise UsageError(
            "Level {level} needs a time-stamp authority.", hint="Name one with --tsa URL.", level=asked.value
        )
    believed = policy(call) if asked.stamped else None
    known = None if believed is None else believed.anchors
    return Evidence(
        tsa_url=tsa,
        rules=None if believed is None else believed.rules,
        # Without any root a time-stamp is taken unjudged, but nothing can be stored.
        anchors=known if known and (known.roots or asked.stored) else None,
        lower=getattr(call.options, "when_no_proof", "refuse") == "later",
        tsa_budget=budget(call),
    )


def budget(call: Call) -> int | None:
    """Return `--tsa-budget`, requests an hour to each time-stamp authority; None where none is given."""
    given: int | None = call.options.tsa_budget
    if given is not None and given < 1:
        raise UsageError("A budget of {count} requests allows nothing.", count=given)
    return given


def authorities(call: Call, asked: Level) -> tuple[str, ...]:
    """Return the time-stamp authorities of `--tsa`, else the practice hierarchy's own where one is needed."""
    tsa = tuple(call.options.tsa or ())
    if not tsa and asked.stamped and (practice := sandbox(call)) is not None:
        return (practice.tsa,)
    return tsa


async def shared_answers(call: Call, office: Path | None = None) -> None:
    """Share what issuers answer with other commands: in the person's cache, or in the office's own.

    `$CONGVAN_CACHE` names another folder for both; empty, it switches sharing off.
    """
    from pki.cache import cache_folder
    from pki.revocation import keep_in

    if office is not None and "CONGVAN_CACHE" not in call.environment:
        await keep_in(office / "cache")
    else:
        await keep_in(cache_folder(call.environment))


async def image(call: Call) -> bytes | None:
    """Return the bytes of `--image`."""
    path: Path | None = call.options.image
    return None if path is None else await asyncio.to_thread(read_whole, path)


def signer(token: Token) -> str:
    """Return the name in a token's certificate."""
    return identify(token.certificate).name


def number(call: Call, printed: str | None) -> DocumentNumber:
    """Return `--number`, `--symbol` (else the printed one) and `--date` (else today in Viet Nam)."""
    options = call.options
    symbol = options.symbol or printed
    if symbol is None:
        raise UsageError("The page prints no symbol.", hint="Give one with --symbol, for instance UBND-VP.")
    return DocumentNumber(
        number=options.number, symbol=symbol, date=options.date or datetime.now(VIETNAM).date()
    )
