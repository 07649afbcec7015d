"""What a clerk and an auditor meet at the command line: what is empty, wrong, or of another kind says so."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pki.toml import NotToml, parse_toml
from signer.pades.posting import NoAnswer, post
from tests.conftest import ROOT
from tests.exchange.offices import tamper


@pytest.fixture
def home(run: Any, tmp_path: Path) -> Path:
    assert run("--home", "office", "init", "--agency", "H99", "--name", "Sở A").status == 0
    return tmp_path / "office"


@pytest.mark.parametrize(
    ("words", "name", "said"),
    [
        (("inbox",), "inbox", "Nothing came in at this office yet."),
        (("outbox",), "outbox", "Nothing was sent from this office yet."),
        (("register", "--year", "1999"), "register", "The register holds no number of that year."),
        (("peer", "list"), "peers", "This office knows no other yet."),
    ],
)
def test_what_is_empty_is_told_in_words_and_is_an_empty_list_in_json(
    run: Any, home: Path, words: tuple[str, ...], name: str, said: str
) -> None:
    shown, told = run("--home", home, *words), run("--json", "--home", home, *words)
    assert (shown.status, shown.out.startswith(said)) == (0, True)
    assert told.json[name] == []


@pytest.mark.parametrize("words", [("-o", "out.pdf"), ("--number", "1")])
def test_a_document_is_written_out_by_its_number_and_a_name(
    run: Any, home: Path, words: tuple[str, ...]
) -> None:
    said = run("--home", home, "register", *words)
    assert (said.status, "give both" in said.err) == (2, True)
    said = run("--home", home, "register", "--number", "7", "-o", "out.pdf")
    assert (said.status, "See which it holds" in said.err) == (5, True)


def test_what_is_no_file_to_be_read_says_what_it_is(run: Any, tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    (tmp_path / "folder").mkdir()
    for path, said in (
        ("one", "it is a link that leads back to itself."),
        ("x" * 300, "the name is too long."),
        ("folder", "it is a folder.\ncongvan: hint: Name the files in it."),
    ):
        done = run("verify", path)
        assert (done.status, f"cannot be read: {said}" in done.err) == (2, True)


def test_what_is_no_card_says_so_and_who_writes_one(run: Any, home: Path, tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("a+b+c")
    done = run("--home", home, "peer", "add", "key.txt")
    assert (done.status, "This is not an office's card: it is no JSON." in done.err) == (2, True)
    assert "congvan peer card -o FILE" in done.err
    assert run("--home", home, "peer", "card", "-o", "card.json", "--url", "https://a.vn").status == 0
    done = run("verify", "card.json")
    assert (done.status, "there is nothing to verify" in done.err) == (2, True)
    (tmp_path / "card.json").write_text(json.dumps({"v": 1}))
    assert run("verify", "card.json").status == 1  # neither a card nor a receipt


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name = 1\nversion 1", "it is no TOML, at line 2, column 9 (Expected '='"),
        (b'name = """', "it is no TOML, it ends too early ("),
        (b"a = 1\nb = '\xff'", "line 2 is not UTF-8"),
        (b"a = " + b"[" * 100_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_toml_says_where(content: bytes, said: str) -> None:
    with pytest.raises(NotToml) as caught:
        parse_toml(content)
    assert str(caught.value.why).startswith(said)


def test_a_policy_file_and_settings_that_are_no_toml_are_told(run: Any, home: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("hello = there")
    said = run("policy", "check", "policy.toml")
    assert (said.status, "is no policy file: it is no TOML, at line 1" in said.err) == (2, True)
    (home / "settings.toml").write_text("hello = there")
    said = run("--home", home, "serve")
    assert (said.status, "settings.toml cannot be read: it is no TOML, at line 1" in said.err) == (5, True)


def test_a_folder_that_is_no_practice_hierarchy_is_told(run: Any, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    said = run("pki", "serve", "folder")
    assert (said.status, "does not hold a practice hierarchy" in said.err) == (2, True)
    assert "congvan pki sandbox" in said.err


async def test_a_time_stamp_authority_that_is_not_there_is_told_in_our_words() -> None:
    with pytest.raises(NoAnswer) as caught:
        await post("http://127.0.0.1:1/tsa", b"")
    assert str(caught.value.why) == "nobody listens there"


def test_a_key_file_that_is_not_there_says_why(run: Any, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    done = run("sign", "a.pdf", "--key", "none.p12", "-o", "b.pdf")
    assert (done.status, "none.p12 cannot be read: there is no such file or folder" in done.err) == (4, True)


@pytest.mark.parametrize("verb", [("init", "--agency", "H99", "--name", "Sở A"), ("demo",)])
def test_where_no_folder_can_be_made_it_is_told(run: Any, verb: tuple[str, ...]) -> None:
    said = run("--home", "/proc/office", *verb)
    assert (said.status, "/proc/office cannot be written" in said.err) == (2, True)


def test_an_office_that_has_no_room_on_the_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    init = [sys.executable, ROOT / "cli.py", "--home", "office", "init", "--agency", "H99", "--name", "Sở A"]
    little = 16_384  # bytes that any file may have
    done = subprocess.run(
        list(map(str, init)), cwd=tmp_path, capture_output=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (little, little)),
    )  # fmt: skip
    assert (done.returncode, b"database cannot be used now" in done.stderr) == (5, True)
    assert b"Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_argument_that_is_none_of_its_choices_is_named(run: Any) -> None:
    assert "error: name: “nosuch” is none of: practice" in run("policy", "show", "nosuch").err


def test_a_log_that_holds_says_yes_in_json_and_one_that_was_altered_no(run: Any, home: Path) -> None:
    assert run("--home", home, "register").status == 0
    yes = run("--json", "--home", home, "audit", "verify")
    assert yes.status == 0
    assert {"indication": "TOTAL_PASSED", "reasons": [], "file": str(home)}.items() <= yes.json.items()
    assert {"log", "size", "root", "key", "signed_at"} <= yes.json.keys()
    tamper(home, "UPDATE entry SET data = CAST('{}' AS BLOB)")
    no = run("--json", "--home", home, "audit", "verify")
    assert (no.status, no.json["indication"], no.json["file"]) == (1, "TOTAL_FAILED", str(home))
    assert len(no.json["reasons"]) == 1
