"""The edge itself: languages, JSON errors, the worst status of several, a bug of ours, a quick `--help`."""

import contextlib
import errno
import itertools
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import cli
from exchange.locale import language_of, translator
from exchange.verbs.call import Call, Outcome, worst
from exchange.verbs.saying import say
from exchange.verbs.table import VERBS, Verb
from exchange.verbs.verdicts import Verdicts
from pki.files import OpenFile
from pki.practice.sandbox import Sandbox
from signer.apart import asking, forker
from tests.conftest import Run

ROOT = Path(__file__).parents[2]
ANCHOR = ROOT / "tests" / "vectors" / "honest" / "root.pem"
STATUSES = (0, 3, 1, 2, 5, 4, 70)


def test_a_bug_of_ours_is_status_70_and_no_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(_call: Call) -> AsyncIterator[Outcome]:
        raise RuntimeError("a bug")
        yield Outcome({})

    monkeypatch.setattr(Verb, "load", lambda _verb: broken)
    assert cli.main(["--lang", "vi", "peer", "list"]) == 70
    said = capsys.readouterr()
    assert said.out == ""
    assert "congvan: lỗi: Đây là lỗi của chương trình" in said.err


@pytest.mark.parametrize("output", [[], ["--json"]], ids=["words", "json"])
def test_a_bug_at_one_document_of_several_leaves_the_others_their_verdicts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, output: list[str]
) -> None:
    files = [tmp_path / name for name in ("first.pdf", "second.pdf", "third.pdf")]
    for file in files:
        file.write_bytes(b"%PDF-1.7\n%%EOF\n")
    judged = Verdicts.outcome_unread

    async def broken(self: Verdicts, path: Path, file: OpenFile) -> Outcome:
        if path == files[1]:
            raise RuntimeError("a bug")
        return await judged(self, path, file)

    monkeypatch.setattr(Verdicts, "outcome_unread", broken)
    assert cli.main([*output, "verify", "--trust", str(ANCHOR), *map(str, files)]) == 70
    said = capsys.readouterr().out
    if output:
        told = [json.loads(line) for line in said.splitlines()]
        assert [Path(each["file"]) for each in told] == files
        assert [each.get("status") for each in told] == [None, 70, None]
    else:
        assert f"{files[1]}: This is our bug" in said
        assert f"{files[2]}:\nThe document is not valid" in said


@pytest.mark.parametrize("many", [1, 3])
def test_where_no_reader_can_be_started_nothing_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], many: int
) -> None:
    def none(*_given: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(forker, "_started", none)
    monkeypatch.setattr(forker, "_forked", none)
    one = forker.Forker("judging")
    monkeypatch.setattr(asking, "forker", lambda _trade: one)
    plain = ROOT / "tests" / "vectors" / "honest" / "files" / "congvan-two-layers-b-lt.pdf"
    assert cli.main(["--lang", "en", "verify", "--trust", str(ANCHOR), *[str(plain)] * many]) == 3
    one.end()
    said = capsys.readouterr()
    assert "The program that reads documents does not start." in said.out + said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(STATUSES, 2)))
def test_of_two_statuses_the_worse_one_is_the_commands(first: int, second: int) -> None:
    assert worst([first, second]) == worst([second, first]) == second


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        pytest.param({"LANG": "vi_VN.UTF-8"}, "vi", id="Vietnamese"),
        pytest.param({"LANG": "vi_VN.UTF-8", "LC_ALL": "C"}, "en", id="LC_ALL wins"),
        pytest.param({"LC_MESSAGES": "vi_VN", "LANG": "de_DE"}, "vi", id="messages apart"),
        pytest.param({"LANG": "fr_FR"}, "en", id="a language we do not speak"),
        pytest.param({}, "en", id="none"),
    ],
)
def test_the_locale_chooses_the_language(variables: dict[str, str], language: str) -> None:
    assert language_of(variables) == language


def test_every_verb_has_its_sentence_in_vietnamese() -> None:
    say = translator("vi")
    assert [verb.words for verb in VERBS if say(verb.sentence) == verb.sentence] == []


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.words)
def test_every_verb_can_be_run(verb: Verb) -> None:
    assert callable(verb.load())


