"""Answers kept on disk: shared by processes, and no more believed than what a stranger brings."""

import dataclasses
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pki import cache as cache_module
from pki.cache import KEPT, Cache, Entry
from pki.desk import Desk
from pki.keys import open_key
from pki.our_desk import cache_folder
from pki.practice.responder import serve_sandbox
from pki.practice.sandbox import Sandbox
from pki.query import Asking, Query, name_of
from pki.reach import NotFetched, Reach
from pki.revocation import about, ocsp_urls, status

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
NAME = '["list", "http://lists.example/1.crl", null, null, false, []]'
ENTRY = Entry(b"an answer\nof two lines", NOW)
anywhere = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)


@dataclasses.dataclass
class Hands:
    """A clock that is set by hand, and counts who looks at it."""

    time: datetime | None = NOW
    looks: int = 0

    def now(self) -> datetime:
        self.looks += 1
        return self.time or datetime.now(UTC)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "a" / "cache", Hands())


def written(cache: Cache, name: str = NAME, entry: Entry = ENTRY) -> Path:
    """The file of an entry."""
    before = set(cache.folder.glob("*"))
    cache.write(name, entry)
    (made,) = set(cache.folder.glob("*")) - before
    return made


@anywhere
@given(
    name=st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"])),
    answer=st.binary(),
    age=st.timedeltas(timedelta(0), KEPT - timedelta(seconds=1)),
)
def test_what_is_kept_is_read(cache: Cache, name: str, answer: bytes, age: timedelta) -> None:
    entry = Entry(answer, NOW - age)
    cache.write(name, entry)
    assert cache.read(name) == entry
    assert cache.read(name + "!") is None


@anywhere
@given(data=st.data())
def test_a_damaged_entry_is_none(cache: Cache, data: st.DataObject) -> None:
    cache.write(NAME, ENTRY)
    (path,) = cache.folder.glob("*")
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        path.write_bytes(
            whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
        )
    else:
        path.write_bytes(whole[:place] + data.draw(st.sampled_from([b"", b"x" + whole[place:]])))
    read = cache.read(NAME)
    # Nothing but the time can be another without being seen: it is not older than an hour, and not to come.
    assert read is None or (read.answer == ENTRY.answer and NOW - KEPT < read.asked <= NOW)


def test_an_entry_of_the_future_and_an_old_one_are_none(cache: Cache) -> None:
    for asked in (NOW + timedelta(seconds=1), NOW - KEPT):
        cache.write(NAME, Entry(b"x", asked))
        assert cache.read(NAME) is None


def test_an_entry_under_another_name_is_none(cache: Cache) -> None:
    mine, other = written(cache), written(cache, "another")
    other.rename(mine)
    assert cache.read(NAME) is None


def test_what_is_no_file_of_ours_is_ignored_and_replaced(cache: Cache, tmp_path: Path) -> None:
    path = written(cache)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(path.read_bytes())
    for put in (
        lambda: path.symlink_to(elsewhere),
        lambda: os.mkfifo(path),
        lambda: path.write_bytes(b""),
        lambda: os.truncate(os.open(path, os.O_RDWR | os.O_CREAT), cache_module.MAX_ANSWER_BYTES + (1 << 20)),
    ):
        path.unlink()
        put()
        assert cache.read(NAME) is None
        cache.write(NAME, ENTRY)
        assert cache.read(NAME) == ENTRY
        assert elsewhere.is_file()


def test_a_folder_in_the_place_of_an_entry_hurts_nobody(cache: Cache) -> None:
    path = written(cache)
    path.unlink()
    path.mkdir()
    cache.write(NAME, ENTRY)
    assert cache.read(NAME) is None


