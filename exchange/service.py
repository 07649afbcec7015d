"""The composition root: make an office, open it with its adapters, serve it until told to stop."""

import asyncio
import contextlib
import fcntl
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from exchange import care
from exchange.admission import Believe, Quota
from exchange.delivering import Delivering
from exchange.errors import OfficeError
from exchange.extending import Extend, Extending, Wanted
from exchange.handling import Handling
from exchange.http.app import listening
from exchange.http.client import open_courier
from exchange.inbox import Desk, Inbox
from exchange.journal import Journal
from exchange.locale import language_of, translator
from exchange.moment import stamp
from exchange.node import Node, load_node, make_node
from exchange.notes import Notes
from exchange.office import Identity, Office, Rooms
from exchange.outbox import Outbox
from exchange.peers import Courier
from exchange.receipt import Issuer
from exchange.register import Register
from exchange.sending import Sending
from exchange.settings import AgencyCode, Settings, agency_name, read_settings, web_address
from exchange.store.blobs import Blobs
from exchange.store.ledger import StoreLedger
from exchange.store.port import Store, StoreUnavailable
from exchange.store.sqlite import create_database, open_database
from pki.clock import Clock, SystemClock
from pki.errors import TrustError, Undetermined, UsageError
from pki.files import make_folder, sync_folder, unwritable, why, write_whole
from signer.document import Verified
from signer.policy import Policy

logger = logging.getLogger(__name__)
_TIDY_EVERY = 3600.0  # seconds
_DATABASE = "office.db"


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency and the unique name of its log."""

    code: AgencyCode
    name: str
    origin: str
    organisation: str = ""


async def init_office(
    home: Path, code: str, name: str, settings: Settings | None = None, *, clock: Clock | None = None,
    organisation: str = "",
) -> None:  # fmt: skip
    """Make an office in the folder `home` (0700): keys, database, an empty log, settings and `trust/`.

    `organisation` is the name or identifier in the agency's seal certificate, where it is not the agency's
    name or code. The folder appears whole or not at all. `OfficeError` if it holds something already,
    `UsageError` for a code or name that is none.
    """
    clock, settings = clock or SystemClock(), settings or Settings()
    origin = f"congvan.invalid/{code}/{os.urandom(4).hex()}"  # a second office of one agency is another log
    shown = agency_name(organisation) if organisation else ""
    agency = Agency(AgencyCode(code), agency_name(name), origin, shown)
    if settings.url:
        web_address(settings.url)
    await asyncio.to_thread(_refuse_used, home)
    with unwritable(home), tempfile.TemporaryDirectory(dir=home.parent, prefix=".congvan-init-") as making:
        folder = Path(making) / "office"
        await asyncio.to_thread(_furnish, folder, agency, settings, clock.now())
        await _begin(folder, agency, clock)
        await asyncio.to_thread(_publish, folder, home)


@contextlib.asynccontextmanager
async def open_office(
    home: Path, *, believe: Believe | None = None, extend: Extend | None = None, clock: Clock | None = None
) -> AsyncIterator[Office]:
    """Open the office in `home` with SQLite, a folder of blobs and HTTPS.

    `believe` says which documents come in; by default, those that the trust anchors in `trust/` vouch for.
    `extend` brings documents to their level; by default, by the same anchors.
    """
    settings, clock = read_settings(home / "settings.toml"), clock or SystemClock()
    node = load_node(home / "keys")
    blobs = Blobs(home / "blobs")
    async with (
        open_database(home / _DATABASE, settings.limits.busy_seconds) as store,
        open_courier(node, blobs, settings.limits) as courier,
    ):
        yield await join(
            home, settings, node, store=store, blobs=blobs, courier=courier, clock=clock,
            believe=believe or trusting(home / "trust", settings),
            extend=extend or extending(home / "trust", settings),
        )  # fmt: skip


async def join(
    home: Path, settings: Settings, node: Node, *, store: Store, blobs: Blobs, courier: Courier,
    believe: Believe, extend: Extend, clock: Clock,
) -> Office:  # fmt: skip
    """Join an office's parts, whichever adapters they are."""
    async with store.read() as tx:
        row = await tx.row("office")
    if row is None:
        raise OfficeError("The office in {home} was never initialised.", home=home)
    code, name, limits = row["code"], row["name"], settings.limits
    issuer = Issuer(code, node, translator(settings.language or language_of(os.environ)))
    journal = Journal(code, node.log_key, store, StoreLedger(store), clock)
    register = Register(journal, timedelta(seconds=settings.pace.number_lease_seconds))
    notes = Notes(issuer, name, journal)
    delivering = Delivering(
        store=store, journal=journal, issuer=issuer, courier=courier, pace=settings.pace, clock=clock
    )
    desk = Desk(
        store=store, blobs=blobs, journal=journal, issuer=issuer, notes=notes, believe=believe,
        settings=settings, clock=clock,
    )  # fmt: skip
    sending = Sending(
        store=store, blobs=blobs, journal=journal, register=register, issuer=issuer, name=name, limits=limits
    )
    rooms = Rooms(
        store=store, blobs=blobs, journal=journal, register=register, sending=sending,
        handling=Handling(store=store, journal=journal, register=register, notes=notes), inbox=Inbox(desk),
        outbox=Outbox(store, delivering, settings.pace, clock), quota=Quota(store, limits),
        extending=Extending(
            store=store, blobs=blobs, journal=journal, extend=extend, pace=settings.pace, clock=clock,
            says=issuer.says,
        ),
    )  # fmt: skip
    identity = Identity(
        code=AgencyCode(code), name=name, origin=row["origin"], organisation=row["organisation"], node=node,
        home=home, says=issuer.says,
    )  # fmt: skip
    return Office(identity, settings, rooms, clock)


