from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.audit import checkpoint, log, merkle, tiles
from exchange.audit.entry import AuditEntry
from exchange.audit.log import Advance, Head, HeadMoved, Pending
from exchange.audit.note import SigningKey
from exchange.audit.proof import verify_proof
from exchange.errors import LogError
from tests.contracts.memory_ledger import MemoryLedger

KEY = SigningKey.generate("log.example.gov/audit")
START = datetime(2026, 11, 22, 5, 15, tzinfo=UTC)


class Ticking:
    """A clock that goes on by a second each time it is asked."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


CLOCK = Ticking()


def some(count: int, *, start: int = 0) -> list[bytes]:
    plain = AuditEntry(time=START, node="H29.3", actor="clerk", event="sealed")
    return [replace(plain, facts={"number": index}).encode() for index in range(start, start + count)]


async def log_of(*batches: int) -> MemoryLedger:
    ledger = MemoryLedger()
    await log.begin(ledger, KEY, CLOCK)
    for count in batches:
        ledger.write(*some(count, start=len(ledger.placed)))
        await log.sequence(ledger, KEY, CLOCK, limit=count)
    return ledger


async def test_a_log_must_be_begun_by_hand() -> None:
    ledger = MemoryLedger()
    ledger.write(*some(1))
    for attempt in (
        log.sequence(ledger, KEY, CLOCK),
        log.prove(ledger, 0, KEY.verifier),
        log.check_log(ledger, KEY.verifier),
    ):
        with pytest.raises(LogError, match="never begun"):
            await attempt


async def test_entries_get_the_places_of_the_order_in_which_they_were_written() -> None:
    ledger = MemoryLedger()
    assert (await log.begin(ledger, KEY, CLOCK)).size == 0
    ledger.write(*some(5))
    assert (await log.sequence(ledger, KEY, CLOCK, limit=3)).size == 3
    assert (await log.sequence(ledger, KEY, CLOCK, limit=3)).size == 5
    assert ledger.placed == some(5)


async def test_the_checkpoint_is_signed_dated_and_of_the_whole_log() -> None:
    ledger = await log_of(3, 4)
    head = await ledger.head()
    assert head is not None
    seen = checkpoint.verify(head.checkpoint, KEY.verifier)
    assert seen.checkpoint.root == merkle.root([merkle.leaf_hash(data) for data in some(7)])
    assert seen.signed_at == CLOCK.time


async def test_without_pending_entries_nothing_is_signed() -> None:
    ledger = await log_of(3)
    before = (await ledger.head(), dict(ledger.signed))
    assert (await log.sequence(ledger, KEY, CLOCK)).size == 3
    assert (await ledger.head(), dict(ledger.signed)) == before


@settings(max_examples=30)
@given(st.lists(st.integers(1, 90), min_size=1, max_size=6), st.data())
async def test_every_entry_of_every_log_is_proven_under_every_later_checkpoint(
    batches: list[int], data: st.DataObject
) -> None:
    ledger = await log_of(*batches)
    await log.check_log(ledger, KEY.verifier)
    size = data.draw(st.sampled_from(sorted(ledger.signed)[1:]))
    index = data.draw(st.integers(0, size - 1))
    proof = await log.prove(ledger, index, KEY.verifier, ledger.signed[size])
    proven = verify_proof(proof.encode(), str(KEY.verifier))
    assert (proven.data, proven.index, proven.size) == (ledger.placed[index], index, size)


async def test_every_checkpoint_is_consistent_with_the_one_before() -> None:
    ledger = await log_of(1, 2, 300, 5)
    heads = [checkpoint.parse(signed) for signed in await ledger.checkpoints(-1, 10)]
    for old, new in pairwise(heads):
        merkle.verify_consistency(
            old=old.size,
            old_root=old.root,
            size=new.size,
            root=new.root,
            path=await tiles.consistency_path(ledger, old.size, new.size),
        )


@pytest.mark.parametrize("index", [-1, 5])
async def test_what_is_not_in_the_log_is_not_proven(index: int) -> None:
    ledger = await log_of(5)
    with pytest.raises(LogError, match="There is no entry"):
        await log.prove(ledger, index, KEY.verifier)


async def test_no_proof_is_handed_out_that_does_not_hold() -> None:
    ledger = await log_of(5)
    ledger.placed[2] = some(1, start=99)[0]
    with pytest.raises(LogError, match="does not lead to the root"):
        await log.prove(ledger, 2, KEY.verifier)


async def test_another_logs_key_extends_nothing() -> None:
    ledger = await log_of(5)
    ledger.write(*some(1))
    with pytest.raises(LogError, match="No known key"):
        await log.sequence(ledger, SigningKey.generate(KEY.name), CLOCK)
    assert len(ledger.placed) == 5


async def test_a_head_that_is_not_the_signed_one_is_not_extended() -> None:
    ledger = await log_of(4, 1)
    ledger.write(*some(1))
    assert ledger.stored is not None
    ledger.stored = replace(ledger.stored, frontier=merkle.Frontier(5, (bytes(32), bytes(32))))
    with pytest.raises(LogError, match="not the one that was signed"):
        await log.sequence(ledger, KEY, CLOCK)


class Lost(Exception):
    """The machine stops at this write."""


class Faulty(MemoryLedger):
    """Breaks one call, before or after what it does has persisted."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: tuple[str, str] | None = None

    async def head(self) -> Head | None:
        self._stop("head", "before")
        return await super().head()

    async def pending(self, limit: int) -> Sequence[Pending]:
        self._stop("pending", "before")
        return await super().pending(limit)

    async def advance(self, old: Head | None, step: Advance) -> None:
        self._stop("advance", "before")
        await super().advance(old, step)
        self._stop("advance", "after")

    def _stop(self, call: str, when: str) -> None:
        if self.broken == (call, when):
            raise Lost


