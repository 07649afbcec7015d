"""Numbers are gapless, unique and lowest first, whoever asks and whoever crashes."""

import asyncio
import datetime as dt
import random
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.audit import tiles
from exchange.audit.entry import AuditEntry, Part
from exchange.books import Books
from exchange.errors import LogError, OfficeError
from exchange.extending import Wanted
from exchange.office import Office
from exchange.service import init_office, open_office
from pki.digest import Digest
from signer.document import DocumentNumber
from signer.level import Level
from tests.exchange.offices import FAST, HANOI, PDF, HandClock, believe, filed, tamper

OTHER = Digest.of(b"a signed file")

ROOT = Path(__file__).parents[2]
CLERK = """
import asyncio, os, signal, sys
from pathlib import Path
from exchange.service import open_office
from signer.document import DocumentNumber

async def clerk(home, count, dies):
    async with open_office(Path(home)) as office:
        for at in range(int(count)):
            held = await office.reserve()
            if dies == "yes" and at == int(count) - 1:
                os.kill(os.getpid(), signal.SIGKILL)
            number = DocumentNumber(number=held.printed, symbol="X", date=held.date)
            await office.file_outgoing(b"%PDF " + os.urandom(8), number, held.id)

asyncio.run(clerk(*sys.argv[1:]))
"""


async def states(office: Office) -> list[tuple[int, str]]:
    return [(line.number, line.state) for line in await office.register()]


async def test_numbers_begin_at_one_and_follow_each_other(office: Office) -> None:
    assert [(await office.reserve()).number for _ in range(3)] == [1, 2, 3]


async def test_a_released_number_is_the_next_one_lowest_first(office: Office) -> None:
    held = [await office.reserve() for _ in range(4)]
    await office.release(held[2].id)
    await office.release(held[0].id)
    assert [(await office.reserve()).number for _ in range(3)] == [1, 3, 5]


async def test_a_crashed_clerks_number_comes_back_when_the_lease_is_over(
    office: Office, clock: HandClock
) -> None:
    lost = await office.reserve()
    clock.pass_by(seconds=office.settings.pace.number_lease_seconds)
    again = await office.reserve()
    assert (again.number, again.id != lost.id) == (lost.number, True)
    with pytest.raises(OfficeError, match="reservation is over"):
        await office.release(lost.id)


async def test_a_late_clerk_may_still_confirm_what_nobody_took(office: Office, clock: HandClock) -> None:
    held = await office.reserve()
    clock.pass_by(days=1)
    number = DocumentNumber(number="1", symbol="UBND-VP", date=held.date)
    assert (await office.file_outgoing(PDF, number, held.id)).number == "01"


async def test_the_year_is_viet_nams(office: Office, clock: HandClock) -> None:
    clock.moment = dt.datetime(2026, 12, 31, 16, 59, 59, tzinfo=dt.UTC)
    assert ((held := await office.reserve()).year, held.number) == (2026, 1)
    clock.pass_by(seconds=1)
    assert ((held := await office.reserve()).year, held.number) == (2027, 1)
    assert held.date == dt.date(2027, 1, 1)


async def test_each_series_counts_for_itself(office: Office) -> None:
    assert (await office.reserve("quyết định")).number == 1
    assert (await office.reserve("công văn")).number == 1


async def test_a_series_goes_on_from_a_paper_book(office: Office) -> None:
    await office.begin_series(431)
    assert (await office.reserve()).number == 431
    with pytest.raises(OfficeError, match="has begun already"):
        await office.begin_series(500)


async def test_filing_the_same_document_again_changes_nothing(office: Office) -> None:
    held = await office.reserve()
    number = DocumentNumber(number="1", symbol="UBND-VP", date=held.date)
    first = await office.file_outgoing(PDF, number, held.id)
    assert await office.file_outgoing(PDF, number, held.id) == first
    assert await states(office) == [(1, "confirmed")]


async def test_a_document_with_another_number_is_not_filed_and_the_number_stays_reserved(
    office: Office,
) -> None:
    held = await office.reserve()
    number = DocumentNumber(number="7", symbol="UBND-VP", date=held.date)
    with pytest.raises(OfficeError, match="carries number 7"):
        await office.file_outgoing(PDF, number, held.id)
    assert await states(office) == [(1, "reserved")]


async def test_every_handing_out_is_an_audit_entry(office: Office) -> None:
    held = await office.reserve()
    await office.release(held.id)
    await filed(office)
    bundle = await office.rooms.journal.tile("tile/entries/000.p/5")
    entries = b"\n".join(tiles.unbundle(bundle)).decode()
    assert [entries.count(f'"state_to":"{s}"') for s in ("reserved", "released", "confirmed")] == [2, 1, 1]