async def serve(home: Path, stop: asyncio.Event, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve the office in `home` until `stop`; `ready` is told the address once it takes connections.

    Only one server per office: `OfficeError` if another is at work.
    """
    with only_one(home):
        async with open_office(home) as office:
            await run(office, stop, ready=ready)


async def run(office: Office, stop: asyncio.Event, *, ready: Callable[[str], None] | None = None) -> None:
    """Run everything that runs in a server; whatever fails stops it all, and `stop` drains it all."""
    await office.rooms.journal.publish()  # entries that a crash left without a place
    pace, drain = office.settings.pace, office.settings.limits.drain_seconds
    poll = pace.poll_milliseconds / 1000
    with _alone():
        async with listening(office) as door, asyncio.TaskGroup() as group:
            if not office.settings.url:
                await office.announce(door.url)
            if ready:
                ready(door.url)
            group.create_task(office.rooms.outbox.run(stop, drain), name="outbox")
            group.create_task(_every(poll, stop, door.look_up_peers), name="peers")
            # Entries that another process committed and did not live to place.
            group.create_task(_every(poll, stop, office.rooms.journal.publish), name="sequencer")
            group.create_task(_every(poll, stop, office.rooms.extending.work), name="extending")
            group.create_task(_every(_TIDY_EVERY, stop, lambda: _tidy(office)), name="tidy")


def trusting(folder: Path, settings: Settings) -> Believe:
    """Return a judge of incoming documents by the office's policy, or the trust anchors in `folder`.

    Both are read anew for each document.
    """
    from signer.verifying import accept

    async def believe(pdf: bytes) -> Verified:
        return await accept(pdf, await _policy(folder, settings))

    return believe


def extending(folder: Path, settings: Settings) -> Extend:
    """Return what brings a document to its level, by the same policy and anchors."""
    from signer.level import Evidence

    async def extend_one(pdf: bytes, wanted: Wanted) -> bytes:
        from signer.renewing import extend  # loads pyHanko, which most offices' servers never need

        evidence = Evidence(tsa_url=wanted.authorities, tsa_budget=wanted.budget)
        return (await extend(pdf, evidence, await _policy(folder, settings), wanted.asked)).pdf

    return extend_one


async def _policy(folder: Path, settings: Settings) -> Policy:
    from exchange.believing import held_to

    try:
        return await asyncio.to_thread(held_to, folder.parent, settings)
    except (UsageError, TrustError) as error:  # an operator's matter: the message may come again
        logger.error("documents cannot be checked: %s", error)  # noqa: TRY400 - no bug, no trace
        raise Undetermined(
            "This office cannot check documents now.",
            hint="Its operator must put right what it trusts: the server's log says what.",
        ) from error


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the office's server lock; it goes with the process, however that ends."""
    try:
        descriptor = os.open(home / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise OfficeError(
            "There is no office in {home}.", hint="Make one: congvan init.", home=home
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise OfficeError("A server is running for the office in {home} already.", home=home) from error
    try:
        yield
    finally:
        os.close(descriptor)


async def _every(seconds: float, stop: asyncio.Event, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` again and again until `stop`. A full disk or a locked database is waited out, and said."""
    while not stop.is_set():
        try:
            await work()
        except StoreUnavailable as error:
            logger.error("the store is not available", extra={"why": str(error)})  # noqa: TRY400 - no bug
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()


async def _tidy(office: Office) -> None:
    unused = timedelta(hours=office.settings.limits.unused_part_hours)
    await care.tidy(office.rooms.store, office.rooms.blobs, office.now(), unused)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Say the one error that stopped a group as itself, so that the edge knows it."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from group
        raise


def _refuse_used(home: Path) -> None:
    make_folder(home.parent)
    with unwritable(home):
        if (home / _DATABASE).exists():
            raise OfficeError("There is an office in {home} already.", home=home)
        if home.exists() and (not home.is_dir() or any(home.iterdir())):
            raise OfficeError("{home} is not an empty folder.", home=home)


def _furnish(folder: Path, agency: Agency, settings: Settings, now: datetime) -> None:
    for part in (folder, folder / "keys", folder / "blobs", folder / "trust"):
        part.mkdir(mode=0o700)
    make_node(folder / "keys", agency.code, agency.name, agency.origin, now)
    write_whole(folder / "settings.toml", settings.as_toml().encode(), mode=0o600)
    create_database(folder / _DATABASE)


async def _begin(folder: Path, agency: Agency, clock: Clock) -> None:
    key = load_node(folder / "keys").log_key
    async with open_database(folder / _DATABASE, 1) as store:
        journal = Journal(str(agency.code), key, store, StoreLedger(store), clock)
        await journal.begin()
        async with store.write() as tx:
            now = clock.now()
            await tx.run(
                "office_add",
                code=str(agency.code),
                name=agency.name,
                origin=agency.origin,
                organisation=agency.organisation,
                url="",
                made=stamp(now),
            )
            await journal.record(tx, "opened", now, what="office")
        await journal.publish()


def _publish(folder: Path, home: Path) -> None:
    try:
        folder.rename(home)  # replaces an empty folder, and nothing else
    except OSError as error:
        raise OfficeError(
            "The office cannot be put into {home}: {why}.", home=home, why=why(error)
        ) from error
    sync_folder(home)
    sync_folder(home.parent)