@pytest.mark.parametrize(
    ("broken", "progressed"),
    [
        pytest.param(("head", "before"), False, id="the head cannot be read"),
        pytest.param(("pending", "before"), False, id="the entries cannot be read"),
        pytest.param(("advance", "before"), False, id="stopped before the commit"),
        pytest.param(("advance", "after"), True, id="stopped after the commit, before anybody knew"),
    ],
)
async def test_a_stopped_sequencer_is_run_again(broken: tuple[str, str], *, progressed: bool) -> None:
    ledger = Faulty()
    await log.begin(ledger, KEY, CLOCK)
    ledger.write(*some(3))
    ledger.broken = broken
    with pytest.raises(Lost):
        await log.sequence(ledger, KEY, CLOCK)
    ledger.broken = None
    assert (await log.check_log(ledger, KEY.verifier)).checkpoint.size == (3 if progressed else 0)
    assert (await log.sequence(ledger, KEY, CLOCK)).size == 3
    assert ledger.placed == some(3)
    await log.check_log(ledger, KEY.verifier)


async def test_of_two_heads_of_one_size_only_one_is_ever_stored() -> None:
    ledger = await log_of(2)
    ledger.write(*some(1, start=2))
    slow = await ledger.head()
    late = await ledger.pending(1)
    await log.sequence(ledger, KEY, CLOCK)
    assert slow is not None
    frontier, hashes = tiles.grow(slow.frontier, [merkle.leaf_hash(b"another")])
    signed = checkpoint.sign(checkpoint.Checkpoint(KEY.name, 3, frontier.root()), KEY)
    placed = (log.Placed(late[0].id, 2, late[0].entry),)
    with pytest.raises(HeadMoved):
        await ledger.advance(slow, Advance(placed, tuple(hashes), Head(frontier, signed)))
    await log.check_log(ledger, KEY.verifier)


class Growing(MemoryLedger):
    """A ledger to which a server adds entries while somebody checks it."""

    coming = 0

    async def entries(self, start: int, count: int) -> list[bytes]:
        if self.coming:
            self.coming -= 1
            self.write(*some(1, start=len(self.placed)))
            await log.sequence(self, KEY, CLOCK)
        return await super().entries(start, count)


async def test_a_log_that_grows_while_it_is_checked_holds() -> None:
    ledger = Growing()
    await log.begin(ledger, KEY, CLOCK)
    ledger.write(*some(3))
    await log.sequence(ledger, KEY, CLOCK)
    ledger.coming = 5
    assert (await log.check_log(ledger, KEY.verifier)).checkpoint.size == 8
    ledger.coming = 2
    ledger.placed[4] = some(1, start=99)[0]
    with pytest.raises(LogError, match="4"):
        await log.check_log(ledger, KEY.verifier)


