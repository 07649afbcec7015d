"""What the arguments of verbs that sign name: keys, levels, images, numbers."""

import asyncio
import atexit
import contextlib
import getpass
import os
import resource
import termios
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Literal

from exchange.verbs import trusted
from exchange.verbs.call import Call
from pki.clock import VIETNAM
from pki.errors import UsageError
from pki.files import read_whole
from pki.identity import identify
from pki.pin import AskPin
from pki.token import Token
from pki.words import N_, Sentence
from signer.errors import DocumentError
from signer.findings import Code, ContentPolicy
from signer.level import Evidence, Level
from signer.number import DocumentNumber
from signer.policy import Policy


def ask_pin(call: Call) -> AskPin:
    """Return what asks a person for a PIN on the terminal; nothing is shown while it is typed."""

    def ask(name: str) -> str:
        _show_again_at_the_end()
        try:
            return getpass.getpass(Sentence(N_("PIN of {name}: "), {"name": name}).said(call.translate))
        except EOFError:
            return ""

    return ask


def _show_again_at_the_end() -> None:
    """See to it that the terminal shows again what is typed, also where the command is broken off."""
    with contextlib.suppress(OSError, termios.error):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        atexit.register(termios.tcsetattr, terminal, termios.TCSADRAIN, termios.tcgetattr(terminal))


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
    from pki.keys import open_key  # loads what speaks to tokens; most verbs need none

    async def fit(certificate: bytes, chain: tuple[bytes, ...]) -> None:
        from signer.pades.credentials import check_signer

        await check_signer(certificate, chain, part, policy)

    # The PIN is in this process's memory for a moment: no core file shall keep it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    return open_key(call.options.key, environment=environment(call), ask_pin=ask_pin(call), before_pin=fit)


def environment(call: Call) -> Mapping[str, str] | None:
    """Return the variables that the practice hierarchy's module needs; None lets the key's name decide."""
    practice = trusted.sandbox(call)
    return None if practice is None else practice.environment


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
            "Level {level} needs a time-stamp authority.", hint="Name one with --tsa URL.", level=asked.said
        )
    believed = trusted.policy(call) if asked.stamped else None
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
    if not tsa and asked.stamped and (practice := trusted.sandbox(call)) is not None:
        return (practice.tsa,)
    return tsa


async def image(call: Call) -> bytes | None:
    """Return the bytes of `--image`; `UsageError` if it is no picture of a signature or seal."""
    path: Path | None = call.options.image
    if path is None:
        return None
    from signer.appearance import read_picture  # loads what decodes PNG

    data = await asyncio.to_thread(read_whole, path)
    try:
        await asyncio.to_thread(read_picture, data)
    except DocumentError as error:
        raise UsageError("{path} cannot be used as a picture: {why}", path=path, why=error) from error
    return data


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
