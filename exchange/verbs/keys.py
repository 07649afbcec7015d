"""Tokens and practice hierarchies: what is here, what a key can do, a hierarchy to try things with."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from exchange.verbs import given
from exchange.verbs.call import Call, Outcome, stopping
from pki.errors import TokenNotFound
from pki.keys import check_key, list_tokens
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, load_sandbox, make_sandbox
from pki.uri import KeyUri
from pki.words import N_, Sentence

USUAL_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
)
"""Where Debian puts PKCS#11 modules; looked at when no --module names one."""


async def make(call: Call) -> AsyncIterator[Outcome]:
    """Make a practice hierarchy."""
    sandbox = await make_sandbox(call.options.directory, keys=call.options.keys)
    facts = {
        "directory": str(sandbox.directory),
        "trust": str(sandbox.trust),
        "signatory": sandbox.signatory,
        "agency": sandbox.agency,
        **_services(sandbox),
        "environment": dict(sandbox.environment),
    }
    said = [Sentence(N_("A practice hierarchy is in {directory}."), facts)]
    shown = [f"  {name}: {value}" for name, value in facts.items() if isinstance(value, str)]
    variables = [f"  {name}={value}" for name, value in sandbox.environment.items()]
    yield Outcome(facts, [*said, *shown, *variables])


async def serve(call: Call) -> AsyncIterator[Outcome]:
    """Answer for a practice hierarchy until a signal."""
    sandbox = await asyncio.to_thread(load_sandbox, call.options.directory)
    with stopping() as stop:
        async with serve_sandbox(call.options.directory):
            facts = _services(sandbox)
            yield Outcome(facts, [f"{name}: {url}" for name, url in facts.items()])
            await stop.wait()


def _services(sandbox: Sandbox) -> dict[str, str]:
    return {"tsa": sandbox.tsa, "ocsp": sandbox.ocsp, "crl": sandbox.crl}


async def tokens(call: Call) -> AsyncIterator[Outcome]:
    """List the tokens that modules see; a module that fails is told of, and the others go on."""
    practice = given.sandbox(call)
    environment = None if practice is None else practice.environment
    modules: Sequence[Path] = call.options.module or [
        path for text in USUAL_MODULES if (path := Path(text)).exists()
    ]
    if practice is not None and not call.options.module:
        modules = [module] if (module := KeyUri.parse(practice.signatory).module_path) else []
    if not modules:
        raise TokenNotFound("No PKCS#11 module was found.", hint="Name one with --module.")
    for module in modules:
        found = [asdict(each) for each in (await list_tokens(module, environment)).tokens]
        said = N_("{module}: {count} tokens")
        facts = {"module": str(module), "count": len(found), "tokens": found}
        shown = [
            Sentence(N_("  {label} ({manufacturer} {model}, serial {serial}); PIN tries left: {tries}"), each)
            for each in found
        ]
        yield Outcome(facts, [Sentence(said, facts), *shown])


async def check(call: Call) -> AsyncIterator[Outcome]:
    """Sign a trial text with a key and say what it is."""
    checked = await check_key(
        call.options.key, environment=given.environment(call), ask_pin=given.ask_pin(call)
    )
    facts = {
        "key": checked.name,
        "kind": checked.kind,
        "bits": checked.bits,
        "mechanism": checked.mechanism,
        "subject": checked.identity.name,
        "subject_kind": checked.identity.kind,
        "organisation": checked.identity.organisation,
        "not_before": checked.not_before.isoformat(),
        "not_after": checked.not_after.isoformat(),
        "days_left": checked.days_left(datetime.now(UTC)),
        "issuers_on_token": checked.issuers_on_token,
    }
    yield Outcome(facts, [
        Sentence(N_("{key} signs: {kind} {bits} bits by {mechanism}."), facts),
        Sentence(N_("The certificate is of {subject} ({subject_kind}), {organisation}."), facts),
        Sentence(N_("It expires in {days_left} days, on {not_after}."), facts),
    ])  # fmt: skip