async def test_a_whole_log_is_checked() -> None:
    ledger = await log_of(256, 1, 300, 43)
    seen = await log.check_log(ledger, KEY.verifier)
    assert seen.checkpoint.size == 600
    assert (await log.check_log(await log_of(), KEY.verifier)).checkpoint.size == 0


def rewrite_entry(ledger: MemoryLedger) -> None:
    ledger.placed[300] = some(1, start=9999)[0]


def rewrite_entry_and_hash(ledger: MemoryLedger) -> None:
    rewrite_entry(ledger)
    ledger.rows[0][300] = merkle.leaf_hash(ledger.placed[300])


def rewrite_all_hashes(ledger: MemoryLedger) -> None:
    """What an administrator can do who has everything but the key."""
    rewrite_entry(ledger)
    frontier, added = tiles.grow(merkle.Frontier(), map(merkle.leaf_hash, ledger.placed))
    ledger.rows = {0: [], 1: [], 2: []}
    for item in added:
        ledger.rows[item.level].append(item.value)
    assert ledger.stored is not None
    ledger.stored = replace(ledger.stored, frontier=frontier)


def swap_entries(ledger: MemoryLedger) -> None:
    ledger.placed[300], ledger.placed[301] = ledger.placed[301], ledger.placed[300]


def lose_entry(ledger: MemoryLedger) -> None:
    del ledger.placed[300]


def lose_end(ledger: MemoryLedger) -> None:
    del ledger.placed[500:]


def add_entry(ledger: MemoryLedger) -> None:
    ledger.placed.append(b"more")


def add_hash(ledger: MemoryLedger) -> None:
    ledger.rows[1].append(bytes(32))


def change_upper_hash(ledger: MemoryLedger) -> None:
    ledger.rows[1][1] = bytes(32)


def forge_checkpoint(ledger: MemoryLedger) -> None:
    head = checkpoint.parse(ledger.signed[256])
    ledger.signed[256] = checkpoint.sign(head, SigningKey.generate(KEY.name))


def cut_history_short(ledger: MemoryLedger) -> None:
    """Put the log back to an old head, keeping the checkpoints that were given out since."""
    frontier = merkle.Frontier().extend(map(merkle.leaf_hash, ledger.placed[:256]))
    ledger.stored = Head(frontier, ledger.signed[256])


def forget_checkpoints(ledger: MemoryLedger) -> None:
    ledger.signed.clear()


def change_edge(ledger: MemoryLedger) -> None:
    assert ledger.stored is not None
    peaks = ledger.stored.frontier.peaks
    ledger.stored = replace(ledger.stored, frontier=merkle.Frontier(600, (bytes(32), *peaks[1:])))


@pytest.mark.parametrize(
    ("tamper", "index"),
    [
        pytest.param(rewrite_entry, 300, id="an entry is rewritten"),
        pytest.param(rewrite_entry_and_hash, 256, id="an entry and its hash are rewritten"),
        pytest.param(rewrite_all_hashes, 256, id="an entry and all hashes are rewritten"),
        pytest.param(swap_entries, 300, id="two entries change places"),
        pytest.param(lose_entry, 300, id="an entry is deleted"),
        pytest.param(lose_end, 500, id="the end is deleted"),
        pytest.param(add_entry, 600, id="an entry is added beyond the head"),
        pytest.param(add_hash, 600, id="a hash is added beyond the head"),
        pytest.param(change_upper_hash, 256, id="a hash of a higher level is changed"),
        pytest.param(forge_checkpoint, 0, id="a checkpoint is forged"),
        pytest.param(cut_history_short, 600, id="history is cut short"),
        pytest.param(forget_checkpoints, 0, id="the checkpoints are gone"),
        pytest.param(change_edge, 600, id="the edge is changed"),
    ],
)
async def test_a_tampered_log_is_found_and_where(tamper: Callable[[MemoryLedger], None], index: int) -> None:
    ledger = await log_of(256, 344)
    tamper(ledger)
    with pytest.raises(LogError) as caught:
        await log.check_log(ledger, KEY.verifier)
    assert caught.value.facts["index"] == index


async def test_a_head_of_another_log_is_not_this_log() -> None:
    with pytest.raises(LogError):
        await log.check_log(await log_of(3), SigningKey.generate(KEY.name).verifier)
