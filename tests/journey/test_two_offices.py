"""Two agencies by their command lines alone: the clerk's day, with two real servers on loopback."""

import asyncio
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pki.practice.sandbox import Sandbox
from tests.journey.servers import CLI, free_port, server


@pytest.fixture
def offices(run: Any, sandbox: Sandbox, tmp_path: Path) -> tuple[Path, Path]:
    """The homes of a sender and a recipient who know each other and trust one practice root."""
    homes = (tmp_path / "sender", tmp_path / "recipient")
    for home, code, name in zip(homes, ("H99", "H99.12"), ("Ủy ban", "Sở"), strict=True):
        listen = f"127.0.0.1:{free_port()}"
        words = ("--agency", code, "--name", name, "--listen", listen, "--url", f"https://{listen}")
        assert run("--home", home, "init", *words).status == 0
        assert run("--home", home, "peer", "card", "-o", tmp_path / f"{code}.json").status == 0
        shutil.copy(sandbox.trust, home / "trust")
    for home, code in zip(homes, ("H99.12", "H99"), strict=True):
        assert run("--home", home, "peer", "add", tmp_path / f"{code}.json").status == 0
    return homes


@pytest.fixture
def sealed(run: Any, offices: tuple[Path, Path], source: Path, sandbox: Sandbox, tmp_path: Path) -> Path:
    """A document sealed with the register's first number, its status stored in it."""
    draft, signed, out = (tmp_path / name for name in ("draft.pdf", "signed.pdf", "sealed.pdf"))
    with server("pki", "serve", sandbox.directory):
        assert run("draft", source, "-o", draft).status == 0
        assert run("sign", draft, "--key", sandbox.signatory, "--level", "b-lt", "-o", signed).status == 0
        words = ("--home", offices[0], "seal", signed, "--key", sandbox.agency, "--level", "b-lt", "-o", out)
        assert run("--json", *words).json["number"] == "01"
    return out


