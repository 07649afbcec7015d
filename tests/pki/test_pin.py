import logging
import os
import pickle
from pathlib import Path

import pytest

from pki.errors import UsageError
from pki.pin import Secret, ask_for_pin, pin_source_of, read_pin


def write_pin(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    return write_pin(tmp_path / "mã pin %41.txt", "mật-khẩu 1\r\nanother line\n".encode())


async def test_a_pin_is_the_first_line_of_its_file(pin_file: Path) -> None:
    for source in (pin_source_of(pin_file), str(pin_file), f"file://{pin_source_of(pin_file)[5:]}"):
        assert (await read_pin(source)).reveal() == "mật-khẩu 1"


async def test_two_pins_are_read_from_one_descriptor_line_by_line() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"1234\n5678")
    os.close(writing)
    first, second = await read_pin(f"fd:{reading}"), await read_pin(f"fd:{reading}")
    os.close(reading)
    assert (first.reveal(), second.reveal()) == ("1234", "5678")


async def test_a_pin_file_open_to_others_is_used_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_pin(tmp_path / "pin", b"1234", 0o644)
    with caplog.at_level(logging.WARNING, logger="pki.pin"):
        await read_pin(str(path))
    assert [record.getMessage() for record in caplog.records] == [
        f"others may read the PIN file {path}; chmod 600 it"
    ]


async def test_a_pin_file_of_its_owner_gives_no_warning(
    pin_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await read_pin(str(pin_file))
    assert caplog.records == []


@pytest.mark.parametrize(
    "source", ["fd:x", "fd:987654", "fd:-1", "file:/nowhere/pin", "|cat", "file://far/p"]
)
async def test_a_source_that_gives_no_pin_is_refused(source: str) -> None:
    with pytest.raises(UsageError):
        await read_pin(source)


@pytest.mark.parametrize("content", [b"", b"\n1234", b"\xff\xfe", b"1" * 600])
async def test_a_file_that_holds_no_pin_is_refused(tmp_path: Path, content: bytes) -> None:
    path = write_pin(tmp_path / "pin", content)
    with pytest.raises(UsageError) as caught:
        await read_pin(str(path))
    assert caught.value.__cause__ is None


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret("493712")
    assert "493712" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


async def test_a_person_is_asked_by_the_tokens_name() -> None:
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return "1234"

    assert await ask_for_pin(ask, "agency") == Secret("1234")
    assert asked == ["agency"]


async def test_a_pin_that_nobody_gives_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="nobody can be asked"):
        await ask_for_pin(None, "agency")
    with pytest.raises(UsageError, match="No PIN was given"):
        await ask_for_pin(lambda _: "", "agency")
    with pytest.raises(UsageError, match="no text"):
        await ask_for_pin(lambda _: "12\udc80", "agency")
