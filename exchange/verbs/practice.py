"""Practice hierarchies: made in SoftHSM tokens, and served on loopback."""

import asyncio
from collections.abc import AsyncIterator

from exchange.verbs.call import Call, Outcome
from exchange.verbs.stopping import stopping
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox, load_sandbox, make_sandbox
from pki.words import N_, Sentence


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
