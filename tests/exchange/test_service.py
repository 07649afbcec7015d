"""An office is made whole or not at all, opens only as what it is, and its server ends when told to."""

import asyncio
import signal
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from exchange.errors import OfficeError
from exchange.service import init_office, only_one, open_office, trusting
from exchange.settings import Address, AgencyCode, Settings, read_settings
from pki.errors import Undetermined, UsageError
from pki.words import Sentence
from tests.exchange.offices import FAST, HANOI, PDF

ROOT = Path(__file__).parents[2]


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.rglob("*")]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_an_office_is_private_and_begins_with_an_empty_proven_log(tmp_path: Path) -> None:
    home = tmp_path / "office"
    await init_office(home, HANOI, "UBND thành phố Hà Nội", FAST)
    assert mode(home) == 0o700
    assert [mode(home / "keys" / name) for name in ("node.key", "log.key")] == [0o600, 0o600]
    async with open_office(home) as office:
        assert (await office.check_log()).checkpoint.size == 1
        assert (await office.card("https://hanoi.vn")).name == "UBND thành phố Hà Nội"


async def test_an_office_is_not_made_twice(tmp_path: Path) -> None:
    await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST)
    key = (tmp_path / "office/keys/node.key").read_bytes()
    with pytest.raises(OfficeError, match="already"):
        await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST)
    assert (tmp_path / "office/keys/node.key").read_bytes() == key


async def test_a_failed_init_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    (tmp_path / "office" / "letter.txt").write_text("mine")
    with pytest.raises(OfficeError, match="not an empty folder"):
        await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST)
    with pytest.raises(UsageError, match="not an agency code"):
        await init_office(tmp_path / "other", "hanoi", "Hà Nội", FAST)
    assert names(tmp_path) == ["office", "letter.txt"]


@pytest.mark.parametrize("place", ["letter.txt/office", "letter.txt/a/b", "x" * 256, "y/" + "x" * 256])
async def test_an_office_is_not_made_where_there_can_be_no_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="cannot be written"):
        await init_office(tmp_path / place, HANOI, "Hà Nội", FAST)


async def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST)
    (tmp_path / "office/keys/log.key").chmod(0o640)
    with pytest.raises(OfficeError, match="can be read by others"):
        async with open_office(tmp_path / "office"):
            pass


async def test_no_key_is_in_the_database_or_in_what_is_printed(tmp_path: Path) -> None:
    await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST)
    # A text in base64 may hold a plus itself, and end with one.
    *_, secret = (tmp_path / "office/keys/log.key").read_text().strip().split("+", 4)
    async with open_office(tmp_path / "office") as office:
        assert len(secret) > 40
        assert secret not in repr(office.identity)
    database = sqlite3.connect(tmp_path / "office/office.db")
    assert secret not in "\n".join(database.iterdump())
    database.close()


async def test_without_trust_anchors_nothing_is_believed_and_nothing_is_refused(tmp_path: Path) -> None:
    await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST)
    with pytest.raises(Undetermined, match="cannot check documents"):
        await trusting(tmp_path / "office/trust", FAST)(PDF)


@pytest.mark.parametrize("code", ["H26.05.01", "G22", "000.00.05.H26", "H37.DN.001", "A01." + "9" * 31])
def test_agency_codes_of_both_schemes_are_taken(code: str) -> None:
    assert str(AgencyCode(code)) == code


@pytest.mark.parametrize(
    "code", ["", "h26", "H2", "H26.", "H26..01", "H26 ", "H26\n", "A01." + "9" * 32, "../x"]
)
def test_other_codes_are_not(code: str) -> None:
    with pytest.raises(UsageError):
        AgencyCode(code)


def test_settings_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    settings = Settings(
        listen=Address("::1", 9),
        url="https://hanoi.vn:8443",
        language="vi",
        revocation="accept-missing",
        seal_of_sender="warn",
        allow_private_addresses=True,
    )
    (tmp_path / "settings.toml").write_text(settings.as_toml())
    assert read_settings(tmp_path / "settings.toml") == settings


def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        'lisen = "x"\nurl = 1\nlanguage = "fr"\nrevocation = "no"\nseal_of_sender = "maybe"\n'
        'allow_private_addresses = "yes"\n[limits]\nparts = "9"\nsize = 1\n'
        f"part_bytes = 1{30 * '0'}\n[pace]\nrest_seconds = 10000001\n"
    )
    with pytest.raises(OfficeError) as caught:
        read_settings(path)
    for name in ("lisen", "url", "revocation", "seal_of_sender", "limits.parts", "limits.size"):
        assert name in str(caught.value)
    assert "language is none of: vi, en." in str(caught.value)
    assert "allow_private_addresses is neither true nor false" in str(caught.value)
    assert "limits.part_bytes is more than 9007199254740992." in str(caught.value)
    assert "pace.rest_seconds is more than 10000000." in str(caught.value)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000 + "]" * 5000, "a = ", "a = 1" + "0" * 5000, "\ud800"])
def test_settings_that_are_no_toml_are_an_error_of_the_office(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.toml").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(OfficeError, match="cannot be read"):
        read_settings(tmp_path / "settings.toml")


def test_a_folder_without_an_office_is_called_just_that(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match="There is no office in") as caught:
        read_settings(tmp_path / "none" / "settings.toml")
    assert caught.value.hint == "Make one: congvan init."


def test_wrong_settings_are_said_in_the_readers_language(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('lisen = "x"\n[limits]\nparts = "9"\n')
    with pytest.raises(OfficeError) as caught:
        read_settings(path)
    said = Sentence(caught.value.template, caught.value.facts).said(lambda words: f"<{words}>")
    assert said.count("<") == 4


async def test_what_the_seal_shows_is_on_the_card(tmp_path: Path) -> None:
    await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST, organisation="UBND TP Hà Nội")
    async with open_office(tmp_path / "office") as office:
        assert (await office.card("https://hanoi.vn")).organisation == "UBND TP Hà Nội"


async def test_only_one_server_works_for_an_office(tmp_path: Path) -> None:
    await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST)
    with (
        only_one(tmp_path / "office"),
        pytest.raises(OfficeError, match="already"),
        only_one(tmp_path / "office"),
    ):
        pass
    with only_one(tmp_path / "office"):
        pass


async def test_a_server_says_where_it_is_and_ends_with_zero_when_told_to(tmp_path: Path) -> None:
    await init_office(tmp_path / "office", HANOI, "Hà Nội", FAST)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.node", str(tmp_path / "office"), "never", "0",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout
    url = (await server.stdout.readline()).decode().strip()
    async with open_office(tmp_path / "office") as office:
        assert (await office.card()).url == url
    server.send_signal(signal.SIGTERM)
    assert await server.wait() == 0