async def test_a_hundred_clerks_at_once_leave_no_hole(office: Office) -> None:
    async def clerk(at: int) -> None:
        held = await office.reserve()
        await asyncio.sleep(0)
        if at % 3 == 0:
            await office.release(held.id)
            held = await office.reserve()
        number = DocumentNumber(number=held.printed, symbol="X", date=held.date)
        await office.file_outgoing(PDF + str(at).encode(), number, held.id)

    async with asyncio.TaskGroup() as group:
        for at in random.sample(range(100), 100):
            group.create_task(clerk(at))
    assert await states(office) == [(at, "confirmed") for at in range(1, 101)]


async def test_a_cancelled_clerk_leaves_no_half_written_number(office: Office) -> None:
    async def clerk() -> None:
        await office.reserve()

    for turns in range(40):
        task = asyncio.create_task(clerk())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    numbers = [number for number, _ in await states(office)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert (await office.check_log()).checkpoint.size > 0


async def test_clerks_in_several_processes_of_which_one_is_killed_leave_no_hole(tmp_path: Path) -> None:
    home = tmp_path / "office"
    await init_office(home, HANOI, "Hà Nội", FAST)
    clerks = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", CLERK, str(home), "8", dies, cwd=ROOT)
        for dies in ("no", "yes", "no")
    ]
    codes = [await clerk.wait() for clerk in clerks]
    assert codes == [0, -signal.SIGKILL, 0]
    clock = HandClock()
    clock.moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=FAST.pace.number_lease_seconds)
    async with open_office(home, believe=believe, clock=clock) as office:
        await filed(office)  # takes the dead clerk's number
        assert await states(office) == [(at, "confirmed") for at in range(1, 25)]
        await office.check_log()


async def test_a_digest_is_what_a_filed_document_is_called(office: Office) -> None:
    assert await filed(office) == Digest.of(PDF)


async def filed_by_hand(office: Office, number: str, content: bytes = PDF) -> Digest:
    by_hand = DocumentNumber(number=number, symbol="UBND-VP", date=office.now().date())
    return (await office.file_outgoing(content, by_hand, None)).digest


async def test_a_number_given_by_hand_takes_its_place_and_the_book_goes_on_behind_it(office: Office) -> None:
    by_hand = await filed_by_hand(office, "1")
    await filed_by_hand(office, "3", PDF + b"3")
    assert [(await office.reserve_for("UBND-VP", OTHER)).number for _ in range(2)] == [2, 4]
    assert [(line.number, line.state) for line in await office.register()] == [
        (1, "confirmed"), (2, "reserved"), (3, "confirmed"), (4, "reserved"),
    ]  # fmt: skip
    assert (await office.register())[0].document == str(by_hand)
    await office.check_log()


async def test_a_number_given_by_hand_is_no_matter_to_another_symbol(office: Office) -> None:
    await filed_by_hand(office, "1")
    assert (await office.reserve_for("QĐ-UBND", OTHER)).number == 1


async def test_a_number_of_another_series_with_the_same_symbol_is_refused_in_words(office: Office) -> None:
    held = await office.reserve_for("UBND-VP", OTHER)
    number = DocumentNumber(number=held.printed, symbol="UBND-VP", date=held.date)
    await office.file_outgoing(PDF, number, held.id)
    with pytest.raises(OfficeError, match="was given out in the series “chung”") as caught:
        await office.reserve_for("UBND-VP", OTHER, "mật")
    assert caught.value.hint == "Give documents of this series another symbol."
    assert await office.register(series="mật") == []


async def test_the_day_of_the_number_before_is_known(office: Office) -> None:
    first = await office.reserve_for("UBND-VP", OTHER)
    assert await office.day_before(first) is None
    number = DocumentNumber(number=first.printed, symbol="UBND-VP", date=first.date)
    await office.file_outgoing(PDF, number, first.id)
    assert await office.day_before(await office.reserve_for("UBND-VP", OTHER)) == first.date


async def test_a_signed_file_is_sealed_once(office: Office) -> None:
    first, second = [await office.reserve_for("UBND-VP", OTHER) for _ in range(2)]
    number = DocumentNumber(number=first.printed, symbol="UBND-VP", date=first.date)
    await office.file_outgoing(PDF, number, first.id, made_of=OTHER)
    with pytest.raises(OfficeError, match=r"was sealed before, as No\. 01/UBND-VP of") as caught:
        await office.reserve_for("UBND-VP", OTHER)
    assert caught.value.hint is not None
    assert "register --number {number}" in caught.value.hint
    meanwhile = DocumentNumber(number=second.printed, symbol="UBND-VP", date=second.date)
    with pytest.raises(OfficeError, match="was sealed before"):
        await office.file_outgoing(PDF + b"2", meanwhile, second.id, made_of=OTHER)
    assert await states(office) == [(1, "confirmed"), (2, "reserved")]
    await office.check_log()