def test_the_folder_is_ours_alone_or_not_used(cache: Cache, tmp_path: Path) -> None:
    path = written(cache)
    assert (cache.folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    cache.folder.chmod(0o770)
    assert cache.read(NAME) is None
    cache.folder.chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(cache.folder)
    assert Cache(link, Hands()).read(NAME) is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(tmp_path / "file", Hands())
    cache.write(NAME, ENTRY)
    assert cache.read(NAME) is None


def test_the_cache_is_bounded_and_leaves_alone_what_is_not_its_own(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(cache.folder, Hands(time=None))
    now = datetime.now(UTC)
    monkeypatch.setattr(cache_module, "MAX_ENTRIES", 3)
    cache.write("0", Entry(b"", now))
    (cache.folder / "notes.txt").write_text("mine")
    left = cache.folder / ".congvan-abc"
    left.write_bytes(b"")
    os.utime(left, (0, 0))
    for number in range(1, 6):
        cache.write(str(number), Entry(b"x" * 100, now))
    assert [number for number in range(6) if cache.read(str(number))] == [3, 4, 5]
    monkeypatch.setattr(cache_module, "MAX_BYTES", 500)
    cache.write("6", Entry(b"x" * 100, now))
    assert sum(each.stat().st_size for each in cache.folder.glob("?" * 64)) <= 500
    assert {each.name for each in cache.folder.iterdir() if len(each.name) != 64} == {"notes.txt"}


def test_two_processes_that_write_one_entry_leave_one_whole(tmp_path: Path) -> None:
    script = (
        "import sys; from datetime import *; from pathlib import *; from pki.cache import *\n"
        "cache, answer = Cache(Path(sys.argv[1])), sys.argv[2].encode() * 9999\n"
        "for _ in range(40): cache.write('n', Entry(answer, datetime.now(UTC)))"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", script, tmp_path / "cache", mark], cwd=ROOT) for mark in "ab"
    ]
    assert [each.wait() for each in writers] == [0, 0]
    entry = Cache(tmp_path / "cache").read("n")
    assert entry is not None
    assert entry.answer in (b"a" * 9999, b"b" * 9999)
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_the_folder_is_where_a_person_expects_it() -> None:
    assert cache_folder({"CONGVAN_CACHE": "/c", "HOME": "/h"}) == Path("/c")
    assert cache_folder({"CONGVAN_CACHE": "", "HOME": "/h"}) is None
    assert cache_folder({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == Path("/x/congvan")
    assert cache_folder({"XDG_CACHE_HOME": "x", "HOME": "/h"}) == Path("/h/.cache/congvan")
    assert cache_folder({}) is None


def asking(since: datetime) -> Asking:
    return Asking(since=since, reach=Reach(private=True), seconds=5.0)


async def query_of(sandbox: Sandbox) -> Query:
    async with open_key(sandbox.signatory) as token:
        certificate, issuer = (
            x509.load_der_x509_certificate(each) for each in (token.certificate, token.chain[0])
        )
    return about(ocsp_urls(certificate)[0], certificate, issuer)


async def test_a_second_desk_asks_nobody_what_the_first_was_told(sandbox: Sandbox, tmp_path: Path) -> None:
    query, before, served = await query_of(sandbox), datetime.now(UTC), Hands(time=None)
    async with serve_sandbox(sandbox.directory, clock=served):
        answers = [await Desk(cache=Cache(tmp_path)).answer(query, asking(before)) for _ in range(3)]
        assert (served.looks, len(set(answers))) == (1, 1)
        await Desk(cache=Cache(tmp_path)).answer(query, asking(datetime.now(UTC)))
        assert served.looks == 2  # what was asked for before does not count


async def test_a_kept_answer_ends_with_the_hour_for_every_process(sandbox: Sandbox, tmp_path: Path) -> None:
    query, before, served = await query_of(sandbox), datetime.now(UTC), Hands(time=None)
    later = Hands(time=before + KEPT + timedelta(seconds=1))
    async with serve_sandbox(sandbox.directory, clock=served):
        await Desk(cache=Cache(tmp_path)).answer(query, asking(before))
        await Desk(clock=later, cache=Cache(tmp_path, later)).answer(query, asking(before))
    assert served.looks == 2


def a_list(until: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority")])
    builder = x509.CertificateRevocationListBuilder(name, until - timedelta(days=1), until)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(("left", "used"), [(timedelta(minutes=1), True), (timedelta(0), False)])
async def test_no_entry_is_used_beyond_its_next_update(cache: Cache, left: timedelta, used: bool) -> None:
    query, reach = Query(kind="list", url="http://127.0.0.1:9/a.crl"), Reach()
    desk, answer = Desk(clock=Hands(), cache=cache), a_list(NOW + left)
    cache.write(name_of(query, reach), Entry(answer, NOW - timedelta(minutes=2)))
    how = Asking(since=NOW - timedelta(minutes=3), reach=reach, seconds=1.0)
    if used:
        assert await desk.answer(query, how) == answer
    else:
        with pytest.raises(NotFetched):
            await desk.answer(query, how)


async def test_an_entry_that_is_no_answer_is_asked_for_again(sandbox: Sandbox, tmp_path: Path) -> None:
    query, cache, before = await query_of(sandbox), Cache(tmp_path), datetime.now(UTC)
    name = name_of(query, asking(before).reach)
    async with serve_sandbox(sandbox.directory):
        good = await Desk().answer(query, asking(before))
        for bad in (b"", b"garbage", good[:-1], a_list(before + timedelta(days=1))):
            cache.write(name, Entry(bad, datetime.now(UTC)))
            assert await Desk(cache=cache).answer(query, asking(before)) != bad


async def test_a_forged_entry_is_asked_for_and_not_believed(sandbox: Sandbox, tmp_path: Path) -> None:
    query, cache, before = await query_of(sandbox), Cache(tmp_path), datetime.now(UTC)
    assert query.certificate is not None
    assert query.issuer is not None
    pair = (x509.load_der_x509_certificate(query.certificate), x509.load_der_x509_certificate(query.issuer))
    async with serve_sandbox(sandbox.directory):
        good = await Desk().answer(query, asking(before))
        forged = good[:-1] + bytes([good[-1] ^ 1])
        cache.write(name_of(query, asking(before).reach), Entry(forged, datetime.now(UTC)))
        said = await status(*pair, asking(before), Desk(cache=cache).answer)
    assert [each.source for each in said.answers] == ["CRL"]


async def test_who_may_not_call_an_address_is_not_told_what_it_said(sandbox: Sandbox, tmp_path: Path) -> None:
    query, before = await query_of(sandbox), datetime.now(UTC)
    async with serve_sandbox(sandbox.directory):
        await Desk(cache=Cache(tmp_path)).answer(query, asking(before))
        with pytest.raises(NotFetched, match="private network"):
            await Desk(cache=Cache(tmp_path)).answer(
                query, dataclasses.replace(asking(before), reach=Reach())
            )
