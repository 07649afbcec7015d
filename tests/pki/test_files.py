"""Files that appear together, or not at all."""

from pathlib import Path

import pytest

from pki.errors import UsageError
from pki.files import write_together


def held(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def test_files_appear_together(tmp_path: Path) -> None:
    write_together({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert held(tmp_path) == {"a": b"1", "b": b"2"}
    write_together({tmp_path / "a": b"3", tmp_path / "c": b"4"}, replace=True)
    assert held(tmp_path) == {"a": b"3", "b": b"2", "c": b"4"}


@pytest.mark.parametrize("first", ["new", "old"])
def test_what_fails_at_the_last_name_leaves_everything_as_it_was(tmp_path: Path, first: str) -> None:
    (tmp_path / "old").write_bytes(b"before")
    (tmp_path / "folder").mkdir()
    files = {tmp_path / first: b"1", tmp_path / "folder": b"2"}  # no file takes a folder's name
    with pytest.raises(UsageError):
        write_together(files, replace=first == "old")
    assert held(tmp_path) == {"old": b"before"}


def test_what_exists_is_not_replaced_and_nothing_else_is_written(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        write_together({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert held(tmp_path) == {"b": b"mine"}


def test_a_folder_that_is_not_there_stops_it_before_the_first_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        write_together({tmp_path / "a": b"1", tmp_path / "nowhere" / "b": b"2"})
    assert held(tmp_path) == {}