BOOKS, STORED = r"Entry \d+ \(“\w+”\) tells of what is not in the office's books", "Stored are"
DIGEST = "'sha256:" + "ab" * 32 + "'"


async def extended(office: Office, document: Digest) -> Digest:
    """Let the office extend a document that waits; return what it was extended to."""

    async def more(pdf: bytes, _wanted: Wanted) -> bytes:
        return pdf + b"proof"

    assert await replace(office.rooms.extending, extend=more).work() == 1
    return Digest.of(await office.newest(await office.read_part(document)))


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        (f"UPDATE sealing SET signed = {DIGEST}", BOOKS),
        ("DELETE FROM sealing", BOOKS),
        ("UPDATE sealing SET document = (SELECT max(digest) FROM document WHERE digest <> document)", BOOKS),
        (
            (
                f"INSERT INTO sealing SELECT {DIGEST}, digest FROM document "
                "WHERE digest NOT IN (SELECT document FROM sealing)"
            ),
            BOOKS,
        ),
        (f"UPDATE extension SET result = {DIGEST}", BOOKS),
        ("UPDATE extension SET result = NULL, size = NULL", BOOKS),
        (
            (
                "UPDATE extension SET document = "
                "(SELECT digest FROM document WHERE digest NOT IN (SELECT document FROM sealing))"
            ),
            BOOKS,
        ),
        (
            (
                "INSERT INTO extension SELECT "
                f"digest, 'b-lt', 'b-b', '', '[]', NULL, 0, '', '', {DIGEST}, 1, '' FROM document "
                "WHERE digest NOT IN (SELECT document FROM extension)"
            ),
            STORED,
        ),
    ],
)
async def test_what_documents_were_made_of_and_extended_to_is_held_to_the_log(
    office: Office, statement: str, complaint: str
) -> None:
    first = await office.reserve_for("UBND-VP", OTHER)
    number = DocumentNumber(number=first.printed, symbol="UBND-VP", date=first.date)
    wanted = Wanted(asked=Level.B_LT, reached=Level.B_B, why="no answer")
    document = await office.file_outgoing(PDF, number, first.id, made_of=OTHER, wanted=wanted)
    await filed(office, PDF + b"of another program")
    assert await extended(office, document.digest) == Digest.of(PDF + b"proof")
    await office.check_log()
    await asyncio.to_thread(tamper, office.identity.home, statement)
    with pytest.raises(LogError, match=complaint):
        await office.check_log()


async def test_no_entry_of_an_earlier_form_stands_behind_a_later_one(office: Office) -> None:
    """Whoever owns the database can have entries signed that this program never wrote."""
    sending, now = office.rooms.sending, dt.datetime.now(dt.UTC)

    async def sealed(number: int) -> None:
        digest = Digest.of(b"%d" % number)
        facts = {"number": f"{number}/UBND-VP", "date": "2026-11-22"}
        async with sending.store.write() as tx:
            await tx.run(
                "document_add", digest=str(digest), size=1, number=str(number), symbol="UBND-VP",
                day="2026-11-22", filed="2026-11-22T00:00:00Z",
            )  # fmt: skip
            await sending.journal.record(tx, "sealed", now, parts={"1": digest}, **facts)

    await sealed(71)
    await office.check_log()
    await filed(office, PDF)
    await office.check_log()
    await sealed(72)
    with pytest.raises(LogError, match=r"Entry \d+ \(“sealed”\) tells less than those before it"):
        await office.check_log()


async def test_an_entry_of_before_it_was_logged_says_nothing_of_what_a_document_was_made_of() -> None:
    row = {"number": "01", "symbol": "UBND-VP", "day": "2026-11-22"}
    facts = {"number": "01/UBND-VP", "date": "2026-11-22"}
    entry = AuditEntry(
        time=dt.datetime.now(dt.UTC),
        node="H99",
        actor="clerk",
        event="sealed",
        parts=(Part("1", Digest.of(PDF)),),
        facts=facts,
    )
    for made_of, told in ((None, ["documents"]), (str(OTHER), ["documents", "sealings"])):
        documents = {str(Digest.of(PDF)): {**row, "made_of": made_of}}
        books = Books(documents=documents, arrivals={}, reports={}, extensions={})
        assert list(books.check(0, entry)) == told
