"""init, serve, peer: an agency's office, and the others it knows."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from exchange.believing import held_to
from exchange.errors import OfficeError
from exchange.peers import Peer, read_card
from exchange.service import init_office, open_office, serve
from exchange.settings import Address, Settings, read_settings
from exchange.verbs import trusted
from exchange.verbs.call import Call, Outcome
from exchange.verbs.stopping import stopping
from pki.errors import TrustError, UsageError
from pki.files import read_whole, write_whole
from pki.words import N_, Sentence

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
            try:
                await asyncio.to_thread(held_to, call.home, read_settings(call.home / "settings.toml"))
            except (UsageError, TrustError) as error:
                warning = Sentence(N_("No document can be believed here yet: {why}"), {"why": error})
                yield Outcome({"warning": warning.said(call.translate)}, [warning])
        said.cancel()
        await serving


async def peer_card(call: Call) -> AsyncIterator[Outcome]:
    """Say what another office needs to know this one."""
    async with open_office(call.home) as office:
        card = (await office.card(call.options.url or "")).as_json()
    if call.options.output is not None:
        data = json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
        await asyncio.to_thread(write_whole, call.options.output, data, replace=call.options.force)
    yield Outcome(card, json.dumps(card, ensure_ascii=False, indent=1, sort_keys=True).split("\n"))


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
    shown = [f"{each['code']}  {each['name']}  {each['url']}  {each['fingerprint']}" for each in peers]
    none = Sentence(N_("This office knows no other yet. Add one's card: congvan peer add."))
    yield Outcome({"peers": peers}, shown or [none])


async def peer_remove(call: Call) -> AsyncIterator[Outcome]:
    """Forget a peer."""
    async with open_office(call.home) as office:
        if not await office.remove_peer(call.options.code):
            raise OfficeError("{code} is not among this office's peers.", code=call.options.code)
    facts = {"code": call.options.code, "removed": True}
    yield Outcome(facts, [Sentence(N_("{code} is no peer any more."), facts)])


def _peer(peer: Peer) -> dict[str, Any]:
    return {"code": peer.code, "name": peer.name, "url": peer.url, "fingerprint": str(peer.fingerprint)}