def until(run: Any, home: Path, message: str, word: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        (delivery,) = run("--json", "--home", home, "status", message).json["deliveries"]
        if word in {delivery["state"], delivery["status"]}:
            found: dict[str, Any] = delivery
            return found
        time.sleep(0.2)
    raise AssertionError(f"the message never became {word}: {delivery}")


def test_a_document_is_sent_received_accepted_and_proven(
    run: Any, offices: tuple[Path, Path], sealed: Path, tmp_path: Path
) -> None:
    sender, recipient = offices
    with server("--home", sender, "serve"), server("--home", recipient, "serve"):
        annex = tmp_path / "phụ lục.xlsx"
        annex.write_bytes(b"PK annex")
        words = ("send", sealed, "--to", "H99.12", "--attach", annex, "--urgency", "hỏa tốc")
        message = run("--json", "--home", sender, *words).json["message_id"]
        until(run, sender, message, "delivered")
        (arrived,) = run("--json", "--home", recipient, "inbox").json["inbox"]
        assert (arrived["status"], arrived["number"]) == ("arrived", "01")
        shown = run("--home", recipient, "inbox").out
        assert "urgency: express" in shown
        assert "attached: phụ lục.xlsx (8 bytes)" in shown
        for impossible in (sealed, tmp_path / "nowhere" / "received.pdf"):
            assert run("--home", recipient, "accept", message, "-o", impossible).status == 2
        assert run("--home", recipient, "accept", message, "--attachments", sealed).status == 2
        assert run("--json", "--home", recipient, "status", message).json["status"] == "arrived"
        out, annexes = tmp_path / "received.pdf", tmp_path / "annexes"
        written = ("-o", out, "--attachments", annexes)
        assert run("--home", recipient, "accept", message, *written).status == 0
        assert out.read_bytes() == sealed.read_bytes()
        assert (annexes / "01-phụ lục.xlsx").read_bytes() == b"PK annex"
        assert until(run, sender, message, "accepted")["arrival_number"].startswith("01/")
        assert run("--home", recipient, "assign", message, "--note", "Phòng Nội vụ").status == 0
        assert run("--home", recipient, "finish", message).status == 0
        until(run, sender, message, "finished")
    again = tmp_path / "again.pdf"
    assert run("--home", sender, "register", "--number", "1", "-o", again).status == 0
    assert again.read_bytes() == sealed.read_bytes()
    saved = tmp_path / "evidence"
    assert run("--home", sender, "status", message, "--evidence", saved).status == 0
    assert len(list(saved.iterdir())) == 2
    for home in offices:
        assert run("--home", home, "audit", "verify").status == 0
    proof = tmp_path / "receipt.tlog-proof"
    key = run("--json", "--home", recipient, "audit", "prove", message, "-o", proof).json["key"]
    assert run("verify", proof, "--log-key", key).status == 0
    assert run("verify", proof, "--card", tmp_path / "H99.12.json").status == 0
    assert run("verify", proof, "--card", tmp_path / "H99.json").status == 1
    assert run("verify", proof, "--log-key", "nobody's").status == 2


def test_a_refusal_reaches_the_sender_with_its_reason(
    run: Any, offices: tuple[Path, Path], sealed: Path
) -> None:
    sender, recipient = offices
    with server("--home", sender, "serve"), server("--home", recipient, "serve"):
        message = run("--json", "--home", sender, "send", sealed, "--to", "H99.12").json["message_id"]
        until(run, sender, message, "delivered")
        assert run("--home", recipient, "refuse", message, "--reason", "gửi nhầm nơi nhận").status == 0
        assert until(run, sender, message, "refused")["reason"] == "gửi nhầm nơi nhận"
        assert run("--home", recipient, "accept", message).status == 5


def test_what_cannot_be_believed_is_not_sent(run: Any, offices: tuple[Path, Path], sealed: Path) -> None:
    data = bytearray(sealed.read_bytes())
    data[len(data) // 3] ^= 1
    sealed.write_bytes(data)
    said = run("--home", offices[0], "send", sealed, "--to", "H99.12")
    assert said.status == 1
    assert run("--json", "--home", offices[0], "outbox").json["outbox"] == []


def test_no_number_is_used_for_what_cannot_be_written(
    run: Any, offices: tuple[Path, Path], sealed: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    signed = sealed.with_name("signed.pdf")
    (tmp_path / "dangling.pdf").symlink_to(tmp_path / "nothing")
    for impossible in ("nowhere/out.pdf", "dangling.pdf", "sealed.pdf"):
        words = ("--home", offices[0], "seal", signed, "--key", sandbox.agency, "-o", tmp_path / impossible)
        assert run(*words).status == 2
    register = run("--json", "--home", offices[0], "register").json["register"]
    assert [each["number"] for each in register] == [1]


def test_what_no_recipient_would_take_is_not_queued(
    run: Any, offices: tuple[Path, Path], sealed: Path, tmp_path: Path
) -> None:
    hidden, empty = tmp_path / ".ẩn.pdf", tmp_path / "rỗng.pdf"
    hidden.write_bytes(b"%PDF")
    empty.touch()
    for attached in (hidden, empty):
        said = run("--home", offices[0], "send", sealed, "--to", "H99.12", "--attach", attached)
        assert said.status == 2
    said = run("--home", offices[0], "send", sealed, "--to", "H99.12", "--subject", "V/v \x1b[2J")
    assert said.status == 2
    assert run("--json", "--home", offices[0], "outbox").json["outbox"] == []


async def test_two_clerks_sealing_at_once_never_share_a_number_and_leave_no_hole(
    run: Any, offices: tuple[Path, Path], source: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    drafts = [tmp_path / f"draft-{place}.pdf" for place in range(6)]
    for each in drafts:
        assert run("draft", source, "-o", each).status == 0
    folder = tmp_path / "signed"
    folder.mkdir()
    assert run("sign", *drafts, "--key", sandbox.signatory, "-o", folder).status == 0
    failed = []
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}

    async def clerk(place: int, signed: Path) -> str:
        out = tmp_path / f"sealed-{place}.pdf"
        words = ("--json", "--home", offices[0], "seal", signed, "--key", sandbox.agency, "-o", out)
        # Every third clerk fails after taking a number: a date of another year is refused by the page.
        failing = ("--date", "2025-01-01") if place % 3 == 2 else ()
        command = [sys.executable, str(CLI), *map(str, words), *failing]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment
        )
        answer, _ = await process.communicate()
        said = json.loads(answer)
        assert process.returncode == (2 if failing else 0), said
        if failing:
            failed.append(signed)
        return "" if failing else str(said["number"])

    signed = [folder / each.name for each in drafts]
    numbers = [number for number in await asyncio.gather(*map(clerk, range(6), signed)) if number]
    assert len(set(numbers)) == len(numbers) == 4
    # A clerk who failed gave back a number below those others held by then: it is handed out next.
    while (place := len(numbers)) < int(max(numbers)):
        numbers.append(await clerk(3 * place, failed.pop()))
    lines = run("--json", "--home", offices[0], "register").json["register"]
    confirmed = [line["number"] for line in lines if line["state"] == "confirmed"]
    assert confirmed == sorted(map(int, numbers)) == list(range(1, len(numbers) + 1))