def test_an_error_is_one_object_in_json_whichever_side_of_the_verb_the_option_stands(run: Any) -> None:
    before = run("--json", "verify", "nowhere.pdf")
    after = run("verify", "--json", "nowhere.pdf")
    assert before.status == after.status == 2
    assert before.json == after.json
    assert set(before.json) >= {"error", "message", "status"}


def test_the_language_option_wins_over_the_locale(run: Any) -> None:
    assert "Không đọc được" in run("--lang", "vi", "verify", "nowhere.pdf").err
    assert "cannot be read" in run("--lang", "en", "verify", "nowhere.pdf", lang="vi").err


def test_help_loads_no_pdf_library_and_no_web_framework() -> None:
    code = (
        "import json, sys, cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(json.dumps(list(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(json.loads(done.stderr))
    assert not loaded & {"pyhanko", "pikepdf", "pypdfium2", "aiohttp", "aiosqlite", "pkcs11"}


def test_there_is_no_office_where_none_was_made(run: Any, tmp_path: Path) -> None:
    said = run("--json", "--home", tmp_path / "nothing", "inbox")
    assert (said.status, said.json["error"].split(".")[0]) == (5, "exchange")


def examined(*words: object, **streams: Any) -> "subprocess.CompletedProcess[bytes]":
    """Run `congvan verify` with streams that are what they are."""
    verify = [sys.executable, ROOT / "cli.py", "verify", "--trust", ANCHOR, *words]
    return subprocess.run(list(map(str, verify)), check=False, timeout=60, **streams)


@contextlib.contextmanager
def nobody_reads() -> Iterator[Any]:
    """Lend the end of a pipe whose reader left."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing) as closed:
        yield closed


@pytest.mark.parametrize("output", [[], ["--json"]], ids=["words", "json"])
@pytest.mark.parametrize("left", ["stdout", "stderr"])
def test_a_reader_who_leaves_changes_no_status_and_stops_no_work_that_is_wanted(
    tmp_path: Path, output: list[str], left: str
) -> None:
    files = [tmp_path / "first.pdf", tmp_path / "second.pdf"]
    for file in files:
        file.write_bytes(b"%PDF-1.7\n%%EOF\n")
    (tmp_path / "reports").mkdir()
    with nobody_reads() as closed:
        streams: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, left: closed}
        reports = ["--json-report", tmp_path / "reports"]
        done = examined(*output, *reports, *files, tmp_path / "none.pdf", **streams)
    assert done.returncode == 2  # the third is not there: worse than the others' verdicts
    assert sorted(each.name for each in (tmp_path / "reports").iterdir()) == ["first.json", "second.json"]
    if left == "stderr":
        assert b"second.pdf" in done.stdout


@pytest.mark.parametrize("verb", ["verify", "inspect"])
def test_where_nothing_but_the_answer_is_wanted_a_batch_ends_with_its_reader(
    tmp_path: Path, verb: str
) -> None:
    plain = ROOT / "tests" / "vectors" / "honest" / "files" / "congvan-two-layers-b-lt.pdf"
    os.mkfifo(tmp_path / "endless.pdf")  # whoever came so far would wait for ever
    words = [sys.executable, ROOT / "cli.py", verb, *[plain] * 8, tmp_path / "endless.pdf"]
    with nobody_reads() as closed:
        done = subprocess.run(
            list(map(str, words)), check=False, stdout=closed, stderr=subprocess.PIPE, timeout=60
        )
    assert (done.returncode, done.stderr) == (3, b"")  # some have no verdict that anybody got: no yes


def test_a_no_that_was_told_stays_a_no_when_the_reader_left(tmp_path: Path) -> None:
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    with nobody_reads() as closed:
        done = examined(*[tmp_path / "no.pdf"] * 9, stdout=closed, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"")


def test_whoever_takes_the_first_line_alone_has_taken_the_whole_result() -> None:
    plain = ROOT / "tests" / "vectors" / "honest" / "files" / "congvan-two-layers-b-lt.pdf"
    command = (
        'set -o pipefail; "$0" "$1" verify --offline --trust "$2" --at 2026-11-22T09:26:53Z "$3" | head -1'
    )
    practice = ANCHOR.with_name("practice.pem")
    words = ["bash", "-c", command, sys.executable, ROOT / "cli.py", practice, plain]
    done = subprocess.run(list(map(str, words)), check=False, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{plain}:\n".encode(), b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["--json", "a.pdf"], ["a.pdf"], ["a.pdf", "b.pdf"], ["--help"]])
def test_a_result_that_cannot_be_written_is_told_and_no_yes(tmp_path: Path, words: list[str]) -> None:
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-1.7\n%%EOF\n")
    with Path("/dev/full").open("wb") as full:
        done = examined(*words, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path)
    assert done.returncode == 3
    assert b"cannot be written: the disk is full" in done.stderr
    assert b"Traceback" not in done.stderr


def test_whoever_closed_the_outputs_gets_the_exit_status(tmp_path: Path) -> None:
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    for name, status in (("no.pdf", 1), ("none.pdf", 2)):
        command = f'"$0" "$1" verify {name} >&- 2>&-'
        words = ["bash", "-c", command, sys.executable, str(ROOT / "cli.py")]
        assert subprocess.run(words, cwd=tmp_path, check=False, timeout=60).returncode == status


def test_a_strangers_text_does_not_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    say("refused\x1b[1A\x1b[2K\raccepted\u202e\x9b2J\tthe end")
    shown = capsys.readouterr().out
    assert shown == "refused�[1A�[2K�accepted��2J\tthe end\n"


def test_a_file_name_forges_no_line_and_json_tells_it_exactly(run: Run, tmp_path: Path) -> None:
    named = tmp_path / "a.pdf:\nThe document is valid.\u202e"
    named.write_bytes(b"%PDF-1.7\n%%EOF\n")
    said = run("verify", "--trust", ANCHOR, named, "none\nat all")
    assert said.out.splitlines()[0] == f"{tmp_path}/a.pdf:⏎The document is valid.�:"
    assert "none⏎at all" in said.out
    assert "The document is valid." not in said.out.splitlines()
    told = run("--json", "verify", "--trust", ANCHOR, named)
    assert told.json["file"] == str(named)
    assert "\u202e" not in told.out


def test_a_file_whose_name_is_no_text_is_examined_like_any_other(tmp_path: Path) -> None:
    named = os.fsencode(tmp_path) + b"/c\xf4ng.pdf"
    Path(os.fsdecode(named)).write_bytes(b"%PDF-1.7\n%%EOF\n")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    verify = [sys.executable, ROOT / "cli.py", "verify", "--trust", ANCHOR, named, named]
    done = subprocess.run(verify, check=False, capture_output=True, env=environment)
    assert done.returncode == 1
    assert rb"c\udcf4ng.pdf" in done.stdout


@pytest.mark.parametrize("more", [(), ("--html", "page.html")], ids=["alone", "reported"])
def test_a_document_that_comes_through_a_pipe_is_read_once(
    run: Run, tmp_path: Path, more: tuple[str, ...]
) -> None:
    pipe = tmp_path / "pipe.pdf"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(b"%PDF-1.7\n%%EOF\n",), daemon=True)
    writer.start()
    done = run("verify", "--trust", ANCHOR, pipe, *more)
    writer.join(timeout=9)
    assert (done.status, done.err) == (1, "")
    piped = run("verify", "--trust", ANCHOR, "/dev/stdin", stdin="%PDF-1.7\n%%EOF\n")
    assert piped.out.splitlines()[1:3] == done.out.splitlines()[1:3]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify", "--trust", ANCHOR, ROOT), "cannot be read: it is a folder"),
        (("verify", "--trust", ROOT / "bench", "a.pdf"), "There is no root certificate"),
        (("verify", "--trust", ROOT / "cli.py", "a.pdf"), "holds no certificate that can be read"),
        (("verify", "--at", "31/31/2026", "a.pdf"), "is no day"),
        (("seal", "--date", "yesterday", "a.pdf", "-o", "b.pdf"), "is no day"),
        (("sign", "a.pdf", "-o", "b.pdf", "--image", ROOT / "cli.py", "--key", "a.p12"), "as a picture"),
        (("inbox", "--most", "-1"), "is no number from 1"),
        (("verify", "a.pdf", "--trut", "b"), "See: congvan verify --help"),
        (("verfiy", "a.pdf"), "Did you mean “verify”?"),
        (("audit", "prov"), "Did you mean “prove”?"),
        (("xyz",), "See: congvan --help"),
        (("verify", "a.pdf", "--require", "two-layers"), "Did you mean “two-layer”?"),
    ],
    ids=[
        "folder",
        "empty",
        "no certificate",
        "moment",
        "day",
        "picture",
        "most",
        "typo",
        "verb",
        "verb of a group",
        "no verb",
        "choice",
    ],
)
def test_a_wrong_call_is_told_in_words(run: Run, words: tuple[object, ...], said: str) -> None:
    done = run(*words)
    assert done.status == 2
    assert said in done.err


@pytest.mark.parametrize("words", [(), ("verify",), ("audit", "prove")])
def test_help_may_stand_before_the_verb_it_is_about(run: Run, words: tuple[str, ...]) -> None:
    asked, shown = run("help", *words), run(*words, "--help")
    assert (asked.status, asked.out) == (0, shown.out)


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out.startswith("congvan 0.")


def test_without_a_terminal_a_pin_is_asked_for_in_vain(run: Run, source: Path, sandbox: Sandbox) -> None:
    run("draft", source, "-o", "drafted.pdf")
    key = sandbox.signatory.partition("&pin-source=")[0]
    done = run("sign", "drafted.pdf", "--key", key, "-o", "signed.pdf", stdin="")
    assert done.status == 2
    assert "pin-source=file:/path" in done.err


def test_ctrl_c_at_the_prompt_for_a_pin_ends_the_command(run: Run, source: Path, sandbox: Sandbox) -> None:
    run("draft", source, "-o", "drafted.pdf")
    key = sandbox.signatory.partition("&pin-source=")[0]
    try:
        process, terminal = pty.fork()
    except OSError as error:
        pytest.skip(f"no pseudo-terminals here: {error}")
    if process == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # who tests in the background has it ignored
        os.chdir(source.parent)
        words = ("sign", "drafted.pdf", "--key", key, "-o", "signed.pdf")
        os.execv(sys.executable, [sys.executable, str(ROOT / "cli.py"), *words])
    shown = b""
    while b"PIN of" not in shown:
        shown += os.read(terminal, 1024)
    time.sleep(0.3)
    assert not termios.tcgetattr(terminal)[3] & termios.ECHO
    os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):  # the other end is closed
        while os.read(terminal, 1024):
            continue
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert not (source.parent / "signed.pdf").exists()


@pytest.mark.parametrize("loading", ["argparse", "exchange.verbs.table", "asyncio"])
def test_ctrl_c_while_the_program_is_loaded_shows_no_traceback(loading: str) -> None:
    code = (
        "import builtins, os, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "load = builtins.__import__\n"
        "def loaded(name, *more, **others):\n"
        f"    if name == {loading!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "    return load(name, *more, **others)\n"
        "builtins.__import__ = loaded\n"
        "import cli, sys\n"
        "sys.exit(cli.main(['peer', 'list', '--home', '/none']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode in (130, -signal.SIGINT), done.stdout, done.stderr) == (True, b"", b"")


def test_a_verdict_as_of_another_moment_says_so(run: Run, tmp_path: Path) -> None:
    file = ROOT / "tests" / "vectors" / "honest" / "files" / "congvan-two-layers-b-lt.pdf"
    words = ("verify", "--offline", "--trust", ANCHOR, file)
    line = "  This is the verdict as of 2026-11-22 00:00:00 (UTC+7), not as of now."
    for more in ((), ("--html", "page.html")):
        assert line in run(*words, "--at", "22/11/2026", *more).out.splitlines()
    assert "This is the verdict as of" not in run(*words).out
    assert "<dt>Judged as of</dt><dd><bdi>2026-11-22 00:00:00" in (tmp_path / "page.html").read_text("utf-8")
    assert "beginning in Viet Nam" in " ".join(run("verify", "--help").out.split())


def test_who_gets_no_yes_is_told_what_to_do(run: Run) -> None:
    honest = ROOT / "tests" / "vectors" / "honest"
    file = honest / "files" / "congvan-two-layers-b-lt.pdf"
    done = run("verify", "--offline", "--trust", honest / "nss.pem", file)
    assert done.status == 3
    assert done.out.splitlines()[-1].startswith("  → Nobody whom you trust vouches for this signer.")
